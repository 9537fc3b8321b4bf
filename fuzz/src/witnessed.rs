//! A log, three witnesses and a policy that asks for two of them.
//!
//! Every key is known, so that an input can say anything and have it signed.
//! Not here: what recordings make of it (`fuzz_targets/bracket.rs`). Invariant: nothing depends on a clock or on chance.

use seal::bracket::anchor_body;
use seal::tlog::{
    Checkpoint, Entry, EntryKind, Hash, KeyKind, Policy, Proof, SignedCheckpoint, SignerKey, blinded, inclusion_proof,
    node_hash, root,
};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The log that the policy trusts.
pub const ORIGIN: &str = "log.example";
/// No log here has more entries.
const ENTRIES_MAX: usize = 64;

fn key(name: &str, kind: KeyKind, seed: u8) -> SignerKey {
    SignerKey::new(name, kind, &[seed; 32]).expect("a good name")
}

fn witness(number: u8) -> SignerKey {
    key(&format!("w{number}.example"), KeyKind::Witness, 10 + number)
}

/// Two of three witnesses under one log; a fourth witness is nobody.
pub static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let mut text = format!("log {}\n", key(ORIGIN, KeyKind::Log, 9).verifier());
    for number in 0..3 {
        writeln!(text, "witness w{number} {}", witness(number).verifier()).expect("a string takes everything");
    }
    Policy::parse(&(text + "group g 2 w0 w1 w2\nquorum g\n")).expect("it is a policy")
});

/// A log of a few entries.
pub struct Log {
    pub origin: &'static str,
    pub leaves: Vec<Hash>,
}

impl Log {
    pub fn of_size(size: u8) -> Log {
        Log { origin: ORIGIN, leaves: (0..size).map(|at| [at; 32]).collect() }
    }

    /// The hash of a complete subtree.
    fn read(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        if level == 0 {
            return Ok(self.leaves[index as usize]);
        }
        let halves = [self.read(level - 1, 2 * index)?, self.read(level - 1, 2 * index + 1)?];
        Ok(node_hash(&halves[0], &halves[1]))
    }

    /// The newest checkpoint, cosigned by these witnesses at these times.
    pub fn signed(&self, cosigners: &[(u8, u64)]) -> SignedCheckpoint {
        let size = self.leaves.len() as u64;
        let Ok(root) = root(size, |level, index| self.read(level, index));
        let checkpoint = Checkpoint { origin: self.origin.to_owned(), size, root, extensions: String::new() };
        let mut signed = SignedCheckpoint::sign(checkpoint, &key(self.origin, KeyKind::Log, 9));
        for (number, time_s) in cosigners {
            signed.add(signed.cosign(&witness(*number), *time_s));
        }
        signed
    }

    /// An ANCHOR's body for a recording's checkpoint of this size and text.
    pub fn anchor(&mut self, size: u64, text: &str, cosigners: &[(u8, u64)]) -> Vec<u8> {
        let blind = [self.leaves.len() as u8; 32];
        self.leaves.truncate(ENTRIES_MAX);
        let entry = Entry { kind: EntryKind::Recording, commitment: blinded(&blind, text) };
        let index = self.leaves.len() as u64;
        self.leaves.push(entry.leaf_hash());
        let Ok(hashes) = inclusion_proof(index, index + 1, |level, index| self.read(level, index));
        anchor_body(size, &blind, &Proof { extra: None, index, hashes, checkpoint: self.signed(cosigners) })
    }
}

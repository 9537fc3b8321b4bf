//! A log, its witnesses and answers to a recording, all of whose keys are known (`spec/log.md` sections 1 to 3 and 5).
//!
//! Not here: what is done with them (`time_cases.rs`), time-stamp authorities (`stamp_forge.rs`). Shares no code with the library,
//! on purpose. Invariant: the same bytes on every run.

use crate::bytes::Hash;
use crate::forge::{root, sha};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signer as _, SigningKey};

/// When the recordings were begun, seconds since 1970: 2026-11-22T09:30:00Z.
pub(crate) const BEGUN: u64 = 1_795_339_800;
/// The log that the policy trusts.
pub(crate) const ORIGIN: &str = "log.example/vectors";
/// Another one that it trusts.
pub(crate) const OTHER_ORIGIN: &str = "log.example/other";
/// Names of the policy's witnesses, of which two make a quorum, and of one that nobody trusts.
pub(crate) const WITNESSES: [&str; 4] = ["a", "b", "c", "stranger"];

/// The secret key of a log or witness.
pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&sha(&[b"key of ", name.as_bytes()]))
}

/// A witness's name in its signature lines.
fn signs_as(witness: usize) -> String {
    format!("{}.witness.example", WITNESSES[witness])
}

fn id(name: &str, kind: u8, key: &SigningKey) -> [u8; 4] {
    let digest = sha(&[name.as_bytes(), b"\n", &[kind], key.verifying_key().as_bytes()]);
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The text of a public key.
fn vkey(name: &str, kind: u8) -> String {
    let key = key(name);
    let hex: String = id(name, kind, &key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}+{hex}+{}", B64.encode([&[kind], &key.verifying_key().as_bytes()[..]].concat()))
}

/// The policy all vectors are judged by; `authorities` are names and certificates.
pub(crate) fn policy(authorities: &[(&str, Vec<u8>)]) -> String {
    let mut out = String::from("# Whom the vectors' readers trust: all keys are known, so nobody else should.\n\n");
    for origin in [ORIGIN, OTHER_ORIGIN] {
        out += &format!("log {} https://{origin}\n", vkey(origin, 1));
    }
    for (at, name) in WITNESSES[..3].iter().enumerate() {
        out += &format!("witness {name} {}\n", vkey(&signs_as(at), 4));
    }
    out += "group any-two 2 a b c\nquorum any-two\n\n";
    for (name, certificate) in authorities {
        out += &format!("authority {name} {}\n", B64.encode(certificate));
    }
    out
}

/// The line of a signature.
pub(crate) fn line(name: &str, kind: u8, key: &SigningKey, signature: &[u8]) -> String {
    format!("\u{2014} {name} {}\n", B64.encode([&id(name, kind, key)[..], signature].concat()))
}

/// A witness's line under a checkpoint's text.
pub(crate) fn cosignature(witness: usize, text: &str, time_s: u64) -> String {
    let (name, message) = (signs_as(witness), format!("cosignature/v1\ntime {time_s}\n{text}"));
    let key = key(&name);
    let signature = [&time_s.to_be_bytes()[..], &key.sign(message.as_bytes()).to_bytes()].concat();
    line(&name, 4, &key, &signature)
}

/// The three witnesses of the policy, two and three seconds after one another: a quorum's word is `time_s + 2`.
pub(crate) fn all(time_s: u64) -> Vec<(usize, u64)> {
    vec![(0, time_s), (1, time_s + 2), (2, time_s + 5)]
}

/// A log.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) origin: &'static str,
    pub(crate) leaves: Vec<Hash>,
}

impl Log {
    /// With so many entries of other people.
    pub(crate) fn new(origin: &'static str, entries: usize) -> Log {
        let mut log = Log { origin, leaves: Vec::new() };
        log.grow(entries);
        log
    }

    pub(crate) fn grow(&mut self, entries: usize) {
        for _ in 0..entries {
            let commitment = sha(&[b"somebody's", self.origin.as_bytes(), &self.leaves.len().to_be_bytes()]);
            self.add(&commitment);
        }
    }

    fn add(&mut self, commitment: &Hash) -> usize {
        self.leaves.push(sha(&[&[0, 1, 1], commitment]));
        self.leaves.len() - 1
    }

    /// The text of the newest checkpoint.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.leaves.len(), B64.encode(root(&self.leaves)))
    }

    /// The newest checkpoint, signed by the log and by witnesses at their times.
    pub(crate) fn signed(&self, cosigners: &[(usize, u64)]) -> String {
        let (text, key) = (self.text(), key(self.origin));
        let mut out = format!("{text}\n{}", line(self.origin, 1, &key, &key.sign(text.as_bytes()).to_bytes()));
        cosigners.iter().for_each(|(witness, time_s)| out += &cosignature(*witness, &text, *time_s));
        out
    }

    /// Takes in a recording's state and answers with a proof under the newest checkpoint.
    pub(crate) fn answer(&mut self, state: &State, cosigners: &[(usize, u64)]) -> Answer {
        let blind = sha(&[b"blind", state.text.as_bytes(), &self.leaves.len().to_be_bytes()]);
        let index = self.add(&sha(&[b"counterpart/anchor/v1\n", &blind, state.text.as_bytes()]));
        self.grow(2);
        let note = self.signed(cosigners);
        Answer { size: state.size, blind, index: index as u64, hashes: path(index, &self.leaves), note }
    }
}

/// RFC 6962 section 2.1.1, word for word.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, sibling) =
        if index < left.len() { (path(index, left), right) } else { (path(index - left.len(), right), left) };
    path.push(root(sibling));
    path
}

/// A state of a recording: its checkpoint's size and text.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) size: u64,
    pub(crate) text: String,
}

/// What an ANCHOR is made of.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) size: u64,
    pub(crate) blind: Hash,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Hash>,
    pub(crate) note: String,
}

impl Answer {
    pub(crate) fn print(&self) -> Vec<u8> {
        let Answer { size, blind, index, hashes, note } = self;
        let hashes: String = hashes.iter().map(|hash| format!("{}\n", B64.encode(hash))).collect();
        let head = format!("counterpart/anchor/v1\nsize: {size}\nblind: {}\n", B64.encode(blind));
        format!("{head}c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}").into_bytes()
    }
}

//! A log's checkpoints, the log's signature on them, and the cosignatures of witnesses.
//!
//! Not here: a recording's own checkpoints (`crate::checkpoint`), who is trusted (`policy.rs`).
//! Sources: C2SP tlog-checkpoint 1.0.0, tlog-cosignature 1.0.1 (Ed25519), signed-note 1.0.0.
//! Invariants: `print(parse(x)) = x`; lines of unknown keys are carried and never judged; at most [`NOTE_BYTES_MAX`] bytes and
//! [`LINES_MAX`] lines are looked at.

use std::fmt;

use super::key::{KeyKind, SignerKey, VerifierKey};
use crate::note::{NOTE_BYTES_MAX, b64, holds, is_key_name, unb64, unb64_32};
use crate::tree::Hash;

/// The most signature lines that are read.
const LINES_MAX: usize = 64;

/// What a log says of itself: so many entries, under this root.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Further lines, each with its line feed; ours has none.
    pub extensions: String,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.origin, self.size, b64(&self.root), self.extensions)
    }

    /// Reads the text; `None` for anything that would not print back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.splitn(4, '\n');
        let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = unb64_32(lines.next()?)?;
        let extensions = lines.next()?.to_owned();
        let whole_lines = extensions.is_empty() || extensions.ends_with('\n');
        let empty_line = extensions.starts_with('\n') || extensions.contains("\n\n");
        let checkpoint = Checkpoint { origin, size, root, extensions };
        (whole_lines && !empty_line && checkpoint.text() == text).then_some(checkpoint)
    }
}

/// One line `— name base64(key id ‖ signature)`, of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

impl SignatureLine {
    /// Reads a line, without its line feed.
    #[must_use]
    pub fn parse(line: &str) -> Option<SignatureLine> {
        let (name, blob) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let blob = unb64(blob)?;
        let (key_id, signature) = blob.split_first_chunk::<4>()?;
        let line = SignatureLine { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() };
        (is_key_name(name) && !signature.is_empty()).then_some(line)
    }

    /// The name it is under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is under this key's name and id, verified or not.
    #[must_use]
    pub fn is_under(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key_id == key.key_id()
    }

    /// The same signature under this key's name and id, whatever it stood under. Neither of them is signed.
    #[must_use]
    pub fn put_under(&self, key: &VerifierKey) -> SignatureLine {
        SignatureLine { name: key.name().to_owned(), key_id: key.key_id(), signature: self.signature.clone() }
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.key_id[..], &self.signature].concat();
        write!(f, "\u{2014} {} {}", self.name, b64(&blob))
    }
}

/// Whether a log's key signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// There is no line under this key.
    Absent,
    /// There is one, and it does not verify: the note is malformed (C2SP signed-note).
    Forged,
    /// There is one and it verifies.
    Holds,
}

/// Whether a witness cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cosigned {
    /// There is no line under this key.
    Absent,
    /// There is one, and it does not verify.
    Forged,
    /// It verifies; when the witness says it was made, seconds since 1970.
    At(u64),
}

/// A checkpoint with its signature lines, taken apart but not yet judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    lines: Vec<SignatureLine>,
}

impl SignedCheckpoint {
    /// Takes a signed checkpoint apart; `None` for anything that would not print back.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<SignedCheckpoint> {
        let whole = std::str::from_utf8(bytes).ok().filter(|_| bytes.len() <= NOTE_BYTES_MAX)?;
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let split = whole.rfind("\n\n")?;
        let checkpoint = Checkpoint::parse(&whole[..=split])?;
        let lines: Vec<_> =
            whole[split + 2..].strip_suffix('\n')?.split('\n').map(SignatureLine::parse).collect::<Option<_>>()?;
        (lines.len() <= LINES_MAX).then_some(SignedCheckpoint { checkpoint, lines })
    }

    /// The note's bytes.
    #[must_use]
    pub fn print(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        format!("{}\n{lines}", self.checkpoint.text())
    }

    /// What it says.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Its signature lines, whoever made them.
    #[must_use]
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// A checkpoint signed by its log.
    #[must_use]
    pub fn sign(checkpoint: Checkpoint, key: &SignerKey) -> SignedCheckpoint {
        let public = key.verifier();
        let signature = key.sign(checkpoint.text().as_bytes()).to_vec();
        let line = SignatureLine { name: public.name().to_owned(), key_id: public.key_id(), signature };
        SignedCheckpoint { checkpoint, lines: vec![line] }
    }

    /// A witness's cosignature of it, made at `time_s` (seconds since 1970).
    #[must_use]
    pub fn cosign(&self, key: &SignerKey, time_s: u64) -> SignatureLine {
        let public = key.verifier();
        let signature = key.sign(cosigned_message(time_s, &self.checkpoint).as_bytes());
        let signature = [&time_s.to_be_bytes()[..], &signature].concat();
        SignatureLine { name: public.name().to_owned(), key_id: public.key_id(), signature }
    }

    /// Adds a line; one that stands under the same name and key id is replaced.
    pub fn add(&mut self, line: SignatureLine) {
        self.lines.retain(|other| (&other.name, other.key_id) != (&line.name, line.key_id));
        self.lines.push(line);
    }

    /// Takes out the lines that are not wanted.
    pub fn keep(&mut self, wanted: impl FnMut(&SignatureLine) -> bool) {
        self.lines.retain(wanted);
    }

    /// Whether the log with this key signed it. Of several lines under one key, all must verify.
    #[must_use]
    pub fn signed_by(&self, key: &VerifierKey) -> Signed {
        let text = self.checkpoint.text();
        let mut found = Signed::Absent;
        for line in self.lines.iter().filter(|line| key.kind() == KeyKind::Log && line.is_under(key)) {
            let signature = <[u8; 64]>::try_from(&line.signature[..]);
            match signature {
                Ok(signature) if holds(text.as_bytes(), &signature, key.public_key()) => found = Signed::Holds,
                _ => return Signed::Forged,
            }
        }
        found
    }

    /// Whether the witness with this key cosigned it, and when; of several, the latest time.
    #[must_use]
    pub fn cosigned_by(&self, key: &VerifierKey) -> Cosigned {
        let mut found = Cosigned::Absent;
        for line in self.lines.iter().filter(|line| key.kind() == KeyKind::Witness && line.is_under(key)) {
            let Some(time_s) = self.cosignature_time(line, key) else { return Cosigned::Forged };
            found = match found {
                Cosigned::At(other) => Cosigned::At(other.max(time_s)),
                _ => Cosigned::At(time_s),
            };
        }
        found
    }

    fn cosignature_time(&self, line: &SignatureLine, key: &VerifierKey) -> Option<u64> {
        let (time, signature) = line.signature.split_first_chunk::<8>()?;
        let (time_s, signature) = (u64::from_be_bytes(*time), <[u8; 64]>::try_from(signature).ok()?);
        let message = cosigned_message(time_s, &self.checkpoint);
        let in_range = i64::try_from(time_s).is_ok();
        (in_range && holds(message.as_bytes(), &signature, key.public_key())).then_some(time_s)
    }
}

/// C2SP tlog-cosignature, "Ed25519 signed message".
fn cosigned_message(time_s: u64, checkpoint: &Checkpoint) -> String {
    format!("cosignature/v1\ntime {time_s}\n{}", checkpoint.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "log.example".into(), size: 7, root: [5; 32], extensions: String::new() }
    }

    #[test]
    fn only_the_printed_form_is_read() {
        let text = checkpoint().text();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint()));
        let extended = Checkpoint { extensions: "more\nlines\n".into(), ..checkpoint() };
        assert_eq!(Checkpoint::parse(&extended.text()), Some(extended));
        for bad in [
            text.replace("\n7\n", "\n07\n"),
            text.replace("\n7\n", "\n+7\n"),
            text.replace("\n7\n", "\n18446744073709551616\n"),
            text.replace("log.example", ""),
            text.replace('=', ""),
            format!("{text}\n"),
            format!("{text}more"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(Checkpoint::parse(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn no_flipped_bit_of_a_cosigned_checkpoint_verifies() {
        let log = SignerKey::new("log.example", KeyKind::Log, &[1; 32]).unwrap();
        let witness = SignerKey::new("witness.example", KeyKind::Witness, &[2; 32]).unwrap();
        let mut signed = SignedCheckpoint::sign(checkpoint(), &log);
        let line = signed.cosign(&witness, 1_700_000_000);
        signed.add(line.clone());
        signed.add(line);
        assert_eq!(signed.lines().len(), 2, "no line twice");
        let (log, witness) = (log.verifier(), witness.verifier());
        let bytes = signed.print().into_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let Some(read) = SignedCheckpoint::parse(&bad) else { continue };
            assert_eq!(read.print().as_bytes(), bad, "print(parse(x)) = x");
            let both = read.signed_by(&log) == Signed::Holds && matches!(read.cosigned_by(&witness), Cosigned::At(_));
            assert!(!both, "bit {bit}");
        }
        let read = SignedCheckpoint::parse(&bytes).unwrap();
        assert_eq!((read.signed_by(&log), read.cosigned_by(&witness)), (Signed::Holds, Cosigned::At(1_700_000_000)));
        assert_eq!(
            (read.signed_by(&witness), read.cosigned_by(&log)),
            (Signed::Absent, Cosigned::Absent),
            "kinds do not mix"
        );
    }

    #[test]
    fn a_wrong_line_beside_a_right_one_is_forged() {
        let log = SignerKey::new("log.example", KeyKind::Log, &[1; 32]).unwrap();
        let mut signed = SignedCheckpoint::sign(checkpoint(), &log);
        let mut wrong = signed.lines[0].clone();
        wrong.signature[0] ^= 1;
        signed.lines.push(wrong);
        assert_eq!(signed.signed_by(&log.verifier()), Signed::Forged);
    }
}

//! What to do about a file that is no good: one line, said after the sentence.
//!
//! Not a verdict and never a change of one: what another program did to a file is guessed from its ends only to say
//! how to get rid of it. Invariants: one line, safe for a terminal; a path in it stands as a shell takes it; a file of
//! which nothing can be said has a hint.

use recorder::shell;
use seal::{Outcome, ReadAt, Reason, Verdict};

use crate::certificate;
use crate::check::{Checked, Finding};

/// How long an ID3v1 tag is.
const TAG_BEHIND_BYTES: u64 = 128;
/// The head of an ID3v2 tag.
const TAG_HEAD_BYTES: usize = 10;

/// What every object of a vault begins with, whatever its version (`spec/vault.md`, section 2).
const VAULT_OBJECT: &[u8] = b"counterpart/vault/v";

/// What stands beside a file's recording, or with it, that the verdict alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// An ID3v2 tag before a FLAC file.
    TagBefore { len_bytes: u64 },
    /// An ID3v1 tag behind the recording.
    TagBehind { sound_bytes: u64 },
    /// It is no recording, but what an office's vault keeps: encrypted.
    VaultObject,
    /// It is being made just now.
    Running,
}

/// Looks for what other programs put around a file.
pub(crate) fn odd(source: &mut dyn ReadAt, verdict: &Verdict) -> Option<Odd> {
    match verdict.reason()? {
        Reason::NotFlac if holds(source, 0, VAULT_OBJECT) => Some(Odd::VaultObject),
        Reason::NotFlac => tag_before(source),
        Reason::Trailing => {
            let sound_bytes = source.len_bytes().ok()?.checked_sub(TAG_BEHIND_BYTES)?;
            holds(source, sound_bytes, b"TAG").then_some(Odd::TagBehind { sound_bytes })
        }
        _ => None,
    }
}

fn tag_before(source: &mut dyn ReadAt) -> Option<Odd> {
    let mut head = [0; TAG_HEAD_BYTES];
    if source.read_at(0, &mut head).ok()? < TAG_HEAD_BYTES || !head.starts_with(b"ID3") {
        return None;
    }
    let size = head[6..].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer_bytes = if head[5] & 0x10 != 0 { TAG_HEAD_BYTES as u64 } else { 0 };
    let len_bytes = TAG_HEAD_BYTES as u64 + size + footer_bytes;
    holds(source, len_bytes, b"fLaC").then_some(Odd::TagBefore { len_bytes })
}

fn holds(source: &mut dyn ReadAt, offset: u64, wanted: &[u8]) -> bool {
    let mut bytes = vec![0; wanted.len()];
    matches!(source.read_at(offset, &mut bytes), Ok(n) if n == wanted.len()) && bytes == wanted
}

/// What to do, where there is something.
pub(crate) fn of(checked: &Checked) -> Option<String> {
    let verdict = match &checked.finding {
        Finding::Nothing { hint, .. } => return Some(hint.clone()),
        Finding::Certificate(judgement) => return certificate::hint(judgement).map(str::to_owned),
        Finding::Checked(verdict) => verdict,
    };
    let path = checked.file.as_ref().unwrap_or(&checked.path);
    let word = shell::word(path);
    let hint = match (verdict.reason()?, checked.odd) {
        (_, Some(Odd::TagBefore { len_bytes })) => format!(
            "it is not the copy any more; verify an untouched one, or this one without the tag: (umask 077; set -C; \
             tail -c +{} {word} > untagged.flac)",
            len_bytes + 1
        ),
        (_, Some(Odd::TagBehind { sound_bytes })) => format!(
            "it is not the copy any more; verify an untouched one, or this one without the tag: (umask 077; set -C; \
             head -c {sound_bytes} {word} > untagged.flac)"
        ),
        (_, Some(Odd::VaultObject)) => {
            "nobody can check it without its key, whole or not: ask the office for a copy (\"counterpartd vault read\"), \
             and verify that"
                .to_owned()
        }
        (_, Some(Odd::Running)) => "verify it when it has ended".to_owned(),
        (Reason::Unfinished, None) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            unfinished(&folder.map_or(".".to_owned(), shell::word))
        }
        (Reason::NotFlac, None) => "name a recording.flac, or the folder it is in".to_owned(),
        (Reason::NoSeal, None) => {
            "name a file that counterpart made; one that was converted has lost its seal".to_owned()
        }
        (Reason::Version, None) => "verify it with a newer version of counterpart".to_owned(),
        (Reason::Unreadable, None) => "check that its medium is well, or verify the other copy".to_owned(),
        _ if verdict.outcome() == Outcome::NotIntact && encoded_again(verdict) => {
            "bytes differ; a program that encodes again does this though no sample need differ: verify the copy as it \
             was saved"
                .to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// What to do about an unfinished recording that nothing known here is making.
pub(crate) fn unfinished(folder: &str) -> String {
    format!("if it is not being made any more, finish it: counterpart recover {folder}")
}

/// Whether both the frames and the description of them are other than sealed, as in a file that was encoded anew.
fn encoded_again(verdict: &Verdict) -> bool {
    let found = |reasons: &[Reason]| verdict.findings().iter().any(|found| reasons.contains(&found.reason));
    found(&[Reason::StreamInfo]) && found(&[Reason::Frames, Reason::Truncated])
}

//! The records of a journal and their bytes.
//!
//! Not here: files, flushing, order. Layout: `docs/recording.md`, "Journal".
//! Invariants: `decode(encode(r)) == r`; a record that does not decode to the last byte is no record,
//! so a torn tail is cut and never guessed at. The secrets are wiped wherever they are held.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use seal::bracket::EvidenceKind;
use seal::{AboutField, Body, EndReason, EventKind, Secrets};
use zeroize::Zeroizing;

/// The layout's version, first byte of START. A program that knows only version 1 would take KEPT for a torn tail, and cut it.
const VERSION: u8 = 2;

/// Longest payload that is read, bytes: START with four long about values.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// Length, type and checksum around a payload.
const FRAMING_BYTES: usize = 4 + 1 + 4;

/// Longest record, bytes.
pub(super) const RECORD_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + FRAMING_BYTES;

/// Bytes of a record before its payload.
pub(super) const HEAD_BYTES: usize = 4 + 1;

/// Longest checkpoint that is looked for after damage, bytes of payload: a note is far shorter.
const CHECKPOINT_BYTES_MAX: usize = 1 << 14;
const CHECKPOINT: u8 = 4;

/// How many bytes of a record follow its head; `None` where that can be no record's head.
pub(super) fn rest_bytes(head: &[u8]) -> Option<usize> {
    let length = Cursor(head).u32()? as usize;
    (length <= PAYLOAD_BYTES_MAX).then_some(length + FRAMING_BYTES - HEAD_BYTES)
}

/// Whether a checkpoint that a file may show stands at the start of `bytes`. Type and length are looked
/// at before anything is summed, so that it can be asked at every byte of a long tail.
pub(super) fn is_released_checkpoint(bytes: &[u8]) -> bool {
    let mut head = Cursor(bytes);
    let fits = head.u32().is_some_and(|length| (length as usize) <= CHECKPOINT_BYTES_MAX);
    fits && head.u8() == Some(CHECKPOINT)
        && head.u8() == Some(1)
        && matches!(Record::decode(bytes), Some((Record::Checkpoint { released: true, .. }, _)))
}

/// What recovery needs to make the same writer again.
pub(crate) struct Start {
    pub(crate) secrets: Secrets,
    pub(crate) header_note: String,
    pub(crate) about: Vec<(AboutField, String)>,
    /// Canonical paths, in the order they were named.
    pub(crate) folders: Vec<PathBuf>,
    /// Bytes before the first frame in every part file.
    pub(crate) reserve_bytes: u64,
}

/// How a recording ends and where: frames after that are no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) reason: EndReason,
    pub(crate) closing: String,
    pub(crate) frames: u64,
}

/// One record.
pub(crate) enum Record {
    Start(Start),
    Frame {
        size: u32,
        digest: [u8; 32],
    },
    Event {
        kind: EventKind,
        first: u64,
        count: u64,
        body: Body,
    },
    Checkpoint {
        released: bool,
        note: String,
    },
    End(End),
    Medium {
        copy: u8,
        why: String,
    },
    /// A checkpoint that stays in the seal here, for an anchor to refer to.
    Kept {
        size: u64,
        text: String,
    },
    /// An anchor that came back.
    Anchor {
        first: u64,
        body: Vec<u8>,
    },
    /// Evidence of time over the end, in the order it stands in.
    Evidence {
        kind: EvidenceKind,
        content: Vec<u8>,
    },
}

impl Record {
    fn number(&self) -> u8 {
        match self {
            Record::Start(_) => 1,
            Record::Frame { .. } => 2,
            Record::Event { .. } => 3,
            Record::Checkpoint { .. } => CHECKPOINT,
            Record::End(_) => 5,
            Record::Medium { .. } => 6,
            Record::Kept { .. } => 7,
            Record::Anchor { .. } => 8,
            Record::Evidence { .. } => 9,
        }
    }

    /// The whole record as it stands in the file.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(2_048));
        out.extend_from_slice(&[0; 4]);
        out.push(self.number());
        self.payload(&mut out);
        let length = (out.len() - 5) as u32;
        out[..4].copy_from_slice(&length.to_be_bytes());
        let checksum = crc32fast::hash(&out);
        out.extend_from_slice(&checksum.to_be_bytes());
        out
    }

    fn payload(&self, out: &mut Vec<u8>) {
        match self {
            Record::Start(start) => start.payload(out),
            Record::Frame { size, digest } => {
                out.extend_from_slice(&size.to_be_bytes());
                out.extend_from_slice(digest);
            }
            Record::Event { kind, first, count, body } => {
                out.push(kind.number());
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(&count.to_be_bytes());
                put(out, body.as_str().as_bytes());
            }
            Record::Checkpoint { released, note } => {
                out.push(u8::from(*released));
                put(out, note.as_bytes());
            }
            Record::End(end) => {
                out.push(end.reason.number());
                out.extend_from_slice(&end.frames.to_be_bytes());
                put(out, end.closing.as_bytes());
            }
            Record::Medium { copy, why } => {
                out.push(*copy);
                put(out, why.as_bytes());
            }
            Record::Kept { size, text } => {
                out.extend_from_slice(&size.to_be_bytes());
                put(out, text.as_bytes());
            }
            Record::Anchor { first, body } => {
                out.extend_from_slice(&first.to_be_bytes());
                put(out, body);
            }
            Record::Evidence { kind, content } => {
                out.push(kind.number());
                put(out, content);
            }
        }
    }

    /// The record at the start of `bytes` and its length, or `None` if what is there is no whole record.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Record, usize)> {
        let mut head = Cursor(bytes);
        let length = head.u32()? as usize;
        if length > PAYLOAD_BYTES_MAX {
            return None;
        }
        let number = head.u8()?;
        let mut payload = Cursor(head.take(length)?);
        let checksum = head.u32()?;
        if crc32fast::hash(bytes.get(..5 + length)?) != checksum {
            return None;
        }
        let record = Record::from_payload(number, &mut payload)?;
        payload.0.is_empty().then_some((record, length + FRAMING_BYTES))
    }

    fn from_payload(number: u8, from: &mut Cursor<'_>) -> Option<Record> {
        Some(match number {
            1 => Record::Start(Start::from_payload(from)?),
            2 => Record::Frame { size: from.u32()?, digest: from.array()? },
            3 => Record::Event {
                kind: EventKind::from_number(from.u8()?)?,
                first: from.u64()?,
                count: from.u64()?,
                body: Body::parse(&from.text()?)?,
            },
            4 => Record::Checkpoint { released: from.flag()?, note: from.text()? },
            5 => Record::End(End {
                reason: EndReason::from_number(from.u8()?)?,
                frames: from.u64()?,
                closing: from.text()?,
            }),
            6 => Record::Medium { copy: from.u8()?, why: from.text()? },
            7 => Record::Kept { size: from.u64()?, text: from.text()? },
            8 => Record::Anchor { first: from.u64()?, body: from.bytes()?.to_vec() },
            9 => Record::Evidence { kind: evidence_kind(from.u8()?)?, content: from.bytes()?.to_vec() },
            _ => return None,
        })
    }
}

impl Start {
    fn payload(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        for secret in [&self.secrets.signing_key, &self.secrets.seed, &self.secrets.nonce] {
            out.extend_from_slice(secret);
        }
        put(out, self.header_note.as_bytes());
        out.extend_from_slice(&self.reserve_bytes.to_be_bytes());
        out.push(self.about.len() as u8);
        for (field, value) in &self.about {
            out.push(field.number());
            put(out, value.as_bytes());
        }
        out.push(self.folders.len() as u8);
        for folder in &self.folders {
            put(out, folder.as_os_str().as_bytes());
        }
    }

    fn from_payload(from: &mut Cursor<'_>) -> Option<Start> {
        if from.u8()? != VERSION {
            return None;
        }
        let secrets = Secrets { signing_key: from.array()?, seed: from.array()?, nonce: from.array()? };
        let header_note = from.text()?;
        let reserve_bytes = from.u64()?;
        let about = (0..from.u8()?)
            .map(|_| Some((AboutField::from_number(from.u8()?)?, from.text()?)))
            .collect::<Option<_>>()?;
        let folders = (0..from.u8()?)
            .map(|_| Some(PathBuf::from(OsString::from_vec(from.bytes()?.to_vec()))))
            .collect::<Option<_>>()?;
        Some(Start { secrets, header_note, about, folders, reserve_bytes })
    }
}

fn evidence_kind(number: u8) -> Option<EvidenceKind> {
    [EvidenceKind::Token, EvidenceKind::Anchor].into_iter().find(|kind| kind.number() == number)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// What is left to read of a payload.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        [false, true].get(usize::from(self.u8()?)).copied()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()? as usize;
        self.take(count)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn samples() -> Vec<Record> {
        let secrets = Secrets { signing_key: [1; 32], seed: [2; 32], nonce: [3; 32] };
        let about = vec![(AboutField::Parties, "A, B".to_owned()), (AboutField::Place, String::new())];
        let folders = vec![PathBuf::from("/media/é b"), PathBuf::from("/x")];
        vec![
            Record::Start(Start { secrets, header_note: "note\n".into(), about, folders, reserve_bytes: 8_192 }),
            Record::Frame { size: 70_000, digest: [9; 32] },
            Record::Event { kind: EventKind::Gap, first: 7, count: 9, body: Body::new().with("at", "now") },
            Record::Checkpoint { released: true, note: "c".into() },
            Record::End(End { reason: EndReason::DiskFull, closing: "at: now\n".into(), frames: 3 }),
            Record::Medium { copy: 1, why: "gone".into() },
            Record::Kept { size: 12, text: "counterpart/recording/..\n12\n".into() },
            Record::Anchor { first: 8_000, body: b"counterpart/anchor/v1\n".to_vec() },
            Record::Evidence { kind: EvidenceKind::Token, content: vec![0x30, 0] },
            Record::Evidence { kind: EvidenceKind::Anchor, content: vec![1] },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for record in samples() {
            let bytes = record.encode();
            let (read, length) = Record::decode(&bytes).unwrap();
            assert_eq!(length, bytes.len());
            assert_eq!(*read.encode(), *bytes);
        }
    }

    #[test]
    fn a_start_of_another_version_is_none() {
        let start = samples().remove(0).encode();
        let is_read = |version: u8| {
            let mut bytes = start[..start.len() - 4].to_vec();
            bytes[HEAD_BYTES] = version;
            let checksum = crc32fast::hash(&bytes);
            bytes.extend_from_slice(&checksum.to_be_bytes());
            Record::decode(&bytes).is_some()
        };
        assert_eq!([0, 1, 2, 3].map(is_read), [false, false, true, false]);
    }

    #[test]
    fn a_torn_or_flipped_record_is_none() {
        for record in samples() {
            let bytes = record.encode();
            for cut in 0..bytes.len() {
                assert!(Record::decode(&bytes[..cut]).is_none());
            }
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(Record::decode(&flipped).is_none(), "bit {bit}");
            }
        }
        for tail in [&[0; 64][..], &[0xFF; 64], &[0, 0, 0, 0, 7, 0, 0, 0, 0]] {
            assert!(Record::decode(tail).is_none());
        }
    }
}

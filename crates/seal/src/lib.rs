//! The recording format: one ordinary FLAC file that carries its own proof.
//!
//! Bytes in, verdict out. [`Writer`] seals a recording while it is made, [`verify`] checks one, [`derive`](derive()) makes excerpts and
//! redactions that still verify. The format is specified in `spec/seal.md`; every part here names its section.
//!
//! Not here: files, clocks, randomness, threads, networks. All of them are parameters, and lints keep it so; the crate also
//! builds for `wasm32-unknown-unknown`.
//!
//! Invariants:
//! - A [`Verified`] value exists only where every check passed.
//! - Hostile bytes end in a [`Verdict`], in memory bounded by one segment of sound plus the events on the record.
//! - The same calls with the same secrets give the same bytes.
//!
//! Foreign types in this interface: none but the standard library's.

mod body;
mod body_derived;
mod body_full;
pub mod bracket;
pub mod certificate;
mod checkpoint;
mod copy_words;
mod derive;
mod derive_source;
mod device;
mod error;
mod flac;
mod format;
mod header;
mod heard;
mod history;
mod kinds;
mod leaf;
mod note;
mod read_at;
mod segment;
mod stretch;
pub mod timestamp;
pub mod tlog;
mod tree;
mod verdict;
mod verify;
mod verify_derived;
mod verify_full;
mod writer;

pub use body::Body;
pub use copy_words::CopyWords;
pub use derive::{Mute, Plan, derive};
pub use device::{DeviceKey, Secrets, fingerprint};
pub use error::Error;
pub use flac::codec::Encoder;
pub use format::Format;
pub use header::{Device, Header};
pub use heard::Heard;
pub use history::History;
pub use kinds::{AboutField, EndReason, EventKind, RecordingId};
pub use note::Note;
pub use read_at::ReadAt;
pub use stretch::{Stretch, StretchError, stretch};
pub use verdict::{EventSeen, Evidence, Finding, Hidden, Kind, Outcome, Reason, Verdict, Verified, What};
pub use verify::{Check, Peek, bears_seal, peek, two_histories, verify, verify_listening};
pub use writer::{Kept, Opening, Outgrown, Sealed, Writer, head_reserve};

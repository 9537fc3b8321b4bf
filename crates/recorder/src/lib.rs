//! Sound to sealed copies: sources, the recording session, its journal, recovery.
//!
//! [`start`] takes a [`source::Source`] and writes equal copies of one sealed recording, each on its
//! own medium; [`recover`](recover()) finishes a recording that broke off; [`control::send`] drives
//! one from another process. How a recording is kept safe is written in `docs/recording.md`.
//!
//! Not here: the format (`seal`), the command line (`cli`).
//! Invariants: memory is bounded whatever a source or a medium does; "saved" is said only of a file
//! that was read back; nothing on a medium is ever written over; clock, chance and pace are
//! parameters.

pub mod anchor;
pub mod clock;
pub mod control;
pub mod error;
pub mod folder;
pub mod naming;
pub mod observe;
pub mod shell;
pub mod source;
pub mod status;

mod board;
mod conductor;
mod crew;
mod drift;
mod file_source;
mod finish;
mod flusher;
mod held_up;
mod inbox;
mod journal;
mod lagging;
mod lane;
mod locate;
mod pace;
mod part;
mod pipeline;
mod recover;
mod sealer;
mod session;
mod watch;

pub use error::Error;
pub use file_source::FileSource;
pub use finish::{CopyResult, CopyState, Left, Outcome, Saved, TimeEvidence};
pub use pace::Pace;
pub use recover::{Away, Done, Recovered, recover, recover_from};
pub use session::{CommandHandle, PaceHandle, Session, Settings, StopHandle, fresh_secrets, start};
pub use sound::rehearsal;

//! Every procedure as commands and events: a command with its ground gives events or a refusal, events give the state.
//!
//! [`staff`] is who may do what. [`case`] is one meeting, from its plan and the asking to record to the handed-over copies. [`custody`] is the life of
//! one thing that is kept, from receipt to destruction. [`access`] decides on signing in. Not here: files,
//! networks, clocks and chance, which come in as parameters; nor where events are kept, which is `desk`'s.
//!
//! Invariants:
//! - Nothing happens but by an event, and an event comes only out of a decision that looked at everything it depends on.
//! - Who may do what stands in one table for each procedure ([`case::ROWS`], [`custody::ROWS`]); what is not in it is refused.
//! - State is made of the clear parts of events alone, so that it is the same after the private parts cannot be read any more.
//! - What a decision rests on is named in its event: which rule of which version of which pack.
//!
//! Foreign types in this interface: those of `rules` and `serde`'s traits.

pub mod access;
pub mod case;
mod cited;
mod commands;
pub mod custody;
pub mod drawing;
mod hex;
mod lists;
mod moment;
mod name;
mod refusal;
mod role;
mod signature;
pub mod staff;
mod stored;

pub use cited::Cited;
pub use drawing::Drawing;
pub use hex::{CaseId, Digest, HoldId, PersonId, PublicKey, Signature, ThingId};
pub use moment::{Clock, Moment, TOLERANCE_MICROS};
pub use name::{Account, Name, Person};
pub use refusal::Refusal;
pub use role::Role;
pub use stored::{Malformed, VERSION};

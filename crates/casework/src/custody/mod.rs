//! The life of one thing that is kept: received, used, held, due, approved by two, destroyed, certified.
//!
//! [`decide`] says what follows from a command or why nothing does; [`Thing::apply`] what an event makes of the thing. Not here: keys, stores and
//! logs themselves (`vault`, `ledger`), which `desk` moves in step with these events. Invariants:
//! - A held thing is never destroyed; once its destruction began nothing but forward steps is taken, and no hold comes any more.
//! - What is destroyed is exactly what two different people approved, after the term by agreed time.

mod again;
mod apply;
mod approval;
mod cites;
mod command;
mod correction;
mod decide;
mod destruction;
mod event;
mod holding;
mod intake;
mod replay;
mod rights;
mod standing;
mod subject;
mod thing;
mod transfer;
mod view;
mod word;
mod words;

pub use approval::APPROVAL_DAYS;
pub use command::{Command, Deed};
pub use decide::{Ground, decide};
pub use event::{Body, Commitment, Event, What};
pub use replay::{Known, KnownItem, Replay};
pub use rights::{ROWS, Row};
pub use standing::{Holding, Standing};
pub use subject::Subject;
pub use thing::{Approval, Destruction, Hold, Phase, Proposal, Thing, Why};
pub use view::{Entry, Viewer, is_keeper, view};
pub use word::{Authority, Basis, FactDay, How, Medium, Method, Purpose, RequestKind, Verdict, Way};
pub use words::{Field, Private, Words};

pub(crate) use decide::{confirmed, instant};

//! One meeting between the office and a person, from its plan to what became of it: asking to record, rooms, letters, agreement, the meeting,
//! the two copies.
//!
//! [`decide`] says what follows from a command or why nothing does; [`Case::apply`] what an event makes of the case; [`Case::todo`] what is still to be done.
//! Not here: letters, rooms' calendars, recorders and vaults themselves, which `desk` moves in step with these events. Invariants:
//! - A meeting begins as recorded only when everything that the rules of its day ask for is there, and unrecorded only when nobody is owed a recording.
//! - A request to record is refused only on a ground that a rule bears out, by two different people.
//! - Every appointment ends in exactly one outcome.

mod apply;
mod asking;
mod closing;
mod command;
mod copies;
mod decide;
mod event;
mod meeting;
mod papers;
mod planning;
mod refusal;
mod rights;
mod state;
mod tally;
mod todo;
mod word;

pub use command::{Command, Deed};
pub use decide::{Actor, Ground, decide};
pub use event::{Asking, By, Event, SidesCopy, Slot, What};
pub use refusal::Refusal;
pub use rights::{ROWS, Row};
pub use state::{Adjustment, Appointment, Asked, Case, Copies, Held, Phase, Plan, Request, Room};
pub use tally::Tally;
pub use todo::{Before, Intent, Need, Todo};
pub use word::{
    Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Ground as RefusalGround, Language,
    Outcome, Party, Pause, Reply, Stop, Withdrawal,
};

//! One meeting between the office and a person, from its plan to what became of it: asking to record, rooms, letters, agreement, the meeting,
//! the two copies.
//!
//! [`decide`] says what follows from a command or why nothing does; [`Case::apply`] what an event makes of the case; [`Case::todo`] what is still to be done.
//! [`view()`] makes the one thing of a case that pages, lists, mail and exports may show, and [`look`] the event that says so.
//! Not here: letters, rooms' calendars, recorders and vaults themselves, which `desk` moves in step with these events. Invariants:
//! - A meeting begins as recorded only when everything that the rules of its day ask for is there, and unrecorded only when nobody is owed a recording.
//! - A request to record is refused only on a ground that a rule bears out, by two different people.
//! - What costs the person something is their own word, or that of two of the staff who say from where they know.
//! - Nobody sees a word of a case but for a purpose, and the look is on the record first.
//! - Every appointment ends in exactly one outcome, and every life can end without the person giving anything up.

mod adjusting;
mod apply;
mod appointment;
mod asking;
mod because;
mod cites;
mod closing;
mod command;
mod copies;
mod decide;
mod event;
mod meeting;
mod need;
mod noted;
mod order;
mod papers;
mod planning;
mod recorded;
mod recording;
mod refusal;
mod rights;
mod state;
mod tally;
mod todo;
mod view;
mod what;
mod word;

pub use appointment::{Another, Appointment, Offer, Present, Room, Seen};
pub use because::Because;
pub use command::{Command, Deed};
pub use decide::{Actor, Ground, decide};
pub use event::{Asking, By, Event, Follows, SidesCopy, Slot, Who};
pub use need::{Before, Need, Todo};
pub use refusal::Refusal;
pub use rights::{ROWS, Row};
pub use state::{Adjustment, Asked, Case, Copies, Held, Noted, NotedOf, Phase, Plan, Recording, Request};
pub use tally::Tally;
pub use todo::Intent;
pub use view::{
    Around, Audience, Course, Entry, For, Glass, Kind, LOOK_SPAN_MICROS, LOOKS_SEEN_BY, Listed, Look, Nature, Of,
    PURPOSES, Purpose, RedactedView, SEEN, Sees, Text, Viewer, WORDS, listed, look, view,
};
pub use what::What;
pub use word::{
    Answer, Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Ground as RefusalGround,
    Incident, Language, Outcome, Party, Pause, Reply, Stop, Withdrawal,
};

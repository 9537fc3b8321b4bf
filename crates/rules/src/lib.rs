//! Dated policy packs and the one clock engine: facts in, a decision with its citations out.
//!
//! A [`Pack`] is a versioned text of values, each with the clause it comes from and the days on which it holds. A [`Book`] is all
//! the packs in use; asked with the facts of a thing it gives a [`Decision`], about recording a meeting on a day a [`RecordingRuling`], to
//! count a term a [`Clock`], about a whole [`Case`] an [`Explanation`]; or a [`Refusal`]. How packs are written is in `docs/rules.md`, those
//! that come with Counterpart are in `/rules`.
//!
//! Not here: files, clocks, the system's time zones. Packs come in as text and moments as parameters. Nor is this legal advice:
//! a pack says what was read where, and marks what could not be confirmed.
//!
//! Invariants:
//! - A [`Decision`], [`HoldRuling`], [`Approvals`], [`RecordingRuling`] or [`Clock`] exists only where rules of named versions gave it, and
//!   names them all.
//! - Nothing falls back on a default: what no rule, fact or calendar covers is a refusal that names it.
//! - The same packs and facts give the same decision, for ever.
//!
//! Foreign types in this interface: `jiff`'s [`Date`] and [`Timestamp`], which are re-exported.

mod book;
mod calendar;
mod clock;
mod decision;
mod error;
mod explain;
mod facts;
mod holidays;
mod jurisdiction;
mod kinds;
mod name;
mod overrides;
mod pack;
mod packs;
mod read;
mod recording;
mod refusal;
mod rule;
mod ruling;
mod span;
mod step;
mod table;
mod zone;

pub use book::Book;
pub use calendar::{MonthsAfter, days_after, months_after};
pub use clock::{Clock, Count, Moved};
pub use decision::{Applied, Approvals, Decision, HoldRuling};
pub use error::Error;
pub use explain::{Case, Entry, Explanation};
pub use facts::{Facts, Hold, Thing};
pub use holidays::{Holiday, Holidays, HolidaysOf};
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use jurisdiction::Jurisdiction;
pub use name::{Act, Fact, Kind, OfficeName, RuleName};
pub use overrides::{Opening, Override};
pub use pack::{Pack, PackId};
pub use packs::BUILT_IN;
pub use recording::{
    Agreement, Aspect, Copies, Decider, Device, Doing, Letter, Measure, Medium, Meeting, Notice, Occasion, Room, Said,
    Side,
};
pub use refusal::Refusal;
pub use rule::{Authority, Limit, MonthRule, Rule, Source, Term, Validity, Value};
pub use ruling::{Answer, RecordingRuling};
pub use span::{Span, Unit};
pub use step::{Day, DayKind, Step};
pub use zone::{Wall, Zone};

//! Who sees what of a case, and who looked. Pages, lists, mail and exports take what [`view()`] makes, and nothing else.
//!
//! Not here: who is what in a case (`relation.rs`), the declarations (`table.rs`), the event of a look (`looking.rs`), lists (`listed.rs`). Invariants:
//! - First the relation to the case is asked, then the role, then the purpose; whoever is in no row sees nothing.
//! - None of the staff sees a view whose look is not on the record.
//! - A [`RedactedView`] can be made here alone, and owns no word that its audience may not see. `Debug` prints none at all.

pub(super) mod glass;
mod kind;
mod listed;
mod looking;
mod redacted;
mod relation;
mod table;
mod word;

pub use glass::Glass;
pub use kind::Kind;
pub use listed::{Course, Listed, listed};
pub use looking::{LOOK_SPAN_MICROS, look};
pub use redacted::{Entry, Look, RedactedView, Text};
pub use relation::{Around, Viewer};
pub use table::{For, LOOKS_SEEN_BY, Of, PURPOSES, SEEN, Sees, WORDS};
pub use word::{Audience, Nature, Purpose};

pub(super) use looking::Looks;

use super::event::{By, Event};
use super::refusal::Refusal;
use super::state::Case;
use super::what::What;
use relation::admitted;

/// What somebody may see of a case for a purpose: all its events are given, and the look of one of the staff is among them.
///
/// # Errors
/// They may not see it, or not for that; or the look is not on the record, or the events are not those of the case.
pub fn view(
    case: &Case,
    events: &[Event],
    viewer: &Viewer<'_>,
    purpose: Purpose,
    around: &Around<'_>,
) -> Result<RedactedView, Refusal> {
    let row = admitted(case, viewer, purpose, around)?;
    all_of_it(case, events)?;
    if let Viewer::Staff(account) = viewer
        && !case.is_looked(account, purpose, row.audience, around.moment)
    {
        return Err(Refusal::NotLooked { purpose });
    }
    Ok(redacted::made(case, events, viewer, &row, around))
}

/// The events are the case's, from the first to the newest: what is left out would be hidden without a word.
fn all_of_it(case: &Case, events: &[Event]) -> Result<(), Refusal> {
    for (expected, event) in (1..).zip(events) {
        if event.case != case.id {
            return Err(Refusal::OtherCase { expected: case.id, found: event.case });
        }
        if event.number != expected {
            return Err(Refusal::OutOfOrder { expected, found: event.number });
        }
    }
    let newest = events.last().map_or(0, |event| event.number);
    if newest == case.number { Ok(()) } else { Err(Refusal::OutOfOrder { expected: case.number, found: newest }) }
}

impl Case {
    /// Openings in an emergency, in order.
    #[must_use]
    pub fn glasses(&self) -> &[Glass] {
        &self.glasses
    }

    /// What a look, or an opening in an emergency, makes of it: nothing but that it is known.
    pub(super) fn looked(&mut self, event: &Event) {
        let By::Staff(account) = &event.by else { return };
        match &event.what {
            What::Looked { purpose, seen_as } => {
                self.looks.insert((account.clone(), *purpose, *seen_as), event.at_micros);
            }
            What::GlassBroken { until_micros } => self.glasses.push(Glass {
                number: event.number,
                by: account.clone(),
                at_micros: event.at_micros,
                until_micros: *until_micros,
                justified: None,
            }),
            What::GlassReviewed { of, justified } => {
                if let Some(glass) = self.glasses.iter_mut().find(|glass| glass.number == *of) {
                    glass.justified = Some(*justified);
                }
            }
            _ => {}
        }
    }
}

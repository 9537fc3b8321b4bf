//! Whether two sounds are the same, and which stretches of them: aligned by what is heard, so that transcoding, resampling, gain
//! and an offset do not matter, while a cut, an insertion, a swap or a changed word does.
//!
//! Not here: seals, which are proof where this is only likeness. Method: the two sounds become [`Print`]s, a column each 10 ms
//! (`print.rs`); what of them is loud enough to be judged is told (`loudness.rs`); offsets at which seconds of both agree are found by their fingerprints (`anchors.rs`); one way through those
//! offsets is chosen that explains the second sound best (`path.rs`); what stands in order is told from what was moved or said twice
//! (`order.rs`); what lies between is named (`stretches.rs`).
//! Invariants: sounds in which no second agrees are never called the same anywhere; every moment of both is in exactly one stretch
//! or in one that is named missing or inserted; a change of speed is not followed, and shows as a difference.

mod anchors;
mod loudness;
mod order;
mod path;
mod print;
mod stretches;

pub use print::{Print, Printer, UnknownRate};
pub use stretches::{Comparison, Likeness, Span, Stretch};

use loudness::Heard;

/// Compares a second sound with a reference.
///
/// Time grows with the length of both and with how often they repeat themselves; memory is some hundred bytes a column of the second.
#[must_use]
pub fn compare(reference: &Print, other: &Print) -> Comparison {
    let (reference, other) = (Heard::of(reference), Heard::of(other));
    let offsets = anchors::find(&reference, &other);
    let path = path::choose(&reference, &other, &offsets);
    stretches::name(&reference, &other, &path)
}

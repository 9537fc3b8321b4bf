//! Where a thing stands, for people: in one line and with reasons.
//!
//! Not here: deciding anything; nothing may depend on it.
//! Invariant: made of the clear parts alone.

use std::fmt;

use super::decide::{Ground, instant};
use super::thing::{Phase, Thing, Why};
use crate::hex::{Digest, HoldId};
use crate::name::Name;
use crate::refusal::{self, Refusal};

/// One hold, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Which.
    pub hold: HoldId,
    /// Why.
    pub why: Why,
    /// By when it is to be looked at again.
    pub review_by: Option<rules::Date>,
}

/// Where a thing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// There is none.
    Absent,
    /// It is kept; why not until a day that is known, where it is not.
    Kept {
        /// The last day, or why there is none.
        until: Result<rules::Date, Refusal>,
    },
    /// It is held.
    Held {
        /// By these.
        by: Vec<Holding>,
    },
    /// Its term is over.
    Due {
        /// The last day on which it was to be kept.
        since: rules::Date,
        /// Why it is not destroyed yet.
        waits: Refusal,
    },
    /// Its term is over and enough people approve.
    Ready {
        /// The last day on which it was to be kept.
        since: rules::Date,
    },
    /// It is being destroyed.
    Destroying {
        /// Since when, in microseconds since 1970.
        since_micros: i64,
    },
    /// It is destroyed.
    Destroyed {
        /// When, in microseconds since 1970.
        at_micros: i64,
        /// The certificate.
        certificate: Option<Digest>,
        /// Where the certificate is logged.
        logged: Option<(Name, u64)>,
    },
}

impl Thing {
    /// Where it stands.
    #[must_use]
    pub fn standing(&self, ground: &Ground<'_>) -> Standing {
        let destruction = self.destruction.clone().unwrap_or_default();
        match self.phase {
            Phase::Absent => Standing::Absent,
            Phase::Kept => self.standing_kept(ground),
            Phase::Destroying => Standing::Destroying { since_micros: destruction.began_micros },
            Phase::Destroyed => Standing::Destroyed {
                at_micros: destruction.done_micros.unwrap_or(destruction.began_micros),
                certificate: destruction.certificate,
                logged: destruction.logged,
            },
        }
    }

    fn standing_kept(&self, ground: &Ground<'_>) -> Standing {
        if !self.holds.is_empty() {
            let one = |(hold, held): (&HoldId, &super::thing::Hold)| Holding {
                hold: *hold,
                why: held.why,
                review_by: held.review_by,
            };
            return Standing::Held { by: self.holds.iter().map(one).collect() };
        }
        let due = match self.due(ground.book) {
            Ok(due) => due,
            Err(refusal) => return Standing::Kept { until: Err(refusal) },
        };
        if !due.is_over(instant(ground.moment.earliest_micros())) {
            return Standing::Kept { until: Ok(due.last_day()) };
        }
        let since = due.last_day();
        if !ground.moment.is_agreed() {
            return Standing::Due { since, waits: Refusal::OneClock };
        }
        match self.approvals_in_force(ground) {
            Ok(_) => Standing::Ready { since },
            Err(waits) => Standing::Due { since, waits },
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::Absent => f.write_str("there is no such thing"),
            Standing::Kept { until: Ok(until) } => write!(f, "kept until the end of {until}"),
            Standing::Kept { until: Err(why) } => write!(f, "kept, and no end is known: {}", why.what()),
            Standing::Held { by } => {
                write!(f, "held by {}: ", by.len())?;
                by.iter().enumerate().try_for_each(|(at, one)| write!(f, "{}{one}", if at == 0 { "" } else { ", " }))
            }
            Standing::Due { since, waits } => write!(f, "due since the end of {since}: {}", waits.what()),
            Standing::Ready { since } => write!(f, "due since the end of {since} and approved"),
            Standing::Destroying { since_micros } => {
                write!(f, "being destroyed since {}", refusal::instant(*since_micros))
            }
            Standing::Destroyed { at_micros, logged, .. } => {
                write!(f, "destroyed on {}", refusal::instant(*at_micros))?;
                match logged {
                    Some((_, index)) => write!(f, ", log index {index}"),
                    None => f.write_str(", not logged yet"),
                }
            }
        }
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Why::Request(kind, None) => write!(f, "{kind}, not answered")?,
            Why::Request(kind, Some(on)) => write!(f, "{kind}, answered on {on}")?,
            Why::Authority(authority) => write!(f, "{authority}")?,
            Why::Replayed => f.write_str("known from the keyring")?,
        }
        match self.review_by {
            Some(day) => write!(f, " (review by {day})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Phase::Absent => "not there",
            Phase::Kept => "kept",
            Phase::Destroying => "being destroyed",
            Phase::Destroyed => "destroyed",
        })
    }
}

//! One rule: a value with the clause it comes from and the days on which it holds.
//!
//! Not here: how it is written (`read.rs`), chosen (`book.rs`) or applied (`decision.rs`).
//! Invariants: a rule has a source and a clause; it holds from one day until before another, or until further notice; where it is
//! not confirmed it says why.

use std::fmt;

use jiff::civil::Date;

use crate::holidays::HolidaysOf;
use crate::jurisdiction::Jurisdiction;
use crate::name::{Act, Fact, RuleName};
use crate::recording::Said;
use crate::span::Span;
use crate::zone::Zone;

/// How much a source can be believed, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Authority {
    /// Statute, statutory instrument, a court's decision, or a list kept under one.
    Law,
    /// What the body that is bound by it has published for its staff or the public.
    Guidance,
    /// What a body said in a reply to a request.
    Reply,
    /// What somebody else says that the rule is.
    Advice,
    /// What nobody asks for but Counterpart itself.
    Own,
}

impl Authority {
    pub(crate) const ALL: [Authority; 5] =
        [Authority::Law, Authority::Guidance, Authority::Reply, Authority::Advice, Authority::Own];

    /// Its word in packs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Authority::Law => "law",
            Authority::Guidance => "guidance",
            Authority::Reply => "reply",
            Authority::Advice => "advice",
            Authority::Own => "own",
        }
    }
}

/// A document that rules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its short name in the pack.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How much it can be believed.
    pub authority: Authority,
}

/// The days on which something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first of them.
    pub from: Date,
    /// The first day that is none of them any more; `None` until further notice.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether `day` is one of them.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Some(until) => write!(f, "from {} until before {until}", self.from),
            None => write!(f, "from {} on", self.from),
        }
    }
}

/// Which way a term binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It may be less: a cap.
    AtMost,
    /// It may be more.
    AtLeast,
}

impl Limit {
    /// Its word in packs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::AtMost => "at-most",
            Limit::AtLeast => "at-least",
        }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Limit::AtMost => "at most",
            Limit::AtLeast => "at least",
        }
    }
}

/// A length of time that counts from a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// How long.
    pub span: Span,
    /// From the day of which fact; that day is not counted.
    pub counts_from: Fact,
    /// Which way it binds.
    pub limit: Limit,
    /// Of a span of working days, whose holidays are left out.
    pub holidays: Option<HolidaysOf>,
}

/// How months are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MonthRule {
    /// To the day of the same number, else to the last day of the month.
    CorrespondingDate,
}

impl MonthRule {
    /// Its word in packs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MonthRule::CorrespondingDate => "corresponding-date",
        }
    }
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A length of time.
    Term(Term),
    /// A number of different people.
    People(u8),
    /// A list of acts.
    Acts(Vec<Act>),
    /// How months are counted.
    Month(MonthRule),
    /// Which clock tells when a day ends.
    Zone(Zone),
    /// What holds for one aspect of recording.
    Recording(Said),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Term(term) => write!(f, "{}", term.span),
            Value::People(1) => f.write_str("1 person"),
            Value::People(count) => write!(f, "{count} people"),
            Value::Acts(acts) => {
                let words: Vec<_> = acts.iter().map(|act| act.as_str()).collect();
                f.write_str(&words.join(", "))
            }
            Value::Month(rule) => f.write_str(rule.as_str()),
            Value::Zone(zone) => write!(f, "{zone}"),
            Value::Recording(said) => write!(f, "{said}"),
        }
    }
}

/// One rule of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub name: RuleName,
    /// What it says.
    pub value: Value,
    /// Where it holds.
    pub jurisdictions: Vec<Jurisdiction>,
    /// Where it comes from.
    pub source: Source,
    /// Which part of the source.
    pub clause: String,
    /// When it holds.
    pub valid: Validity,
    /// Why it is not confirmed, if it is not.
    pub unconfirmed: Option<String>,
}

//! Bank holidays as dated data.
//!
//! Not here: weekends, and what is counted (`calendar.rs`).
//! Invariant: a list covers a stretch of days and says which; beyond it nothing is known, which is not the same as no holiday.

use jiff::civil::Date;

use crate::jurisdiction::Jurisdiction;
use crate::rule::{Source, Validity};

/// Whose holidays a count of working days leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolidaysOf {
    /// A holiday in any division is left out everywhere, as in the Freedom of Information Act.
    AnyDivision,
    /// Only the holidays of the thing's own division are left out.
    OwnDivision,
}

impl HolidaysOf {
    /// Its word in packs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            HolidaysOf::AnyDivision => "any-division",
            HolidaysOf::OwnDivision => "own-division",
        }
    }
}

/// One holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// Its day.
    pub date: Date,
    /// What people call it.
    pub name: String,
    /// Where it is one.
    pub divisions: Vec<Jurisdiction>,
    /// Why it is not confirmed that it is one, if it is not.
    pub unconfirmed: Option<String>,
}

/// The holidays of all divisions over a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holidays {
    source: Source,
    clause: String,
    valid: Validity,
    /// By date; several on one day where divisions call it by different names.
    list: Vec<Holiday>,
}

impl Holidays {
    pub(crate) fn new(source: Source, clause: String, valid: Validity, mut list: Vec<Holiday>) -> Self {
        list.sort_by_key(|holiday| holiday.date);
        Self { source, clause, valid, list }
    }

    /// Where the list comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Which part of it.
    #[must_use]
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// The days about which the list speaks.
    #[must_use]
    pub fn valid(&self) -> Validity {
        self.valid
    }

    /// All of them, by date.
    #[must_use]
    pub fn list(&self) -> &[Holiday] {
        &self.list
    }

    /// The holiday that takes `date` out of a count, if one does.
    #[must_use]
    pub fn on(&self, date: Date, of: HolidaysOf, own: Jurisdiction) -> Option<&Holiday> {
        let first = self.list.partition_point(|holiday| holiday.date < date);
        let that_day = self.list[first..].iter().take_while(|holiday| holiday.date == date);
        let mut counts = that_day.filter(|holiday| of == HolidaysOf::AnyDivision || holiday.divisions.contains(&own));
        counts.next()
    }
}

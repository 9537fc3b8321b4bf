//! Decisions: when a thing is due, what a hold blocks and when it is looked at again, how many people an act needs.
//!
//! Not here: choosing the rule (`book.rs`), counting (`calendar.rs`). Nor doing anything: that a term is over is not yet a leave to
//! destroy, which also asks for holds, agreed time and approvals (`casework`).
//! Invariant: a decision has no public constructor, and names every rule it rests on with its pack, version, digest and clause.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::book::{Asked, Book, Found};
use crate::calendar::{Sieve, days_after, months_after};
use crate::facts::{Facts, Hold, Thing};
use crate::holidays::Holiday;
use crate::jurisdiction::Jurisdiction;
use crate::name::{Act, Fact, RuleName};
use crate::pack::PackId;
use crate::refusal::Refusal;
use crate::rule::{Limit, MonthRule, Source, Term, Validity, Value};
use crate::span::Unit;
use crate::step::Step;

/// One rule that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its name, or "bank holidays".
    pub what: String,
    /// What it says.
    pub value: String,
    /// The pack it stands in, with version and digest.
    pub pack: PackId,
    /// The document it comes from.
    pub source: Source,
    /// The clause of that document.
    pub clause: String,
    /// The days on which it holds.
    pub valid: Validity,
    /// Why it is not confirmed, if it is not.
    pub unconfirmed: Option<String>,
}

/// The last day of a term, and everything that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    began: (Fact, Date),
    limit: Limit,
    last_day: Date,
    ends: Timestamp,
    applied: Vec<Applied>,
    steps: Vec<Step>,
}

impl Decision {
    /// The fact that the term counts from, and its day.
    #[must_use]
    pub fn began(&self) -> (Fact, Date) {
        self.began
    }

    /// Whether the term is a cap or a minimum.
    #[must_use]
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// The last day of the term.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// The first instant after the term: the end of its last day by the clock of the place.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Whether the term is over at `now`, which should be more than one clock's word.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends
    }

    /// Every rule it rests on, the one that was asked for first.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// The reckoning, step by step, to be quoted.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The rules it rests on that are not confirmed, each with the reason.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Applied, &str)> {
        unconfirmed(&self.applied)
    }
}

/// What a hold does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRuling {
    blocks: Vec<Act>,
    review: Decision,
    applied: Applied,
}

impl HoldRuling {
    /// Which acts it blocks.
    #[must_use]
    pub fn blocks(&self) -> &[Act] {
        &self.blocks
    }

    /// By when it must be looked at again. A hold that is overdue for review still holds.
    #[must_use]
    pub fn review(&self) -> &Decision {
        &self.review
    }

    /// The rule that says what it blocks.
    #[must_use]
    pub fn applied(&self) -> &Applied {
        &self.applied
    }

    /// The rules all this rests on that are not confirmed, each with the reason.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Applied, &str)> {
        unconfirmed(std::slice::from_ref(&self.applied)).chain(self.review.unconfirmed())
    }
}

/// How many different people must approve an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    act: Act,
    people: u8,
    applied: Applied,
}

impl Approvals {
    /// The act.
    #[must_use]
    pub fn act(&self) -> Act {
        self.act
    }

    /// How many different people; two accounts of one person are one.
    #[must_use]
    pub fn people(&self) -> u8 {
        self.people
    }

    /// The rule that says so.
    #[must_use]
    pub fn applied(&self) -> &Applied {
        &self.applied
    }
}

impl Book {
    /// Until when `thing` is kept.
    ///
    /// # Errors
    /// What rules, facts or calendar do not cover: then it is kept.
    pub fn due(&self, thing: &Thing) -> Result<Decision, Refusal> {
        self.reckon(&RuleName::Retention(thing.kind.clone()), thing.jurisdiction, &thing.facts)
    }

    /// By when what was kept until `last_day_kept` must be destroyed.
    ///
    /// # Errors
    /// What rules or calendar do not cover.
    pub fn destroyed_by(&self, last_day_kept: Date, place: Jurisdiction) -> Result<Decision, Refusal> {
        let facts = Facts::new().with(Fact::LastDayKept, last_day_kept);
        self.reckon(&RuleName::DestructionComplete, place, &facts)
    }

    /// What `hold` blocks, and when it must be looked at again.
    ///
    /// # Errors
    /// A review before the hold, or what rules and calendar do not cover. The hold holds all the same.
    pub fn hold(&self, hold: &Hold) -> Result<HoldRuling, Refusal> {
        let looked_at = hold.reviewed.unwrap_or(hold.placed);
        if looked_at < hold.placed {
            let what = format!("the hold was placed on {} and reviewed before that, on {looked_at}", hold.placed);
            return Err(Refusal::Contradiction(what));
        }
        let facts = Facts::new().with(Fact::HoldPlacedOrReviewed, looked_at);
        let review = self.reckon(&RuleName::HoldReview, hold.jurisdiction, &facts)?;
        let found = self.select(&RuleName::HoldBlocks, hold.jurisdiction, Asked::On(hold.placed))?;
        let Value::Acts(blocks) = &found.rule.value else {
            return Err(no_rule(&RuleName::HoldBlocks, hold.jurisdiction));
        };
        Ok(HoldRuling { blocks: blocks.clone(), review, applied: applied(&found) })
    }

    /// How long the hold of a request stands after the day of its answer. Before the answer it stands anyway.
    ///
    /// # Errors
    /// What rules or calendar do not cover: then the hold stays.
    pub fn hold_after_answer(&self, answered: Date, place: Jurisdiction) -> Result<Decision, Refusal> {
        self.reckon(&RuleName::HoldAfterAnswer, place, &Facts::new().with(Fact::Answered, answered))
    }

    /// How many different people must approve `act` when it is done on `day`.
    ///
    /// # Errors
    /// No rule says so: then it may not be done.
    pub fn approvals(&self, act: Act, day: Date, place: Jurisdiction) -> Result<Approvals, Refusal> {
        let name = RuleName::Approvals(act);
        let found = self.select(&name, place, Asked::On(day))?;
        let Value::People(people) = found.rule.value else { return Err(no_rule(&name, place)) };
        Ok(Approvals { act, people, applied: applied(&found) })
    }

    /// The last day of the term that rule `name` gives, counted from the fact it names.
    fn reckon(&self, name: &RuleName, place: Jurisdiction, facts: &Facts) -> Result<Decision, Refusal> {
        let found = self.select(name, place, Asked::Of(facts))?;
        let Value::Term(term) = found.rule.value else { return Err(no_rule(name, place)) };
        let mut so_far = Reckoning::of(&found, term);
        let last_day = match term.span.unit() {
            Unit::Months => self.months(&mut so_far, &found, term, place)?,
            Unit::Days => days(&mut so_far, &found, u32::from(term.span.count()))?,
            Unit::Weeks => days(&mut so_far, &found, u32::from(term.span.count()) * 7)?,
            Unit::WorkingDays => self.working_days(&mut so_far, &found, term, place)?,
        };
        let clock = self.select(&RuleName::ReckoningZone, place, Asked::On(last_day))?;
        let Value::Zone(zone) = &clock.rule.value else { return Err(no_rule(&RuleName::ReckoningZone, place)) };
        let ends = zone.end_of(last_day).ok_or_else(|| beyond(&found))?;
        so_far.applied.push(applied(&clock));
        so_far.steps.push(Step::Ends { day: last_day, instant: ends, zone: zone.name().to_owned() });
        Ok(Decision {
            began: (term.counts_from, found.day),
            limit: term.limit,
            last_day,
            ends,
            applied: so_far.applied,
            steps: so_far.steps,
        })
    }

    fn months(
        &self,
        so_far: &mut Reckoning,
        found: &Found<'_>,
        term: Term,
        place: Jurisdiction,
    ) -> Result<Date, Refusal> {
        let how = self.select(&RuleName::ReckoningMonth, place, Asked::On(found.day))?;
        let Value::Month(MonthRule::CorrespondingDate) = how.rule.value else {
            return Err(no_rule(&RuleName::ReckoningMonth, place));
        };
        let count = term.span.count();
        let after = months_after(found.day, count).ok_or_else(|| beyond(found))?;
        let no_such_day = after.shortened.then_some(found.day.day());
        so_far.applied.push(applied(&how));
        so_far.steps.push(Step::Months { count, day: after.day, no_such_day });
        Ok(after.day)
    }

    fn working_days(
        &self,
        so_far: &mut Reckoning,
        found: &Found<'_>,
        term: Term,
        place: Jurisdiction,
    ) -> Result<Date, Refusal> {
        let of = term.holidays.ok_or_else(|| no_rule(&found.rule.name, place))?;
        let count = term.span.count();
        // An office's own closures do not lengthen a rule's term.
        let sieve = Sieve { known: self.holidays(), of, own: place, overrides: BTreeMap::new() };
        let days = sieve.working_days_after(found.day, count).map_err(|day| Refusal::NoHolidays { day })?;
        let last_day = days.last().map_or(found.day, |day| day.date);
        so_far.applied.extend(self.holidays_applied(days.iter().map(|day| (day.date, day.kind.holiday()))));
        so_far.steps.push(Step::WorkingDays { count, days });
        Ok(last_day)
    }

    /// The lists of holidays that a count went through, and each holiday on the way that is not confirmed.
    pub(crate) fn holidays_applied<'h>(&self, days: impl Iterator<Item = (Date, Option<&'h Holiday>)>) -> Vec<Applied> {
        let mut all: Vec<Applied> = Vec::new();
        for (date, holiday) in days {
            let Some((pack, list)) = self.holidays_pack(date).and_then(|pack| Some((pack, pack.holidays()?))) else {
                continue;
            };
            let one = |what: &str, value: String, unconfirmed: Option<String>| Applied {
                what: what.to_owned(),
                value,
                pack: pack.id.clone(),
                source: list.source().clone(),
                clause: list.clause().to_owned(),
                valid: list.valid(),
                unconfirmed,
            };
            if all.iter().all(|seen| seen.pack != pack.id) {
                all.push(one("bank holidays", format!("{} of them", list.list().len()), None));
            }
            if let Some(holiday) = holiday
                && holiday.unconfirmed.is_some()
            {
                all.push(one(
                    "bank holiday",
                    format!("{} {}", holiday.date, holiday.name),
                    holiday.unconfirmed.clone(),
                ));
            }
        }
        all
    }
}

/// What a reckoning has gathered so far.
struct Reckoning {
    applied: Vec<Applied>,
    steps: Vec<Step>,
}

impl Reckoning {
    fn of(found: &Found<'_>, term: Term) -> Self {
        let rule = found.rule;
        let begins = Step::Begins { fact: term.counts_from, day: found.day };
        let applies = Step::Rule {
            name: rule.name.clone(),
            value: rule.value.to_string(),
            limit: term.limit,
            valid: rule.valid,
            pack: found.pack.id.clone(),
            clause: rule.clause.clone(),
            source: rule.source.title.clone(),
        };
        Self { applied: vec![applied(found)], steps: vec![begins, applies] }
    }
}

fn days(so_far: &mut Reckoning, found: &Found<'_>, count: u32) -> Result<Date, Refusal> {
    let day = days_after(found.day, count).ok_or_else(|| beyond(found))?;
    so_far.steps.push(Step::Days { count, day });
    Ok(day)
}

pub(crate) fn applied(found: &Found<'_>) -> Applied {
    let rule = found.rule;
    Applied {
        what: rule.name.to_string(),
        value: rule.value.to_string(),
        pack: found.pack.id.clone(),
        source: rule.source.clone(),
        clause: rule.clause.clone(),
        valid: rule.valid,
        unconfirmed: rule.unconfirmed.clone(),
    }
}

pub(crate) fn unconfirmed(applied: &[Applied]) -> impl Iterator<Item = (&Applied, &str)> {
    applied.iter().filter_map(|one| Some((one, one.unconfirmed.as_deref()?)))
}

/// A value of the wrong shape for its name, which the reader does not let through, is as good as none.
fn no_rule(name: &RuleName, place: Jurisdiction) -> Refusal {
    Refusal::NoRule { name: name.clone(), jurisdiction: place }
}

fn beyond(found: &Found<'_>) -> Refusal {
    Refusal::BeyondCalendar { what: found.rule.name.to_string(), from: found.day }
}

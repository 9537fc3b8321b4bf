//! All the packs in use, and which rule of which version applies.
//!
//! Not here: what follows from the rule (`decision.rs`).
//! Invariants:
//! - The versions of a pack are all there, from the first on, each beginning later than the one before.
//! - A thing stays under the version in which its count began: a later version decides only what begins on its first day or after.
//! - Every value stands in packs of one name, so that no two packs can disagree.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::Known;
use crate::decision::Applied;
use crate::error::Error;
use crate::facts::Facts;
use crate::jurisdiction::Jurisdiction;
use crate::name::{OfficeName, RuleName};
use crate::overrides::Override;
use crate::pack::Pack;
use crate::packs::BUILT_IN;
use crate::refusal::Refusal;
use crate::rule::{Rule, Validity, Value};
use crate::zone::Zone;

/// All the packs in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// By name; each name's versions in order.
    series: BTreeMap<String, Vec<Pack>>,
}

/// The day that says which rule applies.
#[derive(Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// This one.
    On(Date),
    /// That of the fact which the rule counts from.
    Of(&'a Facts),
}

/// A rule that applies, the pack it stands in and the day that made it apply.
pub(crate) struct Found<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) rule: &'a Rule,
    pub(crate) day: Date,
}

impl Book {
    /// The packs that come with Counterpart.
    ///
    /// # Errors
    /// None: a test reads them. The type leaves it to the caller to say so.
    pub fn built_in() -> Result<Self, Error> {
        Self::read(BUILT_IN.iter().copied())
    }

    /// Reads packs, each with what errors call it.
    ///
    /// # Errors
    /// The first fault of any of them, or that they do not go together.
    pub fn read<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self, Error> {
        let packs = texts.into_iter().map(|(file, text)| Pack::read(file, text));
        Self::new(packs.collect::<Result<_, _>>()?)
    }

    /// Puts packs together.
    ///
    /// # Errors
    /// They do not go together.
    pub fn new(packs: Vec<Pack>) -> Result<Self, Error> {
        let mut series: BTreeMap<String, Vec<Pack>> = BTreeMap::new();
        for pack in packs {
            series.entry(pack.id.name.clone()).or_default().push(pack);
        }
        for versions in series.values_mut() {
            versions.sort_by_key(|pack| pack.id.version);
            check_versions(versions)?;
        }
        check_apart(&series)?;
        Ok(Self { series })
    }

    /// All packs, by name and version.
    pub fn packs(&self) -> impl Iterator<Item = &Pack> {
        self.series.values().flatten()
    }

    /// The day on which `instant` falls, by the clock of that place.
    ///
    /// # Errors
    /// No rule says which clock that is.
    pub fn day_of(&self, instant: Timestamp, place: Jurisdiction) -> Result<Date, Refusal> {
        // Which clock is asked by the day in Greenwich: the day on the wall is not known before the clock is.
        let about = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(self.zone_on(about, place)?.day_of(instant))
    }

    /// The clock of that place on a day.
    ///
    /// # Errors
    /// No rule says which clock that is.
    pub fn zone_on(&self, day: Date, place: Jurisdiction) -> Result<&Zone, Refusal> {
        let found = self.select(&RuleName::ReckoningZone, place, Asked::On(day))?;
        match &found.rule.value {
            Value::Zone(zone) => Ok(zone),
            _ => Err(Refusal::NoRule { name: RuleName::ReckoningZone, jurisdiction: place }),
        }
    }

    /// The rule of that name that applies there on the day asked about.
    pub(crate) fn select(&self, name: &RuleName, place: Jurisdiction, asked: Asked<'_>) -> Result<Found<'_>, Refusal> {
        let mut refusal = Refusal::NoRule { name: name.clone(), jurisdiction: place };
        for (pack, decides) in self.versions() {
            let mut rules = pack.rules.iter().filter(|rule| rule.name == *name && rule.jurisdictions.contains(&place));
            // All of them count from the same fact, so any one says which day it is.
            let Some(first) = rules.clone().next() else { continue };
            let day = day_asked(first, asked)?;
            refusal = Refusal::NotInForce { name: name.clone(), jurisdiction: place, day };
            if decides.until.is_some_and(|until| until <= day) {
                continue;
            }
            let applies = rules.find(|rule| decides.contains(day) && rule.valid.contains(day));
            return applies.map(|rule| Found { pack, rule, day }).ok_or(refusal);
        }
        Err(refusal)
    }

    /// The first day for which there is a rule of that name there, if there is any.
    #[must_use]
    pub fn known_from(&self, name: &RuleName, place: Jurisdiction) -> Option<Date> {
        let first = |(pack, decides): (&Pack, Validity)| {
            let rules = pack.rules.iter().filter(|rule| rule.name == *name && rule.jurisdictions.contains(&place));
            rules.map(|rule| rule.valid.from.max(decides.from)).min()
        };
        self.versions().filter_map(first).min()
    }

    /// Every list of holidays, with the first day it speaks about.
    pub(crate) fn holidays(&self) -> Known<'_> {
        let lists = self.versions().filter_map(|(pack, decides)| Some((decides.from, pack.holidays.as_ref()?)));
        Known { lists: lists.collect() }
    }

    /// The pack whose list of holidays speaks about `day`.
    pub(crate) fn holidays_pack(&self, day: Date) -> Option<&Pack> {
        self.versions().find(|(pack, decides)| pack.holidays.is_some() && decides.contains(day)).map(|(pack, _)| pack)
    }

    /// The closures and extra days of an office by their days, each as the version in force on that day has it; `None` if no pack knows it.
    pub(crate) fn overrides_of(&self, office: &OfficeName) -> Option<BTreeMap<Date, &Override>> {
        self.packs().flat_map(|pack| &pack.overrides).find(|one| one.office == *office)?;
        let mut days = BTreeMap::new();
        for (pack, decides) in self.versions() {
            let own = pack.overrides.iter().filter(|one| one.office == *office && decides.contains(one.date));
            days.extend(own.map(|one| (one.date, one)));
        }
        Some(days)
    }

    /// An override as something that a count rests on.
    pub(crate) fn override_applied(&self, one: &Override) -> Option<Applied> {
        let has = |(pack, decides): &(&Pack, Validity)| decides.contains(one.date) && pack.overrides.contains(one);
        let (pack, _) = self.versions().find(has)?;
        Some(Applied {
            what: format!("own day of {}", one.office),
            value: format!("{} {}: {}", one.date, one.opening, one.why),
            pack: pack.id.clone(),
            source: one.source.clone(),
            clause: one.clause.clone(),
            valid: Validity { from: one.date, until: one.date.tomorrow().ok() },
            unconfirmed: None,
        })
    }

    /// Every version of every pack, the earlier first, with the days whose facts it decides.
    fn versions(&self) -> impl Iterator<Item = (&Pack, Validity)> {
        self.series.values().flat_map(|versions| {
            let next = versions.iter().skip(1).map(|pack| Some(pack.from)).chain([None]);
            versions.iter().zip(next).map(|(pack, until)| (pack, Validity { from: pack.from, until }))
        })
    }
}

/// The day that decides whether `rule` applies.
fn day_asked(rule: &Rule, asked: Asked<'_>) -> Result<Date, Refusal> {
    match (asked, &rule.value) {
        (Asked::Of(facts), Value::Term(term)) => {
            let missing = || Refusal::MissingFact { name: rule.name.clone(), fact: term.counts_from };
            facts.day(term.counts_from).ok_or_else(missing)
        }
        (Asked::On(day), _) => Ok(day),
        (Asked::Of(_), _) => Err(Refusal::Contradiction(format!("{} does not count from a fact", rule.name))),
    }
}

fn check_versions(versions: &[Pack]) -> Result<(), Error> {
    for (expected, pack) in (1..).zip(versions) {
        if pack.id.version == expected {
            continue;
        }
        let (name, version) = (&pack.id.name, pack.id.version);
        return Err(if version < expected {
            together(format!("two packs are {name} version {version}"), "give the later one the next version")
        } else {
            let what = format!("{name} version {expected} is missing beside version {version}");
            together(what, "keep every version: what began under it is decided by it")
        });
    }
    match versions.windows(2).find(|pair| pair[1].from <= pair[0].from) {
        None => versions.windows(2).try_for_each(|pair| check_carried_on(&pair[0], &pair[1])),
        Some(pair) => {
            let what =
                format!("{} begins on {}, not later than version {}", pair[1].id, pair[1].from, pair[0].id.version);
            Err(together(what, "let it begin after the version before it"))
        }
    }
}

/// What would have held on the later version's first day must stand in it, so that nothing ends because somebody forgot it.
fn check_carried_on(earlier: &Pack, later: &Pack) -> Result<(), Error> {
    let day = later.from;
    let forgotten = |what: &str| {
        let what = format!("{} has no {what} on its first day, {day}, and {} has", later.id, earlier.id);
        Err(together(what, "repeat it; to end it, give it an `until`"))
    };
    for rule in earlier.rules.iter().filter(|rule| rule.valid.contains(day)) {
        let carries = |other: &Rule, place: Jurisdiction| {
            other.name == rule.name && other.valid.contains(day) && other.jurisdictions.contains(&place)
        };
        let missing = |place: &Jurisdiction| !later.rules.iter().any(|other| carries(other, *place));
        if let Some(place) = rule.jurisdictions.iter().copied().find(missing) {
            return forgotten(&format!("{} for {place}", rule.name));
        }
    }
    for one in earlier.overrides.iter().filter(|one| one.date >= day) {
        if !later.overrides.iter().any(|other| other.office == one.office && other.date == one.date) {
            let what = format!("{} has nothing on {} of {}, and {} has", later.id, one.date, one.office, earlier.id);
            return Err(together(what, "repeat it; to take it back, write day = \"as-listed\""));
        }
    }
    let covers = |pack: &Pack| pack.holidays.as_ref().is_some_and(|list| list.valid().contains(day));
    if covers(earlier) && !covers(later) { forgotten("list of holidays") } else { Ok(()) }
}

/// No value, no list of holidays and no office's own days in packs of two names.
fn check_apart(series: &BTreeMap<String, Vec<Pack>>) -> Result<(), Error> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (name, pack) in series.iter().flat_map(|(name, versions)| versions.iter().map(move |pack| (name, pack))) {
        let of_rules =
            pack.rules.iter().flat_map(|rule| rule.jurisdictions.iter().map(|one| format!("{} for {one}", rule.name)));
        let of_holidays =
            pack.holidays.iter().flat_map(|_| Jurisdiction::ALL.map(|one| format!("bank holidays for {one}")));
        let of_offices = pack.overrides.iter().map(|one| format!("the own days of {}", one.office));
        for key in of_rules.chain(of_holidays).chain(of_offices) {
            let owner = *owners.entry(key.clone()).or_insert(name);
            if owner != name {
                let what = format!("{key} stand in two packs, {owner} and {name}");
                return Err(together(what, format!("put them into a new version of {owner}")));
            }
        }
    }
    Ok(())
}

fn together(what: String, hint: impl Into<String>) -> Error {
    Error::Together { what, hint: hint.into() }
}

//! Reads a pack's text: the grammar of `docs/rules.md`, strictly.
//!
//! Not here: TOML itself (the `toml` crate), lines and keys (`table.rs`), several packs together (`book.rs`).
//! Invariants: whatever the text, the answer is a pack or one error with its line; a value without a source and a clause, without
//! the days on which it holds, or with a gap or an overlap between two of them is an error.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use crate::error::Error;
use crate::holidays::{Holiday, Holidays, HolidaysOf};
use crate::jurisdiction::Jurisdiction;
use crate::name::{Act, Fact, OfficeName, RuleName, is_word};
use crate::overrides::Override;
use crate::pack::{Pack, PackId};
use crate::recording::{Aspect, Said};
use crate::rule::{Authority, Limit, MonthRule, Rule, Source, Term, Validity, Value};
use crate::span::{Span, Unit};
use crate::table::{Item, Table, Text};

/// More than any pack needs.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// More people than any act needs.
const PEOPLE_MAX: u8 = 9;

const WHY_CLAUSE: &str = "say where it comes from: a value without a clause cannot be defended";
const WHY_MEETING: &str = "name the aspect, and the kinds of meeting in `meeting`";
const WHY_DAYS: &str = "say from which day it holds, and until before which day, or until = \"open\"";

type Sources = BTreeMap<String, Source>;

pub(crate) fn pack(file: &str, text: &str) -> Result<Pack, Error> {
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let place = Text { file, lines: &lines };
    if text.len() > TEXT_BYTES_MAX {
        return Err(place.error(1, format!("longer than {TEXT_BYTES_MAX} bytes"), "split it into several packs"));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| place.line(span.start));
        let what = error.message().lines().collect::<Vec<_>>().join(", ");
        place.error(line, format!("not TOML: {what}"), "put it right; a date must be one that exists")
    })?;
    let mut top = Table::new("the pack", place, 0, table.get_ref());

    let mut head = top.need("pack", "begin with [pack]: name, version, from")?.table("[pack]")?;
    let name = head.need("name", "name it as its folder")?;
    if !is_word(name.text()?) {
        return Err(
            name.error(format!("`{}` is not a name: a-z, 0-9 and hyphens", name.text()?), "name it as its folder")
        );
    }
    let version = head.need("version", "count versions from 1")?.number()?;
    let from = head.need("from", "say from which day on its rules decide")?.date()?;
    head.finish()?;

    let sources = sources(&mut top)?;
    let rules = rules(&mut top, &sources, from)?;
    let holidays = top.take("holidays").map(|item| holidays(&item, &sources, from)).transpose()?;
    let overrides = overrides(&mut top, &sources, from)?;
    top.finish()?;
    if rules.is_empty() && holidays.is_none() && overrides.is_empty() {
        return Err(place.error(1, "the pack says nothing", "add a [[value]], [holidays] or an [[override]]"));
    }
    let id = PackId { name: name.text()?.to_owned(), version, digest: Sha256::digest(text.as_bytes()).into() };
    Ok(Pack { id, from, rules, holidays, overrides })
}

fn sources(top: &mut Table<'_>) -> Result<Sources, Error> {
    let all = top.need("source", "add [source.…] for each document that values come from")?;
    let mut sources = Sources::new();
    for item in all.table("[source]")?.drain() {
        let mut table = item.table(&format!("[source.{}]", item.key))?;
        let title = table.need("title", "say what the document is called")?.text()?.to_owned();
        let word = table.need("authority", "say how much it can be believed")?;
        let text = word.text()?;
        let authority = Authority::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            word.error(format!("`{text}` is not an authority"), "write law, guidance, reply, advice or own")
        })?;
        table.finish()?;
        sources.insert(item.key.to_owned(), Source { id: item.key.to_owned(), title, authority });
    }
    Ok(sources)
}

fn rules(top: &mut Table<'_>, sources: &Sources, pack_from: Date) -> Result<Vec<Rule>, Error> {
    let Some(all) = top.take("value") else { return Ok(Vec::new()) };
    let mut rules: Vec<(Rule, usize)> = Vec::new();
    for item in all.list()? {
        for rule in rules_of(item.table("[[value]]")?, sources, pack_from)? {
            if let Some((what, hint)) = rules.iter().find_map(|(earlier, line)| clash(earlier, *line, &rule)) {
                return Err(item.error(what, hint));
            }
            rules.push((rule, item.line));
        }
    }
    for (rule, line) in &rules {
        gap(rule, &rules).map_or(Ok(()), |what| {
            Err(top.text.error(*line, what, "end it with until = \"open\", or begin the next on that day"))
        })?;
    }
    Ok(rules.into_iter().map(|(rule, _)| rule).collect())
}

/// Why two values cannot stand in one pack.
fn clash(earlier: &Rule, line: usize, later: &Rule) -> Option<(String, &'static str)> {
    let place = earlier.jurisdictions.iter().find(|one| later.jurisdictions.contains(one))?;
    if earlier.name != later.name {
        return None;
    }
    let apart = |one: &Validity, other: &Validity| one.until.is_some_and(|until| until <= other.from);
    if !apart(&earlier.valid, &later.valid) && !apart(&later.valid, &earlier.valid) {
        let what = format!("{} for {place} holds on the same days as the one at line {line}", later.name);
        return Some((what, "end one of them on the day on which the other begins"));
    }
    let (Value::Term(one), Value::Term(other)) = (&earlier.value, &later.value) else { return None };
    (one.counts_from != other.counts_from).then(|| {
        let what = format!("{} counts from another fact than at line {line}", later.name);
        (what, "count from the same fact, or make it a new version of the pack")
    })
}

/// The days between a value that ends and the next of the same name, if there is a next and nothing holds in between.
fn gap(rule: &Rule, all: &[(Rule, usize)]) -> Option<String> {
    let until = rule.valid.until?;
    rule.jurisdictions.iter().find_map(|place| {
        let same = all.iter().filter(|(other, _)| other.name == rule.name && other.jurisdictions.contains(place));
        let next = same.map(|(other, _)| other.valid.from).filter(|from| *from >= until).min()?;
        (next != until)
            .then(|| format!("{} for {place} holds until {until}, and the next one only from {next}", rule.name))
    })
}

/// One value is one rule; one about recording is a rule for each kind of meeting that it names.
fn rules_of(mut table: Table<'_>, sources: &Sources, pack_from: Date) -> Result<Vec<Rule>, Error> {
    let word = table.need("name", "name the rule")?;
    let value = table.need("value", "say what the rule is")?;
    let named = match word.text()?.strip_prefix("recording.") {
        Some(aspect) => recording(&word, aspect, &value, &mut table)?,
        None => {
            let name: RuleName = word.parsed("the names are in docs/rules.md; a kind of thing is free")?;
            let value = self::value(&name, &value, &mut table)?;
            vec![(name, value)]
        }
    };
    let jurisdictions = divisions(&table.need("jurisdiction", "say where it holds, or [\"uk\"]")?)?;
    let (source, clause) = origin(&mut table, sources)?;
    let valid = validity(&mut table, pack_from)?;
    let unconfirmed = unconfirmed(&mut table)?;
    table.finish()?;
    let rule = |(name, value)| Rule {
        name,
        value,
        jurisdictions: jurisdictions.clone(),
        source: source.clone(),
        clause: clause.clone(),
        valid,
        unconfirmed: unconfirmed.clone(),
    };
    Ok(named.into_iter().map(rule).collect())
}

/// The rules of a value about recording, one for each kind of meeting.
fn recording(
    word: &Item<'_>,
    aspect: &str,
    value: &Item<'_>,
    table: &mut Table<'_>,
) -> Result<Vec<(RuleName, Value)>, Error> {
    let aspect: Aspect =
        aspect.parse().map_err(|what: String| word.error(what, "the aspects of recording are in docs/rules.md"))?;
    let items = value.list()?;
    let texts = items.iter().map(Item::text).collect::<Result<Vec<_>, _>>()?;
    let said = Said::read(aspect, &texts).map_err(|(at, what)| {
        items[at].error(what, format!("the words of recording.{aspect} are in docs/rules.md; name each once"))
    })?;
    let mut rules: Vec<(RuleName, Value)> = Vec::new();
    for item in table.need("meeting", "say for which kinds of meeting")?.list()? {
        let name = RuleName::Recording(aspect, item.parsed("the kinds of meeting are in docs/rules.md")?);
        if rules.iter().any(|(other, _)| *other == name) {
            return Err(item.error(format!("{} is named twice", item.text()?), "name it once"));
        }
        rules.push((name, Value::Recording(said.clone())));
    }
    Ok(rules)
}

/// What a rule of that name must say.
fn value(name: &RuleName, item: &Item<'_>, table: &mut Table<'_>) -> Result<Value, Error> {
    match name {
        RuleName::Retention(_) | RuleName::DestructionComplete | RuleName::HoldReview | RuleName::HoldAfterAnswer => {
            term(name, item, table).map(Value::Term)
        }
        RuleName::Approvals(_) => people(item).map(Value::People),
        RuleName::HoldBlocks => {
            let mut acts: Vec<Act> = Vec::new();
            for word in item.list()? {
                let act = word.parsed("the acts are in docs/rules.md")?;
                if acts.contains(&act) {
                    return Err(word.error(format!("{act} is named twice"), "name it once"));
                }
                acts.push(act);
            }
            Ok(Value::Acts(acts))
        }
        RuleName::ReckoningMonth => {
            let word = item.text()?;
            let known =
                (word == MonthRule::CorrespondingDate.as_str()).then_some(Value::Month(MonthRule::CorrespondingDate));
            known.ok_or_else(|| {
                item.error(format!("`{word}` is no way to count months"), "write \"corresponding-date\"")
            })
        }
        // Read by `recording`, as their names are completed by the kinds of meeting.
        RuleName::Recording(..) => Err(item.error(format!("{name} is not written so"), WHY_MEETING)),
        RuleName::ReckoningZone => item.parsed("such as \"Europe/London GMT0BST,M3.5.0/1,M10.5.0/2\"").map(Value::Zone),
    }
}

fn term(name: &RuleName, item: &Item<'_>, table: &mut Table<'_>) -> Result<Term, Error> {
    let span: Span = item.parsed("write a count and days, weeks, months or working days: \"14 months\"")?;
    let fact = table.need("counts_from", "say from the day of which fact it counts")?;
    let counts_from: Fact = fact.parsed("the facts are in docs/rules.md")?;
    if !counted_from(name).contains(&counts_from) {
        let may: Vec<_> = counted_from(name).iter().map(|fact| fact.as_str()).collect();
        return Err(fact.error(
            format!("{name} cannot count from `{counts_from}`"),
            format!("it may count from {}", may.join(", ")),
        ));
    }
    let word = table.need("limit", "say whether it may be less (\"at-most\") or more (\"at-least\")")?;
    let text = word.text()?;
    let limit = [Limit::AtMost, Limit::AtLeast].into_iter().find(|limit| limit.as_str() == text);
    let limit =
        limit.ok_or_else(|| word.error(format!("`{text}` is not a limit"), "write \"at-most\" or \"at-least\""))?;
    let holidays = match span.unit() {
        Unit::WorkingDays => Some(holidays_of(&table.need("holidays", "say whose holidays are no working days")?)?),
        Unit::Days | Unit::Weeks | Unit::Months => None,
    };
    Ok(Term { span, counts_from, limit, holidays })
}

/// The facts that a rule of that name can be asked with. Any other would make a rule that never applies.
fn counted_from(name: &RuleName) -> &'static [Fact] {
    match name {
        RuleName::DestructionComplete => &[Fact::LastDayKept],
        RuleName::HoldReview => &[Fact::HoldPlacedOrReviewed],
        RuleName::HoldAfterAnswer => &[Fact::Answered],
        _ => &[Fact::Made, Fact::Received, Fact::Agreed, Fact::Ended, Fact::Answered],
    }
}

fn holidays_of(item: &Item<'_>) -> Result<HolidaysOf, Error> {
    let text = item.text()?;
    let of = [HolidaysOf::AnyDivision, HolidaysOf::OwnDivision].into_iter().find(|of| of.as_str() == text);
    of.ok_or_else(|| {
        item.error(format!("`{text}` does not say whose holidays"), "write \"any-division\" or \"own-division\"")
    })
}

fn people(item: &Item<'_>) -> Result<u8, Error> {
    let text = item.text()?;
    let found = (1..=PEOPLE_MAX).find(|count| Value::People(*count).to_string() == text);
    found.ok_or_else(|| {
        item.error(
            format!("`{text}` is not a number of people"),
            format!("write \"1 person\" to \"{PEOPLE_MAX} people\""),
        )
    })
}

fn divisions(item: &Item<'_>) -> Result<Vec<Jurisdiction>, Error> {
    let mut divisions = Vec::new();
    for word in item.list()? {
        let named: Vec<Jurisdiction> = match word.text()? {
            "uk" => Jurisdiction::ALL.to_vec(),
            _ => vec![word.parsed("write england-and-wales, scotland, northern-ireland, or uk for all")?],
        };
        if let Some(twice) = named.iter().find(|one| divisions.contains(*one)) {
            return Err(word.error(format!("{twice} is named twice"), "name it once"));
        }
        divisions.extend(named);
    }
    Ok(divisions)
}

fn origin(table: &mut Table<'_>, sources: &Sources) -> Result<(Source, String), Error> {
    let item = table.need("source", WHY_CLAUSE)?;
    let id = item.text()?;
    let unknown = || item.error(format!("there is no [source.{id}]"), "add it, with title and authority");
    let source = sources.get(id).ok_or_else(unknown)?.clone();
    let clause = table.need("clause", WHY_CLAUSE)?.text()?.to_owned();
    Ok((source, clause))
}

fn validity(table: &mut Table<'_>, pack_from: Date) -> Result<Validity, Error> {
    let first = table.need("from", WHY_DAYS)?;
    let from = first.date()?;
    if from < pack_from {
        let what = format!("it holds from {from}, before the pack's own first day {pack_from}");
        return Err(first.error(what, "earlier days are decided by the pack's earlier version"));
    }
    let end = table.need("until", WHY_DAYS)?;
    let until = end.date_or_open()?;
    if until.is_some_and(|until| until <= from) {
        return Err(end.error("it ends before it begins", WHY_DAYS));
    }
    Ok(Validity { from, until })
}

fn unconfirmed(table: &mut Table<'_>) -> Result<Option<String>, Error> {
    match (table.take("unconfirmed"), table.take("reason")) {
        (None, None) => Ok(None),
        (Some(mark), Some(reason)) => {
            mark.is_true()?;
            Ok(Some(reason.text()?.to_owned()))
        }
        (Some(mark), None) => {
            Err(mark.error("unconfirmed without a `reason`", "say what the public sources leave open"))
        }
        (None, Some(reason)) => {
            Err(reason.error("a `reason` without unconfirmed = true", "add the mark, or take it out"))
        }
    }
}

fn holidays(item: &Item<'_>, sources: &Sources, pack_from: Date) -> Result<Holidays, Error> {
    let mut table = item.table("[holidays]")?;
    let (source, clause) = origin(&mut table, sources)?;
    let valid = validity(&mut table, pack_from)?;
    if valid.until.is_none() {
        return Err(
            item.error("holidays cannot be known until further notice", "write the first day that is not covered")
        );
    }
    let mut list: Vec<Holiday> = Vec::new();
    for entry in table.need("list", "list the holidays")?.list()? {
        let holiday = holiday(&entry)?;
        if !valid.contains(holiday.date) {
            return Err(entry.error(format!("{} is outside the days covered", holiday.date), "widen from and until"));
        }
        let same = |other: &&Holiday| {
            other.date == holiday.date && other.divisions.iter().any(|one| holiday.divisions.contains(one))
        };
        if let Some(other) = list.iter().find(same) {
            return Err(entry.error(format!("{} is `{}` already", other.date, other.name), "name each holiday once"));
        }
        list.push(holiday);
    }
    table.finish()?;
    Ok(Holidays::new(source, clause, valid, list))
}

fn holiday(entry: &Item<'_>) -> Result<Holiday, Error> {
    let mut table = entry.table("a holiday")?;
    let date = table.need("date", "say when")?.date()?;
    let name = table.need("name", "say what it is called")?.text()?.to_owned();
    let divisions = divisions(&table.need("in", "say where, or [\"uk\"]")?)?;
    let unconfirmed = unconfirmed(&mut table)?;
    table.finish()?;
    Ok(Holiday { date, name, divisions, unconfirmed })
}

fn overrides(top: &mut Table<'_>, sources: &Sources, pack_from: Date) -> Result<Vec<Override>, Error> {
    let Some(all) = top.take("override") else { return Ok(Vec::new()) };
    let mut overrides: Vec<Override> = Vec::new();
    for entry in all.list()? {
        let mut table = entry.table("[[override]]")?;
        let office: OfficeName =
            table.need("office", "say of which office")?.parsed("name the office in such letters")?;
        let day = table.need("date", "say when")?;
        let date = day.date()?;
        if date < pack_from {
            let what = format!("{date} is before the pack's own first day {pack_from}");
            return Err(day.error(what, "earlier days are decided by the pack's earlier version"));
        }
        let opening =
            table.need("day", "say whether it is closed or open")?.parsed("write closed, open or as-listed")?;
        let why = table.need("why", "say why: somebody will ask")?.text()?.to_owned();
        let (source, clause) = origin(&mut table, sources)?;
        table.finish()?;
        if overrides.iter().any(|other| other.office == office && other.date == date) {
            return Err(
                entry.error(format!("{date} of {office} stands there already"), "name each day of an office once")
            );
        }
        overrides.push(Override { office, date, opening, why, source, clause });
    }
    Ok(overrides)
}

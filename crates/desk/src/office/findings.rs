//! What a scrub without a key saw of an object: noted beside the events, and made events of by whoever opens the office next.
//!
//! Not the look itself (`scrubbing.rs`). Invariants: no event is written without the office key, so that nobody who only has the file can
//! write any; a finding becomes an event of the moment at which it does, by this machine's clock; what the thing's procedure refuses is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use casework::custody::{self, Command, Ground, Thing};
use casework::{Moment, Name, ThingId};
use rules::Book;

use super::acts::refused;
use super::record::{People, read_thing};
use super::{Office, locks};
use crate::db::findings::{self, Row};
use crate::db::{Db, events};
use crate::error::{Error, Result};
use crate::office::Stream;

/// How many are made events of before it is looked again.
const BATCH: u32 = 4096;

/// A finding as the command that notes it; nothing where no scrub of ours wrote it.
fn command(row: &Row) -> Option<Command> {
    let name = |text: &str| text.parse::<Name>().ok();
    let store = name(&row.store)?;
    Some(match (row.what.as_str(), row.source.as_deref()) {
        ("missing", None) => Command::NoteMissing { store },
        ("found", None) => Command::NoteFound { store },
        ("rotten", None) => Command::NoteRotten { store },
        ("repaired", Some(from)) => Command::NoteRepaired { store, from: name(from)? },
        _ => return None,
    })
}

/// A command as a finding: its word, its store, and where the right bytes came from.
fn words(command: &Command) -> Option<(&'static str, &Name, Option<&Name>)> {
    Some(match command {
        Command::NoteMissing { store } => ("missing", store, None),
        Command::NoteFound { store } => ("found", store, None),
        Command::NoteRotten { store } => ("rotten", store, None),
        Command::NoteRepaired { store, from } => ("repaired", store, Some(from)),
        _ => return None,
    })
}

/// Notes what a scrub saw of a thing, if that is new after its events and what was noted since. Whether it was.
pub(super) async fn note(db: &Db, book: &Book, id: ThingId, moment: &Moment, seen: &Command) -> Result<bool> {
    let Some((what, store, source)) = words(seen) else {
        return Err(Error::of("a scrub notes only what it saw in a store").hint("report this"));
    };
    let mut at = db.begin().await?;
    let people = People::read(&events::stream_in(db, &mut at, &Stream::Staff.name()).await?)?;
    let mut thing = read_thing(id, &events::stream_in(db, &mut at, &Stream::Thing(id).name()).await?, &people)?;
    let ground = Ground { book, moment, staff: people.now(), actor: None };
    for noted in findings::of_thing(db, &mut at, id).await?.iter().filter_map(command) {
        would_be(&mut thing, &noted, &ground)?;
    }
    if !would_be(&mut thing, seen, &ground)? {
        return Ok(false);
    }
    findings::add(db, &mut at, id, what, store.as_str(), source.map(Name::as_str)).await?;
    at.commit().await.map_err(|err| db.failed(&err))?;
    Ok(true)
}

/// What the thing would be after it; whether anything would follow.
fn would_be(thing: &mut Thing, seen: &Command, ground: &Ground<'_>) -> Result<bool> {
    let Ok(done) = custody::decide(thing, seen, ground) else { return Ok(false) };
    for event in &done {
        thing.apply(event).map_err(|refusal| refused(&refusal))?;
    }
    Ok(!done.is_empty())
}

/// Which of them become events: of each thing and store the last, and before a repair what was repaired. What was seen in between and is over needs no event.
fn worth(rows: &[Row]) -> BTreeSet<i64> {
    let mut last: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let of = last.entry((&row.thing, &row.store)).or_default();
        match (row.what.as_str(), of.last().map(|one| one.what.as_str())) {
            ("repaired", Some("missing" | "rotten")) => of.drain(..of.len() - 1).for_each(drop),
            _ => of.clear(),
        }
        of.push(row);
    }
    last.into_values().flatten().map(|row| row.number).collect()
}

impl Office {
    /// Makes events of what scrubs saw since; not more in passing than `within` lets, so that a hold waits for none of it.
    pub(crate) async fn adopt_findings(&self, within: Option<Duration>) -> Result<()> {
        // Two that do so at once would do it twice.
        let Some(_alone) = locks::adopting(&self.folder)? else { return Ok(()) };
        let began = Instant::now();
        loop {
            let rows = findings::first(&self.db, BATCH).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let worth = worth(&rows);
            for row in rows {
                if within.is_some_and(|within| began.elapsed() > within) {
                    return Ok(());
                }
                if let (Ok(id), Some(seen), true) =
                    (row.thing.parse::<ThingId>(), command(&row), worth.contains(&row.number))
                    && let Err(error) = self.act(None, id, &Office::local_moment(), &[seen]).await
                    && error.code() != crate::codes::REFUSED
                {
                    return Err(error);
                }
                findings::remove(&self.db, row.number).await?;
            }
        }
    }
}

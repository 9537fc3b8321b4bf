//! Events read out of their rows, and people and things made of them.
//!
//! Not what may be done (`casework`), nor doing it (`acts.rs`). Invariants: an event is believed where a program with the office key wrote it, whoever did it
//! signed it, and they could do it then: who may was decided when it was written and is asked again of the staff as they were before it; what reads differently
//! is refused by its number.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use casework::custody::{Event, Private, Thing};
use casework::{Account, ThingId, staff};
use seal::certificate::is_approval;
use vault::cipher::ObjectKey;
use vault::keyring::Overview;
use vault::private;

use super::Office;
use super::acts::{Stream, THINGS};
use super::history::is_tagged;
use crate::db::events::{self, Stored};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};

/// The staff as it is and was, and which events of all are theirs.
pub(super) struct People {
    history: staff::History,
    /// The numbers of their events among all.
    numbers: Vec<u64>,
}

/// What was read once in a command, and is not read again for each thing of a list.
#[derive(Default)]
pub(crate) struct Seen {
    people: Mutex<Option<Arc<People>>>,
    /// Every thing, as it was when a list was last made.
    pub(super) glances: Mutex<super::overview::Glances>,
    /// Where each stream ends.
    pub(super) ends: Mutex<super::ends::Ends>,
    /// How people sign in.
    pub(super) ways: Mutex<Option<Arc<casework::access::Ways>>>,
    /// Commitments and the signatures that hold over them.
    signed: Mutex<HashSet<([u8; 32], [u8; 64])>>,
}

impl People {
    /// The staff that these rows made, each of which could be decided on those before it.
    pub(super) fn read(rows: &[Stored]) -> Result<People> {
        let mut people = People { history: staff::History::new(), numbers: Vec::new() };
        for row in rows {
            let event = staff::Event::parse(&row.clear).map_err(|err| damaged(row, &err))?;
            let account = event.by.as_ref().map(Account::as_str);
            if (event.number, event.at_micros, account) != (row.position, row.at_us, row.account.as_deref()) {
                return Err(damaged(row, &"it is not what its row says"));
            }
            people.history.read(&event).map_err(|err| damaged(row, &err.what()))?;
            people.numbers.push(row.number);
        }
        is_signed(rows, people.now())?;
        Ok(people)
    }

    /// The staff now.
    pub(super) fn now(&self) -> &staff::Staff {
        self.history.now()
    }

    /// How many events of the staff came before that one.
    fn before(&self, number: u64) -> u64 {
        self.numbers.partition_point(|theirs| *theirs < number) as u64
    }
}

impl Office {
    /// Whether every event that somebody did has their signature: the one of the key that their account was enrolled with. Says which has not.
    pub(crate) async fn check_signatures(&self) -> Result<std::result::Result<(), String>> {
        let staff = self.staff().await?;
        let mut after = 0;
        loop {
            let rows = events::numbered_after(&self.db, after).await?;
            let Some(last) = rows.last() else { return Ok(Ok(())) };
            after = last.number;
            if let Some(row) = rows.iter().find(|row| !self.has_signature(row, &staff)) {
                return Ok(Err(format!("event {} is not signed by the account that it names", row.number)));
            }
        }
    }

    /// The staff as it is and was, as this transaction sees it.
    pub(super) async fn people_in(&self, at: &mut Tx) -> Result<People> {
        let rows = self.stream_in(at, &Stream::Staff.name()).await?;
        is_tagged(&rows, &self.keyring)?;
        People::read(&rows)
    }

    /// The staff now.
    pub(crate) async fn staff(&self) -> Result<staff::Staff> {
        Ok(self.people().await?.now().clone())
    }

    /// The staff as it is and was. What was read already in this command is read again only where events came to it.
    async fn people(&self) -> Result<Arc<People>> {
        let newest = self.end_now(&Stream::Staff.name()).await?.number;
        let known = self.seen.people.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.numbers.last().copied().unwrap_or(0) == newest) {
            return Ok(known);
        }
        // Out of a history that holds: whoever took out the newest of them would have somebody's role back.
        let stream = Stream::Staff.name();
        let people = Arc::new(People::read(&Box::pin(self.walk_now(&[&stream])).await?.rows[0])?);
        *self.seen.people.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&people));
        Ok(people)
    }

    /// A thing, as this transaction sees it. One that was never there has no events.
    pub(super) async fn thing_in(&self, at: &mut Tx, id: ThingId, people: &People) -> Result<Thing> {
        let rows = self.stream_in(at, &Stream::Thing(id).name()).await?;
        self.believed(id, &rows, people)
    }

    /// A thing now.
    pub(crate) async fn thing(&self, id: ThingId) -> Result<Thing> {
        // The rows first: whoever did the newest of them is among the people that are read after it.
        let rows = events::stream(&self.db, &Stream::Thing(id).name()).await?;
        self.believed(id, &rows, &*self.people().await?)
    }

    pub(super) fn believed(&self, id: ThingId, rows: &[Stored], people: &People) -> Result<Thing> {
        is_tagged(rows, &self.keyring)?;
        match rows.iter().find(|row| !self.has_signature(row, people.now())) {
            Some(row) => Err(damaged(row, &UNSIGNED)),
            None => read_thing(id, rows, people),
        }
    }

    fn has_signature(&self, row: &Stored, staff: &staff::Staff) -> bool {
        let signature = row.signature.as_deref().and_then(|signature| <[u8; 64]>::try_from(signature).ok());
        let (Some(_), Some(signed)) = (&row.account, row.commitment().zip(signature)) else {
            return has_signature(row, staff);
        };
        let seen = || self.seen.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = seen().contains(&signed) || has_signature(row, staff);
        if holds {
            seen().insert(signed);
        }
        holds
    }

    /// The ids of all things, in the order in which they came.
    pub(crate) async fn things(&self) -> Result<Vec<ThingId>> {
        things_of(&self.db).await
    }

    /// Every thing whose events are believed, in the order in which they came; and of each of the others why they are not. Such a one stops itself, and
    /// is named by whoever asks for all: the others go on.
    pub(crate) async fn all_things(&self) -> Result<(Vec<Thing>, Vec<(ThingId, Error)>)> {
        let (mut things, mut unbelieved) = (Vec::new(), Vec::new());
        for id in self.things().await? {
            match self.thing(id).await {
                Ok(thing) => things.push(thing),
                Err(error) => unbelieved.push((id, error)),
            }
        }
        Ok((things, unbelieved))
    }

    /// The things of which some event has this in its clear part, as this transaction sees them.
    pub(super) async fn things_that_say(&self, at: &mut Tx, text: &str) -> Result<Vec<ThingId>> {
        let names = events::streams_that_say(&self.db, at, THINGS, text.as_bytes()).await?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(THINGS)?.parse().ok()).collect())
    }

    /// A thing's events, with their words where the key is still there.
    pub(crate) async fn events(&self, id: ThingId) -> Result<Vec<Event>> {
        self.worded(id, &events::stream(&self.db, &Stream::Thing(id).name()).await?).await
    }

    /// The same as this transaction sees them.
    pub(super) async fn events_in(&self, at: &mut Tx, id: ThingId) -> Result<Vec<Event>> {
        self.worded(id, &self.stream_in(at, &Stream::Thing(id).name()).await?).await
    }

    async fn worded(&self, id: ThingId, rows: &[Stored]) -> Result<Vec<Event>> {
        is_tagged(rows, &self.keyring)?;
        let key = self.keyring.key(&id.0).await.ok();
        rows.iter().map(|row| read_event(row, id, key.as_ref())).collect()
    }

    /// A thing and its events, as [`Office::thing`] and [`Office::events`] give them, with the keys of one moment: for lists.
    pub(crate) async fn listed(&self, id: ThingId, keys: &Overview<'_>) -> Result<(Thing, Result<Vec<Event>>)> {
        let rows = events::stream(&self.db, &Stream::Thing(id).name()).await?;
        let thing = self.believed(id, &rows, &*self.people().await?)?;
        let key = keys.key(&id.0).await.ok();
        Ok((thing, rows.iter().map(|row| read_event(row, id, key.as_ref())).collect()))
    }
}

/// The ids of all things, in the order in which they came.
pub(super) async fn things_of(db: &Db) -> Result<Vec<ThingId>> {
    let names = events::streams(db, THINGS).await?;
    Ok(names.iter().filter_map(|name| name.strip_prefix(THINGS)?.parse().ok()).collect())
}

/// A thing as its events have it, for those who have no key to believe them by: they only look after what lies in the stores.
pub(super) async fn thing_of(db: &Db, id: ThingId) -> Result<Thing> {
    let mut thing = Thing::new(id);
    for row in events::stream(db, &Stream::Thing(id).name()).await? {
        let event = read_event(&row, id, None)?;
        thing.apply(&event).map_err(|err| damaged(&row, &err.what()))?;
    }
    Ok(thing)
}

pub(super) fn has_signature(row: &Stored, staff: &staff::Staff) -> bool {
    let Some(account) = &row.account else { return true };
    let key = account.parse::<Account>().ok().and_then(|account| Some(staff.who(&account)?.key));
    let signature = row.signature.as_deref().and_then(|signature| <[u8; 64]>::try_from(signature).ok());
    match (key, row.commitment(), signature) {
        (Some(key), Some(commitment), Some(signature)) => is_approval(&key.0, &commitment, &signature),
        _ => false,
    }
}

/// What somebody did is decided on only where their signature is on it.
pub(super) fn is_signed(rows: &[Stored], staff: &staff::Staff) -> Result<()> {
    match rows.iter().find(|row| !has_signature(row, staff)) {
        Some(row) => Err(damaged(row, &UNSIGNED)),
        None => Ok(()),
    }
}

const UNSIGNED: &str = "it is not signed by the account that it names";
pub(super) fn damaged(row: &Stored, what: &dyn std::fmt::Display) -> Error {
    Error::of(format_args!("event {}: {what}", row.number))
        .hint("bring back a backup with \"counterpartd restore\"")
        .of_row()
}

/// What could be read; nothing where a row of it is not believed, which stops that one alone. What is wrong with the database stops whoever reads.
pub(super) fn unless_of_row<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_of_row() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A thing of these rows, each of which could be decided on those before it, by the staff as they were then.
pub(super) fn read_thing(id: ThingId, rows: &[Stored], people: &People) -> Result<Thing> {
    let mut thing = Thing::new(id);
    for row in rows {
        let event = read_event(row, id, None)?;
        let may = thing.may_have(&event, &people.history, people.before(row.number));
        may.and_then(|()| thing.apply(&event)).map_err(|err| damaged(row, &err.what()))?;
    }
    Ok(thing)
}

fn read_event(row: &Stored, id: ThingId, key: Option<&ObjectKey>) -> Result<Event> {
    let words = match (&row.private, key) {
        (Some(closed), Some(key)) => {
            let opened = private::open(key, &id.0, row.position, closed);
            Some(opened.ok_or_else(|| damaged(row, &"its private part is not its own"))?)
        }
        _ => None,
    };
    let event =
        Event::join(&row.clear, words.as_ref().map(|words| words.as_slice())).map_err(|err| damaged(row, &err))?;
    let account = event.by.as_ref().map(Account::as_str);
    let is_row = (event.number, event.at_micros, account) == (row.position, row.at_us, row.account.as_deref());
    let has_private = event.private != Private::None;
    match is_row && has_private == row.private.is_some() {
        true => Ok(event),
        false => Err(damaged(row, &"it is not what its row says")),
    }
}

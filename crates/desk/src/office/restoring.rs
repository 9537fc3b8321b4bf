//! What happened since a backup, brought into the events that came back from it: before anything is served.
//!
//! Not copying files (`restore.rs`). Invariants: a hold or a destruction that the keyring knows stands in the events afterwards; approvals given
//! before do not count after; how many events were lost is itself an event; every object is looked at.

use casework::custody::{Command, Event, Phase, What};
use casework::{HoldId, ThingId};
use vault::Found;
use vault::keyring::State;
use vault::store::Digest;

use super::acts::Stream;
use super::acts::keyring_failed;
use super::cases::is_of_case;
use super::history::{ByOffice, changed};
use super::{Note, ObjectName, Office, fresh, wanted};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::events::{self, NewEvent, Stored};
use crate::db::scrubs;
use crate::error::{Error, Result};
use crate::restore::NotGiven;

/// What was replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) holds: u64,
    pub(crate) destructions: u64,
    /// Things whose key is there and whose events are lost.
    pub(crate) recovered: u64,
    pub(crate) events_lost: u64,
    /// People sign in to it: what they changed since is lost with the events.
    pub(crate) has_accounts: bool,
}

/// What became of the objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reconciled {
    pub(crate) whole: u64,
    /// One line each.
    pub(crate) missing: Vec<String>,
}

/// How many events were lost with an office. Whoever restores says so, also when there are none: the keyring follows one office only, and from
/// then on shuts out any other that still stands.
pub(crate) fn agreed_loss(known: u64, newest: u64, may_lose: Option<u64>) -> Result<u64> {
    let lost = known.saturating_sub(newest);
    if may_lose == Some(lost) {
        return Ok(lost);
    }
    let what = match lost {
        0 => "the backup has every event that the keyring has seen, and nobody has said that the office is lost"
            .to_owned(),
        lost => format!("the keyring has seen {lost} events that are not in the backup"),
    };
    Err(Error::of(what)
        .hint(format_args!(
            "an office that still stands must not be restored beside itself; if it is lost, say so: --events-lost {lost}"
        ))
        .with_code(crate::codes::REFUSED))
}

/// Whether behind this event no approval from before it counts.
fn makes_void(row: &Stored) -> bool {
    let what = Event::join(&row.clear, None).map(|event| event.what);
    let is_new = matches!(what, Ok(What::Recovered { .. } | What::ItemRecovered { .. }));
    is_new || matches!(what, Ok(What::ApprovalsVoided | What::DestructionStopped { hold: None }))
}

impl Office {
    /// Brings in what the keyring knows and a backup does not.
    pub(crate) async fn replay(&self, newest: u64, may_lose: Option<u64>) -> Result<Replayed> {
        let mut replayed = Replayed { events_lost: self.note_gap(newest, may_lose).await?, ..Replayed::default() };
        let failed = |err: vault::keyring::KeyringError| keyring_failed(&err);
        for entry in self.keyring.entries().await.map_err(failed)?.into_iter().filter(|entry| !is_of_case(entry)) {
            let thing = self.thing(ThingId(entry.id)).await?;
            match (&entry.state, thing.phase()) {
                (State::Erased { .. }, Phase::Absent | Phase::Kept) => replayed.destructions += 1,
                (State::Kept { .. }, phase) => {
                    let carried = self.carried(ThingId(entry.id)).await?.map(|carried| carried.known());
                    let is_gone = carried.as_ref().is_some_and(|item| item.destroyed_at_micros.is_some());
                    let is_back = matches!(phase, Phase::Absent | Phase::Kept);
                    replayed.destructions += u64::from(is_gone && is_back);
                    let is_found = carried.is_some() || entry.object().is_some();
                    replayed.recovered += u64::from(is_found && !is_gone && phase == Phase::Absent);
                }
                _ => {}
            }
            if thing.phase() == Phase::Kept && !matches!(entry.state, State::Erased { .. }) {
                let standing = self.keyring.holds(&entry.id).await.map_err(failed)?;
                replayed.holds +=
                    standing.iter().filter(|hold| !thing.holds().contains_key(&HoldId(**hold))).count() as u64;
            }
        }
        replayed.has_accounts = self.end_now(&Stream::Access.name()).await?.number > 0;
        let head = self.history().await?.map_err(|what| changed(&what))?;
        self.settle(head, true).await?;
        Ok(replayed)
    }

    /// The numbers of lost events stay free: the log has their commitments, and nobody can put others in their place.
    async fn note_gap(&self, newest: u64, may_lose: Option<u64>) -> Result<u64> {
        let damaged =
            |what: String| Error::of(what).hint("take another backup: this one is damaged, or of another history");
        if let Err(what) = self.history().await? {
            return Err(damaged(format!("the backup's events are damaged: {what}")));
        }
        if let Err(what) = self.check_signatures().await? {
            return Err(damaged(format!("the backup's events are damaged: {what}")));
        }
        let known = self.keyring.head().await.map_err(|err| keyring_failed(&err))?;
        if let Some(known) = known.filter(|known| known.number > 0)
            && let Some(row) = events::numbered(&self.db, known.number).await?
            && row.hash != known.hash
        {
            return Err(damaged(format!("event {} is not the one that the keyring saw", known.number)));
        }
        let known = known.map_or(0, |head| head.number);
        let mut at = self.db.begin().await?;
        let mut head = events::head(&self.db, &mut at).await?;
        if head.number != newest {
            return Err(
                Error::of("the events are not those of the manifest").hint("the backup is damaged: take another one")
            );
        }
        let lost = agreed_loss(known, head.number, may_lose)?;
        head.number = head.number.max(known);
        let stream = Stream::Office.name();
        let row = NewEvent {
            position: self.end_in(&mut at, &stream).await?.position + 1,
            at_us: local_us(),
            account: None,
            clear: Note::Restored { newest, known: head.number }.bytes(),
            private: None,
            salt: fresh()?,
        };
        let head =
            events::append(&self.db, &mut at, &stream, &[row], head, &ByOffice { keyring: &self.keyring, actor: None })
                .await?;
        let head = self.end_access(&mut at, head).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(lost)
    }

    /// From here the keyring follows the restored events, up to the very one that this restore wrote last: in a transaction in which all of them hold.
    pub(crate) async fn tell_keyring(&mut self) -> Result<()> {
        let mut at = self.db.begin().await?;
        let walked = self.walk_in(&mut at, &[&Stream::Office.name()]).await?;
        let is_note = |row: &&Stored| matches!(Note::parse(&row.clear), Some(Note::Restored { .. }));
        let note = walked.rows[0].iter().rev().find(is_note).map_or(u64::MAX, |row| row.number);
        self.all_is_void(&mut at, note).await?;
        let head = events::head(&self.db, &mut at).await?;
        self.restoring = None;
        self.advance(head).await
    }

    /// That of everything that is kept the approvals from before were made void behind this restore's note, or it was not known before: out of its events,
    /// and not because writing them was said to be done.
    async fn all_is_void(&self, at: &mut Tx, note: u64) -> Result<()> {
        let people = self.people_in(at).await?;
        for entry in self.keyring.entries().await.map_err(|err| keyring_failed(&err))? {
            let id = ThingId(entry.id);
            let phase = self.thing_in(at, id, &people).await?.phase();
            let rows = self.stream_in(at, &Stream::Thing(id).name()).await?;
            let is_void = rows.iter().any(|row| row.number > note && makes_void(row));
            let is_lacking = match (&entry.state, phase) {
                (State::Kept { .. }, Phase::Kept) => !is_void,
                (State::Kept { .. }, Phase::Absent) => entry.object().is_some(),
                _ => false,
            };
            if is_lacking {
                return Err(changed(&format!("{id}: what this restore wrote of it is not there")));
            }
        }
        Ok(())
    }

    /// Looks at every object that should be there; what is not is named, with why the backup did not give it, and noted as a scrub would.
    pub(crate) async fn reconcile(&self, not_given: &NotGiven) -> Result<Reconciled> {
        let mut reconciled = Reconciled::default();
        for id in self.things().await? {
            let Some(named) = wanted(&self.thing(id).await?) else { continue };
            self.reconcile_one(id, named, not_given, &mut reconciled).await?;
        }
        let entries = self.keyring.entries().await.map_err(|err| keyring_failed(&err))?;
        for entry in entries.into_iter().filter(|entry| !is_of_case(entry)) {
            let id = ThingId(entry.id);
            if self.thing(id).await?.phase() != Phase::Absent || !matches!(entry.state, State::Kept { .. }) {
                continue;
            }
            match entry.object() {
                Some((digest, sealed_len_bytes)) => {
                    let named = ObjectName { digest: Digest::new(digest), sealed_len_bytes };
                    self.reconcile_one(id, named, not_given, &mut reconciled).await?;
                }
                None => reconciled
                    .missing
                    .push(format!("{id}: a disc or tape of which only the key is known: take it in again")),
            }
        }
        Ok(reconciled)
    }

    async fn reconcile_one(
        &self,
        id: ThingId,
        named: ObjectName,
        not_given: &NotGiven,
        reconciled: &mut Reconciled,
    ) -> Result<()> {
        let ObjectName { digest, sealed_len_bytes } = named;
        let found = self.vault.look(&digest, sealed_len_bytes).await;
        let found = found.map_err(|err| Error::of(err).hint("see to the store, and restore again"))?;
        if found.contains(&Found::Whole) {
            reconciled.whole += 1;
            return Ok(());
        }
        let state = if found.contains(&Found::Rotten) { "is rotten" } else { "is not there" };
        let why = not_given.get(&digest.to_string()).map(|why| format!("; {why}")).unwrap_or_default();
        reconciled.missing.push(format!("{id}: its object {digest} {state}{why}"));
        self.note_lack(id, &found).await
    }

    /// That no store has an object whole, where "vault status" and the scrub look for it: an office that forgot it would miss it years later.
    async fn note_lack(&self, id: ThingId, found: &[Found]) -> Result<()> {
        if self.thing(id).await?.phase() != Phase::Kept {
            return Ok(());
        }
        for (found, store) in found.iter().zip(&self.store_names) {
            let store = store.clone();
            let note = match found {
                Found::Missing => Command::NoteMissing { store },
                _ => Command::NoteRotten { store },
            };
            self.step(id, &Office::local_moment(), note).await?;
        }
        // As the scrub has it: the worst of all stores.
        let worst = if found.contains(&Found::Missing) { "missing" } else { "rotten" };
        let look = scrubs::Look { thing: id.to_string(), looked_us: local_us(), found: worst.to_owned(), bytes: 0 };
        scrubs::note(&self.db, &look, 0, false).await
    }
}

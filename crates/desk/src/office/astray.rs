//! Commitments that are neither proven nor on their way to the log: somebody took them out of the outbox, or put a proof there that is none.
//!
//! Not submitting (`logging.rs`). Invariants: the outbox is believed in nothing, for anybody may write its rows: what should stand in it follows from events that
//! are chained and signed; what was taken out is put back, and the log is asked for it.

use std::collections::BTreeSet;

use casework::ThingId;
use seal::tlog::{Entry, EntryKind, Proof};
use vault::keyring::State;

use super::Office;
use super::acts::keyring_failed;
use super::log_access::Worth;
use crate::db::{events, outbox};
use crate::error::{Error, Result};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Astray {
    /// The event whose commitment it is; of a certificate the newest event.
    pub(crate) number: u64,
    what: &'static str,
    entry: [u8; Entry::LEN_BYTES],
}

/// How a proof is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Whether it is of the entry: quick, for every act.
    Entry,
    /// Whether the log signed it, too.
    Signature,
}

impl Office {
    /// All of them.
    pub(crate) async fn astray(&self) -> Result<Vec<Astray>> {
        let mut astray = self.events_astray(Depth::Signature).await?;
        let newest = events::newest(&self.db).await?;
        for thing in self.all_things().await?.0 {
            let id = thing.id();
            let Some(certificate) = thing.destruction().and_then(|destruction| destruction.certificate) else {
                continue;
            };
            // After a restore its digest may be all that is known: it was in the log before. One that is another's is named with the certificates.
            if !matches!(self.certificate_alone(id).await, Ok(Some(_))) {
                continue;
            }
            let entry = Entry { kind: EntryKind::Event, commitment: certificate.0 }.bytes();
            if !self.is_accounted(&entry, outbox::of_entry(&self.db, &entry).await?.as_deref(), Depth::Signature) {
                astray.push(Astray { number: newest, what: "certificate", entry });
            }
        }
        Ok(astray)
    }

    /// Rows of the outbox that are of no event and no certificate: somebody else put them there, and the log is not asked for them.
    pub(crate) async fn strangers(&self) -> Result<Vec<Vec<u8>>> {
        let (mut strangers, mut after) = (outbox::of_no_event(&self.db).await?, 0);
        loop {
            let rows = events::numbered_after(&self.db, after).await?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { break };
            let mut there = outbox::of_events(&self.db, first.number, last.number).await?;
            after = last.number;
            for entry in rows.iter().filter_map(|row| row.commitment()).map(|commitment| events::entry(&commitment)) {
                there.remove(&entry[..]);
            }
            strangers.extend(there.into_keys());
        }
        if !strangers.is_empty() {
            let certificates = self.entries_of_certificates().await?;
            strangers.retain(|entry| !certificates.contains(entry));
        }
        Ok(strangers)
    }

    async fn entries_of_certificates(&self) -> Result<BTreeSet<Vec<u8>>> {
        let things = self.all_things().await?.0;
        let made = things.iter().filter_map(|thing| Some(thing.destruction()?.certificate?.0));
        // What the keyring knows is a certificate too, whatever is believed of its thing.
        let known = self.keyring.entries().await.map_err(|err| keyring_failed(&err))?;
        let known = known.iter().filter_map(|entry| match entry.state {
            State::Erased { certificate, .. } => certificate,
            _ => None,
        });
        Ok(made.chain(known).map(|digest| events::entry(&digest).to_vec()).collect())
    }

    /// Takes strangers out; how many.
    pub(crate) async fn turn_out(&self) -> Result<u64> {
        let strangers = self.strangers().await?;
        for entry in &strangers {
            outbox::remove(&self.db, entry).await?;
        }
        Ok(strangers.len() as u64)
    }

    /// That every event is in the log or on its way to it: before anything is done that cannot be undone.
    pub(super) async fn is_all_accounted(&self) -> Result<()> {
        match self.events_astray(Depth::Entry).await?.first() {
            None => Ok(()),
            Some(one) => Err(Error::of(format_args!(
                "event {} is neither in the log nor on its way to it: somebody took it out of the outbox",
                one.number
            ))
            .hint("find out who did it; \"vault submit\" puts it back")
            .with_code(crate::codes::REFUSED)),
        }
    }

    /// Puts back what was taken out; how many.
    pub(crate) async fn put_back(&self) -> Result<u64> {
        let astray = self.astray().await?;
        if astray.is_empty() {
            return Ok(0);
        }
        let mut at = self.db.begin().await?;
        for one in &astray {
            outbox::put_back(&self.db, &mut at, one.number, one.what, &one.entry).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        Ok(astray.len() as u64)
    }

    /// What lies in the outbox as the proof of a certificate is none: the log is asked again.
    pub(super) async fn wait_again(&self, id: ThingId) -> Result<()> {
        let Some(certificate) = self.thing(id).await?.destruction().and_then(|destruction| destruction.certificate)
        else {
            return Ok(());
        };
        let entry = events::entry(&certificate.0);
        if outbox::of_entry(&self.db, &entry).await?.is_none_or(|proof| proof.is_empty()) {
            return Ok(());
        }
        let newest = events::newest(&self.db).await?;
        let mut at = self.db.begin().await?;
        outbox::put_back(&self.db, &mut at, newest, "certificate", &entry).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))
    }

    async fn events_astray(&self, depth: Depth) -> Result<Vec<Astray>> {
        let (mut astray, mut after) = (Vec::new(), 0);
        loop {
            let rows = events::numbered_after(&self.db, after).await?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(astray) };
            let there = outbox::of_events(&self.db, first.number, last.number).await?;
            after = last.number;
            for row in &rows {
                // What is no event of ours breaks the chain, and is said there.
                let Some(entry) = row.commitment().map(|commitment| events::entry(&commitment)) else { continue };
                if !self.is_accounted(&entry, there.get(&entry[..]).map(String::as_str), depth) {
                    astray.push(Astray { number: row.number, what: "event", entry });
                }
            }
        }
    }

    /// Whether a row of the outbox is there, and its proof one, where it has one.
    fn is_accounted(&self, entry: &[u8; Entry::LEN_BYTES], proof: Option<&str>, depth: Depth) -> bool {
        let Some(proof) = proof else { return false };
        if proof.is_empty() {
            return true;
        }
        let (Some(entry), Some(proof)) = (Entry::parse(entry), Proof::parse(proof.as_bytes())) else { return false };
        // Without the policy's file nobody can tell; whoever needs the log is told that it is not there.
        let worth = || self.log.as_ref().and_then(|log| log.worth(&entry, &proof).ok());
        proof.is_for(&entry.leaf_hash()) && (depth == Depth::Entry || worth() != Some(Worth::Nothing))
    }
}

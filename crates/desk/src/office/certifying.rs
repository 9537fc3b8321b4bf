//! The certificate of a destruction: made from the events, kept as it is given out, and its place in the log.
//!
//! Not its form (`seal::certificate`), nor what it says (`drafting.rs`). Invariants: it is written in the transaction of the event that names it, with its
//! commitment; there is one for each thing; none is made, and none given out, but the one that the thing's events name; none is made whose time
//! a reader could refuse.

use casework::custody::{Command, Ground, Phase, Thing};
use casework::{Digest, Moment, ThingId};
use seal::certificate::{Certificate, CertificateFile, salted};
use seal::tlog::{Entry, EntryKind, Proof};

use super::Office;
use super::acts::{fresh, keyring_failed, refused};
use super::drafting::{self, Draft, unfit};
use super::log_access::Worth;
use crate::db::{Tx, events, outbox, sql};
use crate::error::{Error, Result};

impl Office {
    /// Makes the certificate, when all is gone.
    pub(crate) async fn certify(&self, thing: &Thing, moment: &Moment) -> Result<()> {
        if thing.phase() != Phase::Destroying {
            return Ok(());
        }
        let id = thing.id();
        let history = self.events(id).await?;
        let known = thing.destruction().and_then(|destruction| destruction.certificate);
        if let Some(certificate) = known
            && !self.bring_certificate_back(id, certificate).await?
            && !matches!(self.certificate_alone(id).await, Ok(Some(_)))
        {
            // It was given out before the events were lost; another would say something else.
            return self.act(None, id, moment, &[Command::Certify { certificate }]).await.map(|_| ());
        }
        if known.is_none() && drafting::begun(thing, &history).is_none() {
            // Destroyed, and nobody remembers by whom. It stays so, and "vault show" says it.
            return Ok(());
        }
        let moment = &self.moment_to_certify(moment).await?;
        let mut at = self.db.begin().await?;
        // What it says is said for ever: out of a history that holds.
        let (people, mut now, _) = self.walked_in(&mut at, id).await?;
        let history = self.events_in(&mut at, id).await?;
        let there = self.certificate_in(&mut at, id).await?;
        // Anybody may write a row: it counts where keyring or events commit to it.
        let there = there.filter(|(text, salt)| known == Some(Digest(salted(salt, text.as_bytes()))));
        let is_new = there.is_none();
        let (text, salt) = match there {
            Some(there) => there,
            None => {
                let earliest_us = moment.earliest_micros();
                let certificate =
                    self.draft(&Draft { thing: &now, history: &history, staff: people.now() }, earliest_us)?;
                drafting::will_be_accepted(&certificate, earliest_us, None)?;
                (certificate.text().map_err(|fault| unfit(&fault))?, fresh::<32>()?)
            }
        };
        let commitment = salted(&salt, text.as_bytes());
        let ground = Ground { book: &self.book, moment, staff: people.now(), actor: None };
        let command = Command::Certify { certificate: Digest(commitment) };
        let mut done = Vec::new();
        for event in casework::custody::decide(&now, &command, &ground).map_err(|refusal| refused(&refusal))? {
            now.apply(&event).map_err(|refusal| refused(&refusal))?;
            done.push(event);
        }
        let key = self.keyring.key(&id.0).await;
        self.write(&mut at, &now, key, &done, None).await?;
        let head = events::head(&self.db, &mut at).await?;
        if is_new {
            self.put_certificate(&mut at, id, &text, &salt).await?;
            let entry = Entry { kind: EntryKind::Event, commitment };
            outbox::add(&self.db, &mut at, head.number, "certificate", &entry.bytes()).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        self.copy_certificate(id, &text, &salt)?;
        self.keyring.note_certificate(&id.0, &commitment).await.map_err(|err| keyring_failed(&err))
    }

    /// The moment at which it is made: agreed, for one clock that is ahead would make a certificate that nobody can accept.
    async fn moment_to_certify(&self, moment: &Moment) -> Result<Moment> {
        if moment.is_agreed() {
            return Ok(moment.clone());
        }
        let agreed = self.agreed_moment().await;
        agreed.map(|(moment, _)| moment).map_err(|err| {
            Error::of(format_args!("it is gone, and its certificate waits for clocks that agree: {}", err.what()))
                .hint("see to clocks and log; nothing is lost, and \"vault finish\" makes it then")
        })
    }

    async fn certificate_in(&self, at: &mut Tx, id: ThingId) -> Result<Option<(String, [u8; 32])>> {
        let row: Option<(String, Vec<u8>)> = sql::query_as("SELECT text, salt FROM certificate WHERE thing = $1")
            .bind(id.to_string())
            .fetch_optional(&mut **at)
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(row.and_then(|(text, salt)| Some((text, salt.try_into().ok()?))))
    }

    /// Writes a certificate's row; one that nothing commits to makes room for it.
    pub(super) async fn put_certificate(&self, at: &mut Tx, id: ThingId, text: &str, salt: &[u8; 32]) -> Result<()> {
        let put = "INSERT INTO certificate (thing, text, salt) VALUES ($1, $2, $3) \
                   ON CONFLICT (thing) DO UPDATE SET text = $2, salt = $3, is_noted = 0";
        let written = sql::query(put).bind(id.to_string()).bind(text).bind(salt.as_slice()).execute(&mut **at).await;
        written.map(|_| ()).map_err(|err| self.db.failed(&err))
    }

    /// One thing's certificate, as a file to give out: with the log's proof, where there is one.
    pub(crate) async fn certificate(&self, id: ThingId) -> Result<Option<CertificateFile>> {
        let Some(file) = self.certificate_alone(id).await? else { return Ok(None) };
        let proof = self.proof_of_certificate(id).await?;
        Ok(Some(CertificateFile { proof, ..file }))
    }

    /// The same, where it is the one that the keyring knows: no other is given out.
    pub(crate) async fn right_certificate(&self, id: ThingId) -> Result<Option<CertificateFile>> {
        let (file, known) = (self.certificate(id).await?, self.known_certificate(id).await?);
        if let (Some(file), Some(known)) = (&file, known)
            && file.entry().map_or(true, |entry| entry.commitment != known.0)
        {
            return Err(Error::of(format_args!(
                "the certificate of {id} was changed: it is not the one that the keyring knows"
            ))
            .hint("\"counterpartd vault scrub\" brings the right one back from beside the keyring")
            .with_code(crate::codes::DISAGREES));
        }
        Ok(file)
    }

    /// The same without the proof, for which the log's policy is needed.
    pub(crate) async fn certificate_alone(&self, id: ThingId) -> Result<Option<CertificateFile>> {
        let thing = self.thing(id).await?;
        let named = thing.destruction().and_then(|destruction| destruction.certificate);
        let Some(named) = named else { return Ok(None) };
        let row: Option<(String, Vec<u8>)> = sql::query_as("SELECT text, salt FROM certificate WHERE thing = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        let is_there = row.is_some();
        let row = row.and_then(|(text, salt)| Some((text, <[u8; 32]>::try_from(salt).ok()?)));
        let row = row.filter(|(text, salt)| salted(salt, text.as_bytes()) == named.0);
        let Some((text, salt)) = row.or_else(|| self.copy_of(id, named)) else {
            // After a restore the digest may be all that is left of it.
            return if is_there { Err(not_the_one(id)) } else { Ok(None) };
        };
        let certificate = Certificate::parse(&text).map_err(|_| not_the_one(id))?;
        Ok(Some(CertificateFile { certificate, salt, proof: None }))
    }

    /// Things whose certificate stands in the log, as far as their events do not say yet.
    pub(super) async fn certificates_not_noted(&self) -> Result<Vec<ThingId>> {
        let rows: Vec<String> = sql::query_scalar("SELECT thing FROM certificate WHERE is_noted = 0 ORDER BY thing")
            .fetch_all(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(rows.iter().filter_map(|row| row.parse().ok()).collect())
    }

    /// An event says where it stands.
    pub(super) async fn certificate_is_noted(&self, id: ThingId) -> Result<()> {
        sql::query("UPDATE certificate SET is_noted = 1 WHERE thing = $1")
            .bind(id.to_string())
            .execute(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(())
    }

    /// The log's proof of a thing's certificate. Anybody may write the row that it lies in: it counts where the log signed it, or, of a log that was
    /// left, where the thing's events say the same.
    pub(crate) async fn proof_of_certificate(&self, id: ThingId) -> Result<Option<Proof>> {
        let thing = self.thing(id).await?;
        let Some(destruction) = thing.destruction() else { return Ok(None) };
        let Some(certificate) = destruction.certificate else { return Ok(None) };
        let entry = Entry { kind: EntryKind::Event, commitment: certificate.0 };
        let row = outbox::of_entry(&self.db, &entry.bytes()).await?.filter(|proof| !proof.is_empty());
        let Some(proof) = row.and_then(|proof| Proof::parse(proof.as_bytes())) else { return Ok(None) };
        let worth = match &self.log {
            Some(log) => log.worth(&entry, &proof)?,
            None if proof.is_for(&entry.leaf_hash()) => Worth::OtherLog,
            None => Worth::Nothing,
        };
        let is_noted = || destruction.logged.as_ref().is_some_and(|(_, index)| *index == proof.index);
        let counts = worth == Worth::Proof || worth == Worth::OtherLog && is_noted();
        Ok(counts.then_some(proof))
    }
}

fn not_the_one(id: ThingId) -> Error {
    Error::of(format_args!("the certificate of {id} is not the one that its events name"))
        .hint("bring back a backup with \"counterpartd restore\"; copies lie beside the keyring's files")
}

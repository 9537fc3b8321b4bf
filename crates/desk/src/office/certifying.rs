//! The certificate of a destruction: made from the events, kept as it is given out, and its place in the log.
//!
//! Not its form (`seal::certificate`). Invariants: it says nothing that the events do not say; it is written in the transaction of the event that
//! names it, with its commitment; there is one for each thing.

use casework::custody::{Command, Event, Ground, Phase, Thing, What};
use casework::{Account, Digest, Moment, Name, ThingId};
use seal::certificate::{Approver, Certificate, CertificateFile, Method, Search, Store as CertifiedStore, salted};
use seal::tlog::{Entry, EntryKind, Proof};
use sqlx::{Sqlite, Transaction};

use super::Office;
use super::acts::{fresh, keyring_failed, refused};
use crate::db::{events, outbox};
use crate::error::{Error, Result};
use crate::vault::words::seconds;

impl Office {
    /// Makes the certificate, when all is gone.
    pub(crate) async fn certify(&self, thing: &Thing, moment: &Moment) -> Result<()> {
        if thing.phase() != Phase::Destroying {
            return Ok(());
        }
        let id = thing.id();
        let history = self.events(id).await?;
        let known = thing.destruction().and_then(|destruction| destruction.certificate);
        if let Some(known) = known {
            self.bring_certificate_back(id, known).await?;
        }
        if let Some(certificate) = known.filter(|_| begun(&history).is_none()) {
            // It was given out before the events were lost; another would say something else.
            return self.act(None, id, moment, &[Command::Certify { certificate }]).await.map(|_| ());
        }
        if begun(&history).is_none() {
            // Destroyed, and nobody remembers by whom. It stays so, and "vault show" says it.
            return Ok(());
        }
        let mut at = self.db.begin().await?;
        let (text, salt) = match self.certificate_in(&mut at, id).await? {
            Some(there) => there,
            None => {
                let certificate = self.certificate_of(thing, &history, moment).await?;
                (certificate.text().map_err(|fault| unfit(&fault))?, fresh::<32>()?)
            }
        };
        let commitment = salted(&salt, text.as_bytes());
        let staff = self.staff_in(&mut at).await?;
        let mut thing = self.thing_in(&mut at, id).await?;
        let ground = Ground { book: &self.book, moment, staff: &staff, actor: None };
        let command = Command::Certify { certificate: Digest(commitment) };
        let mut done = Vec::new();
        for event in casework::custody::decide(&thing, &command, &ground).map_err(|refusal| refused(&refusal))? {
            thing.apply(&event).map_err(|refusal| refused(&refusal))?;
            done.push(event);
        }
        let key = self.keyring.key(&id.0).await;
        self.write(&mut at, &thing, key, &done, None).await?;
        let head = events::head(&self.db, &mut at).await?;
        let written =
            sqlx::query("INSERT INTO certificate (thing, text, salt) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(id.to_string())
                .bind(&text)
                .bind(salt.as_slice())
                .execute(&mut *at)
                .await
                .map_err(|err| self.db.failed(&err))?;
        if written.rows_affected() > 0 {
            let entry = Entry { kind: EntryKind::Event, commitment };
            outbox::add(&self.db, &mut at, head.number, "certificate", &entry.bytes()).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        self.copy_certificate(id, &text, &salt)?;
        self.keyring.note_certificate(&id.0, &commitment).await.map_err(|err| keyring_failed(&err))
    }

    async fn certificate_in(
        &self,
        at: &mut Transaction<'static, Sqlite>,
        id: ThingId,
    ) -> Result<Option<(String, [u8; 32])>> {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT text, salt FROM certificate WHERE thing = $1")
            .bind(id.to_string())
            .fetch_optional(&mut **at)
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(row.and_then(|(text, salt)| Some((text, salt.try_into().ok()?))))
    }

    /// One thing's certificate, as a file to give out: with the log's proof, where there is one.
    pub(crate) async fn certificate(&self, id: ThingId) -> Result<Option<CertificateFile>> {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT text, salt FROM certificate WHERE thing = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        let Some((text, salt)) = row else { return Ok(None) };
        let read = Certificate::parse(&text).ok().zip(<[u8; 32]>::try_from(salt).ok());
        let (certificate, salt) = read.ok_or_else(|| {
            Error::of(format_args!("the certificate of {id} cannot be read"))
                .hint("bring back a backup with \"counterpartd restore\"")
        })?;
        let proof = self.proof_of(&salted(&salt, text.as_bytes())).await?;
        Ok(Some(CertificateFile { certificate, salt, proof: proof.map(|(_, proof)| proof) }))
    }

    /// Things whose certificate stands in the log, as far as their events do not say yet.
    pub(super) async fn certificates_not_noted(&self) -> Result<Vec<ThingId>> {
        let rows: Vec<String> = sqlx::query_scalar("SELECT thing FROM certificate WHERE is_noted = 0 ORDER BY thing")
            .fetch_all(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(rows.iter().filter_map(|row| row.parse().ok()).collect())
    }

    /// An event says where it stands.
    pub(super) async fn certificate_is_noted(&self, id: ThingId) -> Result<()> {
        sqlx::query("UPDATE certificate SET is_noted = 1 WHERE thing = $1")
            .bind(id.to_string())
            .execute(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(())
    }

    /// Where a thing's certificate stands in the log.
    pub(crate) async fn proof_of_certificate(&self, id: ThingId) -> Result<Option<(u64, Proof)>> {
        match self.certificate(id).await? {
            Some(file) => self.proof_of(&file.entry().map_err(|fault| unfit(&fault))?.commitment).await,
            None => Ok(None),
        }
    }

    async fn proof_of(&self, commitment: &[u8; 32]) -> Result<Option<(u64, Proof)>> {
        let row = outbox::proof_of(&self.db, &events::entry(commitment)).await?;
        Ok(row.and_then(|(index, proof)| Some((index, Proof::parse(proof.as_bytes())?))))
    }

    async fn certificate_of(&self, thing: &Thing, history: &[Event], moment: &Moment) -> Result<Certificate> {
        let lost = || {
            Error::of("the events that say what was destroyed are lost, so no certificate can be made")
                .hint("the keyring's note of the destruction stands; look for a later backup")
        };
        let (begun, approved_by, earliest) = begun(history).ok_or_else(lost)?;
        let first = history.first().ok_or_else(lost)?;
        let due = thing.due(&self.book).map_err(|refusal| refused(&refusal))?;
        let rule = due.applied().first().ok_or_else(lost)?;
        let staff = self.staff().await?;
        let approvers: Option<Vec<Approver>> =
            approved_by.iter().map(|account| approver(account, history, &staff)).collect();
        let by = begun.by.as_ref().map_or_else(|| "counterpartd".to_owned(), ToString::to_string);
        Ok(Certificate {
            subject: thing.certified(&self.book).map_err(|refusal| refused(&refusal))?,
            clause: rule.clause.clone(),
            unconfirmed: due.unconfirmed().next().is_some(),
            held_since_s: seconds(first.at_micros),
            office: self.config.name.clone(),
            method: self.method(thing, history)?,
            tool: concat!("counterpartd ", env!("CARGO_PKG_VERSION")).to_owned(),
            searched: searched(history),
            destroyed_s: seconds(moment.at_micros()),
            place: self.config.place.clone(),
            by,
            no_hold_s: seconds(begun.at_micros),
            holds_before: count(history.iter().filter(|event| is_hold(&event.what))),
            time_sources: begun.clocks.iter().map(|clock| clock_words(*clock).to_owned()).collect(),
            time_earliest_s: seconds(earliest),
            time_latest_s: seconds(begun.at_micros.max(earliest)),
            approvers: approvers.ok_or_else(lost)?,
        })
    }

    fn method(&self, thing: &Thing, history: &[Event]) -> Result<Method> {
        let sum = |of: &dyn Fn(&What) -> u64| history.iter().map(|event| of(&event.what)).sum::<u64>();
        if let Some(method) = history.iter().rev().find_map(|event| match event.what {
            What::ItemDestroyed { method } => Some(method),
            _ => None,
        }) {
            let standard = "BS EN 15713:2023".to_owned();
            return Ok(Method::Physical { method: method.to_string(), standard });
        }
        let stores = history.iter().filter_map(|event| match &event.what {
            What::ObjectGone { store, .. } => Some(CertifiedStore {
                kind: self.kind_of_store(store).to_owned(),
                place: format!("the office's {store} store"),
            }),
            _ => None,
        });
        Ok(Method::Erased {
            stores: stores.collect(),
            key: thing.id().0,
            office_key: u64::from(self.keyring.key_version()),
            key_copies: sum(&|what| match what {
                What::KeyErased { copies } => u64::from(*copies),
                _ => 0,
            }),
            versions: sum(&|what| match what {
                What::ObjectGone { versions, .. } => u64::from(*versions),
                _ => 0,
            }),
        })
    }

    fn kind_of_store(&self, name: &Name) -> &'static str {
        let at = self.store_names.iter().position(|one| one == name);
        let at = match at {
            Some(0) => Some(&self.config.objects.at),
            _ => self.config.objects.second.as_ref(),
        };
        if at.is_some_and(|at| at.starts_with("s3://")) { "bucket" } else { "folder" }
    }
}

/// Where was looked, as the events have it: what was configured since was not.
fn searched(history: &[Event]) -> Vec<Search> {
    let search = |count: u64, what: &str| (count > 0).then(|| Search { count, what: what.to_owned() });
    let copies = history.iter().rev().find_map(|event| match event.what {
        What::KeyErased { copies } => Some(u64::from(copies)),
        _ => None,
    });
    [
        search(copies.unwrap_or(0), "keyring copies"),
        search(
            count(history.iter().filter(|event| matches!(event.what, What::ObjectGone { .. }))),
            "stores, every version",
        ),
        search(
            count(history.iter().filter(|event| matches!(event.what, What::Swept { .. }))),
            "folders of journals and copies",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The event by which a destruction began, who had approved it, and the earliest moment that it can have been.
fn begun(history: &[Event]) -> Option<(&Event, &[Account], i64)> {
    history.iter().rev().find_map(|event| match &event.what {
        What::Destroying { approved_by, earliest_micros, .. } => {
            Some((event, approved_by.as_slice(), *earliest_micros))
        }
        _ => None,
    })
}

fn unfit(fault: &seal::certificate::Fault) -> Error {
    Error::of(format_args!("no certificate can be made: {fault}"))
        .hint("what office.toml says of name and place must fit in one")
}

fn approver(account: &Account, history: &[Event], staff: &casework::staff::Staff) -> Option<Approver> {
    let standing = staff.who(account)?;
    let (signature, at_micros) = history.iter().rev().find_map(|event| match &event.what {
        What::DestructionApproved { signature, .. } if event.by.as_ref() == Some(account) => {
            Some((signature, event.at_micros))
        }
        _ => None,
    })?;
    Some(Approver {
        account: account.to_string(),
        // Accounts are enrolled with numbers only (`vault/people.rs`).
        person: standing.person.as_str().parse().ok()?,
        key: standing.key.0,
        signature: signature.0,
        approved_s: seconds(at_micros),
    })
}

fn is_hold(what: &What) -> bool {
    matches!(what, What::Held { .. } | What::Asked { .. } | What::HoldReplayed { .. })
}

fn count(of: impl Iterator) -> u64 {
    of.count() as u64
}

fn clock_words(clock: casework::Clock) -> &'static str {
    match clock {
        casework::Clock::Local => "the office's own clock",
        casework::Clock::Log => "witnesses of the log",
        casework::Clock::Authority => "a time-stamping authority",
        _ => "a time server",
    }
}

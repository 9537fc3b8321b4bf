//! The moment at which an office acts: by this machine's clock alone, or as several clocks agree.
//!
//! Not what a moment allows (`casework`), nor how a clock is asked (`clock.rs`). Invariant: what is agreed was said of something made for the
//! question, and is as early as the earliest that any of them says.

use std::time::Duration;

use casework::{Clock, Moment, ThingId};
use seal::tlog::{Entry, EntryKind};

use super::log_access::{LogAccess, Logged};
use super::{Actor, Note, Office};
use crate::clock::{self, Heard};
use crate::db::{events, outbox};
use crate::error::{Error, Result};

/// What clocks but this machine's say of a moment that lies before what was done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherClocks {
    /// That it is right all the same: this machine's was wrong before.
    Agree,
    /// There was no need to ask them.
    NotAsked,
}

impl OtherClocks {
    /// That a moment may be written behind the newest event, which was at this time, microseconds since 1970.
    pub(super) fn bear_out(self, newest_us: Option<i64>, moment: &Moment, tolerance: Duration) -> Result<()> {
        let behind_us = newest_us.map_or(0, |newest_us| newest_us.saturating_sub(moment.at_micros()));
        let is_right = moment.is_agreed() || self == OtherClocks::Agree;
        if is_right || behind_us <= i64::try_from(tolerance.as_micros()).unwrap_or(i64::MAX) {
            return Ok(());
        }
        let behind_s = behind_us / 1_000_000;
        Err(Error::of(format_args!("this machine's clock is {behind_s} s behind what was done before"))
            .hint("put the clock right, and try again; nothing is written down as earlier than it was")
            .with_code(crate::codes::REFUSED))
    }
}

impl Office {
    /// By this machine's clock.
    pub(crate) fn local_moment() -> Moment {
        Moment::local(clock::local_us())
    }

    /// What a person does is not written down as earlier than what was done before it, unless other clocks say that this machine's is right
    /// now and was wrong before.
    ///
    /// What is found here is looked at again in the transaction, with [`OtherClocks::bear_out`]: clocks cannot be asked in one.
    pub(super) async fn not_backdated(&self, actor: Option<&Actor>, moment: &Moment) -> Result<OtherClocks> {
        match actor {
            Some(_) => self.is_not_behind(moment).await,
            // The program's own steps follow from what was done, whenever that was.
            None => Ok(OtherClocks::Agree),
        }
    }

    /// The same, whoever acts.
    pub(super) async fn is_not_behind(&self, moment: &Moment) -> Result<OtherClocks> {
        let tolerance = self.config.tolerance();
        let Err(behind) = OtherClocks::NotAsked.bear_out(events::newest_us(&self.db).await?, moment, tolerance) else {
            return Ok(OtherClocks::NotAsked);
        };
        match Box::pin(self.hear_clocks()).await?.agreed(tolerance) {
            Ok(_) => Ok(OtherClocks::Agree),
            Err(why) => Err(Error::of(format_args!("{}, and {why}", behind.what()))
                .hint("put the clock right; nothing is written down as earlier than it was")
                .with_code(crate::codes::REFUSED)),
        }
    }

    /// What all of the office's clocks say now.
    pub(crate) async fn hear_clocks(&self) -> Result<Heard> {
        let mut heard = Heard::local();
        if let Some(log) = self.log.as_ref().filter(|_| !self.config.clock.witnesses.is_empty()) {
            match log.open() {
                Ok(log) => match self.ask_log(log).await? {
                    Ok(logged) => heard.witnesses(&logged, &self.config.clock.witnesses),
                    Err(why) => heard.silent.push(why),
                },
                Err(err) => heard.silent.push(err.what().to_owned()),
            }
        }
        let log_policy = self.config.log.as_ref().map(|log| log.policy.as_path());
        clock::ask_authorities(&self.config.clock, log_policy, &mut heard).await?;
        Ok(heard)
    }

    /// What the witnesses of the log say at least, seconds since 1970; nothing where there is no log, or where it is away. They need not be among
    /// the office's clocks, but readers of a certificate go by them.
    pub(crate) async fn logged_s(&self, heard: &Heard) -> Result<Option<u64>> {
        let Some(log) = self.log.as_ref().filter(|_| heard.logged_s.is_none()) else { return Ok(heard.logged_s) };
        let Ok(log) = log.open() else { return Ok(None) };
        let logged = self.ask_log(log).await?;
        Ok(logged.ok().and_then(|logged| logged.judged.not_after))
    }

    /// Asks the log by an entry that is made for it; otherwise why there is no answer.
    async fn ask_log(&self, log: &LogAccess) -> Result<std::result::Result<Logged, String>> {
        let commitment = self.note(&Note::TimeAsked, clock::local_us()).await?;
        let entry = Entry { kind: EntryKind::Event, commitment };
        let logged = log.submit(&entry).await;
        if let Ok(logged) = &logged {
            outbox::proven(&self.db, &entry.bytes(), logged.proof.index, &logged.proof.print()).await?;
        }
        Ok(logged)
    }

    /// By this machine's clock; where that is behind what a thing's events say, as the clocks agree, if they do: it was wrong then, or is wrong now.
    pub(crate) async fn moment_for(&self, actor: &Actor, id: ThingId) -> Result<Moment> {
        let local = Office::local_moment();
        if self.thing(id).await?.behind_micros(&local).is_none() {
            return Ok(local);
        }
        Ok(self.agreed_for(actor).await.map_or(local, |(agreed, _)| agreed))
    }

    /// The moment that they agree on, for somebody who acts: to ask them writes an event, which nobody has written for whom there is no account.
    pub(crate) async fn agreed_for(&self, actor: &Actor) -> Result<(Moment, Heard)> {
        self.is_theirs(actor).await?;
        Box::pin(self.agreed_moment()).await
    }

    /// The moment that they agree on, and those who said so.
    pub(crate) async fn agreed_moment(&self) -> Result<(Moment, Heard)> {
        let heard = self.hear_clocks().await?;
        let (earliest, latest) = heard.agreed(self.config.tolerance()).map_err(|why| {
            Error::of(why)
                .hint(
                    "see to the clocks, or name one that is not this machine's in office.toml (docs/configuration.md)",
                )
                .with_code(crate::codes::REFUSED)
        })?;
        let kinds: Vec<Clock> = heard.told.iter().map(|told| told.kind()).collect();
        let moment = Moment::agreed(earliest, latest, &kinds);
        let moment = moment.ok_or_else(|| Error::of("the clocks say nothing that agrees").hint("see to the clocks"))?;
        Ok((moment, heard))
    }
}

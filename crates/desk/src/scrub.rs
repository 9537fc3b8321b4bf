//! `counterpartd scrub`: reads every object of an office again and again, slowly, and repairs what is rotten.
//!
//! Not one look at an object (`office/scrubbing.rs`), nor `vault scrub`, which looks once and tidies. Invariants: it has no key, so that no machine
//! that only watches can read; the object whose last look is the longest ago is next, so that a start goes on where the last run
//! ended; it waits where nothing is due and where a store is away, and says why once; a failed write of the events ends it.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use casework::ThingId;
use clap::Args;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock::local_us;
use crate::config::lines::LinesConfig;
use crate::config::office::OfficeConfig;
use crate::config::rate::{self, Rate};
use crate::config::span;
use crate::db::Db;
use crate::db::scrubs::{self, RoleRow};
use crate::error::{Error, Result};
use crate::office::scrubbing::{Finding, Looked, Pace, Scrubber, Trouble};
use crate::office::{Office, locks};
use crate::{codes, out, signals};

/// How many objects are looked at before files and settings are opened anew.
const BATCH: usize = 64;
/// How long a new thing waits at the longest until it is seen.
const ASLEEP_MAX: Duration = Duration::from_secs(60);
/// However often objects are to be read, between two rounds there is this.
const ASLEEP_MIN: Duration = Duration::from_millis(50);
/// The first wait for a store that is away; each next one is twice as long.
const AWAY_MIN: Duration = Duration::from_secs(1);
/// What is not repaired is said again after so long at the earliest.
const SAID_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long the lock of another may be there that was only asking.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Read every object of an office over and over, slowly, and repair what is rotten. Needs no passphrase
#[derive(Args, Debug)]
pub(crate) struct ScrubArgs {
    /// The office's folder
    #[arg(long, value_name = "DIR", env = "COUNTERPART_OFFICE")]
    office: PathBuf,
    /// How long ago the last look at an object may be, before it is read again
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = span::parse_long)]
    every: Duration,
    /// How much is read in a second at most, of all stores together
    #[arg(long, value_name = "RATE", default_value = "20MB/s", value_parser = rate::parse)]
    rate: Rate,
    /// How long a store that is away is left alone at the longest
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = span::parse)]
    store_retry: Duration,
    #[command(flatten)]
    lines: LinesConfig,
}

/// `counterpartd scrub`.
pub(crate) async fn run(args: ScrubArgs) -> Result<u8> {
    args.lines.start();
    let stop = signals::stop()?;
    // What is wrong with the office itself is said before anything is waited for.
    let config = OfficeConfig::read(&args.office)?;
    let _alone = alone(&args.office).await?;
    let db = Db::open(&Office::database(&args.office, &config)).await?;
    scrubs::begin_role(&db, &row_of(&args)).await?;
    db.close().await;
    let (asked, is_asked) = watch::channel(false);
    tokio::spawn(async move {
        stop.await;
        // The role may have come to its end already.
        let _ = asked.send(true);
    });
    tracing::info!(every = span::print(args.every), rate = %args.rate, "the scrub is ready");
    out::result(&format!("scrubbing {}\n", args.office.display()), codes::DONE);
    Role::new(args, is_asked).go_on().await
}

fn row_of(args: &ScrubArgs) -> RoleRow {
    RoleRow {
        began_us: local_us(),
        every_us: micros(args.every),
        rate_bytes: i64::try_from(args.rate.bytes).unwrap_or(i64::MAX),
        things: 0,
        bytes: 0,
        trouble: None,
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// One such role is enough: two would read everything twice.
async fn alone(office: &Path) -> Result<File> {
    let began = tokio::time::Instant::now();
    loop {
        match locks::scrubbing(office)? {
            Some(alone) => return Ok(alone),
            // "vault status" asks for it now and then.
            None if began.elapsed() < LOCK_WAIT => tokio::time::sleep(ASLEEP_MIN).await,
            None => {
                return Err(Error::of(format_args!("{}: a scrub of this office runs already", office.display()))
                    .hint("\"counterpartd vault status\" says how far it is"));
            }
        }
    }
}

/// What comes after some looks.
enum Next {
    /// There is more to look at.
    More,
    /// Nothing is due for so long.
    In(Duration),
    /// It was asked to stop.
    Stop,
}

struct Role {
    args: ScrubArgs,
    is_asked: watch::Receiver<bool>,
    pace: Pace,
    /// What could not be looked at in this round, and waits for the next.
    passed_over: BTreeSet<ThingId>,
    /// When it was last said that a thing's events are not believed.
    of_row_said: Option<Instant>,
    /// How long the next wait for a store is.
    away: Duration,
    /// Why it waits, as it was said.
    trouble: Option<String>,
    /// Looked at and read in this round.
    round: (u64, u64),
    /// Something was seen in this batch that is not repaired.
    has_left: bool,
    /// When it was last said how much that is.
    said_again: Option<Instant>,
}

impl Role {
    fn new(args: ScrubArgs, is_asked: watch::Receiver<bool>) -> Role {
        let away = AWAY_MIN.min(args.store_retry);
        let pace = Pace::new(Some(args.rate));
        Role {
            args,
            is_asked,
            pace,
            passed_over: BTreeSet::new(),
            of_row_said: None,
            away,
            trouble: None,
            round: (0, 0),
            has_left: false,
            said_again: None,
        }
    }

    async fn go_on(mut self) -> Result<u8> {
        loop {
            let wait = match self.some().await {
                Ok(Next::More) => Duration::ZERO,
                Ok(Next::In(wait)) => wait,
                Ok(Next::Stop) => return Ok(codes::DONE),
                Err(Trouble::Store(why)) => self.waits_for_store(why).await,
                Err(Trouble::Office(error) | Trouble::Thing(error)) => return Err(error.with_code(codes::STOPPED)),
            };
            tokio::select! {
                biased;
                () = asked(&mut self.is_asked) => return Ok(codes::DONE),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Looks at some of what is due. Files and settings are opened anew each time: they may be others by then.
    async fn some(&mut self) -> std::result::Result<Next, Trouble> {
        let opened = Scrubber::open(&self.args.office).await;
        let scrubber = opened.map_err(|error| Trouble::Store(error.what().to_owned()))?;
        let next = self.look_at_some(&scrubber).await;
        scrubber.close().await;
        next
    }

    async fn look_at_some(&mut self, scrubber: &Scrubber) -> std::result::Result<Next, Trouble> {
        let now_us = local_us();
        let before_us = now_us.saturating_sub(micros(self.args.every));
        let limit = BATCH + self.passed_over.len();
        let mut due = scrubs::due(&scrubber.db, before_us, now_us, limit).await?;
        due.retain(|id| !self.passed_over.contains(id));
        if due.is_empty() {
            return self.asleep(scrubber, now_us).await.map_err(Trouble::Office);
        }
        for id in due {
            let looked = tokio::select! {
                biased;
                () = asked(&mut self.is_asked) => return Ok(Next::Stop),
                looked = scrubber.look(id, &mut self.pace) => looked,
            };
            // Whatever comes of it, it is not asked again at once.
            self.passed_over.insert(id);
            let noted = match looked {
                Ok(None) => continue,
                Ok(Some(looked)) => {
                    self.answers(scrubber).await?;
                    self.settle(scrubber, id, &looked).await
                }
                Err(trouble) => Err(trouble),
            };
            match noted {
                Ok(true) => _ = self.passed_over.remove(&id),
                Ok(false) => {}
                // Who has the office key sees to it when they open the office: the objects of others rot meanwhile as well as ever.
                Err(Trouble::Thing(error)) => self.passes_over(id, &error),
                Err(trouble) => return Err(trouble),
            }
        }
        if std::mem::take(&mut self.has_left) {
            let scrubs::Overview { rotten, missing, .. } = scrubs::overview(&scrubber.db, now_us).await?;
            self.goes_on_saying(rotten, missing);
        }
        Ok(Next::More)
    }

    /// Says that nothing is noted of a thing, and why; not in every round.
    fn passes_over(&mut self, id: ThingId, error: &Error) {
        if self.of_row_said.is_none_or(|said| said.elapsed() > SAID_EVERY) {
            tracing::warn!(thing = %id, "nothing is noted of it: {}", error.what());
            self.of_row_said = Some(Instant::now());
        }
    }

    /// Notes and says what was seen of an object. Whether it was noted: what is kept no more is not.
    async fn settle(
        &mut self,
        scrubber: &Scrubber,
        id: ThingId,
        looked: &Looked,
    ) -> std::result::Result<bool, Trouble> {
        let Some(findings) = scrubber.settle(id, looked, true).await? else { return Ok(false) };
        self.round = (self.round.0 + 1, self.round.1 + looked.bytes());
        tracing::debug!(thing = %id, bytes = looked.bytes(), "looked at");
        for finding in &findings {
            self.has_left |= matches!(finding, Finding::Left { .. });
            match finding {
                Finding::Left { is_new: false, .. } => tracing::debug!(thing = %id, "{finding}"),
                Finding::WholeAgain { .. } => tracing::info!(thing = %id, "{finding}"),
                _ => tracing::warn!(thing = %id, "{finding}"),
            }
            if let Finding::Left { store, why, is_last: true, .. } = finding {
                return Err(Trouble::Office(
                    Error::of(format_args!("{store}: {why}")).hint("look at its disk, then start the scrub again"),
                ));
            }
        }
        Ok(true)
    }

    /// How long nothing is due.
    async fn asleep(&mut self, scrubber: &Scrubber, now_us: i64) -> Result<Next> {
        let (things, bytes) = std::mem::take(&mut self.round);
        if things > 0 {
            tracing::info!(things, bytes, every = span::print(self.args.every), "all that was due is looked at");
        }
        let overview = scrubs::overview(&scrubber.db, now_us).await?;
        if !std::mem::take(&mut self.passed_over).is_empty() {
            return Ok(Next::In(self.args.store_retry.min(ASLEEP_MAX)));
        }
        let due_us = overview.oldest_us.map(|oldest| oldest.saturating_add(micros(self.args.every)));
        let wait_us = due_us.map_or(i64::MAX, |due_us| due_us.saturating_sub(now_us));
        let wait = Duration::from_micros(u64::try_from(wait_us).unwrap_or(0));
        Ok(Next::In(wait.clamp(ASLEEP_MIN, ASLEEP_MAX)))
    }

    /// What is not repaired is said again where it was seen again, but not more often than somebody can read.
    fn goes_on_saying(&mut self, rotten: i64, missing: i64) {
        if self.said_again.is_none_or(|said| said.elapsed() >= SAID_EVERY) {
            self.said_again = Some(Instant::now());
            tracing::warn!(rotten, missing, "not repaired; \"vault status\" names them");
        }
    }

    /// Says once why it waits; how long.
    async fn waits_for_store(&mut self, why: String) -> Duration {
        if self.trouble.as_ref() != Some(&why) {
            tracing::warn!(why, "nothing can be looked at; waiting");
            let opened =
                async { Db::open(&Office::database(&self.args.office, &OfficeConfig::read(&self.args.office)?)).await };
            if let Ok(db) = opened.await {
                // It is said already; "vault status" only repeats it.
                let _ = scrubs::trouble(&db, Some(&why)).await;
                db.close().await;
            }
            self.trouble = Some(why);
        }
        let wait = self.away;
        self.away = (wait * 2).min(self.args.store_retry);
        wait
    }

    /// A store that was away is there again.
    async fn answers(&mut self, scrubber: &Scrubber) -> Result<()> {
        self.away = AWAY_MIN.min(self.args.store_retry);
        if self.trouble.take().is_some() {
            tracing::info!("what was waited for is there again");
            scrubs::trouble(&scrubber.db, None).await?;
        }
        Ok(())
    }
}

/// Resolves when the role is asked to stop.
async fn asked(is_asked: &mut watch::Receiver<bool>) {
    // Whoever asks lives as long as the process.
    let _ = is_asked.wait_for(|is_asked| *is_asked).await;
}

//! Commitments on their way to the log.
//!
//! Not what they are of. Invariants: a certificate goes when all events before it are proven; other commitments go side by side; one leaves the outbox only for a proof that holds under the office's policy, and what lies there as one is held against it wherever it is used; a log that is away
//! costs time and nothing else.

use casework::Name;
use casework::custody::{Command, Phase};
use futures_util::{StreamExt as _, stream};
use seal::tlog::{Entry, Proof};

use super::Office;
use super::log_access::LogAccess;
use crate::db::outbox::{self, Waiting};
use crate::error::Result;

/// How many are submitted before it is looked again.
const BATCH: u32 = 100;
/// How many are on their way at once.
const AT_ONCE: usize = 16;

/// What came of submitting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Submitted {
    /// How many rows of the outbox were of nothing here, and were taken out.
    pub(crate) turned_out: u64,
    /// How many were proven now.
    pub(crate) proven: u64,
    /// How many still wait.
    pub(crate) waiting: u64,
    /// Why it went no further, if it did not.
    pub(crate) why: Option<String>,
}

impl Office {
    /// Submits what waits, oldest first, until all is proven or the log stops answering. What somebody else put there is turned out first.
    pub(crate) async fn submit_waiting(&self) -> Result<Submitted> {
        let turned_out = self.turn_out().await?;
        let mut submitted = self.submit_once().await?;
        if submitted.why.is_none() && submitted.waiting > 0 {
            // That a certificate is in the log is itself an event.
            let after = self.submit_once().await?;
            submitted = Submitted { proven: submitted.proven + after.proven, ..after };
        }
        submitted.turned_out = turned_out;
        Ok(submitted)
    }

    async fn submit_once(&self) -> Result<Submitted> {
        let mut submitted = Submitted::default();
        let Some(log) = &self.log else {
            submitted.waiting = outbox::waiting_count(&self.db).await?;
            submitted.why = Some("the office has no log".to_owned());
            return Ok(submitted);
        };
        let log = match log.open() {
            Ok(log) => log,
            Err(err) => {
                submitted.waiting = outbox::waiting_count(&self.db).await?;
                submitted.why = Some(err.what().to_owned());
                return Ok(submitted);
            }
        };
        'all: loop {
            let waiting = outbox::waiting(&self.db, BATCH).await?;
            if waiting.is_empty() {
                break;
            }
            // What a certificate says is in the log before it is.
            for run in waiting.chunk_by(|one, next| !one.is_certificate() && !next.is_certificate()) {
                // Made before they are waited for: as a closure in the stream they would have no lifetime that a task of its own can have.
                let answers: Vec<_> = run.iter().map(|row| async move { (row, submit_row(log, row).await) }).collect();
                let mut answers = stream::iter(answers).buffered(AT_ONCE);
                while let Some((row, answer)) = answers.next().await {
                    match answer {
                        Ok(proof) => outbox::proven(&self.db, &row.entry, proof.index, &proof.print()).await?,
                        Err(why) => {
                            submitted.why = Some(why);
                            break 'all;
                        }
                    }
                    submitted.proven += 1;
                }
            }
        }
        self.note_logged_certificates().await?;
        self.copy_certificates().await?;
        submitted.waiting = outbox::waiting_count(&self.db).await?;
        Ok(submitted)
    }

    /// Notes where certificates stand in the log, for those that were proven since.
    async fn note_logged_certificates(&self) -> Result<()> {
        let log_name: Name = "log".parse().expect("a plain name");
        for id in self.certificates_not_noted().await? {
            // One whose events are not believed keeps no other from its place in the log.
            let Ok(thing) = self.thing(id).await else { continue };
            let is_logged = thing.destruction().is_some_and(|destruction| destruction.logged.is_some());
            if is_logged {
                self.certificate_is_noted(id).await?;
            }
            if thing.phase() != Phase::Destroyed || is_logged {
                continue;
            }
            if let Some(proof) = self.proof_of_certificate(id).await? {
                let index = proof.index;
                let command = Command::LogCertificate { log: log_name.clone(), index };
                let noted = self.act(None, id, &Office::local_moment(), &[command]).await;
                // Another program may have noted it meanwhile.
                let thing = self.thing(id).await?;
                if thing.destruction().is_none_or(|destruction| destruction.logged.is_none()) {
                    noted?;
                }
                self.certificate_is_noted(id).await?;
            } else {
                self.wait_again(id).await?;
            }
        }
        Ok(())
    }
}

/// One commitment on its way; why it is not proven.
async fn submit_row(log: &LogAccess, row: &Waiting) -> std::result::Result<Proof, String> {
    let entry = Entry::parse(&row.entry).ok_or("a row of the outbox is no entry of a log")?;
    log.submit(&entry).await.map(|logged| logged.proof)
}

//! A witness's memory and judgement: what it has cosigned of each log, and whether it may cosign this (C2SP tlog-witness 1.0.0).
//!
//! Not here: HTTP (the desk), asking witnesses (`collector.rs`). [`WitnessMemory::decide`] is pure;
//! [`WitnessBook`] keeps the memory in SQLite. Invariants: nothing is cosigned that does not extend what was cosigned last; what was cosigned
//! is durable before the cosignature leaves; deciding and remembering are one transaction.

use std::path::Path;

use base64_lines::read_hash;
use seal::tlog::{self, Hash, Party, Policy, SignatureLine, Signed, SignedCheckpoint, SignerKey};
use sqlx::sqlite::SqlitePool;
use tokio::sync::Mutex;

use crate::lock::open_sqlite;

/// A request is no longer than 64 lines of hashes and a checkpoint.
pub const REQUEST_BYTES_MAX: usize = 32 << 10;
/// C2SP: the client does not send more.
const PROOF_MAX: usize = 63;

/// What a log asks of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size the log thinks the witness cosigned last.
    pub old_size: u64,
    /// Consistency proof from there.
    pub proof: Vec<Hash>,
    /// What is to be cosigned.
    pub checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Reads the body of a request; `None` for anything malformed (400).
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<AddCheckpoint> {
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= REQUEST_BYTES_MAX)?;
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let number = lines.next()?.strip_prefix("old ")?;
        let old_size: u64 = number.parse().ok().filter(|size: &u64| size.to_string() == number)?;
        let proof: Vec<Hash> = lines.map(read_hash).collect::<Option<_>>()?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        (proof.len() <= PROOF_MAX).then_some(AddCheckpoint { old_size, proof, checkpoint })
    }

    /// The body of a request.
    #[must_use]
    pub fn print(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| format!("{}\n", base64_lines::print_hash(hash))).collect();
        format!("old {}\n{proof}\n{}", self.old_size, self.checkpoint.print())
    }
}

/// What a witness says to it, with the status C2SP gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may be cosigned (200).
    Cosign,
    /// The request contradicts itself: it shrinks (400).
    Malformed,
    /// The witness does not know this log (404).
    UnknownLog,
    /// No key it trusts for this log signed, or a signature under one does not verify (403).
    NotSigned,
    /// It has cosigned this size last (409; the size is the body).
    Conflict(u64),
    /// The proof does not lead from what it cosigned last to this (422).
    BadProof,
}

/// What a witness remembers of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessMemory {
    /// Size of the checkpoint cosigned last.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

impl WitnessMemory {
    /// A log never seen.
    #[must_use]
    pub fn empty() -> WitnessMemory {
        WitnessMemory { size: 0, root: tlog::empty_root() }
    }

    /// What to say, with `logs` as the logs the witness knows. The order of the checks is C2SP's.
    #[must_use]
    pub fn decide(&self, request: &AddCheckpoint, logs: &Policy) -> Decision {
        let new = request.checkpoint.checkpoint();
        match logs.judge(&request.checkpoint).log {
            None => return Decision::UnknownLog,
            Some(Signed::Absent | Signed::Forged) => return Decision::NotSigned,
            Some(Signed::Holds) => {}
        }
        if request.old_size > new.size {
            return Decision::Malformed;
        }
        if request.old_size != self.size {
            return Decision::Conflict(self.size);
        }
        if tlog::is_consistent(self.size, &self.root, new.size, &new.root, &request.proof) {
            Decision::Cosign
        } else {
            Decision::BadProof
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witnessed {
    /// Cosigned, and remembered: the line to answer with.
    Cosigned(SignatureLine),
    /// Not cosigned.
    Not(Decision),
    /// Not looked at: others were reading or writing the memory for too long. Nothing is wrong with it; ask again.
    Busy,
}

/// A witness with its key and its durable memory.
pub struct WitnessBook {
    pool: SqlitePool,
    signer: SignerKey,
    logs: Policy,
    /// Requests are decided one after the other; the transaction would say so too, but less kindly. The first failure of the
    /// memory stays: nobody knows what the disk holds then, so nothing is cosigned any more.
    turn: Mutex<Option<String>>,
}

impl WitnessBook {
    /// Makes the empty memory of a new witness in `file`, which is empty or not there. Once in a witness's life.
    ///
    /// # Errors
    /// In words, when the file cannot be used, or is some witness's memory already.
    pub async fn create(file: &Path, signer: &SignerKey) -> Result<(), String> {
        let pool = open_sqlite(file).await?;
        // key: whose memory this is. A memory without its key's row is another's, or was emptied.
        let made = sqlx::query("CREATE TABLE witness (key TEXT PRIMARY KEY NOT NULL) STRICT").execute(&pool).await;
        made.map_err(|error| error.to_string())?;
        let row = sqlx::query("INSERT INTO witness (key) VALUES ($1)").bind(signer.verifier().to_string());
        row.execute(&pool).await.map_err(|error| error.to_string())?;
        pool.close().await;
        Ok(())
    }

    /// Opens the memory in `file`. `logs` names the logs it cosigns for and their keys.
    ///
    /// # Errors
    /// In words, when the file cannot be used or is not the memory of this key: a witness must not forget.
    pub async fn open(file: &Path, signer: SignerKey, logs: Policy) -> Result<WitnessBook, String> {
        let pool = open_sqlite(file).await?;
        let keys: Result<Vec<String>, sqlx::Error> =
            sqlx::query_scalar("SELECT key FROM witness").fetch_all(&pool).await;
        if keys.ok() != Some(vec![signer.verifier().to_string()]) {
            pool.close().await;
            return Err(
                "this is not the memory of this witness's key, or it was emptied; bring back the newest one".into()
            );
        }
        // origin: the log's name. size: entries in the checkpoint cosigned last, decimal (SQLite's numbers are signed).
        // root: its root. note: that checkpoint with the log's signatures and this witness's newest cosignature.
        let table = "CREATE TABLE IF NOT EXISTS witnessed \
             (origin TEXT PRIMARY KEY NOT NULL, size TEXT NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL) STRICT";
        sqlx::query(table).execute(&pool).await.map_err(|error| error.to_string())?;
        Ok(WitnessBook { pool, signer, logs, turn: Mutex::new(None) })
    }

    /// Decides on a request at `time_s` (seconds since 1970), and remembers a cosignature before returning it.
    ///
    /// # Errors
    /// In words, when the memory cannot be read or written, now or ever before. Nothing was cosigned then; answer 500.
    pub async fn add_checkpoint(&self, request: &AddCheckpoint, time_s: u64) -> Result<Witnessed, String> {
        let mut failed = self.turn.lock().await;
        if let Some(what) = &*failed {
            return Err(what.clone());
        }
        let decided = self.decide_and_remember(request, time_s).await.map_err(|error| error.to_string());
        *failed = decided.as_ref().err().cloned();
        decided
    }

    async fn decide_and_remember(&self, request: &AddCheckpoint, time_s: u64) -> Result<Witnessed, sqlx::Error> {
        let new = request.checkpoint.checkpoint();
        // The write lock is taken before reading: another process may share the file.
        let mut transaction = match self.pool.begin_with("BEGIN IMMEDIATE").await {
            Err(error) if is_busy(&error) => return Ok(Witnessed::Busy),
            other => other?,
        };
        let row: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT size, root FROM witnessed WHERE origin = $1")
            .bind(&new.origin)
            .fetch_optional(&mut *transaction)
            .await?;
        let memory = match row {
            None => WitnessMemory::empty(),
            Some((size, root)) => read_memory(&size, &root)?,
        };
        let decision = memory.decide(request, &self.logs);
        if decision != Decision::Cosign {
            return Ok(Witnessed::Not(decision));
        }
        let line = request.checkpoint.cosign(&self.signer, time_s);
        // What strangers signed beside the log is not kept: this note is served to others.
        let is_logs_own = |party: &&Party| request.checkpoint.signed_by(&party.key) == Signed::Holds;
        let own: Vec<&Party> = self.logs.logs().iter().filter(is_logs_own).collect();
        let mut note = request.checkpoint.clone();
        note.keep(|line| own.iter().any(|party| line.is_under(&party.key)));
        note.add(line.clone());
        let put = "INSERT INTO witnessed (origin, size, root, note) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note";
        sqlx::query(put)
            .bind(&new.origin)
            .bind(new.size.to_string())
            .bind(&new.root[..])
            .bind(note.print().into_bytes())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Witnessed::Cosigned(line))
    }

    /// The newest checkpoint of a log that this witness cosigned, with its cosignature (C2SP: the monitoring side).
    ///
    /// # Errors
    /// In words, when the memory cannot be read.
    pub async fn newest(&self, origin: &str) -> Result<Option<Vec<u8>>, String> {
        let note = sqlx::query_scalar("SELECT note FROM witnessed WHERE origin = $1").bind(origin);
        note.fetch_optional(&self.pool).await.map_err(|error| error.to_string())
    }

    /// Closes the file in order.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Nothing was read or written: no connection was free, or another process held the file (SQLITE_BUSY).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(error, sqlx::Error::PoolTimedOut)
        || code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// A memory that cannot be read is not an empty one.
fn read_memory(size: &str, root: &[u8]) -> Result<WitnessMemory, sqlx::Error> {
    let unreadable = || sqlx::Error::Protocol("the witness's memory is damaged; it signs nothing".into());
    let size = size.parse().map_err(|_| unreadable())?;
    Ok(WitnessMemory { size, root: root.try_into().map_err(|_| unreadable())? })
}

/// Hashes as lines of base64.
mod base64_lines {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use seal::tlog::Hash;

    pub(super) fn read_hash(line: &str) -> Option<Hash> {
        STANDARD.decode(line).ok()?.try_into().ok()
    }

    pub(super) fn print_hash(hash: &Hash) -> String {
        STANDARD.encode(hash)
    }
}

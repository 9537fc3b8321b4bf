//! The transparency log: an append-only list of commitments that outside witnesses vouch for (`spec/log.md`).
//!
//! [`Log`] sequences entries into tiles ([`Objects`]) behind a compare-and-swap [`Lock`], collects cosignatures of each
//! [`Witness`] and answers with proofs. What a proof or checkpoint is, is `seal::tlog`.
//! Not here: HTTP, configuration files, metrics (the desk). Invariants: an answered append is durable and integrated; an
//! unclear outcome stops the log; a log from the past signs nothing. Layout, order and repair: `sequencer.rs`, `start.rs`.

mod audit;
mod collector;
mod dedupe;
mod error;
mod lock;
mod log;
mod objects;
mod sequencer;
mod staging;
mod start;
mod tiles;
mod witness;
mod witnesses;

pub use audit::{Finding, Fork, Kind, Mirror, Note, Report, audit};
pub use error::{AppendError, LockError, Refused, Stopped, StoreError};
pub use lock::{Lock, MemoryLock, PostgresLock, SqliteLock, check_sqlite_version, lies_inside};
pub use log::{Appended, Config, Counts, Log, Parts, Status};
pub use objects::{Bucket, Folder, Memory, Objects, ReadSide, tiles_below};
pub use staging::STAGING_BYTES_MAX;
pub use tiles::name::TileName;
pub use witness::{AddCheckpoint, Decision, REQUEST_BYTES_MAX, WitnessBook, WitnessMemory, Witnessed};
pub use witnesses::{Witness, WitnessError, WitnessState};

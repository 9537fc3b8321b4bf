//! One office, open: its events, keys, stores, rules and clocks, and the one way in which something is done.
//!
//! Not what may be done (`casework`), nor words and flags (`vault/`). Invariants: an act is decided on the state that its own
//! transaction sees and is written in it, with its commitment, or not at all; the keyring knows of every hold before its event and
//! of every event's number after it; an office whose events are older than its keyring is not opened; what a crash left half
//! done is finished before anything else is.

mod access;
pub(crate) mod account;
mod acts;
mod astray;
pub(crate) mod cases;
mod certifying;
mod copies;
mod demonstration;
mod drafting;
mod ends;
mod erasing;
mod findings;
pub(crate) mod history;
mod holding;
mod items;
pub(crate) mod locks;
pub(crate) mod log_access;
pub(crate) mod logging;
mod notes;
mod opening;
mod overview;
mod persons;
mod plain;
pub(crate) mod reading;
mod rebuilding;
mod record;
pub(crate) mod restoring;
mod rotating;
pub(crate) mod scrubbing;
pub(crate) mod stores;
mod sweeping;
pub(crate) mod taking;
pub(crate) mod time;
mod twins;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use casework::Name;
use rules::Book;
use vault::Vault;
use vault::keyring::Keyring;

pub(crate) use access::key_digest;
pub(crate) use account::Actor;
pub(crate) use acts::{Recorded, Stream, fresh, keyring_failed, refused};
pub(crate) use erasing::{ObjectName, held, named, wanted};
pub(crate) use holding::Placed;
pub(crate) use items::Carried;
pub(crate) use notes::Note;
pub(crate) use opening::{Keys, StoreUse, office_key};
pub(crate) use plain::{FilePlain, KeptPlain};
pub(crate) use record::Seen;

use crate::config::office::{EventsConfig, OfficeConfig};
use crate::db::events::Head;
use crate::db::{self, Db};
use log_access::LaterLog;

/// The event store's file in an office's folder, and in every backup.
pub(crate) const DATABASE: &str = "events.sqlite";

/// The newest event that a restore has written, for the keyring does not hear of it yet.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<Option<Head>>);

impl Written {
    fn newest(&self) -> Option<Head> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one for the newest, if it is no older than the one before; whether it is.
    fn advance(&self, head: Head) -> bool {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = newest.is_none_or(|newest| head.number > newest.number || head == newest);
        if is_next {
            *newest = Some(head);
        }
        is_next
    }
}

/// An open office.
pub(crate) struct Office {
    pub(crate) folder: PathBuf,
    pub(crate) config: OfficeConfig,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) vault: Vault,
    /// What the vault's stores are called, in its order.
    pub(crate) store_names: Vec<Name>,
    pub(crate) book: Book,
    pub(crate) log: Option<LaterLog>,
    /// How many things may be without their key.
    pub(crate) keys_lost: Option<u64>,
    /// While it is restored the keyring is not told of new events: a restore that is broken off is done again over the same backup.
    pub(crate) restoring: Option<Written>,
    /// What was read of its events already.
    pub(crate) seen: record::Seen,
}

impl Office {
    /// Where its event store is.
    pub(crate) fn database(folder: &Path, config: &OfficeConfig) -> db::Place {
        let server = |events: &EventsConfig| db::Server { url: events.database.clone(), office: config.name.clone() };
        let named = config.events.as_ref().map(|events| db::Place::Server(server(events)));
        named.unwrap_or_else(|| db::Place::File(folder.join(DATABASE)))
    }

    /// Lets go of everything in order.
    pub(crate) async fn close(self) {
        self.keyring.close().await;
        self.db.close().await;
    }
}

//! What a check reads from: a log's address, or a folder that holds a mirror of it.
//!
//! Not what is read into it (`ledger::audit`). Invariants: nothing is ever written to what is checked; what could not be read is
//! noted apart from what was read and is wrong; every checkpoint that was served is kept, whatever it says.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ledger::{ReadSide, StoreError};
use reqwest::{Method, StatusCode};
use seal::tlog::SignedCheckpoint;

use crate::client::{AskError, Client, below};
use crate::error::{Error, Result, plain};

/// How often something is asked for that could not be had.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// One side of a check.
pub(crate) struct Source {
    place: Place,
    /// By path: why it could not be read.
    failed: Mutex<BTreeMap<String, String>>,
    seen: Mutex<Vec<SignedCheckpoint>>,
}

enum Place {
    Http(String, Client),
    Folder(PathBuf),
}

impl Source {
    /// By its address or its folder.
    pub(crate) fn open(place: &str, within: Duration) -> Result<Source> {
        let place = if place.starts_with("http://") || place.starts_with("https://") {
            below(place, "checkpoint")
                .map_err(|what| Error::of(format_args!("{place}: {what}")).hint("check its spelling"))?;
            let client = Client::new(within);
            let client =
                client.map_err(|what| Error::of(what).hint("install the system's certificates (ca-certificates)"))?;
            Place::Http(place.to_owned(), client)
        } else {
            let folder = Path::new(place);
            let metadata = folder.metadata().map_err(|err| Error::io(folder, &err))?;
            if !metadata.is_dir() {
                return Err(
                    Error::of(format_args!("{place}: not a folder")).hint("name the log's folder or its address")
                );
            }
            Place::Folder(folder.to_owned())
        };
        Ok(Source { place, failed: Mutex::default(), seen: Mutex::default() })
    }

    /// What could not be read, and why.
    pub(crate) fn failed(&self) -> BTreeMap<String, String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The checkpoints it served.
    pub(crate) fn seen(&self) -> Vec<SignedCheckpoint> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self, path: &str, bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        match &self.place {
            Place::Http(prefix, client) => fetch(client, prefix, path, bytes_max).await,
            Place::Folder(folder) => read_file(&folder.join(path), path, bytes_max),
        }
    }
}

#[async_trait]
impl ReadSide for Source {
    async fn read(&self, path: &str, size_bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        let read = self.fetch(path, size_bytes_max).await;
        match &read {
            Err(StoreError::TooLarge { .. }) => {}
            Err(err) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.insert(path.to_owned(), err.to_string());
            }
            Ok(Some(note)) if path == "checkpoint" || path == "pending" => {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.extend(SignedCheckpoint::parse(note));
            }
            Ok(_) => {}
        }
        read
    }

    async fn tiles(&self) -> std::result::Result<Vec<String>, StoreError> {
        match &self.place {
            // What is served by HTTP cannot be listed.
            Place::Http(..) => Ok(Vec::new()),
            Place::Folder(folder) => {
                ledger::tiles_below(folder).map_err(|err| StoreError::failed("tile/", &plain(&err)))
            }
        }
    }
}

async fn fetch(
    client: &Client,
    prefix: &str,
    path: &str,
    bytes_max: usize,
) -> std::result::Result<Option<Vec<u8>>, StoreError> {
    let url = below(prefix, path).map_err(|what| StoreError::failed(path, &what))?;
    let mut failure = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        match client.ask(Method::GET, &url, String::new(), bytes_max).await {
            Ok((StatusCode::OK, body)) => return Ok(Some(body.to_vec())),
            Ok((StatusCode::NOT_FOUND | StatusCode::GONE, _)) => return Ok(None),
            Ok((status, _)) => failure = format!("answered {}", status.as_u16()),
            Err(AskError::TooLong) => return Err(StoreError::too_large(path, bytes_max)),
            Err(AskError::Failed(what)) => failure = what,
        }
    }
    Err(StoreError::failed(path, &failure))
}

fn read_file(file: &Path, path: &str, bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
    let file = match std::fs::File::open(file) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(StoreError::failed(path, &plain(&err))),
    };
    let mut bytes = Vec::new();
    match file.take(bytes_max as u64 + 1).read_to_end(&mut bytes) {
        Ok(len) if len > bytes_max => Err(StoreError::too_large(path, bytes_max)),
        Ok(_) => Ok(Some(bytes)),
        Err(err) => Err(StoreError::failed(path, &plain(&err))),
    }
}

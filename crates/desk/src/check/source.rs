//! What a check reads from: a log's address, or a folder that holds a mirror of it.
//!
//! Not what is read into it (`ledger::audit`). Invariants: nothing is ever written to what is checked; an answer is bounded in
//! bytes and in time, and a server that fails again and again is asked no more; every checkpoint that was served is kept,
//! whatever it says.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ledger::{ReadSide, StoreError};
use reqwest::{Method, StatusCode, Url};
use seal::tlog::SignedCheckpoint;

use crate::client::{AskError, Client, below};
use crate::error::{Error, Result, plain};

/// How often something is asked for that could not be had.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// After so many objects in a row that could not be had a server is asked no more.
const FAILED_MAX: u32 = 32;

/// One side of a check.
pub(crate) struct Source {
    place: Place,
    seen: Mutex<Vec<SignedCheckpoint>>,
}

enum Place {
    Http(Server),
    Folder(PathBuf),
}

struct Server {
    prefix: String,
    client: Client,
    within: Duration,
    /// Objects in a row that could not be had.
    failed: AtomicU32,
}

impl Source {
    /// By its address or its folder.
    pub(crate) fn open(place: &str, within: Duration) -> Result<Source> {
        let place = if place.starts_with("http://") || place.starts_with("https://") {
            is_prefix(place).map_err(|what| Error::of(format_args!("{place}: {what}")).hint("check its spelling"))?;
            let client = Client::new(within);
            let client =
                client.map_err(|what| Error::of(what).hint("install the system's certificates (ca-certificates)"))?;
            Place::Http(Server { prefix: place.to_owned(), client, within, failed: AtomicU32::new(0) })
        } else {
            let folder = Path::new(place);
            if place.contains("://") {
                return Err(Error::of(format_args!("{place}: not an http or https address"))
                    .hint("name the log's folder, or the address at which it is read"));
            }
            let metadata = folder.metadata().map_err(|err| Error::io(folder, &err))?;
            if !metadata.is_dir() {
                return Err(
                    Error::of(format_args!("{place}: not a folder")).hint("name the log's folder or its address")
                );
            }
            Place::Folder(folder.to_owned())
        };
        Ok(Source { place, seen: Mutex::default() })
    }

    /// Whether it can be asked what there is, beside what the newest tree needs.
    pub(crate) fn is_listed(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }

    /// The checkpoints it served.
    pub(crate) fn seen(&self) -> Vec<SignedCheckpoint> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl ReadSide for Source {
    async fn read(&self, path: &str, size_bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        let read = match &self.place {
            Place::Http(server) => server.fetch(path, size_bytes_max).await,
            Place::Folder(folder) => read_file(&folder.join(path), path, size_bytes_max),
        };
        if let (Ok(Some(note)), "checkpoint" | "pending") = (&read, path) {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(SignedCheckpoint::parse(note));
        }
        read
    }

    /// Staging objects too: the audit knows them by their paths. What is served by HTTP cannot be listed.
    async fn tiles(&self) -> std::result::Result<Vec<String>, StoreError> {
        let Place::Folder(folder) = &self.place else { return Ok(Vec::new()) };
        let mut tiles = ledger::tiles_below(folder);
        for _ in 1..TRIES {
            // What goes between being listed and being looked at was a partial tile of a log that runs.
            if matches!(&tiles, Err(err) if err.kind() == io::ErrorKind::NotFound) {
                tiles = ledger::tiles_below(folder);
            }
        }
        let mut paths = tiles.map_err(|err| StoreError::failed("tile/", &plain(&err)))?;
        paths.extend(staging_below(folder).map_err(|err| StoreError::failed("staging/", &plain(&err)))?);
        Ok(paths)
    }
}

impl Server {
    async fn fetch(&self, path: &str, bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        if self.failed.load(Ordering::Relaxed) >= FAILED_MAX {
            let what = format!("not asked for any more after {FAILED_MAX} failures in a row");
            return Err(StoreError::failed(path, &what));
        }
        let read = self.ask(path, bytes_max).await;
        match &read {
            Err(StoreError::Failed { .. }) => self.failed.fetch_add(1, Ordering::Relaxed),
            _ => self.failed.swap(0, Ordering::Relaxed),
        };
        read
    }

    async fn ask(&self, path: &str, bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        let url = below(&self.prefix, path).map_err(|what| StoreError::failed(path, &what))?;
        let mut failure = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            let began = Instant::now();
            match self.client.ask(Method::GET, &url, String::new(), bytes_max).await {
                Ok((StatusCode::OK, body)) => return Ok(Some(body.to_vec())),
                Ok((StatusCode::NOT_FOUND | StatusCode::GONE, _)) => return Ok(None),
                Ok((status, _)) => {
                    failure = answered(status);
                    if !is_passing(status) {
                        break;
                    }
                }
                Err(AskError::TooLong) => return Err(StoreError::too_large(path, bytes_max)),
                Err(AskError::Failed(what)) => {
                    failure = what;
                    // Who took all of the time once takes it again.
                    if began.elapsed() >= self.within {
                        failure = format!("no whole answer within {} s", self.within.as_secs_f64());
                        break;
                    }
                }
            }
        }
        Err(StoreError::failed(path, &failure))
    }
}

/// Whether something may be asked for below it.
fn is_prefix(address: &str) -> std::result::Result<(), String> {
    let url = Url::parse(address).map_err(|err| err.to_string())?;
    match url.query().is_none() && url.fragment().is_none() {
        true => below(address, "checkpoint").map(drop),
        false => Err("the address of a log has neither ? nor #".into()),
    }
}

fn answered(status: StatusCode) -> String {
    match status.is_redirection() {
        true => format!("answered {}, a redirection, which is not followed", status.as_u16()),
        false => format!("answered {}", status.as_u16()),
    }
}

/// Whether it may be another answer in a moment.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

fn read_file(file: &Path, path: &str, bytes_max: usize) -> std::result::Result<Option<Vec<u8>>, StoreError> {
    let failed = |err: &io::Error| StoreError::failed(path, &plain(err));
    let kind = match file.metadata() {
        Ok(metadata) => metadata.file_type(),
        Err(err) if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(err) => return Err(failed(&err)),
    };
    // A folder is no object; a pipe or a device would be waited for, or never end.
    if kind.is_dir() {
        return Ok(None);
    }
    if !kind.is_file() {
        return Err(StoreError::failed(path, &"not a file"));
    }
    let file = match std::fs::File::open(file) {
        Ok(file) => file,
        // A log that runs removes what it needs no more.
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(failed(&err)),
    };
    let mut bytes = Vec::new();
    match file.take(bytes_max as u64 + 1).read_to_end(&mut bytes) {
        Ok(len) if len > bytes_max => Err(StoreError::too_large(path, bytes_max)),
        Ok(_) => Ok(Some(bytes)),
        Err(err) => Err(failed(&err)),
    }
}

/// The paths of staging objects in a folder, in order.
fn staging_below(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder.join("staging")) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: io::Result<std::fs::DirEntry>| Ok(format!("staging/{}", entry?.file_name().to_string_lossy()));
    let mut paths: Vec<String> = entries.map(name).collect::<io::Result<_>>()?;
    paths.sort_unstable();
    Ok(paths)
}

//! For tests only: whoever stole a log's key signs a second history with it, into another folder, behind a lock of its own.
//!
//! Not part of the service, which has no such command. `fork KEY FROM TO LOCK INDEX`: the entries of the log in the folder FROM, with
//! another one at INDEX, are appended to a new log under the same key in the folder TO. FROM is only read. Witnesses that cosigned
//! FROM refuse it, and a check of both folders shows both checkpoints.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ledger::{Config, Folder, Log, Parts, SqliteLock};
use seal::tlog::{Entry, SignedCheckpoint, SignerKey};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [key, from, to, lock, index] = &words[..] else {
        return Err("fork KEY FROM TO LOCK INDEX".into());
    };
    let signer = SignerKey::parse(std::fs::read_to_string(key)?.trim_end()).ok_or("not a key")?;
    let mut entries = entries(Path::new(from))?;
    let at: usize = index.parse()?;
    let changed = entries.get_mut(at).ok_or("there is no such entry")?;
    changed.commitment[0] ^= 1;
    let to = Path::new(to);
    let parts = Parts {
        objects: Arc::new(Folder::open(to)?),
        lock: Arc::new(SqliteLock::open(Path::new(lock), Some(to)).await?),
        signer,
        witnesses: Vec::new(),
    };
    Log::create(&parts).await?;
    let config = Config { batch_wait: Duration::from_millis(1), ..Config::default() };
    let log = Log::open(config, parts).await?;
    // Asked in order, so they stand in order.
    for appended in join_all(entries.iter().map(|entry| log.append(*entry))).await {
        appended?;
    }
    log.close().await;
    print!("{}", log.status().newest.print());
    Ok(())
}

/// All entries of a log of at most 256, which is enough for a test.
fn entries(log: &Path) -> Result<Vec<Entry>> {
    let note = std::fs::read(log.join("pending"))?;
    let size = SignedCheckpoint::parse(&note).ok_or("not a checkpoint")?.checkpoint().size;
    let path = if size == 256 { "tile/entries/000".to_owned() } else { format!("tile/entries/000.p/{size}") };
    let bundle = std::fs::read(log.join(path))?;
    let parsed = bundle.chunks_exact(2 + Entry::LEN_BYTES).map(|entry| Entry::parse(&entry[2..]));
    parsed.collect::<Option<Vec<Entry>>>().ok_or_else(|| "not entries of this log".into())
}

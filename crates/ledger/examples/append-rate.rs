//! `append-rate FOLDER SECONDS SIZE…`: durable appends with proof at each size of a log, and inserts into databases on the same disk.
//!
//! Not a test and not a page: prints a line of `key=value` pairs for each figure; `cargo xtask bench` runs it and makes the page. A
//! size `N` is reached by appending, small ones again and again on new logs, so that the log has that size while it is measured;
//! `synthetic:N` resumes a log whose first N entries are computed when they are read, with a real index of duplicates over all of
//! them. Peers: SQLite always, PostgreSQL when `BENCH_POSTGRES` names one.
//! Invariants: every append measured is durable, integrated and has its proof; nothing is measured while something else is filled.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ledger::{Config, Folder, Log, Objects, Parts, ReadSide, SqliteLock, StoreError};
use seal::tlog::{
    Checkpoint, Entry, EntryKind, Hash, KeyKind, SignedCheckpoint, SignerKey, leaf_hash, node_hash, root,
};

/// Appends under way at a time.
const IN_FLIGHT: usize = 8_192;
/// A log of this size is not much larger when it has been measured; a smaller one is measured often, for so many appends.
const GROWN_ONCE: u64 = 5_000_000;
const APPENDS_A_ROUND: u64 = 50_000;
const ORIGIN: &str = "bench.example/log";
const WIDTH: u64 = 256;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, sizes @ ..] = &arguments[..] else { panic!("append-rate FOLDER SECONDS SIZE…") };
    let (folder, span) = (PathBuf::from(folder), Duration::from_secs(seconds.parse().unwrap()));
    for size in sizes.iter().filter_map(|size| size.parse().ok()) {
        if size < GROWN_ONCE {
            grow_often(&folder.join("young"), span, size).await;
        } else {
            grow(&folder.join("grown"), span, size).await;
        }
    }
    for size in sizes.iter().filter_map(|size| size.strip_prefix("synthetic:")) {
        resume(&folder.join("resumed"), span, size.parse().unwrap()).await;
    }
    sqlite(&folder.join("sqlite"), span).await;
    if let Ok(url) = std::env::var("BENCH_POSTGRES") {
        postgres(&url, span).await;
    }
}

/// The n-th entry: as good as chance to an index.
fn entry(n: u64) -> Entry {
    let mut commitment = [0; 32];
    for (at, word) in commitment.chunks_exact_mut(8).enumerate() {
        let mut x = (n * 4 + at as u64).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word.copy_from_slice(&(x ^ (x >> 31)).to_be_bytes());
    }
    Entry { kind: EntryKind::Recording, commitment }
}

fn signer() -> SignerKey {
    SignerKey::new(ORIGIN, KeyKind::Log, &[7; 32]).unwrap()
}

async fn parts(folder: &Path, objects: Arc<dyn Objects>) -> Parts {
    std::fs::create_dir_all(folder).unwrap();
    let lock = SqliteLock::open(&folder.join("lock.sqlite"), Some(&folder.join("objects"))).await.unwrap();
    Parts { objects, lock: Arc::new(lock), signer: signer(), witnesses: Vec::new() }
}

fn config(folder: &Path) -> Config {
    Config { index: Some(folder.join("index")), ..Config::default() }
}

async fn open_new(folder: &Path) -> (Arc<dyn Objects>, Arc<Log>) {
    let objects: Arc<dyn Objects> = Arc::new(Folder::open(&folder.join("objects")).unwrap());
    Log::create(&parts(folder, Arc::clone(&objects)).await).await.unwrap();
    let log = Log::open(config(folder), parts(folder, Arc::clone(&objects)).await).await.unwrap();
    (objects, Arc::new(log))
}

/// A small log, grown and measured for a moment, and another, until the span is over.
async fn grow_often(folder: &Path, span: Duration, size: u64) {
    let mut full = Measured::default();
    let (objects, log, next) = loop {
        let _ = std::fs::remove_dir_all(folder);
        let (objects, log) = open_new(folder).await;
        let next = Arc::new(AtomicU64::new(0));
        load(&log, &next, Until::Entries(size), IN_FLIGHT).await;
        full.add(&log, &next, Until::Entries(size + APPENDS_A_ROUND.max(size / 4)), IN_FLIGHT).await;
        if full.wall_s >= span.as_secs_f64() {
            break (objects, log, next);
        }
        log.close().await;
    };
    full.print("grown", "full", size);
    let mut alone = Measured::default();
    alone.add(&log, &next, Until::Moment(Instant::now() + span), 1).await;
    alone.print("grown", "alone", size);
    log.close().await;
    drop((log, objects));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A log grown by appending, measured at the size, and its restart.
async fn grow(folder: &Path, span: Duration, size: u64) {
    let (objects, log) = open_new(folder).await;
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    load(&log, &next, Until::Entries(size), IN_FLIGHT).await;
    println!("fill size={size} rate={:.0}", next.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64());
    measure(&log, &next, "grown", size, span).await;
    log.close().await;
    drop(log);
    let begun = Instant::now();
    let log = Log::open(config(folder), parts(folder, objects).await).await.unwrap();
    let (took, size) = (begun.elapsed(), log.status().newest.checkpoint().size);
    println!("restart size={size} ms={:.1}", took.as_secs_f64() * 1e3);
    log.close().await;
}

/// A log whose first entries are computed when they are read.
async fn resume(folder: &Path, span: Duration, size: u64) {
    let begun = Instant::now();
    let below = Below::new(size);
    let top = root(size, |level, index| below.subtree(level, index).ok_or("no such subtree")).unwrap();
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: top, extensions: String::new() };
    let note = SignedCheckpoint::sign(checkpoint, &signer()).print().into_bytes();
    let objects: Arc<dyn Objects> = Arc::new(Overlay { over: Folder::open(&folder.join("objects")).unwrap(), below });
    let parts_of_it = parts(folder, Arc::clone(&objects)).await;
    // What the lock holds is the size before the last batch and the note.
    let held = [b"after 0\n", &note[..]].concat();
    parts_of_it.lock.swap(ORIGIN, None, &held).await.unwrap();
    objects.overwrite("pending", &note).await.unwrap();
    println!("synthetic size={size} s={:.1}", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let log = Arc::new(Log::open(config(folder), parts_of_it).await.unwrap());
    println!("index size={size} s={:.1}", begun.elapsed().as_secs_f64());
    let next = Arc::new(AtomicU64::new(size));
    measure(&log, &next, "resumed", size, span).await;
    log.close().await;
    drop(log);
    let begun = Instant::now();
    let log = Log::open(config(folder), parts(folder, objects).await).await.unwrap();
    println!("restart size={size} ms={:.1}", begun.elapsed().as_secs_f64() * 1e3);
    log.close().await;
}

enum Until {
    Entries(u64),
    Moment(Instant),
}

/// Keeps `in_flight` appends under way; what each took, in microseconds.
async fn load(log: &Arc<Log>, next: &Arc<AtomicU64>, until: Until, in_flight: usize) -> Vec<u32> {
    let until = Arc::new(until);
    let clients: Vec<_> = (0..in_flight)
        .map(|_| {
            let (log, next, until) = (Arc::clone(log), Arc::clone(next), Arc::clone(&until));
            tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let goes_on = match *until {
                        Until::Entries(size) => next.load(Ordering::Relaxed) < size,
                        Until::Moment(end) => Instant::now() < end,
                    };
                    if !goes_on {
                        return took;
                    }
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let begun = Instant::now();
                    let appended = log.append(entry(number)).await.unwrap();
                    assert!(appended.proof.is_for(&entry(number).leaf_hash()), "a proof that does not hold");
                    took.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await.unwrap());
    }
    all
}

async fn measure(log: &Arc<Log>, next: &Arc<AtomicU64>, how: &str, size: u64, span: Duration) {
    for (name, in_flight) in [("full", IN_FLIGHT), ("alone", 1)] {
        let mut measured = Measured::default();
        measured.add(log, next, Until::Moment(Instant::now() + span), in_flight).await;
        measured.print(how, name, size);
    }
}

/// Appends with what they took, over one or more rounds.
#[derive(Default)]
struct Measured {
    took: Vec<u32>,
    wall_s: f64,
    cpu_s: f64,
}

impl Measured {
    async fn add(&mut self, log: &Arc<Log>, next: &Arc<AtomicU64>, until: Until, in_flight: usize) {
        let (begun, cpu) = (Instant::now(), cpu_s());
        self.took.extend(load(log, next, until, in_flight).await);
        self.wall_s += begun.elapsed().as_secs_f64();
        self.cpu_s += cpu_s() - cpu;
    }

    fn print(mut self, how: &str, load: &str, size: u64) {
        self.took.sort_unstable();
        let at = |part: f64| f64::from(self.took[((self.took.len() - 1) as f64 * part) as usize]) / 1e3;
        println!(
            "append how={how} load={load} size={size} rate={:.0} p50_ms={:.1} p99_ms={:.1} max_ms={:.1} cpu_us={:.1}",
            self.took.len() as f64 / self.wall_s,
            at(0.5),
            at(0.99),
            at(1.0),
            self.cpu_s * 1e6 / self.took.len() as f64
        );
    }
}

/// Processor time of this process, seconds.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// The first entries of a log, computed when they are read; the hashes above them are kept.
struct Below {
    size: u64,
    /// By height: hashes of the complete subtrees of 2^height entries, from height 8 on.
    heights: Vec<Vec<Hash>>,
}

impl Below {
    fn new(size: u64) -> Below {
        let bundles = size / WIDTH;
        let half = bundles / 2;
        let roots = |range: std::ops::Range<u64>| range.map(bundle_root).collect::<Vec<Hash>>();
        let lowest = std::thread::scope(|scope| {
            let left = scope.spawn(|| roots(0..half));
            let right = roots(half..bundles);
            [left.join().unwrap(), right].concat()
        });
        let mut heights = vec![lowest];
        while heights.last().is_some_and(|top| top.len() > 1) {
            let top = heights.last().unwrap();
            heights.push(top.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Below { size, heights }
    }

    fn subtree(&self, level: u32, index: u64) -> Option<Hash> {
        if level >= 8 {
            return self.heights.get(level as usize - 8)?.get(usize::try_from(index).ok()?).copied();
        }
        let first = index << level;
        Some(reduce((first..first + (1 << level)).map(leaf).collect()))
    }

    /// The object at a path, as the log would have written it.
    fn object(&self, path: &str) -> Option<Vec<u8>> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let (number, width) = rest.split_once(".p/").unwrap_or((rest, "256"));
        let number = number
            .split('/')
            .try_fold(0, |n, part| Some(n * 1000 + part.trim_start_matches('x').parse::<u64>().ok()?))?;
        let width: u64 = width.parse().ok()?;
        let entries = level == "entries";
        let level: u32 = if entries { 0 } else { level.parse().ok()? };
        let first = number * WIDTH;
        if first + width > self.size >> (8 * level) {
            return None;
        }
        let range = first..first + width;
        if entries {
            return Some(range.flat_map(|n| [&34_u16.to_be_bytes()[..], &entry(n).bytes()].concat()).collect());
        }
        range.map(|n| self.subtree(8 * level, n)).collect::<Option<Vec<Hash>>>().map(|hashes| hashes.concat())
    }
}

fn leaf(n: u64) -> Hash {
    leaf_hash(&entry(n).bytes())
}

fn bundle_root(number: u64) -> Hash {
    reduce((number * WIDTH..(number + 1) * WIDTH).map(leaf).collect())
}

/// The root over a power of two of hashes.
fn reduce(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    hashes[0]
}

/// New objects in a folder, old ones computed.
struct Overlay {
    over: Folder,
    below: Below,
}

#[async_trait]
impl ReadSide for Overlay {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let over = self.over.read(path, size_bytes_max).await?;
        Ok(over.or_else(|| self.below.object(path)))
    }
}

#[async_trait]
impl Objects for Overlay {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.over.create(path, bytes).await
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.over.overwrite(path, bytes).await
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        self.over.delete(path).await
    }
}

const TABLE: &str = "CREATE TABLE entry (place BIGINT PRIMARY KEY, body BYTEA NOT NULL UNIQUE)";
const TABLE_LITE: &str = "CREATE TABLE entry (place BIGINT PRIMARY KEY, body BLOB NOT NULL UNIQUE)";
const INSERT: &str = "INSERT INTO entry (place, body) VALUES ($1, $2)";

/// Plain inserts with a unique index, flushed at every commit.
async fn sqlite(folder: &Path, span: Duration) {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
    std::fs::create_dir_all(folder).unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.join("entries.sqlite"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::query(TABLE_LITE).execute(&pool).await.unwrap();
    let mut number: i64 = 0;
    for per_commit in [1, 4_096] {
        let (begun, before) = (Instant::now(), number);
        while begun.elapsed() < span {
            let mut transaction = pool.begin().await.unwrap();
            for _ in 0..per_commit {
                number += 1;
                let body = entry(number as u64).bytes().to_vec();
                sqlx::query(INSERT).bind(number).bind(body).execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        }
        let rate = (number - before) as f64 / begun.elapsed().as_secs_f64();
        println!("peer name=SQLite clients=1 per_commit={per_commit} rate={rate:.0}");
    }
}

/// The same over connections to a server.
async fn postgres(url: &str, span: Duration) {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(32).connect(url).await.unwrap();
    sqlx::query("DROP TABLE IF EXISTS entry").execute(&pool).await.unwrap();
    sqlx::query(TABLE).execute(&pool).await.unwrap();
    let next = Arc::new(AtomicU64::new(0));
    for (clients, per_commit) in [(1, 1), (32, 1), (2, 4_096)] {
        let (begun, before) = (Instant::now(), next.load(Ordering::Relaxed));
        let tasks: Vec<_> = (0..clients)
            .map(|_| {
                let (pool, next) = (pool.clone(), Arc::clone(&next));
                tokio::spawn(async move {
                    while begun.elapsed() < span {
                        let mut transaction = pool.begin().await.unwrap();
                        for _ in 0..per_commit {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            let insert = sqlx::query(INSERT).bind(number as i64).bind(entry(number).bytes().to_vec());
                            insert.execute(&mut *transaction).await.unwrap();
                        }
                        transaction.commit().await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let done = next.load(Ordering::Relaxed) - before;
        let rate = done as f64 / begun.elapsed().as_secs_f64();
        println!("peer name=PostgreSQL clients={clients} per_commit={per_commit} rate={rate:.0}");
    }
}

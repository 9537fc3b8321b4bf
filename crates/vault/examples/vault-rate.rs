//! `vault-rate encrypt|decrypt|take|read|ranges …`: what the vault costs, one act a run.
//!
//! Not a test and not a page: `cargo xtask bench vault` runs it beside its peers and makes the page. `ranges` alone prints its own
//! figures, lines of `key=value` pairs. Keys and salts are fixed: nothing here is secret.
//! Invariants: what is measured is what the vault does for the office; a range counts from asking to open the object to holding the
//! authenticated bytes.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustix::fs::{Advice, fadvise};
use vault::cipher::{CHUNK_LEN_BYTES, HEAD_LEN_BYTES, Label, ObjectKey, Opening, SEALED_LEN_BYTES, Sealing};
use vault::store::{Digest, Folder, Store};
use vault::{Held, Plain, Vault};

const ID: [u8; 16] = [5; 16];
const LABEL: Label<'static> = Label { kind: "recording", id: &ID };
const SALT: [u8; 32] = [2; 32];
/// How much is read and written at a time.
const PIECE_LEN_BYTES: usize = 16 * CHUNK_LEN_BYTES;
const RANGE_LEN_BYTES: u64 = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["encrypt", from, to] => encrypt(Path::new(from), Path::new(to)),
        ["decrypt", from, to] => decrypt(Path::new(from), Path::new(to)),
        ["take", from, folder] => runtime().block_on(take(Path::new(from), Path::new(folder))),
        ["read", folder, to] => runtime().block_on(read(Path::new(folder), Path::new(to))),
        ["ranges", folder, count] => runtime().block_on(ranges(Path::new(folder), count.parse().unwrap())),
        _ => panic!(
            "vault-rate encrypt FROM TO | decrypt FROM TO | take FROM FOLDER | read FOLDER TO | ranges FOLDER COUNT"
        ),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn key() -> ObjectKey {
    ObjectKey::new([1; 32])
}

/// The cipher alone, on one thread.
fn encrypt(from: &Path, to: &Path) {
    let (mut from, mut to) = (File::open(from).unwrap(), File::create(to).unwrap());
    let (mut out, mut sealing) = Sealing::begin(&key(), &SALT, LABEL);
    let mut buffer = vec![0; PIECE_LEN_BYTES];
    loop {
        let len = from.read(&mut buffer).unwrap();
        if len == 0 {
            break;
        }
        sealing.write(&buffer[..len], &mut out).unwrap();
        to.write_all(&out).unwrap();
        out.clear();
    }
    sealing.finish(&mut out).unwrap();
    to.write_all(&out).unwrap();
}

fn decrypt(from: &Path, to: &Path) {
    let (mut from, mut to) = (File::open(from).unwrap(), File::create(to).unwrap());
    let len_bytes = from.metadata().unwrap().len();
    let mut head = [0; HEAD_LEN_BYTES];
    from.read_exact(&mut head).unwrap();
    let opening = Opening::begin(&key(), &head, len_bytes, LABEL).unwrap();
    let mut buffer = vec![0; 16 * SEALED_LEN_BYTES];
    let mut number = 0;
    while number <= opening.last_chunk() {
        let last = opening.last_chunk().min(number + 15);
        let range = opening.sealed_range(number).start..opening.sealed_range(last).end;
        let piece = &mut buffer[..usize::try_from(range.end - range.start).unwrap()];
        from.read_exact(piece).unwrap();
        for chunk in piece.chunks_mut(SEALED_LEN_BYTES) {
            to.write_all(opening.open(number, chunk).unwrap()).unwrap();
            number += 1;
        }
    }
}

/// A file that is to be kept.
struct Given {
    file: File,
    len_bytes: u64,
}

impl Plain for Given {
    fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

async fn take(from: &Path, folder: &Path) {
    let file = File::open(from).unwrap();
    let len_bytes = file.metadata().unwrap().len();
    let plain: Arc<dyn Plain> = Arc::new(Given { file, len_bytes });
    let vault = Vault::new(Arc::new(Folder::make(folder).unwrap()), None);
    vault.take(&plain, LABEL, &key(), &SALT).await.unwrap();
}

/// The one object of a folder.
async fn only(folder: &Path) -> (Vault, Held) {
    let store = Folder::open(folder).unwrap();
    let digest = *store.list(None, 1).await.unwrap().first().unwrap();
    let sealed_len_bytes = store.len(&digest).await.unwrap().unwrap();
    let held = Held { id: ID, kind: LABEL.kind.to_owned(), digest, sealed_len_bytes };
    (Vault::new(Arc::new(store), None), held)
}

async fn read(folder: &Path, to: &Path) {
    let mut to = File::create(to).unwrap();
    let (vault, held) = only(folder).await;
    let object = vault.open(&held, &key()).await.unwrap();
    let mut at = 0;
    while at < object.len_bytes() {
        let end = object.len_bytes().min(at + PIECE_LEN_BYTES as u64);
        to.write_all(&object.read(at..end).await.unwrap()).unwrap();
        at = end;
    }
}

/// Ranges at offsets that look like chance, the object's pages in memory, and dropped before each.
async fn ranges(folder: &Path, count: usize) {
    let (vault, held) = only(folder).await;
    for how in ["warm", "cold"] {
        let mut took_ms = Vec::new();
        for number in 0..count {
            let offset = offset(number as u64, &held);
            if how == "cold" {
                drop_pages(&folder.join(held.digest.path()), &held.digest);
            }
            let begun = Instant::now();
            let object = vault.open(&held, &key()).await.unwrap();
            let bytes = object.read(offset..offset + RANGE_LEN_BYTES).await.unwrap();
            took_ms.push(begun.elapsed().as_secs_f64() * 1e3);
            assert_eq!(bytes.len() as u64, RANGE_LEN_BYTES);
        }
        took_ms.sort_by(f64::total_cmp);
        let of = |hundredth: usize| took_ms[(took_ms.len() - 1) * hundredth / 100];
        println!("ranges how={how} count={count} p50_ms={:.2} p99_ms={:.2} max_ms={:.2}", of(50), of(99), of(100));
    }
}

fn offset(number: u64, held: &Held) -> u64 {
    let hash = Digest::of(&number.to_be_bytes());
    let chance = u64::from_be_bytes(*hash.bytes().first_chunk().unwrap());
    let chunks = held.sealed_len_bytes / SEALED_LEN_BYTES as u64;
    chance % (chunks * CHUNK_LEN_BYTES as u64 - RANGE_LEN_BYTES)
}

/// The disk has to be asked again. What was flushed is clean, and can be dropped.
fn drop_pages(path: &Path, digest: &Digest) {
    let file = File::open(path).unwrap_or_else(|error| panic!("{digest}: {error}"));
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
}

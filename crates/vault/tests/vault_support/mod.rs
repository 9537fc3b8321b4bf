//! What the tests of the vault share: things, things that do not stay as they are, and a store that watches or lies.
//!
//! Not a store of its own: what watches passes everything on to memory.
//! Invariant: whatever is asked to go wrong says whether it did.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test binary uses its part of it.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use vault::cipher::{Label, ObjectKey, SALT_LEN_BYTES};
use vault::store::{Deleted, Digest, Folder, Memory, New, Owner, Put, Reading, Source, Store, StoreError};
use vault::{Held, Plain, Vault, VaultError};

pub const ID: [u8; 16] = [5; 16];
pub const LABEL: Label<'static> = Label { kind: "recording", id: &ID };

pub fn key(seed: u8) -> ObjectKey {
    ObjectKey::new([seed; 32])
}

/// So many bytes, each place with others than its neighbours.
pub fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

pub async fn take_any(vault: &Vault, plain: Arc<dyn Plain>) -> Result<Held, VaultError> {
    vault.take(&plain, LABEL, &key(1), &[2; SALT_LEN_BYTES]).await
}

pub async fn take(vault: &Vault, plain: Vec<u8>) -> Result<Held, VaultError> {
    take_any(vault, Arc::new(plain)).await
}

/// Over memory, over a folder, over both, and over a store that must know a name first; the folders lie in `root`.
pub fn vaults(root: &Path) -> Vec<(&'static str, Vault)> {
    let folder = |name| -> Arc<dyn Store> { Arc::new(Folder::make(&root.join(name)).unwrap()) };
    let memory = || -> Arc<dyn Store> { Arc::new(Memory::new()) };
    vec![
        ("memory", Vault::new(memory(), None)),
        ("a folder", Vault::new(folder("one"), None)),
        ("a folder and memory", Vault::new(folder("main"), Some(memory()))),
        ("one that must know the name, and memory", Vault::new(Arc::new(Witness::honest()), Some(memory()))),
    ]
}

/// How often a thing is read when it is taken in: twice for each store, and once more where its name must be known first.
pub fn passes(name: &str, vault: &Vault) -> usize {
    usize::from(name.contains("know the name")) + 2 * vault.stores().len()
}

/// Nothing stands in any store.
pub async fn assert_none(vault: &Vault, what: &str) {
    for store in vault.stores() {
        assert_eq!(store.list(None, 9).await.unwrap(), [], "{what}");
    }
}

/// What becomes of a thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Changes,
    Fails,
}

/// A thing that stays the same until it is read for the n-th time from its beginning.
pub struct Fickle {
    bytes: Vec<u8>,
    pass: usize,
    at: u64,
    mood: Mood,
    begun: AtomicUsize,
    happened: AtomicBool,
}

impl Fickle {
    pub fn new(bytes: Vec<u8>, pass: usize, at: u64, mood: Mood) -> Arc<Fickle> {
        let (begun, happened) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Fickle { bytes, pass, at, mood, begun, happened })
    }

    /// How often it was begun to be read.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub fn happened(&self) -> bool {
        self.happened.load(Ordering::SeqCst)
    }
}

impl Plain for Fickle {
    fn len_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            self.begun.fetch_add(1, Ordering::SeqCst);
        }
        self.bytes.read_at(offset, buffer)?;
        let lies_within = (offset..offset + buffer.len() as u64).contains(&self.at);
        if self.begun.load(Ordering::SeqCst) == self.pass && lies_within {
            self.happened.store(true, Ordering::SeqCst);
            match self.mood {
                Mood::Changes => buffer[usize::try_from(self.at - offset).unwrap()] ^= 1,
                Mood::Fails => return Err(io::Error::other("the disk is old")),
            }
        }
        Ok(())
    }
}

type Damage = fn(&[u8]) -> Option<Vec<u8>>;

/// Memory that tells what was fetched by range, and may damage an object just before it is read whole. Unless it is told otherwise it must
/// know a name before it writes.
#[derive(Debug)]
pub struct Witness {
    memory: Memory,
    names_last: bool,
    fetched: Mutex<Vec<Range<u64>>>,
    lie: Mutex<Option<Damage>>,
    lies: AtomicUsize,
}

impl Witness {
    pub fn honest() -> Witness {
        let memory = Memory::new();
        let (fetched, lie) = (Mutex::default(), Mutex::default());
        Witness { memory, names_last: false, fetched, lie, lies: AtomicUsize::new(0) }
    }

    pub fn naming_last(self) -> Witness {
        Witness { names_last: true, ..self }
    }

    pub fn lying(damage: Damage) -> Witness {
        let witness = Witness::honest();
        witness.lie(damage);
        witness
    }

    pub fn lie(&self, damage: Damage) {
        *self.lie.lock().unwrap() = Some(damage);
    }

    /// How often it lied.
    pub fn lies(&self) -> usize {
        self.lies.load(Ordering::SeqCst)
    }

    /// What was fetched since it was last asked.
    pub fn fetched(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut self.fetched.lock().unwrap())
    }
}

#[async_trait]
impl Store for Witness {
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError> {
        self.memory.put(digest, len_bytes, source).await
    }

    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError> {
        self.memory.put_over(digest, len_bytes, source).await
    }

    async fn put_new(&self, source: &mut dyn Source) -> Result<Option<New>, StoreError> {
        if self.names_last { self.memory.put_new(source).await } else { Ok(None) }
    }

    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        self.memory.len(digest).await
    }

    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.fetched.lock().unwrap().push(range.clone());
        self.memory.read(digest, range).await
    }

    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError> {
        let lie = *self.lie.lock().unwrap();
        if let (Some(damage), Some(len)) = (lie, self.memory.len(digest).await?) {
            let whole = self.memory.read(digest, 0..len).await?;
            self.memory.replace(digest, damage(&whole));
            self.lies.fetch_add(1, Ordering::SeqCst);
        }
        self.memory.read_whole(digest).await
    }

    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        self.memory.delete(digest).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        self.memory.list(after, limit).await
    }

    async fn tidy(&self, older_than: Duration) -> Result<u64, StoreError> {
        self.memory.tidy(older_than).await
    }

    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        self.memory.owner().await
    }

    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        self.memory.claim(owner).await
    }

    async fn lock(&self, digest: &Digest, on: bool) -> Result<bool, StoreError> {
        self.memory.lock(digest, on).await
    }
}

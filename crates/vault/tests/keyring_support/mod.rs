//! What the tests of the keyring share: places, keys, an office key that remembers what it made, and a search of every file.
//!
//! Not here: what the keyring promises. The office keys are the tests' own: one wraps by the product's file key and remembers, one is
//! another author's AES-256-GCM that every process of a test has.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, AeadCore as _, KeyInit as _, OsRng, Payload};
use async_trait::async_trait;
use vault::cipher::ObjectKey;
use vault::keyring::{Erasure, FileKey, Keyring, KeyringError, OfficeKey, OfficeKeyError, Wrapped};

pub const OFFICE: &str = "Office of Testing";
pub const ERASURE: Erasure = Erasure { at_us: 1_700_000_000_000_000, subject: [5; 32] };
pub const DIGEST: [u8; 32] = [2; 32];

pub fn places(folder: &Path, copies: usize) -> Vec<PathBuf> {
    ["one.keyring", "two.keyring"][..copies].iter().map(|name| folder.join(name)).collect()
}

/// An office key that remembers every wrapping it made.
pub struct Witness {
    key: FileKey,
    made: Mutex<Vec<Wrapped>>,
    unwraps: AtomicUsize,
}

impl Witness {
    pub fn new() -> Arc<Witness> {
        let key = FileKey::generate(OFFICE).unwrap();
        Arc::new(Witness { key, made: Mutex::default(), unwraps: AtomicUsize::new(0) })
    }

    /// How often it was asked to open one.
    pub fn unwraps(&self) -> usize {
        self.unwraps.load(Ordering::SeqCst)
    }

    /// The newest wrapping.
    pub fn last(&self) -> Wrapped {
        self.made.lock().unwrap().last().unwrap().clone()
    }

    /// Every wrapping.
    pub fn all(&self) -> Vec<Wrapped> {
        self.made.lock().unwrap().clone()
    }
}

#[async_trait]
impl OfficeKey for Witness {
    fn name(&self) -> String {
        self.key.name()
    }

    fn office(&self) -> Option<&str> {
        self.key.office()
    }

    async fn wrap(&self, key: &ObjectKey, aad: &[u8]) -> Result<Wrapped, OfficeKeyError> {
        let wrapped = self.key.wrap(key, aad).await?;
        self.made.lock().unwrap().push(wrapped.clone());
        Ok(wrapped)
    }

    async fn unwrap(&self, wrapped: &Wrapped, aad: &[u8]) -> Result<ObjectKey, OfficeKeyError> {
        self.unwraps.fetch_add(1, Ordering::SeqCst);
        self.key.unwrap(wrapped, aad).await
    }
}

/// An office key that every process of a test has. By another implementation of AES-256-GCM.
pub struct Known(pub u8);

impl Known {
    fn aead(&self) -> Aes256Gcm {
        Aes256Gcm::new(&[self.0; 32].into())
    }
}

#[async_trait]
impl OfficeKey for Known {
    fn name(&self) -> String {
        format!("known key {}", self.0)
    }

    fn office(&self) -> Option<&str> {
        None
    }

    async fn wrap(&self, key: &ObjectKey, aad: &[u8]) -> Result<Wrapped, OfficeKeyError> {
        let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
        let sealed = self.aead().encrypt(&nonce, Payload { msg: key.bytes(), aad }).unwrap();
        Ok(Wrapped::new(&nonce, &sealed).unwrap())
    }

    async fn unwrap(&self, wrapped: &Wrapped, aad: &[u8]) -> Result<ObjectKey, OfficeKeyError> {
        let payload = Payload { msg: wrapped.sealed(), aad };
        let opened = self.aead().decrypt(wrapped.nonce().into(), payload).map_err(|_| OfficeKeyError::DoesNotOpen)?;
        Ok(ObjectKey::new(opened.try_into().unwrap()))
    }
}

/// A folder in memory where there is such a thing: flushing is not what is tested there.
pub fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn object_key(number: u8) -> ObjectKey {
    ObjectKey::new([number ^ 0x5a; 32])
}

/// Adds and keeps the thing of this number.
pub async fn keep(keyring: &Keyring, number: u8) -> Result<(), KeyringError> {
    keyring.add(&[number; 16], "recording", &object_key(number)).await?;
    keyring.keep(&[number; 16], &DIGEST, 99).await
}

/// The files of the folder in which any of these parts of a wrapping stands.
pub fn files_with(folder: &Path, wrapped: &Wrapped) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        // Nonce, either half of the key, tag.
        if [0..12, 12..28, 28..44, 44..60].into_iter().any(|part| has(&wrapped.bytes()[part])) {
            found.push(file);
        }
    }
    found.sort();
    found
}

/// Writes into a file of the keyring as any program can that has not the office key.
pub async fn edit(place: &Path, sql: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA ignore_check_constraints = ON; {sql}"));
    sqlx::Executor::execute(&mut connection, sqlx::raw_sql(sql)).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

/// What an open refused with. (A keyring is not to be printed.)
pub fn refusal(opened: Result<Keyring, KeyringError>) -> KeyringError {
    match opened {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

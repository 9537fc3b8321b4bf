//! A store and a lock in memory of which any call can fail in four ways, and which can lose power.
//!
//! Not here: what must hold (`check.rs`). A call can fail with an error or never return (the process died in it), and in both
//! cases its effect can have taken place or not, or take place later. Invariant: after each write the weak check runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use ledger::{Lock, LockError, Memory, MemoryLock, Objects, ReadSide, StoreError};
use seal::tlog::Entry;

use super::chance::Chance;
use super::{ORIGIN, check};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    /// It took place; the caller hears an error.
    ErrorPersisted,
    /// It did not take place; the caller hears an error.
    ErrorLost,
    /// It took place; the caller never hears of it.
    SilentPersisted,
    /// It did not take place; the caller never hears of it.
    SilentLost,
    /// It takes place later; the caller never hears of it.
    SilentLate,
}

pub(crate) const FAILURES: [Fate; 4] = [Fate::ErrorPersisted, Fate::ErrorLost, Fate::SilentPersisted, Fate::SilentLost];

/// Everything that outlives the process.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) objects: Memory,
    pub(crate) lock: MemoryLock,
    pub(crate) calls: AtomicU64,
    /// The call with this number has this fate; all others are done.
    pub(crate) planned: Mutex<Option<(u64, Fate)>>,
    /// Where fates and delays come from instead, and how many calls in a thousand fail.
    pub(crate) chance: Mutex<Option<(Chance, u64)>>,
    /// A call was silent: the process has died in it.
    pub(crate) died: Mutex<bool>,
    /// Counts the processes; calls of one that is no more go nowhere.
    life: AtomicU64,
    acknowledged: Mutex<BTreeMap<u64, Entry>>,
    /// Every note that the lock ever held.
    pub(crate) signed: Mutex<Vec<Vec<u8>>>,
    late: Mutex<Vec<Late>>,
    pub(crate) trace: Mutex<Vec<String>>,
}

enum Late {
    Create(String, Vec<u8>),
    Overwrite(String, Vec<u8>),
    Delete(String),
    Swap(Option<Vec<u8>>, Vec<u8>),
}

impl World {
    /// The log has promised this.
    pub(crate) fn acknowledge(&self, entry: Entry, index: u64) {
        let before = self.acknowledged.lock().unwrap().insert(index, entry);
        assert!(before.is_none_or(|before| before == entry), "two entries were given index {index}");
    }

    pub(crate) fn acknowledged(&self) -> BTreeMap<u64, Entry> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// The lowest size that a log which kept its promises can have.
    pub(crate) fn promised(&self) -> u64 {
        self.acknowledged.lock().unwrap().last_key_value().map_or(0, |(index, _)| index + 1)
    }

    pub(crate) fn object(&self, path: &str) -> Option<Vec<u8>> {
        self.objects.read(path, usize::MAX).now_or_never().unwrap().unwrap()
    }

    pub(crate) fn held(&self) -> Option<Vec<u8>> {
        self.lock.load(ORIGIN).now_or_never().unwrap().unwrap()
    }

    /// Plans the fate of one call, counted from now.
    pub(crate) fn plan(&self, call: u64, fate: Fate) {
        self.calls.store(0, Ordering::SeqCst);
        *self.planned.lock().unwrap() = Some((call, fate));
    }

    /// From now on nothing fails.
    pub(crate) fn heal(&self) {
        *self.planned.lock().unwrap() = None;
        *self.chance.lock().unwrap() = None;
        *self.died.lock().unwrap() = false;
        self.life.fetch_add(1, Ordering::SeqCst);
    }

    /// The store as the process that now lives sees it.
    pub(crate) fn disk(self: &Arc<World>) -> Disk {
        Disk { world: Arc::clone(self), life: self.life.load(Ordering::SeqCst) }
    }

    /// The lock as the process that now lives sees it.
    pub(crate) fn latch(self: &Arc<World>) -> Latch {
        Latch { world: Arc::clone(self), life: self.life.load(Ordering::SeqCst) }
    }

    /// How many writes may still land.
    pub(crate) fn late(&self) -> usize {
        self.late.lock().unwrap().len()
    }

    pub(crate) fn has_died(&self) -> bool {
        *self.died.lock().unwrap()
    }

    async fn fate(&self, life: u64, what: &str, is_write: bool) -> Fate {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let planned = self.planned.lock().unwrap().filter(|(call, _)| *call == number).map(|(_, fate)| fate);
        let drawn = self.chance.lock().unwrap().as_mut().map(|(chance, in_1000)| draw(chance, *in_1000));
        if let Some((_, delay_ms)) = drawn {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        let fate = planned.or(drawn.map(|(fate, _)| fate)).unwrap_or(Fate::Done);
        let fate = if fate == Fate::SilentLate && !is_write { Fate::SilentLost } else { fate };
        if self.has_died() || self.life.load(Ordering::SeqCst) != life {
            // The process that asked is no more.
            std::future::pending::<()>().await;
        }
        self.trace.lock().unwrap().push(format!("{number} {what}: {fate:?}"));
        fate
    }

    /// What is left of a call that took its course. `Ok` when the caller hears of success.
    async fn after<E>(&self, fate: Fate, error: impl Fn() -> E) -> Result<(), E> {
        match fate {
            Fate::Done => Ok(()),
            Fate::ErrorPersisted | Fate::ErrorLost => Err(error()),
            Fate::SilentPersisted | Fate::SilentLost | Fate::SilentLate => {
                *self.died.lock().unwrap() = true;
                std::future::pending().await
            }
        }
    }

    /// One late write takes place, if there is any.
    pub(crate) async fn land(&self, which: usize) {
        let late = {
            let mut late = self.late.lock().unwrap();
            if late.is_empty() {
                return;
            }
            let at = which % late.len();
            late.remove(at)
        };
        match late {
            Late::Create(path, bytes) => drop(self.objects.create(&path, &bytes).await),
            Late::Overwrite(path, bytes) => drop(self.objects.overwrite(&path, &bytes).await),
            Late::Delete(path) => drop(self.objects.delete(&path).await),
            Late::Swap(old, new) => {
                if self.lock.swap(ORIGIN, old.as_deref(), &new).await.is_ok() {
                    self.signed.lock().unwrap().push(new);
                }
            }
        }
        check::weak(self);
    }
}

/// A fate and a delay.
fn draw(chance: &mut Chance, in_1000: u64) -> (Fate, u64) {
    let fates = [Fate::ErrorPersisted, Fate::ErrorLost, Fate::SilentPersisted, Fate::SilentLost, Fate::SilentLate];
    let fails = chance.below(1_000) < in_1000;
    let fate = if fails { fates[chance.below(5) as usize] } else { Fate::Done };
    let delay_ms = if chance.is(30) { chance.below(40) } else { 0 };
    (fate, delay_ms)
}

fn takes_place(fate: Fate) -> bool {
    matches!(fate, Fate::Done | Fate::ErrorPersisted | Fate::SilentPersisted)
}

/// The world's store as a log sees it.
pub(crate) struct Disk {
    world: Arc<World>,
    life: u64,
}

#[async_trait]
impl ReadSide for Disk {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let fate = self.world.fate(self.life, &format!("read {path}"), false).await;
        let found = self.world.objects.read(path, size_bytes_max).await?;
        self.world.after(fate, || StoreError::failed(path, &"injected")).await?;
        Ok(found)
    }
}

#[async_trait]
impl Objects for Disk {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let fate = self.world.fate(self.life, &format!("create {path}"), true).await;
        if takes_place(fate) {
            self.world.objects.create(path, bytes).await?;
            check::weak(&self.world);
        } else if fate == Fate::SilentLate {
            self.world.late.lock().unwrap().push(Late::Create(path.to_owned(), bytes.to_vec()));
        }
        self.world.after(fate, || StoreError::failed(path, &"injected")).await
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let fate = self.world.fate(self.life, &format!("overwrite {path}"), true).await;
        if takes_place(fate) {
            self.world.objects.overwrite(path, bytes).await?;
            check::weak(&self.world);
        } else if fate == Fate::SilentLate {
            self.world.late.lock().unwrap().push(Late::Overwrite(path.to_owned(), bytes.to_vec()));
        }
        self.world.after(fate, || StoreError::failed(path, &"injected")).await
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        let fate = self.world.fate(self.life, &format!("delete {path}"), true).await;
        if takes_place(fate) {
            self.world.objects.delete(path).await?;
            check::weak(&self.world);
        } else if fate == Fate::SilentLate {
            self.world.late.lock().unwrap().push(Late::Delete(path.to_owned()));
        }
        self.world.after(fate, || StoreError::failed(path, &"injected")).await
    }
}

/// The world's lock as a log sees it.
pub(crate) struct Latch {
    world: Arc<World>,
    life: u64,
}

#[async_trait]
impl Lock for Latch {
    async fn load(&self, origin: &str) -> Result<Option<Vec<u8>>, LockError> {
        let fate = self.world.fate(self.life, "load", false).await;
        let found = self.world.lock.load(origin).await?;
        self.world.after(fate, || LockError::Failed("injected".into())).await?;
        Ok(found)
    }

    async fn swap(&self, origin: &str, old: Option<&[u8]>, new: &[u8]) -> Result<(), LockError> {
        let fate = self.world.fate(self.life, "swap", true).await;
        if takes_place(fate) {
            self.world.lock.swap(origin, old, new).await?;
            self.world.signed.lock().unwrap().push(new.to_vec());
            check::weak(&self.world);
        } else if fate == Fate::SilentLate {
            let late = Late::Swap(old.map(<[u8]>::to_vec), new.to_vec());
            self.world.late.lock().unwrap().push(late);
        }
        self.world.after(fate, || LockError::Failed("injected".into())).await
    }
}

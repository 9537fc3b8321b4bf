//! Many seeds of a log's life: errors, deaths, late writes, delays, and witnesses that are down, slow or deaf, all at once.
//!
//! `LEDGER_SEEDS=10000` runs more of them, `LEDGER_SEED=n` one again: everything follows from the seed, on one thread and a
//! clock that stands still. Not here: single faults, of which `faults.rs` tries every one.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ledger::{AppendError, Config, Log, Parts, Refused};
use seal::tlog::Policy;
use support::chance::Chance;
use support::watcher::{self, Watcher};
use support::world::World;
use support::{check, entry, parts, world_of};

/// Seeds in an ordinary run of the tests.
const SEEDS: u64 = 200;

#[test]
fn no_seed_breaks_a_promise() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("LEDGER_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LEDGER_SEEDS").unwrap_or(SEEDS),
    };
    let lives = seeds.end - seeds.start;
    for seed in seeds {
        let run = std::panic::catch_unwind(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.unwrap().block_on(simulate(seed));
        });
        assert!(run.is_ok(), "seed {seed} failed; run it again with LEDGER_SEED={seed}");
    }
    println!("figures: {lives} lives of a log, and every promise held in each");
}

struct Simulation {
    world: Arc<World>,
    watchers: Vec<Arc<Watcher>>,
    policy: Policy,
    chance: Chance,
    /// Entries below this number may have been submitted.
    next: u64,
    /// Checkpoints that came with an answer, and whether they have the quorum.
    judged: HashMap<String, bool>,
}

async fn simulate(seed: u64) {
    let mut chance = Chance::new(seed);
    let first = 230 + chance.below(40);
    let (watchers, policy) = watcher::three();
    let mut simulation =
        Simulation { world: world_of(first).await, watchers, policy, chance, next: first, judged: HashMap::new() };
    for _ in 0..2 + simulation.chance.below(5) {
        simulation.life().await;
    }
    simulation.end().await;
}

impl Simulation {
    /// One process, until it has done its work, stopped, or died.
    async fn life(&mut self) {
        let faults_in_1000 = self.chance.below(40);
        *self.world.chance.lock().unwrap() = Some((Chance::new(self.chance.next()), faults_in_1000));
        for watcher in &self.watchers {
            *watcher.chance.lock().unwrap() = Some(Chance::new(self.chance.next()));
            *watcher.is_down.lock().unwrap() = self.chance.is(20);
        }
        let work = self.work();
        // A process that has died in a call never says so.
        let _ = tokio::time::timeout(Duration::from_secs(120), work).await;
        self.world.heal();
        while self.world.late() > 0 && self.chance.is(60) {
            let which = self.chance.below(100) as usize;
            self.world.land(which).await;
        }
    }

    async fn work(&mut self) {
        let log = match Log::open(self.config(), self.parts()).await {
            Ok(log) => log,
            Err(Refused::Store(_) | Refused::Lock(_)) => return,
            Err(refused) => panic!("a log that nobody restored was refused: {refused}"),
        };
        for _ in 0..1 + self.chance.below(6) {
            let old = self.chance.below(self.next);
            let count = self.chance.below(30);
            let numbers = (old..(old + 3).min(self.next)).chain(self.next..self.next + count);
            self.next += count;
            let appends = numbers.map(|number| {
                let log = &log;
                async move { (number, log.append(entry(number)).await) }
            });
            for (number, done) in futures_util::future::join_all(appends).await {
                self.judge(number, done);
            }
            tokio::time::sleep(Duration::from_millis(self.chance.below(3_000))).await;
        }
        if let Some(stopped) = log.status().stopped {
            assert!(!stopped.what.contains("has seen"), "a witness contradicts an honest log: {}", stopped.what);
        }
        if self.chance.is(50) {
            log.close().await;
        }
    }

    fn judge(&mut self, number: u64, done: Result<ledger::Appended, AppendError>) {
        match done {
            Ok(appended) => {
                assert!(appended.proof.is_for(&entry(number).leaf_hash()), "a proof that proves nothing");
                let note = appended.proof.checkpoint.print();
                let judged = self.judged.entry(note);
                let has_quorum = *judged.or_insert_with(|| self.policy.judge(&appended.proof.checkpoint).quorum);
                assert_eq!(appended.witnessed, has_quorum);
                self.world.acknowledge(entry(number), appended.index);
            }
            Err(AppendError::Unknown(_) | AppendError::Stopped(_) | AppendError::Damaged { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// All is well again: whatever was submitted is, or comes, in once, and witnessed.
    async fn end(&mut self) {
        while self.world.late() > 0 {
            self.world.land(0).await;
        }
        for watcher in &self.watchers {
            *watcher.chance.lock().unwrap() = None;
            *watcher.is_down.lock().unwrap() = false;
        }
        let log = Log::open(self.config(), self.parts()).await.unwrap();
        for (done, number) in support::append(&log, 0..self.next).await.into_iter().zip(0..) {
            let appended = done.unwrap();
            assert!(appended.witnessed, "witnesses that are up were not heard");
            self.judge(number, Ok(appended));
        }
        log.close().await;
        check::whole(&self.world);
        let leaves: Vec<_> = self.world.acknowledged().values().map(seal::tlog::Entry::leaf_hash).collect();
        assert_eq!(leaves.len() as u64, self.next);
        for watcher in &self.watchers {
            let memory = *watcher.memory.lock().unwrap();
            assert_eq!(check::slow_root(&leaves[..memory.size as usize]), memory.root, "a witness saw another history");
        }
    }

    fn config(&self) -> Config {
        Config { policy: self.policy.clone(), ..Config::default() }
    }

    fn parts(&self) -> Parts {
        Parts { witnesses: watcher::as_witnesses(&self.watchers), ..parts(&self.world) }
    }
}

//! A witness in memory that can be down, slow, deaf after cosigning, silent, or a liar.
//!
//! Not here: SQLite (`WitnessBook` has tests of its own).
//! Invariant: what it remembers outlives every process of the log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ledger::{AddCheckpoint, Decision, Witness, WitnessError, WitnessMemory};
use seal::tlog::{Hash, KeyKind, Policy, SignatureLine, SignedCheckpoint, SignerKey};

use super::chance::Chance;
use super::signer;

pub(crate) struct Watcher {
    name: String,
    pub(crate) key: SignerKey,
    pub(crate) memory: Mutex<WitnessMemory>,
    pub(crate) is_down: Mutex<bool>,
    pub(crate) chance: Mutex<Option<Chance>>,
    /// The note it cosigned last, which it shows whoever asks.
    pub(crate) shown: Mutex<Option<Vec<u8>>>,
    /// What it says instead of the truth.
    pub(crate) lie: Mutex<Option<WitnessError>>,
    /// What it sends behind its own line.
    pub(crate) junk: Mutex<Vec<SignatureLine>>,
    pub(crate) delay: Mutex<Duration>,
}

impl Watcher {
    fn new(number: u8) -> Watcher {
        let name = format!("witness-{number}");
        Watcher {
            key: SignerKey::new(&format!("{name}.example"), KeyKind::Witness, &[number; 32]).unwrap(),
            name,
            memory: Mutex::new(WitnessMemory::empty()),
            is_down: Mutex::new(false),
            chance: Mutex::new(None),
            shown: Mutex::new(None),
            lie: Mutex::new(None),
            junk: Mutex::new(Vec::new()),
            delay: Mutex::new(Duration::ZERO),
        }
    }

    /// What becomes of a request: delay, and whether it is heard, answered, or hangs.
    fn draw(&self) -> (u64, u64) {
        match self.chance.lock().unwrap().as_mut() {
            Some(chance) => (chance.below(300), chance.below(10)),
            None => (0, 9),
        }
    }

    fn decide(&self, request: &AddCheckpoint) -> Result<Vec<SignatureLine>, WitnessError> {
        let logs = Policy::parse(&format!("log {}\nquorum none\n", signer().verifier())).unwrap();
        let mut memory = self.memory.lock().unwrap();
        match memory.decide(request, &logs) {
            Decision::Cosign => {
                let new = request.checkpoint.checkpoint();
                assert!(new.size >= memory.size, "a witness went back");
                *memory = WitnessMemory { size: new.size, root: new.root };
                *self.shown.lock().unwrap() = Some(request.checkpoint.print().into_bytes());
                Ok(vec![request.checkpoint.cosign(&self.key, 1_700_000_000)])
            }
            Decision::Conflict(size) => Err(WitnessError::Conflict(size)),
            Decision::BadProof => Err(WitnessError::BadProof("the proof does not hold".into())),
            other => Err(WitnessError::Failed(format!("{other:?}"))),
        }
    }
}

#[async_trait]
impl Witness for Watcher {
    fn name(&self) -> &str {
        &self.name
    }

    async fn add_checkpoint(
        &self,
        old_size: u64,
        proof: &[Hash],
        checkpoint: &SignedCheckpoint,
    ) -> Result<Vec<SignatureLine>, WitnessError> {
        let (delay_ms, luck) = self.draw();
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(Duration::from_millis(delay_ms) + delay).await;
        if *self.is_down.lock().unwrap() || luck == 0 {
            return Err(WitnessError::Failed("down".into()));
        }
        let request = AddCheckpoint { old_size, proof: proof.to_vec(), checkpoint: checkpoint.clone() };
        let request = AddCheckpoint::parse(request.print().as_bytes()).expect("a request survives being printed");
        if let Some(lie) = self.lie.lock().unwrap().clone() {
            return Err(lie);
        }
        let mut said = self.decide(&request);
        if let Ok(lines) = &mut said {
            lines.extend(self.junk.lock().unwrap().iter().cloned());
        }
        match luck {
            1 => Err(WitnessError::Failed("the answer was lost".into())),
            2 => std::future::pending().await,
            _ => said,
        }
    }

    async fn newest(&self, origin: &str) -> Result<Option<Vec<u8>>, WitnessError> {
        assert_eq!(origin, super::ORIGIN);
        let (delay_ms, luck) = self.draw();
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        if *self.is_down.lock().unwrap() || luck == 0 {
            return Err(WitnessError::Failed("down".into()));
        }
        Ok(self.shown.lock().unwrap().clone())
    }
}

/// Three witnesses, and the policy that asks for two of them.
pub(crate) fn three() -> (Vec<Arc<Watcher>>, Policy) {
    let watchers: Vec<Arc<Watcher>> = (1..=3).map(|number| Arc::new(Watcher::new(number))).collect();
    let lines: String =
        watchers.iter().map(|watcher| format!("witness {} {}\n", watcher.name, watcher.key.verifier())).collect();
    let log = signer().verifier();
    let text = format!("log {log}\n{lines}group two 2 witness-1 witness-2 witness-3\nquorum two\n");
    (watchers, Policy::parse(&text).unwrap())
}

pub(crate) fn as_witnesses(watchers: &[Arc<Watcher>]) -> Vec<Arc<dyn Witness>> {
    watchers.iter().map(|watcher| Arc::clone(watcher) as Arc<dyn Witness>).collect()
}

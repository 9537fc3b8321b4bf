//! Asks the witnesses to cosign the newest checkpoint, all side by side, and publishes it when there is a quorum.
//!
//! Beside the sequencer: appends go on whatever witnesses do. Not here: what one witness is asked (`witnesses.rs`).
//! Invariants: `checkpoint` never goes back; only lines that verify under a key of the policy are added; a slow witness holds
//! up nobody else; a witness that shows more than was ever signed here, under the log's key, stops the log.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use seal::tlog::{SignatureLine, SignedCheckpoint};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::log::{Inner, StopOnPanic};
use crate::witnesses::{Answer, Asking, Witness, with_lines};

/// The longest sleep when there is nothing to wait for but growth.
const IDLE: Duration = Duration::from_secs(3_600);

/// Collects until the sequencer has ended.
pub(crate) async fn run(inner: Arc<Inner>, witnesses: Vec<Arc<dyn Witness>>, seen: Vec<Option<u64>>) {
    let _guard = StopOnPanic(Arc::clone(&inner), "the collector failed in itself");
    let mut over = inner.over.subscribe();
    let mut newest = inner.newest.subscribe();
    let mut collector = Collector::new(inner, witnesses, &seen);
    if !collector.publish().await {
        return;
    }
    loop {
        collector.aim();
        collector.ask_idle();
        let wake = collector.wake();
        tokio::select! {
            biased;
            _ = over.wait_for(|over| *over) => return,
            Some(answered) = collector.asked.join_next() => match answered {
                Ok((at, size, answer)) => collector.take(at, size, answer),
                Err(_) => {
                    collector.inner.stop("asking a witness failed in itself".into());
                }
            },
            changed = newest.changed() => if changed.is_err() { return },
            () = tokio::time::sleep_until(wake) => {}
        }
        if !collector.publish().await {
            return;
        }
    }
}

/// One witness, as the collector remembers it.
struct Peer {
    witness: Arc<dyn Witness>,
    seen: u64,
    is_asked: bool,
    /// It has said all it will say about the checkpoint in question.
    is_done: bool,
    /// Its last answer was none.
    has_failed: bool,
    /// Not to be asked before.
    next: Instant,
    pause: Duration,
}

struct Collector {
    inner: Arc<Inner>,
    peers: Vec<Peer>,
    /// The checkpoint in question, with the lines it has so far.
    target: SignedCheckpoint,
    /// It has reached the quorum and is published; lines that come later are published too.
    is_published: bool,
    /// It has been said that there is no quorum.
    is_lost: bool,
    /// It has gained lines, and nobody has looked yet whether they make a quorum.
    is_to_judge: bool,
    /// When it is to be cosigned anew, though the log has not grown.
    refresh: Instant,
    asked: JoinSet<(usize, u64, Answer)>,
}

impl Collector {
    fn new(inner: Arc<Inner>, witnesses: Vec<Arc<dyn Witness>>, seen: &[Option<u64>]) -> Collector {
        let now = Instant::now();
        let pause = inner.config.witness_retry_min;
        let peers = witnesses.into_iter().zip(seen).map(|(witness, seen)| Peer {
            witness,
            seen: seen.unwrap_or(0),
            is_asked: false,
            is_done: false,
            has_failed: false,
            next: now,
            pause,
        });
        let peers = peers.collect();
        let target = (**inner.newest.borrow()).clone();
        let refresh = now + inner.config.witness_refresh;
        Collector {
            inner,
            peers,
            target,
            is_published: false,
            is_lost: false,
            is_to_judge: true,
            refresh,
            asked: JoinSet::new(),
        }
    }

    /// Turns to the newest checkpoint, unless the present one may still reach its quorum.
    fn aim(&mut self) {
        let newest = Arc::clone(&self.inner.newest.borrow());
        let is_newer = newest.checkpoint().size > self.target.checkpoint().size;
        // Lines that nobody has judged yet may be the quorum.
        let is_hopeless = !self.is_to_judge && !self.peers.iter().any(|peer| peer.is_asked);
        let is_stale = self.is_published && !self.peers.is_empty() && Instant::now() >= self.refresh;
        if (is_newer && (self.is_published || is_hopeless)) || is_stale {
            self.target = (*newest).clone();
            self.is_published = false;
            self.is_to_judge = true;
            self.refresh = Instant::now() + self.inner.config.witness_refresh;
            for peer in &mut self.peers {
                peer.is_done = false;
            }
        }
    }

    fn ask_idle(&mut self) {
        let now = Instant::now();
        for (at, peer) in self.peers.iter_mut().enumerate() {
            if peer.is_asked || peer.is_done || now < peer.next {
                continue;
            }
            peer.is_asked = true;
            let (inner, witness) = (Arc::clone(&self.inner), Arc::clone(&peer.witness));
            let (target, seen) = (self.target.clone(), peer.seen);
            self.asked.spawn(async move {
                let (config, key, hashes) = (&inner.config, &inner.key, &inner.hashes);
                let asking = Asking { config, key, hashes, signed_size: &inner.signed_size };
                let answer = asking.ask(&*witness, seen, &target).await;
                (at, target.checkpoint().size, answer)
            });
        }
    }

    /// When there is something to do even if nobody answers and nothing grows.
    fn wake(&self) -> Instant {
        let retries = self.peers.iter().filter(|peer| !peer.is_asked && !peer.is_done).map(|peer| peer.next);
        let refresh = Some(self.refresh).filter(|_| self.is_published && !self.peers.is_empty());
        retries.chain(refresh).min().unwrap_or_else(|| Instant::now() + IDLE)
    }

    fn take(&mut self, at: usize, size: u64, answer: Answer) {
        self.peers[at].is_asked = false;
        match answer {
            Answer::Lines(lines) => {
                self.peers[at].seen = size;
                if size == self.target.checkpoint().size {
                    self.add(at, &lines);
                }
            }
            Answer::Further(seen) => {
                self.peers[at].seen = seen;
                self.peers[at].is_done = true;
                self.note(at, None);
            }
            Answer::Ahead(seen) => {
                let ours = self.inner.signed_size.load(Ordering::SeqCst);
                let name = self.peers[at].witness.name();
                let what = format!(
                    "witness {name} has seen {seen} entries, this log has signed {ours}: it is from the past, or another sequencer runs"
                );
                self.inner.stop(what.clone());
                self.fail(at, what);
            }
            Answer::Disagrees(what) => {
                let name = self.peers[at].witness.name();
                self.inner.stop(format!("witness {name} has seen another history of this log: {what}"));
                self.fail(at, what);
            }
            Answer::Claims(claim) => self.fail(at, claim.to_string()),
            Answer::Failed(what) => self.fail(at, what),
        }
    }

    /// Keeps the lines that verify under a key of the policy.
    fn add(&mut self, at: usize, lines: &[SignatureLine]) {
        match with_lines(&self.inner.config.policy, &self.target, lines) {
            Some(with) => self.target = with,
            None => return self.fail(at, "it sent no cosignature under a key of the policy".into()),
        }
        self.is_to_judge = true;
        self.peers[at].is_done = true;
        self.peers[at].pause = self.inner.config.witness_retry_min;
        self.note(at, None);
    }

    fn fail(&mut self, at: usize, what: String) {
        let peer = &mut self.peers[at];
        peer.next = Instant::now() + peer.pause;
        peer.pause = (peer.pause * 2).min(self.inner.config.witness_retry_max);
        self.note(at, Some(what));
    }

    /// For the status, and for whoever reads the log lines: a witness that goes and one that comes back are said once.
    fn note(&mut self, at: usize, error: Option<String>) {
        let name = self.peers[at].witness.name();
        match &error {
            Some(what) if !self.peers[at].has_failed => {
                tracing::warn!(witness = name, what, "a witness gives no cosignature")
            }
            None if self.peers[at].has_failed => tracing::info!(witness = name, "a witness answers again"),
            _ => {}
        }
        self.peers[at].has_failed = error.is_some();
        let mut peers = self.inner.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers[at].seen = Some(self.peers[at].seen);
        peers[at].error = error;
    }

    /// Publishes the checkpoint in question once it has its quorum. `false` when the log has stopped.
    async fn publish(&mut self) -> bool {
        self.aim();
        if self.inner.stopped.borrow().is_some() {
            return false;
        }
        if !std::mem::take(&mut self.is_to_judge) || !self.inner.config.policy.judge(&self.target).quorum {
            self.notice_loss();
            return true;
        }
        if let Err(error) = self.inner.objects.overwrite("checkpoint", self.target.print().as_bytes()).await {
            self.inner.stop(format!("checkpoint: {error}"));
            return false;
        }
        self.is_published = true;
        self.inner.witnessed.send_replace(Some(Arc::new(self.target.clone())));
        if std::mem::take(&mut self.is_lost) {
            tracing::info!(entries = self.target.checkpoint().size, "there is a quorum of witnesses again");
        }
        true
    }

    /// Says once that there is no quorum: everybody was asked, and those who answered are too few.
    fn notice_loss(&mut self) {
        let everybody_spoke = self.peers.iter().all(|peer| !peer.is_asked && (peer.is_done || peer.has_failed));
        if everybody_spoke && !self.is_published && !self.is_lost && !self.peers.is_empty() {
            self.is_lost = true;
            tracing::warn!(
                entries = self.target.checkpoint().size,
                "no quorum of witnesses: entries are durable and not yet witnessed"
            );
        }
    }
}

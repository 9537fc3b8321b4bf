//! Witnesses as the log sees them: whom it asks to cosign, and what they say of its past.
//!
//! Not here: the loop that asks them (`collector.rs`), a witness's own memory (`witness.rs`), HTTP (the desk). Invariants: a
//! witness that shows, under the log's own key, more than the log has signed or another history ends the log's signing; one that
//! fails or only claims so does not, except at a start that no quorum vouches for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use seal::tlog::{self, Cosigned, Hash, Policy, SignatureLine, Signed, SignedCheckpoint, VerifierKey};

use crate::error::{Refused, StoreError};
use crate::log::Config;
use crate::tiles::hashes::Hashes;

/// Whoever can be asked to cosign (C2SP tlog-witness, `add-checkpoint`).
#[async_trait]
pub trait Witness: Send + Sync {
    /// Its name in the policy.
    fn name(&self) -> &str;

    /// Asks for cosignatures on `checkpoint`, which `proof` shows to extend the tree of `old_size`.
    ///
    /// # Errors
    /// What the witness says instead.
    async fn add_checkpoint(
        &self,
        old_size: u64,
        proof: &[Hash],
        checkpoint: &SignedCheckpoint,
    ) -> Result<Vec<SignatureLine>, WitnessError>;

    /// The newest checkpoint of the log `origin` that it cosigned (C2SP tlog-witness, the monitoring side), as it sends it.
    /// `None` when it shows none.
    ///
    /// # Errors
    /// [`WitnessError::Failed`] when it does not answer, or with something else.
    async fn newest(&self, origin: &str) -> Result<Option<Vec<u8>>, WitnessError>;
}

/// Why a witness did not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WitnessError {
    /// It has cosigned this size last (409). Ask again from there.
    Conflict(u64),
    /// The proof does not lead from what it cosigned to this (422): it has seen another history.
    BadProof(String),
    /// It did not answer, or with something else. Ask again later.
    Failed(String),
}

/// How one witness stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessState {
    /// Its name.
    pub name: String,
    /// The size it cosigned last, as far as the log knows.
    pub seen: Option<u64>,
    /// What went wrong with it last; `None` after a success.
    pub error: Option<String>,
}

impl WitnessState {
    pub(crate) fn new(name: &str) -> WitnessState {
        WitnessState { name: name.to_owned(), seen: None, error: None }
    }
}

/// What one witness said when it was asked about one checkpoint.
pub(crate) enum Answer {
    /// It cosigned.
    Lines(Vec<SignatureLine>),
    /// It has seen this size: larger than the one asked about, but no larger than what this log has signed since.
    Further(u64),
    /// It shows a checkpoint under the log's own key that is larger than anything this log has signed.
    Ahead(u64),
    /// It shows a checkpoint under the log's own key that is of another history.
    Disagrees(String),
    /// It says so, and shows nothing for it.
    Claims(Claim),
    /// Nothing to be had now.
    Failed(String),
}

/// What a witness says against a log without showing it.
#[derive(Clone, Debug)]
pub(crate) enum Claim {
    /// That it has seen so many entries.
    Ahead(u64),
    /// That it has seen another history, in its words.
    Disagrees(String),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Ahead(seen) => write!(f, "it claims to have seen {seen} entries and shows no checkpoint for it"),
            Claim::Disagrees(what) => write!(f, "it claims another history and shows no checkpoint for it: {what}"),
        }
    }
}

/// What a witness is asked with: the log as it stands.
pub(crate) struct Asking<'a> {
    pub(crate) config: &'a Config,
    pub(crate) key: &'a VerifierKey,
    pub(crate) hashes: &'a Hashes,
    /// Entries under the newest checkpoint that was or is being signed.
    pub(crate) signed_size: &'a AtomicU64,
}

impl Asking<'_> {
    /// Asks one witness, from the size it is thought to have seen; a conflict below `checkpoint` is asked again from there.
    pub(crate) async fn ask(&self, witness: &dyn Witness, seen: u64, checkpoint: &SignedCheckpoint) -> Answer {
        let size = checkpoint.checkpoint().size;
        let mut old = seen.min(size);
        for _ in 0..3 {
            let proof = match prove(self.hashes, old, checkpoint).await {
                Ok(proof) => proof,
                Err(error) => return Answer::Failed(error.to_string()),
            };
            let asked = witness.add_checkpoint(old, &proof, checkpoint);
            match tokio::time::timeout(self.config.witness_timeout, asked).await {
                Ok(Ok(lines)) => return Answer::Lines(lines),
                Ok(Err(WitnessError::Conflict(seen))) if seen > size => {
                    return self.examine(witness, checkpoint, Claim::Ahead(seen)).await;
                }
                Ok(Err(WitnessError::Conflict(seen))) => old = seen,
                Ok(Err(WitnessError::BadProof(what))) => {
                    return self.examine(witness, checkpoint, Claim::Disagrees(what)).await;
                }
                Ok(Err(WitnessError::Failed(what))) => return Answer::Failed(what),
                Err(_) => return Answer::Failed("it did not answer in time".into()),
            }
        }
        Answer::Failed("it names another size each time it is asked".into())
    }

    /// A witness's word alone does not stop a log: it must show what it has seen, and the log's own key must have signed it.
    async fn examine(&self, witness: &dyn Witness, checkpoint: &SignedCheckpoint, claim: Claim) -> Answer {
        let signed = |size: u64| size <= self.signed_size.load(Ordering::SeqCst);
        match claim {
            // This log has signed more since it asked.
            Claim::Ahead(seen) if signed(seen) => return Answer::Further(seen),
            _ => {}
        }
        let shown = tokio::time::timeout(self.config.witness_timeout, witness.newest(self.key.name())).await;
        let Ok(Ok(Some(note))) = shown else { return Answer::Claims(claim) };
        let ours = SignedCheckpoint::parse(&note).filter(|shown| shown.signed_by(self.key) == Signed::Holds);
        let Some(shown) = ours.filter(|shown| shown.checkpoint().origin == self.key.name()) else {
            return Answer::Claims(claim);
        };
        let (there, here) = (shown.checkpoint(), checkpoint.checkpoint());
        if !signed(there.size) {
            return Answer::Ahead(there.size);
        }
        if there.size > here.size {
            return Answer::Further(there.size);
        }
        match self.hashes.root(there.size, here.size).await {
            Ok(root) if root == there.root => Answer::Claims(claim),
            Ok(_) => match self.hashes.first_damaged(there.size, here.size).await {
                Ok(None) => Answer::Disagrees(format!("it shows another root for {} entries", there.size)),
                Ok(Some(path)) => Answer::Failed(format!("{path} is damaged: what the witness shows cannot be judged")),
                Err(error) => Answer::Failed(error.to_string()),
            },
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}

/// A consistency proof that holds. A witness that is sent a wrong one calls it another history, when it is a damaged tile.
async fn prove(hashes: &Hashes, old: u64, signed: &SignedCheckpoint) -> Result<Vec<Hash>, StoreError> {
    let checkpoint = signed.checkpoint();
    let (proof, root) = (hashes.consistency(old, checkpoint.size).await?, hashes.root(old, checkpoint.size).await?);
    if tlog::is_consistent(old, &root, checkpoint.size, &checkpoint.root, &proof) {
        return Ok(proof);
    }
    let path = hashes.first_damaged(old, checkpoint.size).await?.unwrap_or_else(|| "tile/".into());
    Err(StoreError::damaged(&path, &format!("what it holds does not lead from {old} entries to the root")))
}

/// The checkpoint with those of the lines that verify under a key of the policy, if there is one. Nobody's line takes the place of
/// another's, and what a policy does not name is not carried along: a note has room for few lines.
pub(crate) fn with_lines(
    policy: &Policy,
    signed: &SignedCheckpoint,
    lines: &[SignatureLine],
) -> Option<SignedCheckpoint> {
    let mut with = None;
    for line in lines {
        let Some(party) = policy.witnesses().iter().find(|party| line.is_under(&party.key)) else { continue };
        let mut one = with.clone().unwrap_or_else(|| signed.clone());
        one.add(line.clone());
        if matches!(one.cosigned_by(&party.key), Cosigned::At(_)) {
            with = Some(one);
        }
    }
    with
}

/// Before anything is signed: what have the witnesses seen of this log? Those that cannot be reached are asked later.
///
/// A claim without anything to show for it counts here unless a quorum cosigned: a log that was brought back whole must not start
/// on the word of few, and one liar must not keep it down.
pub(crate) async fn ask_at_start(
    config: &Config,
    key: &VerifierKey,
    witnesses: &[Arc<dyn Witness>],
    hashes: &Hashes,
    lock: &SignedCheckpoint,
) -> Result<Vec<Option<u64>>, Refused> {
    let size = lock.checkpoint().size;
    let signed_size = AtomicU64::new(size);
    let asking = Asking { config, key, hashes, signed_size: &signed_size };
    let answers = join_all(witnesses.iter().map(|witness| asking.ask(&**witness, 0, lock))).await;
    let mut cosigned = lock.clone();
    for answer in &answers {
        if let Answer::Lines(lines) = answer {
            cosigned = with_lines(&config.policy, &cosigned, lines).unwrap_or(cosigned);
        }
    }
    let vouched = config.policy.asks_for_witnesses() && config.policy.judge(&cosigned).quorum;
    let judge = |(witness, answer): (&Arc<dyn Witness>, Answer)| {
        let name = || witness.name().to_owned();
        match answer {
            Answer::Lines(_) => Ok(Some(size)),
            Answer::Further(seen) | Answer::Ahead(seen) => {
                Err(Refused::WitnessAhead { witness: name(), seen, lock: size })
            }
            Answer::Disagrees(what) => Err(Refused::WitnessDisagrees { witness: name(), what }),
            Answer::Claims(claim) if !vouched => {
                Err(Refused::WitnessClaims { witness: name(), what: claim.to_string() })
            }
            Answer::Claims(claim) => {
                tracing::warn!(witness = witness.name(), what = %claim, "a quorum cosigned; this witness is not believed");
                Ok(None)
            }
            Answer::Failed(what) => {
                tracing::warn!(witness = witness.name(), what, "a witness cannot say what it has seen");
                Ok(None)
            }
        }
    };
    witnesses.iter().zip(answers).map(judge).collect()
}

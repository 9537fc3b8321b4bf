//! Witnesses as the log sees them: whom it asks to cosign, and what they say of its past.
//!
//! Not here: the loop that asks them (`collector.rs`), a witness's own memory (`witness.rs`), HTTP (the desk). Invariants: a
//! witness that has seen more than the log knows, or something else, ends the log's signing; one that fails does not.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use seal::tlog::{self, Hash, SignatureLine, SignedCheckpoint};

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
    /// It has seen this size, larger than the one asked about.
    Further(u64),
    /// It has seen another history.
    Disagrees(String),
    /// Nothing to be had now.
    Failed(String),
}

/// Asks one witness, from the size it is thought to have seen; a conflict below `checkpoint` is asked again from there.
pub(crate) async fn ask(
    config: &Config,
    witness: &dyn Witness,
    hashes: &Hashes,
    seen: u64,
    checkpoint: &SignedCheckpoint,
) -> Answer {
    let size = checkpoint.checkpoint().size;
    let mut old = seen.min(size);
    for _ in 0..3 {
        let proof = match prove(hashes, old, checkpoint).await {
            Ok(proof) => proof,
            Err(error) => return Answer::Failed(error.to_string()),
        };
        let asked = tokio::time::timeout(config.witness_timeout, witness.add_checkpoint(old, &proof, checkpoint)).await;
        match asked {
            Ok(Ok(lines)) => return Answer::Lines(lines),
            Ok(Err(WitnessError::Conflict(seen))) if seen > size => return Answer::Further(seen),
            Ok(Err(WitnessError::Conflict(seen))) => old = seen,
            Ok(Err(WitnessError::BadProof(what))) => return Answer::Disagrees(what),
            Ok(Err(WitnessError::Failed(what))) => return Answer::Failed(what),
            Err(_) => return Answer::Failed("it did not answer in time".into()),
        }
    }
    Answer::Failed("it names another size each time it is asked".into())
}

/// A consistency proof that holds. A witness that is sent a wrong one calls it another history, when it is a damaged tile.
async fn prove(hashes: &Hashes, old: u64, signed: &SignedCheckpoint) -> Result<Vec<Hash>, StoreError> {
    let checkpoint = signed.checkpoint();
    let (proof, root) = (hashes.consistency(old, checkpoint.size).await?, hashes.root(old, checkpoint.size).await?);
    if tlog::is_consistent(old, &root, checkpoint.size, &checkpoint.root, &proof) {
        Ok(proof)
    } else {
        let what =
            format!("the tiles do not lead from {old} entries to the root; counterpartd check names the damaged one");
        Err(StoreError::failed("tile/", &what))
    }
}

/// Before anything is signed: what have the witnesses seen of this log? Those that cannot be reached are asked later.
pub(crate) async fn ask_at_start(
    config: &Config,
    witnesses: &[Arc<dyn Witness>],
    hashes: &Hashes,
    lock: &SignedCheckpoint,
) -> Result<Vec<Option<u64>>, Refused> {
    let size = lock.checkpoint().size;
    let answers = join_all(witnesses.iter().map(|witness| ask(config, &**witness, hashes, 0, lock))).await;
    let judge = |(witness, answer): (&Arc<dyn Witness>, Answer)| match answer {
        Answer::Lines(_) => Ok(Some(size)),
        Answer::Further(seen) => Err(Refused::WitnessAhead { witness: witness.name().to_owned(), seen, lock: size }),
        Answer::Disagrees(what) => Err(Refused::WitnessDisagrees { witness: witness.name().to_owned(), what }),
        Answer::Failed(what) => {
            tracing::warn!(witness = witness.name(), what, "a witness cannot say what it has seen");
            Ok(None)
        }
    };
    witnesses.iter().zip(answers).map(judge).collect()
}

//! What a log's answers are worth: a proof is looked at before it goes on the record.
//!
//! Not here: asking for one (`client.rs`), and a reader's own judgement (`seal`). Invariant: a proof that is let through
//! leads from the very entry that was sent to a checkpoint of the log that was there from the start, and satisfies
//! whoever is trusted.

use seal::tlog::{Entry, Policy, Proof, Signed, SignedCheckpoint};

/// What is known of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Its name and size when the recording began, or when it first answered.
    pub(crate) log: Option<(String, u64)>,
    pub(crate) trust: Option<Policy>,
}

impl Expected {
    /// The log as its checkpoint in the header shows it.
    pub(crate) fn new(checkpoint: Option<&[u8]>, trust: Option<Policy>) -> Expected {
        let signed = checkpoint.and_then(SignedCheckpoint::parse);
        let log = signed.map(|signed| (signed.checkpoint().origin.clone(), signed.checkpoint().size));
        Expected { log, trust }
    }

    /// Whether it is known from the recording's header.
    pub(crate) fn is_from_header(&self) -> bool {
        self.log.is_some()
    }

    /// The proof for an entry, if it is one. Every entry is newer than the recording's start, whose log had so many before.
    pub(crate) fn proof(&mut self, bytes: &[u8], entry: &Entry) -> Result<Proof, String> {
        let proof = Proof::parse(bytes).ok_or("its proof cannot be read")?;
        if !proof.is_for(&entry.leaf_hash()) {
            return Err("its proof is for something else".to_owned());
        }
        let (origin, size) = (&proof.checkpoint.checkpoint().origin, proof.checkpoint.checkpoint().size);
        match &self.log {
            Some((known, _)) if known != origin => return Err("its proof is another log's".to_owned()),
            Some((_, least)) if proof.index < *least => {
                return Err("its proof is for a place that was taken before the recording began".to_owned());
            }
            _ => {}
        }
        trusted(&proof.checkpoint, self.trust.as_ref())?;
        // What the header could not say, the first proof does: of this log, and past this entry.
        self.log.get_or_insert_with(|| (origin.clone(), size.min(proof.index)));
        Ok(proof)
    }
}

/// Whether a checkpoint may go into a header.
pub(super) fn checkpoint(bytes: &[u8], bytes_max: usize, trust: Option<&Policy>) -> Result<(), String> {
    let readable = SignedCheckpoint::parse(bytes).filter(|_| bytes.len() <= bytes_max);
    trusted(&readable.ok_or("its checkpoint cannot be read")?, trust)
}

fn trusted(checkpoint: &SignedCheckpoint, trust: Option<&Policy>) -> Result<(), String> {
    let Some(judged) = trust.map(|policy| policy.judge(checkpoint)) else { return Ok(()) };
    match judged.log {
        None => Err("it is another log than those that are trusted".to_owned()),
        Some(Signed::Absent) => Err("its checkpoint is not signed by its key".to_owned()),
        Some(Signed::Forged) => Err("the log's signature does not hold".to_owned()),
        Some(Signed::Holds) if !judged.forged.is_empty() => Err("a witness's signature does not hold".to_owned()),
        Some(Signed::Holds) if !judged.quorum => Err("too few witnesses vouch for it".to_owned()),
        Some(Signed::Holds) if !trust.is_some_and(Policy::asks_for_witnesses) => {
            Err("no witness is asked for, and without one it is not believed".to_owned())
        }
        Some(Signed::Holds) => Ok(()),
    }
}

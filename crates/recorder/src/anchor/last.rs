//! What is asked about the end of a recording: its anchor and its time stamps, all at the same time.
//!
//! Not here: when (`sealer/end.rs`). Invariants: it takes no longer than was asked for and ends at once when a person
//! asks again; what has not come by then is left out; the order of what came does not depend on who was faster.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use seal::bracket::{EvidenceKind, anchor_body};
use seal::tlog::{Entry, EntryKind, blinded};

use super::client::{Added, Log};
use super::{Anchoring, Expected, LogAccess, ServiceUrl, fresh_blind, stamp};

/// How often it is looked whether a person asks for the end of the waiting.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long is waited before the log is asked again.
const AGAIN: Duration = Duration::from_millis(500);
/// What is said of an answer that did not come.
const LATE: &str = "no answer in time";

/// Evidence of time over the end, and why some of it is not there.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) evidence: Vec<(EvidenceKind, Vec<u8>)>,
    /// Who was asked and gave nothing, and why.
    pub(crate) missing: Vec<(String, String)>,
}

/// The end, as it is asked about.
#[derive(Clone)]
pub(crate) struct End {
    /// Leaves of the recording's tree.
    pub(crate) size: u64,
    /// The final checkpoint's text.
    pub(crate) text: String,
}

type Came = Result<(EvidenceKind, Vec<u8>), String>;

/// Asks everybody, and waits for as long as it may.
pub(crate) fn gather(anchoring: &Anchoring, expected: &Expected, end: &End, is_cut: impl Fn() -> bool) -> Gathered {
    let until = Instant::now() + anchoring.evidence_wait;
    let (came, comes) = channel();
    let asked = ask(anchoring, expected, end, until, &came);
    drop(came);
    let mut answers: Vec<Option<Came>> = asked.iter().map(|_| None).collect();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match comes.recv_timeout(left.min(LOOK_EVERY)) {
            Ok((at, answer)) => answers[at] = Some(answer),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if left.is_zero() || is_cut() => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    let mut gathered = Gathered::default();
    for (who, answer) in asked.into_iter().zip(answers) {
        match answer.unwrap_or_else(|| Err(LATE.to_owned())) {
            Ok(evidence) => gathered.evidence.push(evidence),
            Err(why) => gathered.missing.push((who, why)),
        }
    }
    gathered
}

/// Starts a thread for each question; who was asked. One that gets no thread gives no answer.
fn ask(
    anchoring: &Anchoring,
    expected: &Expected,
    end: &End,
    until: Instant,
    came: &Sender<(usize, Came)>,
) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    let mut start = |who: &ServiceUrl, question: Box<dyn FnOnce() -> Came + Send>| {
        let (at, came) = (asked.len(), came.clone());
        let work = move || {
            // Nobody waits any more: it came too late.
            let _ = came.send((at, question()));
        };
        asked.push(who.as_str().to_owned());
        let _ = std::thread::Builder::new().name("evidence".into()).spawn(work);
    };
    if let Some(access) = anchoring.log.clone() {
        let (expected, end) = (expected.clone(), end.clone());
        start(&access.url.clone(), Box::new(move || anchor(&access, expected, &end, until)));
    }
    for url in anchoring.timestamps.clone() {
        let (text, whole) = (end.text.clone(), anchoring.evidence_wait);
        start(&url.clone(), Box::new(move || Ok((EvidenceKind::Token, stamp::token(&url, &text, whole)?))));
    }
    asked
}

/// Asks the log until its witnesses have seen the end, or time is up.
fn anchor(access: &LogAccess, mut expected: Expected, end: &End, until: Instant) -> Came {
    let blind = fresh_blind().map_err(|error| error.to_string())?;
    let entry = Entry { kind: EntryKind::Recording, commitment: blinded(&blind, &end.text) };
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let why = match Log::new(access, left.max(AGAIN)).add(&entry) {
            Ok(Added::Witnessed(bytes)) => {
                let proof = expected.proof(&bytes, &entry)?;
                return Ok((EvidenceKind::Anchor, anchor_body(end.size, &blind, &proof)));
            }
            Ok(Added::Durable) => "not witnessed yet".to_owned(),
            Err(fault) if fault.lasts => return Err(fault.why),
            Err(fault) => fault.why,
        };
        if until.saturating_duration_since(Instant::now()) <= AGAIN {
            return Err(why);
        }
        std::thread::park_timeout(AGAIN);
    }
}

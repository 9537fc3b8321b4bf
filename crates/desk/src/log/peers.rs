//! Whom a log asks to cosign: witnesses over HTTP, and one of its own in this process.
//!
//! Not when they are asked (`ledger`). Invariants: a witness without an address is an error unless it is the local one; no answer of
//! a witness is believed: the log checks every line against the policy.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use ledger::{AddCheckpoint, Decision, Witness, WitnessBook, WitnessError, Witnessed};
use reqwest::{Method, StatusCode, Url};
use seal::tlog::{Hash, KeyKind, Policy, SignatureLine, SignedCheckpoint};
use sha2::{Digest as _, Sha256};

use crate::client::{AskError, Client, below};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::text::hex;
use crate::{keys, witness};

/// The longest answer of a witness that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// The witnesses of a policy. `local` is the key file and state of one that runs in this process.
pub(crate) async fn of(
    policy: &Policy,
    log: &Policy,
    local: Option<(&Path, &Path)>,
    within: Duration,
    fault: &Fault,
) -> Result<Vec<Arc<dyn Witness>>> {
    let client = Client::new(within)
        .map_err(|what| Error::of(what).hint("install the system's certificates (ca-certificates)"))?;
    let mut peers: Vec<Arc<dyn Witness>> = Vec::new();
    let ours = match local {
        Some((key, _)) => Some(keys::read(key, KeyKind::Witness)?.verifier()),
        None => None,
    };
    let mut found = false;
    for party in policy.witnesses() {
        let name = party.name.clone();
        if let Some((key, state)) = local.filter(|_| ours.as_ref() == Some(&party.key)) {
            found = true;
            let book = witness::open(key, state, log.clone()).await?;
            peers.push(Arc::new(Local { name, book, fault: fault.clone() }));
            continue;
        }
        let Some(url) = &party.url else {
            return Err(Error::of(format_args!("the policy does not say where witness {name} is"))
                .hint("add its address behind its key, or run it here with --witness-key"));
        };
        let prefix = url.clone();
        let url = below(&prefix, "add-checkpoint")
            .map_err(|what| Error::of(format_args!("witness {name}: {what}")).hint("correct its line in the policy"))?;
        peers.push(Arc::new(Remote { name, prefix, url, client: client.clone() }));
    }
    match ours {
        Some(ours) if !found => {
            Err(Error::of(format_args!("the policy does not name the local witness {}", ours.name()))
                .hint(format_args!("add the line: witness local {ours}")))
        }
        _ => Ok(peers),
    }
}

struct Local {
    name: String,
    book: WitnessBook,
    fault: Fault,
}

#[async_trait]
impl Witness for Local {
    fn name(&self) -> &str {
        &self.name
    }

    async fn add_checkpoint(
        &self,
        old_size: u64,
        proof: &[Hash],
        checkpoint: &SignedCheckpoint,
    ) -> std::result::Result<Vec<SignatureLine>, WitnessError> {
        let asked = AddCheckpoint { old_size, proof: proof.to_vec(), checkpoint: checkpoint.clone() };
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
        match self.book.add_checkpoint(&asked, now_s).await {
            Ok(Witnessed::Cosigned(line)) => Ok(vec![line]),
            Ok(Witnessed::Not(Decision::Conflict(size))) => Err(WitnessError::Conflict(size)),
            Ok(Witnessed::Not(Decision::BadProof)) => {
                Err(WitnessError::BadProof("it remembers another history".into()))
            }
            Ok(Witnessed::Not(_)) => Err(WitnessError::Failed("it does not know this log under this key".into())),
            Ok(Witnessed::Busy) => Err(WitnessError::Failed("its memory is busy".into())),
            Err(what) => {
                self.fault.raise(&format!("the local witness's memory failed: {what}"));
                Err(WitnessError::Failed(what))
            }
        }
    }

    async fn newest(&self, origin: &str) -> std::result::Result<Option<Vec<u8>>, WitnessError> {
        self.book.newest(origin).await.map_err(WitnessError::Failed)
    }
}

struct Remote {
    name: String,
    /// Where it takes submissions, and shows what it has cosigned.
    prefix: String,
    url: Url,
    client: Client,
}

#[async_trait]
impl Witness for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    async fn add_checkpoint(
        &self,
        old_size: u64,
        proof: &[Hash],
        checkpoint: &SignedCheckpoint,
    ) -> std::result::Result<Vec<SignatureLine>, WitnessError> {
        let body = AddCheckpoint { old_size, proof: proof.to_vec(), checkpoint: checkpoint.clone() }.print();
        let asked = self.client.ask(Method::POST, &self.url, body, ANSWER_BYTES_MAX).await;
        let (status, body) = asked.map_err(|err| match err {
            AskError::TooLong => WitnessError::Failed("its answer is too long".into()),
            AskError::Failed(what) => WitnessError::Failed(what),
        })?;
        let text = String::from_utf8_lossy(&body);
        match status {
            StatusCode::OK => Ok(text.lines().filter_map(SignatureLine::parse).collect()),
            StatusCode::CONFLICT => match text.trim_end_matches('\n').parse() {
                Ok(size) => Err(WitnessError::Conflict(size)),
                Err(_) => Err(WitnessError::Failed("409 without a size".into())),
            },
            StatusCode::UNPROCESSABLE_ENTITY => Err(WitnessError::BadProof(first_line(&text))),
            other => Err(WitnessError::Failed(format!("{}: {}", other.as_u16(), first_line(&text)))),
        }
    }

    async fn newest(&self, origin: &str) -> std::result::Result<Option<Vec<u8>>, WitnessError> {
        let failed = |what: String| WitnessError::Failed(what);
        let path = format!("{}/checkpoint", hex(&Sha256::digest(origin)));
        let url = below(&self.prefix, &path).map_err(failed)?;
        match self.client.ask(Method::GET, &url, String::new(), ANSWER_BYTES_MAX).await {
            Ok((StatusCode::OK, note)) => Ok(Some(note.into())),
            Ok((StatusCode::NOT_FOUND, _)) => Ok(None),
            Ok((other, _)) => Err(failed(format!("it shows no checkpoint: {}", other.as_u16()))),
            Err(AskError::TooLong) => Err(failed("the checkpoint it shows is too long".into())),
            Err(AskError::Failed(what)) => Err(failed(what)),
        }
    }
}

/// What a stranger's server says, short and harmless in a log line.
fn first_line(text: &str) -> String {
    crate::text::visible(&text.lines().next().unwrap_or_default().chars().take(200).collect::<String>())
}

//! The log as this office submits to it: opened when it is asked for, one entry in, its proof out, judged before it is believed.
//!
//! Not the log itself (`log.rs`), nor which entries wait (`db/outbox.rs`). Invariants: an answer counts only when its proof leads from
//! the very entry to a checkpoint that the policy trusts; the token is in no message; every question ends within its time; whoever asks nothing of the log needs none of its files.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::{StatusCode, Url};
use seal::tlog::{Entry, Judged, Policy, Proof, Signed};
use zeroize::Zeroizing;

use crate::client::{AskError, Client, below};
use crate::config::office::LogConfig;
use crate::error::{Error, Result};
use crate::files;

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(15);
/// The longest proof, bytes.
const PROOF_BYTES_MAX: usize = 16 << 10;
/// How long an entry that is in but not witnessed is asked for again.
const WITNESSED_WITHIN: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(250);

/// A log whose files are read when something is first asked of it: most of what an office does asks nothing, and a file that is away keeps it from
/// nothing of that.
#[derive(Debug)]
pub(crate) struct LaterLog {
    config: LogConfig,
    policy: OnceLock<Policy>,
    access: OnceLock<Box<LogAccess>>,
}

/// What a proof is worth that lay in a file which anybody may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It leads from the entry to a checkpoint that the log signed.
    Proof,
    /// The same of a log that the policy does not name, as of one that was left: nothing can be said of it.
    OtherLog,
    /// It is of another entry, or the log did not sign it.
    Nothing,
}

impl LaterLog {
    pub(crate) fn new(config: LogConfig) -> LaterLog {
        LaterLog { config, policy: OnceLock::new(), access: OnceLock::new() }
    }

    /// The log, to be asked something.
    pub(crate) fn open(&self) -> Result<&LogAccess> {
        if let Some(access) = self.access.get() {
            return Ok(access);
        }
        let access = Box::new(LogAccess::open(&self.config)?);
        Ok(self.access.get_or_init(|| access))
    }

    /// Whom to trust.
    fn policy(&self) -> Result<&Policy> {
        if let Some(policy) = self.policy.get() {
            return Ok(policy);
        }
        let policy = files::policy(&self.config.policy)?;
        Ok(self.policy.get_or_init(|| policy))
    }

    /// What a proof of this entry is worth.
    pub(crate) fn worth(&self, entry: &Entry, proof: &Proof) -> Result<Worth> {
        if !proof.is_for(&entry.leaf_hash()) {
            return Ok(Worth::Nothing);
        }
        Ok(match self.policy()?.judge(&proof.checkpoint).log {
            Some(Signed::Holds) => Worth::Proof,
            Some(Signed::Absent | Signed::Forged) => Worth::Nothing,
            None => Worth::OtherLog,
        })
    }
}

/// A log, and what is needed to submit to it.
#[derive(Debug)]
pub(crate) struct LogAccess {
    client: Client,
    add: Url,
    token: Zeroizing<String>,
    policy: Policy,
}

/// A proof that holds, and what the policy makes of its checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) proof: Proof,
    pub(crate) judged: Judged,
}

impl LogAccess {
    /// Reads what the office's file names.
    fn open(config: &LogConfig) -> Result<LogAccess> {
        let add = below(&config.url, "add")
            .map_err(|err| Error::of(format_args!("log.url: {err}")).hint("write the address of the log: https://…"))?;
        let token = Zeroizing::new(files::read_secret(&config.token)?.trim().to_owned());
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::of(format_args!("{}: not a token", config.token.display()))
                .hint("put the line that \"counterpartd token\" printed into it"));
        }
        let client = Client::new(WITHIN).map_err(|err| Error::of(err).hint("check the system's certificates"))?;
        Ok(LogAccess { client, add, token, policy: files::policy_file(&config.policy)? })
    }

    /// Submits an entry and waits until it is witnessed.
    ///
    /// # Errors
    /// In words: why there is no proof that holds. The entry may be in the log; it can be submitted again.
    pub(crate) async fn submit(&self, entry: &Entry) -> std::result::Result<Logged, String> {
        let began = Instant::now();
        loop {
            let (status, body) =
                match self.client.submit(&self.add, &self.token, entry.bytes().to_vec(), PROOF_BYTES_MAX).await {
                    Ok(answer) => answer,
                    Err(AskError::TooLong) => return Err("the log answers at too great a length".to_owned()),
                    Err(AskError::Failed(words)) => return Err(format!("the log: {words}")),
                };
            match status {
                StatusCode::OK | StatusCode::ACCEPTED => {
                    let logged = self.judge(entry, &body)?;
                    if logged.judged.holds() {
                        return Ok(logged);
                    }
                    if began.elapsed() > WITNESSED_WITHIN {
                        return Err("the entry is in the log, but not enough witnesses have cosigned it".to_owned());
                    }
                }
                StatusCode::UNAUTHORIZED => return Err("the log does not know this token".to_owned()),
                other => return Err(format!("the log answers {}", other.as_u16())),
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    fn judge(&self, entry: &Entry, body: &[u8]) -> std::result::Result<Logged, String> {
        let proof = Proof::parse(body).ok_or("the log's answer is no proof")?;
        if !proof.is_for(&entry.leaf_hash()) {
            return Err("the log's proof is not of this entry".to_owned());
        }
        let judged = self.policy.judge(&proof.checkpoint);
        match judged.log {
            Some(Signed::Holds) if judged.forged.is_empty() => Ok(Logged { proof, judged }),
            _ => Err("the log's proof is not signed by the log that the policy trusts".to_owned()),
        }
    }
}

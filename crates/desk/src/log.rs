//! `counterpartd log`: a public log over HTTP. Who has a token adds entries; everybody reads.
//!
//! Not the log itself (`ledger`). Invariants: nothing is served before the log has looked at lock, data and witnesses and found
//! one story; asked to stop, it answers what it took in; a log that stopped itself ends the process.

mod numbers;
mod peers;
mod storage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use ledger::{Config, Log, Parts, Refused};
use seal::tlog::{KeyKind, Policy, SignerKey};
use tokio::sync::Semaphore;

use crate::config::lines::LinesConfig;
use crate::config::listen::ListenConfig;
use crate::config::span;
use crate::config::tokens::Tokens;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::http::entries::add::Adding;
use crate::http::health::show::WhyNot;
use crate::numbers::Numbers;
use crate::{codes, files, keys, router, serve, signals};

pub(crate) use storage::{Place, open as open_storage};

/// Serve a log: submission for those with a token, reading for everybody (C2SP tlog-tiles)
#[derive(Args, Debug)]
pub(crate) struct LogArgs {
    /// The log's data: a folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|s3://…")]
    data: String,
    /// The log's lock, apart from the data and never brought back from a backup: a file, or postgres://…
    #[arg(long, value_name = "FILE|postgres://…")]
    lock: String,
    /// The log's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who may submit; `counterpartd token` adds to it
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
    /// The policy: this log, its witnesses with their addresses, and how many of them are needed
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The key of a witness that runs in this process
    #[arg(long, value_name = "FILE", requires = "witness_state")]
    witness_key: Option<PathBuf>,
    /// What that witness remembers
    #[arg(long, value_name = "FILE", requires = "witness_key")]
    witness_state: Option<PathBuf>,
    /// The index of duplicates; made anew when it is lost. Beside the data folder when not named; in memory for a bucket
    #[arg(long, value_name = "DIR")]
    index: Option<PathBuf>,
    #[command(flatten)]
    pace: PaceArgs,
    #[command(flatten)]
    listen: ListenConfig,
    #[command(flatten)]
    lines: LinesConfig,
}

/// How quickly, and how much at a time.
#[derive(Args, Debug)]
struct PaceArgs {
    /// The least time between two batches
    #[arg(long, value_name = "SPAN", default_value = "50ms", value_parser = span::parse)]
    batch_interval: Duration,
    /// How long a submission waits for witnesses before it is answered 202
    #[arg(long, value_name = "SPAN", default_value = "2s", value_parser = span::parse)]
    witness_wait: Duration,
    /// How long a witness may take to answer
    #[arg(long, value_name = "SPAN", default_value = "5s", value_parser = span::parse)]
    witness_timeout: Duration,
    /// How long a witness that failed is left alone at the longest
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span::parse)]
    witness_retry: Duration,
    /// Submissions under way at once; more are answered 503
    #[arg(long, value_name = "N", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    queue: u32,
    /// Submissions under way at once with one token; more are answered 429
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    queue_per_token: u32,
}

/// `counterpartd log`.
pub(crate) async fn run(args: LogArgs) -> Result<u8> {
    args.lines.start();
    let stop = signals::stop()?;
    let tokens = Tokens::read(&args.tokens)?;
    let signer = keys::read(&args.key, KeyKind::Log)?;
    let policy = policy_of(&args, &signer)?;
    let listener = serve::listen(&args.listen)?;
    let (numbers, fault) = (Numbers::new(), Fault::default());
    let origin = signer.verifier().name().to_owned();
    let (log, reads, held) = open(&args, signer, policy, &fault).await?;
    numbers.register(|registry| registry.register_collector(Box::new(numbers::LogNumbers(Arc::clone(&log)))));
    let shares = (0..tokens.len()).map(|_| Arc::new(Semaphore::new(args.pace.queue_per_token as usize)));
    let state = Adding {
        log: Arc::clone(&log),
        shares: shares.collect(),
        tokens: Arc::new(tokens),
        body_timeout: args.listen.body_timeout,
    };
    let app = router::log(state, &origin, reads, numbers.clone(), why_not(&log));
    watch(&log, &fault);
    tracing::info!(entries = log.status().newest.checkpoint().size, "the log is ready");
    serve::announce(&listener);
    let stop = fault.or(stop);
    if !serve::serve(listener, app, &args.listen, numbers.connections, stop).await {
        tracing::warn!("some requests were not finished within the grace");
    }
    log.close().await;
    held.close().await;
    Ok(fault.code())
}

/// The policy, which must name this log: witnesses and readers go by the same file.
fn policy_of(args: &LogArgs, signer: &SignerKey) -> Result<Policy> {
    let policy = files::policy(&args.policy)?;
    let key = signer.verifier();
    if policy.logs().iter().any(|log| log.key == key) {
        return Ok(policy);
    }
    let path = args.policy.display();
    let named: Vec<&str> = policy.logs().iter().map(|log| log.name.as_str()).collect();
    // Of one origin there is one key: another one would begin a second history under its name.
    let hint = match named.contains(&key.name()) {
        true => format!("name with --key the key that belongs to the log `{}` in it", key.name()),
        false if named.is_empty() => "name the policy that counterpartd init wrote with this key".to_owned(),
        false => format!(
            "it is a policy of `{}`: name with --key the key of that log, or this log's policy",
            named.join("`, `")
        ),
    };
    Err(Error::of(format_args!("{path}: it does not name the key of `{}` that --key has", key.name())).hint(hint))
}

/// A witness that comes back from the past with the data would cosign a second history.
pub(crate) fn apart(witness_state: Option<&Path>, data: &str) -> Result<()> {
    match witness_state.filter(|state| ledger::lies_inside(state, Path::new(data))) {
        None => Ok(()),
        Some(state) => {
            Err(Error::of(format_args!("{}: it lies in the data, with which it would be restored", state.display()))
                .hint("keep the witness's state elsewhere"))
        }
    }
}

async fn open(
    args: &LogArgs,
    signer: SignerKey,
    policy: Policy,
    fault: &Fault,
) -> Result<(Arc<Log>, Arc<dyn ledger::ReadSide>, storage::Held)> {
    let key = signer.verifier();
    let only_this = Policy::parse(&format!("log {key}\nquorum none\n")).expect("a printed key is read back");
    apart(args.witness_state.as_deref(), &args.data)?;
    let local = args.witness_key.as_deref().zip(args.witness_state.as_deref());
    let witnesses = peers::of(&policy, &only_this, local, args.pace.witness_timeout, fault).await?;
    let storage = storage::open(&args.data, &args.lock, Place::There).await?;
    let config = Config {
        batch_wait: args.pace.batch_interval,
        in_flight_max: args.pace.queue as usize,
        witness_wait: args.pace.witness_wait,
        witness_timeout: args.pace.witness_timeout,
        witness_retry_min: Config::default().witness_retry_min.min(args.pace.witness_retry),
        witness_retry_max: args.pace.witness_retry,
        index: args.index.clone().or(storage.index),
        policy,
        ..Config::default()
    };
    let parts = Parts { objects: storage.objects, lock: storage.lock, signer, witnesses };
    match Log::open(config, parts).await {
        Ok(log) => Ok((Arc::new(log), storage.reads, storage.held)),
        Err(refused) => {
            storage.held.close().await;
            Err(of_refusal(&refused))
        }
    }
}

/// A log that refuses to start. What disagrees ends with a code of its own.
pub(crate) fn of_refusal(refused: &Refused) -> Error {
    let code = match refused {
        Refused::NotCreated | Refused::Exists | Refused::Index(_) => codes::COULD_NOT,
        Refused::Store(_) | Refused::Lock(_) => codes::COULD_NOT,
        _ => codes::DISAGREES,
    };
    with_hint(refused, refused.hint()).with_code(code)
}

/// A refusal with what to do about it. A service's answer may be a whole page: its beginning is enough.
pub(crate) fn with_hint(refused: &Refused, hint: &str) -> Error {
    const CHARS_MAX: usize = 300;
    let words = refused.to_string();
    match words.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => Error::of(format_args!("{}…", &words[..end])).hint(hint),
        None => Error::of(words).hint(hint),
    }
}

fn why_not(log: &Arc<Log>) -> WhyNot {
    let log = Arc::clone(log);
    Arc::new(move || log.status().stopped.is_some().then(|| "the log has stopped and signs no more".to_owned()))
}

/// A log that stopped itself ends the process: only a start looks at everything anew.
fn watch(log: &Arc<Log>, fault: &Fault) {
    let (log, fault) = (Arc::clone(log), fault.clone());
    tokio::spawn(async move { fault.raise(&log.stopped().await.what) });
}

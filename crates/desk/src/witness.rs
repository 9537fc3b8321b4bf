//! `counterpartd witness`: sees to it that logs only ever grow, and says so with its cosignature.
//!
//! Not the judgement, nor its memory (`ledger::WitnessBook`), and not an auditor: it looks at no entry. Invariants: the memory is made
//! by `init-witness` and by nothing else: one that forgot would cosign two histories; when it fails the process stops.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ledger::WitnessBook;
use seal::tlog::{KeyKind, Policy};

use crate::config::lines::LinesConfig;
use crate::config::listen::ListenConfig;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::numbers::Numbers;
use crate::{codes, files, keys, out, router, serve, signals};

/// Cosign the checkpoints of logs that only grow (C2SP tlog-witness)
#[derive(Args, Debug)]
pub(crate) struct WitnessArgs {
    /// The witness's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What it remembers; init-witness makes it, and it must never be brought back from a backup
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// The logs it knows: the `log` lines of a policy file
    #[arg(long, value_name = "POLICY")]
    logs: PathBuf,
    #[command(flatten)]
    listen: ListenConfig,
    #[command(flatten)]
    lines: LinesConfig,
}

/// Make a witness's key and its empty state
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The name it signs under, such as witness.example.org/one
    #[arg(long)]
    name: String,
    /// Where the key is written; it must not be there
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the state is made; it must not be there
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

/// `counterpartd init-witness`.
pub(crate) async fn init(args: InitArgs) -> Result<u8> {
    let key = make(&args.name, &args.key, &args.state).await?;
    Ok(out::result(&format!("{key}\n"), codes::DONE))
}

/// Makes a witness where there is none: its public key.
pub(crate) async fn make(name: &str, key_file: &Path, state: &Path) -> Result<seal::tlog::VerifierKey> {
    files::absent(key_file)?;
    let key = keys::make(name, KeyKind::Witness)?;
    // An empty file is an empty database, and only what was not there is made.
    files::create(state, b"")?;
    let public = key.verifier();
    keys::write(key_file, &key)?;
    WitnessBook::create(state, &key).await.map_err(|what| unusable(state, &what))?;
    Ok(public)
}

/// Opens a witness that was made. The `log` lines of `logs` are what it knows.
pub(crate) async fn open(key_file: &Path, state: &Path, logs: Policy) -> Result<WitnessBook> {
    let key = keys::read(key_file, KeyKind::Witness)?;
    if !state.exists() {
        return Err(Error::of(format_args!("{}: this state of a witness is not there", state.display())).hint(
            "if the witness never signed, make it: counterpartd init-witness; else bring it back: it must not forget",
        ));
    }
    WitnessBook::open(state, key, logs).await.map_err(|what| unusable(state, &what))
}

fn unusable(state: &Path, what: &str) -> Error {
    Error::of(format_args!("{}: {what}", state.display())).hint("check that it is a witness's state and may be written")
}

/// `counterpartd witness`.
pub(crate) async fn run(args: WitnessArgs) -> Result<u8> {
    args.lines.start();
    let stop = signals::stop()?;
    let logs = files::policy(&args.logs)?;
    if logs.logs().is_empty() {
        let what = format!("{}: there is no log in it", args.logs.display());
        return Err(Error::of(what).hint("give each log that it is to know a line: log KEY"));
    }
    let origins: Vec<String> = logs.logs().iter().map(|log| log.name.clone()).collect();
    let book = Arc::new(open(&args.key, &args.state, logs).await?);
    let (numbers, fault) = (Numbers::new(), Fault::default());
    let listener = serve::listen(&args.listen)?;
    tracing::info!(logs = origins.len(), "the witness is ready");
    let app = router::witness(Arc::clone(&book), origins, numbers.clone(), fault.clone(), &args.listen);
    serve::announce(&listener);
    let stop = fault.or(stop);
    serve::serve(listener, app, &args.listen, numbers.connections, stop).await;
    book.close().await;
    Ok(fault.code())
}

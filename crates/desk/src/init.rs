//! `counterpartd init`: a new log, made once and on purpose.
//!
//! Not how it runs (`log.rs`).
//! Invariants: whatever is there already, or was named twice, is refused before anything is made; keys are mode 0600 and lie
//! apart from the data, which is public as the policy is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use ledger::{Log, Parts, Refused};
use seal::tlog::KeyKind;

use crate::error::{Error, Result};
use crate::{codes, files, keys, log, out, witness};

/// Make a new log: its key, its empty data and lock, and the policy that trusts it
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Where its data is to be: a folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|s3://…")]
    data: String,
    /// Where its lock is to be, apart from the data: a file, or postgres://…
    #[arg(long, value_name = "FILE|postgres://…")]
    lock: String,
    /// The log's name, best the address it is read at without https://: log.example.org/2026
    #[arg(long, value_name = "NAME")]
    origin: String,
    /// Where its key is written
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the key of a local witness is written; without it there is none
    #[arg(long, value_name = "FILE", requires = "witness_state")]
    witness_key: Option<PathBuf>,
    /// Where that witness's state is made
    #[arg(long, value_name = "FILE", requires = "witness_key")]
    witness_state: Option<PathBuf>,
    /// Where the policy is written; `trust.policy` beside the key when not named
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// `counterpartd init`.
pub(crate) async fn run(args: InitArgs) -> Result<u8> {
    let policy_file = args.policy.clone().unwrap_or_else(|| args.key.with_file_name("trust.policy"));
    let files: [Option<&Path>; 4] =
        [Some(&args.key), Some(&policy_file), args.witness_key.as_deref(), args.witness_state.as_deref()];
    let mut places: Vec<&Path> = files.into_iter().flatten().collect();
    for file in &places {
        files::absent(file)?;
        has_folder(file)?;
    }
    can_hold_data(&args.data)?;
    places.extend([Path::new(&args.lock), Path::new(&args.data)]);
    each_its_own(&places)?;
    for secret in [Some(args.key.as_path()), args.witness_key.as_deref()].into_iter().flatten() {
        if ledger::lies_inside(secret, Path::new(&args.data)) {
            return Err(Error::of(format_args!("{}: it lies in the data, which everybody reads", secret.display()))
                .hint("keep keys elsewhere"));
        }
    }
    log::apart(args.witness_state.as_deref(), &args.data)?;
    let key = keys::make(&args.origin, KeyKind::Log)?;
    let public = key.verifier();
    let storage = log::open_storage(&args.data, &args.lock, log::Place::New).await?;
    let parts = Parts { objects: storage.objects, lock: storage.lock, signer: key, witnesses: Vec::new() };
    // The key before the log: a log without its key is of no use, a key without a log does no harm.
    keys::write(&args.key, &parts.signer)?;
    let created = Log::create(&parts).await;
    storage.held.close().await;
    created.map_err(|refused| half_made(&args, &refused))?;
    let mut policy = String::from("# Whom to trust with this log: docs/ledger.md.\n");
    writeln!(policy, "log {public}").expect("a String takes all that is written");
    if let (Some(key_file), Some(state)) = (&args.witness_key, &args.witness_state) {
        let witness = witness::make(&format!("{}/witness", args.origin), key_file, state).await?;
        writeln!(policy, "witness local {witness}\nquorum local").expect("a String takes all that is written");
    } else {
        policy.push_str("quorum none\n");
    }
    files::create_public(&policy_file, policy.as_bytes())?;
    Ok(out::result(&format!("{public}\n"), codes::DONE))
}

/// What is to be done about a log that was not made, or not to its end.
fn half_made(args: &InitArgs, refused: &Refused) -> Error {
    if matches!(refused, Refused::Exists) {
        // The new key signed nothing; left behind, it would stand in the way of the next try.
        let _ = std::fs::remove_file(&args.key);
        return log::of_refusal(refused);
    }
    let hint =
        format!("nothing is logged yet: see to it, remove {} and the new lock, and try again", args.key.display());
    log::with_hint(refused, &hint)
}

/// Found out after the lock is made, it would leave half a log.
fn can_hold_data(data: &str) -> Result<()> {
    if data.starts_with("s3://") {
        return Ok(());
    }
    let there = Path::new(data).ancestors().find(|path| path.exists() || path.as_os_str().is_empty());
    match there {
        _ if data.is_empty() => Err(Error::of("the data: an empty path").hint("name a folder, or s3://BUCKET/PREFIX")),
        Some(there) if !there.as_os_str().is_empty() && !there.is_dir() => {
            Err(Error::of(format_args!("{}: not a folder", there.display())).hint("name a folder for the data"))
        }
        _ => Ok(()),
    }
}

/// One file cannot be two things: found out later, half of the log would be made.
fn each_its_own(files: &[&Path]) -> Result<()> {
    let is_same = |one: &Path, two: &Path| ledger::lies_inside(one, two) && ledger::lies_inside(two, one);
    for (at, file) in files.iter().enumerate() {
        if files[..at].iter().any(|other| is_same(file, other)) {
            return Err(Error::of(format_args!("{}: it is named for two things", file.display()))
                .hint("give each file a place of its own"));
        }
    }
    Ok(())
}

/// The folder of a file to be made must be there: a log is not made in a place that was spelt wrongly.
fn has_folder(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::of(format_args!("{}: no such folder", folder.display())).hint("make it first, or check the spelling"))
}

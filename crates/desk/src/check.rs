//! `counterpartd check`: a log is audited from outside, as anybody can; or what an office made of its events is made anew.
//!
//! Not the audit (`ledger::audit`). Invariants: nothing is written but the file of checkpoints seen; what could not be read is never
//! taken for good, and never for a lie either.

mod json;
mod rebuild;
mod seen;
mod shown;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ledger::{Report, audit};
use seal::tlog::{Policy, Signed, SignedCheckpoint};
use serde::Serialize;

use self::shown::{Shown, Side, Unseen};
use self::source::Source;
use crate::config::span;
use crate::error::{Error, Result};
use crate::{codes, files, out};

/// Audit a log from outside: rebuild it from its entries, and hold it against all that was seen of it
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The log: its address, or a folder that holds a mirror of it
    #[arg(long, value_name = "URL|DIR", required_unless_present = "rebuild")]
    log: Option<String>,
    /// A second mirror, to be compared with the first
    #[arg(long, value_name = "URL|DIR")]
    mirror: Option<String>,
    /// Which keys are the log's and its witnesses', and how many witnesses are needed
    #[arg(long, value_name = "FILE", required_unless_present = "rebuild")]
    policy: Option<PathBuf>,
    /// Every checkpoint ever seen: held against the log, and added to. Without it a log that went back goes unnoticed
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How long one answer of a server may take
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span::parse)]
    timeout: Duration,
    /// Write one line of JSON
    #[arg(long)]
    json: bool,
    /// Instead of a log, an office: make anew, from its events, all that is made of them, and say whether it was the same
    #[arg(long, value_name = "DIR", conflicts_with_all = ["log", "mirror", "policy", "state", "json"])]
    rebuild: Option<PathBuf>,
    /// The passphrase of the office key, or the token's PIN, in a file; otherwise $COUNTERPART_OFFICE_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE", requires = "rebuild")]
    passphrase_file: Option<PathBuf>,
}

/// What comes of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// With itself, with what was seen, with its mirror.
    Agrees,
    /// Something is wrong with what was read.
    Disagrees,
    /// What was read is well, but something could not be read.
    Unread,
}

impl Outcome {
    fn of(report: &Report) -> Outcome {
        if report.disagrees() {
            Outcome::Disagrees
        } else if report.is_clean() {
            Outcome::Agrees
        } else {
            Outcome::Unread
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Outcome::Agrees => codes::DONE,
            Outcome::Disagrees => codes::DISAGREES,
            Outcome::Unread => codes::COULD_NOT,
        }
    }
}

/// `counterpartd check`.
pub(crate) async fn run(args: CheckArgs) -> Result<u8> {
    let (log, policy_file) = match (&args.rebuild, &args.log, &args.policy) {
        (Some(office), ..) => return rebuild::run(office, args.passphrase_file.as_deref()).await,
        (None, Some(log), Some(policy)) => (log, policy),
        _ => return Err(Error::of("neither a log nor an office is named").hint("name a log with --log and --policy")),
    };
    let policy = files::policy(policy_file)?;
    if policy.logs().is_empty() {
        let what = format!("{}: there is no log in it", policy_file.display());
        return Err(Error::of(what).hint("give the log that is to be checked a line: log KEY"));
    }
    let log = Source::open(log, args.timeout)?;
    let mirror = args.mirror.as_deref().map(|mirror| Source::open(mirror, args.timeout)).transpose()?;
    let known = args.state.as_deref().map(seen::read).transpose()?.unwrap_or_default();
    let report = audit(&log, &known, &policy, mirror.as_ref().map(|mirror| mirror as &dyn ledger::ReadSide)).await;
    let all = log.seen().into_iter().chain(mirror.iter().flat_map(Source::seen));
    let signed: Vec<SignedCheckpoint> = all.filter(|signed| is_signed(signed, &policy)).collect();
    // What was found is said even when it cannot be remembered.
    let kept = args.state.as_deref().map_or(Ok(()), |state| seen::add(state, &signed));
    let shown = Shown {
        report: &report,
        outcome: Outcome::of(&report),
        unseen: unseen(&args, &log, mirror.as_ref()),
        is_kept: kept.is_ok(),
    };
    let text = if args.json { shown.json() } else { shown.lines() };
    let code = out::result(&text, shown.code());
    if let Err(err) = kept {
        out::notice(&err.to_string());
    }
    Ok(code)
}

/// What the log signed is evidence, whatever else is wrong with it; what it did not sign is nothing.
fn is_signed(signed: &SignedCheckpoint, policy: &Policy) -> bool {
    policy.judge(signed).log == Some(Signed::Holds)
}

/// What a check of these sides does not look at.
fn unseen(args: &CheckArgs, log: &Source, mirror: Option<&Source>) -> Vec<Unseen> {
    let sides = [Some(log).map(|log| (Side::Log, log)), mirror.map(|mirror| (Side::Mirror, mirror))];
    let unlisted = sides.into_iter().flatten().filter(|(_, source)| !source.is_listed());
    let mut unseen: Vec<Unseen> = unlisted.map(|(side, _)| Unseen::LeftOver(side)).collect();
    if args.state.is_none() {
        unseen.push(Unseen::Earlier);
    }
    unseen
}

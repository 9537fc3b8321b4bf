//! `counterpartd check`: a log is audited from outside, as anybody can.
//!
//! Not the audit (`ledger::audit`). Invariants: nothing is written but the file of checkpoints seen; what could not be read is never
//! taken for good, and never for a lie either.

mod seen;
mod shown;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ledger::{Finding, Report, audit};
use seal::tlog::{Policy, Signed, SignedCheckpoint};
use serde::Serialize;

use self::source::Source;
use crate::config::span;
use crate::error::Result;
use crate::{codes, files, out};

/// Audit a log from outside: rebuild it from its entries, and hold it against all that was seen of it
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The log: its address, or a folder that holds a mirror of it
    #[arg(long, value_name = "URL|DIR")]
    log: String,
    /// A second mirror, to be compared with the first
    #[arg(long, value_name = "URL|DIR")]
    mirror: Option<String>,
    /// Which keys are the log's and its witnesses', and how many witnesses are needed
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Every checkpoint ever seen: held against the log, and added to. Without it a log that went back goes unnoticed
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How long one answer of a server may take
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span::parse)]
    timeout: Duration,
    /// Write one line of JSON
    #[arg(long)]
    json: bool,
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
    let policy = files::policy(&args.policy)?;
    let log = Source::open(&args.log, args.timeout)?;
    let mirror = args.mirror.as_deref().map(|mirror| Source::open(mirror, args.timeout)).transpose()?;
    let known = args.state.as_deref().map(seen::read).transpose()?.unwrap_or_default();
    let report = audit(&log, &known, &policy, mirror.as_ref().map(|mirror| mirror as &dyn ledger::ReadSide)).await;
    if let Some(state) = &args.state {
        let all = log.seen().into_iter().chain(mirror.iter().flat_map(Source::seen));
        let signed: Vec<SignedCheckpoint> = all.filter(|signed| is_signed(signed, &policy)).collect();
        seen::add(state, &known, &signed)?;
    }
    let outcome = outcome(&report, &log, mirror.as_ref());
    let text = if args.json { shown::json(&report, outcome) } else { shown::lines(&report, outcome, mirror.is_some()) };
    Ok(out::result(&text, outcome.code()))
}

/// What the log signed is evidence, whatever else is wrong with it; what it did not sign is nothing.
fn is_signed(signed: &SignedCheckpoint, policy: &Policy) -> bool {
    policy.judge(signed).log == Some(Signed::Holds)
}

fn outcome(report: &Report, log: &Source, mirror: Option<&Source>) -> Outcome {
    if report.is_clean() {
        return Outcome::Agrees;
    }
    let nothing_there = report.entries == 0 && log.seen().is_empty() && report.findings.iter().all(is_of_nothing);
    let (failed, mirror_failed) = (log.failed(), mirror.map(Source::failed).unwrap_or_default());
    let is_unread = |finding: &Finding| match finding.path.strip_prefix("mirror/") {
        Some(path) => mirror_failed.contains_key(path),
        None => failed.contains_key(&finding.path),
    };
    let follows = |finding: &Finding| {
        (!failed.is_empty() || !mirror_failed.is_empty()) && finding.what.contains("could not be read")
    };
    let all_unread = report.findings.iter().all(|finding| is_unread(finding) || follows(finding));
    if report.forks.is_empty() && (all_unread || nothing_there) { Outcome::Unread } else { Outcome::Disagrees }
}

/// There is no checkpoint at all: another place was meant, or nothing was ever published.
fn is_of_nothing(finding: &Finding) -> bool {
    finding.path == "checkpoint" && finding.index.is_none() && finding.what.starts_with("nothing here is signed")
}

//! What a check found, as lines for people and as JSON (`docs/schemas/counterpart.log-check.json`).
//!
//! Not the finding (`ledger::audit`). Invariants: both show the same; texts from a log are made harmless in lines and stand as they
//! are in JSON.

use std::fmt::Write as _;

use ledger::{Finding, Fork, Report};
use serde::Serialize;

use super::Outcome;
use crate::text::visible;

/// The lines.
pub(crate) fn lines(report: &Report, outcome: Outcome, mirrored: bool) -> String {
    let mut text = String::new();
    let origin = report.checkpoint.as_ref().map(|signed| visible(&signed.checkpoint().origin));
    let log = origin.as_deref().unwrap_or("the log");
    let said = match outcome {
        Outcome::Agrees => format!("{log}: {} with its checkpoint", agreeing(report.entries)),
        Outcome::Disagrees => format!("{log}: it does not agree"),
        Outcome::Unread => format!("{log}: nothing can be said, because not all of it could be read"),
    };
    let _ = writeln!(text, "{said}");
    if let Some(judged) = report.judged.as_ref().filter(|judged| !judged.cosigners.is_empty()) {
        let names: Vec<String> =
            judged.cosigners.iter().map(|(name, time_s)| format!("{} at {}", visible(name), time(*time_s))).collect();
        let quorum = if judged.quorum { "enough for the policy" } else { "too few for the policy" };
        let _ = writeln!(text, "cosigned by {}: {quorum}", names.join(", "));
    }
    if outcome == Outcome::Agrees {
        let mirror = if mirrored { "; the mirror holds the same" } else { "" };
        let _ = writeln!(text, "{} checkpoints confirmed, {} files read{mirror}", report.confirmed, report.objects);
    }
    for finding in &report.findings {
        let _ = writeln!(text, "{}", visible(&finding.to_string()));
    }
    for fork in &report.forks {
        write_fork(&mut text, fork);
    }
    text
}

fn agreeing(entries: u64) -> String {
    if entries == 1 { "1 entry agrees".into() } else { format!("{entries} entries agree") }
}

fn write_fork(text: &mut String, fork: &Fork) {
    let first = fork.first_index.map_or(String::new(), |index| format!("; the first entry that differs is {index}"));
    let _ = writeln!(text, "TWO HISTORIES were signed with this log's key{first}");
    for (place, signed) in [("here", &fork.here), (fork.from.as_str(), &fork.there)] {
        let _ = writeln!(text, "  {}:", visible(place));
        for line in signed.print().lines() {
            let _ = writeln!(text, "    {}", visible(line));
        }
    }
}

fn time(time_s: u64) -> String {
    let known = i64::try_from(time_s).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    known.map_or(format!("{time_s} s"), |time| time.to_string())
}

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    outcome: Outcome,
    origin: Option<&'a str>,
    /// In the newest checkpoint that is served.
    entries: u64,
    root: Option<String>,
    quorum: Option<bool>,
    cosigners: Vec<Cosigner<'a>>,
    checkpoints_confirmed: u64,
    objects_read: u64,
    findings: Vec<FindingOut<'a>>,
    forks: Vec<ForkOut>,
    exit: u8,
}

#[derive(Serialize)]
struct Cosigner<'a> {
    name: &'a str,
    time_s: u64,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    path: &'a str,
    index: Option<u64>,
    what: &'a str,
}

#[derive(Serialize)]
struct ForkOut {
    from: String,
    first_index: Option<u64>,
    here: String,
    there: String,
}

/// `counterpart.log-check/1`
pub(crate) fn json(report: &Report, outcome: Outcome) -> String {
    let checkpoint = report.checkpoint.as_ref().map(|signed| signed.checkpoint());
    let judged = report.judged.as_ref();
    let check = Check {
        schema: "counterpart.log-check/1",
        outcome,
        origin: checkpoint.map(|checkpoint| checkpoint.origin.as_str()),
        entries: report.entries,
        root: checkpoint.map(|checkpoint| crate::text::hex(&checkpoint.root)),
        quorum: judged.map(|judged| judged.quorum),
        cosigners: judged
            .into_iter()
            .flat_map(|judged| &judged.cosigners)
            .map(|(name, time_s)| Cosigner { name, time_s: *time_s })
            .collect(),
        checkpoints_confirmed: report.confirmed,
        objects_read: report.objects,
        findings: report.findings.iter().map(finding_out).collect(),
        forks: report.forks.iter().map(fork_out).collect(),
        exit: outcome.code(),
    };
    let line = serde_json::to_string(&check).expect("only texts and numbers");
    format!("{line}\n")
}

fn finding_out(found: &Finding) -> FindingOut<'_> {
    FindingOut { path: &found.path, index: found.index, what: &found.what }
}

fn fork_out(fork: &Fork) -> ForkOut {
    ForkOut {
        from: fork.from.clone(),
        first_index: fork.first_index,
        here: fork.here.print(),
        there: fork.there.print(),
    }
}

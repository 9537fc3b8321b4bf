//! What a check found, as lines for people. The same as JSON: `json.rs`.
//!
//! Not the finding (`ledger::audit`). Invariants: texts from a log are made harmless; nothing of one kind fills the screen; what was
//! not looked at is always said.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use ledger::{Finding, Fork, Kind, Mirror, Report};

use super::Outcome;
use crate::codes;
use crate::text::visible;

/// So many findings that say the same of different files are shown; then their number.
const ALIKE_MAX: usize = 3;

/// What a check has to say.
pub(crate) struct Shown<'a> {
    pub(crate) report: &'a Report,
    pub(crate) outcome: Outcome,
    /// What it did not look at.
    pub(crate) unseen: Vec<Unseen>,
    /// Whether what was seen could be remembered.
    pub(crate) is_kept: bool,
}

/// One of the two that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Log,
    Mirror,
}

/// What a check does not look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// What lies beside the newest tree, where that cannot be listed.
    LeftOver(Side),
    /// Checkpoints of earlier checks.
    Earlier,
}

impl Unseen {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Unseen::LeftOver(Side::Log) => {
                "the log's partial tiles of earlier sizes and staging objects (nothing can be listed over HTTP)"
            }
            Unseen::LeftOver(Side::Mirror) => {
                "the mirror's partial tiles of earlier sizes and staging objects (nothing can be listed over HTTP)"
            }
            Unseen::Earlier => "checkpoints of earlier checks (there is no --state)",
        }
    }
}

impl Shown<'_> {
    /// The exit code: nothing is better than what was found, and an agreement that cannot be remembered is not done.
    pub(crate) fn code(&self) -> u8 {
        match self.outcome {
            Outcome::Agrees if !self.is_kept => codes::COULD_NOT,
            outcome => outcome.code(),
        }
    }

    /// The lines.
    pub(crate) fn lines(&self) -> String {
        let (report, mut text) = (self.report, String::new());
        let origin = report.newest.as_ref().or(report.checkpoint.as_ref());
        let origin = origin.map(|signed| visible(&signed.checkpoint().origin));
        let log = origin.as_deref().unwrap_or("the log");
        let said = match self.outcome {
            Outcome::Agrees => format!("{log}: {}", agreeing(report)),
            Outcome::Disagrees => format!("{log}: it does not agree"),
            Outcome::Unread => format!("{log}: nothing can be said, because not all of it could be read or compared"),
        };
        let _ = writeln!(text, "{said}");
        write_cosigners(&mut text, report);
        if self.outcome == Outcome::Agrees {
            let _ = writeln!(text, "{} checkpoints confirmed, {} files read", report.confirmed, report.objects);
        }
        if let Some(said) = report.mirror.as_ref().and_then(beside) {
            let _ = writeln!(text, "{said}");
        }
        write_findings(&mut text, report);
        for fork in &report.forks {
            write_fork(&mut text, fork);
        }
        for note in &report.notes {
            let _ = writeln!(text, "note: {}", visible(&format!("{}: {}", note.path, note.what)));
        }
        if !self.unseen.is_empty() {
            let words: Vec<&str> = self.unseen.iter().map(|unseen| unseen.words()).collect();
            let _ = writeln!(text, "not looked at: {}", words.join("; "));
        }
        text
    }
}

/// How far it agrees, and how far others than the log vouch for that.
fn agreeing(report: &Report) -> String {
    let all = report.entries;
    let agree = if all == 1 { "1 entry agrees".into() } else { format!("{all} entries agree") };
    match unwitnessed(report) {
        Some(beyond) => format!(
            "{agree} with what it signed; {} of them witnessed ({}), {beyond} not yet witnessed",
            all.saturating_sub(beyond),
            cosigners(report).join(", ")
        ),
        None => format!("{agree} with its checkpoint"),
    }
}

/// Entries that the log signed beyond those for which the policy's witnesses vouch.
fn unwitnessed(report: &Report) -> Option<u64> {
    let (newest, witnessed) = (report.newest.as_ref()?.checkpoint(), report.witnessed.as_ref()?.checkpoint());
    newest.size.checked_sub(witnessed.size).filter(|beyond| *beyond > 0)
}

fn cosigners(report: &Report) -> Vec<String> {
    let judged = report.judged.iter().flat_map(|judged| &judged.cosigners);
    judged.map(|(name, time_s)| format!("{} at {}", visible(name), time(*time_s))).collect()
}

fn write_cosigners(text: &mut String, report: &Report) {
    let (Some(judged), names) = (&report.judged, cosigners(report)) else { return };
    let is_said = report.is_clean() && unwitnessed(report).is_some();
    if names.is_empty() || is_said {
        return;
    }
    let size = report.checkpoint.as_ref().map_or(0, |signed| signed.checkpoint().size);
    let up_to = if unwitnessed(report).is_some() { format!("the first {} ", entries(size)) } else { String::new() };
    let quorum = if judged.quorum { "enough for the policy" } else { "too few for the policy" };
    let _ = writeln!(text, "{up_to}cosigned by {}: {quorum}", names.join(", "));
}

/// The mirror beside the log, when they are the same as far as both go.
fn beside(mirror: &Mirror) -> Option<String> {
    let same = mirror.same_entries?;
    let (log, there) = (mirror.log_entries, mirror.entries);
    let lacks = match log.cmp(&there) {
        Ordering::Equal if mirror.checkpoint_entries.is_none() => {
            return Some(format!("the mirror holds the same {}, but no checkpoint", entries(there)));
        }
        Ordering::Equal => return Some(format!("the mirror holds the same: {}", entries(there))),
        Ordering::Greater => format!("the mirror lacks {}", entries(log - there)),
        Ordering::Less => format!("the log lacks {}", entries(there - log)),
    };
    let (log, there) = (entries(log), entries(there));
    Some(format!("the log holds {log}, the mirror {there}: the first {same} are the same, and {lacks}"))
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".into() } else { format!("{count} entries") }
}

fn write_findings(text: &mut String, report: &Report) {
    // What is to be said of each, in the order in which it was said first.
    let mut all: Vec<Vec<&Finding>> = Vec::new();
    let mut places: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for finding in &report.findings {
        let place = *places.entry((finding.kind, &finding.what)).or_insert(all.len());
        if place == all.len() {
            all.push(Vec::new());
        }
        all[place].push(finding);
    }
    for alike in all {
        // One more than are shown is no reason to leave it out.
        let shown = if alike.len() > ALIKE_MAX + 1 { ALIKE_MAX } else { alike.len() };
        for finding in &alike[..shown] {
            let _ = writeln!(text, "{}", visible(&finding.to_string()));
        }
        if alike.len() > shown {
            let _ = writeln!(text, "and {} more files of which the same is to be said", alike.len() - shown);
        }
    }
    if report.more > 0 {
        let _ = writeln!(text, "and {} more findings", report.more);
    }
}

fn write_fork(text: &mut String, fork: &Fork) {
    let first = fork.first_index.map_or(String::new(), |index| format!("; the first entry that differs is {index}"));
    let _ = writeln!(text, "TWO HISTORIES were signed with this log's key{first}");
    for (place, signed) in [(&fork.at, &fork.here), (&fork.from, &fork.there)] {
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

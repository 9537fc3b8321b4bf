//! What a check found, as JSON (`docs/schemas/counterpart.log-check.json`).
//!
//! Not the lines (`shown.rs`). Invariants: both say the same; texts from a log stand as they are; a field once given is not taken
//! away or renamed within a version.

use ledger::{Finding, Fork, Mirror, Note};
use serde::Serialize;

use super::Outcome;
use super::shown::Shown;

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    outcome: Outcome,
    origin: Option<&'a str>,
    /// That were rebuilt.
    entries: u64,
    root: Option<String>,
    witnessed: Option<Witnessed>,
    quorum: Option<bool>,
    cosigners: Vec<Cosigner<'a>>,
    checkpoints_confirmed: u64,
    objects_read: u64,
    mirror: Option<MirrorOut>,
    findings: Vec<FindingOut<'a>>,
    findings_left_out: u64,
    forks: Vec<ForkOut<'a>>,
    notes: Vec<NoteOut<'a>>,
    not_looked_at: Vec<&'static str>,
    exit: u8,
}

/// Up to where the policy's quorum of witnesses vouches.
#[derive(Serialize)]
struct Witnessed {
    entries: u64,
    root: String,
}

#[derive(Serialize)]
struct Cosigner<'a> {
    name: &'a str,
    time_s: u64,
}

#[derive(Serialize)]
struct MirrorOut {
    log_entries: u64,
    entries: u64,
    checkpoint_entries: Option<u64>,
    same_entries: Option<u64>,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    kind: &'static str,
    path: &'a str,
    index: Option<u64>,
    what: &'a str,
}

#[derive(Serialize)]
struct ForkOut<'a> {
    at: &'a str,
    from: &'a str,
    first_index: Option<u64>,
    here: String,
    there: String,
}

#[derive(Serialize)]
struct NoteOut<'a> {
    path: &'a str,
    what: &'a str,
}

impl Shown<'_> {
    /// `counterpart.log-check/1`
    pub(crate) fn json(&self) -> String {
        let report = self.report;
        let newest = report.newest.as_ref().or(report.checkpoint.as_ref()).map(|signed| signed.checkpoint());
        let witnessed = report.witnessed.as_ref().map(|signed| signed.checkpoint());
        let judged = report.judged.as_ref();
        let cosigners = judged.into_iter().flat_map(|judged| &judged.cosigners);
        let check = Check {
            schema: "counterpart.log-check/1",
            outcome: self.outcome,
            origin: newest.map(|checkpoint| checkpoint.origin.as_str()),
            entries: report.entries,
            root: newest.map(|checkpoint| crate::text::hex(&checkpoint.root)),
            witnessed: witnessed
                .map(|checkpoint| Witnessed { entries: checkpoint.size, root: crate::text::hex(&checkpoint.root) }),
            quorum: report.quorum,
            cosigners: cosigners.map(|(name, time_s)| Cosigner { name, time_s: *time_s }).collect(),
            checkpoints_confirmed: report.confirmed,
            objects_read: report.objects,
            mirror: report.mirror.as_ref().map(mirror_out),
            findings: report.findings.iter().map(finding_out).collect(),
            findings_left_out: report.more,
            forks: report.forks.iter().map(fork_out).collect(),
            notes: report.notes.iter().map(note_out).collect(),
            not_looked_at: self.unseen.iter().map(|unseen| unseen.words()).collect(),
            exit: self.code(),
        };
        let line = serde_json::to_string(&check).expect("only texts and numbers");
        format!("{line}\n")
    }
}

fn mirror_out(mirror: &Mirror) -> MirrorOut {
    MirrorOut {
        log_entries: mirror.log_entries,
        entries: mirror.entries,
        checkpoint_entries: mirror.checkpoint_entries,
        same_entries: mirror.same_entries,
    }
}

fn finding_out(found: &Finding) -> FindingOut<'_> {
    FindingOut { kind: found.kind.name(), path: &found.path, index: found.index, what: &found.what }
}

fn fork_out(fork: &Fork) -> ForkOut<'_> {
    ForkOut {
        at: &fork.at,
        from: &fork.from,
        first_index: fork.first_index,
        here: fork.here.print(),
        there: fork.there.print(),
    }
}

fn note_out(note: &Note) -> NoteOut<'_> {
    NoteOut { path: &note.path, what: &note.what }
}

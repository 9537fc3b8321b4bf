//! Checks a log from outside, as anybody can: everything it serves against everything it ever signed.
//!
//! The whole tree is rebuilt from the entries while they stream by, and each tile, each signed checkpoint and a second mirror are
//! held against it. Not here: fetching over HTTP and remembering checkpoints (the desk). Invariants: memory does not grow
//! with the log; a finding names the object, and the entry where there is one; no finding means that every byte was seen.

mod narrow;
mod rebuild;

use std::fmt;

use seal::tlog::{Hash, Judged, Policy, Signed, SignedCheckpoint};

use crate::objects::ReadSide;
use crate::start::NOTE_BYTES_MAX;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::read_either;
use crate::tiles::{TILE_WIDTH, bundle_path};
use rebuild::Rebuilt;

/// More findings than this are not collected; one is enough to distrust a log.
const FINDINGS_MAX: usize = 1_000;

/// What an audit found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Entries that were rebuilt.
    pub entries: u64,
    /// Tiles and bundles that were read.
    pub objects: u64,
    /// The published checkpoint, as far as it can be read.
    pub checkpoint: Option<SignedCheckpoint>,
    /// What the policy makes of it.
    pub judged: Option<Judged>,
    /// Checkpoints, published or known before, that the rebuilt tree confirms.
    pub confirmed: u64,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// Two histories under one signature.
    pub forks: Vec<Fork>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.forks.is_empty()
    }

    fn find(&mut self, path: impl Into<String>, index: Option<u64>, what: impl Into<String>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { path: path.into(), index, what: what.into() });
        }
    }
}

/// One thing that is wrong: the first place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object, or `known` for a checkpoint the auditor brought, or `mirror/…`.
    pub path: String,
    /// The entry, if it is about one.
    pub index: Option<u64>,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}: entry {index}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}

/// Two checkpoints of one log that cannot both be true: evidence against whoever holds its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// What the audited side serves.
    pub here: SignedCheckpoint,
    /// What was signed elsewhere.
    pub there: SignedCheckpoint,
    /// Where `there` comes from: `known`, `pending`, `mirror/checkpoint` …
    pub from: String,
    /// The first entry in which two mirrors differ.
    pub first_index: Option<u64>,
}

/// A checkpoint to be held against the tree, and where it comes from.
struct Claim {
    from: String,
    signed: SignedCheckpoint,
}

/// Audits what `source` serves: against itself, against `known` (checkpoints seen at any time), and against a second mirror.
pub async fn audit(
    source: &dyn ReadSide,
    known: &[SignedCheckpoint],
    policy: &Policy,
    mirror: Option<&dyn ReadSide>,
) -> Report {
    let mut report = Report::default();
    let own = read_claims(source, "", policy, &mut report).await;
    let theirs = match mirror {
        Some(mirror) => read_claims(mirror, "mirror/", policy, &mut report).await,
        None => Vec::new(),
    };
    let known = known.iter().map(|signed| Claim { from: "known".into(), signed: signed.clone() });
    let known: Vec<Claim> = known.filter(|claim| is_signed(claim, policy, &mut report)).collect();
    let Some(newest) = newest(&own) else {
        report.find(
            "checkpoint",
            None,
            "nothing here is signed by a log of the policy: there is nothing to audit against",
        );
        return report;
    };
    let is_named = report.findings.iter().any(|finding| finding.path == "checkpoint");
    if report.checkpoint.is_none() && policy.asks_for_witnesses() && !is_named {
        report.find("checkpoint", None, "it is missing: nothing here was witnessed as the policy asks");
    }
    let sizes = own.iter().chain(&theirs).chain(&known).map(|claim| claim.signed.checkpoint().size);
    let rebuilt = rebuild::rebuild(source, "", newest, sizes.collect(), &mut report).await;
    narrow::hold(source, "", &mut report).await;
    report.entries = rebuilt.size;
    let claims: Vec<Claim> = own.into_iter().chain(known).collect();
    hold(&rebuilt, &claims, &mut report);
    if let Some(mirror) = mirror {
        compare(source, mirror, &rebuilt, &claims, &theirs, &mut report).await;
    }
    report
}

/// The signed checkpoints that a side serves.
async fn read_claims(source: &dyn ReadSide, prefix: &str, policy: &Policy, report: &mut Report) -> Vec<Claim> {
    let mut claims = Vec::new();
    for name in ["checkpoint", "pending"] {
        let path = format!("{prefix}{name}");
        let note = match source.read(name, NOTE_BYTES_MAX).await {
            Ok(Some(note)) => note,
            // A mirror need not have `pending`, nor a log without witnesses that was just begun a `checkpoint`.
            Ok(None) => continue,
            Err(error) => {
                report.find(path, None, error.to_string());
                continue;
            }
        };
        let Some(signed) = SignedCheckpoint::parse(&note) else {
            report.find(path, None, "not a signed checkpoint");
            continue;
        };
        judge_lines(&signed, &path, policy, report);
        let judged = policy.judge(&signed);
        if name == "checkpoint" {
            if !judged.quorum {
                report.find(&path, None, "the policy's quorum of witnesses is not there");
            }
            if prefix.is_empty() {
                report.checkpoint = Some(signed.clone());
                report.judged = Some(judged);
            }
        }
        let claim = Claim { from: path, signed };
        if is_signed(&claim, policy, report) {
            claims.push(claim);
        }
    }
    claims
}

/// Signature lines that do not verify, and those of nobody the policy knows.
fn judge_lines(signed: &SignedCheckpoint, path: &str, policy: &Policy, report: &mut Report) {
    for witness in policy.judge(signed).forged {
        report.find(path, None, format!("the cosignature of {witness} does not verify"));
    }
    for line in signed.lines() {
        let alone = format!("{}\n{line}\n", signed.checkpoint().text());
        let judged = SignedCheckpoint::parse(alone.as_bytes()).map(|alone| policy.judge(&alone));
        let is_known = judged.is_some_and(|judged| {
            judged.log.is_some_and(|log| log != Signed::Absent)
                || !judged.cosigners.is_empty()
                || !judged.forged.is_empty()
        });
        if !is_known {
            report.find(path, None, format!("a line of {}, whose key the policy does not name", line.name()));
        }
    }
}

fn is_signed(claim: &Claim, policy: &Policy, report: &mut Report) -> bool {
    let what = match policy.judge(&claim.signed).log {
        Some(Signed::Holds) => return true,
        Some(Signed::Forged) => "the log's signature does not verify",
        Some(Signed::Absent) => "the log did not sign it",
        None => "it is of a log the policy does not name",
    };
    report.find(&claim.from, None, what);
    false
}

fn newest(claims: &[Claim]) -> Option<&SignedCheckpoint> {
    claims.iter().map(|claim| &claim.signed).max_by_key(|signed| signed.checkpoint().size)
}

/// Holds signed checkpoints against the rebuilt tree.
fn hold(rebuilt: &Rebuilt, claims: &[Claim], report: &mut Report) {
    for claim in claims {
        let checkpoint = claim.signed.checkpoint();
        if checkpoint.origin != rebuilt.signed.checkpoint().origin {
            report.find(&claim.from, None, format!("it is of {}, another log", checkpoint.origin));
        } else if checkpoint.size > rebuilt.size {
            let what =
                format!("it has {} entries, but only {} are served: the log went back", checkpoint.size, rebuilt.size);
            report.find(&claim.from, None, what);
        } else {
            match rebuilt.roots.get(&checkpoint.size) {
                Some(root) if *root == checkpoint.root => report.confirmed += 1,
                Some(_) => disagree(rebuilt, claim, report),
                None => report.find(&claim.from, None, "entries before it could not be read: it cannot be confirmed"),
            }
        }
    }
}

/// A root that the entries do not lead to: a fork if what is served is otherwise whole and signed, or else damage.
fn disagree(rebuilt: &Rebuilt, claim: &Claim, report: &mut Report) {
    let size = claim.signed.checkpoint().size;
    let serves_what_it_signed = rebuilt.roots.get(&rebuilt.size) == Some(&rebuilt.signed.checkpoint().root);
    if serves_what_it_signed && claim.signed != rebuilt.signed {
        let (here, there) = (rebuilt.signed.clone(), claim.signed.clone());
        report.forks.push(Fork { here, there, from: claim.from.clone(), first_index: None });
    } else {
        report.find(&claim.from, None, format!("the first {size} entries lead to another root"));
    }
}

/// Audits the mirror by itself, holds each side's checkpoints against the other, and finds the first entry that differs.
async fn compare(
    source: &dyn ReadSide,
    mirror: &dyn ReadSide,
    rebuilt: &Rebuilt,
    claims: &[Claim],
    theirs: &[Claim],
    report: &mut Report,
) {
    let Some(newest) = newest(theirs) else {
        report.find("mirror/checkpoint", None, "nothing there is signed by a log of the policy");
        return;
    };
    let sizes = claims.iter().chain(theirs).map(|claim| claim.signed.checkpoint().size).collect();
    let other = rebuild::rebuild(mirror, "mirror/", newest, sizes, report).await;
    narrow::hold(mirror, "mirror/", report).await;
    hold(&other, theirs, report);
    let mut forks = cross(rebuilt, theirs);
    forks.extend(cross(&other, claims).into_iter().map(|fork| Fork { here: fork.there, there: fork.here, ..fork }));
    if !forks.is_empty() {
        let first_index = first_difference(source, rebuilt.size, mirror, other.size).await;
        for fork in &mut forks {
            fork.first_index = first_index;
        }
    }
    forks.dedup_by(|a, b| (&a.here, &a.there) == (&b.here, &b.there));
    report.forks.extend(forks);
}

/// The checkpoints of one side that the other side's entries contradict.
fn cross(rebuilt: &Rebuilt, claims: &[Claim]) -> Vec<Fork> {
    let contradicts = |claim: &&Claim| {
        let checkpoint = claim.signed.checkpoint();
        let root: Option<&Hash> = rebuilt.roots.get(&checkpoint.size);
        claim.from != "known" && root.is_some_and(|root| *root != checkpoint.root)
    };
    let fork = |claim: &Claim| Fork {
        here: rebuilt.signed.clone(),
        there: claim.signed.clone(),
        from: claim.from.clone(),
        first_index: None,
    };
    claims.iter().filter(contradicts).map(fork).collect()
}

/// The first entry that two mirrors serve differently.
async fn first_difference(one: &dyn ReadSide, one_size: u64, two: &dyn ReadSide, two_size: u64) -> Option<u64> {
    for number in 0..one_size.min(two_size).div_ceil(TILE_WIDTH) {
        let mut sides = Vec::new();
        for (side, size) in [(one, one_size), (two, two_size)] {
            let width = (size - number * TILE_WIDTH).min(TILE_WIDTH);
            let read = read_either(side, |width| bundle_path(number, width), width, BUNDLE_BYTES_MAX).await;
            let (_, bytes, width) = read.ok()?;
            sides.push(bundle::parse(&bytes, width).ok()?);
        }
        if let Some(at) = sides[0].iter().zip(&sides[1]).position(|(one, two)| one != two) {
            return Some(number * TILE_WIDTH + at as u64).filter(|index| *index < one_size.min(two_size));
        }
    }
    None
}

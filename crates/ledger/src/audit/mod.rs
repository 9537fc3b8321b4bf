//! Checks a log from outside, as anybody can: everything it serves against everything it ever signed.
//!
//! The whole tree is rebuilt from the entries while they stream by, and each tile, each signed checkpoint and a second mirror are
//! held against it. Not here: fetching over HTTP and remembering checkpoints (the desk). Invariants: memory does not grow
//! with the entries; a finding names the object, and the entry where there is one; no finding means that every byte was seen
//! of what the newest checkpoint covers and of what the store can list.

mod claims;
mod listing;
mod mirror;
mod rebuild;
mod report;
mod staged;

use std::time::Duration;

use seal::tlog::{Policy, SignedCheckpoint};

use crate::objects::ReadSide;
use claims::{Claim, Notes, is_signed, newest};
use rebuild::Rebuilt;
pub use report::{Finding, Fork, Kind, Mirror, Note, Report};

/// How often a log that is behind its mirror is asked again, and after how long.
const AGAIN_MAX: usize = 5;
const AGAIN: Duration = Duration::from_millis(200);

/// Audits what `source` serves: against itself, against `known` (checkpoints seen at any time), and against a second mirror.
pub async fn audit(
    source: &dyn ReadSide,
    known: &[SignedCheckpoint],
    policy: &Policy,
    mirror: Option<&dyn ReadSide>,
) -> Report {
    let mut report = Report::default();
    // The mirror first: whatever it holds by now, an honest log holds afterwards.
    let theirs = match mirror {
        Some(mirror) => Notes::of(mirror, "mirror/", &mut report).await,
        None => Notes::default(),
    };
    let own = read_own(source, theirs.size(), &mut report).await;
    report.checkpoint = own.named("checkpoint").cloned();
    report.judged = report.checkpoint.as_ref().map(|signed| policy.judge(signed));
    let own = own.claims(policy, &mut report);
    let known = known.iter().map(|signed| Claim { from: "known".into(), signed: signed.clone() });
    let known: Vec<Claim> = known.filter(|claim| is_signed(claim, policy, &mut report)).collect();
    let Some(newest) = newest(&own).cloned() else {
        if !report.names(&["checkpoint", "pending"]) {
            report.find(
                Kind::Nothing,
                "checkpoint",
                None,
                "nothing here is signed by a log of the policy: there is nothing to audit",
            );
        }
        return report;
    };
    report.newest = Some(newest.signed.clone());
    let is_witnessed = |claim: &&Claim| policy.asks_for_witnesses() && policy.judge(&claim.signed).quorum;
    let witnessed = own.iter().filter(is_witnessed).max_by_key(|claim| claim.signed.checkpoint().size);
    report.witnessed = witnessed.map(|claim| claim.signed.clone());
    let is_all = report.witnessed.as_ref().is_some_and(|signed| signed.checkpoint() == newest.signed.checkpoint());
    report.quorum = Some(is_all || !policy.asks_for_witnesses());
    note_unwitnessed(&newest, policy, &mut report);
    let origin = newest.signed.checkpoint().origin.clone();
    let theirs = mirror.map(|_| mirror::of_same_log(theirs, &origin, policy, &mut report)).unwrap_or_default();
    let sizes = own.iter().chain(&theirs).chain(&known).map(|claim| claim.signed.checkpoint().size);
    let rebuilt = rebuild::rebuild(source, "", &newest, sizes.collect(), &mut report).await;
    report.entries = rebuilt.entries;
    let claims: Vec<Claim> = own.into_iter().chain(known).collect();
    hold(&rebuilt, &claims, &mut report);
    if let Some(mirror) = mirror.filter(|_| !theirs.is_empty()) {
        mirror::compare(source, mirror, &rebuilt, &claims, &theirs, &mut report).await;
    }
    report
}

/// The log's own notes. One that is behind its mirror is asked again: it may show a moment later what it has written already.
async fn read_own(source: &dyn ReadSide, at_least: u64, report: &mut Report) -> Notes {
    for _ in 0..if at_least > 0 { AGAIN_MAX } else { 0 } {
        // What is wrong with them is said once, when they are read for good.
        let size = Notes::of(source, "", &mut Report::default()).await.size();
        if size == 0 || size >= at_least {
            break;
        }
        tokio::time::sleep(AGAIN).await;
    }
    Notes::of(source, "", report).await
}

/// What is signed but not witnessed: a fault where nothing is witnessed, else worth knowing.
fn note_unwitnessed(newest: &Claim, policy: &Policy, report: &mut Report) {
    if !policy.asks_for_witnesses() {
        return;
    }
    let size = newest.signed.checkpoint().size;
    match report.witnessed.as_ref().map(|signed| signed.checkpoint().size) {
        Some(witnessed) if witnessed < size => {
            let what = format!("{} of {size} entries are signed but not witnessed yet", size - witnessed);
            report.note(&newest.from, what);
        }
        None if report.checkpoint.is_none() && !report.names(&["checkpoint"]) => {
            let what = "it is missing: nothing here was witnessed as the policy asks";
            report.find(Kind::NoQuorum, "checkpoint", None, what);
        }
        _ => {}
    }
}

/// Holds signed checkpoints against the rebuilt tree.
fn hold(rebuilt: &Rebuilt, claims: &[Claim], report: &mut Report) {
    let served = rebuilt.signed.checkpoint();
    for claim in claims {
        let checkpoint = claim.signed.checkpoint();
        if checkpoint.origin != served.origin {
            report.find(Kind::OtherLog, &claim.from, None, format!("it is of {}, another log", checkpoint.origin));
        } else if checkpoint.size > served.size {
            let what =
                format!("it has {} entries, but only {} are served: the log went back", checkpoint.size, served.size);
            report.find(Kind::WentBack, &claim.from, None, what);
        } else {
            match rebuilt.roots.get(&checkpoint.size) {
                Some(root) if *root == checkpoint.root => report.confirmed += 1,
                Some(_) => disagree(rebuilt, claim, report),
                None => {
                    let what = "entries before it could not be read: it cannot be confirmed";
                    report.find(Kind::Unconfirmed, &claim.from, None, what);
                }
            }
        }
    }
}

/// A root that the entries do not lead to: a fork if what is served is otherwise whole and signed, or else damage.
fn disagree(rebuilt: &Rebuilt, claim: &Claim, report: &mut Report) {
    let checkpoint = claim.signed.checkpoint();
    if rebuilt.serves_what_it_signed() && checkpoint != rebuilt.signed.checkpoint() {
        report.fork(Fork {
            here: rebuilt.signed.clone(),
            at: rebuilt.at.clone(),
            there: claim.signed.clone(),
            from: claim.from.clone(),
            first_index: None,
        });
    } else {
        let what = format!("the first {} entries lead to another root", checkpoint.size);
        report.find(Kind::WrongRoot, &claim.from, None, what);
    }
}

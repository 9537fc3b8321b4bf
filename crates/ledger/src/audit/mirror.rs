//! A second mirror beside the log: each side by itself, and the two against one another.
//!
//! Not the rebuilding (`rebuild.rs`). Invariants: a mirror that is behind is said to be, and is no fault; a log that is behind its
//! mirror went back, because the mirror was asked first; another log's mirror is never called a fork.

use seal::tlog::Policy;

use super::claims::{Claim, Notes, newest};
use super::hold;
use super::rebuild::{self, Rebuilt};
use super::report::{Fork, Kind, Mirror, Report};
use crate::objects::ReadSide;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::read_either;
use crate::tiles::{TILE_WIDTH, bundle_path};

/// What the mirror has of the log of this name, with all else named.
pub(super) fn of_same_log(notes: Notes, origin: &str, policy: &Policy, report: &mut Report) -> Vec<Claim> {
    let other = notes.read.iter().map(|claim| &claim.signed.checkpoint().origin).find(|other| *other != origin);
    let is_all_other = notes.read.iter().all(|claim| claim.signed.checkpoint().origin != origin);
    if let Some(other) = other.filter(|_| is_all_other) {
        let what = format!("it is of {other}, and not of {origin}: another log's mirror, nothing was compared");
        report.find(Kind::OtherMirror, "mirror/checkpoint", None, what);
        return Vec::new();
    }
    let mut claims = notes.claims(policy, report);
    claims.retain(|claim| {
        let is_other = claim.signed.checkpoint().origin != origin;
        if is_other {
            report.find(Kind::OtherLog, &claim.from, None, "it is of another log than the rest");
        }
        !is_other
    });
    say_no_checkpoint(&claims, policy, report);
    if claims.is_empty() && !report.names(&["mirror/checkpoint", "mirror/pending"]) {
        report.find(Kind::Nothing, "mirror/checkpoint", None, "nothing there is signed by a log of the policy");
    }
    claims
}

/// A mirror with `pending` alone: as for the log, a fault where the policy asks for witnesses.
fn say_no_checkpoint(claims: &[Claim], policy: &Policy, report: &mut Report) {
    let (path, is_there) = ("mirror/checkpoint", claims.iter().any(|claim| claim.from.ends_with("checkpoint")));
    if claims.is_empty() || is_there || report.names(&[path]) {
        return;
    }
    match policy.asks_for_witnesses() {
        true => {
            let what = "it is missing: nothing the mirror serves was witnessed as the policy asks";
            report.find(Kind::NoQuorum, path, None, what);
        }
        false => report.note(path, "it is missing: the mirror serves only what is not published yet"),
    }
}

/// Audits the mirror by itself, holds each side against the other, and finds the first entry that differs.
pub(super) async fn compare(
    source: &dyn ReadSide,
    mirror: &dyn ReadSide,
    rebuilt: &Rebuilt,
    claims: &[Claim],
    theirs: &[Claim],
    report: &mut Report,
) {
    let Some(newest) = newest(theirs) else { return };
    let sizes = claims.iter().chain(theirs).map(|claim| claim.signed.checkpoint().size).collect();
    let other = rebuild::rebuild(mirror, "mirror/", newest, sizes, report).await;
    hold(&other, theirs, report);
    let (here, there) = (rebuilt.signed.checkpoint(), other.signed.checkpoint());
    let same = is_same(rebuilt, &other);
    if same == Some(false) {
        let first_index = first_difference(source, rebuilt, mirror, &other).await;
        report.fork(Fork {
            here: rebuilt.signed.clone(),
            at: rebuilt.at.clone(),
            there: other.signed.clone(),
            from: other.at.clone(),
            first_index,
        });
    }
    let is_whole = rebuilt.serves_what_it_signed() && other.serves_what_it_signed();
    let same_entries = same.filter(|same| *same && is_whole).map(|_| here.size.min(there.size));
    let published = theirs.iter().find(|claim| claim.from.ends_with("checkpoint"));
    let checkpoint_entries = published.map(|claim| claim.signed.checkpoint().size);
    report.mirror = Some(Mirror { log_entries: here.size, entries: there.size, checkpoint_entries, same_entries });
    if there.size > here.size {
        let what = format!(
            "it has {} entries, but the log serves only {}: the log went back, or is itself an old copy",
            there.size, here.size
        );
        report.find(Kind::WentBack, &other.at, None, what);
    }
}

/// Whether the two are the same up to the shorter one; `None` where that cannot be said, and something is named already.
fn is_same(one: &Rebuilt, two: &Rebuilt) -> Option<bool> {
    let (long, short) =
        if one.signed.checkpoint().size >= two.signed.checkpoint().size { (one, two) } else { (two, one) };
    let (longer, shorter) = (long.signed.checkpoint(), short.signed.checkpoint());
    if longer.size == shorter.size {
        return Some(longer.root == shorter.root);
    }
    let root = long.roots.get(&shorter.size).filter(|_| long.serves_what_it_signed())?;
    Some(*root == shorter.root)
}

/// The first entry that two mirrors serve differently.
async fn first_difference(one: &dyn ReadSide, here: &Rebuilt, two: &dyn ReadSide, there: &Rebuilt) -> Option<u64> {
    let (one_size, two_size) = (here.signed.checkpoint().size, there.signed.checkpoint().size);
    // No further than either was gone through: there is an end of it.
    for number in 0..here.asked.min(there.asked).div_ceil(TILE_WIDTH) {
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

//! The check of a full copy's leaves and frames (`spec/seal.md` sections 5.1 and 6).
//!
//! Not here: the way in (`verify.rs`), reading and decoding frames (`segment.rs`). Invariants: every carried commitment enters
//! the tree, and everything in the file that a commitment speaks of is held against it, so each fault has its place; one pass.

use crate::body::Body;
use crate::body_full::{Entry, Fault, Tail, one_more_anchor, one_more_event};
use crate::checkpoint::Checkpoint;
use crate::leaf::{Commitment, Leaf, SLOT_CLOSING, SLOT_FIRST, Seed, commit, commit_digest};
use crate::segment::Listed;
use crate::verdict::{EventSeen, Outcome, Reason};
use crate::verify::Examination;
use crate::{AboutField, EndReason};

/// What is gathered on the way from leaf to leaf.
#[derive(Default)]
struct Tally {
    short_seen: bool,
    events: u32,
    anchors: u32,
    furthest: u64,
    /// Leaves under the last checkpoint.
    checkpoint_leaves: u64,
    end: Option<EndReason>,
}

pub(crate) fn examine(x: &mut Examination<'_>) -> Result<Outcome, Fault> {
    let head = x.read_full_head()?;
    let seed = Seed(head.seed);
    check_about(x, &seed, &head.about);
    x.evidence.about = head.about;
    x.evidence.leaves = head.leaves;
    x.tree.push(Leaf::Header.hash(x.id(), 0));
    let mut tally = Tally::default();
    while x.index() < head.leaves.into() {
        let format = x.evidence.header.format;
        let entry = Entry::read(x.file, &mut x.body, format)?;
        check_entry(x, &seed, &mut tally, entry, head.leaves)?;
    }
    let tail = Tail::read(x.file, &mut x.body)?;
    x.conclude(&tail);
    if tally.end.is_none() {
        x.findings.add(Reason::End, "the recording has no end");
    } else if tally.furthest > x.evidence.total_samples {
        x.findings.add(Reason::End, "an event lies beyond the end of the sound");
    }
    x.evidence.end = tally.end;
    Ok(if tally.end == Some(EndReason::Finished) { Outcome::Complete } else { Outcome::Interrupted })
}

fn check_about(x: &mut Examination<'_>, seed: &Seed, about: &[(AboutField, String)]) {
    let committed = &x.evidence.header.about;
    let same = about.len() == committed.len()
        && about.iter().zip(committed).all(|((field, value), (other, commitment))| {
            field == other && commit(&seed.salt(0, field.number()), value.as_bytes()) == *commitment
        });
    if !same {
        x.findings.add(Reason::About, "what is said about the recording is not what was sealed");
    }
}

fn check_entry(
    x: &mut Examination<'_>,
    seed: &Seed,
    tally: &mut Tally,
    entry: Entry,
    leaves: u32,
) -> Result<(), Fault> {
    let (id, index) = (x.id(), x.index());
    match entry {
        Entry::Audio { count, sizes, frames, tracks } => {
            let first = x.frames.samples();
            let listed = Listed { first, count, sizes: &sizes };
            x.tree.push(Leaf::Audio { first, count, frames: &frames, tracks: &tracks }.hash(id, index));
            check_place(x, tally, &listed);
            check_sound(x, seed, index, &listed, &frames, &tracks)?;
        }
        Entry::Event { kind, first, count, body } => {
            let committed = commit(&seed.salt(index, SLOT_FIRST), body.as_bytes());
            x.tree.push(Leaf::Event { kind, first, count, body: &committed }.hash(id, index));
            tally.events = one_more_event(tally.events)?;
            tally.furthest = tally.furthest.max(first);
            x.evidence.events.push(EventSeen { kind, first, count, body: Body::parse(&body) });
        }
        Entry::Anchor { first, body } => {
            let committed = commit(&seed.salt(index, SLOT_FIRST), &body);
            x.tree.push(Leaf::Anchor { first, body: &committed }.hash(id, index));
            tally.furthest = tally.furthest.max(first);
            tally.anchors = one_more_anchor(tally.anchors)?;
            x.judge.anchor(index, first, x.frames.samples(), &body);
        }
        Entry::End { reason, total, events, streaminfo, closing } => {
            let closed = commit(&seed.salt(index, SLOT_CLOSING), closing.as_bytes());
            x.tree.push(Leaf::End { reason, total, events, streaminfo: &streaminfo, closing: &closed }.hash(id, index));
            if index + 1 != u64::from(leaves) || total != x.frames.samples() || events != tally.events {
                x.findings.add(Reason::End, "the end does not agree with what comes before it");
            }
            if commit(&seed.salt(index, SLOT_FIRST), &x.streaminfo) != streaminfo {
                x.findings.add(Reason::StreamInfo, "the description of the sound (STREAMINFO) is not the one sealed");
            }
            tally.end = (index + 1 == u64::from(leaves)).then_some(reason);
            (x.evidence.total_samples, x.evidence.events_total) = (total, events);
            x.evidence.closing = Some(closing);
        }
        Entry::Checkpoint(note) => {
            if tally.checkpoint_leaves == index {
                return Err(Fault::Malformed("two checkpoints over the same leaves"));
            }
            tally.checkpoint_leaves = index;
            check_checkpoint(x, &note);
        }
    }
    Ok(())
}

fn check_checkpoint(x: &mut Examination<'_>, note: &[u8]) {
    match Checkpoint::open(note, x.id(), &x.evidence.header.public_key) {
        None => x.findings.add(Reason::Checkpoint, "a checkpoint's signature does not hold"),
        Some(checkpoint) if checkpoint == Checkpoint::of(x.id(), &x.tree) => {
            x.evidence.checkpoints += 1;
            x.judge.state(&checkpoint, x.frames.samples());
        }
        Some(_) => {
            let detail = "the recording key also signed another history of this recording";
            x.findings.add(Reason::TwoHistories, detail);
        }
    }
}

/// Whether the segment may stand where it stands, with as many frames as it lists.
fn check_place(x: &mut Examination<'_>, tally: &mut Tally, listed: &Listed<'_>) {
    let format = x.evidence.header.format;
    let fits = (1..=format.segment_samples()).contains(&listed.count)
        && listed.sizes.len() as u32 == listed.count.div_ceil(format.block_samples());
    if !fits || tally.short_seen {
        x.findings.add_at(Reason::End, listed.range(), None, "a segment of a length it cannot have");
    }
    tally.short_seen |= listed.count < format.segment_samples();
}

fn check_sound(
    x: &mut Examination<'_>,
    seed: &Seed,
    index: u64,
    listed: &Listed<'_>,
    frames: &Commitment,
    tracks: &[Commitment],
) -> Result<(), Fault> {
    let read = x.frames.read(x.file, listed, &mut x.findings).map_err(Fault::Io)?;
    if read && !x.frames.opens(&seed.salt(index, SLOT_FIRST), frames) {
        x.findings.add_at(Reason::Frames, listed.range(), None, "the encoded sound is not the one that was sealed");
    } else if read && x.frames.check_headers(listed, &mut x.findings) && x.evidence.deep {
        let digests = x.frames.decode(listed, &[], &mut x.findings, x.ear).unwrap_or_default();
        for (slot, (digest, commitment)) in (1..).zip(digests.iter().zip(tracks)) {
            if commit_digest(&seed.salt(index, slot), digest) != *commitment {
                let detail = "the track is not the one that was committed to";
                x.findings.add_at(Reason::Track, listed.range(), Some(slot), detail);
            }
        }
    }
    x.frames.advance(listed);
    x.report_progress();
    Ok(())
}

//! The check of an excerpt's or a redaction's items and frames (`spec/seal.md` sections 5.2 and 6).
//!
//! Not here: the way in (`verify.rs`), reading and decoding frames (`segment.rs`). Invariants: what is not shown is listed, always;
//! silence stands where a track is said to be silenced; a shown sample is one the original's tree commits to.

use crate::body::Body;
use crate::body_derived::{Item, Segment};
use crate::body_full::{Fault, Tail, one_more_anchor, one_more_event};
use crate::leaf::{Leaf, Salt, commit, commit_digest};
use crate::segment::Listed;
use crate::tree::maximal_subtrees;
use crate::verdict::{EventSeen, Hidden, Outcome, Reason, What};
use crate::verify::Examination;
use crate::{AboutField, EndReason};
use std::ops::Range;

/// What is gathered on the way from item to item.
#[derive(Default)]
struct Tally {
    /// Where the last shown segment ended.
    position: u64,
    /// Something was hidden since then.
    hidden: bool,
    hidden_ever: bool,
    hidden_last: bool,
    fresh: bool,
    /// Where a segment shorter than the others ended: the recording must end there.
    short_end: Option<u64>,
    events: u32,
    anchors: u32,
    furthest: u64,
    end: Option<EndReason>,
}

pub(crate) fn examine(x: &mut Examination<'_>) -> Result<Outcome, Fault> {
    let head = x.read_derived_head()?;
    check_about(x, &head.about);
    x.evidence.about = head.about.into_iter().map(|(field, _, value)| (field, value)).collect();
    x.evidence.leaves = head.leaves;
    x.tree.push(Leaf::Header.hash(x.id(), 0));
    let mut tally = Tally::default();
    while x.index() < head.leaves.into() {
        let (format, index) = (x.evidence.header.format, x.index());
        let hidden_max = u64::from(head.leaves) - 1 - index;
        let subtrees_of = |leaves| maximal_subtrees(index, leaves).count();
        let item = Item::read(x.file, &mut x.body, format, hidden_max, subtrees_of)?;
        let hides = matches!(item, Item::Hidden { .. });
        if hides && tally.hidden_last {
            return Err(Fault::Malformed("two hidden stretches in a row"));
        }
        check_item(x, &mut tally, item, head.leaves)?;
        tally.hidden_last = hides;
    }
    let tail = Tail::read(x.file, &mut x.body)?;
    x.conclude(&tail);
    conclude_places(x, &tally);
    x.evidence.end = tally.end;
    Ok(if tally.fresh { Outcome::Redacted } else { Outcome::Excerpt })
}

fn check_about(x: &mut Examination<'_>, about: &[(AboutField, Salt, String)]) {
    let opens = |(field, salt, value): &(AboutField, Salt, String)| {
        let opened = (*field, commit(salt, value.as_bytes()));
        x.evidence.header.about.contains(&opened)
    };
    if !about.iter().all(opens) {
        x.findings.add(Reason::About, "what is said about the recording is not what was sealed");
    }
}

fn check_item(x: &mut Examination<'_>, tally: &mut Tally, item: Item, leaves: u32) -> Result<(), Fault> {
    let (id, index) = (x.id(), x.index());
    match item {
        Item::Hidden { leaves, subtrees } => {
            for (height, hash) in maximal_subtrees(index, leaves.into()).zip(subtrees) {
                x.tree.push_subtree(height, hash);
            }
            (tally.hidden, tally.hidden_ever) = (true, true);
        }
        Item::Whole { segment, frames_salt, track_salts } => {
            let salts: Vec<_> = track_salts.into_iter().map(Some).collect();
            check_whole(x, tally, &segment, &frames_salt, &salts)?;
        }
        Item::Fresh { segment, shown } => check_fresh(x, tally, &segment, &shown)?,
        Item::Event { kind, first, count, body } => {
            let committed = body.commitment();
            x.tree.push(Leaf::Event { kind, first, count, body: &committed }.hash(id, index));
            tally.events = one_more_event(tally.events)?;
            tally.furthest = tally.furthest.max(first);
            x.evidence.events.push(EventSeen { kind, first, count, body: body.text().and_then(Body::parse) });
        }
        Item::Anchor { first, salt, body } => {
            x.tree.push(Leaf::Anchor { first, body: &commit(&salt, &body) }.hash(id, index));
            tally.furthest = tally.furthest.max(first);
            tally.anchors = one_more_anchor(tally.anchors)?;
            x.judge.anchor_of_a_part();
        }
        Item::End { reason, total, events, streaminfo, closing } => {
            let closed = closing.commitment();
            x.tree.push(Leaf::End { reason, total, events, streaminfo: &streaminfo, closing: &closed }.hash(id, index));
            if index + 1 == u64::from(leaves) {
                tally.end = Some(reason);
            } else {
                x.findings.add(Reason::End, "the end is not at the end");
            }
            (x.evidence.total_samples, x.evidence.events_total) = (total, events);
            x.evidence.closing = closing.text().map(str::to_owned);
        }
    }
    Ok(())
}

fn check_whole(
    x: &mut Examination<'_>,
    tally: &mut Tally,
    segment: &Segment,
    salt: &Salt,
    salts: &[Option<Salt>],
) -> Result<(), Fault> {
    let listed = segment.listed();
    check_place(x, tally, &listed);
    push_audio(x, segment);
    if x.frames.read(x.file, &listed, &mut x.findings).map_err(Fault::Io)? {
        let original = segment.first / u64::from(x.evidence.header.format.block_samples());
        if x.frames.renumbered_commitment(&listed, original, salt) != Some(segment.frames) {
            x.findings.add_at(Reason::Frames, listed.range(), None, "the encoded sound is not the one that was sealed");
        } else if x.frames.check_headers(&listed, &mut x.findings) {
            check_tracks(x, segment, salts, &[]);
        }
    }
    x.frames.advance(&listed);
    x.report_progress();
    Ok(())
}

fn check_fresh(
    x: &mut Examination<'_>,
    tally: &mut Tally,
    segment: &Segment,
    shown: &[Option<Salt>],
) -> Result<(), Fault> {
    let listed = segment.listed();
    check_place(x, tally, &listed);
    push_audio(x, segment);
    tally.fresh = true;
    let silent: Vec<usize> = (0..shown.len()).filter(|track| shown[*track].is_none()).collect();
    hide(&mut x.evidence.hidden, listed.range(), What::Muted(silent.iter().map(|track| *track as u8 + 1).collect()));
    let read = x.frames.read(x.file, &listed, &mut x.findings).map_err(Fault::Io)?;
    if read && x.frames.check_headers(&listed, &mut x.findings) {
        check_tracks(x, segment, shown, &silent);
    }
    x.frames.advance(&listed);
    x.report_progress();
    Ok(())
}

/// Decodes the segment just read: what is shown has to open its commitment, what is not has to be silent.
fn check_tracks(x: &mut Examination<'_>, segment: &Segment, salts: &[Option<Salt>], silent: &[usize]) {
    let listed = segment.listed();
    let digests = x.frames.decode(&listed, silent, &mut x.findings, x.ear).unwrap_or_default();
    for (track, digest) in digests.iter().enumerate() {
        if salts[track].is_some_and(|salt| commit_digest(&salt, digest) != segment.tracks[track]) {
            let detail = "the track is not the one that was sealed";
            x.findings.add_at(Reason::Track, listed.range(), Some(track as u8 + 1), detail);
        }
    }
}

fn push_audio(x: &mut Examination<'_>, segment: &Segment) {
    let leaf =
        Leaf::Audio { first: segment.first, count: segment.count, frames: &segment.frames, tracks: &segment.tracks };
    let (id, index) = (x.id(), x.index());
    x.tree.push(leaf.hash(id, index));
}

impl Segment {
    fn listed(&self) -> Listed<'_> {
        Listed { first: self.first, count: self.count, sizes: &self.sizes }
    }
}

/// Whether the segment may stand where it stands; what lies hidden before it.
fn check_place(x: &mut Examination<'_>, tally: &mut Tally, listed: &Listed<'_>) {
    let format = x.evidence.header.format;
    let segment = format.segment_samples();
    let fits = (1..=segment).contains(&listed.count)
        && listed.sizes.len() as u32 == listed.count.div_ceil(format.block_samples())
        && listed.first.is_multiple_of(segment.into())
        && tally.short_end.is_none()
        && if tally.hidden { listed.first >= tally.position } else { listed.first == tally.position };
    if !fits {
        x.findings.add_at(Reason::End, listed.range(), None, "a segment where it cannot be");
    } else if listed.first > tally.position {
        hide(&mut x.evidence.hidden, tally.position..listed.first, What::Removed);
    }
    tally.position = listed.range().end;
    tally.hidden = false;
    if listed.count < segment {
        tally.short_end = Some(tally.position);
    }
}

/// What can be said of places only when END is known.
fn conclude_places(x: &mut Examination<'_>, tally: &Tally) {
    let total = x.evidence.total_samples;
    let reaches = if tally.hidden { tally.position <= total } else { tally.position == total };
    let events = if tally.hidden_ever {
        tally.events <= x.evidence.events_total
    } else {
        tally.events == x.evidence.events_total
    };
    if tally.end.is_none() {
        x.findings.add(Reason::End, "the recording has no end");
    } else if !reaches || !events || tally.short_end.is_some_and(|end| end != total) || tally.furthest > total {
        x.findings.add(Reason::End, "the end does not agree with what comes before it");
    } else if tally.position < total {
        hide(&mut x.evidence.hidden, tally.position..total, What::Removed);
    }
}

/// Lists a stretch that is not shown, joined to the one before it if it is of the same kind.
fn hide(hidden: &mut Vec<Hidden>, range: Range<u64>, what: What) {
    match hidden.last_mut() {
        Some(last) if last.what == what && last.range.end == range.start => last.range.end = range.end,
        _ => hidden.push(Hidden { range, what }),
    }
}

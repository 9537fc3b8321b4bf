//! Judges time evidence while a recording is checked: what holds sets the bracket, what does not is listed.
//!
//! Not here: parsing (`anchor.rs`, `crate::tlog`), sentences. Source: `spec/log.md` section 4.
//! Invariants: evidence is used only after every check of it passed; of two pieces that contradict each other neither is
//! used; memory is bounded by the number of anchors and checkpoints a recording may have.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::Anchor;
use super::{Bracket, EvidenceKind, Limit, Live, Place, Refused, TimeFault};
use crate::RecordingId;
use crate::checkpoint::Checkpoint;
use crate::timestamp;
use crate::tlog::{Entry, EntryKind, Judged, Policy, Signed, SignedCheckpoint, blinded};
use crate::tree::Hash;

/// Anchors whose refusal is kept; the others are counted.
const REFUSED_MAX: usize = 200;
/// How far honest clocks of witnesses and authorities may lie apart, seconds.
const CLOCKS_APART_S: u64 = 30;

/// A state of the recording that an anchor may speak of.
#[derive(Clone, Copy)]
struct State {
    root: Hash,
    samples: u64,
}

/// One piece of evidence that holds by itself.
struct Piece {
    place: Place,
    /// Samples in the leaves before it: what came after them was sealed after the log had answered.
    before: u64,
    /// Leaves before the one that carries it.
    after: u64,
    /// Samples it covers, and the leaves they lie under; nothing for the header.
    covers: Option<(u64, u64)>,
    not_before_s: Option<u64>,
    not_after_s: Option<u64>,
    by: String,
    witnesses: Vec<String>,
    /// The log's size, and the index of the entry, if it is a log's.
    log: Option<(u64, Option<u64>)>,
    refused: Option<(TimeFault, String)>,
}

/// Collects evidence in the order of the seal.
pub(crate) struct Judge<'a> {
    policy: &'a Policy,
    id: RecordingId,
    rate_hz: u32,
    states: BTreeMap<u64, State>,
    pieces: Vec<Piece>,
    /// What each log said its root was at a size, as far as its signature holds.
    histories: BTreeMap<(String, u64), Hash>,
    forked: BTreeSet<String>,
    bracket: Bracket,
}

type Fault = (TimeFault, String);

fn fault<T>(fault: TimeFault, detail: impl Into<String>) -> Result<T, Fault> {
    Err((fault, detail.into()))
}

impl<'a> Judge<'a> {
    pub(crate) fn new(policy: &'a Policy, id: RecordingId, rate_hz: u32) -> Judge<'a> {
        let (states, pieces, histories) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        let (forked, bracket) = (BTreeSet::new(), Bracket::default());
        Judge { policy, id, rate_hz, states, pieces, histories, forked, bracket }
    }

    /// The checkpoint in the header: whatever follows was made after it.
    pub(crate) fn header(&mut self, note: &[u8]) {
        let judged = match SignedCheckpoint::parse(note) {
            None => fault(TimeFault::Malformed, "the checkpoint in the header does not read"),
            Some(signed) => {
                let judged = self.look_at(&signed);
                self.judge_log(&signed, judged).map(|judged| (signed, judged))
            }
        };
        match judged {
            Ok((signed, judged)) => {
                let log = Some((signed.checkpoint().size, None));
                let piece = Piece { log, ..Piece::of_log(Place::Header, &signed, judged) };
                self.pieces.push(piece);
            }
            Err(fault) => self.refuse(Place::Header, fault),
        }
    }

    /// A checkpoint of the recording that holds, over as many samples.
    pub(crate) fn state(&mut self, checkpoint: &Checkpoint, samples: u64) {
        self.states.insert(checkpoint.size, State { root: checkpoint.root, samples });
    }

    /// An ANCHOR of a part, which does not carry the checkpoint it speaks of.
    pub(crate) fn anchor_of_a_part(&mut self) {
        self.bracket.anchors += 1;
    }

    /// An ANCHOR, leaf `index`, which says that it stands at sample `first`; `before` samples are in the leaves before it.
    pub(crate) fn anchor(&mut self, index: u64, first: u64, before: u64, body: &[u8]) {
        self.bracket.anchors += 1;
        self.anchored(Place::Anchor(first), index, before, body);
    }

    fn anchored(&mut self, place: Place, index: u64, before: u64, body: &[u8]) {
        match self.judge_anchor(body) {
            Ok((piece, state)) => {
                self.pieces.push(Piece { place, before, after: index, covers: Some(state), ..piece });
            }
            Err(fault) => self.refuse(place, fault),
        }
    }

    fn judge_anchor(&mut self, body: &[u8]) -> Result<(Piece, (u64, u64)), Fault> {
        let Some(anchor) = Anchor::parse(body) else { return fault(TimeFault::Malformed, "the anchor does not read") };
        let judged = self.look_at(&anchor.proof.checkpoint);
        let Some(state) = self.states.get(&anchor.size).copied() else {
            return fault(
                TimeFault::Size,
                format!("there is no checkpoint over {} leaves it could be of", anchor.size),
            );
        };
        let text = Checkpoint { id: self.id, size: anchor.size, root: state.root }.text();
        let entry = Entry { kind: EntryKind::Recording, commitment: blinded(&anchor.blind, &text) };
        if !anchor.proof.is_for(&entry.leaf_hash()) {
            return fault(
                TimeFault::NotIncluded,
                "the proof does not lead from this recording to the log's checkpoint",
            );
        }
        let signed = &anchor.proof.checkpoint;
        let judged = self.judge_log(signed, judged)?;
        let log = Some((signed.checkpoint().size, Some(anchor.proof.index)));
        Ok((Piece { log, ..Piece::of_log(Place::Header, signed, judged) }, (state.samples, anchor.size)))
    }

    /// Remembers what a log signed, for whatever piece it stands in: a log that signed two histories is not believed.
    fn look_at(&mut self, signed: &SignedCheckpoint) -> Judged {
        let judged = self.policy.judge(signed);
        let (origin, size, root) = (&signed.checkpoint().origin, signed.checkpoint().size, signed.checkpoint().root);
        if judged.log == Some(Signed::Holds) && *self.histories.entry((origin.clone(), size)).or_insert(root) != root {
            self.forked.insert(origin.clone());
        }
        judged
    }

    /// Whether a log of the policy signed, and enough witnesses with it.
    fn judge_log(&self, signed: &SignedCheckpoint, judged: Judged) -> Result<Judged, Fault> {
        let origin = &signed.checkpoint().origin;
        match judged.log {
            None => return fault(TimeFault::UnknownLog, format!("the policy does not name the log {}", shown(origin))),
            Some(Signed::Absent) => {
                return fault(TimeFault::Forged, format!("the key of {} did not sign it", shown(origin)));
            }
            Some(Signed::Forged) => {
                return fault(TimeFault::Forged, format!("the signature of {} does not hold", shown(origin)));
            }
            Some(Signed::Holds) => {}
        }
        if let Some(name) = judged.forged.first() {
            return fault(TimeFault::Forged, format!("the cosignature of {} does not hold", shown(name)));
        }
        if judged.not_before.is_none() {
            let (there, needed) = (judged.cosigners.len(), self.policy.fewest_witnesses());
            let detail = match needed {
                0 => "the policy asks for no witness, and only witnesses say when".to_owned(),
                _ => format!("{there} of its trusted witnesses signed, and at least {needed} are needed"),
            };
            return fault(TimeFault::Unwitnessed, detail);
        }
        Ok(judged)
    }

    /// All evidence has been seen. `sealed` is the final checkpoint if it holds, over `samples` samples.
    pub(crate) fn conclude(mut self, sealed: Option<&Checkpoint>, samples: u64, evidence: &[(u8, Vec<u8>)]) -> Bracket {
        // After the end nothing less than the whole is spoken of: what held an earlier state says nothing about the rest.
        self.states.clear();
        if let Some(sealed) = sealed {
            self.state(sealed, samples);
        }
        let leaves = sealed.map_or(0, |sealed| sealed.size);
        for (number, (kind, content)) in (1..).zip(evidence) {
            let place = Place::End(number);
            if *kind == EvidenceKind::Anchor.number() {
                self.anchored(place, leaves, samples, content);
            } else if *kind == EvidenceKind::Token.number() {
                match self.stamped(place, sealed, samples, content) {
                    Ok(piece) => self.pieces.push(piece),
                    Err(fault) => self.refuse(place, fault),
                }
            } else {
                self.refuse(
                    place,
                    (TimeFault::UnknownKind, format!("this program does not know evidence of kind {kind}")),
                );
            }
        }
        self.contradictions();
        self.draw(samples)
    }

    fn stamped(&self, place: Place, sealed: Option<&Checkpoint>, samples: u64, token: &[u8]) -> Result<Piece, Fault> {
        let sealed = sealed.ok_or((TimeFault::Size, "there is no final checkpoint for it to be over".to_owned()))?;
        let stamp = timestamp::verify(token, sealed.text().as_bytes(), self.policy.authorities())
            .map_err(|fault| (TimeFault::Token(fault), fault.to_string()))?;
        Ok(Piece {
            place,
            before: samples,
            after: sealed.size,
            covers: Some((samples, sealed.size)),
            not_before_s: None,
            not_after_s: Some(u64::try_from(stamp.latest_s).unwrap_or(0)),
            by: stamp.authority,
            witnesses: Vec::new(),
            log: None,
            refused: None,
        })
    }

    /// Marks what cannot be true together.
    fn contradictions(&mut self) {
        for piece in &mut self.pieces {
            if piece.log.is_some() && self.forked.contains(&piece.by) {
                let detail = format!("{} signed two histories", shown(&piece.by));
                piece.refused = Some((TimeFault::TwoHistories, detail));
            }
        }
        // One answer of a log, shown a second time, is no second answer.
        let mut entries = BTreeSet::new();
        for piece in self.pieces.iter_mut().filter(|piece| piece.refused.is_none()) {
            if let Some((_, Some(index))) = piece.log
                && !entries.insert((piece.by.clone(), index))
            {
                let detail = format!("it shows entry {index} of {} once more", shown(&piece.by));
                piece.refused = Some((TimeFault::Replayed, detail));
            }
        }
        let mut contradicted = Vec::new();
        walk(&self.pieces, self.rate_hz, |earlier, at| {
            contradicted.extend(earlier.contradict(&self.pieces[at]).map(|before| (before, at)));
        });
        for (before, at) in contradicted {
            let (place, other) = (self.pieces[at].place, self.pieces[before].place);
            let detail = |other| format!("it cannot be true together with the {other}");
            self.pieces[at].refused = Some((TimeFault::Contradictory, detail(other)));
            self.pieces[before].refused = Some((TimeFault::Contradictory, detail(place)));
        }
    }

    /// What remains is the bracket.
    fn draw(mut self, samples: u64) -> Bracket {
        let pieces = std::mem::take(&mut self.pieces);
        let (good, bad): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.refused.is_none());
        for piece in bad {
            if let Some(fault) = piece.refused {
                self.refuse(piece.place, fault);
            }
        }
        let mut bracket = self.bracket;
        bracket.refused.sort_by_key(|refused| refused.place);
        let at_end = |piece: &&Piece| matches!(piece.place, Place::End(_));
        let live = |piece: &&Piece| matches!(piece.place, Place::Anchor(_));
        bracket.no_earlier = good.iter().find(|piece| piece.place == Place::Header).and_then(Piece::no_earlier);
        bracket.no_later = good.iter().filter(at_end).filter_map(Piece::no_later).min_by_key(|limit| limit.time_s);
        bracket.anchors_held = good.iter().filter(live).count() as u32;
        let last = good.iter().filter(live).max_by_key(|piece| piece.covers);
        bracket.last_anchor = last.and_then(|piece| Some((piece.covers?.0, piece.no_later()?)));
        let live_of = draw_live(&good, samples, self.rate_hz);
        bracket.live = Some(live_of).filter(|live| bracket.anchors_held > 0 || live.too_much.is_some());
        bracket
    }

    fn refuse(&mut self, place: Place, (fault, detail): Fault) {
        // Anchors can be many; they must not crowd out what is said of the limits.
        if self.bracket.refused.len() < REFUSED_MAX || !matches!(place, Place::Anchor(_)) {
            self.bracket.refused.push(Refused { place, fault, detail });
        } else {
            self.bracket.refused_more += 1;
        }
    }
}

impl Piece {
    fn of_log(place: Place, signed: &SignedCheckpoint, judged: Judged) -> Piece {
        Piece {
            place,
            before: 0,
            after: 0,
            covers: None,
            not_before_s: judged.not_before,
            not_after_s: judged.not_after,
            by: signed.checkpoint().origin.clone(),
            witnesses: judged.cosigners.into_iter().map(|(name, _)| name).collect(),
            log: None,
            refused: None,
        }
    }

    fn limit(&self, time_s: u64) -> Limit {
        Limit { time_s, by: self.by.clone(), witnesses: self.witnesses.clone(), place: self.place }
    }

    fn no_earlier(&self) -> Option<Limit> {
        self.not_before_s.map(|time_s| self.limit(time_s))
    }

    fn no_later(&self) -> Option<Limit> {
        self.not_after_s.map(|time_s| self.limit(time_s))
    }
}

/// The evidence that stood in the tree before a given leaf: what it says at the most.
struct Earlier {
    rate_hz: i128,
    /// The latest time, and which piece says it.
    time: Option<(u64, usize)>,
    /// The largest size of each log.
    sizes: BTreeMap<String, (u64, usize)>,
    /// The piece after which the sound had least time: its time in samples, less the samples before it.
    pace: Option<(i128, usize)>,
}

impl Earlier {
    fn add(&mut self, at: usize, piece: &Piece) {
        if let Some(time_s) = piece.not_before_s {
            self.time = self.time.max(Some((time_s, at)));
            self.pace = self.pace.max(Some((i128::from(time_s) * self.rate_hz - i128::from(piece.before), at)));
        }
        if let Some((size, _)) = piece.log {
            let largest = self.sizes.entry(piece.by.clone()).or_insert((size, at));
            *largest = (*largest).max((size, at));
        }
    }

    /// An earlier piece that cannot be true if this one is: the log already held so many entries, or it was later already.
    fn contradict(&self, piece: &Piece) -> Option<usize> {
        let index = piece.log.and_then(|(_, index)| index);
        let by_size = self.sizes.get(&piece.by).filter(|(size, _)| index.is_some_and(|index| index < *size));
        let by_time = self.time.filter(|(time_s, _)| piece.not_after_s.is_some_and(|by| by + CLOCKS_APART_S < *time_s));
        by_size.map(|(_, at)| *at).or(by_time.map(|(_, at)| at))
    }

    /// An earlier piece after which there is more sound, up to what this one covers, than time passed.
    fn outrun(&self, piece: &Piece) -> Option<usize> {
        let (samples, _) = piece.covers?;
        let latest = (i128::from(piece.not_after_s?) + i128::from(CLOCKS_APART_S)) * self.rate_hz;
        self.pace.filter(|(pace, _)| i128::from(samples) + pace > latest).map(|(_, at)| at)
    }
}

/// Visits what covers a state, in the order of states, together with the evidence that stood in the tree before each.
fn walk(pieces: &[Piece], rate_hz: u32, mut visit: impl FnMut(&Earlier, usize)) {
    let mut earlier = Earlier { rate_hz: rate_hz.into(), time: None, sizes: BTreeMap::new(), pace: None };
    let mut standing: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].refused.is_none()).collect();
    standing.sort_by_key(|at| pieces[*at].after);
    let mut covering: Vec<(u64, usize)> = standing.iter().filter_map(|at| Some((pieces[*at].covers?.1, *at))).collect();
    covering.sort_unstable();
    let mut standing = standing.into_iter().peekable();
    for (leaves, at) in covering {
        while let Some(before) = standing.next_if(|before| pieces[*before].after < leaves) {
            earlier.add(before, &pieces[before]);
        }
        visit(&earlier, at);
    }
}

/// Longest stretches between pieces that hold.
fn draw_live(good: &[Piece], samples: u64, rate_hz: u32) -> Live {
    // By state, the header being of none: samples under it, the earliest that anything says, the earliest by which it was there.
    let mut states: BTreeMap<u64, (u64, Option<u64>, Option<u64>)> = BTreeMap::new();
    let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    for piece in good {
        let (samples, leaves) = piece.covers.unwrap_or((0, 0));
        let state = states.entry(leaves).or_insert((samples, None, None));
        (state.1, state.2) = (least(state.1, piece.not_before_s), least(state.2, piece.not_after_s));
    }
    let mut live = Live { longest: 0..0, longest_s: 0, too_much: None };
    let (mut from, mut since) = (0, None);
    for (covered, no_earlier_s, no_later_s) in states.into_values().chain([(samples, None, None)]) {
        if covered.saturating_sub(from) > live.longest.end - live.longest.start {
            live.longest = from..covered;
        }
        if let (Some(since_s), Some(by_s)) = (since, no_later_s) {
            live.longest_s = live.longest_s.max(by_s.saturating_sub(since_s));
        }
        (from, since) = (covered, no_earlier_s.or(since));
    }
    walk(good, rate_hz, |earlier, at| {
        if let Some(before) = earlier.outrun(&good[at]).filter(|_| live.too_much.is_none()) {
            live.too_much = Some(good[before].before..good[at].covers.map_or(0, |(samples, _)| samples));
        }
    });
    live
}

/// A name from a file, short enough for a sentence.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(100).collect()
}

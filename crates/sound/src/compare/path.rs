//! One way through the offsets: for each moment of the second sound, the offset at which it is the reference's, or none.
//!
//! Not here: what the way means (`stretches.rs`). Method: the cheapest way by dynamic programming (Viterbi). A column at an offset
//! costs how far its levels are from the reference's there; belonging to none costs a fixed [`NONE_COST`]; changing costs
//! [`CHANGE_COST`]. Invariants: an offset is used only within [`REACH`] of where it was found, or where both
//! are quiet from there on; quiet columns decide nothing.

use std::collections::BTreeMap;

use super::anchors::Anchor;
use super::loudness::Heard;
use super::print::{BANDS, COLUMNS_PER_SECOND};

/// Half decibels that a column's bands may be off on average and still be the reference's rather than nobody's.
const NONE_COST: f32 = 10.0;
/// The same where the column is quiet: a pause is like any other, and must not pull a stranger's sound apart.
const QUIET_NONE_COST: f32 = 3.0;
/// What a change of offset costs: what it takes to believe in one, half decibels times columns.
const CHANGE_COST: f64 = 80.0;
/// The most that one band counts.
const BAND_COST_MAX: f32 = 60.0;
/// What a column costs more at another offset than the one that is most often found: where sound repeats itself, all fit as well.
const OTHER_OFFSET_COST: f32 = 0.5;
/// Anchors by which gain is told.
const GAIN_ANCHORS: usize = 200;
/// Columns on either side of an anchor in which its offset may be used.
const REACH: usize = 10 * COLUMNS_PER_SECOND;
/// Offsets this close belong together.
const NEAR: i64 = 3;
/// One column in so many may be loud in a pause through which an offset is held to.
const PAUSE_LOUD_SHARE: usize = 10;

/// For each column of the second sound, the offset to the reference, or `None`.
pub(super) type Path = Vec<Option<i64>>;

/// An offset with where it may be used.
struct Lane {
    offset: i64,
    from: usize,
    to: usize,
    /// What the second sound's bands have more than the reference's: gain, filters.
    more: [f32; BANDS],
    /// In how many places the offset was found.
    anchors: usize,
}

/// The cheapest way.
pub(super) fn choose(reference: &Heard<'_>, other: &Heard<'_>, anchors: &[Anchor]) -> Path {
    let lanes = lanes(reference, other, anchors);
    let most = lanes.iter().map(|lane| lane.anchors).max().unwrap_or(0);
    // Way 0 is to be nobody's; way n is lane n - 1.
    let mut ways = vec![Way::default(); lanes.len() + 1];
    // For each column the way that was the best before it: all who change here come from there.
    let mut came: Vec<Came> = Vec::with_capacity(other.columns.len());
    let mut begin = lanes.iter().enumerate().map(|(at, lane)| (lane.from, at)).collect::<Vec<_>>();
    begin.sort_unstable_by(|a, b| b.cmp(a));
    let mut active: Vec<usize> = Vec::new();
    for (at, loud) in other.loud.iter().enumerate() {
        active.retain(|lane| lanes[*lane].to > at);
        let best = cheapest(&ways, &active);
        came.push(Came { way: best as u32, entered: ways[best].entered });
        let change = ways[best].cost + if at == 0 { 0.0 } else { CHANGE_COST };
        while begin.last().is_some_and(|(from, _)| *from <= at) {
            // A lane that begins here can only be changed to.
            active.extend(begin.pop().map(|(_, lane)| {
                ways[lane + 1].cost = f64::INFINITY;
                lane
            }));
        }
        let mut step = |way: usize, here: f32| {
            if change < ways[way].cost {
                ways[way] = Way { cost: change, entered: at as u32 };
            }
            ways[way].cost += f64::from(here);
        };
        step(0, if *loud { NONE_COST } else { QUIET_NONE_COST });
        for lane in &active {
            let more = if lanes[*lane].anchors == most { 0.0 } else { OTHER_OFFSET_COST };
            step(lane + 1, lanes[*lane].cost(reference, other, at) + more);
        }
    }
    let last = cheapest(&ways, &active);
    let mut path = vec![None; other.columns.len()];
    let (mut here, mut end) = (Came { way: last as u32, entered: ways[last].entered }, path.len());
    while end > 0 {
        let from = (here.entered as usize).min(end - 1);
        path[from..end].fill((here.way as usize).checked_sub(1).map(|lane| lanes[lane].offset));
        (here, end) = (came[from], from);
    }
    path
}

/// What a way costs so far, and the column from which on it was held to.
#[derive(Clone, Copy, Default)]
struct Way {
    cost: f64,
    entered: u32,
}

/// A way that others changed from, and since when it was held to.
#[derive(Clone, Copy)]
struct Came {
    way: u32,
    entered: u32,
}

fn cheapest(ways: &[Way], active: &[usize]) -> usize {
    let open = active.iter().map(|lane| lane + 1).chain([0]);
    open.min_by(|a, b| ways[*a].cost.total_cmp(&ways[*b].cost)).unwrap_or(0)
}

/// Anchors of nearly the same offset that follow each other, as one.
fn lanes(reference: &Heard<'_>, other: &Heard<'_>, anchors: &[Anchor]) -> Vec<Lane> {
    let mut open: BTreeMap<i64, Vec<Anchor>> = BTreeMap::new();
    let mut groups: Vec<Vec<Anchor>> = Vec::new();
    for anchor in anchors {
        let near = open
            .range(anchor.offset - NEAR..=anchor.offset + NEAR)
            .min_by_key(|(offset, _)| (*offset - anchor.offset).abs());
        let key = near.map_or(anchor.offset, |(offset, _)| *offset);
        let group = open.entry(key).or_default();
        if group.last().is_some_and(|last| !is_one(reference, other, last, anchor)) {
            groups.push(std::mem::take(group));
        }
        group.push(*anchor);
    }
    groups.extend(open.into_values());
    groups.iter().filter_map(|group| Lane::of(reference, other, group)).collect()
}

/// Whether two anchors of an offset, one after the other, are of one lane: within reach, or with hardly more than a pause between.
fn is_one(reference: &Heard<'_>, other: &Heard<'_>, one: &Anchor, next: &Anchor) -> bool {
    let (from, to) = (one.at as i64, next.at as i64);
    let loud = other.loud_in(from, to).max(reference.loud_in(from + one.offset, to + next.offset));
    next.at <= one.at + 2 * REACH || loud * PAUSE_LOUD_SHARE < next.at - one.at
}

impl Lane {
    fn of(reference: &Heard<'_>, other: &Heard<'_>, group: &[Anchor]) -> Option<Lane> {
        let best = group.iter().min_by(|a, b| a.bit_errors.total_cmp(&b.bit_errors))?;
        let mut lane = Lane {
            offset: best.offset,
            from: group.first()?.at.saturating_sub(REACH),
            to: group.last()?.at + REACH,
            more: [0.0; BANDS],
            anchors: group.len(),
        };
        lane.from -= lane.pause(reference, other, (0..lane.from).rev());
        lane.to += lane.pause(reference, other, lane.to..other.columns.len());
        // Where the anchors are, both are the same sound: what differs there is gain.
        let mut differences = vec![Vec::new(); BANDS];
        for anchor in group.iter().step_by(group.len().div_ceil(GAIN_ANCHORS)) {
            for at in anchor.at.saturating_sub(COLUMNS_PER_SECOND)..anchor.at + COLUMNS_PER_SECOND {
                let (Some(a), Some(b)) = (lane.there(reference, at), other.columns.get(at)) else { continue };
                for (band, differences) in differences.iter_mut().enumerate() {
                    let (a, b) = (reference.columns[a].levels[band], b.levels[band]);
                    if a > 0 && b > 0 {
                        differences.push((f32::from(a), f32::from(b)));
                    }
                }
            }
        }
        for (more, mut pairs) in lane.more.iter_mut().zip(differences) {
            // The loud half only: below, an encoder leaves out what it likes.
            pairs.sort_unstable_by(|x, y| y.0.total_cmp(&x.0));
            pairs.truncate(pairs.len() / 3);
            let mut differences: Vec<f32> = pairs.iter().map(|(a, b)| b - a).collect();
            differences.sort_unstable_by(f32::total_cmp);
            *more = differences.get(differences.len() / 2).copied().unwrap_or(0.0);
        }
        Some(lane)
    }

    /// How many columns from a place on are hardly more than a pause in both.
    fn pause(&self, reference: &Heard<'_>, other: &Heard<'_>, places: impl Iterator<Item = usize>) -> usize {
        let (mut loud, mut length) = (0, 0);
        for at in places {
            let Some(there) = self.there(reference, at) else { break };
            loud += usize::from(reference.loud[there] || other.loud[at]);
            if loud * PAUSE_LOUD_SHARE > length + COLUMNS_PER_SECOND {
                break;
            }
            length += 1;
        }
        length
    }

    fn there(&self, reference: &Heard<'_>, at: usize) -> Option<usize> {
        at.checked_add_signed(self.offset as isize).filter(|there| *there < reference.columns.len())
    }

    /// How far a column is from the reference's, half decibels a band.
    fn cost(&self, reference: &Heard<'_>, other: &Heard<'_>, at: usize) -> f32 {
        let Some(there) = self.there(reference, at) else { return BAND_COST_MAX };
        let (a, b) = (&reference.columns[there].levels, &other.columns[at].levels);
        let (floor_a, floor_b) = (reference.floors(there), other.floors(at));
        let bands = (0..BANDS).map(|band| {
            let floor = f32::from(floor_a[band]).max(f32::from(floor_b[band]) - self.more[band]);
            let (a, b) = (f32::from(a[band]).max(floor), (f32::from(b[band]) - self.more[band]).max(floor));
            (a - b).abs().min(BAND_COST_MAX)
        });
        bands.sum::<f32>() / BANDS as f32
    }
}

//! One way through the offsets: for each moment of the second sound, the offset at which it is the reference's, or none.
//!
//! Not here: what the way means (`stretches.rs`). Method: the cheapest way by dynamic programming (Viterbi). A column at an offset
//! costs how far its levels are from the reference's there; belonging to none costs a fixed [`NONE_COST`]; changing costs
//! [`CHANGE_COST`]. Invariants: an offset is used only within [`REACH`] of where it was found; quiet columns decide nothing.

use std::collections::BTreeMap;

use super::anchors::Anchor;
use super::print::{BANDS, COLUMNS_PER_SECOND, Print};

/// Half decibels that a column's bands may be off on average and still be the reference's rather than nobody's.
const NONE_COST: f32 = 10.0;
/// The same where the column is quiet: a pause is like any other, and must not pull a stranger's sound apart.
const QUIET_NONE_COST: f32 = 3.0;
/// What a change of offset costs: what it takes to believe in one, half decibels times columns.
const CHANGE_COST: f64 = 80.0;
/// The most that one band counts.
const BAND_COST_MAX: f32 = 60.0;
/// Columns on either side of an anchor in which its offset may be used.
const REACH: usize = 10 * COLUMNS_PER_SECOND;
/// Offsets this close belong together.
const NEAR: i64 = 3;
/// How far below its loud columns a band is heard, half decibels.
const RANGE: f32 = 64.0;

/// For each column of the second sound, the offset to the reference, or `None`.
pub(super) type Path = Vec<Option<i64>>;

/// An offset with where it may be used.
struct Lane {
    offset: i64,
    from: usize,
    to: usize,
    /// What the second sound's bands have more than the reference's: gain, filters.
    more: [f32; BANDS],
}

/// The cheapest way.
pub(super) fn choose(reference: &Print, other: &Print, anchors: &[Anchor]) -> Path {
    let lanes = lanes(reference, other, anchors);
    let (floor_a, floor_b, loud) = (floors(reference), floors(other), other.loud());
    let columns = other.columns.len();
    // Way 0 is to be nobody's; way n is lane n - 1.
    let mut cost = vec![0.0f64; lanes.len() + 1];
    let mut came: Vec<Vec<(u32, u32)>> = Vec::with_capacity(columns);
    let mut begin = lanes.iter().enumerate().map(|(at, lane)| (lane.from, at)).collect::<Vec<_>>();
    begin.sort_unstable_by(|a, b| b.cmp(a));
    let mut active: Vec<usize> = Vec::new();
    for (at, loud) in loud.into_iter().enumerate() {
        let mut fresh = Vec::new();
        while begin.last().is_some_and(|(from, _)| *from <= at) {
            fresh.extend(begin.pop().map(|(_, lane)| lane));
        }
        active.retain(|lane| lanes[*lane].to > at);
        let best =
            active.iter().map(|lane| lane + 1).chain([0]).min_by(|a, b| cost[*a].total_cmp(&cost[*b])).unwrap_or(0);
        let change = cost[best] + if at == 0 { 0.0 } else { CHANGE_COST };
        // A lane that begins here can only be changed to.
        fresh.iter().for_each(|lane| cost[lane + 1] = f64::INFINITY);
        active.extend(fresh);
        let mut from = Vec::new();
        let mut step = |way: usize, here: f64| {
            if change < cost[way] {
                cost[way] = change;
                from.push((way as u32, best as u32));
            }
            cost[way] += here;
        };
        step(0, f64::from(if loud { NONE_COST } else { QUIET_NONE_COST }));
        for lane in &active {
            step(lane + 1, f64::from(lanes[*lane].cost(reference, other, (&floor_a, &floor_b), at)));
        }
        came.push(from);
    }
    let ends = active.iter().map(|lane| lane + 1).chain([0]);
    let mut way = ends.min_by(|a, b| cost[*a].total_cmp(&cost[*b])).unwrap_or(0);
    let mut path = vec![None; columns];
    for at in (0..columns).rev() {
        path[at] = way.checked_sub(1).map(|lane| lanes[lane].offset);
        if let Some((_, before)) = came[at].iter().find(|(to, _)| *to as usize == way) {
            way = *before as usize;
        }
    }
    path
}

/// Anchors of nearly the same offset that follow each other, as one.
fn lanes(reference: &Print, other: &Print, anchors: &[Anchor]) -> Vec<Lane> {
    let mut open: BTreeMap<i64, Vec<Anchor>> = BTreeMap::new();
    let mut groups: Vec<Vec<Anchor>> = Vec::new();
    for anchor in anchors {
        let near = open
            .range(anchor.offset - NEAR..=anchor.offset + NEAR)
            .min_by_key(|(offset, _)| (*offset - anchor.offset).abs());
        let key = near.map_or(anchor.offset, |(offset, _)| *offset);
        let group = open.entry(key).or_default();
        if group.last().is_some_and(|last| anchor.at > last.at + 2 * REACH) {
            groups.push(std::mem::take(group));
        }
        group.push(*anchor);
    }
    groups.extend(open.into_values());
    groups.iter().filter_map(|group| Lane::of(reference, other, group)).collect()
}

impl Lane {
    fn of(reference: &Print, other: &Print, group: &[Anchor]) -> Option<Lane> {
        let best = group.iter().min_by(|a, b| a.bit_errors.total_cmp(&b.bit_errors))?;
        let mut lane = Lane {
            offset: best.offset,
            from: group.first()?.at.saturating_sub(REACH),
            to: group.last()?.at + REACH,
            more: [0.0; BANDS],
        };
        // Where the anchors are, both are the same sound: what differs there is gain.
        let mut differences = vec![Vec::new(); BANDS];
        for anchor in group {
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

    fn there(&self, reference: &Print, at: usize) -> Option<usize> {
        at.checked_add_signed(self.offset as isize).filter(|there| *there < reference.columns.len())
    }

    /// How far a column is from the reference's, half decibels a band.
    fn cost(&self, reference: &Print, other: &Print, floors: (&[f32; BANDS], &[f32; BANDS]), at: usize) -> f32 {
        let Some(there) = self.there(reference, at) else { return BAND_COST_MAX };
        let (a, b) = (&reference.columns[there].levels, &other.columns[at].levels);
        let bands = (0..BANDS).map(|band| {
            let floor = floors.0[band].max(floors.1[band] - self.more[band]);
            let (a, b) = (f32::from(a[band]).max(floor), (f32::from(b[band]) - self.more[band]).max(floor));
            (a - b).abs().min(BAND_COST_MAX)
        });
        bands.sum::<f32>() / BANDS as f32
    }
}

/// Below this a band's levels are taken for nothing.
fn floors(print: &Print) -> [f32; BANDS] {
    std::array::from_fn(|band| {
        let mut levels: Vec<u8> = print.columns.iter().map(|column| column.levels[band]).collect();
        levels.sort_unstable();
        let loud = levels.get(levels.len() * 95 / 100).copied().unwrap_or(0);
        (f32::from(loud) - RANGE).max(0.0)
    })
}

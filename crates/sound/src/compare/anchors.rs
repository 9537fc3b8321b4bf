//! Offsets at which a second or two of both sounds agree: the only places where they may be called the same.
//!
//! Not here: which of several offsets a moment belongs to (`path.rs`).
//! Invariant: an offset is found only where the loud columns of two seconds differ in less than [`BIT_ERRORS_MAX`] of their bits;
//! unrelated sound differs in half of them, give or take a few hundredths over so many.

use super::loudness::Heard;
use super::print::{COLUMNS_PER_SECOND, Column};

/// Share of bits that may differ between two stretches that are the same.
const BIT_ERRORS_MAX: f64 = 0.30;
/// The same where fewer columns are loud: less evidence must be better.
const BIT_ERRORS_MAX_OF_FEW: f64 = 0.20;
/// Columns over which bits are counted.
const WINDOW: usize = 2 * COLUMNS_PER_SECOND;
/// So many of them are loud on both sides, or else they are few.
const LOUD_MANY: usize = WINDOW / 2;
/// So many must be.
const LOUD_MIN: usize = WINDOW / 4;
/// Columns of the second sound whose hits are counted together.
const BLOCK: usize = COLUMNS_PER_SECOND;
/// So many hits on one offset in a block make it worth a look.
const HITS_MIN: usize = 3;
/// A fingerprint that the reference has more often says little: so many are looked at, those nearest in time.
const COMMON: usize = 64;
/// So many of exactly one fingerprint, and those that are nearly it are not asked for.
const ENOUGH: usize = 16;
/// The most offsets that are looked at in a block: a sound that repeats itself all the time has more.
const LOOKS_MAX: usize = 64;
/// Offsets this close are one: what an encoder adds in front need not be whole columns.
const NEAR: i64 = 2;

/// An offset (columns to add to a moment of the second sound to find it in the reference), where it was found, and how well it fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Anchor {
    pub(super) offset: i64,
    /// Middle of the window, in columns of the second sound.
    pub(super) at: usize,
    pub(super) bit_errors: f64,
}

/// All anchors, by where they are.
pub(super) fn find(reference: &Heard<'_>, other: &Heard<'_>) -> Vec<Anchor> {
    let index = Index::new(reference.columns, &reference.loud);
    let mut anchors: Vec<Anchor> = Vec::new();
    let mut hits: Vec<i64> = Vec::new();
    for start in (0..other.columns.len()).step_by(BLOCK) {
        hits.clear();
        let block = other.columns.iter().zip(&other.loud).enumerate().skip(start).take(BLOCK);
        for (at, (column, _)) in block.filter(|(_, (_, loud))| **loud) {
            index.hits(column.fingerprint, at, |found| hits.push((i64::from(found) - at as i64).div_euclid(NEAR)));
        }
        let middle = start + BLOCK / 2;
        for offset in worth_a_look(&mut hits) {
            let best = (offset - NEAR..=offset + 2 * NEAR)
                .filter_map(|offset| {
                    Some(Anchor { offset, at: middle, bit_errors: errors(reference, other, offset, middle)? })
                })
                .min_by(|a, b| a.bit_errors.total_cmp(&b.bit_errors));
            anchors.extend(best);
        }
    }
    anchors
}

/// Offsets with the most hits of a block and its neighbours in offset.
fn worth_a_look(hits: &mut [i64]) -> Vec<i64> {
    hits.sort_unstable();
    let counted: Vec<(i64, usize)> =
        hits.chunk_by(|one, next| one == next).filter_map(|same| Some((*same.first()?, same.len()))).collect();
    let beside = |at: Option<usize>, key: i64| {
        at.and_then(|at| counted.get(at)).filter(|(beside, _)| *beside == key).map_or(0, |(_, count)| *count)
    };
    let mut worth: Vec<(usize, i64)> = counted
        .iter()
        .enumerate()
        .map(|(at, (key, count))| (count + beside(at.checked_sub(1), key - 1).max(beside(Some(at + 1), key + 1)), *key))
        .filter(|(count, _)| *count >= HITS_MIN)
        .collect();
    worth.sort_unstable_by(|a, b| b.cmp(a));
    worth.truncate(LOOKS_MAX);
    worth.into_iter().map(|(_, key)| key * NEAR).collect()
}

/// Share of bits that differ in the window around a moment; `None` where too little is loud or too much differs.
fn errors(a: &Heard<'_>, b: &Heard<'_>, offset: i64, middle: usize) -> Option<f64> {
    let (mut columns, mut bits) = (0u32, 0u32);
    let from = middle.saturating_sub(WINDOW / 2);
    for at in from..(middle + WINDOW / 2).min(b.columns.len()) {
        let Some(there) = at.checked_add_signed(offset as isize).filter(|there| *there < a.columns.len()) else {
            continue;
        };
        if b.loud[at] && a.loud[there] {
            columns += 1;
            bits += (a.columns[there].fingerprint ^ b.columns[at].fingerprint).count_ones();
        }
    }
    let errors = f64::from(bits) / (f64::from(columns) * 32.0);
    let limit = if columns >= LOUD_MANY as u32 { BIT_ERRORS_MAX } else { BIT_ERRORS_MAX_OF_FEW };
    (columns >= LOUD_MIN as u32 && errors < limit).then_some(errors)
}

/// Where each fingerprint of the reference is.
struct Index {
    /// Fingerprint and column, in order.
    entries: Vec<(u32, u32)>,
    /// Where the entries with each leading half begin.
    starts: Vec<u32>,
}

impl Index {
    fn new(columns: &[Column], loud: &[bool]) -> Index {
        let mut entries: Vec<(u32, u32)> = columns
            .iter()
            .zip(loud)
            .zip(0..)
            .filter(|((_, loud), _)| **loud)
            .map(|((column, _), at)| (column.fingerprint, at))
            .collect();
        entries.sort_unstable();
        let mut starts = vec![0; (1 << 16) + 1];
        entries.iter().for_each(|(fingerprint, _)| starts[(fingerprint >> 16) as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        Index { entries, starts }
    }

    /// Calls for every column whose fingerprint differs in one bit at the most; of common ones for those nearest to a moment.
    fn hits(&self, fingerprint: u32, at: usize, mut hit: impl FnMut(u32)) {
        let mut enough = false;
        for wanted in std::iter::once(fingerprint).chain((0..32).map(|bit| fingerprint ^ 1 << bit)) {
            if enough {
                break;
            }
            let half = (wanted >> 16) as usize;
            let entries = &self.entries[self.starts[half] as usize..self.starts[half + 1] as usize];
            let entries = &entries[entries.partition_point(|(entry, _)| *entry < wanted)..];
            let mut same = &entries[..entries.partition_point(|(entry, _)| *entry == wanted)];
            if same.len() > COMMON && wanted != fingerprint {
                continue;
            }
            enough = wanted == fingerprint && same.len() >= ENOUGH;
            if same.len() > COMMON {
                let here = same.partition_point(|(_, column)| (*column as usize) < at);
                let from = here.saturating_sub(COMMON / 2).min(same.len() - COMMON);
                same = &same[from..from + COMMON];
            }
            same.iter().for_each(|(_, column)| hit(*column));
        }
    }
}

//! What of a sound is loud enough to be judged, beside what is around it.
//!
//! Not here: the judgement (`anchors.rs`, `path.rs`). What lies far below the sound around it, an encoder leaves out or covers with
//! its noise; what lies little above the noise of a pause is noise. Invariants: a limit depends on some seconds around a moment and
//! never on how loud the rest of the file is, but for one thing: below [`BELOW`] the file's loud columns, noise that is always there
//! is told from a quiet voice; what is loud enough for the whole file is judged whatever the noise.

use super::print::{BANDS, COLUMNS_PER_SECOND, Column, Print};

/// How far below the loud columns around it a band is heard, half decibels.
const BELOW: Limit = Limit { loud_percent: 95, below: 64, over_noise: 24 };
/// The same of a whole column, whose noise varies less.
const COLUMN_BELOW: Limit = Limit { loud_percent: 98, below: 60, over_noise: 12 };
/// Columns that have the same limit.
const BLOCK: usize = COLUMNS_PER_SECOND / 2;
/// Blocks on either side in which an encoder's noise may come from.
const NEAR: usize = 1;
/// Blocks on either side in which there is a pause, if there are any.
const WIDE: usize = 10;
/// The quietest columns, of which noise is told.
const NOISE_PERCENT: usize = 10;
/// Half decibels that a column's bands stand above their floors in sum, or else it would not be missed: what quiet costs in `path.rs`.
const ABOVE_MIN: u32 = 3 * BANDS as u32;
/// Mean level that is as good as nothing, half decibels above -110 dB: silence is at 20.
const NOTHING: u32 = 24;

/// Half decibels below the loudest band within which a band stands out.
const STANDS_OUT: u8 = 40;
/// Half decibels by which the level of a steady sound changes.
const STEADY: u8 = 8;

/// What can be said of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It stands above what is not heard.
    Heard,
    /// There is sound, but too little to be judged.
    TooQuiet,
    /// There is none.
    Nothing,
}

struct Limit {
    loud_percent: usize,
    below: u8,
    over_noise: u8,
}

/// A sound with what of it is loud enough.
pub(super) struct Heard<'a> {
    pub(super) columns: &'a [Column],
    /// Which columns are loud enough to say something.
    pub(super) loud: Vec<bool>,
    /// By block.
    floors: Vec<[u8; BANDS]>,
}

impl<'a> Heard<'a> {
    pub(super) fn of(print: &'a Print) -> Heard<'a> {
        let columns = print.columns.as_slice();
        let mut floors = vec![[0; BANDS]; columns.len().div_ceil(BLOCK)];
        for band in 0..BANDS {
            let levels: Vec<u8> = columns.iter().map(|column| column.levels[band]).collect();
            floors.iter_mut().zip(BELOW.around(&levels)).for_each(|(floors, floor)| floors[band] = floor);
        }
        let means: Vec<u8> = columns.iter().map(|column| mean(column) as u8).collect();
        let limits = COLUMN_BELOW.around(&means);
        let loud = means.iter().enumerate().map(|(at, level)| *level >= limits[at / BLOCK].max(1)).collect();
        Heard { columns, loud, floors }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.columns.len() as f64 / COLUMNS_PER_SECOND as f64
    }

    /// Below this a band's levels are taken for nothing.
    pub(super) fn floors(&self, at: usize) -> &[u8; BANDS] {
        &self.floors[at / BLOCK]
    }

    /// Whether a column can be judged.
    pub(super) fn judged(&self, at: usize) -> Judged {
        let Some(column) = self.columns.get(at) else { return Judged::Nothing };
        let above: u32 = column
            .levels
            .iter()
            .zip(self.floors(at))
            .map(|(level, floor)| u32::from(level.saturating_sub(*floor)))
            .sum();
        match above {
            ABOVE_MIN.. => Judged::Heard,
            _ if mean(column) >= NOTHING => Judged::TooQuiet,
            _ => Judged::Nothing,
        }
    }

    /// Seconds in which there is something to tell one sound from another by: some that is loud, and that changes.
    pub(super) fn tellable_seconds(&self) -> f64 {
        let blocks = self.columns.chunks(BLOCK).zip(self.loud.chunks(BLOCK));
        let changing = blocks.filter(|(columns, _)| !is_steady(columns));
        let loud: usize = changing.map(|(_, loud)| loud.iter().filter(|loud| **loud).count()).sum();
        loud as f64 / COLUMNS_PER_SECOND as f64
    }

    /// How many columns are loud among those from one to another, as far as there are any.
    pub(super) fn loud_in(&self, from: i64, to: i64) -> usize {
        let at = |at: i64| usize::try_from(at).unwrap_or(0).min(self.loud.len());
        self.loud.get(at(from)..at(to)).unwrap_or_default().iter().filter(|loud| **loud).count()
    }
}

/// Whether the bands that stand out keep their level, as those of a tone or a hum do.
fn is_steady(columns: &[Column]) -> bool {
    let of = |band: usize| {
        let levels = columns.iter().map(move |column| column.levels[band]);
        (levels.clone().min().unwrap_or(0), levels.max().unwrap_or(0))
    };
    let loudest = (0..BANDS).map(|band| of(band).1).max().unwrap_or(0);
    (0..BANDS)
        .map(of)
        .filter(|(_, most)| most.saturating_add(STANDS_OUT) >= loudest)
        .all(|(least, most)| most - least <= STEADY)
}

fn mean(column: &Column) -> u32 {
    column.levels.iter().map(|level| u32::from(*level)).sum::<u32>() / BANDS as u32
}

impl Limit {
    /// The limit for each block of levels.
    fn around(&self, levels: &[u8]) -> Vec<u8> {
        let blocks: Vec<&[u8]> = levels.chunks(BLOCK).collect();
        let mut whole = Counts::new();
        levels.iter().for_each(|level| whole.add(*level));
        let for_the_whole = whole.percentile(self.loud_percent).saturating_sub(self.below);
        let (mut near, mut wide) = (Counts::new(), Counts::new());
        blocks.iter().take(NEAR).for_each(|block| block.iter().for_each(|level| near.add(*level)));
        blocks.iter().take(WIDE).for_each(|block| block.iter().for_each(|level| wide.add(*level)));
        let limit = |at: usize| {
            for (counts, reach) in [(&mut near, NEAR), (&mut wide, WIDE)] {
                let comes = blocks.get(at + reach).copied().unwrap_or_default();
                comes.iter().for_each(|level| counts.add(*level));
                let goes = at.checked_sub(reach + 1).map(|gone| blocks[gone]).unwrap_or_default();
                goes.iter().for_each(|level| counts.remove(*level));
            }
            let beside = near.percentile(self.loud_percent).saturating_sub(self.below);
            let noise = wide.percentile(NOISE_PERCENT).saturating_add(self.over_noise);
            beside.max(for_the_whole.min(noise))
        };
        (0..blocks.len()).map(limit).collect()
    }
}

/// How often each level occurs.
struct Counts {
    of: [u32; 256],
    all: usize,
}

impl Counts {
    fn new() -> Counts {
        Counts { of: [0; 256], all: 0 }
    }

    fn add(&mut self, level: u8) {
        self.of[usize::from(level)] += 1;
        self.all += 1;
    }

    fn remove(&mut self, level: u8) {
        self.of[usize::from(level)] -= 1;
        self.all -= 1;
    }

    /// The level that this share lies below.
    fn percentile(&self, percent: usize) -> u8 {
        let mut left = self.all * percent / 100;
        for (level, count) in (0..=u8::MAX).zip(&self.of) {
            let count = *count as usize;
            if count > left {
                return level;
            }
            left -= count;
        }
        0
    }
}

//! Watches over sound as it comes: no signal, a dead track, clipping, sound on one side only.
//!
//! Not here: what is done about it, and everything that needs a clock (`recorder`). Invariants: a fault stands from within five
//! seconds of its beginning, but for a voice that is missing, until it is over; the samples alone decide; memory is ten seconds of levels a
//! track. Where the numbers come from: `docs/recording.md`, "Live checks".

use std::collections::VecDeque;

use crate::levels::{FLOOR_DBFS, Meter, STRETCHES_PER_SECOND, Stretch};

/// Below this no microphone in a room is, however quiet the room: two steps of 16 bits.
const DEAD_DBFS: f32 = -84.0;
/// A track is dead after so many stretches of that.
const DEAD_AFTER: usize = 4 * STRETCHES_PER_SECOND;
/// It lives again after so many others.
const ALIVE_AFTER: usize = STRETCHES_PER_SECOND;

/// The stretches in which clipping is counted.
const CLIPPING_WITHIN: usize = 3 * STRETCHES_PER_SECOND;
/// So many of them with clipping are no single knock on the table.
const CLIPPING_STRETCHES: usize = 4;
/// It is over after so many without.
const CLIPPING_OVER: usize = 5 * STRETCHES_PER_SECOND;

/// The stretches in which one side is compared with the others.
const SIDES_WITHIN: usize = 4 * STRETCHES_PER_SECOND;
/// A track that stays below this hears neither its own room nor the voice that is on another track.
const UNHEARD_DBFS: f32 = -70.0;
/// The other is so much louder.
const SIDES_APART_DB: f32 = 40.0;
/// So many stretches of voice on the other.
const SIDES_VOICE: usize = STRETCHES_PER_SECOND;

/// The levels that are kept of each track.
const KEPT: usize = 10 * STRETCHES_PER_SECOND;
/// A voice is so much above the noise.
const VOICE_ABOVE_DB: f32 = 10.0;
/// A voice is at least so loud.
const VOICE_DBFS: f32 = -60.0;
/// After so much voice elsewhere, in stretches, and none here, a voice is missing.
const VOICE_ELSEWHERE: u32 = 180 * STRETCHES_PER_SECOND as u32;
/// So many stretches of voice in a row are a voice, and no knock.
const VOICE_RUN: u32 = 3;

/// What is wrong with the sound. Tracks count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// No track has a signal.
    NoSignal,
    /// One track has no signal.
    DeadTrack {
        /// Which.
        track: u8,
    },
    /// The sound is cut off because it is too loud.
    Clipping {
        /// On which track.
        track: u8,
    },
    /// Others are heard, and on this track nothing is, not even the room.
    OneSided {
        /// The track without.
        track: u8,
    },
    /// In three minutes of voice on other tracks there was none on this one.
    NoVoice {
        /// The track without.
        track: u8,
    },
}

/// Watches over the tracks of one recording.
#[derive(Clone, Debug)]
pub struct Watch {
    meter: Meter,
    tracks: Vec<Track>,
    faults: Vec<Fault>,
}

impl Watch {
    /// Watches over samples of that shape.
    #[must_use]
    pub fn new(rate_hz: u32, bits: u8, tracks: u8) -> Watch {
        Watch {
            meter: Meter::new(rate_hz, bits, tracks),
            tracks: vec![Track::default(); tracks.max(1).into()],
            faults: Vec::new(),
        }
    }

    /// Listens to whole instants; true when at least one stretch was full, so that there is something new.
    pub fn hear(&mut self, interleaved: &[i32]) -> bool {
        let Watch { meter, tracks, faults } = self;
        let mut is_new = false;
        meter.hear(interleaved, |stretches| {
            is_new = true;
            for (track, stretch) in tracks.iter_mut().zip(stretches) {
                track.take(*stretch);
            }
            *faults = look(tracks);
        });
        is_new
    }

    /// What is wrong now.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The last tenth of a second of each track, once there was one.
    pub fn levels(&self) -> impl Iterator<Item = Stretch> {
        let silence = Stretch { peak_dbfs: FLOOR_DBFS, rms_dbfs: FLOOR_DBFS, is_flat: true, clips: 0 };
        self.tracks.iter().map(move |track| track.kept.back().copied().unwrap_or(silence))
    }

    /// Whether there is a voice on each track just now.
    pub fn voices(&self) -> impl Iterator<Item = bool> {
        self.tracks.iter().map(|track| track.voice_run >= VOICE_RUN)
    }
}

#[derive(Clone, Debug, Default)]
struct Track {
    kept: VecDeque<Stretch>,
    dead_for: usize,
    alive_for: usize,
    is_dead: bool,
    unclipped_for: usize,
    is_clipping: bool,
    voice_run: u32,
    /// Stretches of voice on other tracks since the last voice on this one.
    voice_elsewhere: u32,
}

impl Track {
    fn take(&mut self, stretch: Stretch) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(stretch);
        if is_dead(&stretch) {
            (self.dead_for, self.alive_for) = (self.dead_for + 1, 0);
        } else {
            self.alive_for += 1;
            self.dead_for = 0;
        }
        self.is_dead = if self.is_dead { self.alive_for < ALIVE_AFTER } else { self.dead_for >= DEAD_AFTER };
        self.unclipped_for = if stretch.clips > 0 { 0 } else { self.unclipped_for + 1 };
        let clipped = self.last(CLIPPING_WITHIN).filter(|stretch| stretch.clips > 0).count();
        self.is_clipping = clipped >= CLIPPING_STRETCHES || self.is_clipping && self.unclipped_for < CLIPPING_OVER;
        let is_voice = stretch.rms_dbfs > VOICE_DBFS.max(self.noise_dbfs() + VOICE_ABOVE_DB);
        self.voice_run = if is_voice { self.voice_run + 1 } else { 0 };
    }

    fn last(&self, count: usize) -> impl Iterator<Item = &Stretch> {
        self.kept.iter().rev().take(count)
    }

    /// The quietest fifth of a second of those kept: speech always leaves such gaps.
    fn noise_dbfs(&self) -> f32 {
        let pairs = self.kept.iter().zip(self.kept.iter().skip(1));
        pairs.map(|(a, b)| a.rms_dbfs.max(b.rms_dbfs)).fold(0.0, f32::min)
    }

    /// The loudest of the last seconds, or nothing before there are so many.
    fn loudest_dbfs(&self) -> Option<f32> {
        (self.kept.len() >= SIDES_WITHIN)
            .then(|| self.last(SIDES_WITHIN).map(|stretch| stretch.rms_dbfs).fold(FLOOR_DBFS, f32::max))
    }

    /// Whether in the last seconds there was enough above that level.
    fn is_heard_above(&self, level_dbfs: f32) -> bool {
        self.last(SIDES_WITHIN).filter(|stretch| stretch.rms_dbfs > level_dbfs).count() >= SIDES_VOICE
    }
}

/// Whether no working microphone gives that.
pub(crate) fn is_dead(stretch: &Stretch) -> bool {
    stretch.is_flat || stretch.rms_dbfs < DEAD_DBFS
}

fn look(tracks: &mut [Track]) -> Vec<Fault> {
    count_voices(tracks);
    if tracks.iter().all(|track| track.is_dead) {
        return vec![Fault::NoSignal];
    }
    let mut faults = Vec::new();
    for (at, track) in tracks.iter().enumerate() {
        let number = at as u8 + 1;
        if track.is_dead {
            faults.push(Fault::DeadTrack { track: number });
        } else if is_unheard(track, tracks) {
            faults.push(Fault::OneSided { track: number });
        } else if track.voice_elsewhere >= VOICE_ELSEWHERE {
            faults.push(Fault::NoVoice { track: number });
        }
        if track.is_clipping {
            faults.push(Fault::Clipping { track: number });
        }
    }
    faults
}

fn count_voices(tracks: &mut [Track]) {
    let anywhere = tracks.iter().any(|track| track.voice_run >= VOICE_RUN);
    for track in tracks {
        if track.voice_run >= VOICE_RUN {
            track.voice_elsewhere = 0;
        } else if anywhere {
            track.voice_elsewhere = track.voice_elsewhere.saturating_add(1);
        }
    }
}

fn is_unheard(track: &Track, tracks: &[Track]) -> bool {
    track.loudest_dbfs().is_some_and(|loudest| {
        let above = VOICE_DBFS.max(loudest + SIDES_APART_DB);
        loudest < UNHEARD_DBFS && tracks.iter().any(|other| other.is_heard_above(above))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const RATE_HZ: usize = 8_000;

    /// Noise of that loudness, never flat.
    fn noise(level_dbfs: f32, at: usize) -> i32 {
        let state = (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let unit = ((state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        (unit * 3.46 * crate::levels::part_of_full(level_dbfs) * 32_768.0).round() as i32
    }

    /// Words of half a second with gaps of a quarter.
    fn voice(level_dbfs: f32, at: usize) -> i32 {
        noise(-62.0, at) + if at % 6_000 < 4_000 { noise(level_dbfs, at + 7) } else { 0 }
    }

    /// Feeds so many seconds; the seconds after which what is wrong changed, and what it was then.
    fn run(watch: &mut Watch, seconds: usize, of: impl Fn(usize) -> Vec<i32>) -> Vec<(f32, Vec<Fault>)> {
        let mut changes = Vec::new();
        let mut before = watch.faults().to_vec();
        for stretch in 0..seconds * STRETCHES_PER_SECOND {
            let samples: Vec<i32> = (0..RATE_HZ / 10).flat_map(|at| of(stretch * RATE_HZ / 10 + at)).collect();
            assert!(watch.hear(&samples));
            if watch.faults() != before {
                before = watch.faults().to_vec();
                changes.push(((stretch + 1) as f32 / 10.0, before.clone()));
            }
        }
        changes
    }

    #[test]
    fn every_fault_shows_within_five_seconds_and_goes_when_it_is_over() {
        type Of = fn(usize) -> Vec<i32>;
        let well: Of = |at| vec![voice(-25.0, at), voice(-28.0, at + 3_000)];
        let rows: [(&str, Of, Fault); 7] = [
            ("all zero", |_| vec![0, 0], Fault::NoSignal),
            ("an offset", |_| vec![90, -3], Fault::NoSignal),
            ("one zero", |at| vec![voice(-25.0, at), 0], Fault::DeadTrack { track: 2 }),
            ("one with its lowest bit", |at| vec![at as i32 % 2, voice(-25.0, at)], Fault::DeadTrack { track: 1 }),
            (
                "too loud",
                |at| vec![voice(-25.0, at), voice(12.0, at / 8).clamp(-32_768, 32_767)],
                Fault::Clipping { track: 2 },
            ),
            (
                "too loud before",
                |at| vec![voice(12.0, at / 16).clamp(-30_000, 30_000), voice(-25.0, at)],
                Fault::Clipping { track: 1 },
            ),
            ("unplugged", |at| vec![voice(-25.0, at), noise(-78.0, at)], Fault::OneSided { track: 2 }),
        ];
        for (name, bad, fault) in rows {
            let mut watch = Watch::new(RATE_HZ as u32, 16, 2);
            assert_eq!(run(&mut watch, 20, well), [], "{name}: before");
            let changes = run(&mut watch, 10, bad);
            let (after, first) = &changes[0];
            assert!(*after <= 4.9 && *first == [fault], "{name}: {changes:?}");
            assert_eq!(changes.len(), 1, "{name}");
            let over = run(&mut watch, 10, well);
            assert!(over.len() == 1 && over[0].0 <= 5.1 && over[0].1.is_empty(), "{name}: {over:?}");
        }
    }

    #[test]
    fn what_is_no_fault_raises_none() {
        type Of = fn(usize) -> Vec<i32>;
        let rows: [(&str, Of); 5] = [
            ("nobody speaks", |at| vec![noise(-62.0, at), noise(-60.0, at + 5)]),
            ("a very quiet room", |at| vec![noise(-76.0, at), noise(-74.0, at + 5)]),
            ("one speaks for a minute", |at| vec![voice(-20.0, at), noise(-62.0, at + 5)]),
            ("a knock", |at| vec![if at % 80_000 < 50 { 32_767 } else { noise(-60.0, at) }, noise(-60.0, at + 5)]),
            (
                "three seconds of nothing",
                |at| if at % 80_000 < 24_000 { vec![0, 0] } else { vec![voice(-20.0, at); 2] },
            ),
        ];
        for (name, of) in rows {
            let mut watch = Watch::new(RATE_HZ as u32, 16, 2);
            assert_eq!(run(&mut watch, 60, of), [], "{name}");
        }
    }

    #[test]
    fn a_voice_that_never_comes_is_missed_and_welcomed() {
        let mut watch = Watch::new(RATE_HZ as u32, 16, 2);
        let changes = run(&mut watch, 600, |at| vec![voice(-20.0, at), noise(-62.0, at + 5)]);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].1, [Fault::NoVoice { track: 2 }]);
        assert!((300.0..600.0).contains(&changes[0].0), "{changes:?}");
        let over = run(&mut watch, 5, |at| vec![noise(-62.0, at + 5), voice(-20.0, at)]);
        assert_eq!(over.last().unwrap().1, []);
    }

    #[test]
    fn one_track_alone_has_no_other_side() {
        let mut watch = Watch::new(RATE_HZ as u32, 16, 1);
        assert_eq!(run(&mut watch, 400, |at| vec![voice(-20.0, at)]), []);
        assert_eq!(run(&mut watch, 5, |_| vec![0]), [(4.0, vec![Fault::NoSignal])]);
    }
}

//! A check before an interview: a moment of quiet, then one voice, then the other; what was heard of each.
//!
//! Not here: asking for them, playing them back. Invariants: the samples alone measure the time; a voice is heard when enough of its
//! time was clearly above the noise that the quiet showed.

use crate::levels::{FLOOR_DBFS, Meter, STRETCHES_PER_SECOND, Stretch};
use crate::watch::is_dead;

/// How long each part is, in seconds.
pub const SECONDS: [usize; 3] = [3, 4, 4];
/// A voice is so much above the noise.
const ABOVE_DB: f32 = 12.0;
/// A voice is at least so loud.
const VOICE_DBFS: f32 = -55.0;
/// So many stretches of it are enough.
const ENOUGH: usize = STRETCHES_PER_SECOND;
/// More noise than this makes quiet voices hard to understand.
const NOISY_DBFS: f32 = -45.0;

/// What is listened to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nobody speaks.
    Quiet,
    /// One side speaks.
    First,
    /// The other side speaks.
    Second,
    /// All was heard.
    Over,
}

/// A voice that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voice {
    /// On which track it was loudest, counted from 1.
    pub track: u8,
    /// How loud it was there, typically.
    pub level_dbfs: f32,
    /// Whether it was cut off because it was too loud.
    pub is_clipped: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The noise of each track.
    pub noise_dbfs: Vec<f32>,
    /// Tracks that gave no signal all the time, not even that of a quiet room; counted from 1.
    pub dead_tracks: Vec<u8>,
    /// Each side's voice, if it was heard.
    pub voices: [Option<Voice>; 2],
}

impl Findings {
    /// Whether the noise of the room is low enough.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.noise_dbfs.iter().all(|noise| *noise <= NOISY_DBFS)
    }

    /// Whether every track lives and both voices are heard as they should be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_quiet()
            && self.dead_tracks.is_empty()
            && self.voices.iter().all(|voice| voice.is_some_and(|voice| !voice.is_clipped))
    }
}

/// One check.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    meter: Meter,
    tracks: usize,
    /// Of every tenth of a second, every track.
    heard: Vec<Vec<Stretch>>,
}

impl Rehearsal {
    /// A check of sound of that shape.
    #[must_use]
    pub fn new(rate_hz: u32, bits: u8, tracks: u8) -> Rehearsal {
        Rehearsal { meter: Meter::new(rate_hz, bits, tracks), tracks: tracks.max(1).into(), heard: Vec::new() }
    }

    /// Listens to whole instants; says what is listened to next.
    pub fn hear(&mut self, interleaved: &[i32]) -> Part {
        let Rehearsal { meter, heard, .. } = self;
        meter.hear(interleaved, |stretches| {
            if heard.len() < total() {
                heard.push(stretches.to_vec());
            }
        });
        match self.heard.len() {
            n if n < ends(0) => Part::Quiet,
            n if n < ends(1) => Part::First,
            n if n < ends(2) => Part::Second,
            _ => Part::Over,
        }
    }

    /// What was heard.
    #[must_use]
    pub fn findings(&self) -> Findings {
        // Whoever stops speaking or starts early is given half a second.
        let quiet = self.part(STRETCHES_PER_SECOND / 2, ends(0));
        let noise_dbfs: Vec<f32> =
            (0..self.tracks).map(|track| middle(quiet.iter().map(|all| all[track].rms_dbfs).collect())).collect();
        let voices = [(ends(0), ends(1)), (ends(1), ends(2))].map(|(from, to)| self.voice(from, to, &noise_dbfs));
        let is_dead_track = |track: &usize| self.heard.iter().all(|all| is_dead(&all[*track]));
        let dead_tracks = (0..self.tracks).filter(is_dead_track).map(|track| track as u8 + 1).collect();
        Findings { noise_dbfs, dead_tracks, voices }
    }

    fn voice(&self, from: usize, to: usize, noise_dbfs: &[f32]) -> Option<Voice> {
        let part = self.part(from, to);
        let of_track = |track: usize| {
            let above = VOICE_DBFS.max(noise_dbfs[track] + ABOVE_DB);
            let spoken: Vec<&Stretch> = part.iter().map(|all| &all[track]).filter(|one| one.rms_dbfs > above).collect();
            let clipped = spoken.iter().filter(|one| one.clips > 0).count();
            (spoken.len() >= ENOUGH).then(|| Voice {
                track: track as u8 + 1,
                level_dbfs: middle(spoken.iter().map(|one| one.rms_dbfs).collect()),
                is_clipped: clipped > 1,
            })
        };
        (0..self.tracks).filter_map(of_track).max_by(|a, b| a.level_dbfs.total_cmp(&b.level_dbfs))
    }

    fn part(&self, from: usize, to: usize) -> &[Vec<Stretch>] {
        let to = to.min(self.heard.len());
        &self.heard[from.min(to)..to]
    }
}

fn ends(part: usize) -> usize {
    SECONDS[..=part].iter().sum::<usize>() * STRETCHES_PER_SECOND
}

fn total() -> usize {
    ends(SECONDS.len() - 1)
}

fn middle(mut levels: Vec<f32>) -> f32 {
    levels.sort_by(f32::total_cmp);
    levels.get(levels.len() / 2).copied().unwrap_or(FLOOR_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(level_dbfs: f32, at: usize) -> i32 {
        let gain = crate::levels::part_of_full(level_dbfs) * 1.414 * 32_767.0;
        ((at as f64 * 0.61).sin() * gain).clamp(-32_768.0, 32_767.0) as i32
    }

    /// Feeds the three parts at these levels for two tracks.
    fn heard(parts: [[f32; 2]; 3]) -> Findings {
        let mut rehearsal = Rehearsal::new(8_000, 16, 2);
        let mut at = 0;
        for (part, levels) in parts.iter().enumerate() {
            for _ in 0..SECONDS[part] * 8_000 {
                let is_over = rehearsal.hear(&levels.map(|level| wave(level, at))) == Part::Over;
                at += 1;
                assert_eq!(is_over, at == SECONDS.iter().sum::<usize>() * 8_000);
            }
        }
        rehearsal.findings()
    }

    #[test]
    fn what_is_audible_is_said() {
        type Row = (&'static str, [[f32; 2]; 3], [Option<u8>; 2], bool);
        let rows: [Row; 8] = [
            ("both, each on its track", [[-65.0, -60.0], [-25.0, -50.0], [-48.0, -30.0]], [Some(1), Some(2)], true),
            ("one says nothing", [[-65.0, -60.0], [-25.0, -50.0], [-64.0, -60.0]], [Some(1), None], false),
            ("too quiet", [[-65.0, -60.0], [-25.0, -50.0], [-64.0, -56.0]], [Some(1), None], false),
            ("under the noise", [[-30.0, -30.0], [-25.0, -29.0], [-31.0, -24.0]], [None, None], false),
            ("a noisy room", [[-40.0, -60.0], [-20.0, -50.0], [-40.0, -20.0]], [Some(1), Some(2)], false),
            (
                "both, but one track is dead",
                [[-65.0, -144.0], [-25.0, -144.0], [-30.0, -144.0]],
                [Some(1), Some(1)],
                false,
            ),
            ("no microphone at all", [[-144.0, -144.0]; 3], [None, None], false),
            ("too loud", [[-65.0, -60.0], [6.0, -50.0], [-48.0, -30.0]], [Some(1), Some(2)], false),
        ];
        for (name, parts, tracks, well) in rows {
            let findings = heard(parts);
            assert_eq!(findings.voices.map(|voice| voice.map(|voice| voice.track)), tracks, "{name}: {findings:?}");
            assert_eq!(findings.is_well(), well, "{name}: {findings:?}");
            let dead: Vec<u8> = (1..3).filter(|track| parts[0][usize::from(*track) - 1] < -100.0).collect();
            assert_eq!(findings.dead_tracks, dead, "{name}: {findings:?}");
            assert!((findings.noise_dbfs[0] - parts[0][0]).abs() < 1.0, "{name}: {findings:?}");
        }
    }
}

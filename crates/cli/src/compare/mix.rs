//! The tracks of a sound as one: mixed evenly, and in two other ways where something could hide between them.
//!
//! Not the listening (`sound`). What stands in one track and upside down in another cancels out in an even mix; in an uneven one some of it
//! is left, and in one without the last track all of it. Invariants: memory does not grow with the samples; tracks that are all the same
//! are mixed once, since nothing hides in them.

use recorder::source::Shape;
use sound::compare::{Print, Printer, UnknownRate};

/// How much of the last track is in each mix, as a share of the first; those between are in even steps. Encoders of few bits move voices
/// from one track to the other: an uneven mix must not be too far from an even one.
const LAST_SHARES: [f32; 3] = [1.0, 0.5, 0.0];
/// The tracks differ where, over a tenth of a second, they are this far from their mix: -50 dB of full scale.
const APART: f32 = 0.003;

/// The mixes of a sound.
pub(super) struct Mixed {
    /// All tracks, each as loud as the others.
    pub(super) even: Print,
    /// Where the tracks are not all the same: what cancels out between them is left here.
    pub(super) apart: Option<Apart>,
}

/// Of tracks that differ.
pub(super) struct Apart {
    /// The last track softer than the first: to be held against other tracks that differ.
    pub(super) uneven: Print,
    /// Without the last track: to be held against a sound that is the same in all its tracks.
    pub(super) without: Print,
}

/// The mixes, as they are printed.
pub(super) struct Mixer {
    /// In the order of [`LAST_SHARES`]; of a single track the first only.
    printers: Vec<Printer>,
    /// Of each track in each mix, for samples as they come.
    shares: Vec<Vec<f32>>,
    mixed: Vec<f32>,
    full_scale: f32,
    /// Instants of a tenth of a second, those of the present one so far, and how far the tracks were from the mix in them.
    window: usize,
    seen: usize,
    off: f32,
    is_apart: bool,
}

impl Mixer {
    /// Fails where sound of such a rate cannot be printed.
    pub(super) fn new(shape: Shape) -> Result<Mixer, UnknownRate> {
        let full_scale = (1i32 << (shape.bits - 1)) as f32;
        let step = 1.0 / f32::from(shape.tracks.max(2) - 1);
        let mixes = if shape.tracks > 1 { &LAST_SHARES[..] } else { &LAST_SHARES[..1] };
        let shares = mixes.iter().map(|last| {
            let share = |track| 1.0 - (1.0 - last) * step * f32::from(track);
            let shares: Vec<f32> = (0..shape.tracks).map(share).collect();
            let whole = shares.iter().sum::<f32>() * full_scale;
            shares.into_iter().map(|share| share / whole).collect()
        });
        Ok(Mixer {
            printers: mixes.iter().map(|_| Printer::new(shape.rate_hz)).collect::<Result<_, _>>()?,
            shares: shares.collect(),
            mixed: Vec::new(),
            full_scale,
            window: shape.rate_hz as usize / 10,
            seen: 0,
            off: 0.0,
            is_apart: false,
        })
    }

    /// Takes whole instants.
    pub(super) fn push(&mut self, samples: &[i32]) {
        for which in 0..self.printers.len() {
            let shares = &self.shares[which];
            let of =
                |instant: &[i32]| instant.iter().zip(shares).map(|(sample, share)| *sample as f32 * share).sum::<f32>();
            self.mixed.clear();
            self.mixed.extend(samples.chunks_exact(shares.len()).map(of));
            self.printers[which].push(&self.mixed);
            if which == 0 {
                self.look(samples);
            }
        }
    }

    /// The mixes; of tracks that are the same all through, the even one only.
    pub(super) fn finish(self) -> Mixed {
        let mut prints = self.printers.into_iter().map(Printer::finish);
        let even = prints.next().expect("there is an even mix of any number of tracks");
        let apart = prints.next().zip(prints.next()).filter(|_| self.is_apart);
        Mixed { even, apart: apart.map(|(uneven, without)| Apart { uneven, without }) }
    }

    /// Whether the tracks are the even mix, which was made just before, or something of their own.
    fn look(&mut self, samples: &[i32]) {
        for (instant, mixed) in samples.chunks_exact(self.shares[0].len()).zip(&self.mixed) {
            let far = instant.iter().map(|sample| (*sample as f32 / self.full_scale - mixed).abs());
            self.off += far.fold(0.0, f32::max).powi(2);
            self.seen += 1;
            if self.seen == self.window {
                self.is_apart |= self.off > APART.powi(2) * self.window as f32;
                (self.seen, self.off) = (0, 0.0);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 2 };

    #[test]
    fn only_tracks_that_differ_are_mixed_in_other_ways() {
        let of = |instant: fn(i32) -> [i32; 2]| {
            let mut mixer = Mixer::new(SHAPE).unwrap();
            // A second, in pieces that are no tenths of it.
            let sound: Vec<i32> = (0..8_000).flat_map(|at| instant((at * 7_919) % 20_000 - 10_000)).collect();
            sound.chunks(2 * 333).for_each(|piece| mixer.push(piece));
            mixer.finish().apart.is_some()
        };
        assert!(!of(|sample| [sample, sample]));
        assert!(!of(|sample| [sample, sample + 30]), "what is hardly there");
        assert!(of(|sample| [sample, -sample]));
        assert!(of(|sample| [sample, 0]));
    }
}

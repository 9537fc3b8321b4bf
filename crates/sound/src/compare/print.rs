//! A sound as columns: what its spectrum is like each 10 ms, in a form that transcoding and gain hardly change.
//!
//! Not here: any comparison. Source of the fingerprint's idea: Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System"
//! (ISMIR 2002), section 4; taken of logarithms, so that a filter does not matter.
//! Invariants: column `n` is about the moment `n` × 10 ms whatever the rate; the same samples give the same columns however they
//! are handed over.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};

/// The rate at which sounds are compared, Hz.
const RATE_HZ: usize = 8_000;
/// Samples from one column to the next.
const HOP: usize = RATE_HZ / COLUMNS_PER_SECOND;
/// Columns in a second.
pub(super) const COLUMNS_PER_SECOND: usize = 100;
/// Samples that a fingerprint is taken of: long, so that neighbours are alike and an offset of half a column does not matter.
const LONG: usize = 2_048;
/// Samples that levels are taken of: short, so that an edge is found.
const SHORT: usize = 256;
/// Levels in a column.
pub(super) const BANDS: usize = 20;
const LONG_BANDS: usize = 33;
const LONG_RANGE_HZ: (f32, f32) = (300.0, 3_000.0);
const SHORT_RANGE_HZ: (f32, f32) = (150.0, 3_400.0);
/// What is added to energies before their logarithm is taken: 100 dB below full scale.
const ENERGY_FLOOR: f32 = 1e-10;

/// A column: levels in half decibels above -110 dB of full scale, and the fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) levels: [u8; BANDS],
    pub(super) fingerprint: u32,
}

/// A sound, ready to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    pub(super) columns: Vec<Column>,
}

impl Print {
    /// Length, s, to a hundredth.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.columns.len() as f64 / COLUMNS_PER_SECOND as f64
    }
}

/// The sound's rate cannot be brought to the one that is compared at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRate(pub u32);

impl std::fmt::Display for UnknownRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sound at {} Hz cannot be compared", self.0)
    }
}

impl std::error::Error for UnknownRate {}

/// Makes a [`Print`] of samples as they come.
pub struct Printer {
    rate: Rate,
    /// Samples at [`RATE_HZ`] from half a long window before the next column's moment on.
    held: Vec<f32>,
    long: Spectrum,
    short: Spectrum,
    before: [f32; LONG_BANDS],
    print: Print,
    samples: u64,
    rate_hz: u32,
}

impl Printer {
    /// For samples of one track at that rate.
    ///
    /// # Errors
    /// [`UnknownRate`] when it is 0 or beyond what can be converted.
    pub fn new(rate_hz: u32) -> Result<Printer, UnknownRate> {
        let rate = Rate::new(rate_hz).ok_or(UnknownRate(rate_hz))?;
        let planner = &mut RealFftPlanner::new();
        Ok(Printer {
            rate,
            // The first column's window begins before the sound.
            held: vec![0.0; LONG / 2],
            long: Spectrum::new(planner, LONG, LONG_BANDS, LONG_RANGE_HZ),
            short: Spectrum::new(planner, SHORT, BANDS, SHORT_RANGE_HZ),
            before: [0.0; LONG_BANDS],
            print: Print::default(),
            samples: 0,
            rate_hz,
        })
    }

    /// Takes samples from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.rate.push(samples, &mut self.held);
        self.columns();
    }

    /// What came of it.
    #[must_use]
    pub fn finish(mut self) -> Print {
        self.rate.finish(self.rate_hz, &mut self.held);
        self.held.extend([0.0; LONG]);
        self.columns();
        let columns = self.samples * COLUMNS_PER_SECOND as u64 / u64::from(self.rate_hz);
        self.print.columns.truncate(usize::try_from(columns).unwrap_or(usize::MAX));
        self.print
    }

    fn columns(&mut self) {
        let mut at = 0;
        while let Some(window) = self.held.get(at..at + LONG) {
            let long: [f32; LONG_BANDS] = self.long.energies(window);
            let edge = (LONG - SHORT) / 2;
            let short: [f32; BANDS] = self.short.energies(&window[edge..edge + SHORT]);
            let fingerprint = fingerprint(&self.before, &long);
            self.print.columns.push(Column { levels: short.map(level), fingerprint });
            self.before = long;
            at += HOP;
        }
        self.held.drain(..at);
    }
}

/// Natural logarithms of energy to half decibels.
fn level(energy: f32) -> u8 {
    (energy * (20.0 / std::f32::consts::LN_10) + 220.0).clamp(0.0, 255.0) as u8
}

/// A bit for each pair of neighbouring bands: whether the lower one grew more than the higher.
fn fingerprint(before: &[f32; LONG_BANDS], now: &[f32; LONG_BANDS]) -> u32 {
    let grew = |band: usize| now[band] - before[band];
    (0..LONG_BANDS - 1).fold(0, |bits, band| bits << 1 | u32::from(grew(band) > grew(band + 1)))
}

/// Brings samples to [`RATE_HZ`].
enum Rate {
    Same,
    Other {
        resampler: Box<Fft<f32>>,
        waiting: Vec<f32>,
        out: Vec<f32>,
        /// Output samples of the resampler's own delay that are still to be left out.
        leading: usize,
    },
}

impl Rate {
    /// Input samples that are converted at once, about.
    const CHUNK: usize = 4_096;

    fn new(rate_hz: u32) -> Option<Rate> {
        if rate_hz as usize == RATE_HZ {
            return Some(Rate::Same);
        }
        let resampler = Fft::new(rate_hz as usize, RATE_HZ, Rate::CHUNK, 1, FixedSync::Input).ok()?;
        let leading = resampler.output_delay();
        Some(Rate::Other { resampler: Box::new(resampler), waiting: Vec::new(), out: Vec::new(), leading })
    }

    fn push(&mut self, samples: &[f32], to: &mut Vec<f32>) {
        match self {
            Rate::Same => to.extend_from_slice(samples),
            Rate::Other { waiting, .. } => {
                waiting.extend_from_slice(samples);
                self.convert(to);
            }
        }
    }

    fn finish(&mut self, rate_hz: u32, to: &mut Vec<f32>) {
        if let Rate::Other { waiting, .. } = self {
            // Enough silence to push the last samples through: no block of a transform is longer than a second or two chunks.
            let more = 2 * (rate_hz as usize + 2 * Rate::CHUNK);
            waiting.resize(waiting.len() + more, 0.0);
            self.convert(to);
        }
    }

    fn convert(&mut self, to: &mut Vec<f32>) {
        let Rate::Other { resampler, waiting, out, leading } = self else { return };
        let mut at = 0;
        loop {
            let (take, give) = (resampler.input_frames_next(), resampler.output_frames_next());
            let Some(chunk) = waiting.get(at..at + take) else { break };
            out.resize(give, 0.0);
            let (Ok(input), Ok(mut output)) =
                (SequentialSlice::new(chunk, 1, take), SequentialSlice::new_mut(out.as_mut_slice(), 1, give))
            else {
                break;
            };
            let Ok((taken, given)) = resampler.process_into_buffer(&input, &mut output, None::<&Indexing>) else {
                break;
            };
            at += taken;
            let skip = given.min(*leading);
            *leading -= skip;
            to.extend_from_slice(&out[skip..given]);
        }
        waiting.drain(..at);
    }
}

/// Energies of bands.
struct Spectrum {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// First bins of the bands, and the end of the last.
    edges: Vec<usize>,
    scale: f32,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectrum {
    fn new(planner: &mut RealFftPlanner<f32>, length: usize, bands: usize, range_hz: (f32, f32)) -> Spectrum {
        let transform = planner.plan_fft_forward(length);
        let turn = std::f32::consts::TAU / length as f32;
        let window: Vec<f32> = (0..length).map(|at| 0.5 - 0.5 * (turn * at as f32).cos()).collect();
        let bin_hz = RATE_HZ as f32 / length as f32;
        let mut edges = Vec::with_capacity(bands + 1);
        for band in 0..=bands {
            let hz = range_hz.0 * (range_hz.1 / range_hz.0).powf(band as f32 / bands as f32);
            let bin = (hz / bin_hz).round() as usize;
            // Narrow bands have a bin of their own at least.
            edges.push(edges.last().map_or(bin, |last: &usize| bin.max(last + 1)));
        }
        let gain: f32 = window.iter().sum::<f32>() / 2.0;
        Spectrum {
            input: transform.make_input_vec(),
            output: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            scale: (gain * gain).recip(),
            transform,
            window,
            edges,
        }
    }

    /// Natural logarithm of each band's energy; 0 of a tone at full scale.
    fn energies<const COUNT: usize>(&mut self, samples: &[f32]) -> [f32; COUNT] {
        let windowed = samples.iter().zip(&self.window).map(|(sample, weight)| sample * weight);
        self.input.iter_mut().zip(windowed).for_each(|(to, sample)| *to = sample);
        // It fails only for buffers of another length than it made itself.
        let _ = self.transform.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        std::array::from_fn(|band| {
            let bins = &self.output[self.edges[band]..self.edges[band + 1]];
            (bins.iter().map(Complex::norm_sqr).sum::<f32>() * self.scale + ENERGY_FLOOR).ln()
        })
    }
}

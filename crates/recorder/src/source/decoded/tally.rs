//! What was decoded, held against what was there and what was declared.
//!
//! It reads nothing itself. Invariant: an end that passes [`Tally::close`] has every sample and
//! every byte that the input declared, as far as its format declares any.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::errors::Error as DecoderError;

use crate::source::Error;
use crate::source::guard::Panicked;

/// Containers declare lengths that are off by the delay or padding of a codec, up to this many.
const DELAY_MAX_SAMPLES: u64 = 8192;

/// Sound that unfolds to more than this many times its file is a trap: silence reaches a quarter.
const UNFOLDS_MAX: u64 = 4096;
/// What any file may unfold to.
const UNFOLDS_FREE_BYTES: u64 = 256 << 20;

/// The account of one decoding.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Samples of each track decoded so far.
    pub(super) samples: u64,
    /// Samples of each track that the header declares, where it must be right.
    pub(super) declared_samples: Option<u64>,
    /// Samples of each track that the header declares, where it may be off a little.
    pub(super) about_samples: Option<u64>,
    /// Bytes that were given to the decoder, and how many it has to be given.
    pub(super) given_bytes: Option<Arc<AtomicU64>>,
    pub(super) declared_bytes: Option<u64>,
    /// Size of the file, where it is one.
    pub(super) file_bytes: Option<u64>,
    /// In native FLAC every byte belongs to a frame and every frame says where it stands.
    pub(super) frames: bool,
    /// Whether the end of the input is an end of the sound as good as any: for streams that do not
    /// say where they end.
    pub(super) open_ended: bool,
    pub(super) frame_bytes: u64,
}

/// Why decoding stopped before the end.
#[derive(Debug)]
pub(super) enum Broken {
    Short(String),
    Damaged(String),
    Unsupported(String),
    /// The mark of no format at all was found.
    Unknown,
    /// It was decoded, and it is not recorded.
    Refused(Error),
}

impl Tally {
    /// Takes note of a frame before it is decoded.
    pub(super) fn frame(&mut self, at_sample: i64, len_bytes: usize) -> Result<(), Broken> {
        self.frame_bytes += len_bytes as u64;
        if self.frames && u64::try_from(at_sample) != Ok(self.samples) {
            return Err(Broken::Damaged(format!("sound is missing or doubled at sample {}", self.samples)));
        }
        Ok(())
    }

    /// Takes note of so many samples of so many tracks that were decoded.
    pub(super) fn decoded(&mut self, count: u64, tracks: u8) -> Result<(), Broken> {
        self.samples += count;
        let bytes = self.samples.saturating_mul(u64::from(tracks) * 2);
        let room = |file: u64| file.saturating_mul(UNFOLDS_MAX).saturating_add(UNFOLDS_FREE_BYTES);
        if self.file_bytes.is_some_and(|file| bytes > room(file)) {
            return Err(Broken::Damaged(format!("it unfolds to more than {UNFOLDS_MAX} times its size")));
        }
        Ok(())
    }

    /// Whether the input had no byte of sound, and said so.
    pub(super) fn is_empty(&self) -> bool {
        self.frames && self.declared_samples.is_none() && self.given() == Some(0)
    }

    /// Says whether the end of the input is the end of its sound.
    pub(super) fn close(&self) -> Result<(), Broken> {
        let given = self.given();
        if let (Some(declared), Some(given)) = (self.declared_bytes, given)
            && given < declared
        {
            return Err(Broken::Short(format!("it ended {} bytes before the end it declared", declared - given)));
        }
        let samples = self.samples;
        if let Some(declared) = self.declared_samples
            && declared != samples
        {
            let what = format!("it declares {declared} samples in each track, {samples} are there");
            return Err(if samples < declared { Broken::Short(what) } else { Broken::Damaged(what) });
        }
        if let Some(about) = self.about_samples
            && samples.saturating_add(DELAY_MAX_SAMPLES) < about
        {
            return Err(Broken::Short(format!("it declares about {about} samples in each track, {samples} are there")));
        }
        if self.frames && given.is_some_and(|given| given != self.frame_bytes) {
            let what = format!("not all of it is FLAC frames that follow each other (up to sample {samples})");
            return Err(Broken::Damaged(what));
        }
        Ok(())
    }

    fn given(&self) -> Option<u64> {
        self.given_bytes.as_ref().map(|bytes| bytes.load(Ordering::Relaxed))
    }
}

impl Broken {
    pub(super) fn into_error(self, name: &str) -> Error {
        match self {
            Self::Short(what) => Error::truncated(name, what),
            Self::Damaged(what) => Error::damaged(name, what),
            Self::Unsupported(what) => Error::unsupported(name, what),
            Self::Unknown => Error::NotSound { name: name.to_owned() },
            Self::Refused(error) => error,
        }
    }

    pub(super) fn into_reason(self) -> String {
        match self {
            Self::Short(what) | Self::Damaged(what) | Self::Unsupported(what) => what,
            Self::Unknown => "it is no sound any more".into(),
            Self::Refused(error) => error.to_string(),
        }
    }
}

impl From<DecoderError> for Broken {
    fn from(error: DecoderError) -> Self {
        match error {
            DecoderError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::Short("it ends before its sound is complete".into())
            }
            DecoderError::ResetRequired => Self::Damaged("its format changes in the middle".into()),
            DecoderError::Unsupported(what) if what.starts_with("core (probe)") => Self::Unknown,
            DecoderError::Unsupported(what) if what.starts_with("core (codec)") => {
                Self::Unsupported("its codec is not known".into())
            }
            DecoderError::Unsupported(what) => Self::Unsupported(what.to_owned()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// A decoder that panicked is a decoder that failed.
pub(super) fn flat<T>(outcome: Result<Result<T, Broken>, Panicked>) -> Result<T, Broken> {
    outcome.unwrap_or_else(|Panicked| Err(Broken::Damaged("the decoder gave up on it".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_does_not_unfold_without_end() {
        let mut tally = Tally { file_bytes: Some(40 << 10), ..Tally::default() };
        let blocks = (0..).take_while(|_| tally.decoded(65_535, 8).is_ok()).count();
        assert!((256..512).contains(&blocks), "{blocks} blocks of a mebibyte");
        // An hour of silence, as the usual encoder writes it.
        let mut silence = Tally { file_bytes: Some(600 << 10), ..Tally::default() };
        assert!(silence.decoded(3600 * 48_000, 2).is_ok());
    }
}

//! Sealed recordings of a few seconds of the bundled interview, each with secrets of its own.
//!
//! Not how a meeting is recorded (`counterpart record`). Invariants: what is kept in a demonstration is a real sealed recording, which every reader finds complete; no two of
//! them are one recording.

use casework::Digest;
use seal::{AboutField, Encoder, EndReason, Format, Opening, Outcome, Secrets, Writer, verify_listening};
use sha2::{Digest as _, Sha256};

use super::world::{Sound, unfit};
use crate::error::Result;
use crate::office::fresh;

/// The bundled interview, for rooms in which it is recorded as if it were spoken now.
pub(super) const WHOLE: &[u8] = include_bytes!("../../../../assets/interview/interview.flac");
/// Six seconds of `interview.flac`, sealed by `counterpart record`.
const SECONDS: &[u8] = include_bytes!("../../../../assets/interview/seconds.flac");

/// The sound that is sealed: its shape, and its samples with the tracks taking turns.
pub(super) struct Interview {
    format: Format,
    samples: Vec<i32>,
}

impl Interview {
    pub(super) fn read() -> Result<Interview> {
        let (mut file, mut format, mut samples) = (SECONDS, None, Vec::new());
        let verdict = verify_listening(&mut file, None, &mut |_, _| {}, &mut |heard| {
            format = Some(heard.format());
            let tracks: Vec<&[i32]> = (1..=heard.format().tracks()).filter_map(|number| heard.track(number)).collect();
            let len = tracks.first().map_or(0, |track| track.len());
            samples.extend((0..len).flat_map(|at| tracks.iter().map(move |track| track[at])));
        });
        match (verdict.outcome(), format) {
            (Outcome::Complete, Some(format)) => Ok(Interview { format, samples }),
            (outcome, _) => Err(unfit(format_args!("the bundled interview is {}", outcome.name()))),
        }
    }

    /// A recording of it that began then.
    pub(super) fn sealed(&self, start: &str) -> Result<Sound> {
        let place = "An example office; nothing here is real";
        let opening = Opening {
            format: self.format,
            software: concat!("counterpart demonstration ", env!("CARGO_PKG_VERSION")).into(),
            start: start.into(),
            about: vec![(AboutField::Place, place.into())],
            checkpoint: None,
            prev: None,
        };
        let secrets = Secrets { signing_key: fresh()?, seed: fresh()?, nonce: fresh()? };
        let mut writer = Writer::new(&opening, &secrets, None).map_err(unfit)?;
        let (mut encoder, mut frames) = (Encoder::new(self.format), Vec::new());
        let block = self.format.block_samples() as usize * usize::from(self.format.tracks());
        for pcm in self.samples.chunks(block) {
            let frame = encoder.encode(pcm).map_err(unfit)?;
            writer.push_frame(&frame, Some(pcm)).map_err(unfit)?;
            frames.extend_from_slice(&frame);
        }
        let sealed = writer.finish(EndReason::Finished, "").map_err(unfit)?;
        let mut bytes = sealed.head(sealed.head_bytes()).map_err(|_| unfit("a recording has no room for its seal"))?;
        bytes.extend(frames);
        let digest = Digest(Sha256::digest(&bytes).into());
        Ok(Sound { id: Digest(*sealed.id().as_bytes()), digest, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_whole_and_its_own() {
        let interview = Interview::read().unwrap();
        let [one, other] = [0, 1].map(|_| interview.sealed("2026-03-30T09:30:00+01:00").unwrap());
        for sound in [&one, &other] {
            let verdict = verify_listening(&mut &sound.bytes[..], None, &mut |_, _| {}, &mut |_| {});
            assert!(matches!(verdict.outcome(), Outcome::Complete), "{}", verdict.outcome().name());
        }
        assert!(one.id != other.id && one.digest != other.digest);
    }
}

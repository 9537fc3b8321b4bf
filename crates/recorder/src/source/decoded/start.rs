//! From a file or stream to a decoder that stands at its first frame.
//!
//! Invariant: of FLAC and WAV the decoder sees the checked header and the sound, never the other
//! blocks and chunks; of other formats it reads no further than its fence.

use std::io::{Cursor, Read};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};

use super::tally::{Broken, Tally};
use crate::source::check::{Flac, Header, Length, Wav};
use crate::source::guard::Counted;
use crate::source::{Error, Stream};

/// How far into a file of unknown format its beginning is looked for.
const PROBE_BYTES: u32 = 128 << 10;

/// A decoder at its first frame.
pub(super) struct Started {
    pub(super) demuxer: Box<dyn FormatReader>,
    pub(super) decoder: Box<dyn AudioDecoder>,
    /// Which of the container's streams is decoded.
    pub(super) stream_id: u32,
    /// How many streams of sound the container has; the default one is taken.
    pub(super) streams: usize,
    /// Samples of each track that the container declares.
    pub(super) samples: Option<u64>,
}

/// Finds the format, the stream of sound and its decoder.
pub(super) fn start(media: Box<dyn MediaSource>, verify: bool) -> Result<Started, Broken> {
    let options = ProbeOptions { max_probe_depth: PROBE_BYTES, ..Default::default() };
    let mut probe = Probe::new_with_options(&options);
    symphonia::default::register_enabled_formats(&mut probe);
    let stream = MediaSourceStream::new(media, Default::default());
    let demuxer = probe.probe(&Hint::new(), stream, Default::default(), Default::default())?;
    let is_sound = |track: &&symphonia::core::formats::Track| track.track_type() == Some(TrackType::Audio);
    let streams = demuxer.tracks().iter().filter(is_sound).count();
    let (stream_id, samples, params) = demuxer
        .default_track(TrackType::Audio)
        .and_then(|track| Some((track.id, track.num_frames, track.codec_params.as_ref()?.audio()?.clone())))
        .ok_or_else(|| Broken::Unsupported("there is no sound in it".into()))?;
    let options = AudioDecoderOptions::default().verify(verify);
    let decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &options)?;
    Ok(Started { demuxer, decoder, stream_id, streams, samples })
}

/// A stream as the decoder may see it, and what it has to tally with.
pub(super) fn clean(stream: Stream, header: &Header, name: &str) -> Result<(Box<dyn MediaSource>, Tally), Error> {
    let counted = Counted::new(stream);
    let given_bytes = Some(counted.counter());
    let (head, limit, tally) = match header {
        Header::Flac(flac) => {
            let declared_samples = flac.total_samples;
            (flac_head(flac), u64::MAX, Tally { declared_samples, given_bytes, frames: true, ..Tally::default() })
        }
        Header::Wav(wav) => {
            let declared_bytes = match wav.length {
                Length::Declared(bytes) => Some(bytes),
                Length::Unknown => None,
            };
            let open_ended = declared_bytes.is_none();
            let tally = Tally { given_bytes, declared_bytes, open_ended, ..Tally::default() };
            (wav_head(wav, name)?, declared_bytes.unwrap_or(u64::MAX), tally)
        }
        Header::Other => (Vec::new(), u64::MAX, Tally { open_ended: true, ..Tally::default() }),
    };
    let media = ReadOnlySource::new(Cursor::new(head).chain(counted.take(limit)));
    Ok((Box::new(media), tally))
}

fn flac_head(flac: &Flac) -> Vec<u8> {
    [b"fLaC".as_slice(), &[0x80, 0, 0, 34], &flac.stream_info].concat()
}

fn wav_head(wav: &Wav, name: &str) -> Result<Vec<u8>, Error> {
    let sound = match wav.length {
        Length::Unknown => u32::MAX,
        Length::Declared(bytes) => {
            u32::try_from(bytes).map_err(|_| Error::unsupported(name, "it is coded WAV of more than 4 GiB"))?
        }
    };
    let fmt = wav.fmt.len() as u32;
    let pad = vec![0; wav.fmt.len() % 2];
    let whole = sound.saturating_add(20 + fmt + pad.len() as u32);
    let riff = [b"RIFF".as_slice(), &whole.to_le_bytes(), b"WAVE"];
    let format = [b"fmt ".as_slice(), &fmt.to_le_bytes(), &wav.fmt, &pad];
    let data = [b"data".as_slice(), &sound.to_le_bytes()];
    Ok([riff.concat(), format.concat(), data.concat()].concat())
}

//! Playing sound on the same sound server, so that people hear what its microphone hears.
//!
//! Not part of any recording. Invariants: it ends soon after the sound does, whatever the server says; a server without an output is an error
//! and nothing else.

use std::path::Path;
use std::time::Duration;

use pulseaudio::protocol::{self as pulse, Command, PlaybackStreamParams, SampleFormat, SampleSpec};

use super::server::{Link, refused};
use crate::source::{Error, Shape};

/// The most that is played, in bytes: what a server keeps for one stream.
const PLAYED_BYTES_MAX: usize = 3 << 20;

/// Plays samples, all tracks at once, on the output of the server at a socket; waits until they were heard.
pub(super) fn play(socket: &Path, shape: Shape, interleaved: &[i32]) -> Result<(), Error> {
    let shift = u32::from(shape.bits) - 16;
    let mixed = interleaved.chunks_exact(shape.tracks.into()).map(|instant| {
        let sum: i32 = instant.iter().map(|sample| sample >> shift).sum();
        sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    });
    let mut bytes: Vec<u8> = mixed.flat_map(i16::to_le_bytes).collect();
    bytes.truncate(PLAYED_BYTES_MAX);
    let spec = SampleSpec { format: SampleFormat::S16Le, channels: 1, sample_rate: shape.rate_hz };
    let len_bytes = bytes.len() as u32;
    let params = PlaybackStreamParams {
        sample_spec: spec,
        channel_map: pulse::ChannelMap::mono(),
        buffer_attr: pulse::stream::BufferAttr {
            max_length: len_bytes,
            target_length: len_bytes,
            pre_buffering: 0,
            minimum_request_length: u32::MAX,
            ..Default::default()
        },
        cvolume: Some(pulse::ChannelVolume::norm(1)),
        ..Default::default()
    };
    let mut link = Link::connect(socket)?;
    let reply: pulse::CreatePlaybackStreamReply = link.ask(&Command::CreatePlaybackStream(params)).map_err(refused)?;
    let lasts = Duration::from_secs_f64(f64::from(len_bytes) / 2.0 / f64::from(shape.rate_hz));
    link.play_out(reply.channel, &bytes, lasts)
}

//! What a decoder makes of the sound, and how that becomes the recording's integers.
//!
//! Invariant: integers of 16 and 24 bit come out as they went in; whatever is rounded, shifted or
//! decoded from a lossy codec says so in [`Made::conversion`].

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::AudioDecoder;

use crate::source::pcm::rounded;

/// What a decoder makes of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The very integers that went in, of so many bits.
    Integers(u32),
    /// The very floating point numbers that went in, of so many bits.
    Floats(u32),
    /// Something like what went in.
    Likeness,
}

impl Made {
    /// Reads it off the first samples that a decoder made.
    pub(super) fn of(decoder: &dyn AudioDecoder) -> Self {
        use GenericAudioBufferRef as Buffer;
        let codec = decoder.codec_info().short_name;
        let lossless = is_plain(codec) || matches!(codec, "flac" | "alac");
        let width = match decoder.last_decoded() {
            Buffer::U8(_) | Buffer::S8(_) => 8,
            Buffer::U16(_) | Buffer::S16(_) => 16,
            Buffer::U24(_) | Buffer::S24(_) => 24,
            Buffer::U32(_) | Buffer::S32(_) => 32,
            Buffer::F32(_) if lossless => return Self::Floats(32),
            Buffer::F64(_) if lossless => return Self::Floats(64),
            Buffer::F32(_) | Buffer::F64(_) => return Self::Likeness,
        };
        if !lossless {
            return Self::Likeness;
        }
        let params = decoder.codec_params();
        let bits = match codec {
            "alac" => params.extra_data.as_deref().and_then(alac_bits),
            _ => params.bits_per_sample,
        };
        Self::Integers(bits.filter(|bits| (1..=width).contains(bits)).unwrap_or(width))
    }

    /// The bits of the input, where that means anything.
    pub(super) fn input_bits(self) -> Option<u32> {
        match self {
            Self::Integers(bits) | Self::Floats(bits) => Some(bits),
            Self::Likeness => None,
        }
    }

    /// The bits that the recording has.
    pub(super) fn bits(self) -> u8 {
        match self {
            Self::Integers(..=16) | Self::Likeness => 16,
            Self::Integers(_) | Self::Floats(_) => 24,
        }
    }

    /// What was done to the sound, unless it is the input's own.
    pub(super) fn conversion(self, codec: &str, rate_hz: u32) -> Option<String> {
        let bits = self.bits();
        Some(match self {
            Self::Integers(16 | 24) => return None,
            Self::Integers(had) if had < u32::from(bits) => {
                format!("{codec}, {had} bit, shifted to {bits} bit")
            }
            Self::Integers(had) => {
                format!("{codec}, {had} bit, the lowest bits dropped to {bits} bit")
            }
            Self::Floats(had) => {
                format!("{codec}, {had} bit floating point, rounded to {bits} bit, clipped at full scale")
            }
            Self::Likeness => format!("{codec}, {rate_hz} Hz, decoded to {bits} bit"),
        })
    }

    /// Decoded sound as the recording's integers, interleaved.
    pub(super) fn samples(self, buffer: &GenericAudioBufferRef<'_>) -> Vec<i32> {
        let bits = self.bits();
        if matches!(buffer, GenericAudioBufferRef::F32(_) | GenericAudioBufferRef::F64(_)) {
            let mut samples = Vec::<f64>::new();
            buffer.copy_to_vec_interleaved(&mut samples);
            return samples.into_iter().map(|sample| rounded(sample, bits)).collect();
        }
        // The decoders put integers at the top of their words.
        let mut samples = Vec::<i32>::new();
        buffer.copy_to_vec_interleaved(&mut samples);
        samples.iter_mut().for_each(|sample| *sample >>= 32 - u32::from(bits));
        samples
    }
}

/// A codec's name as people know it, or its container's where the sound in it is plain numbers.
pub(super) fn codec_name(decoder: &dyn AudioDecoder, container: &str) -> String {
    let codec = decoder.codec_info();
    match codec.short_name {
        "pcm_alaw" => "G.711 A-law".into(),
        "pcm_mulaw" => "G.711 mu-law".into(),
        "flac" | "alac" | "mp1" | "mp2" | "mp3" | "aac" => codec.short_name.to_uppercase(),
        plain if is_plain(plain) => match container {
            "wave" => "WAV".into(),
            "isomp4" => "MP4".into(),
            "matroska" => "Matroska".into(),
            other => other.to_uppercase(),
        },
        _ => codec.long_name.to_owned(),
    }
}

fn is_plain(codec: &str) -> bool {
    codec.starts_with("pcm_") && !codec.ends_with("law")
}

/// The bits of a sample that an ALAC cookie tells: its sixth byte, after two optional atoms.
fn alac_bits(cookie: &[u8]) -> Option<u32> {
    let mut cookie = cookie;
    for atom in [b"frma", b"alac"] {
        if cookie.get(4..8) == Some(atom) {
            cookie = cookie.get(12..)?;
        }
    }
    cookie.get(5).map(|&bits| u32::from(bits))
}

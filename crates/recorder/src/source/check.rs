//! A strict look at the head of a file before any decoder sees it: WAV chunk by chunk, FLAC block
//! by block, every other format only by being neither.
//!
//! It decodes no sound. Invariants: constant memory whatever the sizes in the header say; a WAV or
//! FLAC header that passes has a rate and tracks that are recorded and sizes that agree with each
//! other; what it returns is all that decoders are given, never the file's other chunks and blocks.

use std::io::{self, Read};

use super::{Error, within_limits};

/// Metadata longer than this before the sound is not believed.
const SKIP_MAX_BYTES: u64 = 256 << 20;
/// More chunks or blocks than this before the sound are not believed.
const CHUNKS_MAX: usize = 4096;
/// The longest `fmt ` chunk that any encoding known here has.
const FMT_MAX_BYTES: u32 = 4096;
/// Lengths that mean "not known when the header was written": see [`Length::Unknown`].
const PLACEHOLDERS: [std::ops::RangeInclusive<u32>; 3] = [0..=0, 0x7fff_0000..=0x8000_0000, 0xffff_0000..=0xffff_ffff];

/// What the head of the input says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// RIFF, RF64 or BW64 WAVE; the reader stands at the first byte of sound.
    Wav(Wav),
    /// Native FLAC; the reader stands at the first frame.
    Flac(Flac),
    /// Something else: the decoder will say what.
    Other,
}

/// How the samples of a WAV are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Integers: unsigned in 8 bits, else signed, little-endian.
    Integer,
    /// IEEE 754, little-endian.
    Float,
    /// Another one, by its tag in the header: G.711, ADPCM and so on.
    Coded(u16),
}

/// The length of the sound in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// As the header says.
    Declared(u64),
    /// The header was written before the length was known, as programs do that write to a pipe:
    /// the sound goes on to the end of the stream. Zero and the neighbourhoods of 2 and 4 GiB.
    Unknown,
}

/// The head of a WAV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// How samples are written.
    pub encoding: Encoding,
    /// Samples a second.
    pub rate_hz: u32,
    /// Number of tracks.
    pub tracks: u8,
    /// Bits that each sample takes in the file: whole bytes for integers and floats.
    pub container_bits: u16,
    /// Bits of them that carry sound, from the top.
    pub valid_bits: u16,
    /// Bytes of one instant of all tracks, or of one block of a coded encoding.
    pub block_bytes: u16,
    /// Length of the sound.
    pub length: Length,
    /// Length of the whole as the outermost header says, where it says one.
    riff: Length,
    /// The `fmt ` chunk as it stands, for decoders.
    pub(super) fmt: Vec<u8>,
}

/// The head of a FLAC stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flac {
    /// Samples a second.
    pub rate_hz: u32,
    /// Number of tracks.
    pub tracks: u8,
    /// Bits of a sample, 4 to 32.
    pub bits: u8,
    /// Samples of each track, where known.
    pub total_samples: Option<u64>,
    /// The STREAMINFO block as it stands, for the decoder.
    pub(super) stream_info: [u8; 34],
}

/// A header, and where it left the reader.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: Header,
    /// Where the first byte for the decoder is.
    pub(super) sound_at: u64,
    /// Bytes read beyond `sound_at`, to be given to the decoder first.
    pub(super) head: Vec<u8>,
}

/// Checks the head of a file that is in memory: the entry for fuzzing.
///
/// # Errors
/// A header that contradicts itself, ends early or says what is not recorded.
pub fn check_header(bytes: &[u8]) -> Result<Header, Error> {
    let mut rest = bytes;
    read_header(&mut rest, "input").map(|found| found.header)
}

/// Reads the head of a file or stream up to its sound.
pub(super) fn read_header(reader: &mut dyn Read, name: &str) -> Result<Found, Error> {
    let mut walk = Walk { reader, name, at: 0 };
    let mut head = walk.up_to(12)?;
    if head.is_empty() {
        return Err(Error::Empty { name: name.to_owned() });
    }
    if head.len() >= 10 && head.starts_with(b"ID3") {
        head = walk.skip_id3(&head)?;
    }
    let start = walk.at - head.len() as u64;
    if head.len() >= 4 && head.starts_with(b"fLaC") {
        let flac = walk.flac(&head[4..])?;
        return Ok(Found { header: Header::Flac(flac), sound_at: walk.at, head: Vec::new() });
    }
    let outer = head.get(0..4).unwrap_or_default();
    if matches!(outer, b"RIFF" | b"RF64" | b"BW64") && head.get(8..12) == Some(b"WAVE") {
        let wav = walk.wav(u32_le(&head[4..8]))?;
        return Ok(Found { header: Header::Wav(wav), sound_at: walk.at, head: Vec::new() });
    }
    Ok(Found { header: Header::Other, sound_at: start, head })
}

impl Wav {
    /// Whether the samples are plain numbers, so that no decoder is needed.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.encoding, Encoding::Integer | Encoding::Float)
    }

    /// Holds the declared lengths against the real length of the regular file they stand in; the bytes of its sound.
    pub(super) fn tally(&self, name: &str, sound_at: u64, file_bytes: u64) -> Result<u64, Error> {
        let there = file_bytes.saturating_sub(sound_at);
        let sound = match self.length {
            Length::Declared(sound) => sound,
            Length::Unknown if there == 0 => {
                return Err(Error::NoSound { name: name.to_owned() });
            }
            Length::Unknown => {
                return Err(Error::malformed(
                    name,
                    "its header was never completed: it does not say how long the sound is",
                ));
            }
        };
        if sound > there {
            let what = format!("its header says {sound} bytes of sound, {there} are there");
            return Err(Error::truncated(name, what));
        }
        // A pad byte after an odd chunk is counted by some writers and not by others.
        match self.riff {
            Length::Declared(whole) if whole > file_bytes.saturating_add(1) => {
                let what = format!("its header says {whole} bytes in all, {file_bytes} are there");
                Err(Error::truncated(name, what))
            }
            Length::Declared(whole) if whole.saturating_add(1) < sound_at.saturating_add(sound) => Err(
                Error::malformed(name, format!("its header says {whole} bytes in all, its sound alone goes further")),
            ),
            Length::Unknown => {
                Err(Error::malformed(name, "its header was never completed: it does not say how long the file is"))
            }
            Length::Declared(_) => Ok(sound),
        }
    }
}

/// A walk through a header that counts where it is.
struct Walk<'a> {
    reader: &'a mut dyn Read,
    name: &'a str,
    at: u64,
}

impl Walk<'_> {
    /// Reads so many bytes, or as many as there are.
    fn up_to(&mut self, len: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let reader = &mut *self.reader;
        reader.take(len).read_to_end(&mut bytes).map_err(|cause| Error::unreadable(self.name, cause))?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }

    fn exactly<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.up_to(N as u64)?;
        <[u8; N]>::try_from(bytes).map_err(|_| Error::truncated(self.name, "it ends inside its header"))
    }

    fn skip(&mut self, len: u64) -> Result<(), Error> {
        if self.at.saturating_add(len) > SKIP_MAX_BYTES {
            return Err(Error::malformed(self.name, "its header says that what comes before the sound is huge"));
        }
        let reader = &mut *self.reader;
        let skipped =
            io::copy(&mut reader.take(len), &mut io::sink()).map_err(|cause| Error::unreadable(self.name, cause))?;
        self.at += skipped;
        if skipped < len {
            return Err(Error::truncated(self.name, "it ends inside its header"));
        }
        Ok(())
    }

    /// Steps over an ID3v2 tag and returns the first bytes after it.
    fn skip_id3(&mut self, head: &[u8]) -> Result<Vec<u8>, Error> {
        let size = head[6..10].iter().fold(0u64, |size, &byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
        let left = (10 + size + footer).saturating_sub(head.len() as u64);
        self.skip(left)?;
        self.up_to(12)
    }

    fn wav(&mut self, riff_size: u32) -> Result<Wav, Error> {
        let (mut fmt, mut large) = (None, None);
        for _ in 0..CHUNKS_MAX {
            let id = self.exactly::<4>()?;
            let size = u32_le(&self.exactly::<4>()?);
            match &id {
                b"data" => {
                    let fmt: Vec<u8> =
                        fmt.ok_or_else(|| Error::malformed(self.name, "its sound comes before its format"))?;
                    let (riff, length) = match large {
                        Some((riff, sound)) if size == u32::MAX => (riff, Length::Declared(sound)),
                        Some((riff, _)) => (riff, length(size)),
                        None => (outer_length(riff_size), length(size)),
                    };
                    return self.wav_format(fmt, riff, length);
                }
                b"fmt " if fmt.is_some() => {
                    return Err(Error::malformed(self.name, "it has two formats"));
                }
                b"fmt " if (16..=FMT_MAX_BYTES).contains(&size) => fmt = Some(self.up_to(u64::from(size))?),
                b"fmt " => {
                    return Err(Error::malformed(self.name, format!("its format chunk is {size} bytes long")));
                }
                b"ds64" if (28..=FMT_MAX_BYTES).contains(&size) => {
                    let sizes = self.exactly::<28>()?;
                    large = Some((Length::Declared(u64_le(&sizes[0..8]).saturating_add(8)), u64_le(&sizes[8..16])));
                    self.skip(u64::from(size) - 28)?;
                }
                _ => self.skip(u64::from(size))?,
            }
            // Chunks start at even places.
            self.skip(u64::from(size % 2))?;
        }
        Err(Error::malformed(self.name, "there is no end to its header"))
    }

    fn wav_format(&self, fmt: Vec<u8>, riff: Length, length: Length) -> Result<Wav, Error> {
        let short = || Error::truncated(self.name, "it ends inside its header");
        let field = |at: usize| fmt.get(at..at + 2).map(u16_le).ok_or_else(short);
        let (mut tag, tracks, rate_hz) = (field(0)?, field(2)?, u32_le(fmt.get(4..8).ok_or_else(short)?));
        let (block_bytes, container_bits) = (field(12)?, field(14)?);
        let mut valid_bits = container_bits;
        if tag == 0xfffe {
            (valid_bits, tag) = (field(18)?, field(24)?);
            if valid_bits == 0 {
                valid_bits = container_bits;
            }
        }
        within_limits(self.name, rate_hz, tracks)?;
        let encoding = match tag {
            1 => Encoding::Integer,
            3 => Encoding::Float,
            other => Encoding::Coded(other),
        };
        let mut wav =
            Wav { encoding, rate_hz, tracks: tracks as u8, container_bits, valid_bits, block_bytes, length, riff, fmt };
        self.tally_samples(&mut wav)?;
        Ok(wav)
    }

    /// Holds the bits, the bytes of one instant and the length of a WAV against each other.
    fn tally_samples(&self, wav: &mut Wav) -> Result<(), Error> {
        let Wav { container_bits, valid_bits, block_bytes, .. } = *wav;
        if block_bytes == 0 {
            return Err(Error::malformed(self.name, "its header says that a sample takes no bytes"));
        }
        if wav.is_plain() {
            let bits = container_bits.div_ceil(8).saturating_mul(8);
            let known = match wav.encoding {
                Encoding::Float => matches!(container_bits, 32 | 64) && valid_bits == container_bits,
                _ => (1..=32).contains(&container_bits) && (1..=container_bits).contains(&valid_bits),
            };
            if !known {
                let what = format!("its header says {valid_bits} bits a sample in {container_bits}");
                return Err(Error::malformed(self.name, what));
            }
            if u32::from(block_bytes) * 8 != u32::from(bits) * u32::from(wav.tracks) {
                let what =
                    format!("its header says {block_bytes} bytes for {} tracks of {container_bits} bits", wav.tracks);
                return Err(Error::malformed(self.name, what));
            }
            wav.container_bits = bits;
            if let Length::Declared(sound) = wav.length
                && sound % u64::from(block_bytes) != 0
            {
                let what = format!("its {sound} bytes of sound are no whole number of samples");
                return Err(Error::malformed(self.name, what));
            }
        }
        Ok(())
    }

    fn flac(&mut self, head: &[u8]) -> Result<Flac, Error> {
        // The first eight bytes after the marker came with it: a block header and four of its body.
        let head = <[u8; 8]>::try_from(head).map_err(|_| Error::truncated(self.name, "it ends inside its header"))?;
        if head[0] & 0x7f != 0 || head[1..4] != [0, 0, 34] {
            return Err(Error::malformed(self.name, "its first block is not a FLAC stream information of 34 bytes"));
        }
        let mut stream_info = [0; 34];
        stream_info[..4].copy_from_slice(&head[4..]);
        stream_info[4..].copy_from_slice(&self.exactly::<30>()?);
        let mut last = head[0] & 0x80 != 0;
        for _ in 0..CHUNKS_MAX {
            if last {
                return self.flac_info(stream_info);
            }
            let [kind, size @ ..] = self.exactly::<4>()?;
            last = kind & 0x80 != 0;
            if matches!(kind & 0x7f, 0 | 127) {
                return Err(Error::malformed(self.name, "its header has a block that must not be there"));
            }
            self.skip(size.iter().fold(0, |size, &byte| size << 8 | u64::from(byte)))?;
        }
        Err(Error::malformed(self.name, "there is no end to its header"))
    }

    fn flac_info(&self, stream_info: [u8; 34]) -> Result<Flac, Error> {
        let packed = stream_info[10..18].iter().fold(0u64, |all, &byte| all << 8 | u64::from(byte));
        let rate_hz = (packed >> 44) as u32;
        let tracks = (packed >> 41 & 7) as u8 + 1;
        let bits = (packed >> 36 & 31) as u8 + 1;
        let total = packed & 0xf_ffff_ffff;
        within_limits(self.name, rate_hz, u16::from(tracks))?;
        let block = |at: usize| u16::from_be_bytes([stream_info[at], stream_info[at + 1]]);
        let (smallest, largest) = (block(0), block(2));
        if smallest < 16 || largest < smallest {
            let what = format!("its header says blocks of {smallest} to {largest} samples");
            return Err(Error::malformed(self.name, what));
        }
        if bits < 4 {
            return Err(Error::malformed(self.name, format!("its header says {bits} bits a sample")));
        }
        Ok(Flac { rate_hz, tracks, bits, total_samples: (total != 0).then_some(total), stream_info })
    }
}

fn length(size: u32) -> Length {
    if PLACEHOLDERS.iter().any(|range| range.contains(&size)) {
        return Length::Unknown;
    }
    Length::Declared(u64::from(size))
}

fn outer_length(size: u32) -> Length {
    match length(size) {
        Length::Declared(size) => Length::Declared(size + 8),
        Length::Unknown => Length::Unknown,
    }
}

fn u16_le(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn u32_le(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn u64_le(bytes: &[u8]) -> u64 {
    u64::from(u32_le(&bytes[0..4])) | u64::from(u32_le(&bytes[4..8])) << 32
}

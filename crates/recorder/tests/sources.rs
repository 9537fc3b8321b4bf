//! Files and streams of sound, made by programs that are not ours, come out sample for sample.
//!
//! Needs `sox`, `flac` and `ffmpeg`. What must be refused is in `sources_hostile.rs`, the
//! microphone in `sources_microphone.rs`.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "support/cases.rs"]
mod cases;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cases::cases;
use recorder::source::{self, Piece, Shape, Source};

/// Everything a source gives, and how it ended.
fn drain(source: &mut dyn Source) -> (Vec<i32>, Piece) {
    let tracks = usize::from(source.shape().tracks);
    let mut all = Vec::new();
    loop {
        match source.next().unwrap() {
            Piece::Samples(samples) => {
                assert!(!samples.is_empty() && samples.len() % tracks == 0);
                all.extend(samples);
            }
            end => {
                assert_eq!(source.next().unwrap(), Piece::End);
                return (all, end);
            }
        }
    }
}

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Deterministic noise of full scale, with the extremes in it.
fn noise(shape: Shape, instants: usize) -> Vec<i32> {
    let full = 1i32 << (shape.bits - 1);
    let mut state = 0x9e37_79b9_u32 ^ shape.rate_hz;
    (0..instants * usize::from(shape.tracks))
        .map(|i| match i {
            0 => -full,
            1 => full - 1,
            _ => {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state as i32) >> (32 - u32::from(shape.bits))
            }
        })
        .collect()
}

fn raw_bytes(samples: &[i32], bits: u8) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()[..usize::from(bits / 8)].to_vec()).collect()
}

/// Writes samples without any header and lets sox make a file of them.
fn sox(dir: &Path, shape: Shape, samples: &[i32], name: &str) -> PathBuf {
    let raw = dir.join("in.raw");
    std::fs::write(&raw, raw_bytes(samples, shape.bits)).unwrap();
    let out = dir.join(name);
    let (r, b, c) = (shape.rate_hz.to_string(), shape.bits.to_string(), shape.tracks.to_string());
    let head = ["-t", "raw", "-e", "signed", "-L", "-r", &r, "-b", &b, "-c", &c];
    run("sox", &[&head[..], &[raw.to_str().unwrap(), out.to_str().unwrap()]].concat());
    out
}

fn check_exact(path: &Path, shape: Shape, samples: &[i32]) {
    let mut file = source::open_file(path).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(file.shape(), shape, "{}", path.display());
    assert_eq!(file.conversion(), None, "{}", path.display());
    assert_eq!(file.total_samples(), Some((samples.len() / usize::from(shape.tracks)) as u64));
    let (got, end) = drain(file.as_mut());
    assert_eq!(end, Piece::End);
    assert!(got == samples, "{}: samples differ", path.display());
    let mut stream = source::open_reader(Box::new(File::open(path).unwrap()), "standard input").unwrap();
    assert_eq!((stream.shape(), stream.total_samples()), (shape, None));
    let (got, end) = drain(stream.as_mut());
    assert_eq!(end, Piece::End);
    assert!(got == samples, "{} as a stream: samples differ", path.display());
}

#[test]
fn wav_and_flac_are_exact_at_every_rate_width_and_number_of_tracks() {
    let dir = tempfile::tempdir().unwrap();
    let rates = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 37801, 44100, 48000];
    for (i, rate_hz) in rates.into_iter().enumerate() {
        for bits in [16, 24] {
            for tracks in [1, 2, (i % 6 + 3) as u8] {
                let shape = Shape { rate_hz, bits, tracks };
                let samples = noise(shape, 5003);
                let wav = sox(dir.path(), shape, &samples, "a.wav");
                check_exact(&wav, shape, &samples);
                let flac = dir.path().join("a.flac");
                run(
                    "flac",
                    &[
                        "-f",
                        "--silent",
                        "--lax",
                        "--channel-map=none",
                        "-o",
                        flac.to_str().unwrap(),
                        wav.to_str().unwrap(),
                    ],
                );
                check_exact(&flac, shape, &samples);
            }
        }
    }
}

/// Each row: ffmpeg's codec and sample format, the file, the bits recorded, what the conversion says
/// ("" for none), and whether ffmpeg decodes it to the very same samples.
#[test]
fn what_is_not_exact_says_what_was_done() {
    let dir = tempfile::tempdir().unwrap();
    let shape = Shape { rate_hz: 44_100, bits: 24, tracks: 2 };
    let whole = sox(dir.path(), shape, &noise(shape, 30_011), "whole.wav");
    const FLOAT: &str = "floating point, rounded to 24 bit, clipped at full scale";
    #[rustfmt::skip]
    let rows = [
        ("pcm_u8", "u8", "a.wav", 16, "WAV, 8 bit, shifted to 16 bit", true),
        ("pcm_s32le", "s32", "b.wav", 24, "WAV, 32 bit, the lowest bits dropped to 24 bit", true),
        ("pcm_f32le", "flt", "c.wav", 24, &format!("WAV, 32 bit {FLOAT}"), true),
        ("pcm_f64le", "dbl", "d.wav", 24, &format!("WAV, 64 bit {FLOAT}"), true),
        ("pcm_f32be", "flt", "e.aiff", 24, &format!("AIFF, 32 bit {FLOAT}"), true),
        ("pcm_mulaw", "s16", "f.wav", 16, "G.711 mu-law, 44100 Hz, decoded to 16 bit", true),
        ("pcm_alaw", "s16", "g.wav", 16, "G.711 A-law, 44100 Hz, decoded to 16 bit", true),
        ("adpcm_ima_wav", "s16p", "h.wav", 16, "ADPCM IMA WAV, 44100 Hz, decoded to 16 bit", false),
        ("libmp3lame", "s16p", "i.mp3", 16, "MP3, 44100 Hz, decoded to 16 bit", false),
        ("libvorbis", "fltp", "j.ogg", 16, "Vorbis, 44100 Hz, decoded to 16 bit", false),
        ("aac", "fltp", "k.m4a", 16, "AAC, 44100 Hz, decoded to 16 bit", false),
        ("pcm_s16be", "s16", "l.aiff", 16, "", true),
        ("pcm_s24be", "s32", "m.aiff", 24, "", true),
        ("pcm_s24le", "s32", "n.caf", 24, "", true),
        ("alac", "s32p", "o.m4a", 24, "", true),
        ("alac", "s16p", "p.caf", 16, "", true),
        ("flac", "s32", "q.mka", 24, "", true),
        ("flac", "s16", "r.ogg", 16, "", true),
    ];
    for (codec, format, name, bits, conversion, exact) in rows {
        let file = dir.path().join(name);
        let (from, to) = (whole.to_str().unwrap(), file.to_str().unwrap());
        run("ffmpeg", &["-v", "error", "-y", "-i", from, "-c:a", codec, "-sample_fmt", format, to]);
        let mut source = source::open_file(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(source.shape(), Shape { bits, ..shape }, "{name}");
        assert_eq!(source.conversion().unwrap_or_default(), conversion, "{name}");
        let (got, end) = drain(source.as_mut());
        assert_eq!(end, Piece::End, "{name}");
        assert_eq!(source.total_samples(), Some(got.len() as u64 / 2), "{name}");
        assert!((30_011..34_000).contains(&(got.len() / 2)), "{name}: {}", got.len() / 2);
        if exact {
            assert!(got == decoded_by_ffmpeg(&file, bits), "{name}: samples differ");
        }
    }
}

/// What ffmpeg makes of a file, as integers of so many bits.
fn decoded_by_ffmpeg(file: &Path, bits: u8) -> Vec<i32> {
    let raw = file.with_extension("raw");
    let (format, codec) = if bits == 16 { ("s16le", "pcm_s16le") } else { ("s24le", "pcm_s24le") };
    let (from, to) = (file.to_str().unwrap(), raw.to_str().unwrap());
    run("ffmpeg", &["-v", "error", "-y", "-i", from, "-f", format, "-c:a", codec, to]);
    let bytes = std::fs::read(raw).unwrap();
    let word = |bytes: &[u8]| match *bytes {
        [low, high] => i32::from(i16::from_le_bytes([low, high])),
        [low, mid, high] => i32::from_le_bytes([0, low, mid, high]) >> 8,
        _ => panic!("a sample of {} bytes", bytes.len()),
    };
    bytes.chunks_exact(usize::from(bits / 8)).map(word).collect()
}

#[test]
fn headers_written_before_the_length_was_known_are_read_to_the_end_of_the_stream() {
    let dir = tempfile::tempdir().unwrap();
    let shape = Shape { rate_hz: 16_000, bits: 16, tracks: 2 };
    let samples = noise(shape, 9_001);
    let wav = sox(dir.path(), shape, &samples, "a.wav");
    let from = wav.to_str().unwrap();
    let lines = [
        format!("ffmpeg -v error -i {from} -f wav -"),
        format!("sox {from} -t wav - | cat"),
        format!("sox {from} -t flac - | cat"),
        format!("flac -c --silent - < {from}"),
        format!("ffmpeg -v error -i {from} -f flac -"),
        format!("cat {from}"),
    ];
    for line in lines {
        let mut child = Command::new("sh").args(["-c", &line]).stdout(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let mut stream = source::open_reader(Box::new(out), "standard input").unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!((stream.shape(), stream.conversion()), (shape, None), "{line}");
        let (got, end) = drain(stream.as_mut());
        assert_eq!(end, Piece::End, "{line}");
        assert!(got == samples, "{line}: samples differ");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_live_stream_is_handed_on_as_it_comes() {
    let shape = Shape { rate_hz: 8_000, bits: 16, tracks: 1 };
    let (theirs, mut ours) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    head.extend([8000u32.to_le_bytes(), 16000u32.to_le_bytes()].concat());
    head.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    // The odd byte is the beginning of a sample whose end comes later.
    std::io::Write::write_all(&mut ours, &[&head[..], &[1, 0, 2]].concat()).unwrap();
    let mut stream = source::open_reader(Box::new(theirs), "standard input").unwrap();
    assert_eq!(stream.shape(), shape);
    assert_eq!(stream.next().unwrap(), Piece::Samples(vec![1]));
    std::io::Write::write_all(&mut ours, &[0, 3]).unwrap();
    assert_eq!(stream.next().unwrap(), Piece::Samples(vec![2]));
    drop(ours);
    assert!(matches!(stream.next().unwrap(), Piece::SourceLost(_)));
}

/// A WAV by hand: plain or extensible, any mask, with other chunks around its sound.
fn extensible(shape: Shape, samples: &[i32], mask: u32, extra: &[u8]) -> Vec<u8> {
    let width = u32::from(shape.bits / 8);
    let (tracks, block) = (u16::from(shape.tracks), width as u16 * u16::from(shape.tracks));
    let mut fmt = [0xfffe_u16.to_le_bytes(), tracks.to_le_bytes()].concat();
    fmt.extend([shape.rate_hz.to_le_bytes(), (shape.rate_hz * u32::from(block)).to_le_bytes()].concat());
    fmt.extend([block, u16::from(shape.bits), 22, u16::from(shape.bits)].map(u16::to_le_bytes).concat());
    fmt.extend(mask.to_le_bytes());
    fmt.extend(*b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    let data = raw_bytes(samples, shape.bits);
    let mut body = b"WAVE".to_vec();
    for (id, chunk) in [(b"JUNK", extra), (b"fmt ", &fmt), (b"LIST", extra), (b"data", &data), (b"LIST", extra)] {
        body.extend(id);
        body.extend((chunk.len() as u32).to_le_bytes());
        body.extend(chunk);
        body.extend(vec![0; chunk.len() % 2]);
    }
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

#[test]
fn fewer_valid_bits_than_the_words_have_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    for (bits, valid) in [(16, 12), (24, 20)] {
        let shape = Shape { rate_hz: 48_000, bits, tracks: 2 };
        let samples: Vec<i32> = noise(shape, 700).iter().map(|s| s >> 4 << 4).collect();
        let mut bytes = extensible(shape, &samples, 3, &[]);
        bytes[46] = valid;
        std::fs::write(&path, bytes).unwrap();
        let mut source = source::open_file(&path).unwrap();
        let words = format!("WAV, {valid} bit in words of {bits}, taken as {bits} bit");
        assert_eq!(source.conversion(), Some(words));
        assert!(drain(source.as_mut()) == (samples, Piece::End));
    }
}

proptest::proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_wav_reads_back_exactly(
        rate_hz in 8000u32..=48_000,
        wide: bool,
        tracks in 1u8..=8,
        instants in 1usize..9000,
        mask: u32,
        extra in proptest::collection::vec(proptest::num::u8::ANY, 0..50),
        seed in 1usize..1000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let shape = Shape { rate_hz, bits: if wide { 24 } else { 16 }, tracks };
        let samples = noise(shape, instants + seed).split_off(seed * usize::from(tracks));
        let path = dir.path().join("by hand \u{e9}.wav");
        std::fs::write(&path, extensible(shape, &samples, mask, &extra)).unwrap();
        check_exact(&path, shape, &samples);
        let spec = hound::WavSpec {
            channels: u16::from(tracks),
            sample_rate: rate_hz,
            bits_per_sample: u16::from(shape.bits),
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        check_exact(&path, shape, &samples);
    }
}

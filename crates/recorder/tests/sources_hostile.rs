//! Input that must be refused, with one clear line and a hint, and input that lies.
//!
//! Every refusal is a row of a table. What is changed at random may open or not, but it never
//! panics, never hangs, and what opens has exactly the length it said.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "support/cases.rs"]
mod cases;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use cases::cases;
use recorder::source::{self, Piece, Source, check};

/// A WAV header of 44 bytes with its fields free to lie, and the sound after it.
struct Wav {
    riff: u32,
    tag: u16,
    tracks: u16,
    rate_hz: u32,
    block: u16,
    bits: u16,
    data: u32,
    sound: usize,
}

const HONEST: Wav = Wav { riff: 2036, tag: 1, tracks: 1, rate_hz: 8000, block: 2, bits: 16, data: 2000, sound: 2000 };

impl Wav {
    fn bytes(&self) -> Vec<u8> {
        let mut all = [&b"RIFF"[..], &self.riff.to_le_bytes(), b"WAVEfmt \x10\0\0\0"].concat();
        all.extend([self.tag, self.tracks].map(u16::to_le_bytes).concat());
        all.extend([self.rate_hz, self.rate_hz.wrapping_mul(u32::from(self.block))].map(u32::to_le_bytes).concat());
        all.extend([self.block, self.bits].map(u16::to_le_bytes).concat());
        all.extend([&b"data"[..], &self.data.to_le_bytes()].concat());
        all.extend((0..self.sound).map(|i| (i * 37) as u8));
        all
    }
}

/// A short FLAC of one track, 16 bit, 8 kHz; STREAMINFO is at 8 to 42.
fn flac(dir: &Path) -> Vec<u8> {
    let (wav, flac) = (dir.join("seed.wav"), dir.join("seed.flac"));
    std::fs::write(&wav, Wav { riff: 20_036, data: 20_000, sound: 20_000, ..HONEST }.bytes()).unwrap();
    let made = Command::new("flac").args(["-f", "--silent", "-o"]).args([&flac, &wav]).status().unwrap();
    assert!(made.success());
    std::fs::read(flac).unwrap()
}

fn with(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

fn drain(source: &mut dyn Source) -> (u64, Piece) {
    let tracks = u64::from(source.shape().tracks);
    let mut count = 0;
    loop {
        match source.next().unwrap() {
            Piece::Samples(samples) => count += samples.len() as u64 / tracks,
            end => return (count, end),
        }
    }
}

#[track_caller]
fn refused(path: &Path, says: &str) {
    let error = match source::open_file(path) {
        Ok(source) => panic!("{} opened: {}", path.display(), source.describe()),
        Err(error) => error,
    };
    let (line, hint) = (error.to_string(), error.hint());
    assert!(line.ends_with(says), "{line:?} does not end with {says:?}");
    assert!(line.starts_with(&path.display().to_string()), "{line}");
    assert!(!line.contains('\n') && !hint.contains('\n') && !hint.is_empty(), "{line} {hint}");
}

#[test]
fn headers_of_wav_that_lie_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("zweite Sitzung \u{2014} \u{fc}.wav");
    let unfinished = "its header was never completed: it does not say how long the sound is";
    #[rustfmt::skip]
    let rows: [(Wav, &str); 19] = [
        (Wav { data: 2002, ..HONEST }, "is cut short: its header says 2002 bytes of sound, 2000 are there"),
        (Wav { data: 0x7000_0000, ..HONEST }, "its header says 1879048192 bytes of sound, 2000 are there"),
        (Wav { data: u32::MAX, ..HONEST }, unfinished),
        (Wav { data: 0, ..HONEST }, unfinished),
        (Wav { data: 0, sound: 0, riff: 36, ..HONEST }, "has no sound in it, its length is zero"),
        (Wav { data: 1999, ..HONEST }, "its 1999 bytes of sound are no whole number of samples"),
        (Wav { riff: 3000, ..HONEST }, "its header says 3008 bytes in all, 2044 are there"),
        (Wav { riff: 36, ..HONEST }, "its header says 44 bytes in all, its sound alone goes further"),
        (Wav { riff: u32::MAX, ..HONEST }, "its header was never completed: it does not say how long the file is"),
        (Wav { tracks: 0, ..HONEST }, "its header says it has no tracks"),
        (Wav { tracks: 9, block: 18, ..HONEST }, "unsupported number of tracks: 9"),
        (Wav { tracks: 65_535, block: 65_534, ..HONEST }, "unsupported number of tracks: 65535"),
        (Wav { rate_hz: 0, ..HONEST }, "its header says it has a rate of 0 Hz"),
        (Wav { rate_hz: 96_000, ..HONEST }, "unsupported rate 96000 Hz"),
        (Wav { rate_hz: 7_999, ..HONEST }, "unsupported rate 7999 Hz"),
        (Wav { block: 0, ..HONEST }, "its header says that a sample takes no bytes"),
        (Wav { block: 4, ..HONEST }, "its header says 4 bytes for 1 tracks of 16 bits"),
        (Wav { bits: 0, ..HONEST }, "its header says 0 bits a sample in 0"),
        (Wav { bits: 48, block: 6, ..HONEST }, "its header says 48 bits a sample in 48"),
    ];
    std::fs::write(&file, HONEST.bytes()).unwrap();
    assert_eq!(drain(source::open_file(&file).unwrap().as_mut()), (1000, Piece::End));
    for (wav, says) in rows {
        std::fs::write(&file, wav.bytes()).unwrap();
        refused(&file, says);
    }
    for cut in 1..44 {
        std::fs::write(&file, &HONEST.bytes()[..cut]).unwrap();
        let says =
            if cut < 12 { "is not sound in a format known here" } else { "is cut short: it ends inside its header" };
        refused(&file, says);
    }
    let huge_chunk = [&HONEST.bytes()[..12], b"LIST\xf0\xff\xff\xff", &HONEST.bytes()[12..]].concat();
    std::fs::write(&file, huge_chunk).unwrap();
    refused(&file, "is malformed: its header says that what comes before the sound is huge");
}

#[test]
fn more_sound_after_the_sound_is_refused_or_on_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.wav");
    let second = "it has a second stretch of sound after its first";
    let more = [&b"LIST\x02\0\0\0ab"[..], b"data\xd0\x07\0\0", &[7; 2000]].concat();
    let law = Wav { tag: 7, block: 1, bits: 8, ..HONEST };
    let said = Wav { riff: HONEST.riff + more.len() as u32, ..HONEST };
    for wav in [HONEST, said, law] {
        std::fs::write(&file, [wav.bytes(), more.clone()].concat()).unwrap();
        refused(&file, &format!("is malformed: {second}"));
    }
    let stream = Cursor::new([HONEST.bytes(), more.clone()].concat());
    let mut stream = source::open_reader(Box::new(stream), "standard input").unwrap();
    assert_eq!(drain(stream.as_mut()), (1000, Piece::SourceLost(second.into())));
    // What is no sound is let be.
    let list = [HONEST.bytes(), more[..10].to_vec()].concat();
    std::fs::write(&file, &list).unwrap();
    assert_eq!(drain(source::open_file(&file).unwrap().as_mut()), (1000, Piece::End));
    let mut stream = source::open_reader(Box::new(Cursor::new(list)), "standard input").unwrap();
    assert_eq!(drain(stream.as_mut()), (1000, Piece::End));
}

#[test]
fn flac_that_lies_or_is_damaged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let honest = flac(dir.path());
    let len = honest.len();
    let file = dir.path().join("a.flac");
    // Rate, tracks, bits and length are packed from 18: 20 bits, 3, 5 and 36.
    #[rustfmt::skip]
    let rows: [(Vec<u8>, &str); 12] = [
        (with(&honest, 18, &[0, 0, 0]), "its header says it has a rate of 0 Hz"),
        (with(&honest, 18, &[0x17, 0x70, 0x00]), "unsupported rate 96000 Hz"),
        (with(&honest, 21, &[0xf0, 0, 0, 0x27, 0x11]), "it declares 10001 samples in each track, 10000 are there"),
        (with(&honest, 21, &[0xf0, 0, 0, 0x27, 0x0f]), "it declares 9999 samples in each track, 10000 are there"),
        (with(&honest, 21, &[0xff, 0xff, 0xff, 0xff, 0xff]), "it declares 68719476735 samples in each track, 10000 are there"),
        (with(&honest, 26, &[0; 4]), "its sound does not match its own checksum"),
        (with(&honest, 8, &[0, 0]), "its header says blocks of 0 to 4096 samples"),
        (with(&honest, 5, &[0xff]), "its first block is not a FLAC stream information of 34 bytes"),
        (with(&honest, 43, &[0xff, 0xff, 0xff]), "is cut short: it ends inside its header"),
        (honest[..len - 1].to_vec(), "it declares 10000 samples in each track, 8192 are there"),
        ([&honest[..], b"TAG and more"].concat(), "it declares 10000 samples in each track, 8192 are there"),
        (with(&honest, len - 5000, &[0x55; 9]), "sound is missing or doubled at sample 4096"),
    ];
    for (bytes, says) in rows {
        std::fs::write(&file, bytes).unwrap();
        refused(&file, says);
    }
    // Without a declared length only its bytes tell that a frame is missing.
    let unknown = with(&honest, 21, &[0xf0, 0, 0, 0, 0]);
    std::fs::write(&file, [&unknown[..], b"TAG and more"].concat()).unwrap();
    refused(&file, "not all of it is FLAC frames that follow each other (up to sample 8192)");
    let tag = [&b"TAG"[..], &[0; 125]].concat();
    std::fs::write(&file, [&honest[..], &tag].concat()).unwrap();
    refused(&file, "another program put a tag (ID3) of 128 bytes behind its sound");
    for cut in [4, 20, 41] {
        std::fs::write(&file, &honest[..cut]).unwrap();
        refused(&file, "is cut short: it ends inside its header");
    }
    // Only its header, which says that the length is not known.
    let silent = with(&with(&honest[..42], 4, &[0x80]), 21, &[0xf0, 0, 0, 0, 0]);
    std::fs::write(&file, silent).unwrap();
    refused(&file, "has no sound in it, its length is zero");
}

/// Five seconds of noise as MP3, by ffmpeg.
fn mp3(dir: &Path, name: &str, options: &[&str]) -> Vec<u8> {
    let file = dir.join(name);
    let noise = "anoisesrc=seed=1:duration=5:amplitude=0.1";
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", noise]).args(options).arg(&file);
    assert!(command.status().unwrap().success());
    std::fs::read(file).unwrap()
}

#[test]
fn mp3_that_is_damaged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tags: [&[u8]; 3] = [
        &[&b"ID3\x04\0\0\0\0\x01\0"[..], &[0; 128]].concat(),
        &[&b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\xa0"[..], &[0; 8 + 32]].concat(),
        &[&b"TAG"[..], &[0; 125]].concat(),
    ];
    #[rustfmt::skip]
    let rows: [(&str, &[&str]); 6] = [
        ("a.mp3", &["-ar", "44100", "-ac", "2", "-b:a", "128k"]),
        ("b.mp3", &["-ar", "48000", "-ac", "1", "-q:a", "4", "-write_xing", "0"]),
        ("c.mp3", &["-ar", "16000", "-ac", "1", "-b:a", "24k", "-id3v2_version", "0"]),
        ("d.mp3", &["-ar", "22050", "-ac", "2", "-q:a", "2", "-joint_stereo", "0"]),
        ("e.mp3", &["-ar", "8000", "-ac", "2", "-b:a", "16k"]),
        ("f.mp3", &["-ar", "44100", "-ac", "2", "-b:a", "192k", "-reservoir", "0"]),
    ];
    for (name, options) in rows {
        let file = dir.path().join(name);
        let honest = mp3(dir.path(), name, options);
        let middle = honest.len() / 2;
        let [_, ape, id3v1] = tags;
        let tagged = [&tags.concat(), &honest[..], ape, id3v1].concat();
        for whole in [&honest, &tagged] {
            std::fs::write(&file, whole).unwrap();
            let mut source = source::open_file(&file).unwrap_or_else(|error| panic!("{error}"));
            let total = source.total_samples().unwrap();
            assert_eq!(drain(source.as_mut()), (total, Piece::End), "{name}");
        }
        let lost = [&honest[..middle - 1500], &honest[middle..]].concat();
        let foreign = [&honest[..middle], &[0x55; 700], &honest[middle..]].concat();
        let silenced = [&honest[..middle], &vec![0; honest.len() - middle]].concat();
        // A tag's head over a frame's, which says that the tag is some frames long.
        let frame = (middle..).find(|at| honest[*at] == 0xff && honest[at + 1] & 0xe0 == 0xe0).unwrap();
        let hidden = with(&honest, frame, b"ID3\x04\0\0\0\0\x20\0");
        for bytes in
            [with(&honest, middle, &[0; 3000]), with(&honest, middle, &[0xff; 3000]), lost, foreign, silenced, hidden]
        {
            std::fs::write(&file, bytes).unwrap();
            assert!(source::open_file(&file).is_err(), "{name}");
        }
        std::fs::write(&file, &honest[..middle]).unwrap();
        let error = source::open_file(&file).err().unwrap().to_string();
        assert!(error.contains("is cut short: its last frame is not whole (from sample "), "{error}");
        // Cut out of a longer one its first frames point back to what is not there: that is no damage.
        let (from, cut) = (dir.path().join("whole.mp3"), dir.path().join("cut.mp3"));
        std::fs::write(&from, &honest).unwrap();
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-ss", "2", "-i"]).arg(&from).args(["-c", "copy"]).arg(&cut);
        assert!(command.status().unwrap().success());
        if let Err(error) = source::open_file(&cut) {
            panic!("{name}: {error}");
        }
        std::fs::write(&file, with(&honest, middle, &[0; 3000])).unwrap();
        let error = source::open_file(&file).err().unwrap().to_string();
        assert!(error.contains("could not be decoded: "), "{error}");
    }
}

#[test]
fn what_is_no_file_of_sound_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    refused(&at("missing.wav"), "no such file");
    refused(dir.path(), "is a folder, not a file of sound");
    std::fs::write(at("empty.flac"), []).unwrap();
    refused(&at("empty.flac"), "is empty");
    std::fs::write(at("text.flac"), "Dear Sir, about our talk on Monday: \u{2026}\n".repeat(4000)).unwrap();
    refused(&at("text.flac"), "is not sound in a format known here");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    refused(&at("pipe"), "is a pipe, not a file");
    refused(&PathBuf::from("/dev/null"), "is a device or a socket, not a file");
    std::fs::write(at("a\nb.wav"), HONEST.bytes()).unwrap();
    assert!(source::open_file(&at("a\nb.wav")).unwrap().describe().lines().count() == 1);
}

#[test]
fn streams_that_break_give_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let flac = flac(dir.path());
    let open = |bytes: Vec<u8>| source::open_reader(Box::new(Cursor::new(bytes)), "standard input");
    let whole = HONEST.bytes();
    #[rustfmt::skip]
    let rows: [(Vec<u8>, u64, &str); 4] = [
        (whole[..1044].to_vec(), 500, "it ended 1000 bytes before the end it declared"),
        (whole[..1045].to_vec(), 500, "it ended 999 bytes before the end it declared"),
        (flac[..flac.len() - 3].to_vec(), 8192, "it declares 10000 samples in each track, 8192 are there"),
        (with(&flac, flac.len() - 9, &[0x55]), 8192, "it declares 10000 samples in each track, 8192 are there"),
    ];
    for (bytes, there, why) in rows {
        let mut stream = open(bytes).unwrap();
        assert_eq!(drain(stream.as_mut()), (there, Piece::SourceLost(why.into())));
        assert_eq!(stream.next().unwrap(), Piece::End);
    }
    let broken = Cursor::new(whole[..1044].to_vec()).chain(Broken);
    let mut stream = source::open_reader(Box::new(broken), "standard input").unwrap();
    assert_eq!(
        drain(stream.as_mut()),
        (500, Piece::SourceLost("it cannot be read any further: the cable is out".into()))
    );
    #[rustfmt::skip]
    let nothing = [
        (Vec::new(), "standard input: is empty"),
        (Wav { sound: 0, ..HONEST }.bytes(), "standard input: is cut short: it ended 2000 bytes before the end it declared"),
        (Wav { sound: 0, data: u32::MAX, ..HONEST } .bytes(), "standard input: has no sound in it, its length is zero"),
    ];
    for (bytes, says) in nothing {
        assert_eq!(open(bytes).err().unwrap().to_string(), says);
    }
}

/// A reader whose every read fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the cable is out"))
    }
}

proptest::proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn changed_at_random_nothing_panics_and_what_opens_has_the_length_it_says(
        is_flac: bool,
        changes in proptest::collection::vec((0usize..600, proptest::num::u8::ANY), 1..6),
        cut in proptest::option::of(1usize..2000),
    ) {
        let seed = if is_flac { flac_seed() } else { HONEST.bytes() };
        let mut bytes = seed;
        for (at, new) in changes {
            let at = at % bytes.len();
            bytes[at] = new;
        }
        bytes.truncate(cut.unwrap_or(usize::MAX));
        let _ = check::check_header(&bytes);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(mut file) = source::open_file(&path) {
            let total = file.total_samples().unwrap();
            assert_eq!(drain(file.as_mut()), (total, Piece::End));
        }
        if let Ok(mut stream) = source::open_reader(Box::new(Cursor::new(bytes)), "standard input") {
            drain(stream.as_mut());
        }
    }
}

fn flac_seed() -> Vec<u8> {
    static SEED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    SEED.get_or_init(|| flac(tempfile::tempdir().unwrap().path())).clone()
}

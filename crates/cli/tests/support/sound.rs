//! Real voices as test input, and samples back out of files by three other programs.
//!
//! The voices are Debian's telephone prompts, mixed with noise by sox; the same arguments give the same bytes. Not the
//! program under test: nothing here uses it. Samples are compared as whole numbers of the recording's width.

use std::path::{Path, PathBuf};

use super::{need, shown, tool};

const VOICES: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// Which sound: rate in Hz, bits, tracks, milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub rate_hz: u32,
    pub bits: u16,
    pub tracks: u16,
    pub millis: u32,
}

/// Eight tracks of voices over room noise, 24 bits, all bits in use.
pub fn pool(dir: &Path, rate_hz: u32, millis: u32) -> PathBuf {
    need(&[("sox", "sox")]);
    let path = dir.join(format!("pool-{rate_hz}.wav"));
    let (rate, seconds) = (rate_hz.to_string(), format!("{:.3}", f64::from(millis) / 1e3));
    // Every track another voice at another place in it, and a level that makes every low bit move.
    let voice = |file: &str, from: &str| {
        let file = format!("{VOICES}/{file}.wav");
        assert!(Path::new(&file).is_file(), "this test needs voices: apt-get install asterisk-core-sounds-en-wav");
        format!("|sox -R {file} -p trim {from} {seconds}")
    };
    let voices = [
        voice("demo-instruct", "0.5"),
        voice("demo-congrats", "1"),
        voice("demo-echotest", "0.7"),
        voice("priv-callee-options", "2"),
        voice("basic-pbx-ivr-main", "1.5"),
        voice("demo-instruct", "9"),
        voice("demo-congrats", "7"),
        voice("demo-instruct", "20"),
    ];
    let mut args = vec!["-R", "-M"];
    args.extend(voices.iter().map(String::as_str));
    let mixed = dir.join(format!("voices-{rate_hz}.wav"));
    args.extend(["-b", "24", "-r", &rate, shown(&mixed), "gain", "-3.7"]);
    tool("sox", &args).unwrap();
    let room = dir.join(format!("room-{rate_hz}.wav"));
    let noise =
        ["-R", "-n", "-b", "24", "-c", "8", "-r", &rate, shown(&room), "synth", &seconds, "brownnoise", "vol", "0.01"];
    tool("sox", &noise).unwrap();
    tool("sox", &["-R", "-m", "-v", "0.9", shown(&mixed), "-v", "1", shown(&room), "-b", "24", shown(&path)]).unwrap();
    path
}

/// The first tracks of a pool, in that width and length.
pub fn cut(pool: &Path, shape: Shape, to: &Path) {
    let (bits, seconds) = (shape.bits.to_string(), format!("{:.3}", f64::from(shape.millis) / 1e3));
    let tracks: Vec<String> = (1..=shape.tracks).map(|track| track.to_string()).collect();
    let mut args = vec!["-R", shown(pool), "-b", &bits, shown(to), "remix"];
    args.extend(tracks.iter().map(String::as_str));
    args.extend(["trim", "0", &seconds]);
    tool("sox", &args).unwrap();
}

/// Sound of that shape in a WAV file.
pub fn write(dir: &Path, name: &str, shape: Shape) -> PathBuf {
    let to = dir.join(name);
    cut(&pool(dir, shape.rate_hz, shape.millis), shape, &to);
    to
}

/// Samples of a WAV file, interleaved.
pub fn read_wav(path: &Path) -> Vec<i32> {
    hound::WavReader::open(path).unwrap().into_samples::<i32>().map(Result::unwrap).collect()
}

/// Samples of a FLAC file by the reference program.
pub fn by_flac(path: &Path, bits: u16) -> Result<Vec<i32>, String> {
    let raw = ["-s", "-d", "-c", "--force-raw-format", "--endian=little", "--sign=signed", shown(path)];
    let bytes = tool("flac", &raw)?;
    let width = usize::from(bits / 8);
    Ok(bytes.chunks_exact(width).map(|sample| wide(sample) >> (32 - bits)).collect())
}

/// Samples by ffmpeg.
pub fn by_ffmpeg(path: &Path, bits: u16) -> Result<Vec<i32>, String> {
    let bytes = tool("ffmpeg", &["-v", "warning", "-i", shown(path), "-f", "s32le", "-c:a", "pcm_s32le", "-"])?;
    Ok(bytes.chunks_exact(4).map(|sample| wide(sample) >> (32 - bits)).collect())
}

/// Samples by sox.
pub fn by_sox(path: &Path, bits: u16) -> Result<Vec<i32>, String> {
    let bytes = tool("sox", &["-D", shown(path), "-t", "raw", "-e", "signed-integer", "-b", "32", "-L", "-"])?;
    Ok(bytes.chunks_exact(4).map(|sample| wide(sample) >> (32 - bits)).collect())
}

/// `flac -t` with warnings as errors.
pub fn tested_by_flac(path: &Path) -> Result<(), String> {
    tool("flac", &["-t", "-s", "-w", shown(path)]).map(drop)
}

/// Little-endian bytes at the top of 32 bits.
fn wide(bytes: &[u8]) -> i32 {
    let mut all = [0; 4];
    all[4 - bytes.len()..].copy_from_slice(bytes);
    i32::from_le_bytes(all)
}

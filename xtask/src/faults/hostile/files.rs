//! The hostile files themselves, each made byte by byte or by breaking a good one.
//!
//! Not what is done with them (`hostile.rs`).
//! Invariants: nothing is drawn by chance; none is larger than some tens of MB on the disk, whatever it claims.

use std::path::Path;

use anyhow::ensure;

use crate::run::{program, succeeds};

/// What a file is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It claims what is not there.
    Claims,
    /// It really holds sound, an hour in a tenth of a MiB or more.
    Inflates,
}

const FORMATS: &[(&str, &[&str])] = &[
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "64k"]),
    ("ogg", &["-c:a", "libvorbis"]),
    ("m4a", &["-c:a", "aac"]),
    ("mkv", &["-c:a", "aac"]),
    ("caf", &["-c:a", "pcm_s16be"]),
    ("aiff", &["-c:a", "pcm_s16be"]),
    ("wav", &["-c:a", "adpcm_ms"]),
    ("alac.m4a", &["-c:a", "alac"]),
];
/// Where files are cut, in 16ths of their length.
const CUTS: [usize; 3] = [1, 7, 15];
const MIB: usize = 1 << 20;

/// Makes them all and returns their names.
pub(super) fn all(folder: &Path, good: &Path) -> anyhow::Result<Vec<(String, Kind)>> {
    let mut named = Vec::new();
    let mut put = |name: &str, kind, bytes: &[u8]| -> anyhow::Result<()> {
        std::fs::write(folder.join(name), bytes)?;
        named.push((name.to_owned(), kind));
        Ok(())
    };
    let sealed = std::fs::read(good)?;
    for (name, bytes) in claims(&sealed) {
        put(name, Kind::Claims, &bytes)?;
    }
    put("hour-of-silence.flac", Kind::Inflates, &silence(2_600))?;
    put("hour-of-frames.mp3", Kind::Inflates, &[&[0xff, 0xfb, 0x90, 0xc4][..], &[0; 413]].concat().repeat(137_800))?;
    for sixteenth in CUTS {
        put(&format!("cut-{sixteenth}.flac"), Kind::Claims, &sealed[..sealed.len() * sixteenth / 16])?;
    }
    for (extension, codec) in FORMATS {
        let whole = folder.join(format!("whole.{extension}"));
        let mut ffmpeg = program("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-i"]).arg(good).args(*codec).arg(&whole);
        ensure!(succeeds(&mut ffmpeg), "ffmpeg could not make {extension}");
        let bytes = std::fs::read(&whole)?;
        for sixteenth in CUTS {
            put(&format!("cut-{sixteenth}.{extension}"), Kind::Claims, &bytes[..bytes.len() * sixteenth / 16])?;
        }
        // Every length and count in its head at its most.
        let mut greedy = bytes.clone();
        greedy.iter_mut().skip(16).take(600).filter(|byte| **byte == 0).for_each(|byte| *byte = 0xff);
        put(&format!("greedy.{extension}"), Kind::Claims, &greedy)?;
    }
    sparse(&folder.join("gibibyte.flac"), b"fLaC\x84\0\0\0", 1 << 30)?;
    named.push(("gibibyte.flac".to_owned(), Kind::Claims));
    Ok(named)
}

fn claims(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let riff = |chunks: &[u8]| [&b"RIFF\xff\xff\xff\xffWAVE"[..], chunks].concat();
    let fmt = b"fmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0";
    let seal = sealed.windows(4).position(|window| window == b"CPRT").unwrap_or(46);
    let mut claims = vec![
        ("empty.wav", Vec::new()),
        ("endless.wav", riff(&[fmt, &b"data\xff\xff\xff\xff"[..], &[0; 99]].concat())),
        ("fmt.wav", riff(b"fmt \xff\xff\xff\xff\x01\0\x01\0")),
        ("chunks.wav", riff(&b"JUNK\0\0\0\0".repeat(400_000))),
        ("list.wav", riff(&[&b"LIST\xf0\xff\xff\xffINFO"[..], &b"INAM\xff\xff\xff\x7f".repeat(100_000)].concat())),
        ("samples.flac", [&b"fLaC"[..], &streaminfo(true, [0xff; 5])].concat()),
        ("blocks.flac", [&b"fLaC"[..], &streaminfo(false, [0; 5]), &b"\x01\0\0\0".repeat(1_000_000)].concat()),
        ("padding.flac", [&b"fLaC"[..], &streaminfo(false, [0; 5]), &block(1, 0xff_ffff, &vec![7; 16 * MIB])].concat()),
        (
            "tags.flac",
            [&b"fLaC"[..], &streaminfo(false, [0; 5]), &block(0x84, 0xff_ffff, b"\xff\xff\xff\xff")].concat(),
        ),
        ("empty-tags.flac", tagged(sealed, &[&[0; 4][..], &4_000_000u32.to_le_bytes(), &vec![0; 15 * MIB]].concat())),
        (
            "seal.flac",
            [
                &b"fLaC"[..],
                &streaminfo(false, [0; 5]),
                &block(0x82, 0xff_ffff, &[b"CPRT".as_slice(), &vec![0xff; 16 * MIB]].concat()),
            ]
            .concat(),
        ),
        ("seal-of-zeros.flac", [&sealed[..seal + 6], &vec![0; 16 * MIB]].concat()),
        ("id3.mp3", [&b"ID3\x04\0\0\x7f\x7f\x7f\x7f"[..], &b"APIC\x7f\x7f\x7f\x7f\0\0".repeat(9_000)].concat()),
        ("id3s.mp3", b"ID3\x04\0\0\0\0\0\0".repeat(500_000)),
        ("syncs.mp3", [0xff, 0xfb].repeat(8 * MIB)),
        ("pages.ogg", [&b"OggS\0\x02"[..], &[0; 20], &[255], &[255; 255]].concat().repeat(30_000)),
        ("ids.ogg", (0..40_000u32).flat_map(page).collect()),
        ("deep.m4a", nested(b"moov", 60_000)),
        ("deeper.m4a", nested(b"udta", 60_000)),
        ("flat.m4a", [&b"\0\0\0\x10ftypM4A \0\0\0\0"[..], &b"\0\0\0\x08free".repeat(1_000_000)].concat()),
        ("size.m4a", b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec()),
        (
            "deep.mkv",
            [&b"\x1aE\xdf\xa3\x84webm"[..], &b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff".repeat(60_000)].concat(),
        ),
        (
            "counts.caf",
            [
                &b"caff\0\x01\0\0desc\0\0\0\0\0\0\0 "[..],
                &[0xff; 32],
                b"pakt\x7f\xff\xff\xff\xff\xff\xff\xff",
                &[0xff; 64],
            ]
            .concat(),
        ),
        (
            "counts.aiff",
            [&b"FORM\xff\xff\xff\xffAIFFCOMM\0\0\0\x12"[..], &[0xff; 18], b"SSND\xff\xff\xff\xff"].concat(),
        ),
        ("zeros.wav", vec![0; 32 * MIB]),
    ];
    // Two files in one: what follows a recording is not part of it.
    claims.push(("twice.flac", sealed.repeat(2)));
    claims
}

fn block(kind: u8, len: u32, content: &[u8]) -> Vec<u8> {
    [&[kind][..], &len.to_be_bytes()[1..], content].concat()
}

/// A STREAMINFO of 48 kHz, 8 tracks, 16 bits, with the last five bytes before the MD5 as given but for the rate.
fn streaminfo(last: bool, total: [u8; 5]) -> Vec<u8> {
    let mut content = vec![0; 34];
    content[..4].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    // 20 bits of rate, 3 of tracks, 5 of width, 36 of samples.
    content[10..13].copy_from_slice(&[0x0b, 0xb8, 0x0e]);
    content[13] = 0xf0 | total[0] & 0x0f;
    content[14..18].copy_from_slice(&total[1..]);
    block(if last { 0x80 } else { 0 }, 34, &content)
}

/// A sealed recording with a comment block before its seal.
fn tagged(sealed: &[u8], comments: &[u8]) -> Vec<u8> {
    [&sealed[..42], &block(4, comments.len() as u32, comments), &sealed[42..]].concat()
}

fn page(serial: u32) -> Vec<u8> {
    [&b"OggS\0\x02"[..], &[0; 8], &serial.to_le_bytes(), &[0; 8], &[1, 30], &[1], b"vorbis", &[0xff; 23]].concat()
}

/// A box in a box in a box.
fn nested(name: &[u8; 4], depth: u32) -> Vec<u8> {
    let boxes = (0..depth).rev().flat_map(|left| [&(8 * (left + 1)).to_be_bytes()[..], name].concat());
    b"\0\0\0\x10ftypM4A \0\0\0\0".iter().copied().chain(boxes).collect()
}

fn sparse(path: &Path, head: &[u8], len_bytes: u64) -> anyhow::Result<()> {
    std::fs::write(path, head)?;
    std::fs::OpenOptions::new().write(true).open(path)?.set_len(len_bytes)?;
    Ok(())
}

/// Frames of eight tracks of silence, 65,535 samples each in some forty bytes.
fn silence(frames: u32) -> Vec<u8> {
    let samples = u64::from(frames) * 65_535;
    let total = samples.to_be_bytes();
    let mut file = [&b"fLaC"[..], &streaminfo(true, [total[3], total[4], total[5], total[6], total[7]])].concat();
    for number in 0..frames {
        let start = file.len();
        // Block size in 16 bits at the end of the header, 48 kHz, 8 tracks, 16 bits.
        file.extend([0xff, 0xf8, 0x7a, 0x78]);
        // Below 65,536 frames: one, two or three bytes.
        file.extend(char::from_u32(number).unwrap_or('\0').to_string().bytes());
        file.extend([0xff, 0xfe]);
        file.push(crc(&file[start..], 8, 0x07) as u8);
        file.extend([0; 8 * 3]);
        let crc = crc(&file[start..], 16, 0x8005) as u16;
        file.extend(crc.to_be_bytes());
    }
    file
}

/// A checksum without reflection, as FLAC has two.
fn crc(bytes: &[u8], width: u32, polynomial: u32) -> u32 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << (width - 8), |crc, _| {
            let carry = crc >> (width - 1) & 1 == 1;
            (crc << 1 ^ if carry { polynomial } else { 0 }) & ((1 << width) - 1)
        })
    })
}

/// A locked key file that asks for a billion times the work of the least.
pub(super) fn excessive_key(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let body = "A".repeat(43);
    let text = format!("age-encryption.org/v1\n-> scrypt {} 30\n{body}\n--- {body}\n", "A".repeat(22));
    std::fs::write(path, [text.as_bytes(), &[0; 48]].concat())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(())
}

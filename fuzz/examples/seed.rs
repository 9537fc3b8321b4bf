//! Writes a seed corpus for every target: `cargo run --example seed -- VECTORS CORPUS [SOUNDS]`, all of them folders.
//!
//! From the files in VECTORS, cut apart as each target wants its input, from small recordings made here, and from what is in SOUNDS: files
//! of sound of any format, and images of discs (`*.iso`, of which the part that describes them is taken).
//! Invariant: the same folders in, the same files out; nothing that is there is removed.

use cipher::{Label, ObjectKey, SALT_LEN_BYTES, Sealing};
use counterpart_fuzz::{BASES, forge, opening, seal_sound, witnessed};
use seal::{Format, Mute, Plan, Writer};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

#[allow(dead_code, unreachable_pub)]
#[path = "../../crates/vault/src/cipher.rs"]
mod cipher;

/// Longer files make a fuzzer slow and teach it nothing more.
const SEED_BYTES_MAX: usize = 48 * 1024;

/// What an image of a disc begins with, and leaves empty.
const SYSTEM_AREA_BYTES: usize = 16 * 2_048;

struct Corpus {
    folder: PathBuf,
    number: usize,
}

impl Corpus {
    fn add(&mut self, target: &str, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        let bytes = parts.concat();
        if bytes.len() <= SEED_BYTES_MAX {
            self.number += 1;
            fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(vectors), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("two folders are needed: vectors and corpus"));
    };
    let mut corpus = Corpus { folder, number: 0 };
    for (name, file) in files(&vectors)?.into_iter().chain(made()) {
        of_file(&mut corpus, &name, &file)?;
    }
    for at in 0..24u8 {
        let plan: Vec<u8> = (0..40u8).map(|byte| at.wrapping_mul(37).wrapping_add(byte.wrapping_mul(11))).collect();
        corpus.add("proof", &format!("plan-{at}"), &[&[1 + at % 4, at], &plan[..usize::from(at) + 6]])?;
    }
    frames(&mut corpus)?;
    sounds(&mut corpus)?;
    if let Some(folder) = arguments.next() {
        other_sounds(&mut corpus, &folder)?;
    }
    journals(&mut corpus)?;
    texts(&mut corpus)?;
    stamps(&mut corpus)?;
    certificates(&mut corpus)?;
    hearings(&mut corpus)?;
    logs(&mut corpus, &vectors)?;
    objects(&mut corpus)?;
    writeln!(io::stdout(), "{} seeds in {}", corpus.number, corpus.folder.display())
}

fn files(vectors: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let Ok(entries) = fs::read_dir(vectors) else { return Ok(Vec::new()) };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "flac"));
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| Ok((name(path), fs::read(path)?))).collect()
}

/// The bases, and an excerpt and a redaction of each.
fn made() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (at, base) in BASES.iter().enumerate() {
        all.push((format!("base-{at}"), base.clone()));
        let mute = Mute { range: 20..70, tracks: vec![1] };
        let plans = [
            ("excerpt", Plan { keep: Some(30..60), ..Plan::default() }),
            ("redaction", Plan { mutes: vec![mute], reveal: vec![seal::AboutField::Parties], ..Plan::default() }),
        ];
        let verdict = counterpart_fuzz::check_both(base);
        for (what, plan) in plans {
            let part = counterpart_fuzz::derive_and_check(base, &verdict, &plan);
            all.extend(part.map(|(part, _)| (format!("{what}-{at}"), part)));
        }
    }
    all
}

/// A FLAC file, for each target that can use it whole or in pieces.
fn of_file(corpus: &mut Corpus, name: &str, file: &[u8]) -> io::Result<()> {
    corpus.add("flac_framing", name, &[&[0], file])?;
    corpus.add("proof", name, &[&[0], file])?;
    corpus.add("wav_input", name, &[&[1], file])?;
    let Some(peek) = seal::peek(&mut &file[..]) else { return Ok(()) };
    let Some(at) = file.windows(4).position(|window| window == b"CPRT") else { return Ok(()) };
    let body = &file[at + 4..][..peek.seal_bytes as usize];
    let frames = &file[peek.frames_offset as usize..];
    let sized = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    if body.len() > usize::from(u16::MAX) || frames.len() > usize::from(u16::MAX) {
        return Ok(());
    }
    corpus.add("seal_block", name, &[&[0], &file[8..42], &sized(body), &sized(frames)])?;
    let note = peek.header_note.as_bytes();
    corpus.add("note", name, &[&[0], note])?;
    let text = &note[..note.windows(2).position(|pair| pair == b"\n\n").unwrap_or_default() + 1];
    corpus.add("note", &format!("{name}-text"), &[&[1], text])?;
    let rest = &body[4 + note.len()..];
    let parts = [&[body[1]][..], &file[8..42], &sized(text), &sized(rest), &sized(frames), &[1, 0, 0, 128, 0]];
    corpus.add("seal_block", &format!("{name}-signed"), &parts)?;
    for pair in rest.windows(30).enumerate().filter(|(_, window)| window.starts_with(b"counterpart/recording/")) {
        let end = rest.len().min(pair.0 + 300);
        corpus.add("note", &format!("{name}-{}", pair.0), &[&[0], &rest[pair.0..end]])?;
    }
    Ok(())
}

/// The tokens and certificates that the seal crate's tests read.
fn stamps(corpus: &mut Corpus) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/seal/tests/timestamp");
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("token") => {
                let file = fs::read(&path)?;
                corpus.add("timestamp", &name, &[&[0], &file])?;
                // As an answer: granted, and the token.
                let inside = [&[0x30, 3, 2, 1, 0][..], &file].concat();
                let size = (inside.len() as u16).to_be_bytes();
                corpus.add("timestamp", &format!("{name}-answer"), &[&[1, 0x30, 0x82], &size, &inside])?;
            }
            Some("cer") => corpus.add("timestamp", &name, &[&[2], &fs::read(&path)?])?,
            _ => {}
        }
    }
    for which in 3..15u8 {
        corpus.add("timestamp", &format!("changed-{which}"), &[&[which, 2, which, 1, 0, which, 0x30, 4, 9, which]])?;
    }
    Ok(())
}

/// The cases of certificates of destruction as they are, and small changes to those that hold.
fn certificates(corpus: &mut Corpus) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/seal/tests/certificate");
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "certificate" || extension == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            corpus.add("certificate", &name, &[&[0], &fs::read(&path)?])?;
        }
    }
    for which in 1..13u8 {
        corpus.add(
            "certificate",
            &format!("changed-{which}"),
            &[&[which, which % 4, 1, which, 7, which % 3, 2, 9, 48]],
        )?;
    }
    Ok(())
}

/// A policy, a log's checkpoint, proof and keys, and recordings made beside a log.
fn logs(corpus: &mut Corpus, vectors: &Path) -> io::Result<()> {
    let policy = fs::read(vectors.join("trust.policy")).unwrap_or_default();
    corpus.add("tlog", "policy", &[&[0], &policy])?;
    let mut log = witnessed::Log::of_size(5);
    let times = [(0, 70), (1, 71), (3, 72)];
    corpus.add("tlog", "checkpoint", &[&[1], log.signed(&times).print().as_bytes()])?;
    let anchor = log.anchor(2, "a state\n", &times);
    let proof = anchor.splitn(4, |byte| *byte == b'\n').last().unwrap_or_default();
    corpus.add("tlog", "proof", &[&[2], proof])?;
    for party in witnessed::POLICY.logs().iter().chain(witnessed::POLICY.witnesses()) {
        corpus.add("tlog", &format!("key-{}", party.name), &[&[3], party.key.to_string().as_bytes()])?;
    }
    // Steps: a state, its anchor, sound, again; the end anchored.
    let step = |at: u8| [0, 2, at, 0x80 & (at << 5), 60 + at * 9, 0, 7];
    for at in 0..12u8 {
        let steps: Vec<u8> = (0..=at % 4).flat_map(step).collect();
        let head = [at, at & 0x9f, 60, 0, at, 4 * (1 + at % 4)];
        corpus.add("bracket", &format!("steps-{at}"), &[&head, &steps, &[2, 2, 0, 100 + at, 0, 1, at, 0]])?;
    }
    Ok(())
}

/// Frames of every kind of subframe, as `flac_framing` takes them apart.
fn frames(corpus: &mut Corpus) -> io::Result<()> {
    for (at, (tracks, bits)) in [(1u8, 16u8), (2, 16), (2, 24), (8, 24), (3, 16)].into_iter().enumerate() {
        let block = 64u32;
        let format = Format::with_blocks(8_000, bits, tracks, block, block).map_err(io::Error::other)?;
        let mut encoder = seal::Encoder::new(format);
        for kind in 0..5i32 {
            let value = |n: i32| {
                [n % 7 * 100, 5, (n * 7_919) % 30_000, n * 4, if n < 99 { n * n % 91 } else { 3 }][kind as usize]
            };
            let pcm: Vec<i32> = (0..(block * u32::from(tracks)) as i32).map(value).collect();
            let frame = encoder.encode(&pcm).map_err(io::Error::other)?;
            // Sync, codes, number and block size of this library's header: what stands between them and the CRC-16.
            let body = &frame[header_bytes(&frame)..frame.len() - 2];
            let shape = (tracks - 1) | if bits == 24 { 8 } else { 0 };
            let channels = if tracks == 2 { (frame[3] >> 4).saturating_sub(7) } else { 0 };
            let sized = [&[channels][..], &(body.len() as u16).to_be_bytes(), body].concat();
            let head = [shape, (block - 16) as u8, (block - 1) as u8];
            corpus.add("flac_framing", &format!("frame-{at}-{kind}"), &[&[2], &head, &sized, &sized])?;
            corpus.add("flac_framing", &format!("fresh-{at}-{kind}"), &[&[3], &head, &[1], &sized])?;
        }
    }
    let comment = b"\x04\0\0\0none\x01\0\0\0\x07\0\0\0TITLE=x";
    let tags: [(u8, &[u8]); 6] =
        [(1, &[0; 9]), (2, b"abcdef"), (3, &[0; 36]), (4, comment), (5, &[1; 400]), (6, &[0; 32])];
    for (kind, content) in tags {
        let len = (content.len() as u16).to_be_bytes();
        corpus.add("flac_framing", &format!("tag-{kind}"), &[&[1, 0, kind], &len, content])?;
        corpus.add(
            "flac_framing",
            &format!("tag-{kind}-first"),
            &[&[1, 1, kind], &len, content, &[1, 0, 4, 0, 0, 0, 0]],
        )?;
    }
    Ok(())
}

/// Length of a frame's header with a one-byte number.
fn header_bytes(frame: &[u8]) -> usize {
    let block = match frame[2] >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let rate = match frame[2] & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    4 + 1 + block + rate + 1
}

/// Small WAV files of every plain encoding; FLAC comes from the vectors.
fn sounds(corpus: &mut Corpus) -> io::Result<()> {
    for (at, (tag, bits, tracks)) in [
        (1u16, 8u16, 1u16),
        (1, 16, 2),
        (1, 24, 1),
        (1, 32, 3),
        (3, 32, 2),
        (3, 64, 1),
        (6, 8, 1),
        (7, 8, 2),
        (2, 4, 1),
        (17, 4, 2),
    ]
    .into_iter()
    .enumerate()
    {
        let block = (tracks * bits).div_ceil(8).max(1) * if bits == 4 { 256 } else { 1 };
        let data: Vec<u8> = (0..u32::from(block) * if bits == 4 { 2 } else { 40 }).map(|n| (n * 37) as u8).collect();
        let rate = 16_000u32;
        let mut fmt = [tag.to_le_bytes(), tracks.to_le_bytes()].concat();
        fmt.extend([rate.to_le_bytes(), (rate * u32::from(block)).to_le_bytes()].concat());
        fmt.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
        let chunk = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_le_bytes(), content].concat();
        let inner = [b"WAVE".to_vec(), chunk(b"fmt ", &fmt), chunk(b"LIST", b"INFO"), chunk(b"data", &data)].concat();
        for mode in 0..2 {
            corpus.add("wav_input", &format!("wav-{at}-{mode}"), &[&[mode], &chunk(b"RIFF", &inner)])?;
        }
    }
    Ok(())
}

/// Files of sound as they are found, and what describes a disc.
fn other_sounds(corpus: &mut Corpus, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let (name, sound) = (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), fs::read(&path)?);
        if name.ends_with(".iso") {
            let described = sound.get(SYSTEM_AREA_BYTES..).unwrap_or_default();
            corpus.add("disc", &name, &[&described[..described.len().min(SEED_BYTES_MAX)]])?;
            continue;
        }
        for mode in 0..2 {
            corpus.add("wav_input", &format!("{name}-{mode}"), &[&[mode], &sound])?;
        }
    }
    Ok(())
}

/// A journal's records, each alone and all in a row, without length and checksum.
fn journals(corpus: &mut Corpus) -> io::Result<()> {
    let format = Format::new(8_000, 16, 1).map_err(io::Error::other)?;
    let note = Writer::new(&opening(format), &counterpart_fuzz::secrets(), None)
        .map_err(io::Error::other)?
        .header_note()
        .to_owned();
    let text = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let start = [
        &[1][..],
        &forge::KEY,
        &forge::SEED,
        &[9; 32],
        &text(&note),
        &9_000u64.to_be_bytes(),
        &[1, 2],
        &text("Room 4"),
        &[1],
        &text("/copy a"),
    ]
    .concat();
    let event = [&[4][..], &7u64.to_be_bytes(), &0u64.to_be_bytes(), &text("reason: tea\n")].concat();
    let end = [&[1][..], &2u64.to_be_bytes(), &text("party: agreed\n")].concat();
    let records: [(u8, Vec<u8>); 6] = [
        (1, start),
        (2, [&100u32.to_be_bytes()[..], &[5; 32]].concat()),
        (3, event),
        (4, [&[1][..], &text(&note)].concat()),
        (5, end),
        (6, [&[0][..], &text("gone")].concat()),
    ];
    let print =
        |(kind, payload): &(u8, Vec<u8>)| [&[*kind][..], &(payload.len() as u16).to_be_bytes(), payload].concat();
    for record in &records {
        corpus.add("journal", &format!("record-{}", record.0), &[&[1], &print(record)])?;
    }
    corpus.add("journal", "all", &[&[1], &records.iter().flat_map(print).collect::<Vec<_>>()])?;
    // A sound of some length, so that the journal's neighbour has something to find.
    let (sealed, _) = seal_sound(format, &[1; 900]);
    corpus.add("journal", "not-one", &[&[0], sealed.checkpoint().as_bytes()])
}

/// What people type and write, and what goes over the control socket.
fn texts(corpus: &mut Corpus) -> io::Result<()> {
    let key = "counterpart/device-key/v1\nname: Room 4\nsecret: ed25519 CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
    let public = "ed25519 CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk= Room 4\n";
    let about = "# Who\nparties = [\"A. Person\", \"B. Officer\"]\nplace = 'Room 4'\nappointment = \"\"\"x\\u00e9\n\"\"\"\nagreement = \"yes\"\n";
    let typed = ["0-1", "3:20-1:02:03.5", "75-90:00", "0.123456789-99999999:59", about, key, public];
    for (at, (mode, text)) in [0u8, 0, 0, 0, 1, 2, 3].into_iter().zip(typed).enumerate() {
        corpus.add("typed", &format!("text-{at}"), &[&[mode], text.as_bytes()])?;
    }
    for (path, text) in rules::BUILT_IN {
        corpus.add("rules", &path.replace('/', "-"), &[&[0x30, 0], text.as_bytes()])?;
    }
    let office = include_str!("../../crates/rules/tests/clocks-office.toml");
    corpus.add("rules", "own-days-of-an-office", &[&[0x23, 0x70], office.as_bytes()])?;
    for line in ["pause tea", "resume ", "mark a \u{e9}", "entrant", "finish done", "status"] {
        corpus.add("control", line, &[&[0], line.as_bytes()])?;
    }
    let status = r#"{"recording":"ab","state":"paused","position_samples":9,"rate_hz":8000,"lost_samples":0,"levels":[{"peak_dbfs":-3.5,"rms_dbfs":-20.0}],"copies":[],"alarms":[],"last_event":"pause"}"#;
    corpus.add("control", "a-status", &[&[1], status.as_bytes()])
}

/// Objects under the key that the target has, whole and a byte short; and each kind of change to objects of one to four chunks.
fn objects(corpus: &mut Corpus) -> io::Result<()> {
    let label = Label { kind: "recording", id: &[5; 16] };
    for len in [0, 1, 99, 40_000] {
        let (mut object, mut sealing) = Sealing::begin(&ObjectKey::new([1; 32]), &[2; SALT_LEN_BYTES], label);
        sealing.write(&vec![7; len], &mut object).map_err(io::Error::other)?;
        sealing.finish(&mut object).map_err(io::Error::other)?;
        corpus.add("vault_object", &format!("whole-{len}"), &[&[0], &object])?;
        corpus.add("vault_object", &format!("short-{len}"), &[&[0], &object[..object.len() - 1]])?;
    }
    let changes: [&[u8]; 6] = [&[], &[0, 0, 9, 1], &[1, 0, 10], &[2, 0, 0, 5], &[3, 0, 90], &[0, 51, 60, 1, 3, 9, 9]];
    for (at, change) in changes.into_iter().enumerate() {
        for chunks in 1..=4_u8 {
            corpus.add("vault_object", &format!("change-{at}-of-{chunks}"), &[&[chunks, 0, 200], change])?;
        }
    }
    Ok(())
}

/// Two sounds in pieces, as `hearing` takes them apart.
fn hearings(corpus: &mut Corpus) -> io::Result<()> {
    for at in 0..48u8 {
        let piece = |number: u8| [number.wrapping_mul(83).wrapping_add(at), 0x20 + number * 9, at, number * 31, at];
        let pieces: Vec<u8> = (0..9).flat_map(piece).collect();
        // Noise, and a stretch of it again: what two alike sounds are made of.
        let alike = [[8, 0x50, at, 0, 0], [8, 0x40, 7, 0, 0]].concat();
        corpus.add("hearing", &format!("pieces-{at}"), &[&[at, 4], &pieces, &[3], &pieces])?;
        corpus.add("hearing", &format!("alike-{at}"), &[&[at & 15, 2], &alike, &[2, 5, 0x50, at, at, 0], &alike])?;
    }
    Ok(())
}

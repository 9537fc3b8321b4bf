//! The verbs a row's `setup` may use to make its files. One line each, words split by spaces;
//! `~` in a word stands for a space, so that paths with spaces can be named.
//!
//! Not the program under test, except for the verb `counterpart`. Invariant: everything made here is
//! the same in every run, but for keys that the program itself makes.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::tone;
use seal::{AboutField, Body, DeviceKey, Encoder, EndReason, EventKind, Format, Opening, Secrets, Writer};

/// Head room before the frames of a fixture.
const RESERVE_BYTES: usize = 8_192;

pub(crate) fn run(line: &str, dir: &Path) {
    let words: Vec<String> = line.split(' ').map(|word| word.replace('~', " ")).collect();
    let word = |at: usize| words[at].as_str();
    let n = |at: usize| word(at).parse::<u32>().unwrap();
    let path = |at: usize| dir.join(word(at));
    match word(0) {
        "mkdir" => fs::create_dir_all(path(1)).unwrap(),
        "text" => fs::write(path(1), words[2..].join(" ").replace("\\n", "\n")).unwrap(),
        "hex" => fs::write(path(1), unhex(&words[2..].concat())).unwrap(),
        "copy" => drop(fs::copy(path(1), path(2)).unwrap()),
        "link" => std::os::unix::fs::symlink(word(1), path(2)).unwrap(),
        "hardlink" => fs::hard_link(path(1), path(2)).unwrap(),
        "mode" => {
            let mode = u32::from_str_radix(word(2), 8).unwrap();
            fs::set_permissions(path(1), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        }
        "fifo" => tool(dir, "mkfifo", &[word(1)]),
        "long" => fs::write(path(1), vec![b'#'; n(2) as usize]).unwrap(),
        "join" => fs::write(path(1), [fs::read(path(2)).unwrap(), fs::read(path(3)).unwrap()].concat()).unwrap(),
        "flip" => flip(&path(1), word(2)),
        "cut" => {
            let bytes = fs::read(path(1)).unwrap();
            fs::write(path(1), &bytes[..bytes.len() - n(2) as usize]).unwrap();
        }
        // Tags as players of other formats write them: ID3v1 behind a file, ID3v2 before it.
        "tail" => fs::OpenOptions::new().append(true).open(path(1)).unwrap().write_all(&padded(b"TAG", 128)).unwrap(),
        "front" => {
            let bytes = [padded(b"ID3\x03\0\0\0\0\x02\x01", 267), fs::read(path(1)).unwrap()].concat();
            fs::write(path(1), bytes).unwrap();
        }
        "flac-again" => tool(dir, "flac", &["--silent", "-5", "-o", word(2), word(1)]),
        "append" => fs::OpenOptions::new().append(true).open(path(1)).unwrap().write_all(&unhex(word(2))).unwrap(),
        "wav" => tone::write(&path(1), n(2), n(4), u16::try_from(n(3)).unwrap()),
        "sox" | "ffmpeg" => tool(dir, word(0), &words[1..].iter().map(String::as_str).collect::<Vec<_>>()),
        "flac" => tool(dir, "flac", &["--silent", "-o", word(2), word(1)]),
        "tag" => tag(&path(1), word(2)),
        "sealed" => fs::write(path(1), sealed(&words[2..])).unwrap(),
        // A certificate of destruction, or whom to trust about it, from the cases of the crate that judges them.
        "certificate" => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seal/tests/certificate");
            let _ = fs::copy(folder.join(word(1)), path(2)).unwrap();
        }
        "pub" => fs::write(path(1), device(n(2)).public_line()).unwrap(),
        "counterpart" => {
            let mut command = crate::case::counterpart(dir);
            command.env("COUNTERPART_PASSPHRASE", "correct horse");
            let output = command.args(&words[1..]).output().unwrap();
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
        other => panic!("no verb {other}"),
    }
}

fn tool(dir: &Path, name: &str, args: &[&str]) {
    let status = std::process::Command::new(name).args(args).current_dir(dir).status();
    assert!(status.unwrap_or_else(|err| panic!("{name}: {err}")).success());
}

fn padded(start: &[u8], len_bytes: usize) -> Vec<u8> {
    [start, &vec![0; len_bytes - start.len()]].concat()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Turns one bit, at an offset from the start or (`-N`) from the end.
fn flip(path: &Path, offset: &str) {
    let mut bytes = fs::read(path).unwrap();
    let at = match offset.strip_prefix('-') {
        Some(back) => bytes.len() - back.parse::<usize>().unwrap(),
        None => offset.parse().unwrap(),
    };
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// A file with a PADDING block behind the seal turned into an unknown text: what a tag editor does.
fn tag(path: &Path, artist: &str) {
    let dir = path.parent().unwrap();
    let tag = format!("--set-tag=ARTIST={artist}");
    tool(dir, "metaflac", &[&tag, path.file_name().unwrap().to_str().unwrap()]);
}

struct Device(DeviceKey);

impl Device {
    fn public_line(&self) -> String {
        use base64::Engine as _;
        let key = base64::prelude::BASE64_STANDARD.encode(self.0.public_key());
        format!("ed25519 {key} {}\n", self.0.name())
    }
}

fn device(number: u32) -> Device {
    Device(DeviceKey::new(&format!("Room {number}"), [u8::try_from(number).unwrap(); 32]).unwrap())
}

/// `sealed FILE SAMPLES [tracks=N] [rate=HZ] [nonce=N] [device=N] [end=REASON] [event=KIND:FIRST:COUNT:REASON]
/// [about=FIELD:VALUE] [closing=TEXT] [sound=N]`
fn sealed(words: &[String]) -> Vec<u8> {
    let options: Vec<(&str, &str)> = words[1..].iter().map(|word| word.split_once('=').unwrap()).collect();
    let option = |name: &'static str| options.iter().filter(move |(key, _)| *key == name).map(|(_, value)| *value);
    let one = |name: &'static str, default: u64| option(name).next().map_or(default, |value| value.parse().unwrap());
    let tracks = u8::try_from(one("tracks", 2)).unwrap();
    let format = Format::new(u32::try_from(one("rate", 8_000)).unwrap(), 16, tracks).unwrap();
    let about = option("about").map(|text| text.split_once(':').unwrap());
    let opening = Opening {
        format,
        software: option("software").next().unwrap_or("counterpart tests").replace("\\e", "\u{202e}"),
        start: "2026-11-21T09:30:00+00:00".to_owned(),
        about: about.map(|(field, value)| (AboutField::from_name(field).unwrap(), value.to_owned())).collect(),
        checkpoint: None,
        prev: None,
    };
    let nonce = u8::try_from(one("nonce", 1)).unwrap();
    let secrets =
        Secrets { signing_key: [nonce; 32], seed: [nonce.wrapping_add(1); 32], nonce: [nonce.wrapping_add(2); 32] };
    let device = option("device").next().map(|number| device(number.parse().unwrap()).0);
    let mut writer = Writer::new(&opening, &secrets, device.as_ref()).unwrap();
    let mut sound: Vec<i32> = tone::samples(words[0].parse().unwrap(), usize::from(tracks)).collect();
    if let Some(other) = option("sound").next() {
        sound.iter_mut().for_each(|sample| *sample += other.parse::<i32>().unwrap());
    }
    let frames = push(&mut writer, format, &sound);
    for text in option("event") {
        let mut parts = text.splitn(4, ':');
        let kind = EventKind::from_name(parts.next().unwrap()).unwrap();
        let (first, count) = (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse().unwrap());
        let body = parts.next().map_or(Body::new(), |reason| Body::new().with("reason", reason));
        writer.push_event(kind, first, count, &body).unwrap();
    }
    let end = option("end").next().map_or(EndReason::Finished, |name| EndReason::from_name(name).unwrap());
    let done = writer.finish(end, option("closing").next().unwrap_or_default()).unwrap();
    let mut file = done.head(RESERVE_BYTES).unwrap();
    file.extend(frames);
    file
}

fn push(writer: &mut Writer, format: Format, sound: &[i32]) -> Vec<u8> {
    let mut encoder = Encoder::new(format);
    let mut frames = Vec::new();
    for block in sound.chunks(format.block_samples() as usize * usize::from(format.tracks())) {
        let frame = encoder.encode(block).unwrap();
        writer.push_frame(&frame, Some(block)).unwrap();
        frames.extend(frame);
    }
    frames
}

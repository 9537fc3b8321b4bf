//! The check before an interview, on a real sound server: what is played back is what was said, what is wrong is said,
//! and all of it is on the record.
//!
//! Needs `pulseaudio` (`harness/room.rs`). Not the arithmetic (`sound::rehearsal`). Invariants: what was played is
//! caught at the output itself and compared sample by sample with what went into the microphone; nothing sleeps.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/room.rs"]
mod room;
#[path = "harness/schema.rs"]
mod schema;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use recorder::source::microphone::Microphone;
use recorder::source::{Piece, Source};
use room::{Feeder, RATE_HZ, Recording, Server, Sound, Told, counterpart, noise, voice};

/// Seconds in which the two voices are asked for.
const SPOKEN_SECONDS: usize = 8;

const QUIET: Sound = |at| [noise(60, at), noise(60, at + 1)];
const FIRST: Sound = |at| [voice(8_000, at), voice(300, at)];
const SECOND: Sound = |at| [voice(300, at), voice(6_000, at)];

/// Listens at the room's output.
struct Ear {
    is_over: Arc<AtomicBool>,
    heard: JoinHandle<Vec<i32>>,
}

impl Ear {
    fn open(dir: &Path) -> Ear {
        let mut output = Microphone::open_at(&dir.join("socket"), Some("nobody.monitor")).unwrap();
        assert_eq!((output.shape().rate_hz as usize, output.shape().tracks, output.conversion()), (RATE_HZ, 1, None));
        let is_over = Arc::<AtomicBool>::default();
        let asked = Arc::clone(&is_over);
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            while !asked.load(Ordering::Relaxed) {
                if let Piece::Samples(samples) = output.next().unwrap() {
                    heard.extend(samples);
                }
            }
            heard
        });
        Ear { is_over, heard }
    }

    /// Everything that was not silence.
    fn heard(self) -> Vec<i32> {
        self.is_over.store(true, Ordering::Relaxed);
        let heard = self.heard.join().unwrap();
        let from = heard.iter().position(|sample| *sample != 0).unwrap_or(heard.len());
        let to = heard.iter().rposition(|sample| *sample != 0).map_or(from, |at| at + 1);
        heard[from..to].to_vec()
    }
}

/// Where `part` begins in `whole`.
fn found(part: &[i32], whole: &[i32]) -> Option<usize> {
    (!part.is_empty() && part.len() <= whole.len()).then_some(())?;
    whole.windows(part.len()).position(|window| window == part)
}

#[test]
fn what_is_played_back_is_what_was_said() {
    let dir = room::folder();
    let _server = Server::start(dir.path());
    let feeder = Feeder::start(dir.path());
    feeder.send(Told::Play(QUIET));
    let ear = Ear::open(dir.path());
    let recording = Recording::start(dir.path(), &["--check"]);
    recording.hears("check: please be quiet");
    recording.hears("check: now one of you");
    feeder.send(Told::Play(FIRST));
    recording.hears("check: now the other");
    feeder.send(Told::Play(SECOND));
    recording.hears("check: now you should hear");
    feeder.send(Told::Play(QUIET));
    let words = recording.next();
    assert!(words.starts_with("checked before: noise -"), "{words}");
    assert!(words.contains("quiet enough; first voice heard on track 1 at -"), "{words}");
    assert!(words.contains("; second voice heard on track 2 at -"), "{words}");
    assert!(words.ends_with(" dB; played back"), "{words}");
    let said: Vec<i32> = feeder.fed().iter().map(|moment| i32::from(moment[0]) + i32::from(moment[1])).collect();
    let played = ear.heard();
    assert!(played.len() > SPOKEN_SECONDS * RATE_HZ * 99 / 100, "{} samples played", played.len());
    assert!(found(&played, &said).is_some(), "{} samples that were not said so", played.len());
    recording.runs();
    let (code, _) = recording.finish();
    assert_eq!(code, Some(0));
    assert!(room::events(dir.path(), "source").iter().any(|body| body.contains(&format!("what: {words}\n"))));
}

#[test]
fn a_voice_that_is_missing_is_an_alarm_and_on_the_record() {
    let dir = room::folder();
    let _server = Server::start(dir.path());
    let feeder = Feeder::start(dir.path());
    feeder.send(Told::Play(QUIET));
    let recording = Recording::start(dir.path(), &["--check"]);
    recording.hears("check: please be quiet");
    recording.hears("check: now one of you");
    feeder.send(Told::Play(FIRST));
    recording.hears("check: now the other");
    feeder.send(Told::Play(QUIET));
    recording.hears("check: now you should hear");
    let line = recording.next();
    let words = line.strip_prefix("ALARM: ").unwrap_or_else(|| panic!("{line}"));
    assert!(words.contains("first voice heard on track 1 at -"), "{words}");
    assert!(words.ends_with("; second voice NOT HEARD; played back"), "{words}");
    recording.runs();
    let (code, _) = recording.finish();
    assert_eq!(code, Some(0), "it is for people to decide whether that is good enough");
    assert!(room::events(dir.path(), "source").iter().any(|body| body.contains(words)));
}

/// What a check says of a room in which there is nothing but that, all the time.
fn finds(sound: Sound, has: [&str; 4]) {
    let dir = room::folder();
    let _server = Server::start(dir.path());
    let _feeder = Feeder::playing(dir.path(), sound);
    let mut command = counterpart(dir.path());
    command.args(["check", "--mic", "room", "--json", "--silent"]).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let has: Vec<String> = [&has[..], &["/played_back = false"]].concat().into_iter().map(str::to_owned).collect();
    assert_eq!(schema::check("check", &text, &has), [""; 0], "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn noise_as_loud_as_a_voice_is_found() {
    let noisy: Sound = |at| [noise(3_000, at), noise(60, at + 1)];
    finds(noisy, ["/well = false", "/quiet = false", "/dead_tracks = []", "/voices = [null,null]"]);
}

#[test]
fn no_microphone_at_all_is_found() {
    finds(|_| [0, 0], ["/well = false", "/quiet = true", "/dead_tracks = [1,2]", "/voices = [null,null]"]);
}

#[test]
fn one_dead_microphone_is_found() {
    let half: Sound = |at| [noise(60, at), 0];
    finds(half, ["/well = false", "/quiet = true", "/dead_tracks = [2]", "/voices = [null,null]"]);
}

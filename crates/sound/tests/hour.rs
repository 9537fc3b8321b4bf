//! An hour of two people talking in a room, and not one alarm.
//!
//! Needs `sox`, `espeak-ng` and Debian's telephone prompts. One voice is real, the other speaks a text; each has its
//! own microphone, hears a little of the other and its own room, and they take turns with pauses of some seconds.
//! Nothing here waits: an hour passes in seconds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::Path;
use std::process::Command;

use sound::watch::{Fault, Watch};

const RATE_HZ: usize = 8_000;
const SECONDS: usize = 3_600;
const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";
const TEXT: &str = "I came by bus this morning. The letter arrived in the second week of March, and I answered it at once. \
                    My brother helped me with the form, because the words are hard. I can walk to the corner and back, not more. \
                    On bad days I stay at home. Nobody has asked me that before. Could you say the question again, please?";

/// Speech, as numbers of 16 bits.
fn sox(arguments: &[&str]) -> Vec<i16> {
    let mut command = Command::new("sox");
    command.args(arguments).args(["-t", "raw", "-r", "8000", "-b", "16", "-e", "signed", "-c", "1", "-"]);
    let output = command.args(["gain", "-n", "-6"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn prompts() -> Vec<i16> {
    let mut paths: Vec<_> = std::fs::read_dir(PROMPTS).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "wav"));
    paths.sort();
    let names: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).take(150).collect();
    sox(&names)
}

fn spoken(dir: &Path) -> Vec<i16> {
    let wav = dir.join("spoken.wav");
    let speaks =
        Command::new("espeak-ng").args(["-v", "en-gb", "-s", "150", "-w"]).arg(&wav).arg(TEXT).status().unwrap();
    assert!(speaks.success());
    sox(&[wav.to_str().unwrap()])
}

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// The two tracks of the hour, by turns of three to forty seconds with pauses of up to eight.
fn conversation(voices: [&[i16]; 2], dice: &mut Dice) -> [Vec<f32>; 2] {
    let mut tracks = [Vec::new(), Vec::new()];
    let mut from = [0, 0];
    let mut turn = 0;
    while tracks[0].len() < SECONDS * RATE_HZ {
        turn = 1 - turn;
        for _ in 0..(3 + dice.throw(38)) * RATE_HZ {
            let sample = f32::from(voices[turn][from[turn] % voices[turn].len()]);
            from[turn] += 1;
            tracks[turn].push(sample);
            // The other microphone hears it 24 dB lower.
            tracks[1 - turn].push(sample * 0.063);
        }
        let pause = tracks[0].len() + dice.throw(8 * RATE_HZ);
        tracks.iter_mut().for_each(|track| track.resize(pause, 0.0));
    }
    tracks
}

#[test]
fn an_hour_of_two_voices_raises_no_alarm() {
    let dir = std::env::temp_dir().join(format!("counterpart-hour-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let voices = [prompts(), spoken(&dir)];
    std::fs::remove_dir_all(&dir).unwrap();
    let mut dice = Dice(2_026);
    let tracks = conversation([&voices[0], &voices[1]], &mut dice);
    let mut watch = Watch::new(RATE_HZ as u32, 16, 2);
    let mut alarms: Vec<(usize, Vec<Fault>)> = Vec::new();
    for (at, (first, second)) in tracks[0].iter().zip(&tracks[1]).take(SECONDS * RATE_HZ).enumerate() {
        // Each room is some 60 dB below full scale.
        let instant = [first, second].map(|sample| (sample + dice.throw(113) as f32 - 56.0) as i32);
        if watch.hear(&instant) && alarms.last().map_or(&[][..], |(_, last)| last) != watch.faults() {
            alarms.push((at / RATE_HZ, watch.faults().to_vec()));
        }
    }
    assert_eq!(alarms, [], "seconds, and what stood then");
    println!("figures: {SECONDS} s of two voices, no alarm");
}

//! `verify --quality` over sound whose quality is known, because sox, espeak-ng and Debian's prompts made it so.
//!
//! Not the arithmetic (`sound`'s own tests). Invariants: loudness is held against ffmpeg's `ebur128`, a peer that shares no code;
//! whatever the quality, outcome, exit code and evidence stay what they are without the flag.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Bench, need, run, shown, tool};

const VOICES: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";
/// Half a loudness unit: what two meters may differ by.
const LOUDNESS_DIFFERENCE_MAX_LU: f64 = 0.5;
/// How far the share of speech may be from how it was mixed: prompts have pauses of their own.
const SHARE_DIFFERENCE_MAX: f64 = 0.08;

/// `sox -R ARGS… to`
fn sox(bench: &Bench, args: &str) {
    need(&[("sox", "sox")]);
    let mut command = Command::new("sox");
    command.arg("-R").args(args.split_whitespace()).current_dir(bench.path(""));
    let done = run(&mut command);
    assert_eq!(done.code, Some(0), "sox {args}: {}", done.err);
}

/// Half a minute of prompts without the pauses in them, at that rate.
fn voices(bench: &Bench, name: &str, rate_hz: u32) {
    let prompt = |name: &str| {
        let path = format!("{VOICES}/{name}.wav");
        assert!(Path::new(&path).is_file(), "this test needs voices: apt-get install asterisk-core-sounds-en-wav");
        path
    };
    let prompts = ["demo-congrats", "demo-instruct"].map(prompt).join(" ");
    let without_pauses = "silence 1 0.1 0.5% -1 0.2 0.5%";
    sox(bench, &format!("{prompts} -r {rate_hz} -c 1 -b 16 {name} {without_pauses} trim 0 30 gain -n -3"));
}

/// What the file that is recorded from `input` sounds like.
fn quality_of(bench: &Bench, input: &str) -> Value {
    for side in ["a", "b"] {
        let _ = std::fs::remove_file(bench.copy(side));
    }
    assert_eq!(run(&mut bench.record(input, &[])).code, Some(0));
    let verify = |flag: &str| {
        let done = run(&mut bench.counterpart(&["verify", flag, "--json", "a"]));
        assert_eq!(done.code, Some(0), "{}", done.err);
        serde_json::from_str::<Value>(&done.out).unwrap()
    };
    let (mut with, without) = (verify("--quality"), verify("--deep"));
    let quality = with["files"][0]["quality"].take();
    assert_eq!(with, without, "quality changes nothing else");
    quality
}

/// Integrated loudness by ffmpeg.
fn by_ffmpeg_lufs(path: &Path) -> f64 {
    need(&[("ffmpeg", "ffmpeg")]);
    let mut command = Command::new("ffmpeg");
    command.args(["-nostats", "-hide_banner", "-i", shown(path), "-filter_complex", "ebur128", "-f", "null", "-"]);
    let said = run(&mut command).err;
    let summary = said.rsplit("Integrated loudness:").next().unwrap();
    let line = summary.lines().find_map(|line| line.trim().strip_prefix("I:")).unwrap();
    line.trim().trim_end_matches("LUFS").trim().parse().unwrap()
}

#[test]
fn loudness_is_that_of_another_meter() {
    let bench = Bench::default();
    voices(&bench, "voices-8.wav", 8_000);
    voices(&bench, "voices-48.wav", 48_000);
    need(&[("espeak-ng", "espeak-ng")]);
    let speech = "The office keeps one copy and you keep the other. They are the same, to the last bit. ".repeat(4);
    tool("espeak-ng", &["-w", shown(&bench.path("synthetic.wav")), &speech]).unwrap();
    sox(&bench, "voices-48.wav -b 24 quiet.wav gain -17.3");
    sox(&bench, "voices-48.wav -r 44100 other-rate.wav");
    sox(&bench, "-n -r 16000 -b 16 noise.wav synth 20 pinknoise vol 0.2");
    for name in ["voices-8.wav", "voices-48.wav", "synthetic.wav", "quiet.wav", "other-rate.wav", "noise.wav"] {
        let ours = quality_of(&bench, name)["tracks"][0]["loudness_lufs"].as_f64().unwrap();
        let theirs = by_ffmpeg_lufs(&bench.copy("a"));
        println!("{name}: {ours:.2} LUFS, by ffmpeg {theirs:.1}");
        assert!((ours - theirs).abs() <= LOUDNESS_DIFFERENCE_MAX_LU, "{name}: {ours} and {theirs} by ffmpeg");
    }
}

#[test]
fn speech_is_found_and_noise_is_not_speech() {
    let bench = Bench::default();
    voices(&bench, "voices.wav", 16_000);
    sox(&bench, "-n -r 16000 -b 16 room.wav synth 60 brownnoise vol 0.003");
    sox(&bench, "-n -r 16000 -b 16 hum.wav synth 60 sine 50 sine 100 vol 0.05");
    // Voices in 30, 15 and 6 of 60 seconds, on a bed of room noise.
    for (seconds, name) in [(30, "half.wav"), (15, "quarter.wav"), (6, "tenth.wav")] {
        let pad = 60 - seconds;
        sox(&bench, &format!("voices.wav part.wav trim 0 {seconds} pad 0 {pad}"));
        sox(&bench, &format!("-m -v 1 part.wav -v 1 room.wav {name}"));
    }
    sox(&bench, "half.wav -r 44100 half-44.wav");
    sox(&bench, "half.wav -r 48000 half-48.wav");
    sox(&bench, "half.wav -r 8000 half-8.wav");
    let table = [
        ("half.wav", 0.5),
        ("half-44.wav", 0.5),
        ("half-48.wav", 0.5),
        ("half-8.wav", 0.5),
        ("quarter.wav", 0.25),
        ("tenth.wav", 0.1),
        ("room.wav", 0.0),
        ("hum.wav", 0.0),
    ];
    for (name, wanted) in table {
        let share = quality_of(&bench, name)["tracks"][0]["speech_share"].as_f64().unwrap();
        println!("{name}: speech in {share:.3}, mixed as {wanted}");
        assert!((share - wanted).abs() <= SHARE_DIFFERENCE_MAX, "{name}: {share} instead of {wanted}");
    }
}

#[test]
fn each_track_is_judged_by_itself() {
    let bench = Bench::default();
    voices(&bench, "spoken.wav", 48_000);
    sox(&bench, "-D spoken.wav voices.wav pad 0 10");
    sox(&bench, "-D voices.wav clipped.wav gain 18");
    sox(&bench, "-D voices.wav faint.wav gain -40");
    sox(&bench, "-D -n -r 48000 -b 16 nothing.wav trim 0 40");
    sox(&bench, "-D -n -r 48000 -b 16 bed.wav synth 40 pinknoise vol 0.06");
    sox(&bench, "-D -m -v 0.6 voices.wav -v 1 bed.wav noisy.wav");
    sox(&bench, "-D -M voices.wav clipped.wav faint.wav nothing.wav noisy.wav five.wav");
    let quality = quality_of(&bench, "five.wav");
    let said: Vec<&str> = (0..5).map(|at| quality["tracks"][at]["words"].as_str().unwrap()).collect();
    println!("{said:#?}");
    assert!(said[0].starts_with("speech in ") && said[0].ends_with(" % of the time, loud enough, never clipped"));
    assert!(said[1].contains(", clipped ") && said[1].contains(" times"), "{}", said[1]);
    assert!(said[2].contains("very quiet, never clipped"), "{}", said[2]);
    assert_eq!(said[3], "no sound at all, every sample is zero");
    assert!(said[4].ends_with("noise close under the voice"), "{}", said[4]);
    assert!(said[..3].iter().all(|words| !words.contains("noise")));
    assert_eq!(quality["gaps"]["count"], 0);
}

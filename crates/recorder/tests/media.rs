//! Media that fill up, vanish or fail while a recording is made: alarm, event, the other copy goes on.
//!
//! Small media are tmpfs mounts in a private namespace: the test starts itself again inside one (by
//! bubblewrap, so that it needs no privilege). Not here: errors injected into single system calls.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use recorder::folder::{PART, RECORDING};
use recorder::observe::Alarm;
use recorder::source::Piece;
use recorder::{CopyState, Error, Outcome, Pace};
use seal::{EndReason, EventKind};
use support::{Bench, Piped, decode, memory, noise, shape, verify};

/// Runs the test named `test` again with a small medium at each folder; false in that second run.
fn with_small_media(test: &str, media: &[(&Path, usize)]) -> bool {
    if std::env::var_os("SMALL_MEDIA").is_some() {
        return false;
    }
    let mut inside = Command::new("bwrap");
    inside.args(["--dev-bind", "/", "/"]);
    for (folder, size) in media {
        inside.args(["--size", &size.to_string(), "--tmpfs"]).arg(folder);
    }
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env("SMALL_MEDIA", "1");
    let result = inside.output().expect("bubblewrap is installed");
    assert!(
        result.status.success() && String::from_utf8_lossy(&result.stdout).contains("1 passed"),
        "{}{}",
        String::from_utf8_lossy(&result.stdout),
        String::from_utf8_lossy(&result.stderr)
    );
    true
}

/// A bench in a folder that is the same in both runs.
fn bench_at(name: &str) -> Bench {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if std::env::var_os("SMALL_MEDIA").is_none() {
        let _ = std::fs::remove_dir_all(&path);
        for name in ["a", "b", "state"] {
            std::fs::create_dir_all(path.join(name)).unwrap();
        }
    }
    Bench { dir: path.into(), ..Bench::new() }
}

fn lost(outcome: &Outcome, copy: usize) -> &str {
    match &outcome.copies[copy].state {
        CopyState::Lost { why } => why,
        CopyState::Saved(_) => panic!("saved"),
    }
}

/// The copy that went on is whole and says what became of the other.
fn check_survivor(bench: &Bench, outcome: &Outcome, copy: &str, why: &str) -> seal::Verified {
    let verified = verify(&bench.path(copy).join(RECORDING));
    let event = verified.evidence().events.iter().find(|event| event.kind == EventKind::MediumLost).unwrap();
    assert_eq!(event.body.as_ref().unwrap().value("why"), Some(why));
    assert!(bench.notebook.alarms().iter().any(|alarm| alarm.starts_with("copy lost") && alarm.ends_with(why)));
    assert!(!outcome.is_whole());
    assert_eq!(bench.journals(), 0);
    verified
}

#[test]
fn one_medium_fills_and_the_other_copy_is_whole() {
    let bench = bench_at("one_fills");
    if with_small_media("one_medium_fills_and_the_other_copy_is_whole", &[(&bench.path("a"), 1 << 20)]) {
        return;
    }
    let (shape, samples) = (shape(48_000, 24, 2), 48_000 * 20);
    let outcome = bench.record(memory(shape, samples)).unwrap();
    assert_eq!(lost(&outcome, 0), "disk full");
    let verified = check_survivor(&bench, &outcome, "b", "disk full");
    assert_eq!(verified.evidence().total_samples, samples as u64);
    assert!(decode(&bench.path("b")) == noise(shape, samples));
    assert!(bench.path("a").join(PART).exists() && !bench.path("a").join(RECORDING).exists());
    assert_eq!(outcome.reason, EndReason::Finished);
}

#[test]
fn both_media_fill_and_both_copies_are_sealed_in_time() {
    let bench = bench_at("both_fill");
    let media = [(&*bench.path("a"), 1 << 20), (&*bench.path("b"), 1 << 20)];
    if with_small_media("both_media_fill_and_both_copies_are_sealed_in_time", &media) {
        return;
    }
    let shape = shape(48_000, 24, 2);
    let outcome = bench.record(memory(shape, 48_000 * 20)).unwrap();
    assert_eq!(outcome.reason, EndReason::DiskFull);
    let saved = outcome.copies.iter().filter(|copy| matches!(copy.state, CopyState::Saved(_))).count();
    assert!(saved >= 1);
    for copy in &outcome.copies {
        if matches!(copy.state, CopyState::Saved(_)) {
            let sound = decode(&copy.folder);
            assert!(sound.len() > 48_000 && sound[..] == noise(shape, 48_000 * 20)[..sound.len()]);
        }
    }
    assert!(bench.notebook.alarms().contains(&"media full: ending the recording".to_owned()));
}

#[test]
fn a_medium_without_room_is_refused_at_the_start() {
    let bench = bench_at("no_room");
    if with_small_media("a_medium_without_room_is_refused_at_the_start", &[(&bench.path("b"), 100_000)]) {
        return;
    }
    let refused = bench.record(memory(shape(8_000, 16, 1), 8_000));
    assert!(matches!(refused, Err(Error::NoRoom { .. })), "{refused:?}");
}

#[test]
fn a_journal_without_room_fails_alone() {
    let bench = bench_at("journal_full");
    if with_small_media("a_journal_without_room_fails_alone", &[(&bench.path("state"), 16_384)]) {
        return;
    }
    let (shape, samples) = (shape(8_000, 16, 1), 8_000 * 60);
    let outcome = bench.record(memory(shape, samples)).unwrap();
    let verified = bench.check(&outcome);
    assert_eq!(verified.evidence().total_samples, samples as u64);
    assert!(verified.evidence().events.iter().any(|event| event.kind == EventKind::Fault));
    assert!(bench.notebook.alarms().iter().any(|alarm| alarm.starts_with("journal failed")));
}

#[test]
fn a_copy_that_is_taken_away_is_noticed_within_the_second() {
    type Take = fn(&Path);
    let cases: [(&str, Take, &str); 3] = [
        ("its file is removed", |folder| std::fs::remove_file(folder.join(PART)).unwrap(), "the file was removed"),
        ("its folder is removed", |folder| std::fs::remove_dir_all(folder).unwrap(), "the file was removed"),
        (
            "its folder is renamed",
            |folder| std::fs::rename(folder, folder.with_extension("away")).unwrap(),
            "the folder or the file in it is gone",
        ),
    ];
    for (name, take, why) in cases {
        let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
        let (sender, source) = Piped::new(shape);
        let session = bench.start(Pace::Live, source).unwrap();
        let sound = noise(shape, 8_000);
        sender.send(Piece::Samples(sound[..4_000].to_vec())).unwrap();
        bench.notebook.wait_while_time_passes(&bench.clock, "a tick", |heard| {
            heard.progress.last().is_some_and(|p| p.position == 4_000)
        });
        take(&bench.path("a"));
        bench.notebook.wait_while_time_passes(&bench.clock, "the loss", |heard| heard.has(EventKind::MediumLost));
        sender.send(Piece::Samples(sound[4_000..].to_vec())).unwrap();
        drop(sender);
        let outcome = session.wait().unwrap();
        assert_eq!(lost(&outcome, 0), why, "{name}");
        check_survivor(&bench, &outcome, "b", why);
        assert!(decode(&bench.path("b")) == sound);
    }
}

#[test]
fn when_every_copy_is_taken_away_the_journal_is_named() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    sender.send(Piece::Samples(noise(shape, 4_000))).unwrap();
    bench.notebook.wait_while_time_passes(&bench.clock, "a tick", |heard| {
        heard.progress.last().is_some_and(|p| p.position == 4_000)
    });
    let away: Vec<PathBuf> = ["a", "b"].iter().map(|name| bench.path(name).with_extension("away")).collect();
    for (name, away) in ["a", "b"].iter().zip(&away) {
        std::fs::rename(bench.path(name), away).unwrap();
    }
    let lost =
        |heard: &support::Heard| heard.alarms.iter().filter(|alarm| matches!(alarm, Alarm::CopyLost { .. })).count();
    bench.notebook.wait_while_time_passes(&bench.clock, "both losses", |heard| lost(heard) == 2);
    bench.clock.advance(Duration::from_secs(1));
    let error = session.wait().unwrap_err();
    let Error::AllCopiesLost { journal, copies } = error else { panic!("{error}") };
    assert!(journal.unwrap().join("journal").is_file() && copies.len() == 2);
    drop(sender);
    // The media come back: nothing is missing.
    for (name, away) in ["a", "b"].iter().zip(&away) {
        std::fs::rename(away, bench.path(name)).unwrap();
    }
    let recovered = bench.recover("b").unwrap();
    bench.check(&recovered.outcome);
    assert_eq!((recovered.outcome.reason, recovered.outcome.total_samples), (EndReason::Fault, 4_000));
}

#[test]
fn a_name_taken_meanwhile_is_never_replaced() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    sender.send(Piece::Samples(noise(shape, 4_000))).unwrap();
    std::fs::write(bench.path("a").join(RECORDING), "precious").unwrap();
    drop(sender);
    let outcome = session.wait().unwrap();
    assert!(lost(&outcome, 0).starts_with("giving the file its name"));
    assert_eq!(std::fs::read(bench.path("a").join(RECORDING)).unwrap(), b"precious");
    verify(&bench.path("b").join(RECORDING));
    // The journal was kept, so the copy can still be made once the name is free.
    assert!(outcome.journal_kept.is_some());
    std::fs::remove_file(bench.path("a").join(RECORDING)).unwrap();
    let recovered = bench.recover("a").unwrap();
    bench.check(&recovered.outcome);
    assert_eq!(recovered.outcome.digest, outcome.digest);
}

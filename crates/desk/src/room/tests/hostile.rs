//! Media that are away, programs that lie or hang, and rooms that are begun twice: nothing is noted that is not so, and nobody waits for ever.
//!
//! Not kills (`kills.rs`).
//! Invariant: after each of them the room can be used again.

use std::time::Instant;

use casework::case::{Command, Phase, Stop};
use rustix::process::{Signal, kill_process};

use super::{World, copies, plain_script, script_at, words};
use crate::error::Error;

/// Why a meeting does not begin.
async fn refused(world: &World) -> String {
    let begun = world.step(&[Command::Start { recorded: true }]).await;
    let case = world.planned().await;
    assert_eq!((case.phase(), case.recordings().len()), (Phase::Planned, 0));
    Error::from(begun.err().unwrap()).what().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_begin_is_not_noted_and_leaves_nothing() {
    let world = World::new().await;
    world.ready().await;
    let (program, ours) = (world.path("counterpart"), world.path("ours"));
    std::fs::rename(world.path("theirs"), world.path("away")).unwrap();
    assert!(refused(&world).await.contains("no medium for the person's copy"));
    std::fs::rename(world.path("away"), world.path("theirs")).unwrap();
    script_at(&program, "exit 0\n");
    assert!(refused(&world).await.contains("the recorder does not begin"));
    script_at(&program, "echo 'counterpart: the source gave no sound' >&2\nexit 2\n");
    assert!(refused(&world).await.contains("the source gave no sound"));
    script_at(&program, "if [ \"$1\" = control ]; then echo nonsense; else exec sleep 600; fi\n");
    let why = refused(&world).await;
    assert!(why.contains("answers what is no answer: nonsense"), "{why}");
    std::fs::remove_file(&program).unwrap();
    assert!(refused(&world).await.contains("the recorder's program is not there"));
    script_at(&program, &plain_script(world.folder.path()));
    assert_eq!(std::fs::read_dir(&ours).unwrap().count(), 0, "nothing is left of any of them");
    let notes = std::fs::read_dir(world.path("state/rooms/north/one")).unwrap();
    let notes: Vec<_> = notes.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(notes, ["lock"], "and nothing is noted of them");
    assert_eq!(world.state().await, "nothing");
    world.begin().await;
}

/// Whether each thread of a process is stopped: one that was answering just then does so first.
fn stands_still(process: rustix::process::Pid) -> bool {
    let tasks = format!("/proc/{}/task", process.as_raw_nonzero());
    std::fs::read_dir(tasks).unwrap().flatten().all(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_hangs_is_ended_when_its_recording_is_stopped() {
    let world = World::new().await;
    world.ready().await;
    let ticket = world.begin().await;
    let recorder = world.recorder(&ticket);
    kill_process(recorder, Signal::STOP).unwrap();
    super::eventually("all of it stands still", || stands_still(recorder)).await;
    let began = Instant::now();
    assert_eq!(world.state().await, "Silent");
    let paused = world.step(&[Command::Pause { pause: casework::case::Pause::Break, words: words() }]).await;
    let error = Error::from(paused.err().unwrap());
    assert!(error.what().contains("the recorder does not pause"), "{}", error.what());
    assert!(!world.planned().await.recordings()[0].is_paused, "what does not happen is not noted");
    let stop = Command::StopRecording { side: None, stop: Stop::EquipmentFailed, words: words() };
    let stopped = world.step(&[stop]).await.unwrap();
    assert!(stopped.case.recordings()[0].is_over && !world.room().recorder.notes.is_alive(&ticket));
    assert!(began.elapsed() < super::PATIENCE * 2, "every wait has an end");
    assert_eq!(copies(&world.planned().await, 1).len(), 2, "{:?}", stopped.notes);
    assert_eq!(world.state().await, "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_whose_media_fail_is_noted_as_stopped_and_recovered() {
    let world = World::new().await;
    world.ready().await;
    // No file grows beyond so much: both media are full, as far as the recorder can tell.
    let text = plain_script(world.folder.path());
    let full = format!("if [ \"$1\" = record ]; then trap '' XFSZ; ulimit -f 60; fi\n{text}");
    script_at(&world.path("counterpart"), &full);
    let ticket = world.begin().await;
    let notes = world.room().recorder.notes;
    super::eventually("the recorder ends", || !notes.is_alive(&ticket)).await;
    assert!(world.planned().await.is_recorded_now(), "the events do not know it yet");
    let found = world.office.settle_rooms().await;
    assert_eq!(found[0], super::super::Finding::Stopped(ticket.name.clone()), "{found:?}");
    let case = world.planned().await;
    assert!(case.recordings()[0].is_over && case.phase() == Phase::Begun);
    assert_eq!(copies(&case, 1).len(), 2, "{found:?}");
    assert_eq!(world.state().await, "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_would_give_something_away_are_refused_by_name() {
    let world = World::new().await;
    let file = world.path("office/office.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let path = |name: &str| world.path(name).display().to_string();
    for (key, name, other, said) in [
        ("person_copy", "theirs", "ours", "office_copy: north/one: FOLDER/ours: another of its folders is the same"),
        ("person_copy", "theirs", "ours/in", "another of its folders is the same, or one lies in the other"),
        ("state", "state", "keys", "state: north/one: FOLDER/keys: the keyring or its key lies in it"),
        ("office_copy", "ours", "office/objects", "it is the office's folder or a store, or one lies in the other"),
        (
            "person_copy",
            "theirs",
            "office",
            "person_copy: north/one: FOLDER/office: it is the office's folder or a store",
        ),
    ] {
        let line = |name: &str| format!("{key} = \"{}\"", path(name));
        std::fs::write(&file, before.replace(&line(name), &line(other))).unwrap();
        let wrong = crate::config::office::OfficeConfig::read(&world.path("office")).err();
        let wrong = wrong.unwrap().what().replace(&world.folder.path().display().to_string(), "FOLDER");
        assert!(wrong.contains(said), "{key} {other}: {wrong}");
    }
    std::fs::write(&file, before.replace("person_copy = ", "copy = ")).unwrap();
    assert!(crate::config::office::OfficeConfig::read(&world.path("office")).is_err());
}

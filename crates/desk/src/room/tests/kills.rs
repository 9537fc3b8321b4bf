//! Desk and recorder killed between any two of their steps, for real: what is found afterwards, and put right.
//!
//! Not what is refused beforehand (`hostile.rs`).
//! Invariant: each kill is seen to have hit what it was meant for.

use std::process::{Command as Process, Stdio};

use casework::case::{Check, Command, Ending, Phase, Stop};
use casework::custody::Verdict;
use rules::Side;
use rustix::process::{Signal, kill_process};

use super::super::Finding;
use super::{World, copies, eventually, words};
use crate::office::cases::Doer;

const FOLDER: &str = "COUNTERPART_TEST_ROOM";

/// What another process of this very program does until it is killed: it begins the meeting.
#[tokio::test(flavor = "multi_thread")]
async fn begins_in_a_process_of_its_own() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let office = super::open(std::path::Path::new(&folder)).await;
    let id = office.case_ids().await.unwrap()[0];
    let dan = super::actor("dan", 1);
    let start = [Command::Start { recorded: true }];
    let _ = Box::pin(office.act_in_room(Doer::Staff(&dan), id, &start, None)).await;
    // Until it is killed, however fast it was.
    std::future::pending::<()>().await;
}

/// Begins the meeting in a process that is killed as soon as this is so.
async fn killed_when(world: &World, is_it: impl FnMut() -> bool) {
    let name = "room::tests::kills::begins_in_a_process_of_its_own";
    let mut desk = Process::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(FOLDER, world.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("it is where it is to be killed", is_it).await;
    assert!(desk.try_wait().unwrap().is_none(), "it lives until it is killed");
    desk.kill().unwrap();
    desk.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_killed_before_it_noted_leaves_nobody_recorded() {
    let mut world = World::new().await;
    world.ready().await;
    std::fs::write(world.path("held"), "").unwrap();
    let notes = world.room().recorder.notes;
    let is_recording = || {
        let ticket = notes.now().unwrap();
        ticket.is_some_and(|ticket| notes.is_alive(&ticket) && ticket.office_copy.join("recording.flac.part").exists())
    };
    killed_when(&world, is_recording).await;
    std::fs::remove_file(world.path("held")).unwrap();
    // The recorder goes on without the desk, and the events know nothing of it.
    let ticket = notes.now().unwrap().unwrap();
    assert!(notes.is_alive(&ticket));
    assert_eq!(world.planned().await.phase(), Phase::Planned);
    world.again().await;
    let found = world.office.settle_rooms().await;
    assert_eq!(found, [Finding::Unnoted(ticket.name.clone())]);
    assert_eq!((notes.is_alive(&ticket), world.state().await.as_str()), (false, "nothing"));
    assert!(ticket.office_copy.join("recording.flac").is_file() && ticket.person_copy.join("recording.flac").is_file());
    assert!(world.office.settle_rooms().await.is_empty(), "once");
    assert_ne!(world.begin().await.name, ticket.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_killed_afterwards_finds_its_recorder_again() {
    let mut world = World::new().await;
    world.ready().await;
    let (notes, id) = (world.room().recorder.notes, world.id().await);
    let before = world.planned().await.number();
    let handle = tokio::runtime::Handle::current();
    let is_noted = || {
        tokio::task::block_in_place(|| {
            handle.block_on(async { world.office.case(id).await.unwrap().number() > before })
        })
    };
    killed_when(&world, is_noted).await;
    world.again().await;
    assert!(world.office.settle_rooms().await.is_empty(), "events and recorder agree");
    assert_eq!(world.state().await, "recording");
    let ticket = notes.now().unwrap().unwrap();
    world.step(&[Command::End { ending: Ending::Finished, ended_micros: None, words: words() }]).await.unwrap();
    assert_eq!(copies(&world.planned().await, ticket.number).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_killed_is_noted_and_its_recording_is_recovered() {
    let world = World::new().await;
    world.ready().await;
    let ticket = world.begin().await;
    kill_process(world.recorder(&ticket), Signal::KILL).unwrap();
    let notes = world.room().recorder.notes;
    eventually("it is gone", || !notes.is_alive(&ticket)).await;
    assert_eq!(world.state().await, "Broken");
    let found = world.office.settle_rooms().await;
    assert_eq!(found, [Finding::Stopped(ticket.name.clone()), Finding::Saved(ticket.name.clone())]);
    let case = world.planned().await;
    let one = &case.recordings()[0];
    assert_eq!((one.stopped, one.is_over, case.phase()), (Some(Stop::EquipmentFailed), true, Phase::Begun));
    let checked = &one.copies.as_ref().unwrap().checked;
    assert!(Side::ALL.iter().all(|side| checked.get(side) == Some(&Verdict::Interrupted)), "{checked:?}");
    assert!(world.office.settle_rooms().await.is_empty(), "once");
    // Once somebody has looked at what failed it is recorded again, as another recording.
    for check in [Check::Recorder, Check::RecorderMedium] {
        world.done(Command::Look { check, good: true, devices: Vec::new(), words: words() }).await;
    }
    world.step(&[Command::StartRecording]).await.unwrap();
    let (second, _) = world.room().now().await.unwrap().unwrap();
    assert_eq!((second.number, world.state().await.as_str()), (2, "recording"));
    world.step(&[Command::End { ending: Ending::Finished, ended_micros: None, words: words() }]).await.unwrap();
    let case = world.planned().await;
    assert!([1, 2].iter().all(|number| copies(&case, *number).len() == 2));
    assert_ne!(copies(&case, 1)[0].digest, copies(&case, 2)[0].digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_kept_before_the_kill_is_noted_once() {
    let mut world = World::new().await;
    world.ready().await;
    world.begin().await;
    world.step(&[Command::End { ending: Ending::Finished, ended_micros: None, words: words() }]).await.unwrap();
    let (id, case) = (world.id().await, world.planned().await);
    // As far as it comes before it is noted.
    let (room, ticket) = world.office.recorded_in(id, 1).unwrap();
    let keeps = room.recorder.notes.keeps(&ticket).unwrap();
    assert!(world.office.settle_rooms().await.is_empty(), "whoever is at it is left alone");
    let arrival = world.office.arrival(&case, &case.recordings()[0], &ticket).unwrap();
    let thing = super::super::handing::kept_as(id, 1);
    Box::pin(world.office.take_in(&world.dan, thing, &crate::office::Office::local_moment(), &arrival)).await.unwrap();
    drop(keeps);
    drop(room);
    world.again().await;
    let found = world.office.settle_rooms().await;
    assert_eq!(found, [Finding::Kept(ticket.name.clone())]);
    let kept = world.planned().await.recordings()[0].copies.as_ref().unwrap().thing;
    assert_eq!((kept, world.office.things().await.unwrap().len()), (Some(thing), 1));
    assert!(world.office.settle_rooms().await.is_empty(), "once");
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    room: crate::rooms::RoomArgs,
}

/// The exit code of `counterpartd room …`.
async fn room(world: &World, words: &[&str]) -> u8 {
    let path = |name: &str| world.path(name).display().to_string();
    let (office, passphrase) = (path("office"), path("keys/passphrase"));
    let mut args = vec!["room", words[0], "--office", &office, "--room", "north/one"];
    if words[0] == "recover" {
        args.extend(["--passphrase-file", &passphrase]);
    }
    args.extend(&words[1..]);
    let line = <Line as clap::Parser>::try_parse_from(args).unwrap();
    Box::pin(crate::rooms::run(line.room)).await.unwrap_or_else(|error| error.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_broke_and_puts_it_right() {
    let world = World::new().await;
    world.ready().await;
    assert_eq!(room(&world, &["status"]).await, 0, "nothing is under way");
    let ticket = world.begin().await;
    assert_eq!(room(&world, &["status", "--json"]).await, 0);
    kill_process(world.recorder(&ticket), Signal::KILL).unwrap();
    let notes = world.room().recorder.notes;
    eventually("it is gone", || !notes.is_alive(&ticket)).await;
    assert_eq!(room(&world, &["status"]).await, 1);
    // One medium is away: what the other has is finished all the same, and there are two copies when it is back.
    std::fs::rename(&ticket.person_copy, world.path("away")).unwrap();
    assert_eq!(room(&world, &["recover"]).await, 1, "the person's copy is not there");
    assert!(world.planned().await.recordings()[0].is_over && copies(&world.planned().await, 1).is_empty());
    std::fs::rename(world.path("away"), &ticket.person_copy).unwrap();
    assert_eq!(room(&world, &["recover", "--recording", &ticket.name]).await, 0);
    assert_eq!(copies(&world.planned().await, 1).len(), 2);
    assert_eq!(room(&world, &["recover", "--recording", "../lock"]).await, 2);
    assert_eq!(room(&world, &["status"]).await, 0);
}

//! The steps of a meeting in a room, with the real recorder in step.
//!
//! Not what breaks (`kills.rs`, `hostile.rs`).
//! Invariant: what the recorder does is held against the events after each step.

use casework::case::{Check, Command, Ending, Need, Outcome, Party, Pause, Phase, Refusal};
use casework::custody::{Body, Commitment, Verdict, Words};
use rules::Side;
use seal::EventKind;

use super::{World, copies, now, words};
use crate::office::cases::{CaseError, Doer};

const BREAK: Pause = Pause::Break;

fn end() -> Command {
    Command::End { ending: Ending::Finished, ended_micros: None, words: words() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_recorded_from_its_beginning_into_the_vault() {
    let world = World::new().await;
    world.ready().await;
    assert_eq!(world.state().await, "nothing");
    let ticket = world.begin().await;
    assert!(world.planned().await.is_recorded_now());
    assert!(ticket.name.starts_with(ticket.reference.as_str()) && ticket.number == 1);
    world.step(&[Command::Pause { pause: BREAK, words: words() }]).await.unwrap();
    assert_eq!(world.state().await, "paused");
    let again = world.step(&[Command::Pause { pause: BREAK, words: words() }]).await;
    assert!(matches!(again, Err(CaseError::Refused(_))), "{again:?}");
    world.step(&[Command::Resume]).await.unwrap();
    assert_eq!(world.state().await, "recording");
    // Whoever has not signed makes it pause, and is marked by what they are.
    let companion = Command::Enter { party: Party::Companion, account: None, words: words() };
    world.step(&[companion]).await.unwrap();
    let paused = world.planned().await.recordings()[0].is_paused;
    assert_eq!(world.state().await, if paused { "paused" } else { "recording" });
    let ended = world.step(&[end()]).await.unwrap();
    assert_eq!((ended.notes.as_slice(), ended.case.phase()), (&[][..], Phase::Ended), "{:?}", ended.notes);
    assert_eq!(world.state().await, "nothing");
    // Both copies are noted as they lie there.
    let id = world.id().await;
    let made = world.office.note_copies(id, 1).await.unwrap();
    assert!(made.are_equal() && made.office.words.is_some());
    let noted = copies(&ended.case, 1);
    assert_eq!(noted.len(), 2);
    assert!(noted.iter().all(|copy| copy.digest == made.of(copy.side).digest));
    let checked = &ended.case.recordings()[0].copies.as_ref().unwrap().checked;
    assert!(Side::ALL.iter().all(|side| checked.get(side) == Some(&Verdict::Complete)), "{checked:?}");
    let file = std::fs::read(&made.person.path).unwrap();
    let verdict = seal::verify(&mut file.as_slice(), seal::Check { deep: true, trust: None }, &mut |_, _| {});
    let evidence = verdict.evidence().unwrap();
    let said = format!("{evidence:?}");
    assert!(said.contains(ticket.reference.as_str()) && !said.contains("Jo Example"));
    let kinds: Vec<EventKind> = evidence.events.iter().map(|event| event.kind).collect();
    for kind in [EventKind::Pause, EventKind::Resume, EventKind::Entrant] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    handed_over_and_kept(&world).await;
}

async fn handed_over_and_kept(world: &World) {
    let id = world.id().await;
    for (side, doer) in [(Side::Person, Doer::Person(None)), (Side::Office, Doer::Staff(&world.dan))] {
        let handed = Command::HandOver { recording: 1, side, receipt: None, words: Words::default() };
        Box::pin(world.office.act_in_room(doer, id, &[handed], None)).await.unwrap();
    }
    let kept = Box::pin(world.office.keep_recording(&world.dan, id, 1)).await.unwrap();
    let copies = kept.recordings()[0].copies.clone().unwrap();
    let thing = world.office.thing(copies.thing.unwrap()).await.unwrap();
    assert_eq!(thing.kind().map(ToString::to_string).as_deref(), Some("interview-recording"));
    assert!(matches!(
        thing.body(),
        Some(Body::Electronic { commitment: Commitment::Recording { id, .. }, .. }) if Some(*id) == copies.id
    ));
    let again = Box::pin(world.office.keep_recording(&world.dan, id, 1)).await;
    assert!(matches!(again, Err(CaseError::Refused(Refusal::AlreadySo))), "{again:?}");
    let todo = kept.todo(&world.office.book, now().at_micros());
    let is_owed =
        |need: Need| matches!(need, Need::MakeCopies(_) | Need::CheckCopy(..) | Need::HandOver(..) | Need::Keep(_));
    assert!(!todo.iter().any(|one| is_owed(one.need)), "{todo:?}");
    world.done(Command::Close { outcome: Outcome::Recorded, words: words() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_noted_is_not_recorded() {
    let world = World::new().await;
    world.ready().await;
    // While the recorder begins somebody else acts in the case: the beginning was decided on what is not so any more.
    std::fs::write(world.path("held"), "").unwrap();
    let id = world.id().await;
    let start = [Command::Start { recorded: true }];
    let begin = Box::pin(world.office.act_in_room(Doer::Staff(&world.dan), id, &start, None));
    let meanwhile = async {
        let notes = &world.room().recorder.notes;
        super::eventually("the recorder begins", || notes.now().unwrap().is_some()).await;
        let content = Command::SayContent { content: true, words: Words::default() };
        let lose = Command::LoseRoom { words: words() };
        let _ = world.office.act_on_case(Doer::Staff(&world.dan), id, &now(), &[content], None).await;
        world.office.act_on_case(Doer::Staff(&world.dan), id, &now(), &[lose], None).await.unwrap();
        std::fs::remove_file(world.path("held")).unwrap();
    };
    let (begun, ()) = tokio::join!(begin, meanwhile);
    let error = crate::error::Error::from(begun.err().unwrap());
    assert!(error.what().contains("was ended: it is in no event"), "{}", error.what());
    let case = world.planned().await;
    assert_eq!((case.phase(), case.recordings().len()), (Phase::Planned, 0));
    assert_eq!(world.state().await, "nothing");
    // What there is of it is whole, in a folder that no other recording gets.
    let name = format!("{}-1", case.plan().unwrap().reference);
    assert!(world.path("ours").join(&name).join("recording.flac").is_file());
    let room = Command::AssignRoom { room: "one".parse().unwrap(), is_private: true };
    world.done(room).await;
    world.answer(casework::case::Before::Start).await;
    assert_eq!(world.begin().await.name, format!("{name}.2"));
    let second = world.step(&[Command::Start { recorded: true }]).await;
    assert!(matches!(second, Err(CaseError::Refused(_))), "{second:?}");
    world.step(&[end()]).await.unwrap();
    assert_eq!(copies(&world.planned().await, 1).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_records_one_meeting_at_a_time_and_only_where_its_recorder_is() {
    let world = World::new().await;
    world.ready().await;
    let ticket = world.begin().await;
    let other = world.room().recorder.start(casework::CaseId([9; 16]), &ticket.reference, 7).await;
    assert!(other.err().unwrap().what().contains("has another recording under way"));
    // Moved to another room it pauses, and does not go on there.
    let moved = Command::AssignRoom { room: "two".parse().unwrap(), is_private: true };
    world.step(&[moved]).await.unwrap();
    assert_eq!(world.state().await, "paused");
    for check in [Check::PrivateRoom, Check::NobodyElseHeard, Check::Recorder, Check::RecorderMedium] {
        world.done(Command::Look { check, good: true, devices: Vec::new(), words: words() }).await;
    }
    let resumed = crate::error::Error::from(world.step(&[Command::Resume]).await.err().unwrap());
    assert!(resumed.what().contains("the recorder stands in another room"), "{}", resumed.what());
    assert_eq!(world.state().await, "paused");
    world.step(&[end()]).await.unwrap();
    assert_eq!(copies(&world.planned().await, 1).len(), 2);
}

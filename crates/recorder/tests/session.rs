//! A recording from its source to its copies: every shape, every kind of event, every way to end.
//!
//! Not here: media that fail (`media.rs`), recordings that break off (`recovery.rs`).
//! Invariant: every test ends by having everything about the copies checked over.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use recorder::control::{self, Command, Verb};
use recorder::folder::RECORDING;
use recorder::source::memory::Memory;
use recorder::source::{Loss, Piece};
use recorder::{Error, Pace};
use seal::{EndReason, EventKind};
use support::cases::cases;
use support::{Bench, Piped, TestClock, decode, memory, noise, shape};

const BLOCK: usize = 800;

#[test]
fn every_shape_comes_back_sample_for_sample_in_two_equal_copies() {
    for (rate_hz, bits, tracks, samples) in [
        (8_000, 16, 1, 8_000),
        (8_000, 16, 2, 1),
        (11_025, 16, 3, 20_000),
        (16_000, 16, 2, 16_000 * 3),
        (16_000, 24, 5, 4_799),
        (22_050, 16, 1, 22_050),
        (44_100, 16, 2, 44_099),
        (44_100, 24, 6, 30_000),
        (47_999, 24, 7, 12_345),
        (48_000, 24, 8, 48_000),
    ] {
        let (bench, shape) = (Bench::new(), shape(rate_hz, bits, tracks));
        let outcome = bench.record(memory(shape, samples)).unwrap();
        let verified = bench.check(&outcome);
        assert_eq!(outcome.total_samples, samples as u64);
        assert_eq!(outcome.reason, EndReason::Finished);
        assert!(decode(&bench.path("a")) == noise(shape, samples), "{shape:?}");
        let kinds: Vec<_> = verified.evidence().events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Source]);
        assert_eq!(bench.notebook.alarms(), [""; 0]);
    }
}

#[test]
fn real_time_takes_as_long_as_the_sound_by_the_clock() {
    let bench = Bench::new();
    let outcome = bench.start(Pace::RealTime, memory(shape(8_000, 16, 1), 8_000 * 5)).unwrap().wait().unwrap();
    bench.check(&outcome);
    let now = recorder::clock::Clock::monotonic(&*bench.clock);
    assert_eq!(now.as_millis(), 5_000);
    assert!(bench.notebook.heard().progress.len() >= 3);
}

fn ask(bench: &Bench, verb: Verb, reason: &str) -> Result<String, Error> {
    control::send(&bench.path("b"), &bench.state(), &Command { verb, reason: reason.into() })
}

#[test]
fn commands_from_elsewhere_go_on_the_record_before_they_are_answered() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let (sender, source) = Piped::by_turns(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    let sound = noise(shape, BLOCK * 4);
    let block = |at: usize| Piece::Samples(sound[at * BLOCK..(at + 1) * BLOCK].to_vec());
    let taken = |samples: u64| {
        bench.notebook.wait_for("the mark", |heard| heard.events.last().is_some_and(|e| e.first == samples))
    };
    // A filler of one block shows when the sound before it was taken.
    sender.send(block(0)).unwrap();
    sender.send(Piece::Lost { count: BLOCK as u64, why: Loss::Overrun }).unwrap();
    taken(BLOCK as u64);

    assert_eq!(ask(&bench, Verb::Mark, "question 1").unwrap(), "marked at 0:00.2");
    assert_eq!(ask(&bench, Verb::Entrant, "").unwrap(), "entrant noted at 0:00.2");
    assert!(matches!(ask(&bench, Verb::Resume, ""), Err(Error::Refused(why)) if why == "it is not paused"));
    assert_eq!(ask(&bench, Verb::Pause, "tea break").unwrap(), "paused at 0:00.2");
    assert!(matches!(ask(&bench, Verb::Pause, ""), Err(Error::Refused(why)) if why == "it is paused already"));
    sender.send(block(1)).unwrap();
    // When this is taken, the block came while it was paused.
    sender.send(Piece::Waiting).unwrap();
    bench.clock.advance(Duration::from_millis(61_500));
    assert_eq!(ask(&bench, Verb::Mark, "while paused").unwrap(), "marked at 0:00.2");
    bench.notebook.wait_for("a tick", |heard| heard.progress.iter().any(|progress| progress.paused));
    assert_eq!(ask(&bench, Verb::Resume, "").unwrap(), "resumed at 0:00.2");
    sender.send(block(2)).unwrap();
    sender.send(Piece::Lost { count: 1, why: Loss::Stalled }).unwrap();
    taken(3 * BLOCK as u64);
    assert!(ask(&bench, Verb::Finish, "all said").unwrap().starts_with("finishing at 0:00.3"));
    let outcome = session.wait().unwrap();
    drop(sender);

    let verified = bench.check(&outcome);
    let kinds: Vec<_> = verified.evidence().events.iter().map(|event| event.kind).collect();
    use EventKind::{Conversion, Entrant, Gap, Marker, Overrun, Pause, Resume, Source};
    assert_eq!(kinds, [Source, Conversion, Overrun, Marker, Entrant, Pause, Marker, Resume, Gap]);
    let bodies: Vec<_> = verified.evidence().events.iter().map(|event| event.body.clone().unwrap()).collect();
    assert_eq!(bodies[5].value("reason"), Some("tea break"));
    assert_eq!(bodies[7].value("paused-seconds"), Some("61.5"));
    assert!(bodies.iter().all(|body| body.value("at").is_some_and(|at| at.starts_with("2026-11-22T00:1"))));
    assert!(verified.evidence().closing.as_deref().unwrap().contains("why: all said\n"));
    assert_eq!(outcome.reason, EndReason::Finished);
    assert!(matches!(ask(&bench, Verb::Mark, ""), Err(Error::NotRunning(_))));
}

#[test]
fn a_pause_in_a_block_keeps_the_sound_up_to_the_blocks_end() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 2));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    let sound = noise(shape, BLOCK * 3);
    sender.send(Piece::Samples(sound[..(BLOCK + 300) * 2].to_vec())).unwrap();
    bench.notebook.wait_while_time_passes(&bench.clock, "the first block", |heard| {
        heard.progress.last().is_some_and(|p| p.position == BLOCK as u64)
    });
    ask_to_pause(&bench, &session);
    sender.send(Piece::Samples(sound[(BLOCK + 300) * 2..].to_vec())).unwrap();
    bench.notebook.wait_for("the pause", |heard| heard.has(EventKind::Pause));
    drop(sender);
    let outcome = session.wait().unwrap();
    bench.check(&outcome);
    let paused = bench.notebook.events().into_iter().find(|event| event.0 == EventKind::Pause);
    assert_eq!(paused, Some((EventKind::Pause, 2 * BLOCK as u64, 0)));
    assert!(decode(&bench.path("b")) == sound[..BLOCK * 4]);
}

#[test]
fn lost_sound_keeps_the_time() {
    let (bench, shape) = (Bench::new(), shape(16_000, 24, 2));
    let sound = noise(shape, 4_000);
    let (a, b) = (sound[..2_000].to_vec(), sound[2_000..].to_vec());
    let pieces = [
        Piece::Samples(a.clone()),
        Piece::Lost { count: 1, why: Loss::Overrun },
        Piece::Waiting,
        Piece::Lost { count: 10_000, why: Loss::Stalled },
        Piece::Samples(b.clone()),
    ];
    let outcome = bench.record(Memory::pieces(shape, pieces)).unwrap();
    bench.check(&outcome);
    assert_eq!(bench.notebook.events()[1..], [(EventKind::Overrun, 1_000, 1), (EventKind::Gap, 1_001, 10_000)]);
    assert!(decode(&bench.path("a")) == [a, vec![0; 2 * 10_001], b].concat());
}

#[test]
fn a_source_that_is_lost_ends_the_recording_and_says_so() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let pieces = [Piece::Samples(noise(shape, 900)), Piece::SourceLost("unplugged".into())];
    let outcome = bench.record(Memory::pieces(shape, pieces)).unwrap();
    let verified = bench.check(&outcome);
    assert_eq!(outcome.reason, EndReason::SourceLost);
    assert_eq!(bench.notebook.events()[1], (EventKind::SourceLost, 900, 0));
    assert!(verified.evidence().closing.as_deref().unwrap().contains("why: unplugged\n"));
}

#[test]
fn whoever_stops_it_is_on_the_record() {
    type Stop = fn(&recorder::StopHandle);
    let cases: [(Stop, EndReason); 2] =
        [(|handle| handle.finish(), EndReason::Finished), (|handle| handle.stop("SIGTERM"), EndReason::Stopped)];
    for (stop, reason) in cases {
        let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
        let (sender, source) = Piped::new(shape);
        let session = bench.start(Pace::Live, source).unwrap();
        sender.send(Piece::Samples(noise(shape, 1_000))).unwrap();
        sender.send(Piece::Lost { count: 700, why: Loss::Stalled }).unwrap();
        bench.notebook.wait_for("the gap", |heard| heard.has(EventKind::Gap));
        stop(&session.stop_handle());
        // The source is silent and still open: nobody waits for it.
        let outcome = session.wait().unwrap();
        bench.check(&outcome);
        assert_eq!((outcome.reason, outcome.total_samples), (reason, 1_700));
        drop(sender);
    }
}

#[test]
fn the_wall_clocks_step_is_an_event_and_its_drift_is_not() {
    let mut bench = Bench::new();
    let mut clock = TestClock::new();
    clock.step = Some((Duration::from_millis(2_500), -3_600_000));
    bench.clock = clock.into();
    let outcome = bench.start(Pace::RealTime, memory(shape(8_000, 16, 1), 8_000 * 5)).unwrap().wait().unwrap();
    let verified = bench.check(&outcome);
    let steps: Vec<_> = verified.evidence().events.iter().filter(|event| event.kind == EventKind::ClockStep).collect();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].body.as_ref().unwrap().value("step-seconds"), Some("-3600.000"));
}

#[test]
fn a_live_source_that_goes_quiet_raises_alarms() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 2));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    let dead_track: Vec<i32> = noise(shape, 8_000 * 5).chunks(2).flat_map(|pair| [pair[0], 0]).collect();
    sender.send(Piece::Samples(dead_track)).unwrap();
    bench.notebook.wait_for("the silent track", |heard| !heard.alarms.is_empty());
    bench.clock.advance(Duration::from_secs(4));
    bench.notebook.wait_for("no sound", |heard| heard.alarms.len() == 2);
    sender.send(Piece::Samples(noise(shape, 800))).unwrap();
    bench.notebook.wait_for("sound again", |heard| heard.has(EventKind::SourceBack));
    drop(sender);
    bench.check(&session.wait().unwrap());
    assert_eq!(bench.notebook.alarms(), ["track 2 is dead: not even its room is heard", "no sound for 4 s"]);
}

#[test]
fn a_source_that_goes_away_and_comes_back_leaves_one_gap_of_that_length() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let sound = noise(shape, 2 * BLOCK);
    let pieces = [
        Piece::Samples(sound[..BLOCK].to_vec()),
        Piece::Away("unplugged".into()),
        Piece::Lost { count: 40_000, why: Loss::Stalled },
        Piece::Back { what: "the same".into(), conversion: Some("another now".into()) },
        Piece::Samples(sound[BLOCK..].to_vec()),
    ];
    let outcome = bench.start(Pace::Live, Memory::pieces(shape, pieces)).unwrap().wait().unwrap();
    bench.check(&outcome);
    let (at, back) = (BLOCK as u64, BLOCK as u64 + 40_000);
    use EventKind::{Conversion, Gap, SourceBack, SourceLost};
    let expected = [(SourceLost, at, 0), (Gap, at, 40_000), (SourceBack, back, 0), (Conversion, back, 0)];
    assert_eq!(bench.notebook.events()[1..], expected);
    assert_eq!(bench.notebook.alarms(), ["source gone: unplugged; looking for it"]);
    assert_eq!(bench.notebook.heard().cleared.len(), 1);
    assert_eq!((outcome.reason, outcome.total_samples), (EndReason::Finished, back + at));
}

#[test]
fn no_sound_leaves_nothing_behind() {
    for source in [Memory::samples(shape(8_000, 16, 1), Vec::new()), Memory::pieces(shape(8_000, 16, 1), [])] {
        let bench = Bench::new();
        assert!(matches!(bench.record(source), Err(Error::NoSound)));
        for name in ["a", "b"] {
            assert_eq!(std::fs::read_dir(bench.path(name)).unwrap().count(), 0);
        }
        assert_eq!(bench.journals(), 0);
    }
}

#[test]
fn a_start_that_fails_leaves_nothing_behind() {
    let bench = Bench::new();
    std::fs::write(bench.state(), "not a folder").unwrap();
    let sound = || memory(shape(8_000, 16, 1), 8_000);
    assert!(matches!(bench.record(sound()), Err(Error::State(..))));
    std::fs::remove_file(bench.state()).unwrap();
    std::fs::write(bench.path("b").join(RECORDING), "precious").unwrap();
    assert!(matches!(bench.record(sound()), Err(Error::AlreadyThere(_))));
    assert_eq!(std::fs::read(bench.path("b").join(RECORDING)).unwrap(), b"precious");
    assert!(matches!(bench.record(memory(shape(7_999, 16, 1), 8_000)), Err(Error::Seal(seal::Error::Shape(_)))));
    assert_eq!(std::fs::read_dir(bench.path("a")).unwrap().count(), 0);
    assert_eq!(bench.journals(), 0);
}

#[test]
fn a_seal_that_outgrows_its_reserve_moves_the_sound_along() {
    // A source of unknown length gets an hour's reserve; long reasons overflow it.
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 1));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Fast, source).unwrap();
    // Whole blocks: a mark in a begun one would wait for its end, which comes with the end of the source.
    let sound = noise(shape, 2 * BLOCK);
    sender.send(Piece::Samples(sound.clone())).unwrap();
    for _ in 0..200 {
        session.command(Command { verb: Verb::Mark, reason: "long ".repeat(800) });
    }
    session.command(Command { verb: Verb::Mark, reason: "last".into() });
    bench.notebook.wait_for("the last mark", |heard| {
        heard.events.last().is_some_and(|event| event.body.value("reason") == Some("last"))
    });
    drop(sender);
    let outcome = session.wait().unwrap();
    let verified = bench.check(&outcome);
    assert!(verified.evidence().events.len() > 200);
    assert!(decode(&bench.path("a")) == sound);
}

proptest! {
    #![proptest_config(cases(40))]

    /// Pieces of any length with losses between come back as they went in, at the same time.
    #[test]
    fn any_sequence_of_pieces_round_trips(
        tracks in 1u8..=3,
        pieces in prop::collection::vec((any::<bool>(), 1usize..3_000), 1..12),
    ) {
        let (bench, shape) = (Bench::new(), shape(8_000, 16, tracks));
        let mut sound = noise(shape, pieces.iter().map(|(_, count)| count).sum());
        let (mut given, mut at) = (Vec::new(), 0);
        for (lost, count) in pieces {
            let range = at..at + count * usize::from(tracks);
            at = range.end;
            if lost {
                sound[range].fill(0);
                given.push(Piece::Lost { count: count as u64, why: Loss::Stalled });
            } else {
                given.push(Piece::Samples(sound[range].to_vec()));
            }
        }
        let outcome = bench.record(Memory::pieces(shape, given)).unwrap();
        bench.check(&outcome);
        prop_assert!(decode(&bench.path("a")) == sound);
    }
}

#[test]
fn a_source_that_is_gone_is_on_the_record_while_it_is_gone() {
    let (bench, shape) = (Bench::new(), shape(8_000, 16, 2));
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    sender.send(Piece::Samples(noise(shape, BLOCK + 100))).unwrap();
    sender.send(Piece::Away("unplugged".into())).unwrap();
    // Its alarm comes before the clock goes on, so that the sound before it counts as heard.
    bench.notebook.wait_for("the alarm", |heard| heard.alarms.iter().any(|alarm| alarm.kind() == "source-gone"));
    bench.clock.advance(Duration::from_secs(4));
    bench.notebook.wait_for("its absence", |heard| heard.has(EventKind::SourceLost) && heard.has(EventKind::Gap));
    bench.clock.advance(Duration::from_secs(8));
    sender.send(Piece::Lost { count: 12 * 8_000, why: Loss::Stalled }).unwrap();
    sender.send(Piece::Back { what: "the same".into(), conversion: None }).unwrap();
    sender.send(Piece::Samples(noise(shape, BLOCK))).unwrap();
    drop(sender);
    let outcome = session.wait().unwrap();
    bench.check(&outcome);
    // It is told twice, and missing once.
    let gaps: Vec<_> = bench.notebook.events().into_iter().filter(|event| event.0 == EventKind::Gap).collect();
    assert!(gaps.len() == 2 && gaps[0].1 == (BLOCK + 100) as u64 && gaps[0].1 + gaps[0].2 == gaps[1].1, "{gaps:?}");
    assert_eq!(outcome.total_samples, (BLOCK + 100 + 12 * 8_000 + BLOCK) as u64, "{gaps:?}");
}

/// Seconds in which the source gives nothing until a pause is asked for, and samples in them.
const QUIET: (u64, u64) = (2, 2 * 8_000);

/// Records one block and a begun one, and one that is missing, and asks for a pause once the source was quiet for a while.
fn asked_to_pause_in_silence(bench: &Bench, begun: usize) -> (std::sync::mpsc::Sender<Piece>, recorder::Session) {
    let shape = shape(8_000, 16, 1);
    let (sender, source) = Piped::new(shape);
    let session = bench.start(Pace::Live, source).unwrap();
    sender.send(Piece::Samples(noise(shape, BLOCK + begun))).unwrap();
    sender.send(Piece::Lost { count: BLOCK as u64, why: Loss::Stalled }).unwrap();
    bench.notebook.wait_for("the first blocks", |heard| heard.has(EventKind::Gap));
    bench.clock.advance(Duration::from_secs(QUIET.0));
    ask_to_pause(bench, &session);
    (sender, session)
}

/// Returns when the command was taken, which is long before it takes effect.
fn ask_to_pause(bench: &Bench, session: &recorder::Session) {
    session.command(Command { verb: Verb::Pause, reason: String::new() });
    assert!(matches!(ask(bench, Verb::Resume, ""), Err(Error::Refused(_))), "it is being paused");
}

type Story = fn(&Bench, &recorder::Session, &std::sync::mpsc::Sender<Piece>);

fn lost(seconds: u64) -> Piece {
    Piece::Lost { count: seconds * 8_000, why: Loss::Stalled }
}

fn let_it_pause(bench: &Bench) {
    bench.clock.advance(Duration::from_secs(6));
    bench.notebook.wait_for("the pause", |heard| heard.has(EventKind::Pause));
}

/// What happens after a pause was asked for in silence, each with the samples that are on the record after it.
fn stories_of_silence() -> [(&'static str, Story, u64); 4] {
    [
        (
            "paused again in the same silence",
            |bench, session, _| {
                let_it_pause(bench);
                bench.clock.advance(Duration::from_secs(20));
                ask(bench, Verb::Resume, "").unwrap();
                bench.clock.advance(Duration::from_secs(10));
                ask_to_pause(bench, session);
                bench.clock.advance(Duration::from_secs(6));
                bench.notebook.wait_for("another pause", |heard| {
                    heard.events.iter().filter(|event| event.kind == EventKind::Pause).count() == 2
                });
            },
            80_000,
        ),
        (
            "back a second after the pause",
            |bench, _, sender| {
                let_it_pause(bench);
                bench.clock.advance(Duration::from_secs(2));
                ask(bench, Verb::Resume, "").unwrap();
                bench.clock.advance(Duration::from_secs(1));
                sender.send(lost(QUIET.0 + 6 + 2 + 1)).unwrap();
                sender.send(Piece::Samples(vec![1; BLOCK])).unwrap();
            },
            8_000 + BLOCK as u64,
        ),
        (
            "back in the pause",
            |bench, _, sender| {
                let_it_pause(bench);
                sender.send(lost(QUIET.0 + 6)).unwrap();
                sender.send(Piece::Samples(vec![1; BLOCK])).unwrap();
            },
            0,
        ),
        (
            "back before the pause took effect",
            |bench, _, sender| {
                bench.clock.advance(Duration::from_secs(3));
                sender.send(lost(QUIET.0 + 3)).unwrap();
                sender.send(Piece::Samples(vec![1; BLOCK])).unwrap();
            },
            0,
        ),
    ]
}

#[test]
fn what_is_missing_before_a_pause_is_a_gap_and_what_is_missing_in_it_is_not() {
    for ((name, story, after), begun) in
        stories_of_silence().into_iter().flat_map(|case| [(case, 0), (case, BLOCK / 4)])
    {
        let bench = Bench::new();
        let (sender, session) = asked_to_pause_in_silence(&bench, begun);
        story(&bench, &session, &sender);
        drop(sender);
        let outcome = session.wait().unwrap();
        bench.check(&outcome);
        // A pause stands at the end of a block.
        let (events, first) = (bench.notebook.events(), (2 * BLOCK + begun) as u64);
        let pause = (first + QUIET.1).next_multiple_of(BLOCK as u64);
        assert!(events.contains(&(EventKind::Gap, first, pause - first)), "{name}: {events:?}");
        assert!(events.contains(&(EventKind::Pause, pause, 0)), "{name}: {events:?}");
        let total = if after == 0 { pause } else { first + QUIET.1 + after };
        // So does a second one.
        let total =
            if name.starts_with("paused again") { (pause + after).next_multiple_of(BLOCK as u64) } else { total };
        assert_eq!(outcome.total_samples, total, "{name}: {events:?}");
    }
}

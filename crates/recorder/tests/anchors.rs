//! Recordings anchored in a log while they are made: what comes onto the record, and that nothing a log does costs sound.
//!
//! Not here: what a reader makes of anchors (`seal`), nor the product's own log. Invariants: time is the test's own, a
//! second for a second of sound; every recording is checked over at its end, and holds every sample that went in.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use recorder::anchor::{Anchoring, LogAccess, ServiceUrl};
use recorder::control::{self, Command, Verb};
use recorder::folder::{PART, RECORDING};
use recorder::source::Piece;
use recorder::{FileSource, Outcome, Pace, Session, TimeEvidence};
use seal::bracket::{Bracket, Place};
use seal::tlog::Policy;
use seal::{Check, EventKind};
use support::broken::records;
use support::log::{Manner, TOKEN, TestLog};
use support::tsa::Tsa;
use support::{Bench, Heard, Piped, decode, noise, shape};

const RATE_HZ: usize = 8_000;

/// A recording that is being made, and who speaks.
struct Interview {
    bench: Bench,
    session: Session,
    sender: Sender<Piece>,
    sound: Vec<i32>,
    seconds: usize,
}

fn anchoring(log: &TestLog) -> Anchoring {
    let url = ServiceUrl::parse(&log.url()).unwrap();
    Anchoring {
        log: Some(LogAccess { url, token: Some(TOKEN.to_owned().into()) }),
        evidence_wait: Duration::from_secs(1),
        trust: Some(log.policy()),
        ..Anchoring::default()
    }
}

impl Interview {
    fn begin(anchoring: Anchoring) -> Interview {
        let (bench, shape) = (Bench::new(), shape(RATE_HZ as u32, 16, 1));
        let (sender, source) = Piped::new(shape);
        let settings = recorder::Settings { anchoring, ..bench.settings(Pace::Live) };
        let session = recorder::start(settings, Box::new(source), bench.clock.clone(), bench.notebook.clone()).unwrap();
        Interview { bench, session, sender, sound: noise(shape, RATE_HZ * 600), seconds: 0 }
    }

    fn speak(&mut self, log: &TestLog, seconds: usize) {
        for _ in 0..seconds {
            self.bench.clock.advance(Duration::from_secs(1));
            let samples = self.sound[self.seconds * RATE_HZ..][..RATE_HZ].to_vec();
            self.seconds += 1;
            log.set_time(1_795_303_004 + self.seconds as u64);
            self.sender.send(Piece::Samples(samples)).unwrap();
            // As of then it was heard: a second of sound takes a while to be sealed.
            let heard = self.seconds.saturating_sub(2) * RATE_HZ;
            self.bench.notebook.wait_for("the sound", |notes| position(notes) >= heard as u64);
        }
    }

    /// Speaks until it is enough.
    fn speak_until(&mut self, log: &TestLog, what: &str, enough: impl Fn(&Heard) -> bool) {
        for _ in 0..300 {
            if self.bench.notebook.hears_within(Duration::from_millis(20), &enough) {
                return;
            }
            self.speak(log, 1);
        }
        panic!("never heard {what}: {:?}", self.bench.notebook.heard().progress.last());
    }

    fn until_anchors(&mut self, log: &TestLog, count: u32) {
        self.speak_until(log, "an anchor", |heard| anchors(heard) >= count);
    }

    /// Ends it, and checks everything over but the evidence of time.
    fn end(self) -> (Bench, Outcome, TimeEvidence) {
        let Interview { bench, session, sender, sound, seconds } = self;
        drop(sender);
        let outcome = session.wait().unwrap();
        bench.check(&outcome);
        assert!(decode(&bench.path("a")) == sound[..seconds * RATE_HZ], "sound was lost");
        assert!(!bench.notebook.heard().has(EventKind::Gap));
        let time = outcome.time.clone().unwrap();
        (bench, outcome, time)
    }
}

fn position(heard: &Heard) -> u64 {
    heard.progress.last().map_or(0, |progress| progress.position)
}

fn anchors(heard: &Heard) -> u32 {
    heard.progress.last().and_then(|progress| progress.anchored.as_ref()).map_or(0, |anchored| anchored.anchors)
}

/// Alarms about the log. Seconds of the test's clock are so short that a medium is called slow.
fn log_alarms(bench: &Bench) -> Vec<String> {
    let heard = bench.notebook.heard();
    heard.alarms.iter().filter(|alarm| alarm.kind() == "log-fault").map(ToString::to_string).collect()
}

fn words(heard: &Heard) -> String {
    heard.progress.last().and_then(|progress| progress.anchored.as_ref()).map(ToString::to_string).unwrap_or_default()
}

/// What a copy proves to somebody who trusts these.
fn bracket(bench: &Bench, trust: &Policy) -> Bracket {
    let mut file = FileSource::new(std::fs::File::open(bench.path("b").join(RECORDING)).unwrap());
    let verdict = seal::verify(&mut file, Check { trust: Some(trust), ..Check::default() }, &mut |_, _| {});
    verdict.verified().unwrap().evidence().time.clone()
}

#[test]
fn what_is_anchored_holds_for_a_reader() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    interview.until_anchors(&log, 3);
    let (bench, _, time) = interview.end();
    let proven = bracket(&bench, &log.policy());
    assert_eq!(proven.refused, []);
    assert_eq!((proven.anchors, proven.anchors_held), (time.anchors, time.anchors));
    assert_eq!(proven.no_earlier.unwrap().place, Place::Header);
    assert_eq!(proven.no_later.unwrap().place, Place::End(1));
    let live = proven.live.unwrap();
    assert_eq!(live.longest.end - live.longest.start, time.longest_samples);
    assert!(time.has_checkpoint && time.end_is_anchored && time.missing.is_empty());
    assert_eq!(log_alarms(&bench), [""; 0]);
    // Each state under a blind of its own, and nothing twice.
    let entries = log.entries();
    assert!((1..entries.len()).all(|at| at < 4 || !entries[..at].contains(&entries[at])));
}

#[test]
fn a_network_cut_in_the_middle_costs_no_sound_and_anchors_resume() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    interview.until_anchors(&log, 2);
    log.be(Manner::Cut);
    interview.speak(&log, 35);
    let heard = interview.bench.notebook.heard();
    let before = anchors(&heard);
    assert!(
        words(&heard).starts_with("not anchored for 3") && words(&heard).ends_with(" s (no connection)"),
        "{}",
        words(&heard)
    );
    log.be(Manner::Good);
    interview.until_anchors(&log, before + 2);
    let (bench, _, time) = interview.end();
    let proven = bracket(&bench, &log.policy());
    assert_eq!(proven.refused, []);
    let live = proven.live.unwrap();
    assert_eq!(live.longest.end - live.longest.start, time.longest_samples);
    assert!(time.longest_samples >= 30 * RATE_HZ as u64, "the gap is named: {:?}", live.longest);
    assert_eq!(log_alarms(&bench), [""; 0]);
}

/// Whatever a log does, the recording is whole and says how it is anchored.
#[test]
fn a_log_that_misbehaves_costs_no_sound() {
    let rows = [
        (Manner::Cut, "no connection", ""),
        (Manner::Silent, "no answer in time", ""),
        (Manner::Garbage, "its answer is none of HTTP", ""),
        (Manner::Nonsense, "its proof cannot be read", "its proof cannot be read"),
        (Manner::Trickle, "no answer in time", ""),
        (Manner::Endless, "its answer is too long", ""),
        (Manner::Redirect, "it redirects, which is not followed", ""),
        (Manner::WrongProof, "its proof is for something else", "its proof is for something else"),
        (Manner::Unwitnessed, "not witnessed yet", ""),
        (Manner::Status(400), "it does not take such entries (400)", "it does not take such entries (400)"),
        (Manner::Status(401), "it does not take this token (401)", "it does not take this token (401)"),
        (
            Manner::Status(413),
            "it does not take entries of this length (413)",
            "it does not take entries of this length (413)",
        ),
        (Manner::Status(429), "it is busy", ""),
        (Manner::Status(500), "it answers 500", ""),
    ];
    let try_one = |(manner, why, alarm): (Manner, &str, &str)| {
        let log = TestLog::start();
        log.be(manner);
        let mut interview = Interview::begin(anchoring(&log));
        interview.speak(&log, 12);
        // On a busy machine the recording began some of these seconds later.
        for _ in 0..10 {
            if log.asked() == 0 {
                interview.speak(&log, 1);
            }
        }
        log.wait_asked(1);
        interview.speak(&log, 25);
        let began = Instant::now();
        let (bench, _, time) = interview.end();
        assert!(began.elapsed() < Duration::from_secs(8), "{manner:?}: its end took {:?}", began.elapsed());
        assert_eq!((time.anchors, time.end_is_anchored), (0, false), "{manner:?}");
        assert_eq!(time.missing.len(), 1, "{manner:?}");
        let slow = matches!(manner, Manner::Silent | Manner::Trickle);
        let said = words(&bench.notebook.heard());
        assert!(slow || said.ends_with(&format!("({why})")), "{manner:?}: {said}");
        assert!(time.missing[0].1 == why || time.missing[0].1 == "no answer in time", "{manner:?}: {:?}", time.missing);
        let alarms = log_alarms(&bench);
        let expected = format!("the log does not anchor this recording: {alarm}");
        assert_eq!(alarms, if alarm.is_empty() { vec![] } else { vec![expected] }, "{manner:?}");
        assert_eq!(bracket(&bench, &log.policy()).anchors, 0);
    };
    std::thread::scope(|scope| rows.map(|row| scope.spawn(move || try_one(row))).map(|thread| thread.join().unwrap()));
}

#[test]
fn offline_from_start_to_end_is_a_complete_recording() {
    let log = TestLog::start();
    let anchoring = anchoring(&log);
    let policy = log.policy();
    drop(log);
    let silent = TestLog::start();
    let mut interview = Interview::begin(anchoring);
    interview.speak(&silent, 5);
    let (bench, outcome, time) = interview.end();
    assert_eq!(outcome.reason, seal::EndReason::Finished);
    assert!(!time.has_checkpoint && !time.end_is_anchored && time.anchors == 0);
    assert_eq!(bracket(&bench, &policy), Bracket::default());
    let remarks = bench.notebook.heard().remarks;
    assert_eq!(remarks[0], "the log gave no checkpoint to begin with: no connection");
}

#[test]
fn what_was_not_witnessed_is_asked_about_again_until_it_is() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    log.be(Manner::Unwitnessed);
    interview.speak_until(&log, "the wait", |heard| words(heard).ends_with("(not witnessed yet)"));
    log.wait_asked(2);
    assert_eq!(log.entries().len(), 4, "asked about with the same entry");
    log.be(Manner::Good);
    interview.until_anchors(&log, 1);
    let (bench, ..) = interview.end();
    assert_eq!(bracket(&bench, &log.policy()).refused, []);
}

#[test]
fn a_log_that_mends_is_heard_again() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    log.be(Manner::WrongProof);
    interview.speak_until(&log, "the alarm", |heard| heard.alarms.iter().any(|alarm| alarm.kind() == "log-fault"));
    log.be(Manner::Good);
    interview.until_anchors(&log, 1);
    interview.speak_until(&log, "its end", |heard| heard.cleared.iter().any(|alarm| alarm.kind() == "log-fault"));
    let (bench, ..) = interview.end();
    let proven = bracket(&bench, &log.policy());
    assert_eq!((proven.refused.len(), proven.anchors), (0, proven.anchors_held));
}

/// The wait for evidence comes after everything that counts is safe, and who asks again ends it.
#[test]
fn whoever_asks_again_waits_no_longer_for_evidence() {
    for by_command in [false, true] {
        let log = TestLog::start();
        log.be(Manner::Silent);
        let silent = vec![ServiceUrl::parse(&log.url()).unwrap()];
        let wait = Duration::from_secs(600);
        let anchoring = Anchoring { timestamps: silent, evidence_wait: wait, ..Anchoring::default() };
        let mut interview = Interview::begin(anchoring);
        interview.speak(&log, 3);
        let stop = interview.session.stop_handle();
        let (a, state) = (interview.bench.path("a"), interview.bench.state());
        let notebook = interview.bench.notebook.clone();
        let waiter = std::thread::spawn(move || {
            notebook.wait_for("the wait", |heard| heard.remarks.iter().any(|words| words.starts_with("sealed;")));
            assert_eq!(control::status(&a, &state).unwrap().state, "ending");
            match by_command {
                true => {
                    let finish = Command { verb: Verb::Finish, reason: String::new() };
                    drop(control::send(&a, &state, &finish).unwrap());
                }
                false => stop.finish(),
            }
        });
        let (_, _, time) = interview.end();
        waiter.join().unwrap();
        assert_eq!((time.timestamps, time.missing.len()), (0, 1));
    }
}

/// A good authority's stamp is kept whoever else is asked and gives nothing, and a reader who trusts it finds it.
#[test]
fn time_stamps_over_the_end_are_kept_as_far_as_they_come() {
    let (tsa, log) = (Tsa::start(), TestLog::start());
    let mut anchoring = anchoring(&log);
    let dead = ServiceUrl::parse("http://127.0.0.1:9/").unwrap();
    let wrong = ServiceUrl::parse(&log.url()).unwrap();
    let broken = ServiceUrl::parse(&tsa.broken_url()).unwrap();
    anchoring.timestamps = vec![dead, ServiceUrl::parse(&tsa.url()).unwrap(), wrong, broken];
    anchoring.evidence_wait = Duration::from_secs(10);
    let mut interview = Interview::begin(anchoring);
    interview.speak(&log, 3);
    let (bench, _, time) = interview.end();
    assert_eq!((time.timestamps, time.end_is_anchored), (1, true), "{time:?}");
    let missing: Vec<&str> = time.missing.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(missing, ["no connection", "it answers 400", "its time stamp is of no use: its signature is wrong"]);
    let policy = Policy::parse(&format!("{}quorum none\n", tsa.policy_line())).unwrap();
    let proven = bracket(&bench, &policy);
    let by_authority = proven.no_later.unwrap();
    assert_eq!((by_authority.by.as_str(), by_authority.place), ("example", Place::End(2)));
}

/// A kill at any record leaves a recording that keeps the anchors it had, and signs no other states than those that were anchored.
#[test]
fn recovery_keeps_anchors() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    interview.until_anchors(&log, 3);
    let place = only_entry(&interview.bench.state().join("journals"));
    // Every copy is written behind the journal.
    let (journal, parts) = loop {
        let journal = std::fs::read(place.join("journal")).unwrap();
        let parts = ["a", "b"].map(|name| std::fs::read(interview.bench.path(name).join(PART)).unwrap());
        let frames: usize = support::broken::frame_sizes(&journal).iter().sum();
        let reserve = seal::peek(&mut parts[0].as_slice()).unwrap().frames_offset as usize;
        if parts.iter().all(|part| part.len() == reserve + frames) {
            break (journal, parts);
        }
        std::thread::yield_now();
    };
    let seconds = interview.seconds;
    let sound = interview.sound.clone();
    let (bench, ..) = interview.end();
    let mut anchors = 0;
    for record in records(&journal).iter().filter(|record| record.kind >= 4) {
        anchors += u32::from(record.kind == 8);
        for name in ["a", "b"] {
            std::fs::remove_file(bench.path(name).join(RECORDING)).unwrap();
        }
        for (name, part) in ["a", "b"].iter().zip(&parts) {
            std::fs::write(bench.path(name).join(PART), part).unwrap();
        }
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("journal"), &journal[..record.end]).unwrap();
        let recovered = bench.recover("a").unwrap();
        bench.check(&recovered.outcome);
        let proven = bracket(&bench, &log.policy());
        assert_eq!((proven.anchors, proven.anchors_held), (anchors, anchors));
        assert_eq!(proven.refused, []);
        let found = decode(&bench.path("a"));
        assert!(sound[..seconds * RATE_HZ].starts_with(&found));
    }
    assert!(anchors >= 3);
}

/// A copy that is made by a recovery after the end has the evidence that the other one shows.
#[test]
fn evidence_of_the_end_is_in_both_copies_though_one_is_made_later() {
    let log = TestLog::start();
    let mut interview = Interview::begin(anchoring(&log));
    interview.until_anchors(&log, 1);
    let Interview { bench, session, sender, .. } = interview;
    std::fs::write(bench.path("b").join(RECORDING), "in the way").unwrap();
    drop(sender);
    let outcome = session.wait().unwrap();
    assert!(!outcome.is_whole() && outcome.time.unwrap().end_is_anchored);
    let finished = std::fs::read(bench.path("a").join(RECORDING)).unwrap();
    let journal = outcome.journal_kept.unwrap();
    assert!(journal.is_dir());
    std::fs::remove_file(bench.path("b").join(RECORDING)).unwrap();
    let recovered = bench.recover("b").unwrap();
    bench.check(&recovered.outcome);
    assert!(std::fs::read(bench.path("b").join(RECORDING)).unwrap() == finished);
}

fn only_entry(folder: &std::path::Path) -> std::path::PathBuf {
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

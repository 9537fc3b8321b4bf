//! Random lives: whoever does whatever in any order, what must hold of the events holds, and every life can still end.
//!
//! Not single refusals, nor what must hold (`oracle.rs`) or how a life ends (`steward.rs`). Invariants: every life follows from its seed; whatever was decided was applied from stored
//! bytes; a life in which nothing ever began would prove nothing, so that is counted.

use std::collections::BTreeMap;

use casework::case::{
    Asking, Attempt, Carrier, Case, Cause, Channel, Check, Command, Consent, Deed, Ending, Incident, Outcome, Party,
    Pause, Phase, RefusalGround, SidesCopy, Stop, Tally, What, Who, Withdrawal,
};
use casework::custody::Verdict;
use casework::{CaseId, Digest};
use rules::{Device, Doing, Meeting, Side};

use crate::oracle::Oracle;
use crate::steward::settle;
use crate::support::{BOOK, account, name};
use crate::world::{DAY, HOUR, Matter, agree, by_device, by_office, commands, words};

const LIVES: u64 = 1_500;
const STEPS: usize = 70;

/// Chance that a seed gives (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next() % all.len() as u64).unwrap()].clone()
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.next().is_multiple_of(number)
    }
}

/// A command that might come now, and who gives it.
fn some(chance: &mut Chance, matter: &Matter) -> (&'static str, Command) {
    let by = chance.of(&["dan", "dan", "dan", "lea", "lea", "ada", "person", "person", "program", "aud", "ann"]);
    // Mostly what is next; otherwise anything.
    let mut todo = matter.case.todo(&BOOK, matter.now);
    // What ends a life at once comes seldom.
    let ends = |need| need == casework::case::Need::Close && matter.case.phase() == Phase::Planned;
    todo.retain(|todo| !ends(todo.need) || chance.one_in(30));
    if chance.one_in(2) && !todo.is_empty() {
        let need = chance.of(&todo).need;
        let deed = need.deed();
        let command = match need {
            casework::case::Need::Look(check) => look(check, !chance.one_in(6), chance),
            casework::case::Need::SpokenAgreement => agree(Who::Person, Consent::Spoken),
            casework::case::Need::DecideRequest if chance.one_in(3) => varied(chance, matter, Deed::ProposeRefusal),
            casework::case::Need::AgreementOf(number) => agree(Who::Present(number), Consent::Signed),
            casework::case::Need::RefusedBy(present) => Command::Depart { present },
            casework::case::Need::Agreement | casework::case::Need::PrivateRoom | casework::case::Need::AskStaff => {
                commands(deed)
            }
            casework::case::Need::Confirm(of) if chance.one_in(6) => Command::Disown { of, words: words() },
            casework::case::Need::Keep(recording) => Command::Keep { recording, thing: casework::ThingId([8; 16]) },
            casework::case::Need::CheckCopy(recording, side) => {
                Command::CheckCopy { recording, side, verdict: Verdict::Complete }
            }
            casework::case::Need::HandOver(recording, side) => crate::world::handed(recording, side),
            _ => varied(chance, matter, deed),
        };
        let is_theirs = matches!(need, casework::case::Need::HandOver(_, Side::Person))
            || matches!(command, Command::Disown { .. });
        let person = is_theirs || chance.one_in(8);
        let who = match deed {
            Deed::DecideAdjustment => "ada",
            Deed::ReviewGlass => "bob",
            Deed::ApproveRefusal | Deed::Swap | Deed::Acknowledge => "lea",
            _ if person => "person",
            _ => chance.of(&["dan", "dan", "lea"]),
        };
        return (who, command);
    }
    if chance.one_in(3) {
        let onwards = match matter.case.phase() {
            Phase::Planned => chance.of(&[Deed::Enter, Deed::Enter, Deed::Start]),
            Phase::Begun => chance.of(&[Deed::End, Deed::StartRecording, Deed::Resume, Deed::Ask]),
            Phase::Ended => chance.of(&[Deed::MakeCopies, Deed::Close, Deed::Continue, Deed::GiveUp, Deed::GiveUp]),
            Phase::Closed | Phase::Absent => chance.of(&[Deed::Reopen, Deed::Disown]),
        };
        return (chance.of(&["dan", "lea"]), varied(chance, matter, onwards));
    }
    let deed = chance.of(Deed::ALL);
    let seldom = matches!(deed, Deed::Cancel | Deed::Close) && matter.case.phase() == Phase::Planned;
    let deed = if seldom && !chance.one_in(30) { Deed::Ask } else { deed };
    // Anybody can break the glass at any time, and would do little else.
    let deed = if deed == Deed::BreakGlass && !chance.one_in(8) { Deed::UndoStart } else { deed };
    (by, varied(chance, matter, deed))
}

fn look(check: Check, good: bool, chance: &mut Chance) -> Command {
    let devices = if good { Vec::new() } else { vec![chance.of(Device::ALL)] };
    Command::Look { check, good, devices, words: words() }
}

/// A command of that kind, with anything that it can say.
fn varied(chance: &mut Chance, matter: &Matter, deed: Deed) -> Command {
    let words = words();
    let channel = chance.of(Channel::ALL);
    let request = matter.request();
    match deed {
        Deed::AssignRoom => {
            let room = name(chance.of(&["room-1", "room-2"]));
            Command::AssignRoom { room, is_private: !chance.one_in(4) }
        }
        Deed::SayContent => Command::SayContent { content: !chance.one_in(4), words },
        Deed::Swap => Command::Swap { to: account(chance.of(&["dan", "lea"])), words },
        Deed::Try => Command::Try { attempt: chance.of(Attempt::ALL), found: chance.one_in(3), words },
        Deed::Ask => Command::Ask { asking: asking(chance), words },
        Deed::ChangeRequest => Command::ChangeRequest { request, asking: asking(chance), words },
        Deed::ProposeRefusal => Command::ProposeRefusal { request, ground: chance.of(RefusalGround::ALL), words },
        Deed::Withdraw => Command::Withdraw { request, why: chance.of(Withdrawal::ALL), channel, words },
        Deed::DecideAdjustment => Command::DecideAdjustment { granted: chance.one_in(2), words },
        Deed::AnswerOffer => {
            let Command::AnswerOffer { offer, .. } = matter.like(deed) else { unreachable!() };
            Command::AnswerOffer { offer, accepted: chance.one_in(2), channel, words }
        }
        Deed::Offer | Deed::Move | Deed::Continue => moved(chance, matter, deed),
        Deed::Agree | Deed::RefuseAgreement => {
            let present = chance.of(&[1, 2, 3, 4]);
            let who = if chance.one_in(2) { Who::Person } else { Who::Present(present) };
            match deed {
                Deed::Agree => agree(who, chance.of(Consent::ALL)),
                _ => Command::RefuseAgreement { who, words },
            }
        }
        Deed::Look => look(chance.of(Check::ALL), !chance.one_in(3), chance),
        Deed::Enter => {
            let party = chance
                .of(&[Party::Person, Party::Person, Party::Professional, Party::Professional])
                .min(if chance.one_in(5) { Party::Person } else { Party::Colleague });
            let party = if chance.one_in(8) { chance.of(Party::ALL) } else { party };
            let account = match party {
                Party::Professional => Some(account(&matter.holder())),
                Party::Colleague => Some(account(chance.of(&["dan", "lea", "ada"]))),
                _ => None,
            };
            Command::Enter { party, account, words }
        }
        Deed::Depart => {
            let all: Vec<u32> = matter.case.present().iter().map(|one| one.number).chain([9]).collect();
            Command::Depart { present: chance.of(&all) }
        }
        other => on_the_day(chance, matter, other),
    }
}

/// The same for what is done on the day and after.
fn on_the_day(chance: &mut Chance, matter: &Matter, deed: Deed) -> Command {
    let words = words();
    let channel = chance.of(Channel::ALL);
    let recording = u32::try_from(matter.case.recordings().len()).unwrap().max(1);
    let recording = if chance.one_in(4) { 1 } else { recording };
    match deed {
        Deed::Start => Command::Start { recorded: !chance.one_in(3) },
        Deed::Pause => Command::Pause { pause: chance.of(Pause::ALL), words },
        Deed::StopRecording => {
            let side = chance.of(&[None, Some(Side::Person), Some(Side::Office)]);
            Command::StopRecording { side, stop: chance.of(Stop::ALL), words }
        }
        Deed::GoOn => Command::GoOn { goes_on: chance.one_in(2), channel, words },
        Deed::NoteIncident => Command::NoteIncident { incident: chance.of(Incident::ALL), words },
        Deed::End => Command::End { ending: chance.of(Ending::ALL), ended_micros: None, words },
        Deed::MakeCopies => made(chance, recording),
        Deed::CheckCopy => {
            let verdict = if chance.one_in(3) { chance.of(Verdict::ALL) } else { Verdict::Complete };
            Command::CheckCopy { recording, side: chance.of(Side::ALL), verdict }
        }
        Deed::HandOver => {
            let receipt = chance.of(&[None, Some(Digest([9; 32]))]);
            Command::HandOver { recording, side: chance.of(Side::ALL), receipt, words }
        }
        Deed::RefuseCopy => Command::RefuseCopy { recording, channel, words },
        Deed::GiveUp => Command::GiveUp { recording, words },
        Deed::Close => Command::Close { outcome: chance.of(Outcome::ALL), words },
        Deed::CorrectOutcome => Command::Reopen { words },
        other => matter.like(other),
    }
}

fn made(chance: &mut Chance, recording: u32) -> Command {
    let digests = [Some(Digest([5; 32])), Some(Digest([5; 32])), Some(Digest([6; 32])), None];
    let copy =
        |chance: &mut Chance, side| SidesCopy { side, carrier: chance.of(Carrier::ALL), digest: chance.of(&digests) };
    let sides = chance.of(&[&[Side::Person, Side::Office][..], &[Side::Person], &[Side::Office], Side::ALL]);
    let copies = sides.iter().map(|side| copy(chance, *side)).collect();
    let id = chance.of(&[None, Some(Digest([4; 32])), Some(Digest([4; 32]))]);
    Command::MakeCopies { recording, id, copies, compared: chance.one_in(2) }
}

fn moved(chance: &mut Chance, matter: &Matter, deed: Deed) -> Command {
    let mut slot = matter.later(chance.of(&["north", "south"]));
    slot.starts_micros = matter.now + i64::try_from(chance.next() % 5).unwrap() * DAY;
    slot.ends_micros = slot.starts_micros + HOUR;
    slot.staff = account(chance.of(&["dan", "lea"]));
    let cause = chance.of(Cause::ALL);
    match deed {
        Deed::Offer => Command::Offer { slot, cause },
        Deed::Move => Command::Move { slot, cause, words: words() },
        _ => Command::Continue { outcome: chance.of(Outcome::ALL), slot, cause, words: words() },
    }
}

fn asking(chance: &mut Chance) -> Asking {
    let asking = match chance.of(&[0, 1, 2]) {
        0 => by_office(),
        1 => Asking { devices: Vec::new(), ..by_device(Device::CanEdit) },
        _ => by_device(chance.of(Device::ALL)),
    };
    Asking {
        doing: if chance.one_in(8) { chance.of(Doing::ALL) } else { Doing::RecordSound },
        adjustment: chance.one_in(6),
        ..asking
    }
}

/// The first day of a life, and what is planned then.
fn born(chance: &mut Chance) -> Matter {
    let days = ["2026-07-01 12:00", "2015-03-02 12:00", "2022-02-20 12:00", "2026-06-27 12:00", "2010-03-01 12:00"];
    let start = chance.of(&days);
    let mut matter = Matter::new(start);
    let meeting = chance.of(Meeting::ALL);
    let plan = crate::world::plan(meeting, start);
    let Command::Plan { reference, jurisdiction, business, mut slot, follows, words, .. } = plan else {
        unreachable!()
    };
    slot.starts_micros += i64::try_from(chance.next() % 2).unwrap() * DAY + HOUR;
    slot.ends_micros = slot.starts_micros + HOUR;
    let adjustment_from = chance.one_in(10).then_some(CaseId([2; 16]));
    matter.ok(
        "dan",
        &Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, follows, words },
    );
    matter
}

/// A life as it was lived, without what is asked of it.
pub(crate) fn lived(seed: u64, steps: usize) -> Matter {
    let mut chance = Chance(seed);
    let mut matter = born(&mut chance);
    for _ in 0..steps {
        let (by, command) = some(&mut chance, &matter);
        if command.deed() != Deed::Plan {
            let _ = matter.act(by, &command);
        }
        pass(&mut chance, &mut matter);
    }
    matter
}

/// Time goes on, now and then.
fn pass(chance: &mut Chance, matter: &mut Matter) {
    if chance.one_in(6) {
        let slot = matter.case.appointment().unwrap().slot.clone();
        let hours = chance.of(&[0, 1, 1, 2, 7]) * HOUR;
        let to_slot = (slot.starts_micros - matter.now).clamp(0, 30 * DAY);
        matter.now += if chance.one_in(3) { to_slot } else { hours };
    }
}

#[test]
fn random_lives_keep_what_must_hold_and_can_end() {
    let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut settled: BTreeMap<Option<Outcome>, u64> = BTreeMap::new();
    for seed in 0..LIVES {
        let mut chance = Chance(seed);
        let mut matter = born(&mut chance);
        let mut oracle = Oracle::default();
        let mut read = 0;
        for step in 0..STEPS {
            let (by, command) = some(&mut chance, &matter);
            if matter.case.phase() != Phase::Absent && command.deed() != Deed::Plan {
                let _ = matter.act(by, &command);
            }
            for event in &matter.events[read..] {
                oracle.see(event);
            }
            read = matter.events.len();
            pass(&mut chance, &mut matter);
            if step % 14 == 13 {
                let outcome = ends(&matter, &oracle, seed);
                *settled.entry(outcome).or_default() += 1;
            }
        }
        let again = Case::from_events(CaseId([3; 16]), &matter.events).unwrap();
        assert_eq!(again, matter.case, "seed {seed}: a case is what its events say");
        assert!(Tally::of([&matter.case], matter.now).reconciles_with(matter.planned_count()), "seed {seed}");
        for event in &matter.events {
            *seen.entry(kind(&event.what)).or_default() += 1;
        }
    }
    let kinds = [
        "recorded",
        "unrecorded",
        "again",
        "refused",
        "moved",
        "opted-out",
        "kept",
        "closed",
        "stopped",
        "disowned",
        "confirmed",
        "continued",
        "given-up",
        "undone",
        "reopened",
        "changed",
    ];
    for kind in kinds {
        assert!(seen.get(kind).is_some_and(|count| *count >= 10), "{kind} hardly ever happened: {seen:?}");
    }
    for outcome in [Outcome::Recorded, Outcome::RecordedInPart, Outcome::NotRecorded] {
        assert!(settled.get(&Some(outcome)).is_some_and(|count| *count >= 10), "{outcome}: {settled:?}");
    }
}

/// From here some way leads to an outcome, one for each appointment, and the person gives nothing up on it.
fn ends(matter: &Matter, oracle: &Oracle, seed: u64) -> Option<Outcome> {
    let (mut matter, mut oracle) = (matter.clone(), oracle.clone());
    let read = matter.events.len();
    if let Err(stuck) = settle(&mut matter) {
        let events: Vec<String> =
            matter.events.iter().map(|event| format!("{:?} {:?}", event.by, event.what)).collect();
        panic!("seed {seed}: it cannot end: {stuck}\n{}", events.join("\n"));
    }
    for event in &matter.events[read..] {
        oracle.see(event);
    }
    let open = matter.case.appointments().iter().filter(|one| one.outcome.is_none()).count();
    assert_eq!(open, 0, "seed {seed}: an appointment has no outcome");
    matter.case.outcome()
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Started { recorded_by, .. } if recorded_by.is_empty() => "unrecorded",
        What::Started { .. } => "recorded",
        What::RecordingStarted { .. } => "again",
        What::Refused { .. } => "refused",
        What::Moved { .. } => "moved",
        What::OptedOut { .. } => "opted-out",
        What::Kept { .. } => "kept",
        What::Closed { .. } => "closed",
        What::Stopped { .. } => "stopped",
        What::Disowned { .. } => "disowned",
        What::Confirmed { .. } => "confirmed",
        What::Continued { .. } => "continued",
        What::GivenUp { .. } => "given-up",
        What::StartUndone => "undone",
        What::Reopened { .. } => "reopened",
        What::Asked { changes: Some(_), .. } => "changed",
        _ => "other",
    }
}

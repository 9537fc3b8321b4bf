//! Random lives: whoever does whatever in any order, some invariants hold.
//!
//! Not single refusals. Invariants: every life follows from its seed; whatever was decided was applied from stored bytes; a life in which nothing ever
//! began would prove nothing, so that is counted.

use std::collections::BTreeMap;

use casework::CaseId;
use casework::case::{
    Asking, Attempt, Before, Case, Check, Command, Consent, Deed, Need, Outcome, Party, Phase, Tally, What, Withdrawal,
};
use casework::custody::Verdict;
use rules::{Device, Doing, Meeting, Side};

use crate::support::{BOOK, account};
use crate::world::{DAY, HOUR, Matter, by_device, by_office, commands, slot, words};

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

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next() % all.len() as u64).unwrap()]
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.next().is_multiple_of(number)
    }
}

/// What answers a need, and who can.
fn next(chance: &mut Chance, matter: &Matter, need: Need) -> (&'static str, Command) {
    let next = match need {
        Need::PrivateRoom => commands(Deed::AssignRoom),
        Need::AskStaff => commands(Deed::SayContent),
        Need::Letter(_) => commands(Deed::IssueLetter),
        Need::ExplainOptOut => commands(Deed::ExplainOptOut),
        Need::Agreement => commands(Deed::Agree),
        Need::SpokenAgreement => spoken(),
        Need::Look(check) => Command::Look { check, good: true, words: words() },
        Need::MakeCopies => commands(Deed::MakeCopies),
        Need::CheckCopy(side) => Command::CheckCopy { side, verdict: Verdict::Complete },
        Need::HandOver(side) => Command::HandOver { side, words: words() },
        Need::Keep => commands(Deed::Keep),
        Need::OtherStaff => commands(Deed::Swap),
        Need::AskAdviser => commands(Deed::AskAdviser),
        Need::SecondLook => {
            let casework::case::Asked::RefusalProposed { ground, .. } = matter.case.request().unwrap().asked else {
                unreachable!()
            };
            return ("lea", Command::ApproveRefusal { ground });
        }
        Need::DecideRequest if chance.one_in(2) => {
            Command::ProposeRefusal { ground: chance.of(casework::case::RefusalGround::ALL), words: words() }
        }
        Need::DecideRequest => Command::Accept,
        Need::DecideAdjustment => return ("ada", commands(Deed::DecideAdjustment)),
        Need::AnswerOffer => Command::AnswerOffer { accepted: chance.one_in(2), words: words() },
        _ => Command::Close { outcome: chance.of(Outcome::ALL), words: words() },
    };
    ("dan", next)
}

/// A command that might come now, and who gives it.
fn some(chance: &mut Chance, matter: &Matter) -> (&'static str, Command) {
    // Mostly what is next; otherwise anything.
    let todo = matter.case.todo(&BOOK);
    let by = chance.of(&["dan", "dan", "dan", "lea", "lea", "ada", "person", "program", "aud", "ann"]);
    if matter.case.phase() == Phase::Planned && chance.one_in(3) {
        return ("dan", onwards(chance));
    }
    let hurry = matter.case.phase() != Phase::Planned || chance.one_in(20);
    let todo: Vec<_> = todo.into_iter().filter(|todo| hurry || todo.need != Need::Close).collect();
    if chance.one_in(2) && !todo.is_empty() {
        let need = todo[usize::try_from(chance.next()).unwrap_or(0) % todo.len()].need;
        let (who, next) = next(chance, matter, need);
        return (if chance.one_in(4) { by } else { who }, next);
    }
    let deed = chance.of(Deed::ALL);
    let command = match deed {
        Deed::Plan => crate::world::plan(chance.of(Meeting::ALL), chance.of(&["2026-07-03 09:30", "2015-03-10 09:30"])),
        Deed::Ask => Command::Ask { asking: asking(chance), words: words() },
        Deed::ProposeRefusal | Deed::ApproveRefusal => {
            let ground = chance.of(casework::case::RefusalGround::ALL);
            match deed {
                Deed::ProposeRefusal => Command::ProposeRefusal { ground, words: words() },
                _ => Command::ApproveRefusal { ground },
            }
        }
        Deed::Look => Command::Look { check: chance.of(Check::ALL), good: !chance.one_in(3), words: words() },
        Deed::Enter => {
            Command::Enter { party: chance.of(&[Party::Person, Party::Professional, Party::Companion]), words: words() }
        }
        Deed::Start => Command::Start { recorded: !chance.one_in(3) },
        Deed::Close if matter.case.phase() != Phase::Planned || chance.one_in(10) => {
            Command::Close { outcome: chance.of(Outcome::ALL), words: words() }
        }
        Deed::Close => commands(Deed::Ask),
        Deed::Try => Command::Try { attempt: chance.of(Attempt::ALL), found: chance.one_in(3), words: words() },
        Deed::Offer | Deed::Move => {
            let mut slot = slot(chance.of(&["north", "south"]), "2026-07-03 09:30");
            slot.starts_micros = matter.now + i64::try_from(chance.next() % 5).unwrap() * DAY;
            slot.ends_micros = slot.starts_micros + HOUR;
            slot.staff = account(chance.of(&["dan", "lea"]));
            let cause = chance.of(casework::case::Cause::ALL);
            match deed {
                Deed::Offer => Command::Offer { slot, cause },
                _ => Command::Move { slot, cause, words: words() },
            }
        }
        Deed::SayContent => Command::SayContent { content: !chance.one_in(3), words: words() },
        Deed::Withdraw => Command::Withdraw { why: chance.of(Withdrawal::ALL), words: words() },
        Deed::CheckCopy => Command::CheckCopy { side: chance.of(Side::ALL), verdict: chance.of(Verdict::ALL) },
        other => commands(other),
    };
    (by, command)
}

/// What brings a planned meeting nearer to its beginning.
fn onwards(chance: &mut Chance) -> Command {
    let party = chance.of(&[Party::Person, Party::Professional]);
    match chance.next() % 4 {
        0 | 1 => Command::Enter { party, words: words() },
        2 => Command::Start { recorded: true },
        _ => Command::Start { recorded: false },
    }
}

fn spoken() -> Command {
    match commands(Deed::Agree) {
        Command::Agree { party, template, digest, words, .. } => {
            Command::Agree { party, template, digest, words, consent: Consent::Spoken }
        }
        other => other,
    }
}

fn asking(chance: &mut Chance) -> Asking {
    let asking = match chance.one_in(2) {
        true => by_office(),
        false => by_device(chance.of(Device::ALL)),
    };
    Asking {
        doing: if chance.one_in(5) { chance.of(Doing::ALL) } else { Doing::RecordSound },
        adjustment: chance.one_in(4),
        ..asking
    }
}

/// What must hold after each step, whatever it was.
fn holds(before: &Case, after: &Case, events: &[casework::case::Event], seed: u64) {
    for event in events {
        match &event.what {
            What::Started { recorded_by: Some(_), cited } => {
                let missing = before.todo(&BOOK).into_iter().filter(|todo| todo.before == Before::Start).count();
                assert_eq!(missing, 0, "seed {seed}: it began recorded although something was missing");
                assert!(!cited.is_empty() && before.ruling(&BOOK).is_ok(), "seed {seed}: no rule was named");
            }
            What::Started { recorded_by: None, .. } => {
                let owed =
                    before.request().is_some_and(|one| one.is_open() || one.asked == casework::case::Asked::Accepted);
                assert!(!owed, "seed {seed}: it began unrecorded although a request stands");
            }
            What::Refused { proposed_by, .. } => {
                let casework::case::By::Staff(by) = &event.by else { panic!("seed {seed}: nobody refused it") };
                assert_ne!(by, proposed_by, "seed {seed}: one person refused it");
            }
            What::Closed { outcome: Outcome::Recorded, .. } => {
                let copies = before.copies();
                let both = copies.is_some_and(|copies| copies.thing.is_some() && !copies.handed_over.is_empty());
                let none_made = before.ruling(&BOOK).is_ok_and(|ruling| {
                    ruling.copies().is_ok_and(|copies| copies.says.contains(&rules::Copies::NoSecondAsked))
                });
                assert!(both || none_made, "seed {seed}: it was closed without its copies");
            }
            _ => {}
        }
    }
    let open = after.appointments().iter().filter(|one| one.outcome.is_none()).count();
    let expected = usize::from(!matches!(after.phase(), Phase::Absent | Phase::Closed));
    assert_eq!(open, expected, "seed {seed}: exactly the appointment that stands has no outcome");
    assert!(Tally::of([after]).reconciles_with(after.appointments().len() as u64), "seed {seed}");
}

#[test]
fn random_lives_keep_what_must_hold() {
    let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in 0..LIVES {
        let mut chance = Chance(seed);
        let start = chance.of(&["2026-07-01 12:00", "2015-03-02 12:00", "2022-02-20 12:00", "2026-06-27 12:00"]);
        let mut matter = Matter::new(start);
        let on = crate::world::slot("north", start);
        let planned = {
            let Command::Plan { reference, meeting: _, jurisdiction, business, mut slot, adjustment_from, words } =
                crate::world::plan(Meeting::Interview, start)
            else {
                unreachable!()
            };
            let meeting = chance.of(Meeting::ALL);
            slot.starts_micros = on.starts_micros + DAY;
            slot.ends_micros = slot.starts_micros + HOUR;
            Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, words }
        };
        matter.ok("dan", &planned);
        for _ in 0..STEPS {
            let (by, command) = some(&mut chance, &matter);
            let before = matter.case.clone();
            let events = matter.act(by, &command).unwrap_or_default();
            holds(&before, &matter.case, &events, seed);
            if chance.one_in(4) {
                matter.now += i64::try_from(chance.next() % 8).unwrap() * HOUR;
            }
        }
        let again = Case::from_events(CaseId([3; 16]), &matter.events).unwrap();
        assert_eq!(again, matter.case, "seed {seed}: a case is what its events say");
        for event in &matter.events {
            *seen.entry(kind(&event.what)).or_default() += 1;
        }
    }
    for kind in ["recorded", "unrecorded", "refused", "moved", "opted-out", "kept", "closed", "stopped"] {
        assert!(seen.get(kind).is_some_and(|count| *count >= 10), "{kind} hardly ever happened: {seen:?}");
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Started { recorded_by: Some(_), .. } => "recorded",
        What::Started { recorded_by: None, .. } => "unrecorded",
        What::Refused { .. } => "refused",
        What::Moved { .. } => "moved",
        What::OptedOut { .. } => "opted-out",
        What::Kept { .. } => "kept",
        What::Closed { .. } => "closed",
        What::Stopped { .. } => "stopped",
        _ => "other",
    }
}

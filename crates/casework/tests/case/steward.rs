//! Somebody who brings any case to its end as the rules have it, without the person's giving anything up: what the property "every life can end" tries.
//!
//! Not here: any assertion on what is right (`oracle.rs`). Invariants: it never withdraws, opts out, cancels, forgoes or declines another time for the person; it says of
//! nobody's feelings what they have not said; it only does what is permitted, step by step.

use casework::case::{
    Answer, Asked, Before, Carrier, Channel, Command, Consent, Ending, Need, Outcome, Party, Phase, RefusalGround,
    Slot, Who,
};
use casework::custody::Verdict;
use casework::{Digest, ThingId};
use rules::Side;

use crate::support::{BOOK, account};
use crate::world::{DAY, HOUR, Matter, agree, by_office, commands, copies, handed, words};

const STEPS: usize = 60;

/// Brings it to its end, or says where it stands.
pub(crate) fn settle(matter: &mut Matter) -> Result<(), String> {
    for _ in 0..STEPS {
        match matter.case.phase() {
            Phase::Closed => return Ok(()),
            Phase::Absent => return Err("there is no case".to_owned()),
            Phase::Planned => planned(matter),
            Phase::Begun => begun(matter),
            Phase::Ended => ended(matter),
        }
    }
    Err(format!("{} with {:?}", matter.case.phase(), matter.case.todo(&BOOK, matter.now)))
}

/// The first of these that may be.
fn any(matter: &mut Matter, all: &[(&str, Command)]) -> bool {
    all.iter().any(|(by, command)| matter.act(by, command).is_ok())
}

/// By whoever of the two may.
fn by_staff(matter: &mut Matter, command: &Command) -> bool {
    any(matter, &[("lea", command.clone()), ("dan", command.clone())])
}

fn later(matter: &Matter) -> Slot {
    // Whoever would rather not be recorded is not asked to hold it.
    let uneasy = |who: &str| matter.case.appointment().unwrap().content.get(&account(who)) == Some(&false);
    let mut slot = matter.later(&office(matter));
    if slot.starts_micros == matter.case.appointment().unwrap().slot.starts_micros {
        slot.starts_micros += DAY;
        slot.ends_micros += DAY;
    }
    Slot { staff: account(if uneasy("dan") { "lea" } else { "dan" }), ..slot }
}

fn office(matter: &Matter) -> String {
    matter.case.appointment().unwrap().slot.office.to_string()
}

fn confirm(matter: &mut Matter) -> bool {
    let Some(of) = matter.case.noted().first().map(|one| one.number) else { return false };
    any(matter, &[("person", Command::Confirm { of, words: words() })])
}

fn decide(matter: &mut Matter) {
    let request = matter.request();
    if by_staff(matter, &Command::Accept { request }) {
        return;
    }
    if matches!(
        matter.case.adjustment(),
        casework::case::Adjustment::Claimed | casework::case::Adjustment::WithAdviser { .. }
    ) {
        let granted = matter.case.number().is_multiple_of(2);
        matter.ok("ada", &Command::DecideAdjustment { granted, words: words() });
        return;
    }
    refuse(matter, request);
}

fn refuse(matter: &mut Matter, request: u64) {
    // Two people: whoever holds it, and the team leader.
    if matter.holder() != "dan" && matter.case.phase() != Phase::Ended {
        by_staff(matter, &Command::Swap { to: account("dan"), words: words() });
    }
    for ground in RefusalGround::ALL {
        let propose = Command::ProposeRefusal { request, ground: *ground, words: words() };
        if matter.act("dan", &propose).is_ok() {
            let approve = Command::ApproveRefusal { request, ground: *ground };
            by_staff(matter, &approve);
            return;
        }
    }
}

fn planned(matter: &mut Matter) {
    if confirm(matter) {
        return;
    }
    let jurisdiction = matter.case.plan().unwrap().jurisdiction;
    let day = |micros: i64| BOOK.day_of(rules::Timestamp::from_microsecond(micros).unwrap(), jurisdiction).unwrap();
    let slot = matter.case.appointment().unwrap().slot.clone();
    let needs = matter.before(Before::Start);
    if matter.now > slot.ends_micros || day(matter.now) > day(slot.starts_micros) {
        // Its time went by: another, and what was asked for stands.
        let (slot, cause) = (later(matter), casework::case::Cause::Office);
        matter.ok("lea", &Command::Move { slot, cause, words: words() });
        return;
    }
    if needs.contains(&Need::OtherStaff) {
        let other = if matter.holder() == "dan" { "lea" } else { "dan" };
        let uneasy = matter.case.appointment().unwrap().content.get(&account(other)) == Some(&false);
        if uneasy {
            let (slot, cause) = (later(matter), casework::case::Cause::Staff);
            matter.ok("lea", &Command::Move { slot, cause, words: words() });
        } else {
            let gone = matter.case.present().iter().find(|one| one.account.is_some()).map(|one| one.number);
            matter.ok("lea", &Command::Swap { to: account(other), words: words() });
            if let Some(present) = gone {
                by_staff(matter, &Command::Depart { present });
            }
        }
        return;
    }
    if matter.now < slot.starts_micros {
        // As far as it can be prepared.
        let early = |need: &Need| !matches!(need, Need::Look(_) | Need::Agreement | Need::AgreementOf(_));
        match needs.into_iter().find(early) {
            Some(need) => answer(matter, need),
            None => matter.now = slot.starts_micros,
        }
        return;
    }
    if let Some(need) = needs.first() {
        answer(matter, *need);
        return;
    }
    come_in(matter);
    let start = |recorded| Command::Start { recorded };
    if !by_staff(matter, &start(true)) {
        by_staff(matter, &start(false));
    }
}

fn come_in(matter: &mut Matter) {
    let holder = matter.holder();
    for party in [Party::Person, Party::Professional] {
        let account = (party == Party::Professional).then(|| account(&holder));
        by_staff(matter, &Command::Enter { party, account, words: words() });
    }
}

fn answer(matter: &mut Matter, need: Need) {
    let request = matter.request();
    let command = match need {
        Need::DecideRequest => return decide(matter),
        Need::SecondLook => {
            let Some(Asked::RefusalProposed { ground, .. }) = matter.case.request().map(|one| one.asked.clone()) else {
                unreachable!()
            };
            if !by_staff(matter, &Command::ApproveRefusal { request, ground }) {
                decide(matter);
            }
            return;
        }
        Need::AgreementRefused => {
            // It is the person's word: what they asked for is refused for it, or they said since that they want it.
            if matter.case.request().is_some_and(|request| request.is_owed()) {
                return refuse(matter, request);
            }
            agree(Who::Person, Consent::Signed)
        }
        Need::OfferAnother => {
            let (slot, cause) = (later(matter), casework::case::Cause::SameDay);
            by_staff(matter, &Command::Offer { slot, cause });
            let offer = matter.case.appointment().unwrap().offered().map_or(0, |offer| offer.number);
            let answer = Command::AnswerOffer { offer, accepted: false, channel: Channel::Online, words: words() };
            matter.ok("person", &answer);
            assert_eq!(matter.case.appointment().unwrap().offers.last().unwrap().answer, Some(Answer::Declined));
            return;
        }
        Need::AskPerson => {
            matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
            return;
        }
        Need::AskStaff => {
            let there: Vec<String> =
                matter.case.present().iter().filter_map(|one| one.account.as_ref()).map(ToString::to_string).collect();
            for who in there.iter().chain([&matter.holder()]) {
                let silent = !matter.case.appointment().unwrap().content.contains_key(&account(who));
                if silent {
                    let _ = matter.act(who, &Command::SayContent { content: true, words: words() });
                }
            }
            return;
        }
        Need::RefusedBy(present) => {
            let party = matter.case.present().iter().find(|one| one.number == present).unwrap().party;
            by_staff(matter, &Command::Depart { present });
            if party == Party::Professional {
                let other = if matter.holder() == "dan" { "lea" } else { "dan" };
                by_staff(matter, &Command::Swap { to: account(other), words: words() });
            }
            return;
        }
        Need::AgreementOf(present) => agree(Who::Present(present), Consent::Signed),
        Need::Agreement => agree(Who::Person, Consent::Signed),
        Need::SpokenAgreement => agree(Who::Person, Consent::Spoken),
        Need::Look(check) => Command::Look { check, good: true, devices: Vec::new(), words: words() },
        Need::Tell(about) => Command::Tell { about, channel: Channel::InPerson, words: words() },
        Need::GoOn => {
            let goes_on = matter.case.number().is_multiple_of(2);
            let channel = Channel::InPerson;
            matter.ok("person", &Command::GoOn { goes_on, channel, words: words() });
            return;
        }
        other => commands(other.deed()),
    };
    by_staff(matter, &command);
}

fn begun(matter: &mut Matter) {
    if confirm(matter) {
        return;
    }
    come_in(matter);
    if let Some(need) = matter.before(Before::End).first().copied() {
        return answer(matter, need);
    }
    matter.now += HOUR / 4;
    let end = |ending| Command::End { ending, ended_micros: None, words: words() };
    if !by_staff(matter, &end(Ending::Finished)) {
        by_staff(matter, &end(Ending::OfficeEnded));
    }
}

fn ended(matter: &mut Matter) {
    if confirm(matter) {
        return;
    }
    let needs = matter.before(Before::Close);
    if let Some(need) = needs.iter().find(|need| **need != Need::Continue) {
        return copy(matter, *need);
    }
    for outcome in Outcome::ALL {
        let (slot, cause) = (later(matter), casework::case::Cause::Equipment);
        let command = match needs.is_empty() {
            true => Command::Close { outcome: *outcome, words: words() },
            false => Command::Continue { outcome: *outcome, slot, cause, words: words() },
        };
        if by_staff(matter, &command) {
            return;
        }
    }
}

fn copy(matter: &mut Matter, need: Need) {
    let one = |number: u32| matter.case.recordings().iter().find(|one| one.number == number).cloned();
    let (number, command) = match need {
        Need::MakeCopies(recording) => {
            let media = matter.case.ruling(&BOOK).is_ok_and(|ruling| ruling.media().is_ok());
            let old = one(recording).and_then(|one| one.copies).unwrap_or_default();
            let mut copies = copies(if media { Carrier::Cd } else { Carrier::File });
            copies.retain(|copy| !old.handed_over.contains_key(&copy.side));
            let id = old.id.or(Some(Digest([4; 32])));
            (recording, Command::MakeCopies { recording, id, copies, compared: true })
        }
        Need::CheckCopy(recording, side) => {
            (recording, Command::CheckCopy { recording, side, verdict: Verdict::Complete })
        }
        Need::HandOver(recording, Side::Person) => {
            matter.ok("person", &handed(recording, Side::Person));
            return;
        }
        Need::HandOver(recording, side) => (recording, handed(recording, side)),
        Need::Keep(recording) => (recording, Command::Keep { recording, thing: ThingId([8; 16]) }),
        other => panic!("{other:?} is no copy's"),
    };
    if !by_staff(matter, &command) {
        for by in ["dan", "lea"] {
            let _ = matter.act(by, &Command::GiveUp { recording: number, words: words() });
        }
    }
}

//! What must hold of a case's events, read as a stranger would read them: the events in order and the rules of the day, and nothing of the code that decided.
//!
//! Not here: any call of `Case`, `decide` or `todo`.
//! Invariants: whatever it knows, it has from an event that it has read; it says which event is wrong, and why.

use std::collections::{BTreeMap, BTreeSet};

use casework::Account;
use casework::case::{Answer, Asking, By, Check, Consent, Event, Outcome, Party, RefusalGround, Slot, Stop, What, Who};
use casework::custody::Verdict;
use rules::{Agreement, Copies, Jurisdiction, Letter, Meeting, Notice, Occasion, RecordingRuling, Room, Side};

use crate::support::{BOOK, OFFICE};
use crate::world::HOUR;

/// What became of a request, by its events.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
enum Fate {
    #[default]
    Open,
    Accepted,
    Refused,
    Over,
}

/// One recording, by its events.
#[derive(Default, Clone)]
struct Sound {
    side: Option<Side>,
    of_now: bool,
    from_start: bool,
    runs: bool,
    paused: bool,
    stopped: Option<Stop>,
    aloud: bool,
    made: BTreeSet<Side>,
    good: BTreeSet<Side>,
    has: BTreeSet<Side>,
    unwanted: bool,
    kept: bool,
    lost: bool,
    lost_by: Option<Account>,
}

/// Everything that is of one appointment only.
#[derive(Default, Clone)]
struct Time {
    slot: Option<Slot>,
    private_room: bool,
    looks: BTreeMap<Check, (bool, i64)>,
    content: BTreeMap<Account, bool>,
    agreed: Option<Option<Consent>>,
    present: BTreeMap<u32, (Party, Option<Account>, Option<bool>)>,
    person_came: bool,
    begun: bool,
    offers: Vec<(u64, Option<Answer>)>,
    declined: bool,
}

/// A reader of a case's events.
#[derive(Default, Clone)]
pub(crate) struct Oracle {
    kind: Option<(Meeting, Jurisdiction)>,
    time: Time,
    appointments: u64,
    outcomes: u64,
    requests: BTreeMap<u64, (Asking, i64, Fate)>,
    newest: u64,
    opted_out: bool,
    explained: bool,
    adjustment: bool,
    letters: BTreeSet<Letter>,
    sounds: Vec<Sound>,
    /// What staff said for the person and nobody has confirmed.
    hearsay: BTreeMap<u64, Undo>,
    /// Where the newest request stood before the last word on it.
    before: Fate,
    agreed_before: Option<Option<Consent>>,
}

/// How it was before staff said something for the person.
#[derive(Clone, Debug)]
enum Undo {
    Opt(bool),
    Withdrawn(Fate),
    Changed(u64, Fate),
    Answer,
    Agreed(Option<Option<Consent>>),
    Cancelled,
    Declined,
    Unwanted(u32),
    Forgone,
    WentOn,
}

impl Oracle {
    fn ruling(&self) -> Option<RecordingRuling> {
        let (meeting, jurisdiction) = self.kind?;
        BOOK.recording(self.day(self.time.slot.as_ref()?.starts_micros), meeting, jurisdiction).ok()
    }

    fn day(&self, micros: i64) -> rules::Date {
        let instant = rules::Timestamp::from_microsecond(micros).unwrap();
        BOOK.day_of(instant, self.kind.unwrap().1).unwrap()
    }

    fn by_default(&self) -> bool {
        let says = |ruling: RecordingRuling| {
            ruling.office_records().is_ok_and(|records| records.says.contains(&Occasion::UnlessOptedOut))
        };
        self.ruling().is_some_and(says) && !self.opted_out
    }

    fn owed(&self) -> Option<(&Asking, Fate)> {
        let (asking, _, fate) = self.requests.get(&self.newest)?;
        matches!(fate, Fate::Open | Fate::Accepted).then_some((asking, *fate))
    }

    /// Reads the next event.
    pub(crate) fn see(&mut self, event: &Event) {
        let at = format!("event {} ({:?})", event.number, event.what);
        match &event.what {
            What::Planned { .. } | What::Moved { .. } | What::Continued { .. } => self.appointment(event, &at),
            What::Asked { .. }
            | What::Accepted { .. }
            | What::Refused { .. }
            | What::RequestReopened { .. }
            | What::Withdrawn { .. } => self.asking(event, &at),
            What::Started { .. } | What::RecordingStarted { .. } => self.begins(event, &at),
            What::CopiesMade { .. }
            | What::CopyChecked { .. }
            | What::HandedOver { .. }
            | What::CopyRefused { .. }
            | What::Kept { .. }
            | What::GiveUpProposed { .. }
            | What::GivenUp { .. } => self.copies(event, &at),
            What::Closed { outcome, .. } => self.closes(*outcome, event, &at),
            What::Cancelled { .. } => self.outcomes += 1,
            What::Reopened { .. } => self.outcomes -= 1,
            _ => self.room(event, &at),
        }
        self.heard(event);
        assert!(self.appointments == self.outcomes || self.appointments == self.outcomes + 1, "{at}: outcomes");
    }

    /// What staff said for the person, how it would be undone, and what makes it void.
    fn heard(&mut self, event: &Event) {
        match &event.what {
            What::Confirmed { of } => drop(self.hearsay.remove(of)),
            What::Disowned { of } => {
                let undo = self.hearsay.remove(of).expect("only what was noted is disowned");
                self.undo(undo, *of);
            }
            What::OptedIn { .. } | What::OptedOut { .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Opt(_)));
            }
            What::Asked { .. } => self.hearsay.retain(|_, undo| !matches!(undo, Undo::Withdrawn(_))),
            What::Agreed { who: Who::Person, .. } | What::Moved { .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Agreed(_)));
            }
            What::AnotherAsked { .. } | What::AnotherDeclined { .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Declined));
            }
            What::WentOn { .. } | What::StartUndone | What::RecordingStarted { .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::WentOn));
            }
            What::HandedOver { recording, side: Side::Person, .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Unwanted(other) if other == recording));
            }
            What::Reopened { .. } => self.hearsay.retain(|_, undo| !matches!(undo, Undo::Cancelled)),
            _ => {}
        }
        let before = self.before;
        let undo = match &event.what {
            What::OptedOut { .. } | What::OptedIn { .. } => Undo::Opt(!self.opted_out),
            What::Withdrawn { .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Changed(..)));
                Undo::Withdrawn(before)
            }
            What::Asked { changes: Some(old), .. } => {
                self.hearsay.retain(|_, undo| !matches!(undo, Undo::Changed(..)));
                Undo::Changed(*old, before)
            }
            What::OfferAnswered { answer: Answer::Accepted | Answer::Declined, .. } => Undo::Answer,
            What::AgreementRefused { who: Who::Person } => Undo::Agreed(self.agreed_before),
            What::Cancelled { .. } => Undo::Cancelled,
            What::AnotherDeclined { .. } => Undo::Declined,
            What::CopyRefused { recording, .. } => Undo::Unwanted(*recording),
            What::Forgone { .. } => Undo::Forgone,
            What::WentOn { .. } => Undo::WentOn,
            _ => return,
        };
        if matches!(event.by, By::Staff(_)) {
            self.hearsay.insert(event.number, undo);
        }
    }

    fn undo(&mut self, undo: Undo, of: u64) {
        match undo {
            Undo::Opt(before) => self.opted_out = before,
            Undo::Withdrawn(before) => self.fate(self.newest, before),
            Undo::Changed(old, before) => {
                self.fate(of, Fate::Over);
                self.newest = old;
                self.fate(old, before);
            }
            Undo::Answer | Undo::Declined => self.time.declined = false,
            Undo::Unwanted(number) => self.sounds[number as usize - 1].unwanted = false,
            Undo::Forgone | Undo::WentOn => {}
            Undo::Agreed(before) => self.time.agreed = before,
            Undo::Cancelled => self.outcomes -= 1,
        }
    }

    fn appointment(&mut self, event: &Event, at: &str) {
        if let What::Planned { meeting, jurisdiction, adjustment_from, follows, .. } = &event.what {
            self.kind = Some((*meeting, *jurisdiction));
            self.adjustment = adjustment_from.is_some();
            assert!(follows.is_none(), "no life here follows another");
        }
        let slot = match &event.what {
            What::Planned { slot, .. } | What::Moved { slot, .. } => slot,
            What::Continued { slot, outcome, .. } => {
                self.outcome_is_so(*outcome, event, at);
                slot
            }
            _ => unreachable!(),
        };
        if self.appointments > 0 {
            self.outcomes += 1;
        }
        self.appointments += 1;
        self.time = Time { slot: Some(slot.clone()), ..Time::default() };
        self.sounds.iter_mut().for_each(|one| one.of_now = false);
    }

    fn asking(&mut self, event: &Event, at: &str) {
        match &event.what {
            What::Asked { asking, since_micros, changes } => {
                if let Some((_, since, fate)) = changes.and_then(|old| self.requests.get_mut(&old)) {
                    self.before = std::mem::replace(fate, Fate::Over);
                    assert!(since_micros <= since, "{at}: the notice that was given is lost");
                }
                self.requests.insert(event.number, (asking.clone(), *since_micros, Fate::Open));
                self.newest = event.number;
                self.time.looks.retain(|check, _| !matches!(check, Check::Device | Check::Medium));
            }
            What::Accepted { request, .. } => self.fate(*request, Fate::Accepted),
            What::RequestReopened { request } => self.fate(*request, Fate::Open),
            What::Withdrawn { request, .. } => self.fate(*request, Fate::Over),
            What::Refused { request, ground, proposed_by, .. } => {
                let By::Staff(by) = &event.by else { panic!("{at}: nobody refused it") };
                let who = |account: &Account| OFFICE.staff.who(account).unwrap().person.clone();
                assert_ne!(who(by), who(proposed_by), "{at}: one person");
                let may = matches!(ground, RefusalGround::Barred | RefusalGround::AgreementRefused);
                assert!(!self.adjustment || may, "{at}: it is an adjustment");
                let (asking, since, _) = self.requests[request].clone();
                let starts = self.time.slot.as_ref().unwrap().starts_micros;
                let ruling = self.ruling();
                if *ground == RefusalGround::SameDay {
                    assert!(self.day(since) >= self.day(starts), "{at}: it was asked for before");
                    let notice = ruling.as_ref().unwrap().notice().unwrap().says.to_vec();
                    assert!(notice.contains(&Notice::OnTheDayMayBeRefused), "{at}");
                }
                if *ground == RefusalGround::OfficeDoesNot {
                    let records = ruling.as_ref().unwrap().office_records().unwrap().says.to_vec();
                    assert!(records.contains(&Occasion::Never) && asking.device_of == Side::Office, "{at}");
                }
                if *ground == RefusalGround::AgreementRefused {
                    assert_eq!(self.time.agreed, Some(None), "{at}: nobody refused to agree");
                }
                self.fate(*request, Fate::Refused);
            }
            _ => unreachable!(),
        }
    }

    fn fate(&mut self, request: u64, fate: Fate) {
        assert_eq!(request, self.newest, "it is said of the request that stands");
        let now = &mut self.requests.get_mut(&request).unwrap().2;
        self.before = std::mem::replace(now, fate);
    }

    fn begins(&mut self, event: &Event, at: &str) {
        let (sides, first) = match &event.what {
            What::Started { recorded_by, .. } => (recorded_by.clone(), true),
            What::RecordingStarted { recorded_by, .. } => (recorded_by.clone(), false),
            _ => unreachable!(),
        };
        let slot = self.time.slot.clone().unwrap();
        let is_there = |party: Party| self.time.present.values().any(|one| one.0 == party);
        let holder = self.time.present.values().any(|one| one.1.as_ref() == Some(&slot.staff));
        if first {
            assert_eq!(self.day(event.at_micros), self.day(slot.starts_micros), "{at}: another day's rules");
            assert!(is_there(Party::Person) && holder, "{at}: not both are there");
            assert!(self.hearsay.is_empty(), "{at}: one clerk's word: {:?}", self.hearsay);
            self.time.begun = true;
        }
        let mut owed: BTreeSet<Side> = self.by_default().then_some(Side::Office).into_iter().collect();
        if let Some((asking, fate)) = self.owed() {
            assert_eq!(fate, Fate::Accepted, "{at}: the request waits");
            owed.insert(asking.device_of);
        }
        let running: BTreeSet<Side> = self.sounds.iter().filter(|one| one.runs).filter_map(|one| one.side).collect();
        let found: BTreeSet<Side> = sides.iter().copied().chain(running).collect();
        assert_eq!(found, owed, "{at}: who records is not who is to");
        if !sides.is_empty() {
            self.is_ready(&sides, event, at);
        }
        for side in sides {
            let (of_now, from_start, runs) = (true, first, true);
            self.sounds.push(Sound { side: Some(side), of_now, from_start, runs, ..Sound::default() });
        }
    }

    fn is_ready(&self, sides: &[Side], event: &Event, at: &str) {
        let Some(ruling) = self.ruling() else {
            assert!(self.adjustment, "{at}: no rule");
            return;
        };
        let slot = self.time.slot.as_ref().unwrap();
        let seen = |check: Check| {
            self.time.looks.get(&check).is_some_and(|(good, when)| {
                *good && event.at_micros - when <= 2 * HOUR && self.day(*when) == self.day(slot.starts_micros)
            })
        };
        let (meeting, _) = self.kind.unwrap();
        let in_a_room = matches!(meeting, Meeting::Interview | Meeting::FaceToFaceConsultation);
        if ruling.room().is_ok_and(|room| room.says.contains(&Room::Private)) {
            assert!(self.time.private_room, "{at}: no private room");
            assert!(seen(Check::PrivateRoom) && seen(Check::NobodyElseHeard), "{at}: nobody looked at the room");
        }
        if sides.contains(&Side::Person) && in_a_room {
            assert!(seen(Check::Device), "{at}: nobody looked at the device");
        }
        if sides.contains(&Side::Office) {
            assert!(seen(Check::Recorder), "{at}: nobody looked at the recorder");
        }
        let agreement = ruling.agreement().map(|rule| rule.says.to_vec()).unwrap_or_default();
        if ruling.decides_unease().is_ok() || agreement.contains(&Agreement::ProfessionalContent) {
            let staff = self.time.present.values().filter_map(|one| one.1.as_ref()).chain([&slot.staff]);
            for account in staff {
                assert_eq!(self.time.content.get(account), Some(&true), "{at}: {account} is not content");
            }
        }
        let before = ruling.letters_before().map(|letters| letters.says.to_vec()).unwrap_or_default();
        assert!(before.iter().all(|letter| self.letters.contains(letter)), "{at}: a letter is missing");
        if sides.contains(&Side::Office) && self.by_default() {
            assert!(self.explained, "{at}: nobody explained how to say no");
        }
        for (party, account, agreed) in self.time.present.values().filter(|one| one.0 != Party::Person) {
            assert!(account.is_some() || *agreed != Some(false), "{at}: {party} does not agree");
            let unsigned = agreement.contains(&Agreement::Signed) && account.is_none() && agreed.is_none();
            assert!(!unsigned, "{at}: {party} has not signed");
        }
        if agreement.contains(&Agreement::Signed) {
            assert_eq!(self.time.agreed, Some(Some(Consent::Signed)), "{at}: the person has not signed");
        }
        assert!(!sides.contains(&Side::Office) || self.time.agreed != Some(None), "{at}: the person refused");
    }

    fn room(&mut self, event: &Event, at: &str) {
        let time = &mut self.time;
        match &event.what {
            What::RoomAssigned { is_private, .. } => {
                time.private_room = *is_private;
                time.looks.clear();
            }
            What::RoomLost { .. } => {
                time.private_room = false;
                time.looks.clear();
            }
            What::Checked { check, good, .. } => {
                time.looks.insert(*check, (*good, event.at_micros));
            }
            What::ContentSaid { content } => {
                let By::Staff(by) = &event.by else { panic!("{at}: somebody else says it") };
                time.content.insert(by.clone(), *content);
            }
            What::Swapped { to, .. } => {
                time.slot.as_mut().unwrap().staff = to.clone();
                time.present.retain(|_, one| one.0 != Party::Professional);
            }
            What::Offered { .. } => time.offers.push((event.number, None)),
            What::OfferAnswered { offer, answer, .. } => {
                let newest = time.offers.last_mut().unwrap();
                assert_eq!((newest.0, newest.1), (*offer, None), "{at}: another offer than they saw");
                newest.1 = Some(*answer);
                time.declined = *answer == Answer::Declined;
            }
            What::AnotherDeclined { .. } => time.declined = true,
            What::AnotherAsked { .. } => time.declined = false,
            What::Entered { present, party, account } => {
                time.present.insert(*present, (*party, account.clone(), None));
                time.person_came |= *party == Party::Person;
            }
            What::Left { present } => drop(time.present.remove(present)),
            What::Agreed { who: Who::Person, consent, .. } => {
                time.agreed = Some(Some(*consent));
                let aloud = *consent == Consent::Spoken;
                self.sounds.iter_mut().filter(|one| one.runs).for_each(|one| one.aloud |= aloud);
            }
            What::AgreementRefused { who: Who::Person } => {
                self.agreed_before = time.agreed;
                time.agreed = Some(None);
            }
            What::Agreed { who: Who::Present(number), .. } => time.present.get_mut(number).unwrap().2 = Some(true),
            What::AgreementRefused { who: Who::Present(number) } => {
                time.present.get_mut(number).unwrap().2 = Some(false);
            }
            _ => self.said(event, at),
        }
    }

    fn said(&mut self, event: &Event, at: &str) {
        let time = &mut self.time;
        match &event.what {
            What::OptOutExplained { .. } => self.explained = true,
            What::OptedOut { .. } => self.opted_out = true,
            What::OptedIn { .. } => {
                self.opted_out = false;
                if time.agreed == Some(None) {
                    time.agreed = None;
                }
            }
            What::AdjustmentDecided { granted } => self.adjustment = *granted,
            What::AdjustmentCarried { .. } => self.adjustment = true,
            What::FormatChosen => self.letters.clear(),
            What::LetterIssued { letter, .. } => {
                self.letters.insert(*letter);
            }
            What::Paused { .. } => self.sounds.iter_mut().for_each(|one| one.paused = one.runs),
            What::Resumed => self.goes_on(at),
            What::Stopped { recordings, stop } => self.stops(recordings, *stop, at),
            What::Ended { unheard, .. } => self.ends(*unheard, at),
            What::StartUndone => {
                self.time.begun = false;
                self.sounds.iter_mut().for_each(|one| one.runs = false);
            }
            _ => {}
        }
    }

    fn goes_on(&mut self, at: &str) {
        assert!(self.time.present.values().any(|one| one.0 == Party::Person), "{at}: the person is out");
        let refuses = self.time.present.values().any(|one| one.2 == Some(false) && one.1.is_none());
        assert!(!refuses, "{at}: somebody in the room does not agree");
        self.sounds.iter_mut().for_each(|one| one.paused = false);
    }

    fn stops(&mut self, recordings: &[u32], stop: Stop, at: &str) {
        for number in recordings {
            let one = &mut self.sounds[*number as usize - 1];
            assert!(one.runs || stop == Stop::Mistaken, "{at}: it had ended");
            one.runs = false;
            one.stopped = Some(stop);
        }
        if matches!(stop, Stop::EquipmentFailed | Stop::NoMedium) {
            self.time.looks.retain(|check, _| matches!(check, Check::PrivateRoom | Check::NobodyElseHeard));
        }
    }

    fn ends(&mut self, unheard: bool, at: &str) {
        self.time.present.clear();
        let spoken = self.ruling().is_some_and(|ruling| {
            ruling.agreement().is_ok_and(|rule| rule.says.contains(&Agreement::SpokenOnRecording))
        });
        let ours = |one: &&Sound| one.of_now && one.stopped != Some(Stop::Mistaken);
        let silent = spoken && self.sounds.iter().filter(ours).any(|one| !one.aloud);
        assert_eq!(unheard, silent, "{at}: whether agreement was heard");
        self.sounds.iter_mut().for_each(|one| one.runs = false);
    }

    fn copies(&mut self, event: &Event, at: &str) {
        let number = match &event.what {
            What::CopiesMade { recording, .. }
            | What::CopyChecked { recording, .. }
            | What::HandedOver { recording, .. }
            | What::CopyRefused { recording, .. }
            | What::Kept { recording, .. }
            | What::GiveUpProposed { recording }
            | What::GivenUp { recording, .. } => *recording,
            _ => unreachable!(),
        };
        let one = &mut self.sounds[number as usize - 1];
        assert!(!one.runs && !one.lost, "{at}: it runs, or is given up");
        match &event.what {
            What::CopiesMade { copies, .. } => {
                for copy in copies {
                    assert!(!one.has.contains(&copy.side), "{at}: who has theirs keeps it");
                    one.made.insert(copy.side);
                }
                one.good = one.good.intersection(&one.has).copied().collect();
            }
            What::CopyChecked { side, verdict, .. } => {
                assert!(*side == Side::Person || event.by != By::Person, "{at}: not theirs to say");
                one.good.remove(side);
                if !matches!(verdict, Verdict::NotIntact | Verdict::CannotSay) {
                    one.good.insert(*side);
                }
            }
            What::HandedOver { side, receipt, .. } => {
                assert!(one.good.contains(side), "{at}: nobody looked at it");
                let theirs = match side {
                    Side::Person => event.by == By::Person || receipt.is_some(),
                    _ => matches!(event.by, By::Staff(_)),
                };
                assert!(theirs, "{at}: not theirs to say");
                one.has.insert(*side);
                one.unwanted &= *side != Side::Person;
            }
            What::CopyRefused { .. } => one.unwanted = true,
            What::Kept { .. } => one.kept = true,
            What::GiveUpProposed { .. } => {
                let By::Staff(by) = &event.by else { panic!("{at}") };
                one.lost_by = Some(by.clone());
            }
            What::GivenUp { .. } => {
                let By::Staff(by) = &event.by else { panic!("{at}") };
                assert_ne!(one.lost_by.as_ref(), Some(by), "{at}: one person gives it up");
                one.lost = true;
            }
            _ => unreachable!(),
        }
    }

    fn closes(&mut self, outcome: Outcome, event: &Event, at: &str) {
        self.outcomes += 1;
        self.outcome_is_so(outcome, event, at);
    }

    fn outcome_is_so(&self, outcome: Outcome, event: &Event, at: &str) {
        let slot = self.time.slot.as_ref().unwrap();
        let rule = self.ruling().and_then(|ruling| ruling.copies().map(|copies| copies.says.to_vec()).ok());
        let asked = rule.is_some_and(|says| !says.contains(&Copies::NoSecondAsked));
        for one in self.sounds.iter().filter(|one| !one.lost && (one.side == Some(Side::Office) || asked)) {
            let person = one.has.contains(&Side::Person) || one.unwanted;
            assert!(person && one.has.contains(&Side::Office) && one.kept, "{at}: copies are missing");
        }
        let mut ours = self.sounds.iter().filter(|one| one.of_now && one.stopped != Some(Stop::Mistaken));
        let whole = ours.clone().any(|one| one.from_start && one.stopped.is_none() && !one.lost);
        let some = ours.any(|one| !one.lost || !one.has.is_empty());
        match outcome {
            Outcome::Recorded => assert!(self.time.begun && whole, "{at}"),
            Outcome::RecordedInPart => assert!(self.time.begun && some && !whole, "{at}"),
            Outcome::NotRecorded => assert!(!some, "{at}"),
            Outcome::NotAttended | Outcome::NotReached => {
                assert!(!self.time.begun && !self.time.person_came, "{at}: they were there");
                assert!(event.at_micros >= slot.ends_micros, "{at}: its time is not over");
            }
            Outcome::CancelledByOffice => {
                assert!(!self.time.begun, "{at}");
                assert!(self.owed().is_none() || self.time.declined, "{at}: a request is lost");
            }
            Outcome::CancelledByPerson | Outcome::Moved => panic!("{at}: not so"),
        }
    }
}

//! A case for tests, with its people, its events and every command as it would be given.
//!
//! Not here: any test.
//! Invariant: what is decided is applied from its stored bytes, so that nothing is tested that is not stored.

use casework::case::{
    Actor, Asked, Asking, Attempt, Before, By, Carrier, Case, Cause, Channel, Check, Command, Consent, Deed, Dispatch,
    Ending, Event, Format, Ground, Incident, Language, Need, Outcome, Party, Pause, Refusal, RefusalGround, Reply,
    SidesCopy, Slot, Stop, What, Who, Withdrawal, decide,
};
use casework::custody::{Verdict, Words};
use casework::{CaseId, Digest, Moment, Role, ThingId};
use rules::{Device, Doing, Jurisdiction, Meeting, Side};

use crate::support::{BOOK, OFFICE, Office, SECOND, account, agreed, name};

pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment by its text, "2026-07-10 09:30" in Greenwich.
pub(crate) fn at(text: &str) -> i64 {
    let (day, time) = text.split_once(' ').unwrap();
    format!("{day}T{time}:00Z").parse::<rules::Timestamp>().unwrap().as_microsecond()
}

pub(crate) fn words() -> Words {
    Words {
        name: Some("Jo Example".to_owned()),
        reason: Some("for a reason".to_owned()),
        salt: Some("00".repeat(32)),
        ..Words::default()
    }
}

pub(crate) fn slot(office: &str, text: &str) -> Slot {
    let starts_micros = at(text);
    Slot { office: name(office), starts_micros, ends_micros: starts_micros + HOUR, staff: account("dan") }
}

/// With the office's recorder, in the person's own pages.
pub(crate) fn by_office() -> Asking {
    Asking {
        channel: Channel::Online,
        device_of: Side::Office,
        devices: Vec::new(),
        doing: Doing::RecordSound,
        adjustment: false,
    }
}

pub(crate) fn by_device(device: Device) -> Asking {
    Asking { channel: Channel::Telephone, device_of: Side::Person, devices: vec![device], ..by_office() }
}

pub(crate) fn copies(carrier: Carrier) -> Vec<SidesCopy> {
    let copy = |side| SidesCopy { side, carrier, digest: Some(Digest([5; 32])) };
    vec![copy(Side::Person), copy(Side::Office)]
}

/// A case and what made it so.
#[derive(Clone)]
pub(crate) struct Matter {
    pub(crate) office: Office,
    pub(crate) case: Case,
    pub(crate) events: Vec<Event>,
    /// What the clock says.
    pub(crate) now: i64,
}

impl Matter {
    /// One that nobody has planned yet, at that moment.
    pub(crate) fn new(now: &str) -> Self {
        Self { office: OFFICE.clone(), case: Case::absent(CaseId([3; 16])), events: Vec::new(), now: at(now) }
    }

    /// A meeting of that kind, planned for that time.
    pub(crate) fn planned(meeting: Meeting, now: &str, starts: &str) -> Self {
        let mut matter = Self::new(now);
        matter.ok("dan", &plan(meeting, starts));
        matter
    }

    pub(crate) fn moment(&self) -> Moment {
        agreed(self.now)
    }

    /// Does something: `by` is an account, `person` or `program`.
    pub(crate) fn act(&mut self, by: &str, command: &Command) -> Result<Vec<Event>, Refusal> {
        let moment = self.moment();
        let account = account(by);
        let actor = match by {
            "person" => Actor::Person,
            "program" => Actor::Program,
            _ => Actor::Staff(&account),
        };
        let ground = Ground { book: &BOOK, moment: &moment, staff: &self.office.staff, actor };
        let events = decide(&self.case, command, &ground)?;
        for event in &events {
            let (clear, private) = event.split();
            let stored = Event::join(&clear, private.as_deref()).unwrap();
            assert_eq!(stored, *event);
            assert!(matches!((&event.by, by), (By::Person, "person") | (By::Program, "program") | (By::Staff(_), _)));
            self.case.apply(&stored).unwrap_or_else(|refusal| panic!("{:?}: {refusal}", stored.what));
            self.events.push(stored);
        }
        Ok(events)
    }

    /// The same where it may be.
    #[track_caller]
    pub(crate) fn ok(&mut self, by: &str, command: &Command) {
        if let Err(refusal) = self.act(by, command) {
            panic!("{by} {}: {refusal}", command.deed());
        }
    }

    /// The same where it may not; the refusal's name.
    pub(crate) fn no(&mut self, by: &str, command: &Command) -> String {
        let before = self.case.clone();
        let refusal = self.act(by, command).expect_err("it was refused");
        assert_eq!(self.case, before, "a refusal changes nothing");
        assert!(!refusal.what().is_empty() && !refusal.hint().is_empty() && !refusal.to_string().contains('\n'));
        word(&refusal)
    }

    /// Leaves an account one role.
    pub(crate) fn only(&mut self, who: &str, role: Role) {
        for other in Role::ALL {
            let has = self.office.staff.who(&account(who)).unwrap().has(other);
            match (has, other == role) {
                (true, false) => self.office.revoke(who, other),
                (false, true) => self.office.grant(who, other),
                _ => {}
            }
        }
    }

    /// What is to be done before something.
    pub(crate) fn before(&self, before: Before) -> Vec<Need> {
        let todo = self.case.todo(&BOOK, self.now);
        todo.into_iter().filter(|one| one.before == before).map(|one| one.need).collect()
    }

    /// What is to be done before it may begin.
    pub(crate) fn before_start(&self) -> Vec<Need> {
        self.before(Before::Start)
    }

    pub(crate) fn needs(&self) -> Vec<Need> {
        self.case.todo(&BOOK, self.now).into_iter().map(|one| one.need).collect()
    }

    /// The number of the request that stands, or of the one that comes next where there is none.
    pub(crate) fn request(&self) -> u64 {
        self.case.request().map_or(self.case.number() + 1, |request| request.number)
    }

    /// A command with the numbers that this case has for it.
    pub(crate) fn like(&self, deed: Deed) -> Command {
        let number = self.request();
        match commands(deed) {
            Command::Accept { .. } => Command::Accept { request: number },
            Command::ProposeRefusal { ground, words, .. } => Command::ProposeRefusal { request: number, ground, words },
            Command::ApproveRefusal { .. } => {
                let ground = match self.case.request().map(|request| &request.asked) {
                    Some(Asked::RefusalProposed { ground, .. }) => *ground,
                    _ => RefusalGround::OfficeDoesNot,
                };
                Command::ApproveRefusal { request: number, ground }
            }
            Command::Withdraw { why, channel, words, .. } => Command::Withdraw { request: number, why, channel, words },
            Command::ChangeRequest { asking, words, .. } => Command::ChangeRequest { request: number, asking, words },
            Command::AnswerOffer { accepted, channel, words, .. } => {
                let offer = self.case.appointment().and_then(|now| now.offers.last()).map_or(0, |offer| offer.number);
                Command::AnswerOffer { offer, accepted, channel, words }
            }
            Command::Confirm { words, .. } => {
                Command::Confirm { of: self.case.noted().first().map_or(0, |one| one.number), words }
            }
            Command::Disown { words, .. } => {
                Command::Disown { of: self.case.noted().first().map_or(0, |one| one.number), words }
            }
            Command::ReviewGlass { justified, words, .. } => {
                let waits = self.case.glasses().iter().find(|glass| glass.justified.is_none());
                Command::ReviewGlass { of: waits.map_or(0, |glass| glass.number), justified, words }
            }
            Command::Tell { channel, words, .. } => {
                let told = |number: &u64| self.needs().contains(&Need::Tell(*number));
                let about = (1..=self.case.number()).find(told).unwrap_or_default();
                Command::Tell { about, channel, words }
            }
            Command::Depart { .. } => {
                Command::Depart { present: self.case.present().last().map_or(9, |one| one.number) }
            }
            Command::Move { slot: _, cause, words } => Command::Move { slot: self.later("north"), cause, words },
            Command::Offer { slot: _, cause } => Command::Offer { slot: self.later("north"), cause },
            Command::Continue { outcome, slot: _, cause, words } => {
                Command::Continue { outcome, slot: self.later("north"), cause, words }
            }
            other => other,
        }
    }

    /// Half past nine a week from the day on which the clock stands.
    pub(crate) fn later(&self, office: &str) -> Slot {
        let noon = self.now.div_euclid(DAY) * DAY + 7 * DAY;
        let starts_micros = noon + 9 * HOUR + HOUR / 2;
        let staff = self.case.appointment().map_or_else(|| account("dan"), |now| now.slot.staff.clone());
        Slot { office: name(office), starts_micros, ends_micros: starts_micros + HOUR, staff }
    }

    /// Whoever holds it.
    pub(crate) fn holder(&self) -> String {
        self.case.appointment().map_or_else(|| "dan".to_owned(), |now| now.slot.staff.to_string())
    }

    /// Goes to the beginning of its time, if it is not past.
    pub(crate) fn on_time(&mut self) {
        self.now = self.now.max(self.case.appointment().unwrap().slot.starts_micros);
    }

    /// The two come in.
    pub(crate) fn both(&mut self) {
        let holder = self.holder();
        for party in [Party::Person, Party::Professional] {
            if !self.case.present().iter().any(|one| one.party == party) {
                let account = (party == Party::Professional).then(|| account(&holder));
                self.ok(&holder, &Command::Enter { party, account, words: words() });
            }
        }
    }

    /// What answers a need of recording, by whoever holds it.
    pub(crate) fn answer(&mut self, need: Need) {
        let holder = self.holder();
        let command = match need {
            Need::DecideRequest => self.like(Deed::Accept),
            Need::Look(check) => Command::Look { check, good: true, devices: Vec::new(), words: words() },
            Need::SpokenAgreement => agree(Who::Person, Consent::Spoken),
            Need::Tell(about) => Command::Tell { about, channel: Channel::InPerson, words: words() },
            other => commands(other.deed()),
        };
        self.ok(&holder, &command);
    }

    /// Everything that it takes to begin, done; the two are in the room.
    pub(crate) fn ready(mut self) -> Self {
        if self.before_start().contains(&Need::DecideRequest) {
            self.answer(Need::DecideRequest);
        }
        self.on_time();
        for need in self.before_start() {
            self.answer(need);
        }
        self.both();
        self
    }

    /// The same, begun.
    pub(crate) fn begun(self) -> Self {
        let mut matter = self.ready();
        let recorded =
            !matches!(matter.case.intent(matter.case.ruling(&BOOK).as_ref()), casework::case::Intent::NotRecorded);
        matter.ok("dan", &Command::Start { recorded });
        matter
    }

    /// The same, over; where it has to be said aloud, the person has agreed aloud.
    pub(crate) fn ended(self) -> Self {
        let mut matter = self.begun();
        matter.now += HOUR / 2;
        if matter.needs().contains(&Need::SpokenAgreement) {
            matter.answer(Need::SpokenAgreement);
        }
        matter.ok("dan", &commands(Deed::End));
        matter
    }

    /// Both copies of a recording in the right hands.
    pub(crate) fn hand_over(&mut self, recording: u32, carrier: Carrier) {
        let id = Some(Digest([4; 32]));
        self.ok("dan", &Command::MakeCopies { recording, id, copies: copies(carrier), compared: false });
        for side in [Side::Person, Side::Office] {
            self.ok("dan", &Command::CheckCopy { recording, side, verdict: Verdict::Complete });
        }
        self.ok("person", &handed(recording, Side::Person));
        self.ok("dan", &handed(recording, Side::Office));
        self.ok("program", &Command::Keep { recording, thing: ThingId([8; 16]) });
    }

    /// The same, with both copies of each recording in the right hands.
    pub(crate) fn handed_over(self) -> Self {
        let mut matter = self.ended();
        while let Some(Need::MakeCopies(number)) =
            matter.needs().into_iter().find(|need| matches!(need, Need::MakeCopies(_)))
        {
            let media = matter.case.ruling(&BOOK).is_ok_and(|ruling| ruling.media().is_ok());
            matter.hand_over(number, if media { Carrier::Cd } else { Carrier::File });
        }
        matter
    }

    /// How many appointments its events made: counted without the case.
    pub(crate) fn planned_count(&self) -> u64 {
        let makes =
            |event: &&Event| matches!(event.what, What::Planned { .. } | What::Moved { .. } | What::Continued { .. });
        self.events.iter().filter(makes).count() as u64
    }
}

pub(crate) fn handed(recording: u32, side: Side) -> Command {
    Command::HandOver { recording, side, receipt: None, words: words() }
}

pub(crate) fn agree(who: Who, consent: Consent) -> Command {
    Command::Agree { who, template: name("agreement-1"), digest: Digest([7; 32]), consent, words: words() }
}

/// A refusal's name.
pub(crate) fn word(refusal: &Refusal) -> String {
    let debug = match refusal {
        Refusal::Common(common) => format!("{common:?}"),
        own => format!("{own:?}"),
    };
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

pub(crate) fn plan(meeting: Meeting, starts: &str) -> Command {
    Command::Plan {
        reference: name("c-2026-0001"),
        meeting,
        jurisdiction: Jurisdiction::EnglandAndWales,
        business: name("jobcentre-plus"),
        slot: slot("north", starts),
        adjustment_from: None,
        follows: None,
        words: words(),
    }
}

/// A command for each deed, as it is in most cases.
pub(crate) fn commands(deed: Deed) -> Command {
    let words = words();
    let channel = Channel::InPerson;
    match deed {
        Deed::Plan => plan(Meeting::Interview, "2026-07-10 09:30"),
        Deed::AssignRoom => Command::AssignRoom { room: name("room-1"), is_private: true },
        Deed::LoseRoom => Command::LoseRoom { words },
        Deed::SayContent => Command::SayContent { content: true, words: Words::default() },
        Deed::Acknowledge => Command::Acknowledge { words },
        Deed::Swap => Command::Swap { to: account("lea"), words },
        Deed::Try => Command::Try { attempt: Attempt::RoomThen, found: false, words },
        Deed::Offer => Command::Offer { slot: slot("north", "2026-07-17 09:30"), cause: Cause::Room },
        Deed::AnswerOffer => Command::AnswerOffer { offer: 3, accepted: false, channel, words },
        Deed::Move => Command::Move { slot: slot("north", "2026-07-17 09:30"), cause: Cause::Person, words },
        Deed::AskAnother => Command::AskAnother { channel, words },
        Deed::DeclineAnother => Command::DeclineAnother { channel, words },
        Deed::Ask => Command::Ask { asking: by_office(), words },
        Deed::ChangeRequest => Command::ChangeRequest { request: 2, asking: by_device(Device::CanEdit), words },
        Deed::Accept => Command::Accept { request: 2 },
        Deed::ProposeRefusal => Command::ProposeRefusal { request: 2, ground: RefusalGround::OfficeDoesNot, words },
        Deed::ApproveRefusal => Command::ApproveRefusal { request: 2, ground: RefusalGround::OfficeDoesNot },
        Deed::Withdraw => Command::Withdraw { request: 2, why: Withdrawal::OwnWish, channel, words },
        Deed::ExplainOptOut => Command::ExplainOptOut { channel },
        Deed::OptOut => Command::OptOut { channel, words },
        Deed::OptIn => Command::OptIn { channel, words },
        Deed::Forgo => Command::Forgo { channel, words },
        Deed::ClaimAdjustment => Command::ClaimAdjustment { channel, words },
        Deed::AskAdviser => Command::AskAdviser { by_day: "2026-07-30".parse().unwrap(), words },
        Deed::DecideAdjustment => Command::DecideAdjustment { granted: true, words },
        Deed::CarryAdjustment => Command::CarryAdjustment { from: CaseId([2; 16]) },
        Deed::OfferResolution => Command::OfferResolution { words },
        Deed::AnswerResolution => Command::AnswerResolution { reply: Reply::Declined, words },
        Deed::Tell => Command::Tell { about: 3, channel, words },
        Deed::Confirm => Command::Confirm { of: 3, words },
        Deed::Disown => Command::Disown { of: 3, words },
        Deed::ChooseFormat => Command::ChooseFormat { format: Format::LargePrint, language: Language::Welsh },
        Deed::IssueLetter => Command::IssueLetter {
            letter: rules::Letter::Recording,
            template: name("recording-1"),
            digest: Digest([6; 32]),
            fits: true,
            dispatch: Dispatch::Post,
            words,
        },
        Deed::Agree => agree(Who::Person, Consent::Signed),
        Deed::RefuseAgreement => Command::RefuseAgreement { who: Who::Person, words },
        other => on_the_day(other, words, channel),
    }
}

fn on_the_day(deed: Deed, words: Words, channel: Channel) -> Command {
    match deed {
        Deed::Look => Command::Look { check: Check::PrivateRoom, good: true, devices: Vec::new(), words },
        Deed::Enter => Command::Enter { party: Party::Companion, account: None, words },
        Deed::Depart => Command::Depart { present: 1 },
        Deed::Start => Command::Start { recorded: true },
        Deed::StartRecording => Command::StartRecording,
        Deed::Pause => Command::Pause { pause: Pause::Break, words },
        Deed::Resume => Command::Resume,
        Deed::StopRecording => Command::StopRecording { side: None, stop: Stop::EquipmentFailed, words },
        Deed::GoOn => Command::GoOn { goes_on: true, channel, words },
        Deed::NoteIncident => Command::NoteIncident { incident: Incident::OthersHeard, words },
        Deed::End => Command::End { ending: Ending::Finished, ended_micros: None, words },
        Deed::UndoStart => Command::UndoStart { words },
        Deed::MakeCopies => Command::MakeCopies {
            recording: 1,
            id: Some(Digest([4; 32])),
            copies: copies(Carrier::File),
            compared: false,
        },
        Deed::CheckCopy => Command::CheckCopy { recording: 1, side: Side::Person, verdict: Verdict::Complete },
        Deed::HandOver => {
            let receipt = Some(Digest([9; 32]));
            Command::HandOver { recording: 1, side: Side::Person, receipt, words }
        }
        Deed::RefuseCopy => Command::RefuseCopy { recording: 1, channel, words },
        Deed::Keep => Command::Keep { recording: 1, thing: ThingId([8; 16]) },
        Deed::GiveUp => Command::GiveUp { recording: 1, words },
        Deed::NoteOverdue => Command::NoteOverdue,
        Deed::Close => Command::Close { outcome: Outcome::CancelledByOffice, words },
        Deed::Cancel => Command::Cancel { channel, words },
        Deed::Continue => Command::Continue {
            outcome: Outcome::NotRecorded,
            slot: slot("north", "2026-07-17 09:30"),
            cause: Cause::Equipment,
            words,
        },
        Deed::CorrectOutcome => Command::CorrectOutcome { outcome: Outcome::CancelledByPerson, words },
        Deed::Reopen => Command::Reopen { words },
        Deed::NoteFollowed => Command::NoteFollowed { by: CaseId([12; 16]) },
        Deed::BreakGlass => Command::BreakGlass { words },
        Deed::ReviewGlass => Command::ReviewGlass { of: 1, justified: true, words },
        other => panic!("{other} is among those before"),
    }
}

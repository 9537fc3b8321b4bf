//! A case for tests, with its people, its events and every command as it would be given.
//!
//! Not here: any test.
//! Invariant: what is decided is applied from its stored bytes, so that nothing is tested that is not stored.

use casework::case::{
    Actor, Asking, Attempt, By, Carrier, Case, Cause, Channel, Check, Command, Consent, Deed, Dispatch, Ending, Event,
    Format, Ground, Language, Need, Outcome, Party, Pause, Refusal, RefusalGround, Reply, SidesCopy, Slot, Stop,
    Withdrawal, decide,
};
use casework::custody::{Verdict, Words};
use casework::{CaseId, Digest, Moment, ThingId};
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

pub(crate) fn copies() -> Vec<SidesCopy> {
    let copy = |side| SidesCopy { side, carrier: Carrier::File, digest: Some(Digest([5; 32])) };
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
            self.case.apply(&stored).unwrap();
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

    /// What is to be done before it may begin.
    pub(crate) fn before_start(&self) -> Vec<Need> {
        let todo = self.case.todo(&BOOK);
        todo.into_iter().filter(|one| one.before == casework::case::Before::Start).map(|one| one.need).collect()
    }

    pub(crate) fn needs(&self) -> Vec<Need> {
        self.case.todo(&BOOK).into_iter().map(|one| one.need).collect()
    }

    /// Everything that it takes to begin recorded, done; the two are in the room.
    pub(crate) fn ready(mut self) -> Self {
        for need in self.before_start() {
            let command = match need {
                Need::DecideRequest => Command::Accept,
                Need::PrivateRoom => commands(Deed::AssignRoom),
                Need::AskStaff => commands(Deed::SayContent),
                Need::Letter(_) => commands(Deed::IssueLetter),
                Need::ExplainOptOut => commands(Deed::ExplainOptOut),
                Need::Agreement => commands(Deed::Agree),
                Need::Look(check) => Command::Look { check, good: true, words: words() },
                other => panic!("{other:?} is not the program's to do"),
            };
            self.ok("dan", &command);
        }
        self.now = self.case.appointment().unwrap().slot.starts_micros;
        for party in [Party::Person, Party::Professional] {
            self.ok("dan", &Command::Enter { party, words: words() });
        }
        self
    }

    /// The same, begun.
    pub(crate) fn begun(self) -> Self {
        let mut matter = self.ready();
        matter.ok("dan", &Command::Start { recorded: true });
        matter
    }

    /// The same, over; where it has to be said aloud, the person has agreed aloud.
    pub(crate) fn ended(self) -> Self {
        let mut matter = self.begun();
        matter.now += HOUR / 2;
        if matter.needs().contains(&Need::SpokenAgreement) {
            let Command::Agree { party, template, digest, words, .. } = commands(Deed::Agree) else { unreachable!() };
            matter.ok("dan", &Command::Agree { party, template, digest, words, consent: Consent::Spoken });
        }
        matter.ok("dan", &commands(Deed::End));
        matter
    }

    /// The same, with both copies in the right hands.
    pub(crate) fn handed_over(self) -> Self {
        let mut matter = self.ended();
        matter.ok("dan", &commands(Deed::MakeCopies));
        for side in [Side::Person, Side::Office] {
            matter.ok("dan", &Command::CheckCopy { side, verdict: Verdict::Complete });
        }
        matter.ok("person", &Command::HandOver { side: Side::Person, words: words() });
        matter.ok("dan", &Command::HandOver { side: Side::Office, words: words() });
        matter.ok("program", &commands(Deed::Keep));
        matter
    }
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
        words: words(),
    }
}

/// A command for each deed, as it is in most cases.
pub(crate) fn commands(deed: Deed) -> Command {
    let words = words();
    match deed {
        Deed::Plan => plan(Meeting::Interview, "2026-07-10 09:30"),
        Deed::AssignRoom => Command::AssignRoom { room: name("room-1"), is_private: true },
        Deed::LoseRoom => Command::LoseRoom { words },
        Deed::SayContent => Command::SayContent { content: true, words: Words::default() },
        Deed::Swap => Command::Swap { to: account("lea"), words },
        Deed::Try => Command::Try { attempt: Attempt::RoomThen, found: false, words },
        Deed::Offer => Command::Offer { slot: slot("north", "2026-07-17 09:30"), cause: Cause::Room },
        Deed::AnswerOffer => Command::AnswerOffer { accepted: false, words },
        Deed::Move => Command::Move { slot: slot("north", "2026-07-17 09:30"), cause: Cause::Person, words },
        Deed::Ask => Command::Ask { asking: by_office(), words },
        Deed::Accept => Command::Accept,
        Deed::ProposeRefusal => Command::ProposeRefusal { ground: RefusalGround::OfficeDoesNot, words },
        Deed::ApproveRefusal => Command::ApproveRefusal { ground: RefusalGround::OfficeDoesNot },
        Deed::Withdraw => Command::Withdraw { why: Withdrawal::OwnWish, words },
        Deed::ExplainOptOut => Command::ExplainOptOut { channel: Channel::InPerson },
        Deed::OptOut => Command::OptOut { words },
        Deed::AskAdviser => Command::AskAdviser { by_day: "2026-07-08".parse().unwrap(), words },
        Deed::DecideAdjustment => Command::DecideAdjustment { granted: true, words },
        Deed::OfferResolution => Command::OfferResolution { words },
        Deed::AnswerResolution => Command::AnswerResolution { reply: Reply::Declined, words },
        Deed::ChooseFormat => Command::ChooseFormat { format: Format::LargePrint, language: Language::Welsh },
        Deed::IssueLetter => Command::IssueLetter {
            letter: rules::Letter::Recording,
            template: name("recording-1"),
            digest: Digest([6; 32]),
            format: Format::Standard,
            language: Language::English,
            dispatch: Dispatch::Post,
            words,
        },
        Deed::Agree => Command::Agree {
            party: Party::Person,
            template: name("agreement-1"),
            digest: Digest([7; 32]),
            consent: Consent::Signed,
            words,
        },
        Deed::RefuseAgreement => Command::RefuseAgreement { party: Party::Person, words },
        Deed::Look => Command::Look { check: Check::PrivateRoom, good: true, words },
        Deed::Enter => Command::Enter { party: Party::Companion, words },
        Deed::Depart => Command::Depart { party: Party::Professional },
        Deed::Start => Command::Start { recorded: true },
        Deed::Pause => Command::Pause { pause: Pause::Break, words },
        Deed::Resume => Command::Resume,
        Deed::StopRecording => Command::StopRecording { stop: Stop::EquipmentFailed, words },
        Deed::GoOn => Command::GoOn { goes_on: true },
        Deed::End => Command::End { ending: Ending::Finished, words },
        Deed::MakeCopies => Command::MakeCopies { recording: Some(Digest([4; 32])), copies: copies() },
        Deed::CheckCopy => Command::CheckCopy { side: Side::Person, verdict: Verdict::Complete },
        Deed::HandOver => Command::HandOver { side: Side::Person, words },
        Deed::RefuseCopy => Command::RefuseCopy { words },
        Deed::Keep => Command::Keep { thing: ThingId([8; 16]) },
        Deed::NoteOverdue => Command::NoteOverdue,
        Deed::Close => Command::Close { outcome: Outcome::CancelledByPerson, words },
        Deed::CorrectOutcome => Command::CorrectOutcome { outcome: Outcome::CancelledByPerson, words },
    }
}

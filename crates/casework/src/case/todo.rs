//! What is still to be done in a case, by whom, why, and before what: the one list by which a meeting may begin and a case be closed,
//! and which people are shown as what is next.
//!
//! Not here: doing it. Invariants: nothing else says what must be first, so that what is shown and what is enforced cannot differ; each item that a
//! rule asks for cites the rule; what the rules of the day do not cover is asked of nobody.

use super::event::SidesCopy;
use super::state::{Adjustment, Asked, Case, Held, Phase};
use super::word::{Check, Consent, Outcome, Party, Stop};
use crate::cited::Cited;
use crate::custody::Verdict;
use crate::role::Role;
use rules::{Agreement, Answer, Copies, Letter, Occasion, RecordingRuling, Refusal, Room, Side};

/// Something to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Need {
    /// A request to record waits for a decision.
    DecideRequest,
    /// A second person has to look at a proposed refusal.
    SecondLook,
    /// Recording is claimed as an adjustment: the adviser is to be asked.
    AskAdviser,
    /// The adviser is to answer.
    DecideAdjustment,
    /// Another time or office is to be offered after a refusal.
    OfferAnother,
    /// The person is to answer an offer.
    AnswerOffer,
    /// A private room.
    PrivateRoom,
    /// Whoever holds it is to say whether they are content to be recorded.
    AskStaff,
    /// Somebody is uneasy: a colleague, or another time.
    OtherStaff,
    /// A letter must go out.
    Letter(Letter),
    /// It must be explained that the person may say no.
    ExplainOptOut,
    /// The person's agreement must be signed.
    Agreement,
    /// Somebody refused to agree.
    AgreementRefused,
    /// The person's agreement must be heard on the recording.
    SpokenAgreement,
    /// Something must be looked at in the room.
    Look(Check),
    /// The person is to say whether to go on without a recording.
    GoOn,
    /// The copies are to be made.
    MakeCopies,
    /// A copy is to be looked at on the spot.
    CheckCopy(Side),
    /// A side is to get its copy.
    HandOver(Side),
    /// The office's copy is to be put into the vault.
    Keep,
    /// It must be said what became of it.
    Close,
}

/// Before what it must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Before {
    /// The meeting begins.
    Start,
    /// The meeting ends.
    End,
    /// The case is closed.
    Close,
    /// Nothing waits for it, and it is to be done.
    Nothing,
}

/// One item of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// What.
    pub need: Need,
    /// Before what.
    pub before: Before,
    /// The roles of which somebody can do it; nobody where only the person can.
    pub roles: &'static [Role],
    /// The rules that ask for it.
    pub cited: Vec<Cited>,
}

/// Whether a meeting is to be recorded, as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A request waits for its decision.
    Undecided,
    /// It is, by that side's device.
    Recorded(Side),
    /// It is not.
    NotRecorded,
}

const DESK: &[Role] = &[Role::Interviewer, Role::TeamLeader];
const LEADER: &[Role] = &[Role::TeamLeader];
const ADVISER: &[Role] = &[Role::Adviser];
const PERSON: &[Role] = &[];

impl Case {
    /// What the rules say about recording this meeting on its day, or why they say nothing.
    ///
    /// # Errors
    /// The case is not planned, or no version covers such a meeting there on that day.
    pub fn ruling(&self, book: &rules::Book) -> Result<RecordingRuling, Refusal> {
        let plan = self.plan.as_ref();
        let slot = self.appointment().map(|one| &one.slot);
        let (Some(plan), Some(slot)) = (plan, slot) else {
            return Err(Refusal::Contradiction("nothing is planned".to_owned()));
        };
        let day = book.day_of(crate::custody::instant(slot.starts_micros), plan.jurisdiction)?;
        book.recording(day, plan.meeting, plan.jurisdiction)
    }

    /// Whether it is to be recorded, as things stand.
    #[must_use]
    pub fn intent(&self, ruling: Result<&RecordingRuling, &Refusal>) -> Intent {
        match self.request().map(|request| (&request.asked, request.asking.device_of)) {
            Some((Asked::Open | Asked::RefusalProposed { .. }, _)) => return Intent::Undecided,
            Some((Asked::Accepted, side)) => return Intent::Recorded(side),
            _ => {}
        }
        let by_default = ruling.is_ok_and(is_unless_opted_out);
        if by_default && !self.opted_out { Intent::Recorded(Side::Office) } else { Intent::NotRecorded }
    }

    /// What is still to be done, in the order in which it is best done.
    #[must_use]
    pub fn todo(&self, book: &rules::Book) -> Vec<Todo> {
        let ruling = self.ruling(book);
        let ruling = ruling.as_ref();
        let mut list = List(Vec::new());
        match self.phase {
            Phase::Absent => {}
            Phase::Closed => self.after(ruling, &mut list),
            Phase::Planned => {
                self.on_request(ruling, &mut list);
                self.before_start(ruling, &mut list);
                list.add(Need::Close, Before::Nothing, DESK, &[]);
            }
            Phase::Begun => self.while_held(ruling, &mut list),
            Phase::Ended => {
                self.after_end(ruling, &mut list);
                list.add(Need::Close, Before::Nothing, DESK, &[]);
            }
        }
        list.0
    }

    fn on_request(&self, ruling: Result<&RecordingRuling, &Refusal>, list: &mut List) {
        match self.adjustment {
            Adjustment::Claimed => {
                let by = ruling.ok().and_then(|ruling| ruling.decides_adjustment().ok());
                list.add(Need::AskAdviser, Before::Nothing, DESK, &cited(by));
            }
            Adjustment::WithAdviser { .. } => list.add(Need::DecideAdjustment, Before::Nothing, ADVISER, &[]),
            _ => {}
        }
        match self.request().map(|request| &request.asked) {
            Some(Asked::Open) => {
                let by = ruling.ok().and_then(|ruling| ruling.decides_request().ok());
                list.add(Need::DecideRequest, Before::Start, DESK, &cited(by));
            }
            Some(Asked::RefusalProposed { .. }) => list.add(Need::SecondLook, Before::Start, LEADER, &[]),
            Some(Asked::Refused { offered: false, .. }) => list.add(Need::OfferAnother, Before::Nothing, DESK, &[]),
            _ => {}
        }
        if self.appointment().is_some_and(|one| one.offered.is_some()) {
            list.add(Need::AnswerOffer, Before::Nothing, PERSON, &[]);
        }
    }

    /// What must be before it begins as a recorded meeting. The room is looked for from the asking on, not from the yes.
    fn before_start(&self, ruling: Result<&RecordingRuling, &Refusal>, list: &mut List) {
        let Some(now) = self.appointment() else { return };
        let side = match self.intent(ruling) {
            Intent::Recorded(side) => side,
            Intent::Undecided => self.request().map_or(Side::Office, |request| request.asking.device_of),
            Intent::NotRecorded => return,
        };
        let Ok(ruling) = ruling else { return };
        if let Ok(room) = ruling.room()
            && room.says.contains(&Room::Private)
        {
            if now.room.as_ref().is_none_or(|room| !room.is_private) {
                list.add(Need::PrivateRoom, Before::Start, DESK, &cited(Some(room)));
            }
            for check in [Check::PrivateRoom, Check::NobodyElseHeard] {
                if now.checks.get(&check) != Some(&true) {
                    list.add(Need::Look(check), Before::Start, DESK, &cited(Some(room)));
                }
            }
        }
        match now.content {
            None => list.add(Need::AskStaff, Before::Start, DESK, &[]),
            Some(true) => {}
            Some(false) => {
                let by = ruling.decides_unease().ok();
                list.add(Need::OtherStaff, Before::Start, LEADER, &cited(by));
            }
        }
        if let Ok(letters) = ruling.letters_before() {
            for letter in letters.says.iter().filter(|letter| !self.letters.contains(letter)) {
                list.add(Need::Letter(*letter), Before::Start, DESK, &cited(Some(letters)));
            }
        }
        if is_unless_opted_out(ruling) && !self.opt_out_explained {
            list.add(Need::ExplainOptOut, Before::Start, DESK, &cited(ruling.agreement().ok()));
        }
        self.agreement(ruling, list);
        if now.checks.get(&Check::Device) != Some(&true) {
            let refused = ruling.devices_refused().ok().filter(|_| side == Side::Person);
            list.add(Need::Look(Check::Device), Before::Start, DESK, &cited(refused));
        }
        if side == Side::Person
            && let Ok(media) = ruling.media()
            && now.checks.get(&Check::Medium) != Some(&true)
        {
            list.add(Need::Look(Check::Medium), Before::Start, DESK, &cited(Some(media)));
        }
    }

    fn agreement(&self, ruling: &RecordingRuling, list: &mut List) {
        let Some(now) = self.appointment() else { return };
        let refused = now.agreed.values().any(Option::is_none);
        let rule = ruling.agreement().ok();
        if refused {
            list.add(Need::AgreementRefused, Before::Start, DESK, &cited(rule));
            return;
        }
        let Some(rule) = rule else { return };
        let is_signed = now.agreed.get(&Party::Person) == Some(&Some(Consent::Signed));
        if rule.says.contains(&Agreement::Signed) && !is_signed {
            list.add(Need::Agreement, Before::Start, DESK, &cited(Some(rule)));
        }
    }

    fn while_held(&self, ruling: Result<&RecordingRuling, &Refusal>, list: &mut List) {
        let (Some(held), Some(now)) = (&self.held, self.appointment()) else { return };
        if held.stopped.is_some() && held.goes_on.is_none() {
            list.add(Need::GoOn, Before::Nothing, DESK, &[]);
        }
        let Ok(ruling) = ruling else { return };
        let Ok(rule) = ruling.agreement() else { return };
        let is_said = now.agreed.get(&Party::Person).is_some_and(Option::is_some);
        let is_running = held.recorded_by.is_some() && held.stopped.is_none();
        if is_running && rule.says.contains(&Agreement::SpokenOnRecording) && !is_said {
            list.add(Need::SpokenAgreement, Before::End, DESK, &cited(Some(rule)));
        }
    }

    /// Copies of what was recorded, however little of it: each side's is checked and in its hands, and the office's in the vault.
    fn after_end(&self, ruling: Result<&RecordingRuling, &Refusal>, list: &mut List) {
        let Some(Held { recorded_by: Some(side), stopped, .. }) = &self.held else { return };
        let rule = ruling.ok().and_then(|ruling| ruling.copies().ok());
        let none_asked = rule.is_some_and(|rule| rule.says.contains(&Copies::NoSecondAsked));
        if *side == Side::Person && none_asked {
            return;
        }
        let cited = cited(rule);
        let Some(copies) = &self.copies else {
            let before = if is_equipment(*stopped) { Before::Nothing } else { Before::Close };
            list.add(Need::MakeCopies, before, DESK, &cited);
            return;
        };
        for SidesCopy { side, .. } in &copies.made {
            let refused = *side == Side::Person && copies.is_refused;
            if !copies.checked.get(side).is_some_and(|verdict| is_good(*verdict)) && !refused {
                list.add(Need::CheckCopy(*side), Before::Close, DESK, &cited);
            }
            if !copies.handed_over.contains(side) && !refused {
                list.add(Need::HandOver(*side), Before::Close, DESK, &cited);
            }
        }
        if copies.made.iter().any(|copy| copy.side == Side::Office) && copies.thing.is_none() {
            list.add(Need::Keep, Before::Close, DESK, &cited);
        }
    }

    /// Letters that must follow where a recording was made without one.
    fn after(&self, ruling: Result<&RecordingRuling, &Refusal>, list: &mut List) {
        let was_recorded = matches!(self.outcome(), Some(Outcome::Recorded | Outcome::RecordedInPart));
        let Ok(ruling) = ruling else { return };
        let Ok(letters) = ruling.letters_after() else { return };
        if was_recorded && letters.says.contains(&Letter::Recording) && !self.letters.contains(&Letter::Recording) {
            list.add(Need::Letter(Letter::Recording), Before::Nothing, DESK, &cited(Some(letters)));
        }
    }
}

/// The list as it is made.
struct List(Vec<Todo>);

impl List {
    fn add(&mut self, need: Need, before: Before, roles: &'static [Role], cited: &[Cited]) {
        self.0.push(Todo { need, before, roles, cited: cited.to_vec() });
    }
}

/// Whether the office records such meetings unless the person does not want it.
pub(super) fn is_unless_opted_out(ruling: &RecordingRuling) -> bool {
    ruling.office_records().is_ok_and(|records| records.says.contains(&Occasion::UnlessOptedOut))
}

/// Whether a copy with that verdict may be handed over.
pub(super) fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Complete | Verdict::Interrupted | Verdict::Unchanged)
}

/// Whether it stopped because there was nothing left to record with.
pub(super) fn is_equipment(stopped: Option<Stop>) -> bool {
    matches!(stopped, Some(Stop::EquipmentFailed | Stop::NoMedium))
}

/// What a rule's answer cites.
pub(super) fn cited<T>(answer: Option<Answer<'_, T>>) -> Vec<Cited> {
    answer.map(|answer| Cited::from(answer.applied)).into_iter().collect()
}

/// The items in words, for one line.
pub(super) fn joined(list: &[Todo]) -> String {
    list.iter().map(|todo| todo.need.to_string()).collect::<Vec<_>>().join(", ")
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self {
            Need::DecideRequest => "the request to record is not decided",
            Need::SecondLook => "nobody else has looked at the proposed refusal",
            Need::AskAdviser => "the adviser is not asked",
            Need::DecideAdjustment => "the adviser has not answered",
            Need::OfferAnother => "no other time or office is offered",
            Need::AnswerOffer => "the offer is not answered",
            Need::PrivateRoom => "no private room",
            Need::AskStaff => "whoever holds it has not said whether they are content to be recorded",
            Need::OtherStaff => "whoever holds it would rather not be recorded",
            Need::Letter(letter) => return write!(f, "the letter `{letter}` is not issued"),
            Need::ExplainOptOut => "nobody has explained that the person may say no",
            Need::Agreement => "the agreement is not signed",
            Need::AgreementRefused => "somebody did not agree",
            Need::SpokenAgreement => "the person's agreement was not heard on the recording",
            Need::Look(check) => return write!(f, "`{check}` is not checked, or not as it should be"),
            Need::GoOn => "the person has not said whether to go on",
            Need::MakeCopies => "the copies are not made",
            Need::CheckCopy(side) => return write!(f, "the copy of the {side} is not checked"),
            Need::HandOver(side) => return write!(f, "the {side} has not said that the copy is theirs"),
            Need::Keep => "the office's copy is not in the vault",
            Need::Close => "what became of it is not said",
        };
        f.write_str(words)
    }
}

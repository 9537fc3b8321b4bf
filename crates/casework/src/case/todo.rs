//! What is still to be done in a case, why, and before what: the one list by which a meeting may begin and a case be closed,
//! and which people are shown as what is next.
//!
//! Not here: what each item is and who can do it (`need.rs`), doing it. Invariants: nothing else says what must be first, so that what is shown and what is
//! enforced cannot differ; each item that a rule asks for cites the rule; what the rules of the day do not cover is asked of nobody.

use std::collections::BTreeSet;

use super::appointment::{Another, Appointment};
use super::need::{Before, List, Need, Todo, cited};
use super::state::{Adjustment, Asked, Case, NotedOf, Phase, Recording};
use super::word::{Check, Consent, Ground, Outcome, Party};
use crate::custody::{Verdict, instant};
use rules::{Agreement, Book, Copies, Letter, Meeting, Occasion, RecordingRuling, Refusal, Room, Side};

/// How old a look at room or device may be when it is recorded: two hours.
const LOOK_MICROS_MAX: i64 = 2 * 60 * 60 * 1_000_000;

/// Whether a meeting is to be recorded, as things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A request waits for its decision; if it is granted, by the devices of these sides.
    Undecided(BTreeSet<Side>),
    /// It is, by the devices of these sides, each a recording of its own.
    Recorded(BTreeSet<Side>),
    /// It is not.
    NotRecorded,
}

type Ruling<'a> = Result<&'a RecordingRuling, &'a Refusal>;

impl Case {
    /// What the rules say about recording this meeting on its day, or why they say nothing.
    ///
    /// # Errors
    /// The case is not planned, or no version covers such a meeting there on that day.
    pub fn ruling(&self, book: &Book) -> Result<RecordingRuling, Refusal> {
        let plan = self.plan.as_ref();
        let slot = self.appointment().map(|one| &one.slot);
        let (Some(plan), Some(slot)) = (plan, slot) else {
            return Err(Refusal::Contradiction("nothing is planned".to_owned()));
        };
        let day = book.day_of(instant(slot.starts_micros), plan.jurisdiction)?;
        book.recording(day, plan.meeting, plan.jurisdiction)
    }

    /// Whether it is to be recorded, as things stand: the request says it of the side that it names, the rule and the opt-out of the office's.
    #[must_use]
    pub fn intent(&self, ruling: Ruling<'_>) -> Intent {
        let by_default = ruling.is_ok_and(is_unless_opted_out) && !self.opted_out;
        let mut sides: BTreeSet<Side> = by_default.then_some(Side::Office).into_iter().collect();
        if let Some(request) = self.request().filter(|request| request.is_owed()) {
            sides.insert(request.asking.device_of);
            if request.is_open() {
                return Intent::Undecided(sides);
            }
        }
        if sides.is_empty() { Intent::NotRecorded } else { Intent::Recorded(sides) }
    }

    /// What is still to be done at a moment, in the order in which it is best done.
    #[must_use]
    pub fn todo(&self, book: &Book, at_micros: i64) -> Vec<Todo> {
        let ruling = self.ruling(book);
        let ruling = ruling.as_ref();
        let mut list = List(Vec::new());
        match self.phase {
            Phase::Absent => {}
            Phase::Planned => {
                self.on_request(ruling, &mut list);
                self.said_for_them(&mut list);
                let sides = match self.intent(ruling) {
                    Intent::Recorded(sides) | Intent::Undecided(sides) => sides,
                    Intent::NotRecorded => BTreeSet::new(),
                };
                self.before_recording(ruling, &sides, Before::Start, (book, at_micros), &mut list);
                self.copies_due(ruling, &mut list);
                if let Some(now) = self.appointment()
                    && at_micros >= now.slot.starts_micros
                {
                    list.add(Need::Close, Before::Nothing, &[]);
                    list.since(now.slot.starts_micros);
                }
            }
            Phase::Begun => {
                self.on_request(ruling, &mut list);
                self.said_for_them(&mut list);
                self.while_held(ruling, (book, at_micros), &mut list);
                self.letter_after(ruling, &mut list);
            }
            Phase::Ended => {
                self.on_request(ruling, &mut list);
                self.said_for_them(&mut list);
                self.copies_due(ruling, &mut list);
                self.letter_after(ruling, &mut list);
                if self.is_unmet(ruling) {
                    list.add(Need::Continue, Before::Close, &[]);
                }
                list.add(Need::Close, Before::Nothing, &[]);
                if let Some((_, ended)) = self.held.as_ref().and_then(|held| held.ended) {
                    list.since(ended);
                }
            }
            Phase::Closed => {
                self.said_for_them(&mut list);
                self.letter_after(ruling, &mut list);
                self.plan_again(&mut list);
            }
        }
        self.reviews(book, &mut list);
        list.0
    }

    fn on_request(&self, ruling: Ruling<'_>, list: &mut List) {
        match self.adjustment {
            Adjustment::Claimed => {
                let by = ruling.ok().and_then(|ruling| ruling.decides_adjustment().ok());
                list.add(Need::AskAdviser, Before::Nothing, &cited(by));
            }
            Adjustment::WithAdviser { by_day } => {
                list.add(Need::DecideAdjustment, Before::Nothing, &[]);
                list.by(by_day);
            }
            Adjustment::NotAsked | Adjustment::Granted { .. } | Adjustment::Denied => {}
        }
        let before = if self.phase == Phase::Planned { Before::Start } else { Before::End };
        match self.request().map(|request| &request.asked) {
            Some(Asked::Open) => {
                let by = ruling.ok().and_then(|ruling| ruling.decides_request().ok());
                list.add(Need::DecideRequest, before, &cited(by));
            }
            Some(Asked::RefusalProposed { .. }) => list.add(Need::SecondLook, before, &[]),
            _ => {}
        }
        let Some(now) = self.appointment().filter(|_| self.phase == Phase::Planned) else { return };
        if now.offered().is_some() {
            list.add(Need::AnswerOffer, Before::Nothing, &[]);
        } else if now.another == Some(Another::Asked) {
            // Refused for its day or its device, the person may have another before this one goes by.
            let helps = matches!(
                self.request().map(|request| &request.asked),
                Some(Asked::Refused { ground: Ground::SameDay | Ground::Device })
            );
            list.add(Need::OfferAnother, if helps { Before::Start } else { Before::Nothing }, &[]);
        }
        let is_silent = self.request().is_none() && !self.opted_out && !now.is_forgone;
        if self.has_adjustment() && is_silent && self.intent(ruling) == Intent::NotRecorded {
            list.add(Need::AskPerson, Before::Start, &[]);
        }
    }

    /// What was noted for the person, what they are to be told, and what the management is to know.
    fn said_for_them(&self, list: &mut List) {
        for noted in &self.noted {
            let before = match (self.phase, &noted.of) {
                (Phase::Planned, _) => Before::Start,
                (Phase::Begun, NotedOf::OptIn | NotedOf::Change { .. }) => Before::Recording,
                (Phase::Begun, _) => Before::End,
                (Phase::Ended, _) => Before::Close,
                (Phase::Absent | Phase::Closed, _) => Before::Nothing,
            };
            list.add(Need::Confirm(noted.number), before, &[]);
        }
        for (number, is_first) in &self.to_tell {
            let before = if *is_first && self.phase == Phase::Planned { Before::Start } else { Before::Nothing };
            list.add(Need::Tell(*number), before, &[]);
        }
        if self.appointment().is_some_and(|now| now.escalated == Some(false)) {
            list.add(Need::Acknowledge, Before::Nothing, &[]);
        }
        if self.form_to_bring {
            list.add(Need::BringForm, Before::Nothing, &[]);
        }
    }

    /// What must be before it is recorded by these sides. The room is looked for from the asking on, not from the yes.
    pub(super) fn before_recording(
        &self,
        ruling: Ruling<'_>,
        sides: &BTreeSet<Side>,
        before: Before,
        when: (&Book, i64),
        list: &mut List,
    ) {
        let Some(now) = self.appointment().filter(|_| !sides.is_empty()) else { return };
        let Ok(ruling) = ruling else {
            // Where no rule speaks, nobody is recorded all the same who said that they will not be.
            self.agreements(None, sides, before, list);
            return;
        };
        let mut looks = Vec::new();
        if let Ok(room) = ruling.room()
            && room.says.contains(&Room::Private)
        {
            if now.room.as_ref().is_none_or(|room| !room.is_private) {
                list.add(Need::PrivateRoom, before, &cited(Some(room)));
            }
            looks.extend([Check::PrivateRoom, Check::NobodyElseHeard].map(|check| (check, cited(Some(room)))));
        }
        if asks_staff(ruling) {
            let by = ruling.decides_unease().ok();
            let staff = || self.present.iter().filter_map(|one| one.account.as_ref()).chain([&now.slot.staff]);
            if staff().any(|account| now.content.get(account) == Some(&false)) {
                list.add(Need::OtherStaff, before, &cited(by));
            } else if staff().any(|account| !now.content.contains_key(account)) {
                list.add(Need::AskStaff, before, &cited(by));
            }
        }
        if let Ok(letters) = ruling.letters_before() {
            for letter in letters.says.iter().filter(|letter| !self.has_letter(**letter)) {
                list.add(Need::Letter(*letter), before, &cited(Some(letters)));
            }
        }
        if sides.contains(&Side::Office) && is_unless_opted_out(ruling) && !self.opt_out_explained {
            list.add(Need::ExplainOptOut, before, &cited(ruling.agreement().ok()));
        }
        self.agreements(Some(ruling), sides, before, list);
        let in_a_room = !self.is_on_the_line();
        if sides.contains(&Side::Person) && in_a_room {
            looks.push((Check::Device, cited(ruling.devices_refused().ok())));
            looks.extend(ruling.media().ok().map(|media| (Check::Medium, cited(Some(media)))));
        }
        if sides.contains(&Side::Office) {
            looks.push((Check::Recorder, Vec::new()));
            looks.extend(in_a_room.then(|| (Check::RecorderMedium, Vec::new())));
        }
        for (check, cited) in looks {
            if !self.is_seen(now, check, when) {
                list.add(Need::Look(check), before, &cited);
            }
        }
    }

    /// Whether somebody looked on the day itself, and not long ago, and it was as it should be.
    fn is_seen(&self, now: &Appointment, check: Check, (book, at_micros): (&Book, i64)) -> bool {
        let (Some(seen), Some(plan)) = (now.checks.get(&check), &self.plan) else { return false };
        let day = |micros: i64| book.day_of(instant(micros), plan.jurisdiction).ok();
        let age = at_micros.saturating_sub(seen.at_micros);
        seen.good && age <= LOOK_MICROS_MAX && day(seen.at_micros) == day(now.slot.starts_micros)
    }

    fn agreements(&self, ruling: Option<&RecordingRuling>, sides: &BTreeSet<Side>, before: Before, list: &mut List) {
        let Some(now) = self.appointment() else { return };
        let rule = ruling.and_then(|ruling| ruling.agreement().ok());
        let is_signed = rule.is_some_and(|rule| rule.says.contains(&Agreement::Signed));
        if now.agreed == Some(None) && (ruling.is_some_and(asks_agreement) || sides.contains(&Side::Office)) {
            list.add(Need::AgreementRefused, before, &cited(rule));
        } else if is_signed && now.agreed != Some(Some(Consent::Signed)) {
            list.add(Need::Agreement, before, &cited(rule));
        }
        for one in self.present.iter().filter(|one| one.party != Party::Person) {
            let is_staff = one.account.is_some();
            match one.agreed {
                Some(false) if !is_staff || ruling.is_some_and(asks_staff) => {
                    list.add(Need::RefusedBy(one.number), before, &cited(rule));
                }
                None if is_signed && !is_staff => list.add(Need::AgreementOf(one.number), before, &cited(rule)),
                _ => {}
            }
        }
    }

    fn while_held(&self, ruling: Ruling<'_>, when: (&Book, i64), list: &mut List) {
        let Some(held) = &self.held else { return };
        let stopped = self.recordings_now().any(|one| one.stopped.is_some());
        if stopped && held.goes_on.is_none() && self.awaits(ruling) {
            list.add(Need::GoOn, Before::End, &[]);
        }
        if held.goes_on != Some(true) {
            let sides = self.to_be_recorded(ruling);
            self.before_recording(ruling, &sides, Before::Recording, when, list);
        }
        let Ok(ruling) = ruling else { return };
        if let Ok(rule) = ruling.agreement()
            && rule.says.contains(&Agreement::SpokenOnRecording)
            && self.recordings.iter().any(|one| one.runs() && !one.agreed_aloud)
        {
            list.add(Need::SpokenAgreement, Before::End, &cited(Some(rule)));
        }
    }

    /// Whether a side whose recording stopped does not record again.
    fn awaits(&self, ruling: Ruling<'_>) -> bool {
        let running = self.sides_running();
        let stopped = self.recordings_now().filter(|one| one.stopped.is_some());
        stopped.map(|one| one.side).any(|side| !running.contains(&side)) && self.intent(ruling) != Intent::NotRecorded
    }

    /// Who would record and does not.
    pub(super) fn to_be_recorded(&self, ruling: Ruling<'_>) -> BTreeSet<Side> {
        match self.intent(ruling) {
            Intent::Recorded(sides) => sides.difference(&self.sides_running()).copied().collect(),
            Intent::Undecided(sides) => sides,
            Intent::NotRecorded => BTreeSet::new(),
        }
    }

    /// Whether the person was to have a recording, has none that is of any use, and has not said that they can do without.
    pub(super) fn is_unmet(&self, ruling: Ruling<'_>) -> bool {
        let Some(held) = &self.held else { return false };
        let Some(now) = self.appointment() else { return false };
        if now.another == Some(Another::Declined) || held.goes_on == Some(true) {
            return false;
        }
        let has = |side: Side| self.recordings_now().any(|one| one.side == side && one.is_of_use());
        match self.intent(ruling) {
            _ if held.goes_on == Some(false) => true,
            Intent::Recorded(sides) => !sides.into_iter().any(has),
            Intent::Undecided(_) => true,
            Intent::NotRecorded => false,
        }
    }

    /// Copies of what was recorded, however little of it: each side's is checked and in its hands, and the office's in the vault; or two people gave it up.
    fn copies_due(&self, ruling: Ruling<'_>, list: &mut List) {
        let rule = ruling.ok().and_then(|ruling| ruling.copies().ok());
        let asked = rule.is_some_and(|rule| !rule.says.contains(&Copies::NoSecondAsked));
        let cited = cited(rule);
        for Recording { number, copies, .. } in self.recordings.iter().filter(|one| one.is_over && one.owes(asked)) {
            let made = |side: Side| copies.as_ref().is_some_and(|all| all.made.iter().any(|copy| copy.side == side));
            if !Side::ALL.iter().all(|side| made(*side)) {
                list.add(Need::MakeCopies(*number), Before::Close, &cited);
            }
            let Some(copies) = copies else { continue };
            for side in Side::ALL.iter().copied().filter(|side| made(*side)) {
                if side == Side::Person && copies.is_refused {
                    continue;
                }
                if !copies.checked.get(&side).is_some_and(|verdict| is_good(*verdict)) {
                    list.add(Need::CheckCopy(*number, side), Before::Close, &cited);
                }
                if !copies.handed_over.contains_key(&side) {
                    list.add(Need::HandOver(*number, side), Before::Close, &cited);
                }
            }
            if made(Side::Office) && copies.thing.is_none() {
                list.add(Need::Keep(*number), Before::Close, &cited);
            }
        }
    }

    /// A letter that must follow where a recording is made without one, as soon as there is one.
    fn letter_after(&self, ruling: Ruling<'_>, list: &mut List) {
        let Some(letters) = ruling.ok().and_then(|ruling| ruling.letters_after().ok()) else { return };
        let asked = letters.says.contains(&Letter::Recording) && !self.has_letter(Letter::Recording);
        if asked && self.recordings_now().next().is_some() {
            list.add(Need::Letter(Letter::Recording), Before::Nothing, &cited(Some(letters)));
            if let Some(held) = &self.held {
                list.since(held.started_micros);
            }
        }
    }

    /// Looks in an emergency, to be reviewed within a working day.
    fn reviews(&self, book: &Book, list: &mut List) {
        for glass in self.glasses.iter().filter(|glass| glass.justified.is_none()) {
            list.add(Need::ReviewGlass(glass.number), Before::Nothing, &[]);
            list.since(glass.at_micros);
            if let Some(day) = glass.review_by(self, book) {
                list.by(day);
            }
        }
    }

    fn plan_again(&self, list: &mut List) {
        let cancelled = self.outcome() == Some(Outcome::CancelledByOffice);
        let wants_none = self.appointment().is_some_and(|now| now.another == Some(Another::Declined));
        if cancelled && !wants_none && self.followed_by.is_none() {
            list.add(Need::PlanAgain, Before::Nothing, &[]);
        }
    }

    /// Whether a letter went out in the form in which the person reads, or with a word on why not.
    fn has_letter(&self, letter: Letter) -> bool {
        self.letters.get(&letter) == Some(&self.form)
    }

    /// Whether it is held by telephone or video.
    #[must_use]
    pub fn is_on_the_line(&self) -> bool {
        let meeting = self.plan.as_ref().map(|plan| plan.meeting);
        matches!(meeting, Some(Meeting::Call | Meeting::TelephoneConsultation | Meeting::VideoConsultation))
    }

    /// Whether recording is a reasonable adjustment as things stand.
    pub(super) fn has_adjustment(&self) -> bool {
        matches!(self.adjustment, Adjustment::Granted { .. })
    }
}

impl Recording {
    /// Whether there are copies to be made: always of the office's; of the person's where the rules ask for them.
    fn owes(&self, asked: bool) -> bool {
        !self.is_given_up && (self.side == Side::Office || asked)
    }

    /// Whether anybody has anything of it.
    pub(super) fn is_of_use(&self) -> bool {
        let in_hands = self.copies.as_ref().is_some_and(|copies| !copies.handed_over.is_empty());
        !self.is_given_up || in_hands
    }
}

/// Whether the office records such meetings unless the person does not want it.
pub(super) fn is_unless_opted_out(ruling: &RecordingRuling) -> bool {
    ruling.office_records().is_ok_and(|records| records.says.contains(&Occasion::UnlessOptedOut))
}

/// Whether the rules ask the staff whether they are content.
fn asks_staff(ruling: &RecordingRuling) -> bool {
    let content = ruling.agreement().is_ok_and(|rule| rule.says.contains(&Agreement::ProfessionalContent));
    content || ruling.decides_unease().is_ok()
}

/// Whether the rules ask the person to agree.
pub(super) fn asks_agreement(ruling: &RecordingRuling) -> bool {
    let asks = |one: &Agreement| matches!(one, Agreement::Signed | Agreement::SpokenOnRecording);
    ruling.agreement().is_ok_and(|rule| rule.says.iter().any(asks))
}

/// Whether a copy with that verdict may be handed over.
pub(super) fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Complete | Verdict::Interrupted | Verdict::Unchanged)
}

//! What is shown of a case, line by line: what is next, what is known, what happened, who looked.
//!
//! Not what may be seen: everything here comes out of a view (`casework::case`). Invariants: nothing is read off the case but what the view has; a line that names a rule has its
//! clause and source.

use casework::case::{Adjustment, Asked, Before, By, Deed, Need, Phase, Purpose, RedactedView, Text, Todo};
use casework::custody::Field;
use casework::{Account, CaseId, Cited, Drawing, Role};
use pages::cases::{Colour, Fact, Happened, Known, Looked, Next, Strokes};
use pages::wording::{self, Words};
use rules::{Book, Jurisdiction};

use super::deeds::{Listed as _, moments};
use super::happened::Telling;
use crate::access::Desk;
use crate::http::access::answers::LANGUAGE;
use crate::http::access::home::role_name;

/// How moments and offices are put in words for one case.
pub(super) struct Lines<'a> {
    book: &'a Book,
    place: Jurisdiction,
    desk: &'a Desk,
}

impl<'a> Lines<'a> {
    /// For cases of that place.
    pub(super) fn of(desk: &'a Desk, place: Jurisdiction) -> Lines<'a> {
        Lines { book: &desk.office.book, place, desk }
    }

    /// A moment, by the clock of the place.
    pub(super) fn when(&self, at_micros: i64) -> String {
        moments::said_at(self.book, self.place, LANGUAGE, at_micros)
    }

    /// An office, as people call it.
    pub(super) fn office(&self, name: &str) -> String {
        let office = self.desk.office.config.offices.iter().find(|one| one.name == name);
        office.map_or_else(|| name.to_owned(), |office| office.title.clone())
    }

    /// A room, as people call it.
    pub(super) fn room(&self, office: &str, name: &str) -> String {
        let office = self.desk.office.config.offices.iter().find(|one| one.name == office);
        let room = office.and_then(|office| office.rooms.iter().find(|room| room.name == name));
        room.map_or_else(|| name.to_owned(), |room| room.title.clone())
    }

    /// What happened, the newest last.
    pub(super) fn history(&self, view: &RedactedView) -> Vec<Happened> {
        let (when, office) = (|at| self.when(at), |name: &str| self.office(name));
        let here = view.appointment().map(|now| now.slot.office.to_string()).unwrap_or_default();
        let room = |name: &str| self.room(&here, name);
        let telling =
            Telling { language: LANGUAGE, when: &when, day: &moments::said_day, office: &office, room: &room };
        let one = |entry: &casework::case::Entry| {
            let by = match &entry.by {
                By::Staff(account) => account.to_string(),
                By::Person => wording::case_person(LANGUAGE).as_str().to_owned(),
                By::Program => wording::case_program(LANGUAGE).as_str().to_owned(),
            };
            Happened {
                number: entry.number,
                when: self.when(entry.at_micros),
                what: telling.line(&entry.what, &by),
                who: Words::said(LANGUAGE, by),
                words: entry.words.iter().filter(|(field, text)| !is_drawn(*field, text)).map(said).collect(),
                drawn: entry.words.iter().find_map(drawn),
                is_closed: entry.is_closed,
                clauses: clauses(entry.what.cited()),
            }
        };
        view.history().iter().map(one).collect()
    }

    /// Who looked, the newest first.
    pub(super) fn looks(&self, view: &RedactedView) -> Vec<Looked> {
        let one = |look: &casework::case::Look| Looked {
            when: self.when(look.at_micros),
            who: look.by.to_string(),
            purpose: purpose(look.purpose),
            reason: None,
        };
        view.looks().iter().rev().map(one).collect()
    }

    /// What is known of the appointment, the request, the room and the copies; `case` leads staff to what is kept of it.
    pub(super) fn parts(&self, view: &RedactedView, case: Option<CaseId>) -> Vec<Known> {
        let known = |title: Words, facts: Vec<Fact>| Known { title, facts };
        vec![
            known(wording::case_part_appointment(LANGUAGE), self.appointment(view)),
            known(wording::case_part_request(LANGUAGE), self.request(view)),
            known(wording::case_part_room(LANGUAGE), self.in_room(view)),
            known(wording::case_part_copies(LANGUAGE), self.copies(view, case)),
        ]
    }

    /// Something that is to be done, and where; nowhere for whoever may not.
    pub(super) fn next<'h>(&self, todo: &Todo, href: &'h str, is_late: bool) -> Next<'h> {
        let since = todo.since_micros.map(|at| wording::case_next_since(LANGUAGE, &self.when(at)));
        let by = || todo.by_day.map(|day| wording::case_next_by(LANGUAGE, &moments::said_day(day)));
        Next {
            what: need(todo.need),
            before: before(todo.before),
            clauses: clauses(&todo.cited),
            who: who_can(todo),
            when: since.or_else(by),
            href,
            is_late,
        }
    }

    fn appointment(&self, view: &RedactedView) -> Vec<Fact> {
        let Some(now) = view.appointment() else { return Vec::new() };
        let mut facts = vec![
            fact(wording::case_fact_when(LANGUAGE), vec![self.when(now.slot.starts_micros)]),
            fact(wording::case_fact_office(LANGUAGE), vec![self.office(now.slot.office.as_str())]),
            fact(wording::case_fact_staff(LANGUAGE), vec![now.slot.staff.to_string()]),
        ];
        if let Some(outcome) = view.outcome() {
            let said = outcome.label(LANGUAGE).as_str().to_owned();
            facts.push(fact(wording::case_fact_outcome(LANGUAGE), vec![said]));
        }
        facts
    }

    fn request(&self, view: &RedactedView) -> Vec<Fact> {
        let mut facts = Vec::new();
        for request in view.requests() {
            let asking = &request.asking;
            let (doing, device) = (asking.doing.label(LANGUAGE), asking.device_of.label(LANGUAGE));
            let lines = vec![doing.as_str().to_owned(), device.as_str().to_owned(), self.when(request.since_micros)];
            facts.push(fact(wording::case_fact_request(LANGUAGE), lines));
            facts.push(fact(wording::case_fact_stands(LANGUAGE), vec![asked(&request.asked).as_str().to_owned()]));
        }
        if facts.is_empty() {
            let none = wording::case_fact_request_none(LANGUAGE).as_str().to_owned();
            facts.push(fact(wording::case_fact_request(LANGUAGE), vec![none]));
        }
        if view.has_opted_out() {
            let said = wording::case_opted_out(LANGUAGE).as_str().to_owned();
            facts.push(fact(wording::case_fact_opted_out(LANGUAGE), vec![said]));
        }
        let adjustment = match view.adjustment() {
            Adjustment::NotAsked => None,
            Adjustment::Claimed => Some(wording::case_adjustment_claimed(LANGUAGE)),
            Adjustment::WithAdviser { .. } => Some(wording::case_adjustment_asked(LANGUAGE)),
            Adjustment::Granted { .. } => Some(wording::case_adjustment_granted(LANGUAGE)),
            Adjustment::Denied => Some(wording::case_adjustment_denied(LANGUAGE)),
        };
        facts.extend(
            adjustment.map(|said| fact(wording::case_fact_adjustment(LANGUAGE), vec![said.as_str().to_owned()])),
        );
        facts
    }

    fn in_room(&self, view: &RedactedView) -> Vec<Fact> {
        let Some(now) = view.appointment() else { return Vec::new() };
        let room = match &now.room {
            Some(room) => self.room(now.slot.office.as_str(), room.name.as_str()),
            None => wording::case_fact_room_none(LANGUAGE).as_str().to_owned(),
        };
        let mut facts = vec![fact(wording::case_fact_room(LANGUAGE), vec![room])];
        let looked = now.checks.iter().map(|(check, seen)| {
            let (check, when) = (check.label(LANGUAGE), self.when(seen.at_micros));
            let said = match seen.good {
                true => wording::case_looked_at(LANGUAGE, check.as_str(), &when),
                false => wording::case_looked_at_bad(LANGUAGE, check.as_str(), &when),
            };
            said.as_str().to_owned()
        });
        let looked: Vec<String> = looked.collect();
        if !looked.is_empty() {
            facts.push(fact(wording::case_fact_looks(LANGUAGE), looked));
        }
        facts
    }

    fn copies(&self, view: &RedactedView, case: Option<CaseId>) -> Vec<Fact> {
        let mut facts = Vec::new();
        for recording in view.recordings() {
            let number = recording.number.to_string();
            let side = recording.side.label(LANGUAGE).as_str().to_owned();
            facts.push(fact(wording::case_fact_recording(LANGUAGE, &number), vec![side]));
            let Some(copies) = &recording.copies else { continue };
            if let Some(id) = &copies.id {
                facts.push(fact(wording::case_fact_id(LANGUAGE), vec![id.to_string()]));
            }
            for copy in &copies.made {
                let mut lines = vec![match copies.checked.get(&copy.side) {
                    Some(verdict) => verdict.label(LANGUAGE).as_str().to_owned(),
                    None => wording::case_copy_not_checked(LANGUAGE).as_str().to_owned(),
                }];
                lines.extend(copies.handed_over.get(&copy.side).map(|(at_micros, _)| {
                    wording::case_copy_handed_over(LANGUAGE, &self.when(*at_micros)).as_str().to_owned()
                }));
                if copy.side == rules::Side::Office && copies.thing.is_some() {
                    lines.push(wording::case_copy_kept(LANGUAGE).as_str().to_owned());
                }
                let side = copy.side.label(LANGUAGE);
                let kept = copies.thing.filter(|_| copy.side == rules::Side::Office).zip(case);
                let act =
                    kept.map(|(thing, case)| (wording::case_copy_see(LANGUAGE), format!("/cases/{case}/kept/{thing}")));
                facts.push(Fact { act, ..fact(wording::case_fact_copy(LANGUAGE, side.as_str()), lines) });
            }
        }
        if facts.is_empty() {
            facts.push(fact(
                wording::case_part_copies(LANGUAGE),
                vec![wording::case_copies_none(LANGUAGE).as_str().to_owned()],
            ));
        }
        facts
    }
}

fn fact(key: Words, lines: Vec<String>) -> Fact {
    Fact { key, lines, tag: None, act: None }
}

/// A signature that was drawn, where it may be seen and is one.
fn drawn((field, text): &(Field, Text)) -> Option<Strokes> {
    let (Field::Drawing, Text::Shown(text)) = (field, text) else { return None };
    text.parse::<Drawing>().ok().map(|drawing| drawing.strokes().to_vec())
}

/// Whether words are shown as a picture in their place.
fn is_drawn(field: Field, text: &Text) -> bool {
    field == Field::Drawing && matches!(text, Text::Shown(text) if text.parse::<Drawing>().is_ok())
}

fn said((field, text): &(Field, Text)) -> (Words, String) {
    let text = match text {
        Text::Shown(text) => text.clone(),
        Text::KeptBack(_) => wording::words_kept_back(LANGUAGE).as_str().to_owned(),
    };
    (field_name(*field), text)
}

/// What words of a field are called.
pub(in crate::http) fn field_name(field: Field) -> Words {
    match field {
        Field::Name => wording::words_name(LANGUAGE),
        Field::Contact => wording::words_contact(LANGUAGE),
        Field::Title => wording::words_title(LANGUAGE),
        Field::Label => wording::words_label(LANGUAGE),
        Field::Place => wording::words_place(LANGUAGE),
        Field::Receiver => wording::words_receiver(LANGUAGE),
        Field::Reason => wording::words_reason(LANGUAGE),
        Field::Reference => wording::words_reference(LANGUAGE),
        Field::Drawing => wording::words_drawing(LANGUAGE),
        Field::Salt | Field::Note => wording::words_note(LANGUAGE),
    }
}

fn asked(asked: &Asked) -> Words {
    match asked {
        Asked::Open => wording::case_asked_open(LANGUAGE),
        Asked::RefusalProposed { ground, .. } => {
            wording::case_asked_proposed(LANGUAGE, ground.label(LANGUAGE).as_str())
        }
        Asked::Accepted => wording::case_asked_accepted(LANGUAGE),
        Asked::Refused { ground } => wording::case_asked_refused(LANGUAGE, ground.label(LANGUAGE).as_str()),
        Asked::Withdrawn { why } => wording::case_asked_withdrawn(LANGUAGE, why.label(LANGUAGE).as_str()),
        Asked::Changed => wording::case_asked_changed(LANGUAGE),
    }
}

/// Rules, each as a clause with its source.
pub(in crate::http) fn clauses(cited: &[Cited]) -> Vec<String> {
    let mut clauses: Vec<String> = cited.iter().map(|one| format!("{} of {}", one.clause, one.source)).collect();
    clauses.dedup();
    clauses
}

/// For what somebody looks.
pub(super) fn purpose(purpose: Purpose) -> Words {
    match purpose {
        Purpose::OwnCase => wording::purpose_own_case(LANGUAGE),
        Purpose::Arrange => wording::purpose_arrange(LANGUAGE),
        Purpose::DecideRequest => wording::purpose_decide_request(LANGUAGE),
        Purpose::HoldMeeting => wording::purpose_hold_meeting(LANGUAGE),
        Purpose::HandOver => wording::purpose_hand_over(LANGUAGE),
        Purpose::Advise => wording::purpose_advise(LANGUAGE),
        Purpose::Resolve => wording::purpose_resolve(LANGUAGE),
        Purpose::Account => wording::purpose_account(LANGUAGE),
        Purpose::Complaint => wording::purpose_complaint(LANGUAGE),
        Purpose::RightsRequest => wording::purpose_rights_request(LANGUAGE),
        Purpose::Records => wording::purpose_records(LANGUAGE),
        Purpose::Quality => wording::purpose_quality(LANGUAGE),
        Purpose::Incident => wording::purpose_incident(LANGUAGE),
        Purpose::Audit => wording::purpose_audit(LANGUAGE),
        Purpose::Review => wording::purpose_review(LANGUAGE),
        Purpose::Emergency => wording::purpose_emergency(LANGUAGE),
    }
}

/// Where a case stands, and the colour of that.
pub(super) fn state(phase: Phase, is_late: bool) -> (Words, Colour) {
    match phase {
        _ if is_late => (wording::totals_overdue(LANGUAGE), Colour::Red),
        Phase::Absent | Phase::Planned => (wording::phase_planned(LANGUAGE), Colour::Grey),
        Phase::Begun => (wording::phase_begun(LANGUAGE), Colour::Blue),
        Phase::Ended => (wording::phase_ended(LANGUAGE), Colour::Yellow),
        Phase::Closed => (wording::phase_closed(LANGUAGE), Colour::Green),
    }
}

/// The same of a case of which nothing is shown.
pub(super) fn others() -> (Words, Colour) {
    (wording::cases_others(LANGUAGE), Colour::Grey)
}

/// What is to be done, in words.
pub(super) fn need(need: Need) -> Words {
    let l = LANGUAGE;
    match need {
        Need::DecideRequest => wording::need_decide_request(l),
        Need::SecondLook => wording::need_second_look(l),
        Need::AskAdviser => wording::need_ask_adviser(l),
        Need::DecideAdjustment => wording::need_decide_adjustment(l),
        Need::AskPerson => wording::need_ask_person(l),
        Need::OfferAnother => wording::need_offer_another(l),
        Need::Continue => wording::need_continue(l),
        Need::AnswerOffer => wording::need_answer_offer(l),
        Need::Confirm(number) => wording::need_confirm(l, &number.to_string()),
        Need::Tell(number) => wording::need_tell(l, &number.to_string()),
        Need::Acknowledge => wording::need_acknowledge(l),
        Need::BringForm => wording::need_bring_form(l),
        Need::PrivateRoom => wording::need_private_room(l),
        Need::AskStaff => wording::need_ask_staff(l),
        Need::OtherStaff => wording::need_other_staff(l),
        Need::Letter(letter) => wording::need_letter(l, letter.label(l).as_str()),
        Need::ExplainOptOut => wording::need_explain_opt_out(l),
        Need::Agreement => wording::need_agreement(l),
        Need::AgreementOf(number) => wording::need_agreement_of(l, &number.to_string()),
        Need::AgreementRefused => wording::need_agreement_refused(l),
        Need::RefusedBy(number) => wording::need_refused_by(l, &number.to_string()),
        Need::SpokenAgreement => wording::need_spoken_agreement(l),
        Need::Look(check) => wording::need_look(l, check.label(l).as_str()),
        Need::GoOn => wording::need_go_on(l),
        Need::MakeCopies(number) => wording::need_make_copies(l, &number.to_string()),
        Need::CheckCopy(number, side) => wording::need_check_copy(l, &number.to_string(), side.label(l).as_str()),
        Need::HandOver(number, side) => wording::need_hand_over(l, &number.to_string(), side.label(l).as_str()),
        Need::Keep(number) => wording::need_keep(l, &number.to_string()),
        Need::Close => wording::need_close(l),
        Need::PlanAgain => wording::need_plan_again(l),
        Need::ReviewGlass(number) => wording::need_review_glass(l, &number.to_string()),
        other => Words::said(l, other.to_string()),
    }
}

/// Before what something must be done.
pub(super) fn before(before: Before) -> Option<Words> {
    match before {
        Before::Start => Some(wording::case_next_before_start(LANGUAGE)),
        Before::Recording => Some(wording::case_next_before_recording(LANGUAGE)),
        Before::End => Some(wording::case_next_before_end(LANGUAGE)),
        Before::Close => Some(wording::case_next_before_close(LANGUAGE)),
        Before::Nothing => None,
    }
}

/// Who can do something.
pub(super) fn who_can(todo: &Todo) -> Words {
    let mut names: Vec<String> =
        todo.roles().into_iter().map(|role: Role| role_name(role).as_str().to_owned()).collect();
    if todo.is_persons() {
        names.push(wording::case_person(LANGUAGE).as_str().to_owned());
    }
    wording::case_next_who(LANGUAGE, &names.join(", "))
}

/// Where a deed's form is.
pub(super) fn form_of(case: casework::CaseId, deed: Deed) -> String {
    format!("/cases/{case}/do/{deed}")
}

/// Who noted something, and when.
pub(super) fn noted_by(lines: &Lines<'_>, by: &Account, at_micros: i64) -> Words {
    wording::case_noted_by(LANGUAGE, by.as_str(), &lines.when(at_micros))
}

//! What one event makes of a case.
//!
//! Not here: what a case is (`state.rs`), whether an event may be (`decide.rs`), what became of recordings and copies (`recorded.rs`), what staff noted for the
//! person (`noted.rs`). Invariants: only clear parts count; events come in order, without a gap and in their place; a moved appointment takes nothing with it
//! that was for its own time: room, staff's word, agreement, checks.

use super::appointment::{Another, Appointment, Offer, Present, Room, Seen};
use super::event::{By, Event, Who};
use super::order::phases;
use super::refusal::Refusal;
use super::state::{Adjustment, Asked, Case, Held, Phase, Plan, Request};
use super::what::What;
use super::word::{Answer, Check, Ending, Outcome, Party};
use crate::refusal::Refusal as Common;

impl Case {
    /// What one more event makes of it.
    ///
    /// # Errors
    /// It is another case's, or not the next one, or cannot stand where it stands.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.case != self.id {
            return Err(Refusal::OtherCase { expected: self.id, found: event.case });
        }
        if event.number != self.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.number + 1, found: event.number });
        }
        if !phases(&event.what).contains(&self.phase) {
            return Err(Common::Undecided { what: "it cannot stand at that part of the case's life" }.into());
        }
        self.note(event);
        self.take(event);
        self.number = event.number;
        if matches!(event.what, What::Looked { .. }) {
            // A look holds nobody up, not even by a clock that was wrong.
            return Ok(());
        }
        self.newest_change = event.number;
        if event.by == By::Person {
            self.note_said(event.at_micros);
        }
        self.newest_micros = self.newest_micros.max(Some(event.at_micros));
        if event.clocks.len() >= 2 {
            self.newest_agreed_micros = self.newest_agreed_micros.max(Some(event.at_micros));
        }
        Ok(())
    }

    fn take(&mut self, event: &Event) {
        match &event.what {
            What::Planned { .. } => self.planned(event),
            What::RoomAssigned { .. }
            | What::RoomLost { .. }
            | What::ContentSaid { .. }
            | What::Escalated { .. }
            | What::Acknowledged
            | What::Swapped { .. }
            | What::Tried { .. }
            | What::Offered { .. }
            | What::OfferAnswered { .. }
            | What::Moved { .. }
            | What::AnotherAsked { .. }
            | What::AnotherDeclined { .. }
            | What::Forgone { .. }
            | What::Checked { .. }
            | What::Overdue => self.arranged(event),
            What::Asked { .. }
            | What::Accepted { .. }
            | What::RefusalProposed { .. }
            | What::Refused { .. }
            | What::RequestReopened { .. }
            | What::Withdrawn { .. } => self.asked(event),
            What::OptOutExplained { .. }
            | What::OptedOut { .. }
            | What::OptedIn { .. }
            | What::AdjustmentClaimed { .. }
            | What::AdviserAsked { .. }
            | What::AdjustmentDecided { .. }
            | What::AdjustmentCarried { .. }
            | What::ResolutionOffered
            | What::ResolutionAnswered { .. }
            | What::Told { .. }
            | What::Confirmed { .. }
            | What::Disowned { .. }
            | What::FormatChosen
            | What::LetterIssued { .. }
            | What::IncidentNoted { .. }
            | What::Followed { .. } => self.said(event),
            What::Agreed { .. } | What::AgreementRefused { .. } | What::Entered { .. } | What::Left { .. } => {
                self.in_the_room(event);
            }
            What::Started { .. } | What::WentOn { .. } | What::Ended { .. } | What::StartUndone => self.went(event),
            What::RecordingStarted { .. }
            | What::Paused { .. }
            | What::Resumed
            | What::Stopped { .. }
            | What::CopiesMade { .. }
            | What::CopyChecked { .. }
            | What::HandedOver { .. }
            | What::CopyRefused { .. }
            | What::Kept { .. }
            | What::GiveUpProposed { .. }
            | What::GivenUp { .. } => self.recorded(event),
            What::Closed { .. }
            | What::Cancelled { .. }
            | What::Continued { .. }
            | What::OutcomeCorrected { .. }
            | What::Reopened { .. } => self.accounted(event),
            What::Looked { .. } | What::GlassBroken { .. } | What::GlassReviewed { .. } => self.looked(event),
        }
    }

    fn planned(&mut self, event: &Event) {
        let What::Planned { reference, meeting, jurisdiction, business, slot, adjustment_from, follows } = &event.what
        else {
            return;
        };
        self.plan = Some(Plan {
            reference: reference.clone(),
            meeting: *meeting,
            jurisdiction: *jurisdiction,
            business: business.clone(),
            planned_micros: event.at_micros,
        });
        if adjustment_from.is_some() {
            self.adjustment = Adjustment::Granted { from: *adjustment_from };
        }
        if let Some(follows) = follows {
            self.opted_out = follows.opted_out;
            self.form_to_bring = follows.form;
            // What the person asked for there stands here, and is decided by the rules of this day.
            if let Some(asking) = &follows.asking {
                let since_micros = follows.since_micros.unwrap_or(event.at_micros);
                let number = event.number;
                self.requests.push(Request { number, since_micros, asking: asking.clone(), asked: Asked::Open });
            }
        }
        self.appointments.push(Appointment::new(slot.clone(), None));
        self.phase = Phase::Planned;
    }

    fn arranged(&mut self, event: &Event) {
        let Some(now) = self.appointments.last_mut() else { return };
        match &event.what {
            // Who looked, looked at another room and at what stood in it.
            What::RoomAssigned { room, is_private } => {
                now.room = Some(Room { name: room.clone(), is_private: *is_private });
                now.checks.clear();
            }
            What::RoomLost { .. } => {
                now.room = None;
                now.checks.clear();
            }
            What::ContentSaid { content } => {
                if let By::Staff(account) = &event.by {
                    now.content.insert(account.clone(), *content);
                }
            }
            What::Escalated { .. } => now.escalated = Some(false),
            What::Acknowledged => now.escalated = Some(true),
            What::Swapped { from, to } => {
                now.swapped_from.push(from.clone());
                now.slot.staff = to.clone();
                self.present.retain(|one| one.party != Party::Professional);
            }
            What::Tried { attempt, found } => {
                now.tried.insert(*attempt, *found);
            }
            What::Offered { slot, cause, .. } => {
                now.offers.push(Offer { number: event.number, slot: slot.clone(), cause: *cause, answer: None });
            }
            What::OfferAnswered { offer, answer, .. } => {
                if let Some(one) = now.offers.iter_mut().find(|one| one.number == *offer) {
                    one.answer = Some(*answer);
                }
                if *answer != Answer::Lapsed {
                    now.another = None;
                }
            }
            What::AnotherAsked { .. } => now.another = Some(Another::Asked),
            What::AnotherDeclined { .. } => now.another = Some(Another::Declined),
            What::Forgone { .. } => now.is_forgone = true,
            What::Checked { check, good, devices } => {
                let seen = Seen { good: *good, at_micros: event.at_micros, devices: devices.clone() };
                now.checks.insert(*check, seen);
            }
            What::Overdue => now.is_overdue = true,
            What::Moved { slot, cause } => {
                now.outcome = Some(Outcome::Moved);
                self.appointments.push(Appointment::new(slot.clone(), Some(*cause)));
                self.present.clear();
            }
            _ => {}
        }
    }

    fn asked(&mut self, event: &Event) {
        if let What::Asked { asking, since_micros, changes } = &event.what {
            if let Some(old) = self.requests.iter_mut().find(|one| Some(one.number) == *changes) {
                old.asked = Asked::Changed;
            }
            if asking.adjustment && matches!(self.adjustment, Adjustment::NotAsked | Adjustment::Denied) {
                self.adjustment = Adjustment::Claimed;
            }
            self.requests.push(Request {
                number: event.number,
                since_micros: *since_micros,
                asking: asking.clone(),
                asked: Asked::Open,
            });
            self.to_tell.retain(|_, is_first| !*is_first);
            self.look_anew();
            self.think_again();
            return;
        }
        let (number, asked) = match &event.what {
            What::Accepted { request, .. } => (request, Asked::Accepted),
            What::RefusalProposed { request, ground, .. } => {
                let By::Staff(by) = &event.by else { return };
                let was_accepted = self.requests.iter().any(|one| {
                    one.number == *request
                        && matches!(one.asked, Asked::Accepted | Asked::RefusalProposed { was_accepted: true, .. })
                });
                (request, Asked::RefusalProposed { by: by.clone(), ground: *ground, was_accepted })
            }
            What::Refused { request, ground, .. } => (request, Asked::Refused { ground: *ground }),
            What::RequestReopened { request } => (request, Asked::Open),
            What::Withdrawn { request, why, .. } => (request, Asked::Withdrawn { why: *why }),
            _ => return,
        };
        let is_refused = matches!(asked, Asked::Refused { .. });
        if !is_refused {
            // A no that holds no more need not be told before it begins.
            self.to_tell.retain(|_, is_first| !*is_first);
        }
        if is_refused || asked == Asked::Accepted {
            self.to_tell.insert(event.number, is_refused);
        }
        if is_refused && let Some(now) = self.appointments.last_mut() {
            now.another = Some(Another::Asked);
        }
        if let Some(request) = self.requests.iter_mut().find(|one| one.number == *number) {
            request.asked = asked;
        }
    }

    /// What the person brings is another device, or none.
    fn look_anew(&mut self) {
        if let Some(now) = self.appointments.last_mut() {
            now.checks.remove(&Check::Device);
            now.checks.remove(&Check::Medium);
        }
    }

    /// Whoever wants it recorded again does not go on without.
    fn think_again(&mut self) {
        if let Some(held) = &mut self.held {
            held.goes_on = None;
        }
    }

    fn said(&mut self, event: &Event) {
        match &event.what {
            What::OptOutExplained { .. } => self.opt_out_explained = true,
            What::OptedOut { .. } => self.opted_out = true,
            What::OptedIn { .. } => {
                self.opted_out = false;
                // Whoever wants to be recorded after all has taken back that they did not agree.
                if let Some(now) = self.appointments.last_mut().filter(|now| now.agreed == Some(None)) {
                    now.agreed = None;
                }
                self.think_again();
            }
            What::AdjustmentClaimed { .. } => self.adjustment = Adjustment::Claimed,
            What::AdviserAsked { by_day, .. } => {
                self.adviser_asked = true;
                self.adjustment = Adjustment::WithAdviser { by_day: *by_day };
            }
            What::AdjustmentDecided { granted } => {
                self.adviser_asked = true;
                self.adjustment = if *granted { Adjustment::Granted { from: None } } else { Adjustment::Denied };
            }
            What::AdjustmentCarried { from } => self.adjustment = Adjustment::Granted { from: Some(*from) },
            What::ResolutionOffered => self.resolution = Some(None),
            What::ResolutionAnswered { reply } => self.resolution = Some(Some(*reply)),
            What::Told { about, .. } => {
                self.to_tell.remove(about);
            }
            What::Confirmed { of } => self.noted.retain(|one| one.number != *of),
            What::Disowned { of } => self.disown(*of),
            What::FormatChosen => {
                self.form = Some(event.number);
                self.form_to_bring = false;
            }
            // In the form that was wished when it went out, or with a word on why not.
            What::LetterIssued { letter, .. } => {
                self.letters.insert(*letter, self.form);
            }
            What::IncidentNoted { incident } => self.incidents.push((event.number, *incident)),
            What::Followed { by } => self.followed_by = Some(*by),
            _ => {}
        }
    }

    fn in_the_room(&mut self, event: &Event) {
        let Some(now) = self.appointments.last_mut() else { return };
        let (who, agreed) = match &event.what {
            What::Entered { present, party, account } => {
                now.entered = *present;
                now.person_came |= *party == Party::Person;
                let (party, account) = (*party, account.clone());
                self.present.push(Present { number: *present, party, account, agreed: None });
                return;
            }
            What::Left { present } => {
                self.present.retain(|one| one.number != *present);
                return;
            }
            What::Agreed { who, consent, .. } => (who, Some(*consent)),
            What::AgreementRefused { who } => (who, None),
            _ => return,
        };
        match who {
            Who::Person => {
                now.agreed = Some(agreed);
                let aloud = agreed == Some(super::word::Consent::Spoken);
                self.recordings.iter_mut().filter(|one| one.runs()).for_each(|one| one.agreed_aloud |= aloud);
                if agreed.is_some() && !self.recordings.iter().any(super::state::Recording::runs) {
                    self.think_again();
                }
            }
            Who::Present(number) => {
                if let Some(one) = self.present.iter_mut().find(|one| one.number == *number) {
                    one.agreed = Some(agreed.is_some());
                }
            }
        }
    }

    fn went(&mut self, event: &Event) {
        match &event.what {
            What::Started { recorded_by, .. } => {
                self.phase = Phase::Begun;
                let started_by = match &event.by {
                    By::Staff(account) => Some(account.clone()),
                    By::Person | By::Program => None,
                };
                let started_micros = event.at_micros;
                let (goes_on, ended) = (None, None);
                self.held = Some(Held { started_micros, started_by, goes_on, ended, is_unheard: false });
                self.records(recorded_by, true);
            }
            What::WentOn { goes_on, .. } => {
                if let Some(held) = &mut self.held {
                    held.goes_on = Some(*goes_on);
                }
            }
            What::Ended { ending, ended_micros, unheard } => self.ended(event, *ending, *ended_micros, *unheard),
            What::StartUndone => {
                self.phase = Phase::Planned;
                self.undone.extend(self.held.take());
                self.recordings.iter_mut().for_each(|one| one.is_over = true);
            }
            _ => {}
        }
    }

    fn ended(&mut self, event: &Event, ending: Ending, ended_micros: Option<i64>, unheard: bool) {
        self.phase = Phase::Ended;
        self.present.clear();
        for recording in &mut self.recordings {
            recording.is_over = true;
            recording.is_paused = false;
        }
        if unheard {
            self.to_tell.insert(event.number, false);
        }
        if let Some(held) = &mut self.held {
            held.ended = Some((ending, ended_micros.unwrap_or(event.at_micros)));
            held.is_unheard = unheard;
        }
    }

    fn accounted(&mut self, event: &Event) {
        let Some(now) = self.appointments.last_mut() else { return };
        self.phase = Phase::Closed;
        match &event.what {
            What::Closed { outcome, owed, .. } | What::OutcomeCorrected { to: outcome, owed, .. } => {
                now.outcome = Some(*outcome);
                now.is_owed = *owed;
                if *owed {
                    self.to_tell.insert(event.number, false);
                }
            }
            What::Cancelled { .. } => now.outcome = Some(Outcome::CancelledByPerson),
            What::Continued { outcome, slot, cause, .. } => {
                now.outcome = Some(*outcome);
                self.appointments.push(Appointment::new(slot.clone(), Some(*cause)));
                self.held = None;
                self.phase = Phase::Planned;
            }
            What::Reopened { .. } => {
                now.outcome = None;
                now.is_owed = false;
                self.phase = Phase::Planned;
            }
            _ => {}
        }
        if let By::Staff(account) = &event.by {
            self.closed_by = Some(account.clone());
        }
    }
}

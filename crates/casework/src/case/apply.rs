//! What one event makes of a case.
//!
//! Not here: what a case is (`state.rs`), whether an event may be (`decide.rs`). Invariants: only clear parts count; events come in order, without a gap; a
//! moved appointment takes nothing with it that was for its own time: room, staff's word, agreement, checks.

use super::event::{By, Event, What};
use super::refusal::Refusal;
use super::state::{Adjustment, Appointment, Asked, Case, Copies, Held, Phase, Plan, Request, Room};
use super::word::{Outcome, Stop};

impl Case {
    /// What one more event makes of it.
    ///
    /// # Errors
    /// It is another case's, or not the next one.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.case != self.id {
            return Err(Refusal::OtherCase { expected: self.id, found: event.case });
        }
        if event.number != self.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.number + 1, found: event.number });
        }
        match &event.what {
            What::Planned { .. } => self.planned(event),
            What::RoomAssigned { .. }
            | What::RoomLost { .. }
            | What::ContentSaid { .. }
            | What::Swapped { .. }
            | What::Tried { .. }
            | What::Offered { .. }
            | What::OfferAnswered { .. }
            | What::Moved { .. }
            | What::Agreed { .. }
            | What::AgreementRefused { .. }
            | What::Checked { .. }
            | What::Overdue => self.arranged(&event.what),
            What::Asked { .. }
            | What::Accepted { .. }
            | What::RefusalProposed { .. }
            | What::Refused { .. }
            | What::Withdrawn { .. } => self.asked(event),
            What::OptOutExplained { .. } => self.opt_out_explained = true,
            What::OptedOut { .. } => self.opted_out = true,
            What::Escalated { .. } => {}
            What::AdviserAsked { by_day, .. } => self.adjustment = Adjustment::WithAdviser { by_day: *by_day },
            What::AdjustmentDecided { granted: true } => self.adjustment = Adjustment::Granted { from: None },
            What::AdjustmentDecided { granted: false } => self.adjustment = Adjustment::Denied,
            What::ResolutionOffered => self.resolution = Some(None),
            What::ResolutionAnswered { reply } => self.resolution = Some(Some(*reply)),
            What::FormatChosen { format, language } => self.reads = (*format, *language),
            What::LetterIssued { letter, .. } => {
                self.letters.insert(*letter);
            }
            What::Entered { party } => *self.present.entry(*party).or_default() += 1,
            What::Left { party } => {
                if let Some(count) = self.present.get_mut(party) {
                    *count = count.saturating_sub(1);
                }
                self.present.retain(|_, count| *count > 0);
            }
            What::CopiesMade { .. }
            | What::CopyChecked { .. }
            | What::HandedOver { .. }
            | What::CopyRefused
            | What::Kept { .. } => self.copied(&event.what),
            What::Closed { outcome, .. } | What::OutcomeCorrected { to: outcome, .. } => {
                self.closed(*outcome, &event.by);
            }
            _ => self.went(event),
        }
        self.number = event.number;
        self.newest_micros = self.newest_micros.max(Some(event.at_micros));
        if event.clocks.len() >= 2 {
            self.newest_agreed_micros = self.newest_agreed_micros.max(Some(event.at_micros));
        }
        Ok(())
    }

    fn planned(&mut self, event: &Event) {
        let What::Planned { reference, meeting, jurisdiction, business, slot, adjustment_from } = &event.what else {
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
        self.appointments.push(Appointment::new(slot.clone(), None));
        self.phase = Phase::Planned;
    }

    fn arranged(&mut self, what: &What) {
        if let What::Offered { .. } = what {
            self.offer_made();
        }
        let Some(now) = self.appointments.last_mut() else { return };
        match what {
            What::RoomAssigned { room, is_private } => {
                now.room = Some(Room { name: room.clone(), is_private: *is_private });
            }
            What::RoomLost { .. } => now.room = None,
            What::ContentSaid { content } => now.content = Some(*content),
            What::Swapped { from, to } => {
                now.swapped_from.push(from.clone());
                now.slot.staff = to.clone();
                now.content = None;
            }
            What::Tried { attempt, found } => {
                now.tried.insert(*attempt, *found);
            }
            What::Offered { slot, cause, .. } => now.offered = Some((slot.clone(), *cause)),
            What::OfferAnswered { .. } => now.offered = None,
            What::Checked { check, good } => {
                now.checks.insert(*check, *good);
            }
            What::Agreed { party, consent, .. } => {
                now.agreed.insert(*party, Some(*consent));
            }
            What::AgreementRefused { party } => {
                now.agreed.insert(*party, None);
            }
            What::Overdue => now.is_overdue = true,
            What::Moved { slot, cause } => {
                now.outcome = Some(Outcome::Moved);
                now.offered = None;
                self.appointments.push(Appointment::new(slot.clone(), Some(*cause)));
                self.present.clear();
            }
            _ => {}
        }
    }

    fn offer_made(&mut self) {
        if let Some(Request { asked: Asked::Refused { offered, .. }, .. }) = self.requests.last_mut() {
            *offered = true;
        }
    }

    fn asked(&mut self, event: &Event) {
        if let What::Asked { asking, same_day } = &event.what {
            if asking.adjustment && self.adjustment == Adjustment::NotAsked {
                self.adjustment = Adjustment::Claimed;
            }
            self.requests.push(Request {
                number: event.number,
                at_micros: event.at_micros,
                asking: asking.clone(),
                same_day: *same_day,
                asked: Asked::Open,
            });
            return;
        }
        let Some(request) = self.requests.last_mut() else { return };
        match &event.what {
            What::Accepted { .. } => request.asked = Asked::Accepted,
            What::RefusalProposed { ground, .. } => {
                if let By::Staff(by) = &event.by {
                    request.asked = Asked::RefusalProposed { by: by.clone(), ground: *ground };
                }
            }
            What::Refused { ground, .. } => request.asked = Asked::Refused { ground: *ground, offered: false },
            What::Withdrawn { why } => request.asked = Asked::Withdrawn { why: *why },
            _ => {}
        }
    }

    fn went(&mut self, event: &Event) {
        if let What::Started { recorded_by, .. } = &event.what {
            self.phase = Phase::Begun;
            self.held = Some(Held {
                started_micros: event.at_micros,
                recorded_by: *recorded_by,
                is_paused: false,
                stopped: None,
                goes_on: None,
                ended: None,
            });
            return;
        }
        let Some(held) = &mut self.held else { return };
        match &event.what {
            What::Paused { .. } => held.is_paused = true,
            What::Resumed => held.is_paused = false,
            What::Stopped { stop } => {
                held.is_paused = false;
                held.stopped = Some(*stop);
                // Who does not want it recorded any more has said already that it goes on without.
                held.goes_on = (*stop == Stop::OptedOut).then_some(true);
            }
            What::WentOn { goes_on } => held.goes_on = Some(*goes_on),
            What::Ended { ending } => {
                held.is_paused = false;
                held.ended = Some((*ending, event.at_micros));
                self.phase = Phase::Ended;
            }
            _ => {}
        }
    }

    fn copied(&mut self, what: &What) {
        let copies = self.copies.get_or_insert_with(Copies::default);
        match what {
            What::CopiesMade { recording, copies: made } => {
                *copies = Copies { recording: *recording, made: made.clone(), ..Copies::default() };
            }
            What::CopyChecked { side, verdict } => {
                copies.checked.insert(*side, *verdict);
            }
            What::HandedOver { side } => {
                copies.handed_over.insert(*side);
            }
            What::CopyRefused => copies.is_refused = true,
            What::Kept { thing } => copies.thing = Some(*thing),
            _ => {}
        }
    }

    fn closed(&mut self, outcome: Outcome, by: &By) {
        self.phase = Phase::Closed;
        if let By::Staff(account) = by {
            self.closed_by = Some(account.clone());
        }
        if let Some(now) = self.appointments.last_mut() {
            now.outcome = Some(outcome);
            now.offered = None;
        }
    }
}

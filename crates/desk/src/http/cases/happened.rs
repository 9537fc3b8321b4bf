//! What happened in a case, one line for each event, as people read it.
//!
//! Not what happened (`casework::case`), nor who sees it (its `view`). Invariants: every kind of event has its line, or this does not compile; a line has no words of anybody's:
//! those stand beside it as far as they may be seen.

use casework::case::{Answer, Slot, What, Who};
use pages::wording::{self, Language, Words};

use super::deeds::Listed;

/// How moments and days are put in words: the time of the place where the case belongs.
pub(super) struct Telling<'a> {
    pub(super) language: Language,
    /// A moment, in microseconds since 1970.
    pub(super) when: &'a dyn Fn(i64) -> String,
    /// A day.
    pub(super) day: &'a dyn Fn(rules::Date) -> String,
    /// An office, by its name.
    pub(super) office: &'a dyn Fn(&str) -> String,
    /// A room of the case's office, by its name.
    pub(super) room: &'a dyn Fn(&str) -> String,
}

impl Telling<'_> {
    fn label<T: Listed>(&self, one: T) -> String {
        one.label(self.language).as_str().to_owned()
    }

    fn slot(&self, slot: &Slot) -> (String, String) {
        ((self.when)(slot.starts_micros), (self.office)(slot.office.as_str()))
    }

    fn sides(&self, sides: &[rules::Side]) -> String {
        let sides: Vec<String> = sides.iter().map(|side| self.label(*side)).collect();
        sides.join(", ")
    }

    /// The line of an event, which that account did where staff did it.
    pub(super) fn line(&self, what: &What, by: &str) -> Words {
        let l = self.language;
        match what {
            What::Planned { slot, .. } => {
                let (when, office) = self.slot(slot);
                wording::happened_planned(l, &when, &office)
            }
            What::RoomAssigned { room, is_private: true } => {
                wording::happened_room_assigned(l, &(self.room)(room.as_str()))
            }
            What::RoomAssigned { room, is_private: false } => {
                wording::happened_room_assigned_open(l, &(self.room)(room.as_str()))
            }
            What::RoomLost { room } => wording::happened_room_lost(l, &(self.room)(room.as_str())),
            What::ContentSaid { content: true } => wording::happened_content(l, by),
            What::ContentSaid { content: false } => wording::happened_not_content(l, by),
            What::Escalated { .. } => wording::happened_escalated(l),
            What::Acknowledged => wording::happened_acknowledged(l),
            What::Swapped { from, to } => wording::happened_swapped(l, to.as_str(), from.as_str()),
            What::Tried { attempt, found: true } => wording::happened_tried_found(l, &self.label(*attempt)),
            What::Tried { attempt, found: false } => wording::happened_tried(l, &self.label(*attempt)),
            What::Offered { slot, cause, .. } => {
                let (when, office) = self.slot(slot);
                wording::happened_offered(l, &when, &office, &self.label(*cause))
            }
            What::OfferAnswered { answer, .. } => {
                let answer = match answer {
                    Answer::Accepted => wording::happened_answer_accepted(l),
                    Answer::Declined => wording::happened_answer_declined(l),
                    Answer::Lapsed => wording::happened_answer_lapsed(l),
                };
                wording::happened_offer_answered(l, answer.as_str())
            }
            What::Moved { slot, cause } => {
                let (when, office) = self.slot(slot);
                wording::happened_moved(l, &when, &office, &self.label(*cause))
            }
            What::AnotherAsked { channel } => wording::happened_another_asked(l, &self.label(*channel)),
            What::AnotherDeclined { channel } => wording::happened_another_declined(l, &self.label(*channel)),
            other => self.asking(other),
        }
    }

    fn asking(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::Asked { asking, changes, .. } => {
                let (doing, device) = (self.label(asking.doing), self.label(asking.device_of));
                let channel = self.label(asking.channel);
                match changes {
                    None => wording::happened_asked(l, &doing, &device, &channel),
                    Some(_) => wording::happened_request_changed(l, &doing, &device, &channel),
                }
            }
            What::Accepted { .. } => wording::happened_accepted(l),
            What::RefusalProposed { ground, .. } => wording::happened_refusal_proposed(l, &self.label(*ground)),
            What::Refused { ground, proposed_by, .. } => {
                wording::happened_refused(l, &self.label(*ground), proposed_by.as_str())
            }
            What::RequestReopened { .. } => wording::happened_request_reopened(l),
            What::Withdrawn { why, channel, .. } => {
                wording::happened_withdrawn(l, &self.label(*why), &self.label(*channel))
            }
            What::OptOutExplained { channel } => wording::happened_opt_out_explained(l, &self.label(*channel)),
            What::OptedOut { channel, .. } => wording::happened_opted_out(l, &self.label(*channel)),
            What::OptedIn { channel } => wording::happened_opted_in(l, &self.label(*channel)),
            What::Forgone { channel } => wording::happened_forgone(l, &self.label(*channel)),
            What::AdjustmentClaimed { channel } => wording::happened_adjustment_claimed(l, &self.label(*channel)),
            What::AdviserAsked { by_day, .. } => wording::happened_adviser_asked(l, &(self.day)(*by_day)),
            What::AdjustmentDecided { granted: true } => wording::happened_adjustment_granted(l),
            What::AdjustmentDecided { granted: false } => wording::happened_adjustment_denied(l),
            What::AdjustmentCarried { .. } => wording::happened_adjustment_carried(l),
            What::ResolutionOffered => wording::happened_resolution_offered(l),
            What::ResolutionAnswered { reply } => wording::happened_resolution_answered(l, &self.label(*reply)),
            What::Told { about, channel } => wording::happened_told(l, &about.to_string(), &self.label(*channel)),
            What::Confirmed { of } => wording::happened_confirmed(l, &of.to_string()),
            What::Disowned { of } => wording::happened_disowned(l, &of.to_string()),
            other => self.papers(other),
        }
    }

    fn papers(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::FormatChosen => wording::happened_format_chosen(l),
            What::LetterIssued { letter, dispatch, fits, .. } => {
                let (letter, dispatch) = (self.label(*letter), self.label(*dispatch));
                match fits {
                    true => wording::happened_letter(l, &letter, &dispatch),
                    false => wording::happened_letter_unfit(l, &letter, &dispatch),
                }
            }
            What::Agreed { who: Who::Person, consent, .. } => wording::happened_agreed_person(l, &self.label(*consent)),
            What::Agreed { who: Who::Present(number), consent, .. } => {
                wording::happened_agreed_other(l, &number.to_string(), &self.label(*consent))
            }
            What::AgreementRefused { who: Who::Person } => wording::happened_agreement_refused_person(l),
            What::AgreementRefused { who: Who::Present(number) } => {
                wording::happened_agreement_refused_other(l, &number.to_string())
            }
            What::Checked { check, good: true, .. } => wording::happened_checked_good(l, &self.label(*check)),
            What::Checked { check, good: false, .. } => wording::happened_checked_bad(l, &self.label(*check)),
            What::Entered { present, party, account } => {
                let (number, party) = (present.to_string(), self.label(*party));
                match account {
                    None => wording::happened_entered(l, &number, &party),
                    Some(account) => wording::happened_entered_staff(l, &number, &party, account.as_str()),
                }
            }
            What::Left { present } => wording::happened_left(l, &present.to_string()),
            other => self.meeting(other),
        }
    }

    fn meeting(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::Started { recorded_by, .. } if recorded_by.is_empty() => wording::happened_started(l),
            What::Started { recorded_by, .. } => wording::happened_started_recorded(l, &self.sides(recorded_by)),
            What::RecordingStarted { recorded_by, .. } => {
                wording::happened_recording_started(l, &self.sides(recorded_by))
            }
            What::Paused { pause } => wording::happened_paused(l, &self.label(*pause)),
            What::Resumed => wording::happened_resumed(l),
            What::Stopped { stop, .. } => wording::happened_stopped(l, &self.label(*stop)),
            What::WentOn { goes_on: true, channel } => wording::happened_went_on(l, &self.label(*channel)),
            What::WentOn { goes_on: false, channel } => wording::happened_went_not_on(l, &self.label(*channel)),
            What::IncidentNoted { incident } => wording::happened_incident(l, &self.label(*incident)),
            What::Ended { ending, unheard: false, .. } => wording::happened_ended(l, &self.label(*ending)),
            What::Ended { ending, unheard: true, .. } => wording::happened_ended_unheard(l, &self.label(*ending)),
            What::StartUndone => wording::happened_start_undone(l),
            What::CopiesMade { recording, .. } => wording::happened_copies_made(l, &recording.to_string()),
            What::CopyChecked { recording, side, verdict } => {
                let (side, verdict) = (self.label(*side), self.label(*verdict));
                wording::happened_copy_checked(l, &recording.to_string(), &side, &verdict)
            }
            What::HandedOver { recording, side, .. } => {
                wording::happened_handed_over(l, &recording.to_string(), &self.label(*side))
            }
            What::CopyRefused { recording, channel } => {
                wording::happened_copy_refused(l, &recording.to_string(), &self.label(*channel))
            }
            What::Kept { recording, .. } => wording::happened_kept(l, &recording.to_string()),
            What::GiveUpProposed { recording } => wording::happened_give_up_proposed(l, &recording.to_string()),
            What::GivenUp { recording, proposed_by } => {
                wording::happened_given_up(l, &recording.to_string(), proposed_by.as_str())
            }
            other => self.accounted(other),
        }
    }

    fn accounted(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::Overdue => wording::happened_overdue(l),
            What::Closed { outcome, owed: false, .. } => wording::happened_closed(l, &self.label(*outcome)),
            What::Closed { outcome, owed: true, .. } => wording::happened_closed_owed(l, &self.label(*outcome)),
            What::Cancelled { channel } => wording::happened_cancelled(l, &self.label(*channel)),
            What::Continued { outcome, slot, cause, .. } => {
                let (when, office) = self.slot(slot);
                wording::happened_continued(l, &self.label(*outcome), &when, &office, &self.label(*cause))
            }
            What::OutcomeCorrected { from, to, .. } => {
                wording::happened_outcome_corrected(l, &self.label(*to), &self.label(*from))
            }
            What::Reopened { from } => wording::happened_reopened(l, &self.label(*from)),
            What::Followed { .. } => wording::happened_followed(l),
            What::GlassBroken { .. } => wording::happened_glass_broken(l),
            What::GlassReviewed { justified: true, .. } => wording::happened_glass_justified(l),
            What::GlassReviewed { justified: false, .. } => wording::happened_glass_not_justified(l),
            // All others were asked before; a look stands by itself.
            _ => wording::happened_looked(l),
        }
    }
}

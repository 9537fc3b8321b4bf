//! What events make of recordings and their copies, and what can be said of them.
//!
//! Not here: whether a recording may begin (`recording.rs`) or a copy be given (`copies.rs`). Invariants: a recording that ended does not begin again, another
//! does, with its own number, copies and end; what two people gave up is not asked for any more and is never taken for whole.

use std::collections::BTreeSet;

use super::event::Event;
use super::state::{Case, Copies, Phase, Recording};
use super::what::What;
use super::word::{Check, Stop};
use rules::Side;

impl Recording {
    /// Whether it goes on or pauses.
    #[must_use]
    pub fn runs(&self) -> bool {
        !self.is_over
    }
}

impl Case {
    /// The recordings of the appointment that stands.
    pub fn recordings_now(&self) -> impl Iterator<Item = &Recording> {
        let now = self.appointments.len().saturating_sub(1);
        // What began by mistake is kept, and is no recording of this meeting.
        self.recordings.iter().filter(move |one| one.appointment == now && one.stopped != Some(Stop::Mistaken))
    }

    /// Whether a recording is going on or pauses.
    #[must_use]
    pub fn is_recorded_now(&self) -> bool {
        self.recordings.iter().any(Recording::runs)
    }

    /// Whose devices record.
    pub(super) fn sides_running(&self) -> BTreeSet<Side> {
        self.recordings.iter().filter(|one| one.runs()).map(|one| one.side).collect()
    }

    /// The recordings that run, by number; only one side's if one is named.
    pub(super) fn running(&self, side: Option<Side>) -> Vec<u32> {
        let ours = |one: &&Recording| one.runs() && side.is_none_or(|side| one.side == side);
        self.recordings.iter().filter(ours).map(|one| one.number).collect()
    }

    /// Begins a recording for each side.
    pub(super) fn records(&mut self, sides: &[Side], from_start: bool) {
        let appointment = self.appointments.len().saturating_sub(1);
        for side in sides {
            let number = u32::try_from(self.recordings.len()).unwrap_or(u32::MAX).saturating_add(1);
            self.recordings.push(Recording {
                number,
                appointment,
                side: *side,
                from_start,
                is_paused: false,
                stopped: None,
                is_over: false,
                agreed_aloud: false,
                copies: None,
                give_up_by: None,
                is_given_up: false,
            });
        }
        if !from_start && let Some(held) = &mut self.held {
            held.goes_on = None;
        }
    }

    fn one(&mut self, number: u32) -> Option<&mut Recording> {
        self.recordings.iter_mut().find(|one| one.number == number)
    }

    pub(super) fn recorded(&mut self, event: &Event) {
        match &event.what {
            What::RecordingStarted { recorded_by, .. } => self.records(recorded_by, false),
            What::Paused { .. } => self.pauses(true),
            What::Resumed => self.pauses(false),
            What::Stopped { recordings, stop } => self.stopped(recordings, *stop),
            What::GiveUpProposed { recording } => {
                let by = match &event.by {
                    super::event::By::Staff(by) => Some(by.clone()),
                    super::event::By::Person | super::event::By::Program => None,
                };
                if let Some(one) = self.one(*recording) {
                    one.give_up_by = by;
                }
            }
            What::GivenUp { recording, .. } => {
                self.to_tell.insert(event.number, false);
                if let Some(one) = self.one(*recording) {
                    one.is_given_up = true;
                }
            }
            What::CopiesMade { recording, .. }
            | What::CopyChecked { recording, .. }
            | What::HandedOver { recording, .. }
            | What::CopyRefused { recording, .. }
            | What::Kept { recording, .. } => {
                if let Some(one) = self.one(*recording) {
                    copied(one.copies.get_or_insert_with(Copies::default), event);
                }
            }
            _ => {}
        }
    }

    fn pauses(&mut self, is_paused: bool) {
        self.recordings.iter_mut().filter(|one| one.runs()).for_each(|one| one.is_paused = is_paused);
    }

    fn stopped(&mut self, recordings: &[u32], stop: Stop) {
        for one in self.recordings.iter_mut().filter(|one| recordings.contains(&one.number)) {
            one.is_paused = false;
            one.is_over = true;
            one.stopped = Some(stop);
        }
        let Some(now) = self.appointments.last_mut() else { return };
        // Whoever begins again looks again at what failed.
        if matches!(stop, Stop::EquipmentFailed | Stop::NoMedium) {
            for check in [Check::Device, Check::Medium, Check::Recorder, Check::RecorderMedium] {
                now.checks.remove(&check);
            }
        }
        // Whoever does not want it recorded any more has said already that it goes on without.
        let by_the_person = stop == Stop::OptedOut || (stop == Stop::AgreementWithdrawn && now.agreed == Some(None));
        if self.phase == Phase::Begun
            && let Some(held) = &mut self.held
        {
            held.goes_on = by_the_person.then_some(true);
        }
    }
}

fn copied(copies: &mut Copies, event: &Event) {
    match &event.what {
        What::CopiesMade { id, copies: made, .. } => {
            // Who has theirs keeps it; the others' are new, and nobody has looked at them.
            let has = |side: &Side| copies.handed_over.contains_key(side);
            let kept: Vec<_> = copies.made.iter().filter(|copy| has(&copy.side)).cloned().collect();
            copies.checked.retain(|side, _| copies.handed_over.contains_key(side));
            copies.made = kept.iter().chain(made.iter().filter(|copy| !has(&copy.side))).cloned().collect();
            copies.id = *id;
        }
        What::CopyChecked { side, verdict, .. } => {
            copies.checked.insert(*side, *verdict);
        }
        What::HandedOver { side, receipt, .. } => {
            copies.handed_over.insert(*side, (event.at_micros, *receipt));
            // Whoever takes it after all wants it.
            copies.is_refused &= *side != Side::Person;
        }
        What::CopyRefused { .. } => copies.is_refused = true,
        What::Kept { thing, .. } => copies.thing = Some(*thing),
        _ => {}
    }
}

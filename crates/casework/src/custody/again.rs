//! Whether an event may stand where it stands: asked again when it is read, of the thing as it was before it and the staff as they were then.
//!
//! Not here: what is decided (`decide.rs` and below), nor what an event makes (`apply.rs`). What rules said then is not asked again, for packs change, nor how
//! far apart clocks were, which no event says. Invariants: whoever did it had an account that counted and a role that may, or the program does such things by
//! itself; the part of the thing's life let it; what needs two people had approvals of two, each of exactly that.

use super::approval::{self, Needed};
use super::command::{Command, Deed};
use super::decide::{agreed, in_phase, not_back, permitted, place};
use super::event::{Body, Event, What};
use super::subject::{self, Subject};
use super::thing::{Phase, Proposal, Thing, Why};
use super::{correction, destruction, holding, intake, transfer};
use crate::hex::{Digest, HoldId};
use crate::moment::Moment;
use crate::name::Account;
use crate::refusal::{self, Refusal};
use crate::staff::{History, Staff};

/// An event that is asked about, and everything that it came of.
struct Asked<'a> {
    thing: &'a Thing,
    event: &'a Event,
    moment: &'a Moment,
    staff: &'a Staff,
}

fn undecided(what: &'static str) -> Refusal {
    Refusal::Undecided { what }
}

fn if_so(is_so: bool, otherwise: &'static str) -> Result<(), Refusal> {
    if is_so { Ok(()) } else { Err(undecided(otherwise)) }
}

impl Thing {
    /// Whether an event could be decided as the next one, after so many events of the staff.
    ///
    /// # Errors
    /// Why nobody could have decided it.
    pub fn may_have(&self, event: &Event, history: &History, staff_events: u64) -> Result<(), Refusal> {
        let moment = Moment::of_event(event.at_micros, &event.clocks).ok_or(undecided("its clocks are none"))?;
        if_so(event.behind_micros == self.behind_micros(&moment), "it says otherwise by how much it lies behind")?;
        let staff = history.at(staff_events, self.accounts(event));
        let deed = deed(&event.what);
        permitted(deed, event.by.as_ref(), &staff)?;
        in_phase(deed, self)?;
        Asked { thing: self, event, moment: &moment, staff: &staff }.ask()
    }

    /// The accounts on which it depends.
    fn accounts<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Account> {
        let (approvers, asker): (&[Account], _) = match &event.what {
            What::KindCorrected { approved_by, .. }
            | What::FactCorrected { approved_by, .. }
            | What::Transferred { approved_by, .. }
            | What::Released { approved_by, .. }
            | What::Destroying { approved_by, .. } => (approved_by, None),
            What::TransferApproved { transfer, .. } => {
                (&[], self.transfers.get(transfer).and_then(|asked| asked.by.as_ref()))
            }
            _ => (&[], None),
        };
        event.by.iter().chain(approvers).chain(asker)
    }
}

/// The command that it came of, by its name in the table of rights.
fn deed(what: &What) -> Deed {
    match what {
        What::Received { .. } => Deed::Receive,
        What::Recovered { .. } => Deed::Recover,
        What::ItemRecovered { .. } => Deed::RecoverItem,
        What::Described { .. } => Deed::Describe,
        What::ItemDescribed { .. } => Deed::DescribeItem,
        What::KindNamed { .. } | What::KindCorrected { .. } => Deed::CorrectKind,
        What::FactNamed { .. } | What::FactCorrected { .. } => Deed::CorrectFact,
        What::FactLearned(_) => Deed::LearnFact,
        What::Verified(_) => Deed::Verify,
        What::Accessed { .. } => Deed::Access,
        What::Copied { .. } => Deed::Copy,
        What::Moved => Deed::Move,
        What::TransferAsked { .. } => Deed::AskTransfer,
        What::TransferApproved { .. } => Deed::ApproveTransfer,
        What::Transferred { .. } => Deed::Transfer,
        What::Asked { .. } => Deed::Ask,
        What::Answered { .. } => Deed::Answer,
        What::HoldLapsed { .. } => Deed::LapseHold,
        What::Held { .. } => Deed::Hold,
        What::HoldReviewed { .. } => Deed::ReviewHold,
        What::ReleaseProposed { .. } => Deed::ProposeRelease,
        What::ReleaseApproved { .. } | What::Released { .. } => Deed::ApproveRelease,
        What::DueNoted { .. } => Deed::NoteDue,
        What::DestructionProposed { .. } => Deed::ProposeDestruction,
        What::DestructionApproved { .. } => Deed::ApproveDestruction,
        What::ApprovalWithdrawn => Deed::WithdrawApproval,
        What::ApprovalsVoided | What::DestructionStopped { hold: None } => Deed::VoidApprovals,
        What::Destroying { .. } => Deed::BeginDestruction,
        What::KeyErased { .. } => Deed::EraseKey,
        What::ObjectGone { .. } => Deed::RemoveObject,
        What::Swept { .. } => Deed::Sweep,
        What::ItemDestroyed { .. } => Deed::DestroyItem,
        What::Destroyed { .. } => Deed::Certify,
        What::CertificateLogged { .. } => Deed::LogCertificate,
        What::Missing { .. } => Deed::NoteMissing,
        What::Found { .. } => Deed::NoteFound,
        What::Rotten { .. } => Deed::NoteRotten,
        What::Repaired { .. } => Deed::NoteRepaired,
        What::HoldReplayed { .. } | What::DestructionStopped { hold: Some(_) } => Deed::ReplayHold,
        What::DestructionReplayed { .. } => Deed::ReplayDestruction,
    }
}

/// A step that depends on nothing but the thing: it is decided again as it is.
fn step(what: &What) -> Option<Command> {
    Some(match what.clone() {
        What::Missing { store } => Command::NoteMissing { store },
        What::Found { store } => Command::NoteFound { store },
        What::Rotten { store } => Command::NoteRotten { store },
        What::Repaired { store, from } => Command::NoteRepaired { store, from },
        What::KeyErased { copies } => Command::EraseKey { copies },
        What::ObjectGone { store, versions } => Command::RemoveObject { store, versions },
        What::Swept { place, removed } => Command::Sweep { place, removed },
        What::ItemDestroyed { method, by, place, standard } => Command::DestroyItem { method, by, place, standard },
        What::Destroyed { certificate } => Command::Certify { certificate },
        What::ApprovalsVoided | What::DestructionStopped { hold: None } => Command::VoidApprovals,
        What::HoldReplayed { hold } | What::DestructionStopped { hold: Some(hold) } => Command::ReplayHold { hold },
        _ => return None,
    })
}

impl Asked<'_> {
    fn ask(&self) -> Result<(), Refusal> {
        if let Some(command) = step(&self.event.what) {
            return if_so(self.first_of(&command)? == self.event.what, "something else follows there");
        }
        match &self.event.what {
            What::Received { .. }
            | What::Described { .. }
            | What::ItemDescribed { .. }
            | What::FactLearned(_)
            | What::Moved => self.comes_in(),
            What::KindNamed { .. }
            | What::KindCorrected { .. }
            | What::FactNamed { .. }
            | What::FactCorrected { .. } => self.is_put_right(),
            What::TransferAsked { .. } | What::TransferApproved { .. } | What::Transferred { .. } => {
                self.is_passed_on()
            }
            What::Asked { hold, .. } | What::Held { hold, .. } => holding::unused(self.thing, *hold),
            What::Answered { .. } | What::HoldLapsed { .. } | What::HoldReviewed { .. } => self.is_looked_after(),
            What::ReleaseProposed { .. } | What::ReleaseApproved { .. } | What::Released { .. } => self.is_released(),
            What::DestructionProposed { .. }
            | What::DestructionApproved { .. }
            | What::ApprovalWithdrawn
            | What::Destroying { .. } => self.is_destroyed(),
            What::DueNoted { last_day, .. } => self.is_over(*last_day),
            What::CertificateLogged { .. } => destruction::unlogged(self.thing),
            _ => Ok(()),
        }
    }

    /// What a step begins with.
    fn first_of(&self, command: &Command) -> Result<What, Refusal> {
        let thing = self.thing;
        match command {
            Command::VoidApprovals => destruction::void(thing),
            Command::ReplayHold { hold } => holding::replayed(thing, *hold).map(|mut all| all.swap_remove(0)),
            _ if self.thing.phase == Phase::Destroying => {
                destruction::forward(thing, thing.destruction.as_ref().ok_or(Refusal::NotProposed)?, command)
            }
            _ => intake::health(thing, command),
        }
    }

    fn comes_in(&self) -> Result<(), Refusal> {
        let thing = self.thing;
        match &self.event.what {
            What::Received { body: Body::Electronic { verdict, .. }, .. } => intake::verifies(*verdict),
            What::Described { .. } => intake::undescribed(thing, false),
            What::ItemDescribed { .. } => intake::undescribed(thing, true),
            What::FactLearned(one) => {
                place(thing)?;
                if_so(!thing.facts.contains_key(&one.fact), "that day was known already")
            }
            What::Moved => if_so(matches!(thing.body, Some(Body::Physical { .. })), "it is no disc or tape"),
            _ => Ok(()),
        }
    }

    fn is_put_right(&self) -> Result<(), Refusal> {
        let thing = self.thing;
        not_back(thing, self.moment)?;
        let named = match &self.event.what {
            What::KindNamed { .. } | What::KindCorrected { .. } => thing.kind_named.as_ref(),
            What::FactNamed { right, .. } | What::FactCorrected { right, .. } => thing.facts_named.get(&right.fact),
            _ => None,
        };
        match &self.event.what {
            What::KindNamed { kind, subject, staff_event } => {
                if_so(thing.kind.as_ref().is_some_and(|now| now != kind), "it is of that kind, or of none yet")?;
                self.is_said(named, Subject::kind(thing, kind).digest(), (*subject, *staff_event), &correction::KIND)
            }
            What::FactNamed { right, subject, staff_event } => {
                let is_other = thing.facts.get(&right.fact).is_some_and(|was| *was != right.day);
                if_so(is_other, "that is the day that was given, or none was")?;
                self.is_said(named, Subject::fact(thing, *right).digest(), (*subject, *staff_event), &correction::FACT)
            }
            What::KindCorrected { kind, approved_by, commitment, verdict, .. } => {
                let is_item = matches!(thing.body, Some(Body::Physical { .. }));
                if_so(commitment.is_none() == is_item && verdict.is_none() == is_item, "it is of the other nature")?;
                verdict.map_or(Ok(()), intake::verifies)?;
                self.is_enough(named, Subject::kind(thing, kind).digest(), approved_by, &correction::KIND)
            }
            What::FactCorrected { right, was, approved_by, .. } => {
                if_so(thing.facts.get(&right.fact) == Some(was), "another day was given before")?;
                self.is_enough(named, Subject::fact(thing, *right).digest(), approved_by, &correction::FACT)
            }
            _ => Ok(()),
        }
    }

    fn is_passed_on(&self) -> Result<(), Refusal> {
        let thing = self.thing;
        match &self.event.what {
            What::TransferAsked { transfer, subject, .. } => {
                holding::unused(thing, *transfer)?;
                let asked = Subject::transfer(thing, *transfer, thing.number + 1).digest();
                if_so(asked == *subject, "its subject is another")
            }
            What::TransferApproved { transfer, subject, staff_event } => {
                let asked = transfer::asked(thing, *transfer)?;
                transfer::by_another(asked, self.event.by.as_ref(), self.staff)?;
                self.is_said(Some(asked), asked.subject, (*subject, *staff_event), &transfer::NEEDED)
            }
            What::Transferred { transfer, approved_by, .. } => {
                not_back(thing, self.moment)?;
                let asked = transfer::asked(thing, *transfer)?;
                self.is_enough(Some(asked), asked.subject, approved_by, &transfer::NEEDED)
            }
            _ => Ok(()),
        }
    }

    fn is_looked_after(&self) -> Result<(), Refusal> {
        let why = |hold: &HoldId| holding::standing(self.thing, *hold).map(|held| held.why);
        match &self.event.what {
            What::Answered { hold, on } => {
                if_so(matches!(why(hold)?, Why::Request(_, None)), "no request waits for an answer there")?;
                // The day on the wall is that in Greenwich, or one of its neighbours.
                let earliest = refusal::day(self.event.at_micros).and_then(|day| day.yesterday().ok());
                if_so(earliest.is_none_or(|earliest| *on >= earliest), "the day of the answer lies before it was noted")
            }
            What::HoldLapsed { hold, .. } => {
                agreed(self.moment)?;
                not_back(self.thing, self.moment)?;
                let is_answered = matches!(why(hold)?, Why::Request(_, Some(_)));
                if_so(is_answered, "no request was answered there")
            }
            What::HoldReviewed { hold, .. } => why(hold).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn is_released(&self) -> Result<(), Refusal> {
        let thing = self.thing;
        not_back(thing, self.moment)?;
        let proposed = |hold: &HoldId| holding::releasable(thing, *hold)?.release.as_ref().ok_or(Refusal::NotProposed);
        match &self.event.what {
            What::ReleaseProposed { hold, subject } => {
                holding::releasable(thing, *hold)?;
                let release = Subject::release(thing, *hold, thing.number + 1).digest();
                if_so(release == *subject, "its subject is another")
            }
            What::ReleaseApproved { hold, subject, staff_event } => {
                let release = proposed(hold)?;
                self.is_said(Some(release), release.subject, (*subject, *staff_event), &holding::NEEDED)
            }
            What::Released { hold, approved_by, .. } => {
                let release = proposed(hold)?;
                self.is_enough(Some(release), release.subject, approved_by, &holding::NEEDED)
            }
            _ => Ok(()),
        }
    }

    fn is_destroyed(&self) -> Result<(), Refusal> {
        let thing = self.thing;
        if matches!(self.event.what, What::ApprovalWithdrawn) {
            return destruction::withdraw(thing, self.event.by.as_ref()).map(|_| ());
        }
        destruction::free(thing, self.moment)?;
        let proposed = thing.proposal.as_ref();
        match &self.event.what {
            What::DestructionProposed { text, subject, .. } => {
                let last_day = subject::last_day_of(thing, text, *subject);
                self.is_over(last_day.ok_or(undecided("its subject is another"))?)
            }
            What::DestructionApproved { subject, signature, staff_event } => {
                let proposed = proposed.ok_or(Refusal::NotProposed)?;
                destruction::signed(*subject, signature, self.event.by.as_ref(), self.staff)?;
                self.is_said(Some(proposed), proposed.subject, (*subject, *staff_event), &destruction::NEEDED)
            }
            What::Destroying { subject, approved_by, earliest_micros, latest_micros, stores, .. } => {
                destruction::has_stores(thing, stores)?;
                let middle = earliest_micros.midpoint(*latest_micros);
                let is_between = earliest_micros <= latest_micros && middle == self.event.at_micros;
                if_so(is_between, "it says otherwise when it was")?;
                self.is_enough(proposed, *subject, approved_by, &destruction::NEEDED)
            }
            _ => Ok(()),
        }
    }

    /// A term is over at the end of its last day, by whatever wall.
    fn is_over(&self, last_day: rules::Date) -> Result<(), Refusal> {
        let today = refusal::day(self.event.at_micros).and_then(|day| day.tomorrow().ok());
        if_so(today.is_none_or(|today| last_day < today), "its term was not over")
    }

    /// One more who says so: of exactly that, by the staff as it was, and not a second time.
    fn is_said(
        &self,
        so_far: Option<&Proposal>,
        subject: Digest,
        (said, staff_event): (Digest, u64),
        needed: &Needed,
    ) -> Result<(), Refusal> {
        if_so(said == subject, "its subject is another")?;
        if_so(staff_event == self.staff.number(), "it names another day's staff")?;
        let by = self.event.by.as_ref().ok_or(Refusal::NeedsPerson)?;
        let ours = so_far.iter().flat_map(|so_far| &so_far.approvals).find(|one| one.by == *by);
        let counts = |one| approval::counts_surely(one, subject, needed, self.event.at_micros, self.staff);
        if_so(!ours.is_some_and(counts), "the same account had said so already")
    }

    /// Enough different people had said so, each of whom still could.
    fn is_enough(
        &self,
        proposed: Option<&Proposal>,
        subject: Digest,
        approved_by: &[Account],
        needed: &Needed,
    ) -> Result<(), Refusal> {
        let proposed = proposed.filter(|proposed| proposed.subject == subject).ok_or(Refusal::NotProposed)?;
        approval::were_enough(proposed, approved_by, needed, self.event.at_micros, self.staff)
    }
}

//! What a thing's events make of it.
//!
//! Not here: whether an event may be (`decide.rs`). Invariants: only clear parts count, so that it is the same when the private ones cannot be
//! read any more; events come in order, without a gap; a hold ends every proposal and approval that came before it.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Body, Event};
use super::word::{Authority, RequestKind, Verdict};
use crate::hex::{Digest, HoldId, Signature, ThingId};
use crate::moment::{Clock, Moment, TOLERANCE_MICROS};
use crate::name::{Account, Name};
use crate::refusal::Refusal;

/// The parts of a thing's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Nothing was received yet.
    Absent,
    /// It is kept.
    Kept,
    /// It is being destroyed; only forward.
    Destroying,
    /// It is destroyed.
    Destroyed,
}

/// An approval, by the account that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Whose.
    pub by: Account,
    /// When.
    pub at_micros: i64,
    /// The digest of what was approved.
    pub subject: Digest,
    /// The newest event of the staff when it was given.
    pub staff_event: u64,
    /// The signature, where one is asked for.
    pub signature: Option<Signature>,
}

/// Something proposed, and who approves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Whose; `None` is the program.
    pub by: Option<Account>,
    /// The digest of exactly what is proposed.
    pub subject: Digest,
    /// At most one of each account.
    pub approvals: Vec<Approval>,
}

/// Why a thing is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody asked for it, and was answered on that day or not yet.
    Request(RequestKind, Option<rules::Date>),
    /// Somebody with authority wants it kept.
    Authority(Authority),
    /// The keyring knew of it, and nobody remembers more.
    Replayed,
}

/// A hold that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub why: Why,
    /// The event that placed it.
    pub number: u64,
    /// When it was placed.
    pub placed_micros: i64,
    /// When it was last looked at again.
    pub reviewed_micros: Option<i64>,
    /// By when it is to be looked at again. A hold that is overdue holds all the same.
    pub review_by: Option<rules::Date>,
    /// Its release, if somebody proposes that.
    pub release: Option<Proposal>,
}

/// How far a destruction has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destruction {
    /// When it began.
    pub began_micros: i64,
    /// What is destroyed; `None` after a replay, where the events that said so are lost.
    pub subject: Option<Digest>,
    /// The approvals it began with, those alone that counted.
    pub approvals: Vec<Approval>,
    /// Who said what time it was.
    pub clocks: Vec<Clock>,
    /// The earliest and the latest that it can have been.
    pub between_micros: (i64, i64),
    /// Whether the key is erased.
    pub is_key_erased: bool,
    /// Whether the disc or tape is destroyed.
    pub is_item_destroyed: bool,
    /// Stores that may still have it.
    pub stores: BTreeSet<Name>,
    /// Places that are not swept yet.
    pub places: BTreeSet<Name>,
    /// The certificate, when all is gone or where a replay knows it.
    pub certificate: Option<Digest>,
    /// When all was gone.
    pub done_micros: Option<i64>,
    /// Where the certificate is logged.
    pub logged: Option<(Name, u64)>,
}

/// One thing, as its events made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub(super) id: ThingId,
    pub(super) phase: Phase,
    pub(super) number: u64,
    /// The newest moment of any event, and of those about which clocks agreed.
    pub(super) newest_micros: Option<i64>,
    pub(super) newest_agreed_micros: Option<i64>,
    pub(super) kind: Option<rules::Kind>,
    pub(super) jurisdiction: Option<rules::Jurisdiction>,
    /// Another kind that people say it is.
    pub(super) kind_named: Option<Proposal>,
    pub(super) facts: BTreeMap<rules::Fact, rules::Date>,
    /// Other days that people say some of them have.
    pub(super) facts_named: BTreeMap<rules::Fact, Proposal>,
    pub(super) body: Option<Body>,
    pub(super) verdict: Option<Verdict>,
    pub(super) holds: BTreeMap<HoldId, Hold>,
    /// When it came in, and the holds that were released or whose time was over.
    pub(super) received_micros: Option<i64>,
    pub(super) ended: BTreeSet<HoldId>,
    /// Ids that were ever used, so that none is used twice.
    pub(super) used: BTreeSet<HoldId>,
    pub(super) transfers: BTreeMap<HoldId, Proposal>,
    pub(super) proposal: Option<Proposal>,
    pub(super) due_noted: Option<rules::Date>,
    pub(super) destruction: Option<Destruction>,
    /// Stores where a scrub found it missing or rotten.
    pub(super) unwell: BTreeMap<Name, bool>,
}

impl Thing {
    /// A thing of which nothing has happened yet.
    #[must_use]
    pub fn new(id: ThingId) -> Self {
        Self {
            id,
            phase: Phase::Absent,
            number: 0,
            newest_micros: None,
            newest_agreed_micros: None,
            kind: None,
            jurisdiction: None,
            kind_named: None,
            facts: BTreeMap::new(),
            facts_named: BTreeMap::new(),
            body: None,
            verdict: None,
            holds: BTreeMap::new(),
            received_micros: None,
            ended: BTreeSet::new(),
            used: BTreeSet::new(),
            transfers: BTreeMap::new(),
            proposal: None,
            due_noted: None,
            destruction: None,
            unwell: BTreeMap::new(),
        }
    }

    /// The thing that these events made.
    ///
    /// # Errors
    /// They are not this thing's, numbered from 1 without a gap.
    pub fn from_events<'e>(id: ThingId, events: impl IntoIterator<Item = &'e Event>) -> Result<Self, Refusal> {
        let mut thing = Self::new(id);
        events.into_iter().try_for_each(|event| thing.apply(event))?;
        Ok(thing)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> ThingId {
        self.id
    }

    /// The number of its newest event; 0 when there is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// In which part of its life it is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What kind of thing, where it is known.
    #[must_use]
    pub fn kind(&self) -> Option<&rules::Kind> {
        self.kind.as_ref()
    }

    /// Where it belongs, where that is known.
    #[must_use]
    pub fn jurisdiction(&self) -> Option<rules::Jurisdiction> {
        self.jurisdiction
    }

    /// What is or was kept.
    #[must_use]
    pub fn body(&self) -> Option<&Body> {
        self.body.as_ref()
    }

    /// When it came in, or was recovered.
    #[must_use]
    pub fn received_micros(&self) -> Option<i64> {
        self.received_micros
    }

    /// How many holds stood on it and have ended.
    #[must_use]
    pub fn holds_ended(&self) -> u64 {
        self.ended.len() as u64
    }

    /// What the newest check found.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// The holds that stand. The keyring has the same.
    #[must_use]
    pub fn holds(&self) -> &BTreeMap<HoldId, Hold> {
        &self.holds
    }

    /// Whether a hold of that id was ever placed here, as far as the events tell.
    #[must_use]
    pub fn has_known(&self, hold: HoldId) -> bool {
        self.used.contains(&hold)
    }

    /// The stores in which its object was missing (`false`) or rotten (`true`) when somebody last looked.
    #[must_use]
    pub fn unwell(&self) -> &BTreeMap<Name, bool> {
        &self.unwell
    }

    /// Transfers that were asked for and not carried out.
    #[must_use]
    pub fn transfers(&self) -> &BTreeMap<HoldId, Proposal> {
        &self.transfers
    }

    /// What is proposed to be destroyed, and who approves it. Whether an approval still counts is [`Thing::approvals_in_force`].
    #[must_use]
    pub fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// How far its destruction has come.
    #[must_use]
    pub fn destruction(&self) -> Option<&Destruction> {
        self.destruction.as_ref()
    }

    /// By how much a moment lies before the newest event that can be held against it, where that is more than clocks are set now and then.
    /// Where clocks agree only events about which they agreed count: one clock that ran ahead once must not stop everything.
    #[must_use]
    pub fn behind_micros(&self, moment: &Moment) -> Option<i64> {
        let newest = if moment.is_agreed() { self.newest_agreed_micros } else { self.newest_micros };
        let behind = newest?.saturating_sub(moment.at_micros());
        (behind > TOLERANCE_MICROS).then_some(behind)
    }
}

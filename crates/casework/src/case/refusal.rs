//! Why a command in a case is refused: what is wrong, what to do, and the rules behind it.
//!
//! Not here: whether it is (`decide.rs` and below). Invariants: one line each, that names nobody but accounts of staff; who may not do something
//! learns who may.

use std::fmt;

use super::because::Because;
use super::command::Deed;
use super::need::{Todo, joined};
use super::state::Phase;
use super::view::Purpose;
use super::word::{Attempt, Ground, Outcome};
use crate::cited::Cited;
use crate::hex::CaseId;
use crate::name::Account;
use crate::refusal::Refusal as Common;
use crate::role::Role;

/// Why nothing follows from a command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    // --- the record: whoever keeps it restores it ---
    /// An event came out of order.
    OutOfOrder {
        /// The number that is next.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// An event is of another case.
    OtherCase {
        /// This one.
        expected: CaseId,
        /// That of the event.
        found: CaseId,
    },

    // --- people: the actor asks somebody else ---
    /// What holds for every procedure: accounts, words, clocks, rules.
    Common(Common),
    /// Only the program does that.
    ProgramOnly {
        /// What.
        deed: Deed,
    },
    /// The person cannot do that alone.
    StaffOnly {
        /// What.
        deed: Deed,
    },
    /// The account has no role that may.
    NotYours {
        /// Whose.
        account: Account,
        /// Roles that may.
        roles: Vec<Role>,
    },
    /// Only whoever holds the meeting may, or somebody who answers for them.
    NotYourCase {
        /// Who holds it.
        staff: Account,
    },

    /// Nothing of it is to be seen by whoever asks. It does not say who may, nor whether there is anything.
    NotToSee,
    /// It is not to be seen for that by whoever asks.
    NotForThat {
        /// For what.
        purpose: Purpose,
    },
    /// A look is put on the record before anything is seen.
    NotLooked {
        /// For what.
        purpose: Purpose,
    },

    // --- the case: the actor looks at where it stands ---
    /// Not in this part of its life.
    WrongPhase {
        /// What.
        deed: Deed,
        /// Where it stands.
        phase: Phase,
    },
    /// It is so already.
    AlreadySo,
    /// It cannot be just now.
    NotNow(Because),
    /// A time or place cannot be.
    BadSlot(Because),
    /// Another office comes after everything else.
    NotTried {
        /// What was not tried.
        attempt: Attempt,
    },

    // --- recording ---
    /// No rule of the day bears out that ground.
    NoGround {
        /// The ground.
        ground: Ground,
        /// The rules that say something else.
        cited: Vec<Cited>,
    },
    /// The rules of the day do not let it be recorded in that way.
    NotSo {
        /// Which.
        cited: Vec<Cited>,
    },
    /// It is a reasonable adjustment, which is not refused for that.
    IsAdjustment,
    /// Something is missing before it can begin, or before it can be closed.
    NotReady {
        /// What, in the order in which it is best done.
        missing: Vec<Todo>,
    },
    /// Nobody asked for it to be recorded, or nobody may.
    NotToBeRecorded,
    /// It is to be recorded.
    IsToBeRecorded,
    /// The two copies are not alike.
    CopiesDiffer,
    /// What became of it cannot be that.
    NotThatOutcome {
        /// What was said.
        outcome: Outcome,
        /// Why not.
        because: Because,
    },
    /// The person has said as much within a day as is taken from them online.
    SaidEnough,
    /// A command came to a part of the procedure that does not know it: a mistake in the program, and nobody's word is taken for done.
    Stray {
        /// What.
        deed: Deed,
    },
}

impl Refusal {
    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Refusal::OutOfOrder { expected, found } => format!("event {found} came where event {expected} is next"),
            Refusal::OtherCase { expected, found } => format!("an event of {found} stands among those of {expected}"),
            Refusal::Common(common) => common.what(),
            Refusal::ProgramOnly { deed } => format!("{deed} is done by the program alone"),
            Refusal::StaffOnly { deed } => format!("{deed} is for the office to do"),
            Refusal::NotYours { account, .. } => format!("the account {account} may not do that"),
            Refusal::NotYourCase { staff } => format!("{staff} holds this meeting"),
            Refusal::NotToSee => "nothing of it is yours to see".to_owned(),
            Refusal::NotForThat { purpose } => format!("it is not yours to see for `{purpose}`"),
            Refusal::NotLooked { purpose } => format!("no look for `{purpose}` is on the record"),
            Refusal::WrongPhase { deed, phase } => format!("{deed} cannot be while the meeting is {phase}"),
            Refusal::AlreadySo => "it is so already".to_owned(),
            Refusal::NotNow(because) | Refusal::BadSlot(because) => because.what().to_owned(),
            Refusal::NotTried { attempt } => format!("nobody has tried this first: {attempt}"),
            Refusal::NoGround { ground, .. } => format!("no rule lets it be refused for `{ground}`{}", self.rule()),
            Refusal::NotSo { .. } => format!("the rules do not let it be recorded in that way{}", self.rule()),
            Refusal::IsAdjustment => "recording is a reasonable adjustment for this person".to_owned(),
            Refusal::NotReady { missing } => format!("not ready: {}{}", joined(missing), self.rule()),
            Refusal::NotToBeRecorded => "no accepted request and no rule says that it is recorded".to_owned(),
            Refusal::IsToBeRecorded => "it is to be recorded".to_owned(),
            Refusal::CopiesDiffer => "the two copies are not alike".to_owned(),
            Refusal::NotThatOutcome { outcome, because } => format!("it cannot be {outcome}: {}", because.what()),
            Refusal::SaidEnough => "no more is taken from the person online on one day".to_owned(),
            Refusal::Stray { deed } => format!("the program does not know how to decide {deed} here"),
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Refusal::OutOfOrder { .. } | Refusal::OtherCase { .. } => "the record is damaged: restore it".to_owned(),
            Refusal::Common(common) => common.hint(),
            Refusal::ProgramOnly { .. } | Refusal::AlreadySo => "nothing is to be done".to_owned(),
            Refusal::StaffOnly { .. } => "ask the office".to_owned(),
            Refusal::NotYours { roles, .. } => {
                let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
                format!("ask one of these: {}", roles.join(", "))
            }
            Refusal::NotYourCase { .. } => "ask them, or their team leader".to_owned(),
            Refusal::NotToSee => "ask the person's office; in an emergency, break the glass and say why".to_owned(),
            Refusal::NotForThat { .. } => "say for what else, or ask somebody whose task it is".to_owned(),
            Refusal::NotLooked { .. } => "put the look on the record, and look then".to_owned(),
            Refusal::WrongPhase { .. } => "look at where the case stands".to_owned(),
            Refusal::NotNow(because) | Refusal::BadSlot(because) => because.first().to_owned(),
            Refusal::NotTried { .. } => "try it, and note what came of it".to_owned(),
            Refusal::NoGround { .. } => "accept the request, or name a ground that a rule bears out".to_owned(),
            Refusal::NotSo { .. } => "ask whether the office's recorder would do, or propose to refuse it".to_owned(),
            Refusal::IsAdjustment => "accept the request".to_owned(),
            Refusal::NotReady { .. } => "do that first".to_owned(),
            Refusal::NotToBeRecorded => "note the request first, if there is one".to_owned(),
            Refusal::IsToBeRecorded => "begin it recorded; or note it when the person wants it no more".to_owned(),
            Refusal::CopiesDiffer => "make them again from the recording, and compare".to_owned(),
            Refusal::NotThatOutcome { because, .. } => because.first().to_owned(),
            Refusal::SaidEnough => "come back tomorrow, or call the office".to_owned(),
            Refusal::Stray { .. } => "report it to whoever makes the program".to_owned(),
        }
    }

    /// The rules behind it.
    #[must_use]
    pub fn cited(&self) -> Vec<Cited> {
        match self {
            Refusal::Common(common) => common.cited().to_vec(),
            Refusal::NoGround { cited, .. } | Refusal::NotSo { cited } => cited.clone(),
            Refusal::NotReady { missing } => missing.iter().flat_map(|todo| todo.cited.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn rule(&self) -> String {
        let cited = self.cited();
        cited.first().map(|one| format!(" ({}, {} version {})", one.clause, one.pack, one.version)).unwrap_or_default()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what(), self.hint())
    }
}

impl std::error::Error for Refusal {}

impl From<Common> for Refusal {
    fn from(common: Common) -> Self {
        Refusal::Common(common)
    }
}

impl From<rules::Refusal> for Refusal {
    fn from(refusal: rules::Refusal) -> Self {
        Refusal::Common(refusal.into())
    }
}

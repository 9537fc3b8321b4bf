//! What happened in a case: the record, of which everything else is made.
//!
//! Not here: whether it may happen (`decide.rs`), what follows (`state.rs`). Invariants: the clear part holds no name, address, reason or word that
//! somebody said, but accounts of staff; an event says which case it is of and its number there, so that none can be moved, and which rules applied.

use serde::{Deserialize, Serialize};

use super::word::{
    Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Ground, Language, Outcome, Party,
    Pause, Reply, Stop, Withdrawal,
};
use crate::cited::Cited;
use crate::custody::{Private, Verdict, Words};
use crate::hex::{CaseId, Digest, ThingId};
use crate::moment::Clock;
use crate::name::{Account, Name};
use crate::stored::{self, Malformed, maybe_text, text, texts};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A member of staff, in their own name or noting what the person said.
    Staff(Account),
    /// The person whose matter it is, in their own pages or on the room's screen.
    Person,
    /// The program by itself.
    Program,
}

/// One event of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which case.
    pub case: CaseId,
    /// Its number among the case's events, from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Who says that it was then.
    pub clocks: Vec<Clock>,
    /// By how much it lies before an earlier event, where that is more than clocks are set now and then.
    pub behind_micros: Option<i64>,
    /// Who did it.
    pub by: By,
    /// What.
    pub what: What,
    /// Words about people.
    pub private: Private,
}

/// The clear part, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clear {
    case: CaseId,
    number: u64,
    at: i64,
    clocks: Vec<Clock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<i64>,
    by: By,
    what: What,
    private: bool,
}

/// The private part, as it is encrypted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    case: CaseId,
    number: u64,
    words: Words,
}

impl Event {
    /// The clear bytes to be stored and committed to, and the private ones to be encrypted under the case's key.
    #[must_use]
    pub fn split(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let clear = Clear {
            case: self.case,
            number: self.number,
            at: self.at_micros,
            clocks: self.clocks.clone(),
            behind: self.behind_micros,
            by: self.by.clone(),
            what: self.what.clone(),
            private: self.private != Private::None,
        };
        let closed = |words: &Words| Closed { case: self.case, number: self.number, words: words.clone() };
        let private = match &self.private {
            Private::Words(words) => Some(stored::print(&closed(words))),
            Private::None | Private::Closed => None,
        };
        (stored::print(&clear), private)
    }

    /// The event that was stored. Without its private bytes it is the same event, closed.
    ///
    /// # Errors
    /// The bytes are damaged, of a later version, or do not belong together.
    pub fn join(clear: &[u8], private: Option<&[u8]>) -> Result<Self, Malformed> {
        let Clear { case, number, at, clocks, behind, by, what, private: has_private } = stored::parse(clear)?;
        let private = match private {
            None if has_private => Private::Closed,
            None => Private::None,
            Some(_) if !has_private => return Err(Malformed::Private),
            Some(bytes) => {
                let closed: Closed = stored::parse(bytes)?;
                let is_ours = closed.case == case && closed.number == number && !closed.words.is_empty();
                if is_ours { Private::Words(Box::new(closed.words)) } else { return Err(Malformed::Private) }
            }
        };
        Ok(Self { case, number, at_micros: at, clocks, behind_micros: behind, by, what, private })
    }
}

/// When and where somebody is expected, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The office's name in the configuration.
    pub office: Name,
    /// When it begins, in microseconds since 1970.
    pub starts_micros: i64,
    /// When it ends.
    pub ends_micros: i64,
    /// Who holds it.
    pub staff: Account,
}

/// What somebody asks to have recorded, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// How they asked.
    pub channel: Channel,
    /// Whose device.
    #[serde(with = "text")]
    pub device_of: rules::Side,
    /// What their device is and can do, as far as packs of rules have words for it.
    #[serde(with = "texts", default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<rules::Device>,
    /// What is to be done.
    #[serde(with = "text")]
    pub doing: rules::Doing,
    /// Whether it is asked for as a reasonable adjustment.
    pub adjustment: bool,
}

/// One side's copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidesCopy {
    /// Whose it is.
    #[serde(with = "text")]
    pub side: rules::Side,
    /// What it is on.
    pub carrier: Carrier,
    /// The digest of its bytes, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    // --- it is planned ---
    /// A meeting was planned.
    Planned {
        /// The case's own reference, which is used once.
        reference: Name,
        /// What kind of meeting.
        #[serde(with = "text")]
        meeting: rules::Meeting,
        /// Where it belongs.
        #[serde(with = "text")]
        jurisdiction: rules::Jurisdiction,
        /// The part of the office that it is of.
        business: Name,
        /// When and where.
        slot: Slot,
        /// The case from which an adjustment carries over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        adjustment_from: Option<CaseId>,
    },
    /// A room was found for it.
    RoomAssigned {
        /// Which.
        room: Name,
        /// Whether nobody else is heard there.
        is_private: bool,
    },
    /// That room cannot be had after all.
    RoomLost {
        /// Which.
        room: Name,
    },
    /// Whoever is to hold it said whether they are content to be recorded, this time.
    ContentSaid {
        /// Whether they are.
        content: bool,
    },
    /// The management was told that somebody is uneasy about being recorded.
    Escalated {
        /// Which rule says who decides then.
        cited: Vec<Cited>,
    },
    /// A colleague holds it instead.
    Swapped {
        /// Who held it before.
        from: Account,
        /// Who holds it now.
        to: Account,
    },
    /// Something was tried before another office was thought of.
    Tried {
        /// What.
        attempt: Attempt,
        /// Whether it was found.
        found: bool,
    },
    /// Another time or office was offered.
    Offered {
        /// When and where.
        slot: Slot,
        /// Why.
        cause: Cause,
        /// Which rule speaks of it, if one does.
        cited: Vec<Cited>,
    },
    /// The person answered.
    OfferAnswered {
        /// Whether they take it.
        accepted: bool,
    },
    /// Another appointment stands for the old one. It costs the person nothing.
    Moved {
        /// The new one.
        slot: Slot,
        /// Why.
        cause: Cause,
    },

    // --- recording is asked for ---
    /// Recording was asked for. The request is named by this event's number.
    Asked {
        /// What and how.
        asking: Asking,
        /// Whether that was on the day of the meeting itself.
        same_day: bool,
    },
    /// It was accepted.
    Accepted {
        /// The rules that say yes.
        cited: Vec<Cited>,
    },
    /// Somebody would refuse it.
    RefusalProposed {
        /// Why.
        ground: Ground,
        /// The rules that bear it out.
        cited: Vec<Cited>,
    },
    /// Somebody else agreed: it is refused.
    Refused {
        /// Why.
        ground: Ground,
        /// Who proposed it.
        proposed_by: Account,
        /// The rules that bear it out.
        cited: Vec<Cited>,
    },
    /// The person wants it no more.
    Withdrawn {
        /// Why, in their own word.
        why: Withdrawal,
    },
    /// It was explained that the office records unless the person does not want it, and that saying no costs nothing.
    OptOutExplained {
        /// How.
        channel: Channel,
    },
    /// The person does not want it recorded.
    OptedOut {
        /// The rules that let them say so.
        cited: Vec<Cited>,
    },
    /// The adviser was asked whether recording is a reasonable adjustment.
    AdviserAsked {
        /// By when an answer is hoped for.
        #[serde(with = "text")]
        by_day: rules::Date,
        /// Which rule says who decides.
        cited: Vec<Cited>,
    },
    /// The adviser answered.
    AdjustmentDecided {
        /// Whether it is one.
        granted: bool,
    },
    /// It was offered to look into what the person is unhappy about.
    ResolutionOffered,
    /// The person answered that.
    ResolutionAnswered {
        /// What.
        reply: Reply,
    },

    // --- papers ---
    /// The person said in which form they read.
    FormatChosen {
        /// The form.
        format: Format,
        /// The language.
        language: Language,
    },
    /// A letter went out.
    LetterIssued {
        /// Which.
        #[serde(with = "text")]
        letter: rules::Letter,
        /// The text that it was made from, and its version.
        template: Name,
        /// A digest of it with a salt that is kept beside it.
        digest: Digest,
        /// In which form.
        format: Format,
        /// In which language.
        language: Language,
        /// How.
        dispatch: Dispatch,
    },
    /// Somebody agreed to what is allowed and what is not.
    Agreed {
        /// Who.
        party: Party,
        /// The text, and its version.
        template: Name,
        /// A digest of what was agreed to and of the signature, with a salt that is kept beside them.
        digest: Digest,
        /// How.
        consent: Consent,
    },
    /// Somebody did not.
    AgreementRefused {
        /// Who.
        party: Party,
    },

    // --- the meeting ---
    /// Something was looked at in the room.
    Checked {
        /// What.
        check: Check,
        /// Whether it is as it should be.
        good: bool,
    },
    /// Somebody came in.
    Entered {
        /// Who.
        party: Party,
    },
    /// Somebody went out.
    Left {
        /// Who.
        party: Party,
    },
    /// The meeting began.
    Started {
        /// Whether it is recorded, and by whose device.
        #[serde(with = "maybe_text", default, skip_serializing_if = "Option::is_none")]
        recorded_by: Option<rules::Side>,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// The recording pauses.
    Paused {
        /// Why.
        pause: Pause,
    },
    /// It goes on.
    Resumed,
    /// It ended, and the meeting has not.
    Stopped {
        /// Why.
        stop: Stop,
    },
    /// After that the person said whether to go on without.
    WentOn {
        /// Whether.
        goes_on: bool,
    },
    /// The meeting ended.
    Ended {
        /// How.
        ending: Ending,
    },

    // --- the copies ---
    /// The copies were made.
    CopiesMade {
        /// The recording's id, of a sealed one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recording: Option<Digest>,
        /// Each side's.
        copies: Vec<SidesCopy>,
    },
    /// A copy was looked at on the spot.
    CopyChecked {
        /// Whose.
        #[serde(with = "text")]
        side: rules::Side,
        /// What was found.
        verdict: Verdict,
    },
    /// A side has its copy, and says so.
    HandedOver {
        /// Whose.
        #[serde(with = "text")]
        side: rules::Side,
    },
    /// The person does not want their copy.
    CopyRefused,
    /// The office's copy is in the vault.
    Kept {
        /// As which thing.
        thing: ThingId,
    },

    // --- it is accounted for ---
    /// The day is over and nobody has said what became of the appointment.
    Overdue,
    /// What became of it.
    Closed {
        /// That.
        outcome: Outcome,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// Somebody else put right what was said of it.
    OutcomeCorrected {
        /// What was said before.
        from: Outcome,
        /// What became of it.
        to: Outcome,
    },
}

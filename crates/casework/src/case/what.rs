//! What can happen in a case: the words of its record.
//!
//! Not here: who, when and which case (`event.rs`), what follows (`apply.rs`). Invariants: what it names, it names by number (an offer, a request, a
//! recording, somebody present), so that nobody agrees to something they never saw; which rules applied stands in it; nothing says how somebody's health is.

use serde::{Deserialize, Serialize};

use super::event::{Asking, Follows, SidesCopy, Slot, Who};
use super::view::{Audience, Purpose};
use super::word::{
    Answer, Attempt, Cause, Channel, Check, Consent, Dispatch, Ending, Ground, Incident, Outcome, Party, Pause, Reply,
    Stop, Withdrawal,
};
use crate::cited::Cited;
use crate::custody::Verdict;
use crate::hex::{CaseId, Digest, ThingId};
use crate::name::{Account, Name};
use crate::stored::{text, texts};

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
        /// The case that the office cancelled and in whose place this one stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<Follows>,
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
    /// A member of staff said whether they are content to be recorded, this time.
    ContentSaid {
        /// Whether they are.
        content: bool,
    },
    /// The management was told that somebody is uneasy about being recorded.
    Escalated {
        /// Which rule says who decides then.
        cited: Vec<Cited>,
    },
    /// The management took note of that.
    Acknowledged,
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
    /// Another time or office was offered. The offer is named by this event's number.
    Offered {
        /// When and where.
        slot: Slot,
        /// Why.
        cause: Cause,
        /// Which rule speaks of it, if one does.
        cited: Vec<Cited>,
    },
    /// An offer was answered, or another came in its place.
    OfferAnswered {
        /// Which.
        offer: u64,
        /// How.
        answer: Answer,
        /// How it was heard; of what lapsed nothing was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
    /// Another appointment stands for the old one. It costs the person nothing.
    Moved {
        /// The new one.
        slot: Slot,
        /// Why.
        cause: Cause,
    },
    /// The person asked for another time.
    AnotherAsked {
        /// How.
        channel: Channel,
    },
    /// The person wants no other time or office.
    AnotherDeclined {
        /// How they said so.
        channel: Channel,
    },

    // --- recording is asked for ---
    /// Recording was asked for. The request is named by this event's number.
    Asked {
        /// What and how.
        asking: Asking,
        /// Since when the office knows that the person wants to record, which is what counts as notice.
        since_micros: i64,
        /// The request that this one changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changes: Option<u64>,
    },
    /// It was accepted.
    Accepted {
        /// Which.
        request: u64,
        /// The rules that say yes.
        cited: Vec<Cited>,
    },
    /// Somebody would refuse it.
    RefusalProposed {
        /// Which.
        request: u64,
        /// Why.
        ground: Ground,
        /// The rules that bear it out.
        cited: Vec<Cited>,
    },
    /// Somebody else agreed: it is refused.
    Refused {
        /// Which.
        request: u64,
        /// Why.
        ground: Ground,
        /// Who proposed it.
        proposed_by: Account,
        /// The rules that bear it out.
        cited: Vec<Cited>,
    },
    /// What was decided does not hold under the rules of another day: it waits for a decision again.
    RequestReopened {
        /// Which.
        request: u64,
    },
    /// The person wants it no more.
    Withdrawn {
        /// Which.
        request: u64,
        /// Why, in their own word.
        why: Withdrawal,
        /// How they said so.
        channel: Channel,
    },
    /// It was explained that the office records unless the person does not want it, and that saying no costs nothing.
    OptOutExplained {
        /// How.
        channel: Channel,
    },
    /// The person does not want the office to record.
    OptedOut {
        /// How they said so.
        channel: Channel,
        /// The rules that let them say so.
        cited: Vec<Cited>,
    },
    /// The person does want it after all.
    OptedIn {
        /// How they said so.
        channel: Channel,
    },
    /// The person does not want it recorded this time, although recording is an adjustment for them.
    Forgone {
        /// How they said so.
        channel: Channel,
    },
    /// The person says that recording is a reasonable adjustment for them.
    AdjustmentClaimed {
        /// How they said so.
        channel: Channel,
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
    /// It is one in another case of the person's, and so here.
    AdjustmentCarried {
        /// In which.
        from: CaseId,
    },
    /// It was offered to look into what the person is unhappy about.
    ResolutionOffered,
    /// The person answered that.
    ResolutionAnswered {
        /// What.
        reply: Reply,
    },

    // --- what the person was told, and what was noted for them ---
    /// The person was told of something.
    Told {
        /// Of which event.
        about: u64,
        /// How.
        channel: Channel,
    },
    /// What staff noted as the person's word is the person's word.
    Confirmed {
        /// Which event.
        of: u64,
    },
    /// It is not: what it did is undone.
    Disowned {
        /// Which event.
        of: u64,
    },

    // --- papers ---
    /// The person said in which form they read; the form is private.
    FormatChosen,
    /// A letter went out.
    LetterIssued {
        /// Which.
        #[serde(with = "text")]
        letter: rules::Letter,
        /// The text that it was made from, and its version.
        template: Name,
        /// A digest of it with a salt that is kept beside it.
        digest: Digest,
        /// Whether it is in the form in which the person reads.
        fits: bool,
        /// How.
        dispatch: Dispatch,
    },
    /// Somebody agreed to what is allowed and what is not.
    Agreed {
        /// Who.
        who: Who,
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
        who: Who,
    },

    // --- the meeting ---
    /// Something was looked at in the room.
    Checked {
        /// What.
        check: Check,
        /// Whether it is as it should be.
        good: bool,
        /// What the person's device is and can do, where that was looked at.
        #[serde(with = "texts", default, skip_serializing_if = "Vec::is_empty")]
        devices: Vec<rules::Device>,
    },
    /// Somebody came in.
    Entered {
        /// Their number in this appointment.
        present: u32,
        /// As what.
        party: Party,
        /// Who, of the staff.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
    },
    /// Somebody went out.
    Left {
        /// By their number.
        present: u32,
    },
    /// The meeting began.
    Started {
        /// By whose devices it is recorded, each of them a recording of its own.
        #[serde(with = "texts", default, skip_serializing_if = "Vec::is_empty")]
        recorded_by: Vec<rules::Side>,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// While it goes on, it is recorded from now, or again.
    RecordingStarted {
        /// By whose devices.
        #[serde(with = "texts")]
        recorded_by: Vec<rules::Side>,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// What is being recorded pauses.
    Paused {
        /// Why.
        pause: Pause,
    },
    /// It goes on.
    Resumed,
    /// Recordings ended, and the meeting has not.
    Stopped {
        /// Which, by their numbers in the case.
        recordings: Vec<u32>,
        /// Why.
        stop: Stop,
    },
    /// After that the person said whether to go on without.
    WentOn {
        /// Whether.
        goes_on: bool,
        /// How they said so.
        channel: Channel,
    },
    /// Something happened that ought not to.
    IncidentNoted {
        /// What.
        incident: Incident,
    },
    /// The meeting ended.
    Ended {
        /// How.
        ending: Ending,
        /// When, where that is noted later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended_micros: Option<i64>,
        /// Whether it was recorded and the agreement that must be heard was not.
        unheard: bool,
    },
    /// It had begun by mistake, and has not begun.
    StartUndone,

    // --- the copies ---
    /// The copies of a recording were made.
    CopiesMade {
        /// Of which, by its number in the case.
        recording: u32,
        /// Its own id, of a sealed one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Digest>,
        /// Each side's.
        copies: Vec<SidesCopy>,
        /// Whether somebody compared by ear what no digest compares.
        compared: bool,
    },
    /// A copy was looked at on the spot.
    CopyChecked {
        /// Of which recording.
        recording: u32,
        /// Whose.
        #[serde(with = "text")]
        side: rules::Side,
        /// What was found.
        verdict: Verdict,
    },
    /// A side has its copy, and says so.
    HandedOver {
        /// Of which recording.
        recording: u32,
        /// Whose.
        #[serde(with = "text")]
        side: rules::Side,
        /// A digest of the signed receipt, with a salt that is kept beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Digest>,
    },
    /// The person does not want their copy.
    CopyRefused {
        /// Of which recording.
        recording: u32,
        /// How they said so.
        channel: Channel,
    },
    /// The office's copy is in the vault.
    Kept {
        /// Of which recording.
        recording: u32,
        /// As which thing.
        thing: ThingId,
    },
    /// Somebody says that of a recording no more can be had.
    GiveUpProposed {
        /// Of which.
        recording: u32,
    },
    /// Somebody else found the same.
    GivenUp {
        /// Of which.
        recording: u32,
        /// Who said so first.
        proposed_by: Account,
    },

    // --- it is accounted for ---
    /// The day is over and nobody has said what became of the appointment.
    Overdue,
    /// What became of it.
    Closed {
        /// That.
        outcome: Outcome,
        /// Whether the person was owed a recording and has none.
        owed: bool,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// The person cancelled it.
    Cancelled {
        /// How they said so.
        channel: Channel,
    },
    /// What became of it, and another appointment stands in the same case, because the person was owed more.
    Continued {
        /// That.
        outcome: Outcome,
        /// The new one.
        slot: Slot,
        /// Why.
        cause: Cause,
        /// The rules that were kept.
        cited: Vec<Cited>,
    },
    /// Somebody else put right what was said of it.
    OutcomeCorrected {
        /// What was said before.
        from: Outcome,
        /// What became of it.
        to: Outcome,
        /// Whether the person was owed a recording and has none.
        owed: bool,
    },
    /// What was said of it was wrong, and the appointment stands again.
    Reopened {
        /// What was said.
        from: Outcome,
    },
    /// Another case stands in its place.
    Followed {
        /// Which.
        by: CaseId,
    },

    // --- who looked ---
    /// One of the staff looked at the case. It changes nothing of it.
    Looked {
        /// For what.
        purpose: Purpose,
        /// As what.
        seen_as: Audience,
    },
    /// Somebody who may not look otherwise does, in an emergency. Why is private. The opening is named by this event's number.
    GlassBroken {
        /// Until when.
        until_micros: i64,
    },
    /// Somebody else looked at whether it was one.
    GlassReviewed {
        /// Which opening.
        of: u64,
        /// Whether it was.
        justified: bool,
    },
}

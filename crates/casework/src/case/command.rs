//! What somebody wants done in a case, and what that is called in its table of rights.
//!
//! Not here: whether it may be (`decide.rs`).
//! Invariant: what only others know (that a room is free, what a check of a copy found) comes in with the command.

use super::event::{Asking, SidesCopy, Slot};
use super::word::{
    Attempt, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Ground, Language, Outcome, Party, Pause, Reply,
    Stop, Withdrawal,
};
use crate::commands::commands;
use crate::custody::{Verdict, Words};
use crate::hex::{CaseId, Digest, ThingId};
use crate::name::{Account, Name};

commands! {
    /// Plan a meeting.
    Plan {
        /// The case's own reference, which the caller has found unused.
        reference: Name,
        /// What kind of meeting.
        meeting: rules::Meeting,
        /// Where it belongs.
        jurisdiction: rules::Jurisdiction,
        /// The part of the office that it is of.
        business: Name,
        /// When and where.
        slot: Slot,
        /// The case from which an adjustment carries over.
        adjustment_from: Option<CaseId>,
        /// Who the person is, and how to reach them.
        words: Words,
    },
    /// Give it a room that is free then.
    AssignRoom {
        /// Which.
        room: Name,
        /// Whether nobody else is heard there.
        is_private: bool,
    },
    /// Take that away: it cannot be had.
    LoseRoom {
        /// Why.
        words: Words,
    },
    /// Say whether one is content to be recorded, this time.
    SayContent {
        /// Whether.
        content: bool,
        /// More, if they want to say more.
        words: Words,
    },
    /// Let a colleague hold it.
    Swap {
        /// Who.
        to: Account,
        /// Why.
        words: Words,
    },
    /// Note what was tried before another office is thought of.
    Try {
        /// What.
        attempt: Attempt,
        /// Whether it was found.
        found: bool,
        /// What came of it.
        words: Words,
    },
    /// Offer another time or office.
    Offer {
        /// When and where.
        slot: Slot,
        /// Why.
        cause: Cause,
    },
    /// Answer that. Who takes it has a new appointment.
    AnswerOffer {
        /// Whether the person takes it.
        accepted: bool,
        /// What they said.
        words: Words,
    },
    /// Move the appointment.
    Move {
        /// The new one.
        slot: Slot,
        /// Why.
        cause: Cause,
        /// In words.
        words: Words,
    },
    /// Ask to record.
    Ask {
        /// What and how.
        asking: Asking,
        /// What they said, and what they are unhappy about if they say so.
        words: Words,
    },
    /// Say yes.
    Accept,
    /// Propose to say no.
    ProposeRefusal {
        /// Why.
        ground: Ground,
        /// In words.
        words: Words,
    },
    /// Agree to that, as somebody else.
    ApproveRefusal {
        /// The ground that is agreed to.
        ground: Ground,
    },
    /// Want it no more.
    Withdraw {
        /// Why.
        why: Withdrawal,
        /// In words.
        words: Words,
    },
    /// Explain that it is recorded unless the person does not want it.
    ExplainOptOut {
        /// How.
        channel: Channel,
    },
    /// Not want it recorded.
    OptOut {
        /// What they said.
        words: Words,
    },
    /// Ask the adviser whether recording is a reasonable adjustment.
    AskAdviser {
        /// By when an answer is hoped for.
        by_day: rules::Date,
        /// What the adviser should know.
        words: Words,
    },
    /// Say whether it is.
    DecideAdjustment {
        /// Whether.
        granted: bool,
        /// The advice.
        words: Words,
    },
    /// Offer to look into what the person is unhappy about.
    OfferResolution {
        /// What.
        words: Words,
    },
    /// Answer that. A request to record stands whatever the answer.
    AnswerResolution {
        /// What.
        reply: Reply,
        /// In words.
        words: Words,
    },
    /// Say in which form one reads.
    ChooseFormat {
        /// The form.
        format: Format,
        /// The language.
        language: Language,
    },
    /// Note that a letter went out.
    IssueLetter {
        /// Which.
        letter: rules::Letter,
        /// The text that it was made from, and its version.
        template: Name,
        /// A digest of it with a salt.
        digest: Digest,
        /// In which form.
        format: Format,
        /// In which language.
        language: Language,
        /// How.
        dispatch: Dispatch,
        /// The salt, and to whom.
        words: Words,
    },
    /// Agree to what is allowed and what is not.
    Agree {
        /// Who.
        party: Party,
        /// The text, and its version.
        template: Name,
        /// A digest of what was agreed to and of the signature, with a salt.
        digest: Digest,
        /// How.
        consent: Consent,
        /// The salt, and the name that was signed.
        words: Words,
    },
    /// Not agree. It stands on the record as well.
    RefuseAgreement {
        /// Who.
        party: Party,
        /// Why.
        words: Words,
    },
    /// Note what was found in the room.
    Look {
        /// What was looked at.
        check: Check,
        /// Whether it is as it should be.
        good: bool,
        /// What was found.
        words: Words,
    },
    /// Come in.
    Enter {
        /// Who.
        party: Party,
        /// Their name, as they give it.
        words: Words,
    },
    /// Go out.
    Depart {
        /// Who.
        party: Party,
    },
    /// Begin.
    Start {
        /// Whether it is recorded.
        recorded: bool,
    },
    /// Pause the recording.
    Pause {
        /// Why.
        pause: Pause,
        /// In words.
        words: Words,
    },
    /// Go on with it.
    Resume,
    /// End the recording and not the meeting.
    StopRecording {
        /// Why.
        stop: Stop,
        /// In words.
        words: Words,
    },
    /// Say whether to go on without.
    GoOn {
        /// Whether.
        goes_on: bool,
    },
    /// End the meeting.
    End {
        /// How.
        ending: Ending,
        /// Anything to add.
        words: Words,
    },
    /// Note the copies.
    MakeCopies {
        /// The recording's id, of a sealed one.
        recording: Option<Digest>,
        /// Each side's.
        copies: Vec<SidesCopy>,
    },
    /// Note what a look at a copy found, on the spot.
    CheckCopy {
        /// Whose.
        side: rules::Side,
        /// What.
        verdict: Verdict,
    },
    /// Say that one has one's copy.
    HandOver {
        /// Whose.
        side: rules::Side,
        /// Who has it, and the receipt.
        words: Words,
    },
    /// Not want one's copy.
    RefuseCopy {
        /// Why.
        words: Words,
    },
    /// Note that the office's copy is in the vault.
    Keep {
        /// As which thing.
        thing: ThingId,
    },
    /// Note that the day is over without an outcome.
    NoteOverdue,
    /// Say what became of the appointment.
    Close {
        /// That.
        outcome: Outcome,
        /// Why, where it did not go as planned.
        words: Words,
    },
    /// Put that right.
    CorrectOutcome {
        /// What became of it.
        outcome: Outcome,
        /// Why.
        words: Words,
    },
}

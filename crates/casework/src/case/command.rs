//! What somebody wants done in a case, and what that is called in its table of rights.
//!
//! Not here: whether it may be (`decide.rs`).
//! Invariant: what only others know (that a room is free, what a check of a copy found) comes in with the command.

use super::event::{Asking, Follows, SidesCopy, Slot, Who};
use super::word::{
    Attempt, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Ground, Incident, Language, Outcome, Party,
    Pause, Reply, Stop, Withdrawal,
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
        /// The case that the office cancelled and in whose place this one stands, as [`Case::carried`](super::Case::carried) gives it.
        follows: Option<Follows>,
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
    /// Take note, for the management, that somebody is uneasy.
    Acknowledge {
        /// What is done about it.
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
        /// Which offer.
        offer: u64,
        /// Whether the person takes it.
        accepted: bool,
        /// How they said so.
        channel: Channel,
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
    /// Ask for another time.
    AskAnother {
        /// How they said so.
        channel: Channel,
        /// When would do.
        words: Words,
    },
    /// Want no other time or office.
    DeclineAnother {
        /// How they said so.
        channel: Channel,
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
    /// Ask for something else instead, without losing the notice that was given.
    ChangeRequest {
        /// Which request.
        request: u64,
        /// What and how.
        asking: Asking,
        /// What they said.
        words: Words,
    },
    /// Say yes.
    Accept {
        /// To which request.
        request: u64,
    },
    /// Propose to say no.
    ProposeRefusal {
        /// To which request.
        request: u64,
        /// Why.
        ground: Ground,
        /// In words.
        words: Words,
    },
    /// Agree to that, as somebody else.
    ApproveRefusal {
        /// To which request.
        request: u64,
        /// The ground that is agreed to.
        ground: Ground,
    },
    /// Want it no more.
    Withdraw {
        /// Which request.
        request: u64,
        /// Why.
        why: Withdrawal,
        /// How they said so.
        channel: Channel,
        /// In words.
        words: Words,
    },
    /// Explain that it is recorded unless the person does not want it.
    ExplainOptOut {
        /// How.
        channel: Channel,
    },
    /// Not want the office to record.
    OptOut {
        /// How they said so.
        channel: Channel,
        /// What they said.
        words: Words,
    },
    /// Want it after all.
    OptIn {
        /// How they said so.
        channel: Channel,
        /// What they said.
        words: Words,
    },
    /// Not want it recorded this time, although that is an adjustment.
    Forgo {
        /// How they said so.
        channel: Channel,
        /// What they said.
        words: Words,
    },
    /// Say that recording is a reasonable adjustment.
    ClaimAdjustment {
        /// How they said so.
        channel: Channel,
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
    /// Bring over an adjustment from another case.
    CarryAdjustment {
        /// From which.
        from: CaseId,
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
    /// Note that the person was told.
    Tell {
        /// Of which event.
        about: u64,
        /// How.
        channel: Channel,
        /// In which words.
        words: Words,
    },
    /// Say that what staff noted as the person's word is theirs.
    Confirm {
        /// Which event.
        of: u64,
        /// Where that is known from, where it is not the person who says so.
        words: Words,
    },
    /// Say that it is not.
    Disown {
        /// Which event.
        of: u64,
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
        /// Whether it is in the form in which the person reads; why not, stands in the words.
        fits: bool,
        /// How.
        dispatch: Dispatch,
        /// The salt, and to whom.
        words: Words,
    },
    /// Agree to what is allowed and what is not.
    Agree {
        /// Who.
        who: Who,
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
        who: Who,
        /// Why.
        words: Words,
    },
    /// Note what was found in the room.
    Look {
        /// What was looked at.
        check: Check,
        /// Whether it is as it should be.
        good: bool,
        /// What the person's device is and can do, where that is looked at.
        devices: Vec<rules::Device>,
        /// What was found.
        words: Words,
    },
    /// Come in.
    Enter {
        /// As what.
        party: Party,
        /// Who, of the staff.
        account: Option<Account>,
        /// Their name, as they give it.
        words: Words,
    },
    /// Go out.
    Depart {
        /// By their number.
        present: u32,
    },
    /// Begin.
    Start {
        /// Whether it is recorded.
        recorded: bool,
    },
    /// Record from now on, or again, while it goes on.
    StartRecording,
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
        /// Only this side's, where only one ends.
        side: Option<rules::Side>,
        /// Why.
        stop: Stop,
        /// In words.
        words: Words,
    },
    /// Say whether to go on without.
    GoOn {
        /// Whether.
        goes_on: bool,
        /// How they said so.
        channel: Channel,
        /// In words.
        words: Words,
    },
    /// Note something that ought not to happen.
    NoteIncident {
        /// What.
        incident: Incident,
        /// In words.
        words: Words,
    },
    /// End the meeting.
    End {
        /// How.
        ending: Ending,
        /// When, where that is noted later.
        ended_micros: Option<i64>,
        /// Anything to add.
        words: Words,
    },
    /// Undo a beginning that was a mistake.
    UndoStart {
        /// How it came to it.
        words: Words,
    },
    /// Note the copies.
    MakeCopies {
        /// Of which recording, by its number in the case.
        recording: u32,
        /// Its own id, of a sealed one.
        id: Option<Digest>,
        /// Each side's.
        copies: Vec<SidesCopy>,
        /// Whether somebody compared by ear what no digest compares.
        compared: bool,
    },
    /// Note what a look at a copy found, on the spot.
    CheckCopy {
        /// Of which recording.
        recording: u32,
        /// Whose.
        side: rules::Side,
        /// What.
        verdict: Verdict,
    },
    /// Say that one has one's copy.
    HandOver {
        /// Of which recording.
        recording: u32,
        /// Whose.
        side: rules::Side,
        /// A digest of the signed receipt, with a salt, where it is not the person who says so.
        receipt: Option<Digest>,
        /// Who has it, and the receipt.
        words: Words,
    },
    /// Not want one's copy.
    RefuseCopy {
        /// Of which recording.
        recording: u32,
        /// How they said so.
        channel: Channel,
        /// Why.
        words: Words,
    },
    /// Note that the office's copy is in the vault.
    Keep {
        /// Of which recording.
        recording: u32,
        /// As which thing.
        thing: ThingId,
    },
    /// Say that of a recording no more can be had. It takes two people.
    GiveUp {
        /// Of which recording.
        recording: u32,
        /// What was tried.
        words: Words,
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
    /// Cancel it, as the person.
    Cancel {
        /// How they said so.
        channel: Channel,
        /// In words.
        words: Words,
    },
    /// Say what became of it, and give the person another appointment in the same case.
    Continue {
        /// What became of it.
        outcome: Outcome,
        /// The new appointment.
        slot: Slot,
        /// Why.
        cause: Cause,
        /// In words.
        words: Words,
    },
    /// Put that right.
    CorrectOutcome {
        /// What became of it.
        outcome: Outcome,
        /// Why.
        words: Words,
    },
    /// Let an appointment stand again that was closed by mistake.
    Reopen {
        /// How it came to it.
        words: Words,
    },
    /// Note that another case stands in its place.
    NoteFollowed {
        /// Which.
        by: CaseId,
    },
    /// Look at a case that one may not look at otherwise, for an hour, because somebody would come to harm.
    BreakGlass {
        /// Why.
        words: Words,
    },
    /// Say whether somebody else should have.
    ReviewGlass {
        /// Which opening, by the number of its event.
        of: u64,
        /// Whether.
        justified: bool,
        /// Why.
        words: Words,
    },
}

//! The one table of what people do in a case: to each deed its title, its fields, and how its command is made of them and fills them.
//!
//! Not who may do it and when (`casework`). Invariants: every deed that people do has one row, and a test sees that the others are the program's; a command that has a
//! field more than its row does not compile.

use casework::case::{Command, Deed};
use pages::wording;

use super::digests;
use super::field::{Field, Say};
use super::fields::*;
use super::reading::{Checked, entrant, in_order};
use super::value::{Part, Values};

/// The form of a deed.
pub(crate) struct Row {
    /// The deed.
    pub(crate) deed: Deed,
    /// What it is called, on the page and on its button.
    pub(crate) title: Say,
    /// What whoever does it should know.
    pub(crate) about: Option<Say>,
    /// What is asked, in order, by the part of the command that it makes.
    pub(super) parts: &'static [&'static [Field]],
    /// What is looked at, or made, when each field was read by itself.
    pub(super) after: Option<fn(&mut Checked<'_>)>,
    /// The command.
    pub(super) make: fn(&Values) -> Option<Command>,
    /// The values that it was made of; nothing of another deed's command.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test fills each form with its command"))]
    pub(super) take: fn(&Command, &mut Values),
}

impl Row {
    /// Every field, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.parts.iter().copied().flatten()
    }
}

/// The form of a deed; none of what the program alone does.
pub(crate) fn row(deed: Deed) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.deed == deed)
}

/// Declares forms: the deed, what is looked at after reading, the messages (title and what to know), and for each part of the command its fields.
macro_rules! forms {
    ($($deed:ident $([$after:path])? ($title:ident $(, $about:ident)?) { $($part:ident: [$($field:ident),*]),* })*) => {
        /// All of them.
        pub(crate) static ROWS: &[Row] = &[$(Row {
            deed: Deed::$deed,
            title: wording::$title,
            about: forms!(@maybe $(wording::$about)?),
            parts: &[$(&[$($field),*]),*],
            after: forms!(@maybe $($after)?),
            make: |_values| Some(Command::$deed { $($part: Part::read(&[$($field),*], _values)?),* }),
            take: |command, _values| {
                if let Command::$deed { $($part),* } = command {
                    $(Part::fill($part, &[$($field),*], _values);)*
                }
            },
        }),*];
    };
    (@maybe $some:path) => { Some($some) };
    (@maybe) => { None };
}

forms! {
    Plan [in_order] (deed_plan) { reference: [CASE_REFERENCE], meeting: [MEETING], jurisdiction: [JURISDICTION], business: [BUSINESS], slot: [OFFICE, STARTS, ENDS, STAFF], words: [NAME, CONTACT], adjustment_from: [ADJUSTMENT_FROM], follows: [FOLLOWS] }
    AssignRoom (deed_assign_room) { room: [ROOM], is_private: [IS_PRIVATE] }
    LoseRoom (deed_lose_room) { words: [REASON] }
    SayContent (deed_say_content) { content: [CONTENT], words: [NOTE] }
    Acknowledge (deed_acknowledge, deed_acknowledge_about) { words: [REASON] }
    Swap (deed_swap) { to: [SWAP_TO], words: [REASON] }
    Try (deed_try, deed_try_about) { attempt: [ATTEMPT], found: [FOUND], words: [REASON] }
    Offer [in_order] (deed_offer) { slot: [OFFICE, STARTS, ENDS, STAFF], cause: [CAUSE] }
    AnswerOffer (deed_answer_offer) { offer: [OFFER], accepted: [ACCEPTED], channel: [CHANNEL], words: [HEARD, REFERENCE] }
    Move [in_order] (deed_move, deed_move_about) { slot: [OFFICE, STARTS, ENDS, STAFF], cause: [CAUSE], words: [REASON] }
    AskAnother (deed_ask_another) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    DeclineAnother (deed_decline_another, deed_decline_another_about) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    Ask (deed_ask) { asking: [CHANNEL, DEVICE_OF, DEVICES, DOING, ADJUSTMENT], words: [NOTE] }
    ChangeRequest (deed_change_request, deed_change_request_about) { request: [REQUEST], asking: [CHANNEL, DEVICE_OF, DEVICES, DOING, ADJUSTMENT], words: [HEARD, REFERENCE] }
    Accept (deed_accept) { request: [REQUEST] }
    ProposeRefusal (deed_propose_refusal, deed_propose_refusal_about) { request: [REQUEST], ground: [GROUND], words: [REASON] }
    ApproveRefusal (deed_approve_refusal, deed_approve_refusal_about) { request: [REQUEST], ground: [GROUND] }
    Withdraw (deed_withdraw, deed_withdraw_about) { request: [REQUEST], why: [WHY], channel: [CHANNEL], words: [HEARD, REFERENCE] }
    ExplainOptOut (deed_explain_opt_out, deed_explain_opt_out_about) { channel: [TOLD_HOW] }
    OptOut (deed_opt_out, deed_opt_out_about) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    OptIn (deed_opt_in) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    Forgo (deed_forgo, deed_forgo_about) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    ClaimAdjustment (deed_claim_adjustment) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    AskAdviser (deed_ask_adviser) { by_day: [BY_DAY], words: [NOTE] }
    DecideAdjustment (deed_decide_adjustment) { granted: [GRANTED], words: [REASON] }
    CarryAdjustment (deed_carry_adjustment) { from: [CARRY_FROM] }
    OfferResolution (deed_offer_resolution, deed_offer_resolution_about) { words: [REASON] }
    AnswerResolution (deed_answer_resolution, deed_answer_resolution_about) { reply: [REPLY], words: [NOTE] }
    Tell (deed_tell) { about: [ABOUT], channel: [TOLD_HOW], words: [NOTE] }
    Confirm (deed_confirm, deed_confirm_about) { of: [NOTED], words: [HEARD, REFERENCE] }
    Disown (deed_disown, deed_disown_about) { of: [NOTED], words: [HEARD, REFERENCE] }
    ChooseFormat (deed_choose_format) { format: [FORMAT], language: [TONGUE] }
    IssueLetter [digests::letter] (deed_issue_letter) { letter: [LETTER], template: [TEMPLATE], digest: [DIGEST], fits: [FITS], dispatch: [DISPATCH], words: [LETTER_WORDS, REASON_IF_UNFIT, SALT] }
    Agree [digests::agreement] (deed_agree) { who: [WHO], template: [TEMPLATE], digest: [DIGEST], consent: [CONSENT], words: [SIGNED, DRAWING, SALT] }
    RefuseAgreement (deed_refuse_agreement, deed_refuse_agreement_about) { who: [WHO], words: [HEARD_IF_PERSON, REFERENCE] }
    Look (deed_look) { check: [CHECK], good: [GOOD], devices: [DEVICES], words: [REASON_IF_BAD] }
    Enter [entrant] (deed_enter) { party: [PARTY], account: [ACCOUNT], words: [ENTRANT] }
    Depart (deed_depart) { present: [PRESENT] }
    Start (deed_start) { recorded: [RECORDED] }
    StartRecording (deed_start_recording) {  }
    Pause (deed_pause) { pause: [PAUSE], words: [NOTE] }
    Resume (deed_resume) {  }
    StopRecording (deed_stop_recording, deed_stop_recording_about) { side: [STOPPED_SIDE], stop: [STOP], words: [REASON_OF_STAFF] }
    GoOn (deed_go_on) { goes_on: [GOES_ON], channel: [CHANNEL], words: [HEARD, REFERENCE] }
    NoteIncident (deed_note_incident) { incident: [INCIDENT], words: [REASON] }
    End (deed_end) { ending: [ENDING], ended_micros: [ENDED], words: [REASON_IF_LATER] }
    UndoStart (deed_undo_start, deed_undo_start_about) { words: [REASON] }
    MakeCopies (deed_make_copies) { recording: [RECORDING], id: [RECORDING_ID], copies: [PERSONS_CARRIER, PERSONS_DIGEST, OFFICES_CARRIER, OFFICES_DIGEST], compared: [COMPARED] }
    CheckCopy (deed_check_copy) { recording: [RECORDING], side: [SIDE], verdict: [VERDICT] }
    HandOver [digests::receipt] (deed_hand_over) { recording: [RECORDING], side: [SIDE], words: [RECEIVER, DRAWING, SALT], receipt: [DIGEST] }
    RefuseCopy (deed_refuse_copy, deed_refuse_copy_about) { recording: [RECORDING], channel: [CHANNEL], words: [HEARD, REFERENCE] }
    Keep (deed_keep) { recording: [RECORDING], thing: [THING] }
    GiveUp (deed_give_up, deed_give_up_about) { recording: [RECORDING], words: [REASON] }
    Close (deed_close) { outcome: [OUTCOME], words: [REASON_IF_ODD] }
    Cancel (deed_cancel, deed_cancel_about) { channel: [CHANNEL], words: [HEARD, REFERENCE] }
    Continue [in_order] (deed_continue, deed_continue_about) { outcome: [OUTCOME], slot: [OFFICE, STARTS, ENDS, STAFF], cause: [CAUSE], words: [REASON] }
    CorrectOutcome (deed_correct_outcome) { outcome: [OUTCOME], words: [REASON] }
    Reopen (deed_reopen, deed_reopen_about) { words: [REASON] }
    BreakGlass (deed_break_glass, deed_break_glass_about) { words: [REASON] }
    ReviewGlass (deed_review_glass, deed_review_glass_about) { of: [GLASS], justified: [JUSTIFIED], words: [REASON] }
    NoteFollowed (deed_note_followed) { by: [FOLLOWED_BY] }
}

//! Why something cannot be just now, as a closed list of words: the pages say it in the person's language by the word, and a terminal in English.
//!
//! Not here: refusals that name something of the case (`refusal.rs`). Invariants: each word has what is wrong and what to do; no sentence
//! of a refusal stands anywhere else in the procedure.

macro_rules! because {
    ($($name:ident = $word:literal: $what:literal, $first:literal;)*) => {
        /// Why not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Because { $(#[doc = $what] $name,)* }

        impl Because {
            /// All of them.
            pub const ALL: &[Because] = &[$(Because::$name),*];

            /// Its word, by which pages find their text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Because::$name => $word,)* }
            }

            /// What is wrong, in English.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Because::$name => $what,)* }
            }

            /// What has to be first, in English.
            #[must_use]
            pub fn first(self) -> &'static str {
                match self { $(Because::$name => $first,)* }
            }
        }
    };
}

because! {
    // --- times and places ---
    NothingPlanned = "nothing-planned": "nothing is planned", "plan the meeting";
    NoRoom = "no-room": "it has no room", "nothing is to be done";
    OtherOffice = "other-office": "another office is the person's to choose", "offer it, and note the answer";
    RoomFound = "room-found": "a room was found in this office", "offer that room, or note why it cannot be had";
    NothingOffered = "nothing-offered": "nothing is offered", "offer another time or office first";
    SameAppointment = "same-appointment": "that is the appointment that stands", "give another time";
    EndsBeforeBeginning = "ends-before-beginning": "it ends before it begins", "give another time";
    TooLong = "too-long": "it is longer than a day", "give another time";
    BeganBeforeNow = "began-before-now": "it began before now, and a meeting is planned before it begins", "give another time";
    TooFarAhead = "too-far-ahead": "it is more than five years ahead", "give another time";
    OtherDay = "other-day": "it is not the day of the appointment", "move it to now, with a cause";
    AfterItsTime = "after-its-time": "its time is over, and nobody has accounted for it", "ask the team leader to move it, or say what became of it";
    OwnCase = "own-case": "it carries over from another case", "name the case that has it";
    NotEscalated = "not-escalated": "nobody is uneasy", "nothing is to be done";
    // --- asking ---
    NoRequest = "no-request": "no request to record stands", "note the request first, if there is one";
    RequestStands = "request-stands": "a request to record stands already", "look at it, change it, or note that it is withdrawn";
    OfficeNeedsNoDevice = "office-needs-no-device": "the office's recorder needs no device of the person's", "leave the devices out";
    NotesNeedNoRequest = "notes-need-no-request": "taking notes needs no request", "nothing is to be done";
    AdviserHasNotAnswered = "adviser-has-not-answered": "it is claimed as a reasonable adjustment, and the adviser has not answered", "ask the adviser";
    NothingNew = "nothing-new": "it is accepted, and nothing was found that could change that", "note what was found, or begin it";
    NoResolution = "no-resolution": "nothing was offered", "offer it first";
    NotByDefault = "not-by-default": "the office does not record such meetings of its own accord", "if somebody asked to record, note that the request is withdrawn";
    NotAnAdjustment = "not-an-adjustment": "recording is no adjustment here", "withdraw the request, or opt out";
    NothingToTell = "nothing-to-tell": "nothing of that number is to be told", "look at what is to be told";
    NothingNoted = "nothing-noted": "nothing of that number waits to be confirmed", "look at what is noted";
    // --- the meeting ---
    NotHere = "not-here": "nobody of that number is in the room", "note who came in";
    NotBoth = "not-both": "the person and whoever holds the meeting are not both there, in the room or on the line", "note who came in";
    NamesStaff = "names-staff": "staff are named by their account, and nobody else is", "name the account of a member of staff only";
    NotTheHolder = "not-the-holder": "somebody else holds this meeting", "let whoever holds it come in, or let a colleague hold it";
    NothingRecorded = "nothing-recorded": "nothing is being recorded", "nothing is to be done";
    NothingPauses = "nothing-pauses": "no recording pauses", "nothing is to be done";
    SomebodyRefuses = "somebody-refuses": "somebody in the room has not agreed", "let them agree or go out, or stop the recording";
    PersonAway = "person-away": "the person is not in the room", "wait for them, or say that they left";
    OnlyThePerson = "only-the-person": "only the person's own word ends it so", "note that the person opts out";
    NobodyRefuses = "nobody-refuses": "nobody in the room has refused to agree", "note who does not agree";
    HasNotStopped = "has-not-stopped": "the recording has not stopped", "nothing is to be done";
    NotBegun = "not-begun": "it has not begun", "begin it";
    NothingMore = "nothing-more": "nothing more is to be recorded", "nothing is to be done";
    NotHeardAnywhere = "not-heard-anywhere": "nothing is recorded on which it could be heard", "begin the recording first";
    EndOutside = "end-outside": "it did not end before it began, nor will it have ended", "give the time at which it ended";
    NotTheirs = "not-theirs": "that is another side's to do", "ask them";
    // --- copies ---
    NoSuchRecording = "no-such-recording": "there is no such recording, or it has not ended", "name a recording that has ended";
    InHands = "in-hands": "a copy is in somebody's hands already", "make the others alike to it, or give the recording up";
    OneEach = "one-each": "each side has one copy", "name each side once";
    BothSides = "both-sides": "both sides have a copy", "name both";
    NotMade = "not-made": "that side's copy is not made", "make the copies";
    NotCompared = "not-compared": "nothing shows that the copies are alike", "compare them by ear, and say so";
    Unchecked = "unchecked": "that copy is not checked, or did not hold", "check it; make the copies again if it does not hold";
    NoReceipt = "no-receipt": "nobody says that the copy is theirs", "let the person say so, or give the signed receipt";
    IsGivenUp = "is-given-up": "no more can be had of it", "nothing is to be done";
    // --- what became of it ---
    DayNotOver = "day-not-over": "its day is not over", "wait until it is";
    TimeNotCome = "time-not-come": "its time has not come", "say what happened";
    TimeNotOver = "time-not-over": "its time is not over", "wait until it is";
    PersonCame = "person-came": "the person was there", "say what happened";
    OfficeNotReady = "office-not-ready": "the office was not ready for it", "move it";
    OnTheLine = "on-the-line": "it is held by telephone or video", "say that the person was not reached";
    NotOnTheLine = "not-on-the-line": "it is held in a room", "say that the person did not come";
    Owed = "owed": "a recording is owed, and another time was not offered or not declined", "move it, or offer another time";
    PersonsToCancel = "persons-to-cancel": "that is the person's word", "note that the person cancels";
    MovedByNaming = "moved-by-naming": "an appointment is moved by naming the new one", "move it";
    WasNotHeld = "was-not-held": "it was not held", "say what happened";
    IsOwedHere = "is-owed-here": "it was to be recorded", "ask the team leader";
    WasHeld = "was-held": "it was held", "say what happened";
    WasNotRecorded = "was-not-recorded": "it was not recorded", "say what happened";
    WasRecordedInPart = "was-recorded-in-part": "a part of it was recorded", "say what happened";
    WasRecorded = "was-recorded": "it was recorded to its end", "say what happened";
    NoGlass = "no-glass": "nothing of that number waits to be reviewed", "look at what is to be reviewed";
    IsFollowed = "is-followed": "another case stands in its place", "look at that case";
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

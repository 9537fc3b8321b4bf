//! The closed lists of words that stand in clear in a case's events: channels, grounds, causes, parties, outcomes.
//!
//! Not here: free words, which are private, and the words that packs of rules know, which are `rules`'.
//! Invariant: each has one word; what is on no list cannot be said in clear.

use crate::lists::lists;

lists! {
    /// How somebody was reached, or reached the office.
    Channel, "a channel" {
        /// Through the person's own pages.
        Online = "online",
        /// By telephone.
        Telephone = "telephone",
        /// By letter.
        Post = "post",
        /// By electronic mail.
        Email = "email",
        /// Face to face.
        InPerson = "in-person",
    }

    /// Why a request to record is refused. Each must be borne out by the rules of the day.
    Ground, "a ground" {
        /// It was asked for on the day itself.
        SameDay = "same-day",
        /// The device is not allowed.
        Device = "device",
        /// What is to be done is barred: pictures, or recording where others are heard.
        Barred = "barred",
        /// The office does not record such meetings; the person may with a device of their own.
        OfficeDoesNot = "office-does-not",
        /// No rule lets it be recorded.
        NoRule = "no-rule",
        /// Whose agreement the rules ask for did not agree, this time.
        AgreementRefused = "agreement-refused",
    }

    /// Why a request came to nothing by the person's own word. It is never presumed.
    Withdrawal, "a reason to withdraw" {
        /// What the person was unhappy about is solved.
        Resolved = "resolved",
        /// The person wishes it no more, for whatever reason.
        OwnWish = "own-wish",
        /// The equipment failed, and the person would rather go on without.
        EquipmentFailed = "equipment-failed",
    }

    /// Why an appointment is moved.
    Cause, "a cause" {
        /// Nobody who is content to be recorded could hold it then.
        Staff = "staff",
        /// No private room.
        Room = "room",
        /// Recording was asked for on the day itself.
        SameDay = "same-day",
        /// The equipment failed.
        Equipment = "equipment",
        /// A letter or an agreement was not there in time.
        Papers = "papers",
        /// The person asked for another time.
        Person = "person",
        /// Another reason of the office's.
        Office = "office",
    }

    /// What is tried before another office is thought of.
    Attempt, "something to try" {
        /// A private room of this office at the same time.
        RoomThen = "room-then",
        /// A private room of this office at another time.
        RoomLater = "room-later",
    }

    /// Somebody at the table.
    Party, "a party" {
        /// The person whose matter it is.
        Person = "person",
        /// Whoever holds the meeting for the office.
        Professional = "professional",
        /// A companion of the person's.
        Companion = "companion",
        /// Somebody who speaks for the person.
        Representative = "representative",
        /// An interpreter.
        Interpreter = "interpreter",
        /// Another member of staff.
        Colleague = "colleague",
    }

    /// What is looked at in the room before it begins.
    Check, "a check" {
        /// The room is private.
        PrivateRoom = "private-room",
        /// Nobody else can be heard.
        NobodyElseHeard = "nobody-else-heard",
        /// The person's device is allowed, and works.
        Device = "device",
        /// There is room on the medium of the person's device, and it was blank.
        Medium = "medium",
        /// The office's recorder works.
        Recorder = "recorder",
        /// There is room on the recorder's media, and they were blank.
        RecorderMedium = "recorder-medium",
    }

    /// How somebody agreed.
    Consent, "a way to agree" {
        /// By signature.
        Signed = "signed",
        /// Aloud, on the recording.
        Spoken = "spoken",
    }

    /// Why a recording pauses.
    Pause, "a reason to pause" {
        /// A break.
        Break = "break",
        /// The medium is changed.
        Medium = "medium",
        /// Somebody comes in who has not agreed.
        Entrant = "entrant",
        /// Somebody in the room does not agree any more.
        Refused = "refused",
        /// The person is out of the room.
        Away = "away",
        /// Somebody else holds the meeting from now on.
        Staff = "staff",
        /// It moves to another room, or somebody outside can be heard.
        Room = "room",
    }

    /// Why a recording ends while the meeting has not.
    Stop, "a reason to stop" {
        /// The person does not want it recorded any more.
        OptedOut = "opted-out",
        /// Somebody's agreement ended.
        AgreementWithdrawn = "agreement-withdrawn",
        /// The equipment failed.
        EquipmentFailed = "equipment-failed",
        /// There was no medium left.
        NoMedium = "no-medium",
        /// It had begun by mistake.
        Mistaken = "mistaken",
    }

    /// How a meeting ended.
    Ending, "an ending" {
        /// It was over.
        Finished = "finished",
        /// The person left.
        PersonLeft = "person-left",
        /// The office ended it.
        OfficeEnded = "office-ended",
    }

    /// What a side's copy of a recording is on.
    Carrier, "a carrier" {
        /// Files, whose bytes can be compared.
        File = "file",
        /// A compact cassette.
        Cassette = "cassette",
        /// A CD.
        Cd = "cd",
    }

    /// What became of an appointment.
    Outcome, "an outcome" {
        /// It was held and recorded, whole.
        Recorded = "recorded",
        /// It was held, and a part of it was recorded.
        RecordedInPart = "recorded-in-part",
        /// It was held and not recorded.
        NotRecorded = "not-recorded",
        /// The person did not come.
        NotAttended = "not-attended",
        /// The person was not reached by telephone or video.
        NotReached = "not-reached",
        /// The person cancelled it.
        CancelledByPerson = "cancelled-by-person",
        /// The office cancelled it.
        CancelledByOffice = "cancelled-by-office",
        /// Another appointment stands for it.
        Moved = "moved",
    }

    /// What became of an offer.
    Answer, "an answer" {
        /// The person takes it.
        Accepted = "accepted",
        /// The person does not.
        Declined = "declined",
        /// Another offer came in its place before anybody answered.
        Lapsed = "lapsed",
    }

    /// Something that ought not to happen while it goes on, or was found afterwards.
    Incident, "an incident" {
        /// Others could be heard, or their data was caught.
        OthersHeard = "others-heard",
        /// Pictures were taken.
        Pictures = "pictures",
        /// Somebody recorded without its being agreed.
        Unagreed = "unagreed",
        /// Somebody was uneasy while it went on.
        Unease = "unease",
    }

    /// What the person said to having the underlying matter looked at.
    Reply, "a reply" {
        /// No.
        Declined = "declined",
        /// Yes.
        Accepted = "accepted",
        /// That it is solved.
        Solved = "solved",
    }

    /// The form in which somebody reads.
    Format, "a format" {
        /// As usual.
        Standard = "standard",
        /// In large print.
        LargePrint = "large-print",
        /// In braille.
        Braille = "braille",
        /// As sound.
        Audio = "audio",
        /// In easy words with pictures.
        EasyRead = "easy-read",
        /// As a film in sign language.
        SignLanguage = "sign-language",
    }

    /// A language.
    Language, "a language" {
        /// English.
        English = "en",
        /// Welsh.
        Welsh = "cy",
    }

    /// How a letter went out.
    Dispatch, "a way to send" {
        /// By post.
        Post = "post",
        /// By electronic mail.
        Email = "email",
        /// Handed over.
        ByHand = "by-hand",
        /// Shown in the person's own pages.
        Online = "online",
    }
}

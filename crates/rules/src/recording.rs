//! What packs can say about recording a meeting: the aspects, and the words each of them knows.
//!
//! Not here: which of it applies on a day (`ruling.rs`), and how long a recording is kept, which are rules of their own.
//! Invariants: every aspect has its own closed set of words, so that an answer is never a free text that somebody has to interpret;
//! what a pack does not say of an aspect is not said, which is not the same as no.

use std::fmt;
use std::str::FromStr;

use crate::name::words;

words! {
    /// A kind of meeting, as far as the rules on recording differ.
    Meeting, "a meeting" {
        /// An interview on the office's premises.
        Interview = "interview",
        /// A telephone call with the office.
        Call = "call",
        /// An assessment in one room.
        FaceToFaceConsultation = "face-to-face-consultation",
        /// An assessment by telephone.
        TelephoneConsultation = "telephone-consultation",
        /// An assessment by video.
        VideoConsultation = "video-consultation",
    }
}

words! {
    /// When the office records.
    Occasion, "an occasion" {
        /// When the person has asked for it.
        OnRequest = "on-request",
        /// Always, unless the person does not want it.
        UnlessOptedOut = "unless-opted-out",
        /// Never.
        Never = "never",
    }
}

words! {
    /// Something that a person does, or would like to do, while a meeting goes on.
    Doing, "something a person does" {
        /// Recording the sound.
        RecordSound = "record-sound",
        /// Recording pictures.
        RecordVideo = "record-video",
        /// Recording where others can be heard.
        RecordInOpenPlan = "record-in-open-plan",
        /// Taking notes.
        TakeNotes = "take-notes",
    }
}

words! {
    /// A side of the table.
    Side, "a side" {
        /// The person whose matter it is.
        Person = "person",
        /// The office, or whoever holds the meeting for it.
        Office = "office",
    }
}

words! {
    /// What the copies are on.
    Medium, "a medium" {
        /// A compact cassette.
        Cassette = "cassette",
        /// An audio or data CD.
        Cd = "cd",
    }
}

words! {
    /// A device, or something a device can do.
    Device, "a device" {
        /// A desktop or laptop computer.
        Computer = "computer",
        /// A tablet.
        Tablet = "tablet",
        /// A telephone that is also a computer.
        Smartphone = "smartphone",
        /// A player of sound files that records.
        Mp3Player = "mp3-player",
        /// Any that can change what it recorded.
        CanEdit = "can-edit",
        /// Any that can send the sound away while it records.
        CanStream = "can-stream",
        /// Any that can record pictures.
        CanRecordVideo = "can-record-video",
        /// Any whose copy cannot be checked on the spot.
        NoCheckableCopy = "no-checkable-copy",
    }
}

words! {
    /// What is asked of the copies.
    Copies, "something asked of copies" {
        /// Two, alike, when the meeting ends.
        TwoIdentical = "two-identical",
        /// The office gets one before the person leaves.
        OneToTheOffice = "one-to-the-office",
        /// A second copy is not asked for.
        NoSecondAsked = "no-second-asked",
    }
}

words! {
    /// How early somebody must have said that it will be recorded.
    Notice, "a notice" {
        /// Before the meeting, by arrangement.
        Beforehand = "beforehand",
        /// The earlier the better.
        AsEarlyAsPossible = "as-early-as-possible",
        /// Who asks on the day itself may be told no.
        OnTheDayMayBeRefused = "on-the-day-may-be-refused",
    }
}

words! {
    /// Where it may be recorded.
    Room, "a room" {
        /// A room where nobody else is heard.
        Private = "private",
    }
}

words! {
    /// A letter that must be sent.
    Letter, "a letter" {
        /// On what whoever records takes upon themselves.
        Recording = "recording",
        /// On what whoever publishes takes upon themselves.
        Publication = "publication",
    }
}

words! {
    /// What must be agreed to, and how it is said.
    Agreement, "an agreement" {
        /// The person signs.
        Signed = "signed",
        /// The person says so, and it is heard on the recording.
        SpokenOnRecording = "spoken-on-recording",
        /// Whoever is recorded for the office is content with it.
        ProfessionalContent = "professional-content",
        /// The person may say no before it begins.
        OptOutBefore = "opt-out-before",
        /// The person may say no while it goes on.
        OptOutDuring = "opt-out-during",
        /// Saying no costs the person nothing.
        WithoutDetriment = "without-detriment",
    }
}

words! {
    /// Who decides.
    Decider, "somebody who decides" {
        /// Whoever holds the meeting, for the office.
        Office = "office",
        /// The management of the place.
        LocalManagement = "local-management",
        /// The disability equality adviser.
        EqualityAdviser = "disability-equality-adviser",
        /// The department, for all offices and providers.
        Department = "department",
        /// The provider of assessments.
        Provider = "provider",
        /// The decision maker on the case.
        CaseManager = "case-manager",
    }
}

words! {
    /// Something that the office does when recording is not as agreed.
    Measure, "a measure" {
        /// Recording where others are heard is stopped.
        StopInOpenPlan = "stop-in-open-plan",
        /// The meeting goes on in a private room.
        PrivateRoom = "private-room",
        /// The meeting is held in another office.
        OtherOffice = "other-office",
        /// Somebody who minds less holds the meeting.
        OtherStaff = "other-staff",
        /// There is another appointment.
        LaterAppointment = "later-appointment",
        /// What the person is unhappy about is looked at.
        ResolveComplaint = "resolve-complaint",
        /// A letter follows as soon as possible.
        LetterAfterwards = "letter-afterwards",
        /// What is allowed and what is not is explained.
        Explain = "explain",
        /// It goes on, openly, when the professional is content, the agreement signed and the device allowed.
        ContinueIfConditionsMet = "continue-if-conditions-met",
        /// The person is asked to stop.
        AskToStop = "ask-to-stop",
        /// The meeting ends.
        EndMeeting = "end-meeting",
        /// The case goes back as one in which the person did not take part.
        ReturnCase = "return-case",
        /// Somebody decides whether the person had good reason.
        DecideGoodReason = "decide-good-reason",
    }
}

/// The aspects, each with its word, the words it knows and the question it answers in a ruling.
macro_rules! aspects {
    ($($(#[$about:meta])* $aspect:ident = $word:literal, $of:ident, $ask:ident;)*) => {
        words! {
            /// What about recording a meeting a rule speaks of.
            Aspect, "an aspect of recording" { $($(#[$about])* $aspect = $word,)* }
        }

        /// What a rule says of its aspect.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Said { $($(#[$about])* $aspect(Vec<$of>),)* }

        impl Said {
            /// Reads the words of an aspect; the error is which of them is wrong, and what about it.
            pub(crate) fn read(aspect: Aspect, texts: &[&str]) -> Result<Self, (usize, String)> {
                match aspect { $(Aspect::$aspect => parsed(texts).map(Said::$aspect),)* }
            }

            /// The aspect it speaks of.
            #[must_use]
            pub fn aspect(&self) -> Aspect {
                match self { $(Said::$aspect(_) => Aspect::$aspect,)* }
            }

            fn words(&self) -> Vec<&'static str> {
                match self { $(Said::$aspect(all) => all.iter().map(|one| one.as_str()).collect(),)* }
            }
        }

        impl crate::ruling::RecordingRuling {
            $(
                $(#[$about])*
                ///
                /// # Errors
                /// No pack says it for that day, place and kind of meeting.
                pub fn $ask(&self) -> Result<crate::ruling::Answer<'_, $of>, crate::Refusal> {
                    match self.said(Aspect::$aspect)? {
                        (Said::$aspect(says), applied) => Ok(crate::ruling::Answer { says, applied }),
                        _ => Err(self.nothing(Aspect::$aspect)),
                    }
                }
            )*
        }
    };
}

aspects! {
    /// When the office itself records.
    OfficeRecords = "office-records", Occasion, office_records;
    /// What the person may do.
    PersonMay = "person-may", Doing, person_may;
    /// What nobody may do.
    Barred = "barred", Doing, barred;
    /// Who may bring a device.
    DeviceOf = "device-of", Side, device_of;
    /// Which devices are not allowed, by what they are and by what they can do.
    DevicesRefused = "devices-refused", Device, devices_refused;
    /// What the copies may be on.
    Media = "media", Medium, media;
    /// What is asked of the copies.
    Copies = "copies", Copies, copies;
    /// How early it must be said.
    Notice = "notice", Notice, notice;
    /// Where it may be recorded.
    Room = "room", Room, room;
    /// What is done where there is no such room.
    NoRoom = "no-room", Measure, no_room;
    /// Which letters must go out before.
    LettersBefore = "letters-before", Letter, letters_before;
    /// Which letters must go out afterwards: about a recording that is made already, or when it is published.
    LettersAfter = "letters-after", Letter, letters_after;
    /// What must be agreed to, or how the person says no.
    Agreement = "agreement", Agreement, agreement;
    /// Who says what a recording must be like.
    SetsRequirements = "sets-requirements", Decider, sets_requirements;
    /// Who decides on a request to record.
    DecidesRequest = "decides-request", Decider, decides_request;
    /// Who decides when whoever would be recorded is uneasy about it.
    DecidesUnease = "decides-unease", Decider, decides_unease;
    /// Who arranges recording as a reasonable adjustment.
    DecidesAdjustment = "decides-adjustment", Decider, decides_adjustment;
    /// Who decides whether there was good reason not to take part.
    DecidesGoodReason = "decides-good-reason", Decider, decides_good_reason;
    /// What is done, in the source's order, when the device is not allowed.
    DeviceNotAllowed = "device-not-allowed", Measure, device_not_allowed;
    /// What is done, in the source's order, when somebody records without having agreed it.
    Unagreed = "unagreed", Measure, unagreed;
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(", "))
    }
}

/// The words of one set, each named once.
fn parsed<T: FromStr<Err = String> + PartialEq>(texts: &[&str]) -> Result<Vec<T>, (usize, String)> {
    let mut all = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let one = text.parse().map_err(|what| (at, what))?;
        if all.contains(&one) {
            return Err((at, format!("{text} is named twice")));
        }
        all.push(one);
    }
    Ok(all)
}

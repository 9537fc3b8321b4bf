//! The closed lists of a case as people read them: to each word its label.
//!
//! Not which words there are (`casework`, `rules`). Invariants: every word of a closed list has a label, or this does not compile; of the lists of `rules`, which
//! may grow, a test sees that each has one.

use casework::case::{
    Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Incident, Language as Tongue, Outcome,
    Party, Pause, RefusalGround, Reply, Stop, Withdrawal,
};
use casework::custody::Verdict;
use pages::wording::{self, Language, Words};
use rules::{Device, Doing, Jurisdiction, Letter, Meeting, Side};

/// One word and what people read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Labelled {
    /// What is sent.
    pub(crate) word: String,
    /// What is read.
    pub(crate) label: Words,
}

/// A closed list whose words people read.
pub(crate) trait Listed: Copy + 'static {
    /// All of them, with their labels.
    fn all(language: Language) -> Vec<Labelled>;
    /// What people read for this one.
    fn label(self, language: Language) -> Words;
}

/// The choices that a list is.
pub(crate) fn list<T: Listed>(language: Language) -> Vec<Labelled> {
    T::all(language)
}

/// Either side's recording, or all that is being recorded.
pub(crate) fn sides_or_all(language: Language) -> Vec<Labelled> {
    let all = Labelled { word: ALL.to_owned(), label: wording::case_side_all(language) };
    std::iter::once(all).chain(list::<Side>(language)).collect()
}

/// The word for all sides.
pub(crate) const ALL: &str = "all";

/// Gives closed lists their labels; where it is used `Labelled`, `Listed`, `Language`, `Words` and `wording` are in scope.
macro_rules! listed {
    ($($([$other:ident])? $list:ident { $($variant:ident => $message:ident,)* })*) => {$(
        impl Listed for $list {
            fn all(language: Language) -> Vec<Labelled> {
                let labelled = |one: &$list| Labelled { word: one.as_str().to_owned(), label: one.label(language) };
                <$list>::ALL.iter().map(labelled).collect()
            }

            fn label(self, language: Language) -> Words {
                match self {
                    $($list::$variant => wording::$message(language),)*
                    $($other => Words::said(language, $other.as_str().to_owned()),)?
                }
            }
        }
    )*};
}

pub(in crate::http) use listed;

listed! {
    Channel {
        Online => case_channel_online,
        Telephone => case_channel_telephone,
        Post => case_channel_post,
        Email => case_channel_email,
        InPerson => case_channel_in_person,
    }
    RefusalGround {
        SameDay => case_ground_same_day,
        Device => case_ground_device,
        Barred => case_ground_barred,
        OfficeDoesNot => case_ground_office_does_not,
        NoRule => case_ground_no_rule,
        AgreementRefused => case_ground_agreement_refused,
    }
    Withdrawal {
        Resolved => case_withdrawal_resolved,
        OwnWish => case_withdrawal_own_wish,
        EquipmentFailed => case_withdrawal_equipment_failed,
    }
    Cause {
        Staff => case_cause_staff,
        Room => case_cause_room,
        SameDay => case_cause_same_day,
        Equipment => case_cause_equipment,
        Papers => case_cause_papers,
        Person => case_cause_person,
        Office => case_cause_office,
    }
    Attempt {
        RoomThen => case_attempt_room_then,
        RoomLater => case_attempt_room_later,
    }
    Party {
        Person => case_party_person,
        Professional => case_party_professional,
        Companion => case_party_companion,
        Representative => case_party_representative,
        Interpreter => case_party_interpreter,
        Colleague => case_party_colleague,
    }
    Check {
        PrivateRoom => case_check_private_room,
        NobodyElseHeard => case_check_nobody_else_heard,
        Device => case_check_device,
        Medium => case_check_medium,
        Recorder => case_check_recorder,
        RecorderMedium => case_check_recorder_medium,
    }
    Consent {
        Signed => case_consent_signed,
        Spoken => case_consent_spoken,
    }
    Pause {
        Break => case_pause_break,
        Medium => case_pause_medium,
        Entrant => case_pause_entrant,
        Refused => case_pause_refused,
        Away => case_pause_away,
        Staff => case_pause_staff,
        Room => case_pause_room,
    }
    Stop {
        OptedOut => case_stop_opted_out,
        AgreementWithdrawn => case_stop_agreement_withdrawn,
        EquipmentFailed => case_stop_equipment_failed,
        NoMedium => case_stop_no_medium,
        Mistaken => case_stop_mistaken,
    }
    Ending {
        Finished => case_ending_finished,
        PersonLeft => case_ending_person_left,
        OfficeEnded => case_ending_office_ended,
    }
    Carrier {
        File => case_carrier_file,
        Cassette => case_carrier_cassette,
        Cd => case_carrier_cd,
    }
    Outcome {
        Recorded => case_outcome_recorded,
        RecordedInPart => case_outcome_recorded_in_part,
        NotRecorded => case_outcome_not_recorded,
        NotAttended => case_outcome_not_attended,
        NotReached => case_outcome_not_reached,
        CancelledByPerson => case_outcome_cancelled_by_person,
        CancelledByOffice => case_outcome_cancelled_by_office,
        Moved => case_outcome_moved,
    }
    Incident {
        OthersHeard => case_incident_others_heard,
        Pictures => case_incident_pictures,
        Unagreed => case_incident_unagreed,
        Unease => case_incident_unease,
    }
    Reply {
        Declined => case_reply_declined,
        Accepted => case_reply_accepted,
        Solved => case_reply_solved,
    }
    Format {
        Standard => case_format_standard,
        LargePrint => case_format_large_print,
        Braille => case_format_braille,
        Audio => case_format_audio,
        EasyRead => case_format_easy_read,
        SignLanguage => case_format_sign_language,
    }
    Tongue {
        English => case_tongue_en,
        Welsh => case_tongue_cy,
    }
    Dispatch {
        Post => case_dispatch_post,
        Email => case_dispatch_email,
        ByHand => case_dispatch_by_hand,
        Online => case_dispatch_online,
    }
    Verdict {
        Complete => case_verdict_complete,
        Interrupted => case_verdict_interrupted,
        Excerpt => case_verdict_excerpt,
        Redacted => case_verdict_redacted,
        Unchanged => case_verdict_unchanged,
        NotIntact => case_verdict_not_intact,
        CannotSay => case_verdict_cannot_say,
    }
    [other] Meeting {
        Interview => case_meeting_interview,
        Call => case_meeting_call,
        FaceToFaceConsultation => case_meeting_face_to_face_consultation,
        TelephoneConsultation => case_meeting_telephone_consultation,
        VideoConsultation => case_meeting_video_consultation,
    }
    Jurisdiction {
        EnglandAndWales => case_jurisdiction_england_and_wales,
        Scotland => case_jurisdiction_scotland,
        NorthernIreland => case_jurisdiction_northern_ireland,
    }
    [other] Side {
        Person => case_side_person,
        Office => case_side_office,
    }
    [other] Doing {
        RecordSound => case_doing_record_sound,
        RecordVideo => case_doing_record_video,
        RecordInOpenPlan => case_doing_record_in_open_plan,
        TakeNotes => case_doing_take_notes,
    }
    [other] Device {
        Computer => case_device_computer,
        Tablet => case_device_tablet,
        Smartphone => case_device_smartphone,
        Mp3Player => case_device_mp3_player,
        CanEdit => case_device_can_edit,
        CanStream => case_device_can_stream,
        CanRecordVideo => case_device_can_record_video,
        NoCheckableCopy => case_device_no_checkable_copy,
    }
    [other] Letter {
        Recording => case_letter_recording,
        Publication => case_letter_publication,
    }
}

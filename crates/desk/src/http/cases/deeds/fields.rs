//! Every field that a form of a case asks, each defined once.
//!
//! Not which form asks which (`table.rs`).
//! Invariant: a field that comes up in several forms is one definition, or one that differs from another in what is said here.

use casework::case::{
    Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Format, Incident, Language as Tongue, Outcome,
    Party, Pause, RefusalGround, Reply, Stop, Withdrawal,
};
use casework::custody::Verdict;
use pages::wording;
use rules::{Device, Doing, Jurisdiction, Letter, Meeting, Side};

use super::field::{Control, Field, Need, Of};
use super::value::{PERSON, Values};
use super::words::{list, sides_or_all};

/// Declares fields: the name, the control, the messages (label, hint where there is one, what is said where it is missing), and whether it must be.
macro_rules! fields {
    ($($field:ident = $name:literal, $control:expr, ($label:ident $(, $hint:ident)? / $missing:ident), $need:ident;)*) => {$(
        pub(super) const $field: Field = Field {
            name: $name,
            control: $control,
            label: wording::$label,
            hint: fields!(@hint $($hint)?),
            missing: wording::$missing,
            need: Need::$need,
        };
    )*};
    (@hint $hint:ident) => { Some(wording::$hint) };
    (@hint) => { None };
}

fields! {
    CHANNEL = "channel", Control::OneOf(list::<Channel>), (field_channel / field_channel_missing), Always;
    TOLD_HOW = "channel", Control::OneOf(list::<Channel>), (field_told_how / field_told_how_missing), Always;
    HEARD = "reason", Control::Area, (field_heard, field_heard_hint / field_heard_missing), Heard;
    REFERENCE = "reference", Control::Line, (field_reference / field_reference_missing), Never;
    REASON = "reason", Control::Area, (field_reason, field_reason_hint / field_reason_missing), Always;
    NOTE = "note", Control::Area, (field_note / field_note_missing), Never;
    NAME = "name", Control::Line, (field_name / field_name_missing), Always;
    CONTACT = "contact", Control::Area, (field_contact, field_contact_hint / field_contact_missing), Never;
    ENTRANT = "name", Control::Line, (field_entrant, field_entrant_hint / field_entrant_missing), Never;
    SIGNED = "name", Control::Line, (field_signed / field_signed_missing), Always;
    DRAWING = "drawing", Control::Drawing, (field_drawing, field_drawing_hint / field_drawing), Never;
    RECEIVER = "receiver", Control::Line, (field_receiver, field_receiver_hint / field_receiver_missing), Never;
    LETTER_WORDS = "note", Control::Area, (field_letter_words, field_letter_words_hint / field_letter_words_missing), Always;
    CASE_REFERENCE = "case_reference", Control::Name, (field_case_reference, field_case_reference_hint / field_case_reference_missing), Always;
    MEETING = "meeting", Control::OneOf(list::<Meeting>), (field_meeting / field_meeting_missing), Always;
    JURISDICTION = "jurisdiction", Control::OneOf(list::<Jurisdiction>), (field_jurisdiction / field_jurisdiction_missing), Always;
    BUSINESS = "business", Control::Name, (field_business, field_business_hint / field_business_missing), Always;
    OFFICE = "office", Control::Office, (field_office / field_office_missing), Always;
    STARTS = "starts", Control::When, (field_starts, field_starts_hint / field_starts_missing), Always;
    ENDS = "ends", Control::Until("starts"), (field_ends, field_ends_hint / field_ends_missing), Always;
    STAFF = "staff", Control::Staff, (field_staff / field_staff_missing), Always;
    SWAP_TO = "to", Control::Staff, (field_swap_to / field_swap_to_missing), Always;
    ACCOUNT = "account", Control::Staff, (field_account, field_account_hint / field_account_missing), Never;
    ADJUSTMENT_FROM = "adjustment_from", Control::Case, (field_adjustment_from, field_adjustment_from_hint / field_adjustment_from_missing), Never;
    FOLLOWS = "follows", Control::Follows, (field_follows, field_follows_hint / field_follows_missing), Never;
    CARRY_FROM = "from", Control::Case, (field_carry_from, field_carry_from_hint / field_carry_from_missing), Always;
    FOLLOWED_BY = "by", Control::Case, (field_followed_by, field_followed_by_hint / field_followed_by_missing), Always;
    ROOM = "room", Control::Room, (field_room / field_room_missing), Always;
    IS_PRIVATE = "is_private", Control::YesNo, (field_is_private / field_is_private_missing), Always;
    CONTENT = "content", Control::YesNo, (field_content, field_content_hint / field_content_missing), Always;
    ATTEMPT = "attempt", Control::OneOf(list::<Attempt>), (field_attempt / field_attempt_missing), Always;
    FOUND = "found", Control::YesNo, (field_found / field_found_missing), Always;
    CAUSE = "cause", Control::OneOf(list::<Cause>), (field_cause / field_cause_missing), Always;
    OFFER = "offer", Control::Number(Of::Offer), (field_offer / field_offer_missing), Always;
    ACCEPTED = "accepted", Control::YesNo, (field_accepted / field_accepted_missing), Always;
    DEVICE_OF = "device_of", Control::OneOf(list::<Side>), (field_device_of / field_device_of_missing), Always;
    DEVICES = "devices", Control::SeveralOf(list::<Device>), (field_devices, field_devices_hint / field_devices_missing), Never;
    DOING = "doing", Control::OneOf(list::<Doing>), (field_doing / field_doing_missing), Always;
    ADJUSTMENT = "adjustment", Control::YesNo, (field_adjustment / field_adjustment_missing), Always;
    REQUEST = "request", Control::Number(Of::Request), (field_request / field_request_missing), Always;
    GROUND = "ground", Control::OneOf(list::<RefusalGround>), (field_ground, field_ground_hint / field_ground_missing), Always;
    WHY = "why", Control::OneOf(list::<Withdrawal>), (field_why / field_why_missing), Always;
    BY_DAY = "by_day", Control::Day, (field_by_day, field_by_day_hint / field_by_day_missing), Always;
    GRANTED = "granted", Control::YesNo, (field_granted / field_granted_missing), Always;
    REPLY = "reply", Control::OneOf(list::<Reply>), (field_reply / field_reply_missing), Always;
    ABOUT = "about", Control::Number(Of::Told), (field_about / field_about_missing), Always;
    GLASS = "of", Control::Number(Of::Glass), (field_glass / field_glass_missing), Always;
    JUSTIFIED = "justified", Control::YesNo, (field_justified / field_justified_missing), Always;
    NOTED = "of", Control::Number(Of::Noted), (field_noted / field_noted_missing), Always;
    FORMAT = "format", Control::OneOf(list::<Format>), (field_format / field_format_missing), Always;
    TONGUE = "tongue", Control::OneOf(list::<Tongue>), (field_tongue / field_tongue_missing), Always;
    LETTER = "letter", Control::OneOf(list::<Letter>), (field_letter / field_letter_missing), Always;
    TEMPLATE = "template", Control::Text, (field_template / field_template_missing), Always;
    FITS = "fits", Control::YesNo, (field_fits / field_fits_missing), Always;
    DISPATCH = "dispatch", Control::OneOf(list::<Dispatch>), (field_dispatch / field_dispatch_missing), Always;
    WHO = "who", Control::Who, (field_who / field_who_missing), Always;
    CONSENT = "consent", Control::OneOf(list::<Consent>), (field_consent / field_consent_missing), Always;
    CHECK = "check", Control::OneOf(list::<Check>), (field_check / field_check_missing), Always;
    GOOD = "good", Control::YesNo, (field_good / field_good_missing), Always;
    PARTY = "party", Control::OneOf(list::<Party>), (field_party / field_party_missing), Always;
    PRESENT = "present", Control::Number(Of::Present), (field_present / field_present_missing), Always;
    RECORDED = "recorded", Control::YesNo, (field_recorded / field_recorded_missing), Always;
    PAUSE = "pause", Control::OneOf(list::<Pause>), (field_pause / field_pause_missing), Always;
    STOPPED_SIDE = "side", Control::OneOf(sides_or_all), (field_stopped_side / field_stopped_side_missing), Always;
    STOP = "stop", Control::OneOf(list::<Stop>), (field_stop / field_stop_missing), Always;
    GOES_ON = "goes_on", Control::YesNo, (field_goes_on / field_goes_on_missing), Always;
    INCIDENT = "incident", Control::OneOf(list::<Incident>), (field_incident / field_incident_missing), Always;
    ENDING = "ending", Control::OneOf(list::<Ending>), (field_ending / field_ending_missing), Always;
    ENDED = "ended", Control::When, (field_ended, field_ended_hint / field_ended_missing), Never;
    RECORDING = "recording", Control::Number(Of::Recording), (field_recording / field_recording_missing), Always;
    RECORDING_ID = "id", Control::Digest, (field_recording_id, field_recording_id_hint / field_recording_id_missing), Never;
    PERSONS_CARRIER = "persons_carrier", Control::OneOf(list::<Carrier>), (field_persons_carrier / field_persons_carrier_missing), Always;
    PERSONS_DIGEST = "persons_digest", Control::Digest, (field_persons_digest, field_persons_digest_hint / field_persons_digest_missing), Never;
    OFFICES_CARRIER = "offices_carrier", Control::OneOf(list::<Carrier>), (field_offices_carrier / field_offices_carrier_missing), Always;
    OFFICES_DIGEST = "offices_digest", Control::Digest, (field_offices_digest, field_offices_digest_hint / field_offices_digest_missing), Never;
    COMPARED = "compared", Control::YesNo, (field_compared / field_compared_missing), Always;
    SIDE = "side", Control::OneOf(list::<Side>), (field_side / field_side_missing), Always;
    VERDICT = "verdict", Control::OneOf(list::<Verdict>), (field_verdict / field_verdict_missing), Always;
    THING = "thing", Control::Thing, (field_thing, field_thing_hint / field_thing_missing), Always;
    OUTCOME = "outcome", Control::OneOf(list::<Outcome>), (field_outcome / field_outcome_missing), Always;
}

/// What a person's no is in: noted by staff it has a reason or a reference, and everybody else's needs none.
pub(super) const HEARD_IF_PERSON: Field =
    Field { need: Need::HeardIf(|values| values.word("who") == Some(PERSON)), ..HEARD };
pub(super) const REASON_IF_UNFIT: Field =
    Field { need: Need::If(|values| values.flag("fits") == Some(false)), ..REASON };
pub(super) const REASON_IF_BAD: Field = Field { need: Need::If(|values| values.flag("good") == Some(false)), ..REASON };
pub(super) const REASON_OF_STAFF: Field = Field { need: Need::OfStaff, ..REASON };
pub(super) const REASON_IF_LATER: Field = Field { need: Need::If(|values| values.moment("ended").is_some()), ..REASON };
/// What did not go as planned is explained; that it was held and not recorded is the plain course where nobody asked.
pub(super) const REASON_IF_ODD: Field =
    Field { need: Need::If(is_odd), hint: Some(wording::field_reason_if_odd_hint), ..REASON };

fn is_odd(values: &Values) -> bool {
    let plain = [Outcome::Recorded, Outcome::NotRecorded];
    values.word("outcome").is_some_and(|word| !plain.iter().any(|one| one.as_str() == word))
}

const MADE: Field = Field {
    name: "",
    control: Control::Made,
    label: wording::case_no,
    hint: None,
    missing: wording::case_no,
    need: Need::Never,
};
/// Chance that comes with the reading, so that nobody can hold a guess against the digest.
pub(super) const SALT: Field = Field { name: "salt", ..MADE };
/// The digest of what the form has, with that salt.
pub(super) const DIGEST: Field = Field { name: "digest", ..MADE };

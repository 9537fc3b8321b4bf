//! The forms of a case in the words of the person whose it is: what they do by themselves, in their own pages.
//!
//! Not who may (`casework`), nor how a form is read. Invariants: a deed that is not here is not done by a person online: what is signed, looked at or counted in the room is done
//! there; what a person need not say is not asked, and what only staff say is not taken from them.

use casework::case::Deed;
use pages::wording::{self, Words};

use super::field::{Field, Say};
use super::known::Known;

/// A form that a person has.
pub(crate) struct Own {
    /// The deed.
    pub(crate) deed: Deed,
    /// What it is called, on the page and on its button.
    pub(crate) title: Say,
    /// What they should know.
    pub(crate) about: Option<Say>,
}

/// All of them, in the order in which they are offered.
pub(crate) const OWN: &[Own] = &[
    own(Deed::Ask, wording::own_deed_ask, Some(wording::own_deed_ask_about)),
    own(Deed::ChangeRequest, wording::own_deed_change_request, Some(wording::deed_change_request_about)),
    own(Deed::Withdraw, wording::own_deed_withdraw, Some(wording::own_deed_withdraw_about)),
    own(Deed::OptOut, wording::own_deed_opt_out, Some(wording::own_deed_opt_out_about)),
    own(Deed::OptIn, wording::own_deed_opt_in, None),
    own(Deed::ClaimAdjustment, wording::own_deed_claim_adjustment, Some(wording::own_deed_claim_adjustment_about)),
    own(Deed::Forgo, wording::own_deed_forgo, Some(wording::own_deed_forgo_about)),
    own(Deed::AnswerOffer, wording::own_deed_answer_offer, Some(wording::own_deed_answer_offer_about)),
    own(Deed::AskAnother, wording::own_deed_ask_another, Some(wording::own_deed_ask_another_about)),
    own(Deed::DeclineAnother, wording::own_deed_decline_another, None),
    own(Deed::AnswerResolution, wording::own_deed_answer_resolution, Some(wording::own_deed_answer_resolution_about)),
    own(Deed::Confirm, wording::own_deed_confirm, Some(wording::own_deed_confirm_about)),
    own(Deed::Disown, wording::own_deed_disown, Some(wording::own_deed_disown_about)),
    own(Deed::ChooseFormat, wording::own_deed_choose_format, None),
    own(Deed::HandOver, wording::own_deed_hand_over, None),
    own(Deed::RefuseCopy, wording::own_deed_refuse_copy, Some(wording::own_deed_refuse_copy_about)),
    own(Deed::Cancel, wording::own_deed_cancel, Some(wording::own_deed_cancel_about)),
];

const fn own(deed: Deed, title: Say, about: Option<Say>) -> Own {
    Own { deed, title, about }
}

/// The form of a deed, if a person has one.
pub(crate) fn of(deed: Deed) -> Option<&'static Own> {
    OWN.iter().find(|one| one.deed == deed)
}

/// What a person says by acting in their own pages: the field's word.
pub(super) fn said_by_acting(known: &Known<'_>, field: &Field) -> Option<&'static str> {
    let word = match field.name {
        "channel" => "online",
        "side" => "person",
        _ => return None,
    };
    known.by_person.then_some(word)
}

/// Whether a field is staff's alone: a reference to a letter or call, and what was signed on paper.
pub(super) fn is_staffs(known: &Known<'_>, field: &Field) -> bool {
    known.by_person && matches!(field.name, "reference" | "receiver" | "drawing")
}

/// What is beside a field for a person: its label, its hint, and what is said where it is missing.
struct Asked {
    name: &'static str,
    label: Say,
    hint: Option<Say>,
    missing: Say,
}

const ASKED: &[Asked] = &[
    asked("device_of", wording::own_field_device_of, None, wording::own_field_device_of_missing),
    asked("devices", wording::own_field_devices, Some(wording::own_field_devices_hint), wording::own_field_devices),
    asked("doing", wording::own_field_doing, None, wording::own_field_doing_missing),
    asked(
        "adjustment",
        wording::own_field_adjustment,
        Some(wording::own_field_adjustment_hint),
        wording::own_field_adjustment_missing,
    ),
    asked("note", wording::own_field_note, Some(wording::own_field_note_hint), wording::field_note_missing),
    asked("reason", wording::own_field_note, Some(wording::own_field_note_hint), wording::field_note_missing),
    asked("request", wording::own_field_request, None, wording::own_field_request_missing),
    asked("why", wording::own_field_why, None, wording::own_field_why_missing),
    asked("offer", wording::field_offer, None, wording::field_offer_missing),
    asked("accepted", wording::own_field_accepted, None, wording::own_field_accepted_missing),
    asked("reply", wording::own_field_reply, None, wording::own_field_reply_missing),
    asked("of", wording::own_field_noted, None, wording::own_field_noted_missing),
    asked("format", wording::own_field_format, None, wording::own_field_format_missing),
];

const fn asked(name: &'static str, label: Say, hint: Option<Say>, missing: Say) -> Asked {
    Asked { name, label, hint, missing }
}

fn to_them(known: &Known<'_>, field: &Field) -> Option<&'static Asked> {
    ASKED.iter().find(|one| known.by_person && one.name == field.name)
}

/// What a field is called to whoever fills it in.
pub(super) fn label(known: &Known<'_>, field: &Field) -> Words {
    to_them(known, field).map_or(field.label, |one| one.label)(known.language)
}

/// What stands beside it.
pub(super) fn hint(known: &Known<'_>, field: &Field) -> Option<Words> {
    let hint = to_them(known, field).map_or(field.hint, |one| one.hint);
    hint.map(|hint| hint(known.language))
}

/// What is said where it is missing.
pub(super) fn missing(known: &Known<'_>, field: &Field) -> Words {
    to_them(known, field).map_or(field.missing, |one| one.missing)(known.language)
}

/// What a choice is called to a person, where staff have another word for it.
pub(super) fn choice(known: &Known<'_>, field: &Field, word: &str) -> Option<Words> {
    let say = match (field.name, word) {
        ("device_of", "person") => wording::own_choice_device_person,
        ("device_of", "office") => wording::own_choice_device_office,
        ("why", "resolved") => wording::own_choice_why_resolved,
        ("why", "own-wish") => wording::own_choice_why_own_wish,
        ("why", "equipment-failed") => wording::own_choice_why_equipment_failed,
        _ => return None,
    };
    known.by_person.then(|| say(known.language))
}

#[cfg(test)]
mod tests {
    use casework::case::ROWS;

    use super::*;
    use crate::http::cases::deeds::row;

    #[test]
    fn a_person_has_forms_for_what_the_table_of_rights_lets_them_do_outside_the_room() {
        let theirs = ROWS.iter().filter(|row| row.person).map(|row| row.deed);
        let without: Vec<Deed> = theirs.filter(|deed| of(*deed).is_none()).collect();
        assert_eq!(without, [Deed::Agree, Deed::RefuseAgreement, Deed::GoOn, Deed::CheckCopy]);
        for own in OWN {
            assert!(
                ROWS.iter().any(|row| row.deed == own.deed && row.person) && row(own.deed).is_some(),
                "{}",
                own.deed
            );
        }
    }

    #[test]
    fn every_word_of_theirs_is_of_a_field_of_theirs() {
        let fields: Vec<&Field> = OWN.iter().filter_map(|own| row(own.deed)).flat_map(|row| row.fields()).collect();
        for asked in ASKED {
            assert!(fields.iter().any(|field| field.name == asked.name), "{}", asked.name);
        }
    }
}

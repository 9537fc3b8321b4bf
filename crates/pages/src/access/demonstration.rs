//! What a demonstration has beside the pages of every office: signing in as somebody, without password and key, by a link that is used once.
//!
//! Not whether an office is one (`desk`'s `demonstration`).
//! Invariant: nothing here changes anything but by a form.

use super::{Wrong, button, form, framed, heading, hidden, paragraph};
use crate::Html;
use crate::html::el;
use crate::wording::{self, Language, Words};

/// Somebody whom one can sign in as.
#[derive(Debug)]
pub struct Demonstrator {
    /// The account.
    pub account: String,
    /// What its roles are called.
    pub roles: String,
}

/// What can be recorded at the press of a button.
#[derive(Clone, Copy, Debug, Default)]
pub struct Records {
    /// The bundled interview.
    pub interview: bool,
    /// What this machine's microphone hears.
    pub microphone: bool,
}

/// A meeting that is recorded at once, above whom one can sign in as.
pub(super) fn record(language: Language, records: Records) -> Html {
    if !records.interview && !records.microphone {
        return Html::NONE;
    }
    let one = |is_there: bool, heard: &str, words: Words, class: &str| {
        let form = form("/demonstration/record", "").child(hidden("heard", heard));
        if is_there { form.child(button(language, words, class)).into() } else { Html::NONE }
    };
    let (interview, microphone) =
        (wording::demonstration_record_interview(language), wording::demonstration_record_microphone(language));
    let title = el("h2").class("govuk-heading-m").child(wording::demonstration_record(language));
    Html::from(title)
        .then(paragraph(wording::demonstration_record_why(language)))
        .then(one(records.interview, "interview", interview, ""))
        .then(one(records.microphone, "microphone", microphone, "govuk-button--secondary"))
}

/// A meeting all of which is ready but its recorder.
pub fn demonstration_no_recorder(language: Language, why: Words, room: &str) -> String {
    let title = wording::demonstration_no_recorder(language);
    let link = el("a").class("govuk-link").attr("href", room).child(wording::demonstration_room(language));
    let body = Html::from(heading(&title))
        .then(paragraph(wording::demonstration_no_recorder_why(language)))
        .then(paragraph(why))
        .then(el("p").class("govuk-body").child(link));
    framed(language, &title, &Wrong::new(), Vec::new(), body)
}

/// A form each, below the form that asks for a password.
pub(super) fn everybody(language: Language, people: &[Demonstrator]) -> Html {
    if people.is_empty() {
        return Html::NONE;
    }
    let one = |somebody: &Demonstrator| {
        let words = wording::demonstration_sign_in(language, &somebody.account, &somebody.roles);
        form("/demonstration", "")
            .child(hidden("account", &somebody.account))
            .child(button(language, words, "govuk-button--secondary"))
            .into()
    };
    let title = el("h2").class("govuk-heading-m").child(wording::demonstration_people(language));
    Html::from(title)
        .then(paragraph(wording::demonstration_people_why(language)))
        .then(people.iter().map(one).collect::<Html>())
}

/// The page of a link that holds.
pub fn demonstration_link(language: Language, action: &str, somebody: &Demonstrator) -> String {
    let title = wording::demonstration_link(language);
    let why = wording::demonstration_link_why(language, &somebody.account, &somebody.roles);
    let words = wording::demonstration_sign_in(language, &somebody.account, &somebody.roles);
    let form = form(action, "").child(button(language, words, ""));
    let body = Html::from(heading(&title)).then(paragraph(why)).then(form);
    framed(language, &title, &Wrong::new(), Vec::new(), body)
}

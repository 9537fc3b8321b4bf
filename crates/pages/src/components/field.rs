//! A field: what stands around one control of a form, the same for all of them.
//!
//! Not the control. Invariants: the label belongs to the control; hint and error are named by it (`aria-describedby`), so that they are read
//! aloud with it; ids come from the control's.

use super::{Component, ErrorMessage, Hint, Label};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A control's name, label, hint and error.
#[derive(Debug, Clone, Default)]
pub struct Field<'a> {
    /// Its name in what the form sends.
    pub name: &'a str,
    /// Its id, if not its name.
    pub id: &'a str,
    /// What it is called.
    pub label: Label<'a>,
    /// A line that helps.
    pub hint: Option<Hint<'a>>,
    /// What is wrong with what was sent.
    pub error: Option<ErrorMessage<'a>>,
    /// Ids of what else says something about it.
    pub described_by: &'a str,
    /// What is around it.
    pub group: Group<'a>,
}

/// The group that a field is.
#[derive(Debug, Clone, Default)]
pub struct Group<'a> {
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
    /// Before the control, or all of them.
    pub before: Html,
    /// After it.
    pub after: Html,
}

impl Field<'_> {
    pub(super) fn id(&self) -> &str {
        super::first(&[self.id, self.name])
    }

    /// The ids of everything that says something about the control.
    pub(super) fn described_by(&self) -> String {
        described_by(self.described_by, self.id(), self.hint.is_some(), self.error.is_some())
    }

    /// Label, hint, error, what comes before, the control, what comes after.
    pub(super) fn around(&self, control: impl Into<Html>, language: Language) -> Html {
        let control = self.group.before.clone().then(control).then(&self.group.after);
        self.around_bare(control, language)
    }

    /// The same, where before and after are the control's affair.
    pub(super) fn around_bare(&self, control: impl Into<Html>, language: Language) -> Html {
        let id = self.id();
        let inner = Label { to: id, ..self.label.clone() }
            .html(language)
            .then(hint_and_error(id, self.hint.as_ref(), self.error.as_ref(), language))
            .then(control);
        self.group.around(self.error.is_some(), inner)
    }
}

impl Group<'_> {
    /// The group, which says in its class when something is wrong.
    pub(super) fn around(&self, is_wrong: bool, inner: Html) -> Html {
        el("div")
            .class("govuk-form-group")
            .class_if(is_wrong, "govuk-form-group--error")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(inner)
            .into()
    }
}

/// The ids of others, of the hint and of the error, as far as they are there.
pub(super) fn described_by(others: &str, id: &str, hint: bool, error: bool) -> String {
    let own = [(hint, "hint"), (error, "error")];
    let own = own.iter().filter(|(is_there, _)| *is_there).map(|(_, what)| format!("{id}-{what}"));
    let all: Vec<String> = Some(others.to_owned()).filter(|others| !others.is_empty()).into_iter().chain(own).collect();
    all.join(" ")
}

/// Hint and error, with the ids by which [`described_by`] names them.
pub(super) fn hint_and_error(
    id: &str,
    hint: Option<&Hint<'_>>,
    error: Option<&ErrorMessage<'_>>,
    language: Language,
) -> Html {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let hint = hint.map(|hint| Hint { id: &hint_id, ..hint.clone() }.html(language));
    let error = error.map(|error| ErrorMessage { id: &error_id, ..error.clone() }.html(language));
    hint.into_iter().chain(error).collect()
}

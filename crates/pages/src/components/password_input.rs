//! Password input: a secret that can be looked at while it is typed.
//!
//! Not how secrets are judged.
//! Invariants: without a script there is no button, and the field stays secret; no value is put back unless the page says so.

use super::{Button, ButtonType, Component, Field, Group, Input, Translations, Wrapper, first};
use crate::Html;
use crate::html::Attributes;
use crate::wording::{self, Language};

/// A field for a secret.
#[derive(Debug, Clone, Default)]
pub struct PasswordInput<'a> {
    /// What is around it.
    pub field: Field<'a>,
    /// What is in it.
    pub value: Option<&'a str>,
    /// What the browser may fill in, if not the password it knows.
    pub autocomplete: &'a str,
    /// Whether it cannot be written in.
    pub disabled: bool,
    /// What the button says, if not "Show".
    pub show: &'a str,
    /// What is heard of the button, if not "Show password".
    pub show_label: &'a str,
    /// More classes of the button.
    pub button_classes: &'a str,
    /// What the script says.
    pub translations: Translations<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for PasswordInput<'_> {
    fn html(&self, language: Language) -> Html {
        let group = &self.field.group;
        let mut attributes: Attributes<'_> = vec![("data-module", "govuk-password-input")];
        attributes.extend(self.translations.iter().chain(&group.attributes));
        let (group_classes, classes) = (
            format!("govuk-password-input {}", group.classes),
            format!("govuk-password-input__input govuk-js-password-input-input {}", self.classes),
        );
        let group = Group {
            classes: group_classes.trim_end(),
            attributes,
            before: group.before.clone(),
            after: self.button(language).then(&group.after),
        };
        Input {
            field: Field { group, ..self.field.clone() },
            wrapper: Wrapper { classes: "govuk-password-input__wrapper", ..Wrapper::default() },
            value: self.value,
            kind: "password",
            spellcheck: Some(false),
            autocapitalize: "none",
            autocomplete: first(&[self.autocomplete, "current-password"]),
            disabled: self.disabled,
            classes: classes.trim_end(),
            attributes: self.attributes.clone(),
            ..Input::default()
        }
        .html(language)
    }
}

impl PasswordInput<'_> {
    fn button(&self, language: Language) -> Html {
        let (show, label) = (wording::show(language), wording::show_password(language));
        let own = "govuk-button--secondary govuk-password-input__toggle govuk-js-password-input-toggle";
        let classes = format!("{own} {}", self.button_classes);
        Button {
            kind: ButtonType::Button,
            text: first(&[self.show, show.as_str()]).into(),
            classes: classes.trim_end(),
            attributes: vec![
                ("aria-controls", self.field.id()),
                ("aria-label", first(&[self.show_label, label.as_str()])),
            ],
            flags: &["hidden"],
            ..Button::default()
        }
        .html(language)
    }
}

//! Setting an account up by a one-time link: its name, whose it is, a password, a key.
//!
//! Not whether the link holds.
//! Invariant: what the link says already is shown, and not asked.

use super::{
    Challenge, Wrong, about_key, button, field, form, framed, heading, key_script, keyed, paragraph, password_input,
    text_input,
};
use crate::Html;
use crate::components::{Cell, Component as _, Row, SummaryList};
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct SetUp<'a> {
    /// Where the form goes: the link itself.
    pub action: &'a str,
    /// The account, where the link names it.
    pub named: Option<(&'a str, &'a str)>,
    /// What was typed as the account's name.
    pub account: &'a str,
    /// What was typed as the staff number.
    pub person: &'a str,
    /// What was typed as the key's name.
    pub key_name: &'a str,
    /// What is wrong.
    pub wrong: Wrong,
    /// What the key is asked.
    pub challenge: Challenge<'a>,
}

impl SetUp<'_> {
    /// The whole document.
    pub fn html(&self, language: Language) -> String {
        let title = match self.named {
            Some(_) => wording::set_up(language),
            None => wording::set_up_first(language),
        };
        let password =
            field("password", wording::password_new(language), Some(wording::password_hint(language)), &self.wrong);
        let key_hint = Some(wording::key_name_hint(language));
        let key_name = field("key_name", wording::key_name(language), key_hint, &self.wrong);
        let form = keyed(form(self.action, ""), "create", self.challenge)
            .child(self.whose(language))
            .child(password_input(language, password, "new-password"))
            .child(text_input(language, key_name, self.key_name, "off"))
            .child(about_key(language, &self.wrong))
            .child(button(language, wording::set_up_button(language), ""));
        let intro = paragraph(wording::set_up_intro(language));
        let body = Html::from(heading(&title)).then(intro).then(form).then(key_script());
        framed(language, &title, &self.wrong, Vec::new(), body)
    }

    fn whose(&self, language: Language) -> Html {
        if let Some((account, person)) = self.named {
            let row = |key: Words, value: &str| Row {
                key: Cell { content: key.into(), ..Cell::default() },
                value: Cell { content: value.into(), ..Cell::default() },
                ..Row::default()
            };
            let rows = vec![row(wording::account_name(language), account), row(wording::person(language), person)];
            // A password manager keeps the password under this name.
            let name = super::hidden("account", account).attr("autocomplete", "username");
            return SummaryList { rows, ..SummaryList::default() }.html(language).then(name);
        }
        let hint = Some(wording::account_hint(language));
        let account = field("account", wording::account_name(language), hint, &self.wrong);
        let person = field("person", wording::person(language), Some(wording::person_hint(language)), &self.wrong);
        text_input(language, account, self.account, "username").then(text_input(language, person, self.person, "off"))
    }
}

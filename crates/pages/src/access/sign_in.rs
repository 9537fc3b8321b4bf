//! Signing in, and showing once more that it is still the same person.
//!
//! Not the judgement.
//! Invariant: the page is the same for everybody who typed the same, but for its challenge.

use super::demonstration::{Records, everybody, record};
use super::{
    Challenge, Demonstrator, Wrong, about_key, button, field, form, framed, heading, hidden, key_script, keyed,
    paragraph, password_input, text_input,
};
use crate::Html;
use crate::wording::{self, Language};

/// The page.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// What was typed as the account's name.
    pub account: &'a str,
    /// What is wrong.
    pub wrong: Wrong,
    /// What the key is asked.
    pub challenge: Challenge<'a>,
    /// Where it goes on; empty for the first page.
    pub to: &'a str,
    /// The session's token, of somebody who is signed in and shows it again.
    pub again: Option<&'a str>,
    /// Whether an account was just set up.
    pub is_ready: bool,
    /// In a demonstration, whom one can sign in as without password and key.
    pub demonstrators: Vec<Demonstrator>,
    /// In a demonstration, what can be recorded at once.
    pub records: Records,
}

impl SignIn<'_> {
    /// The whole document.
    pub fn html(&self, language: Language) -> String {
        let title = match self.again {
            Some(_) => wording::sign_in_again(language),
            None => wording::sign_in(language),
        };
        let why = match self.again {
            Some(_) => Some(wording::sign_in_again_why(language)),
            None => self.is_ready.then(|| wording::sign_in_ready(language)),
        };
        let account = field("account", wording::account_name(language), None, &self.wrong);
        let password = field("password", wording::password(language), None, &self.wrong);
        let action = if self.again.is_some() { "/sign-in/again" } else { "/sign-in" };
        let form = keyed(form(action, self.again.unwrap_or_default()), "get", self.challenge)
            .child(hidden("to", self.to))
            .child(text_input(language, account, self.account, "username"))
            .child(password_input(language, password, "current-password"))
            .child(about_key(language, &self.wrong))
            .child(button(language, title.clone(), ""));
        let why = why.map_or(Html::NONE, |words| paragraph(words).into());
        let body = Html::from(heading(&title))
            .then(why)
            .then(form)
            .then(record(language, self.records))
            .then(everybody(language, &self.demonstrators))
            .then(key_script());
        framed(language, &title, &self.wrong, Vec::new(), body)
    }
}

//! One's own account: what it is, its keys, its password, and the ways out.
//!
//! Not other people's.
//! Invariant: each change is a form of its own, with the session's token.

use super::{
    Challenge, Sees, Wrong, about_key, button, field, form, framed, heading, hidden, key_script, keyed, navigation,
    paragraph, password_input, text_input,
};
use crate::Html;
use crate::components::{BackLink, Button, Cell, Component as _, InsetText, Row, SummaryList};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct Home<'a> {
    /// The account.
    pub account: &'a str,
    /// What it lacks before it counts.
    pub lacks: Option<Words>,
    /// Its roles.
    pub roles: Vec<Words>,
    /// Its keys.
    pub keys: Vec<Key<'a>>,
    /// Which other pages it has.
    pub sees: Sees,
    /// The session's token.
    pub token: &'a str,
    /// What is wrong.
    pub wrong: Wrong,
}

/// A key.
#[derive(Debug)]
pub struct Key<'a> {
    /// By what it is removed.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// When it was added, or used last.
    pub when: Words,
}

impl Home<'_> {
    /// The whole document.
    pub fn html(&self, language: Language) -> String {
        let title = wording::home(language);
        let lacks =
            self.lacks.clone().map(|words| InsetText { content: words.into(), ..InsetText::default() }.html(language));
        let body = Html::from(heading(&title))
            .then(paragraph(wording::home_signed_in(language, self.account)))
            .then(lacks.unwrap_or_default())
            .then(el("h2").class("govuk-heading-m").child(wording::home_roles(language)))
            .then(self.roles(language))
            .then(el("h2").class("govuk-heading-m").attr("id", "keys").child(wording::home_keys(language)))
            .then(self.keys(language))
            .then(self.ways(language));
        framed(language, &title, &self.wrong, navigation(language, "/", self.sees), body)
    }

    fn roles(&self, language: Language) -> Html {
        if self.roles.is_empty() {
            return paragraph(wording::home_no_roles(language)).into();
        }
        let items = self.roles.iter().map(|role| el("li").child(role.clone()));
        el("ul").class("govuk-list govuk-list--bullet").children(items).into()
    }

    fn keys(&self, language: Language) -> Html {
        let row = |key: &Key<'_>| {
            let heard = wording::home_key_remove_hidden(language, key.name);
            let text = Html::from(wording::home_key_remove(language))
                .then(" ")
                .then(el("span").class("govuk-visually-hidden").child(heard));
            let remove =
                Button { text, classes: "govuk-button--secondary govuk-!-margin-bottom-0", ..Button::default() };
            let remove = form("/keys/remove", self.token).child(hidden("key", key.id)).child(remove.html(language));
            let only = || paragraph(wording::home_key_last(language));
            let value = paragraph(key.when.clone());
            let value =
                if self.keys.len() > 1 { Html::from(value).then(remove) } else { Html::from(value).then(only()) };
            Row {
                key: Cell { content: key.name.into(), ..Cell::default() },
                value: Cell { content: value, ..Cell::default() },
                ..Row::default()
            }
        };
        SummaryList { rows: self.keys.iter().map(row).collect(), ..SummaryList::default() }.html(language)
    }

    fn ways(&self, language: Language) -> Html {
        let link = |href: &'static str, words: Words| {
            el("li").child(el("a").class("govuk-link").attr("href", href).child(words))
        };
        let links = el("ul")
            .class("govuk-list")
            .child(link("/keys/add", wording::home_key_add(language)))
            .child(link("/password", wording::home_password(language)));
        let out = form("/sign-out", self.token).child(button(language, wording::sign_out(language), ""));
        let everywhere = button(language, wording::home_everywhere(language), "govuk-button--secondary");
        Html::from(links).then(out).then(form("/sign-out/everywhere", self.token).child(everywhere))
    }
}

fn back(language: Language) -> Html {
    BackLink { href: "/", ..BackLink::default() }.html(language)
}

/// Adding a key.
pub fn key_page(language: Language, name: &str, wrong: &Wrong, challenge: Challenge<'_>, token: &str) -> String {
    let title = wording::home_key_add(language);
    let field = field("key_name", wording::key_name(language), Some(wording::key_name_hint(language)), wrong);
    let form = keyed(form("/keys/add", token), "create", challenge)
        .child(text_input(language, field, name, "off"))
        .child(about_key(language, wrong))
        .child(button(language, title.clone(), ""));
    let body = back(language).then(heading(&title)).then(form).then(key_script());
    framed(language, &title, wrong, navigation(language, "", Sees::default()), body)
}

/// Changing the password.
pub fn password_page(language: Language, account: &str, wrong: &Wrong, token: &str) -> String {
    let title = wording::home_password(language);
    let old = field("old", wording::password_old(language), None, wrong);
    let new = field("password", wording::password_new(language), Some(wording::password_hint(language)), wrong);
    let form = form("/password", token)
        .child(hidden("account", account).attr("autocomplete", "username"))
        .child(password_input(language, old, "current-password"))
        .child(password_input(language, new, "new-password"))
        .child(button(language, title.clone(), ""));
    let body = back(language).then(heading(&title)).then(form);
    framed(language, &title, wrong, navigation(language, "", Sees::default()), body)
}

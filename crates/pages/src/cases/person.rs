//! The account of the person of a case, for staff: making it, another code, taking it away; and the code, once.
//!
//! Not who may. Invariants: the address that was typed stands in the page only beside what is wrong with it; each change is a form of its own, with the session's token; a code stands in
//! the answer to the form that made it, and nowhere else.

use super::{Frame, Wrong};
use crate::Html;
use crate::access::{button, form, heading, paragraph};
use crate::components::{Component as _, ErrorMessage, Field, Heading, Hint, Input, Label, Panel};
use crate::html::el;
use crate::wording::{self, Words};

/// The page.
#[derive(Debug)]
pub struct PersonPage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// The case's reference.
    pub reference: &'a str,
    /// Where its forms go: the page's own address.
    pub action: &'a str,
    /// How it is.
    pub account: Account,
    /// What was typed.
    pub typed: &'a str,
    /// A code that was just made, and where the person signs in.
    pub made: Option<(&'a str, &'a str)>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// How the account of a case is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The office sends no mail, so that there can be none.
    Off,
    /// There is none.
    None,
    /// There is one.
    There {
        /// Since when it has its code.
        since: String,
        /// Who made that code.
        by: String,
    },
    /// There is one that is not as it was written.
    Damaged,
}

impl PersonPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::own_account(language);
        let caption = wording::case_caption(language, self.reference);
        let body = Html::from(el("span").class("govuk-caption-l").child(caption))
            .then(heading(&title))
            .then(self.code())
            .then(paragraph(wording::own_account_why(language)))
            .then(self.account());
        self.frame.document(&title, &self.wrong, false, body)
    }

    fn code(&self) -> Html {
        let language = self.frame.language;
        let Some((code, address)) = self.made else { return Html::NONE };
        let title = wording::own_account_made(language).into();
        let panel = Panel { title, heading: Some(Heading::H2), content: code.into(), ..Panel::default() };
        panel
            .html(language)
            .then(paragraph(wording::own_account_shown(language)).attr("id", "code"))
            .then(paragraph(wording::own_account_address(language, address)).class("govuk-!-text-break-word"))
    }

    fn account(&self) -> Html {
        let language = self.frame.language;
        match &self.account {
            Account::Off => paragraph(wording::own_account_off(language)).into(),
            Account::None => Html::from(paragraph(wording::own_account_none(language))).then(self.make()),
            Account::Damaged => Html::from(paragraph(wording::own_account_damaged(language))).then(self.remove()),
            Account::There { since, by } => {
                let why = wording::own_account_code_why(language);
                Html::from(paragraph(wording::own_account_there(language, by, since)))
                    .then(self.act("code", wording::own_account_code(language), why, "govuk-button--secondary"))
                    .then(self.remove())
            }
        }
    }

    fn make(&self) -> Html {
        let language = self.frame.language;
        let error = self.wrong.iter().find(|(id, _)| id == "mail").map(|(_, words)| words.clone());
        let field = Field {
            name: "mail",
            label: Label { text: wording::own_account_mail(language).into(), ..Label::default() },
            hint: Some(Hint { text: wording::own_account_mail_hint(language).into(), ..Hint::default() }),
            error: error.map(|error| ErrorMessage { text: error.into(), ..ErrorMessage::default() }),
            ..Field::default()
        };
        let value = Some(self.typed).filter(|typed| !typed.is_empty());
        let input = Input {
            field,
            value,
            autocomplete: "off",
            autocapitalize: "none",
            spellcheck: Some(false),
            ..Input::default()
        };
        let make = button(language, wording::own_account_make(language), "");
        form(self.action, self.frame.token).child(input.html(language)).child(make).into()
    }

    fn remove(&self) -> Html {
        let language = self.frame.language;
        let why = wording::own_account_remove_why(language);
        self.act("remove", wording::own_account_remove(language), why, "govuk-button--warning")
    }

    fn act(&self, what: &str, words: Words, why: Words, classes: &str) -> Html {
        let form = form(&format!("{}/{what}", self.action), self.frame.token);
        Html::from(paragraph(why)).then(form.child(button(self.frame.language, words, classes)))
    }
}

//! People: every account, what it waits for, and what whoever looks may do about it.
//!
//! Not what may be (`casework::staff` refuses it again).
//! Invariant: nothing of a case is here; people are numbers.

use super::{Sees, Wrong, button, field, form, framed, heading, hidden, navigation, paragraph, text_input};
use crate::Html;
use crate::components::{Cell, Component as _, InsetText, Row, Select, SelectItem, SummaryList};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct People<'a> {
    /// Everybody.
    pub people: Vec<Person<'a>>,
    /// Whether two people have ever been confirmed.
    pub is_founded: bool,
    /// The roles there are: word and name.
    pub roles: Vec<(&'a str, Words)>,
    /// What was typed for a new account: its name and whose it is.
    pub typed: (&'a str, &'a str),
    /// What is wrong.
    pub wrong: Wrong,
    /// The session's token.
    pub token: &'a str,
    /// Which main pages whoever looks has.
    pub sees: Sees,
    /// A link that was just made, and for whom.
    pub link: Option<(&'a str, &'a str)>,
}

/// One account.
#[derive(Debug)]
pub struct Person<'a> {
    /// Its name.
    pub account: &'a str,
    /// Whose it is.
    pub person: &'a str,
    /// What it is.
    pub state: Words,
    /// Whether it waits to be enrolled.
    pub waits_enrol: bool,
    /// Whether it waits to be confirmed.
    pub waits_confirm: bool,
    /// Whether it counts.
    pub is_confirmed: bool,
    /// Its roles: word and name.
    pub roles: Vec<(&'a str, Words)>,
}

impl People<'_> {
    /// The whole document.
    pub fn html(&self, language: Language) -> String {
        let title = wording::people(language);
        let inset = |content: Html| InsetText { content, ..InsetText::default() }.html(language);
        let none_yet = (!self.is_founded).then(|| inset(wording::people_none_yet(language).into()));
        let link = self.link.map(|(account, link)| {
            let shown = el("p").class("govuk-body govuk-!-font-weight-bold").attr("id", "link").child(link);
            inset(
                Html::from(el("h2").class("govuk-heading-m").child(wording::people_link_made(language, account)))
                    .then(el("div").class("govuk-!-text-break-word").child(shown))
                    .then(paragraph(wording::people_link_show(language))),
            )
        });
        let cards = self.people.iter().map(|person| self.card(language, person));
        let body = Html::from(heading(&title))
            .then(link.unwrap_or_default())
            .then(none_yet.unwrap_or_default())
            .then(cards.collect::<Html>())
            .then(self.new_link(language));
        framed(language, &title, &self.wrong, navigation(language, "/people", self.sees), body)
    }

    fn card(&self, language: Language, person: &Person<'_>) -> Html {
        let row = |key: Words, content: Html| Row {
            key: Cell { content: key.into(), ..Cell::default() },
            value: Cell { content, ..Cell::default() },
            ..Row::default()
        };
        let mut roles = Html::NONE;
        for (_, name) in &person.roles {
            roles = roles.then(el("p").class("govuk-body govuk-!-margin-bottom-1").child(name.clone()));
        }
        let rows = vec![
            row(wording::people_person(language), person.person.into()),
            row(wording::people_state(language), person.state.clone().into()),
            row(wording::home_roles(language), roles),
        ];
        let list = SummaryList { rows, classes: "govuk-!-margin-bottom-3", ..SummaryList::default() }.html(language);
        let title = el("h2").class("govuk-heading-m").child(person.account);
        Html::from(title).then(list).then(self.acts(language, person))
    }

    fn acts(&self, language: Language, person: &Person<'_>) -> Html {
        let account = person.account;
        let act = |action: &'static str, words: Words, more: Html| -> Html {
            let classes = "govuk-button--secondary";
            let form = form(action, self.token).child(hidden("account", account)).child(more);
            form.child(button(language, words, classes)).into()
        };
        let mut acts = Html::NONE;
        if person.waits_enrol {
            acts = acts.then(act("/people/enrol", wording::people_enrol(language, account), Html::NONE));
        }
        if person.waits_confirm {
            acts = acts.then(act("/people/confirm", wording::people_confirm(language, account), Html::NONE));
        }
        if person.is_confirmed {
            acts = acts.then(act(
                "/people/grant",
                wording::people_grant(language, account),
                self.choice(language, person),
            ));
            for (word, name) in &person.roles {
                let words = wording::people_revoke(language, account, name.as_str());
                acts = acts.then(act("/people/revoke", words, hidden("role", word).into()));
            }
            acts = acts.then(act("/people/leave", wording::people_leave(language, account), Html::NONE));
        }
        acts
    }

    fn choice(&self, language: Language, person: &Person<'_>) -> Html {
        let id = format!("role-{}", person.account);
        let items = self.roles.iter().map(|(word, name)| SelectItem {
            text: name.as_str(),
            value: Some(word),
            ..SelectItem::default()
        });
        let mut field = field("role", wording::people_role(language), None, &Wrong::new());
        field.id = &id;
        Select { field, items: items.collect(), ..Select::default() }.html(language)
    }

    fn new_link(&self, language: Language) -> Html {
        let hint = Some(wording::account_hint(language));
        let account = field("account", wording::account_name(language), hint, &self.wrong);
        let person = field("person", wording::person(language), Some(wording::person_hint(language)), &self.wrong);
        form("/people/link", self.token)
            .child(el("h2").class("govuk-heading-m").child(wording::people_link(language)))
            .child(text_input(language, account, self.typed.0, "off"))
            .child(text_input(language, person, self.typed.1, "off"))
            .child(button(language, wording::people_link(language), ""))
            .into()
    }
}

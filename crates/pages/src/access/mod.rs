//! The pages of signing in and of accounts: what is asked, what is wrong beside its field, and what somebody may do next.
//!
//! Not who may see them (`desk`'s `http/access`). Invariants: a password is never put back into a page; what else was typed always is; each form that
//! changes something carries its session's token; what needs a script says so where there is none.

mod demonstration;
mod home;
mod me;
mod people;
mod set_up;
mod sign_in;

pub use demonstration::{Demonstrator, Records, demonstration_link, demonstration_no_recorder};
pub use home::{Home, Key, key_page, password_page};
pub use me::{MyCase, MyPage, code_page, link_over, mail_page, mail_sent};
pub use people::{People, Person};
pub use set_up::SetUp;
pub use sign_in::SignIn;

use crate::Html;
use crate::assets;
use crate::components::{
    Button, Component as _, ErrorMessage, ErrorSummary, Fault, Field, Footer, Hint, Input, Label, NavigationItem,
    PasswordInput,
};
use crate::html::{Element, el};
use crate::page::{Owner, Page};
use crate::wording::{self, Language, Words};

/// What is wrong with what a form sent: the field's id, and the words; no id where it is of no field.
pub type Wrong = Vec<(&'static str, Words)>;

/// A challenge for the browser's script, and what the form brings back of it.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// What the key is asked.
    pub options: &'a str,
    /// What comes back unchanged.
    pub state: &'a str,
}

/// A page with this content in two thirds of its width.
fn framed(language: Language, title: &Words, wrong: &Wrong, navigation: Vec<NavigationItem<'_>>, body: Html) -> String {
    let column = el("div").class("govuk-grid-column-two-thirds").child(summary(language, wrong)).child(body);
    Page {
        language,
        languages: Vec::new(),
        title: title.as_str(),
        has_errors: !wrong.is_empty(),
        owner: Owner::Named("Counterpart"),
        navigation,
        before: Html::NONE,
        content: el("div").class("govuk-grid-row").child(column).into(),
        footer: Footer::default(),
    }
    .html()
}

/// Which of the main pages somebody has beside their own account's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sees {
    /// The cases.
    pub cases: bool,
    /// What is kept.
    pub things: bool,
    /// The people.
    pub people: bool,
}

/// The main pages of somebody who is signed in.
fn navigation(language: Language, current: &str, sees: Sees) -> Vec<NavigationItem<'static>> {
    let item = |text: Words, href: &'static str| NavigationItem {
        text: text.into(),
        href,
        current: href == current,
        ..NavigationItem::default()
    };
    let cases = sees.cases.then(|| item(wording::cases(language), "/cases"));
    let things = sees.things.then(|| item(wording::things(language), "/things"));
    let people = sees.people.then(|| item(wording::people(language), "/people"));
    std::iter::once(item(wording::home(language), "/")).chain(cases).chain(things).chain(people).collect()
}

fn summary(language: Language, wrong: &Wrong) -> Html {
    if wrong.is_empty() {
        return Html::NONE;
    }
    let hrefs: Vec<String> =
        wrong.iter().map(|(id, _)| if id.is_empty() { String::new() } else { format!("#{id}") }).collect();
    let faults = wrong.iter().zip(&hrefs).map(|((_, words), href)| Fault {
        text: words.clone().into(),
        href,
        ..Fault::default()
    });
    ErrorSummary { faults: faults.collect(), ..ErrorSummary::default() }.html(language)
}

pub(crate) fn heading(title: &Words) -> Element {
    el("h1").class("govuk-heading-l").child(title.clone())
}

pub(crate) fn paragraph(words: Words) -> Element {
    el("p").class("govuk-body").child(words)
}

/// A field's name, label, hint and error.
fn field<'a>(name: &'static str, label: Words, hint: Option<Words>, wrong: &Wrong) -> Field<'a> {
    let error = wrong.iter().find(|(id, _)| *id == name).map(|(_, words)| words.clone());
    Field {
        name,
        label: Label { text: label.into(), ..Label::default() },
        hint: hint.map(|hint| Hint { text: hint.into(), ..Hint::default() }),
        error: error.map(|error| ErrorMessage { text: error.into(), ..ErrorMessage::default() }),
        ..Field::default()
    }
}

fn text_input(language: Language, field: Field<'_>, value: &str, autocomplete: &str) -> Html {
    let value = Some(value).filter(|value| !value.is_empty());
    Input { field, value, autocomplete, autocapitalize: "none", spellcheck: Some(false), ..Input::default() }
        .html(language)
}

fn password_input(language: Language, field: Field<'_>, autocomplete: &str) -> Html {
    PasswordInput { field, autocomplete, ..PasswordInput::default() }.html(language)
}

pub(crate) fn hidden(name: &'static str, value: &str) -> Element {
    el("input").attr("type", "hidden").attr("name", name).attr("value", value)
}

/// A form that goes to this address, with its session's token.
pub(crate) fn form(action: &str, token: &str) -> Element {
    let form = el("form").attr("method", "post").attr("action", action).flag("novalidate", true);
    if token.is_empty() { form } else { form.child(hidden("form_token", token)) }
}

/// What a form has in which a key is asked: `how` is `get` or `create`.
fn keyed(form: Element, how: &'static str, challenge: Challenge<'_>) -> Element {
    form.attr("data-passkey", how)
        .attr("data-options", challenge.options)
        .child(hidden("challenge", challenge.state))
        .child(hidden("passkey", ""))
}

/// What stands above the button of such a form.
fn about_key(language: Language, wrong: &Wrong) -> Html {
    let error = wrong.iter().find(|(id, _)| *id == "key").map(|(_, words)| words.clone());
    let error = error
        .map(|words| ErrorMessage { text: words.into(), id: "key-error", ..ErrorMessage::default() }.html(language));
    let without = el("div").class("govuk-inset-text").child(wording::key_needs_script(language));
    // Around the words: what has a class that says how it is shown is shown although it is hidden.
    let problem = el("div")
        .attr("role", "alert")
        .attr("tabindex", "-1")
        .flag("data-passkey-problem", true)
        .flag("hidden", true)
        .child(el("p").class("govuk-error-message").child(wording::key_problem(language)));
    let group = el("div").class("govuk-form-group").class_if(error.is_some(), "govuk-form-group--error");
    let words = paragraph(wording::key_needed(language)).attr("id", "key").attr("tabindex", "-1");
    let without = el("noscript").child(without);
    group.child(words).children(error).child(without).child(problem).into()
}

/// The script that asks for keys.
fn key_script() -> Element {
    el("script").attr("type", "module").attr("src", assets::path("passkey.js"))
}

pub(crate) fn button(language: Language, text: Words, classes: &str) -> Html {
    Button { text: text.into(), classes, prevent_double_click: Some(true), ..Button::default() }.html(language)
}

/// A page that says one thing.
pub fn message(language: Language, title: &Words, words: Words, home: Option<&str>) -> String {
    let link = home.map(|href| {
        let link = el("a").class("govuk-link").attr("href", href).child(wording::go_home(language));
        el("p").class("govuk-body").child(link)
    });
    let body = Html::from(heading(title)).then(paragraph(words)).then(link.map_or(Html::NONE, Html::from));
    framed(language, title, &Wrong::new(), Vec::new(), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_led_to_the_pages_that_they_have_and_to_no_others() {
        let hrefs = |cases, things, people| -> Vec<String> {
            let items = navigation(Language::English, "/", Sees { cases, things, people });
            items.iter().map(|item| item.href.to_owned()).collect()
        };
        assert_eq!(hrefs(false, false, false), ["/"]);
        assert_eq!(hrefs(true, false, false), ["/", "/cases"]);
        assert_eq!(hrefs(true, true, true), ["/", "/cases", "/things", "/people"]);
    }
}

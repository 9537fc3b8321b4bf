//! The pages of a person whose cases are here: asking for a link, typing the code, their cases and where they are signed in.
//!
//! Not a case itself (`cases`), nor staff's pages. Invariants: the page that answers whoever asked for a link is the same for everybody; nothing on these pages leads to one of the
//! staff's; a code is never put back into a page.

use super::{Wrong, button, field, form, framed, heading, paragraph, text_input};
use crate::Html;
use crate::components::{Cell, Component as _, Row, SummaryList};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// Asking for a link.
pub fn mail_page(language: Language, typed: &str, wrong: &Wrong) -> String {
    let title = wording::me_sign_in(language);
    let mail = field("mail", wording::me_mail(language), Some(wording::me_mail_hint(language)), wrong);
    let form = form("/me/sign-in", "").child(text_input(language, mail, typed, "email")).child(button(
        language,
        wording::me_mail_button(language),
        "",
    ));
    let body = Html::from(heading(&title)).then(paragraph(wording::me_sign_in_why(language))).then(form);
    framed(language, &title, wrong, Vec::new(), body)
}

/// What whoever asked for one is told.
pub fn mail_sent(language: Language) -> String {
    let title = wording::me_sent(language);
    let again = el("a").class("govuk-link").attr("href", "/me/sign-in").child(wording::me_sent_again(language));
    let body = Html::from(heading(&title))
        .then(paragraph(wording::me_sent_why(language)))
        .then(paragraph(wording::me_sent_holds(language)))
        .then(paragraph(wording::me_sent_none(language)))
        .then(el("p").class("govuk-body").child(again));
    framed(language, &title, &Wrong::new(), Vec::new(), body)
}

/// The page of a link that holds: it asks for the code.
pub fn code_page(language: Language, action: &str, wrong: &Wrong) -> String {
    let title = wording::me_link(language);
    let code = field("code", wording::me_code(language), Some(wording::me_code_hint(language)), wrong);
    let form = form(action, "").child(text_input(language, code, "", "off")).child(button(
        language,
        wording::me_code_button(language),
        "",
    ));
    framed(language, &title, wrong, Vec::new(), Html::from(heading(&title)).then(form))
}

/// The page of a link that does not.
pub fn link_over(language: Language) -> String {
    let title = wording::me_link_over(language);
    let again = el("a").class("govuk-link").attr("href", "/me/sign-in").child(wording::me_sent_again(language));
    let body = Html::from(heading(&title))
        .then(paragraph(wording::me_link_over_why(language)))
        .then(el("p").class("govuk-body").child(again));
    framed(language, &title, &Wrong::new(), Vec::new(), body)
}

/// A person's own page.
#[derive(Debug)]
pub struct MyPage<'a> {
    /// Their cases.
    pub cases: Vec<MyCase>,
    /// Where they are signed in.
    pub sessions: Vec<Words>,
    /// The session's token.
    pub token: &'a str,
}

/// A case, in short.
#[derive(Debug)]
pub struct MyCase {
    /// Its reference.
    pub reference: String,
    /// Where it is shown.
    pub href: String,
    /// What is known of it in short, each under its title.
    pub facts: Vec<(Words, String)>,
}

impl MyPage<'_> {
    /// The whole document.
    pub fn html(&self, language: Language) -> String {
        let title = wording::me_cases(language);
        let none = self.cases.is_empty().then(|| paragraph(wording::me_cases_none(language)));
        let sessions = self.sessions.iter().map(|words| el("li").child(words.clone()));
        let out = form("/me/sign-out", self.token).child(button(language, wording::sign_out(language), ""));
        let everywhere = button(language, wording::me_everywhere(language), "govuk-button--secondary");
        let body = Html::from(heading(&title))
            .then(none.map_or(Html::NONE, Html::from))
            .then(self.cases.iter().map(MyCase::html_in(language)).collect::<Html>())
            .then(el("h2").class("govuk-heading-m").attr("id", "sessions").child(wording::me_sessions(language)))
            .then(el("ul").class("govuk-list govuk-list--bullet").children(sessions))
            .then(paragraph(wording::me_sessions_why(language)))
            .then(out)
            .then(form("/me/sign-out/everywhere", self.token).child(everywhere));
        framed(language, &title, &Wrong::new(), Vec::new(), body)
    }
}

impl MyCase {
    fn html_in(language: Language) -> impl Fn(&MyCase) -> Html {
        move |case| {
            let row = |(key, value): &(Words, String)| Row {
                key: Cell { content: key.clone().into(), ..Cell::default() },
                value: Cell { content: value.as_str().into(), ..Cell::default() },
                ..Row::default()
            };
            let link = el("a").class("govuk-link").attr("href", &case.href).child(case.reference.as_str());
            let rows = case.facts.iter().map(row).collect();
            Html::from(el("h2").class("govuk-heading-m").child(link))
                .then(SummaryList { rows, ..SummaryList::default() }.html(language))
        }
    }
}

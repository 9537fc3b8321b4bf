//! The first page of a log: what it is, and what it is not.
//!
//! Not the log.
//! Invariants: it says nothing of anybody; it is the same for everybody, so it can be made once.

use crate::components::{Cell, Row};
use crate::components::{Component as _, Details, Footer, SummaryList};
use crate::html::el;
use crate::page::{Owner, Page};
use crate::wording::{self, Language};

/// Where the page is in each language.
pub const PATHS: [(Language, &str); 2] = [(Language::English, "/"), (Language::Welsh, "/cy")];

/// The page of the log with this name.
pub fn log(language: Language, origin: &str) -> String {
    let title = wording::log_title(language);
    let row = |key: wording::Words, value: &str| Row {
        key: Cell { content: key.into(), ..Cell::default() },
        value: Cell { content: value.into(), ..Cell::default() },
        ..Row::default()
    };
    let facts = SummaryList {
        rows: vec![
            row(wording::log_name(language), origin),
            row(wording::log_state(language), "/checkpoint"),
            row(wording::log_content(language), "/tile/"),
        ],
        ..SummaryList::default()
    };
    let more = Details {
        summary: wording::log_not_title(language).into(),
        content: wording::log_not(language).into(),
        ..Details::default()
    };
    let column = el("div")
        .class("govuk-grid-column-two-thirds")
        .child(el("h1").class("govuk-heading-l").child(title.clone()))
        .child(el("p").class("govuk-body-l").child(wording::log_purpose(language)))
        .child(facts.html(language))
        .child(more.html(language));
    Page {
        language,
        languages: PATHS.to_vec(),
        title: title.as_str(),
        has_errors: false,
        owner: Owner::Named("Counterpart"),
        navigation: Vec::new(),
        before: crate::Html::NONE,
        content: el("div").class("govuk-grid-row").child(column).into(),
        footer: Footer::default(),
    }
    .html()
}

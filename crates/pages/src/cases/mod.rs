//! The pages of cases: what comes in is data, what goes out is a document.
//!
//! Not who may see them, and not what is in a case (`casework`). Invariants: one first heading a page; every control has its label; whatever is wrong stands in the
//! summary and beside its field; addresses come in with the data.

mod drawing;
mod form;
mod list;
mod one;
mod others;
mod person;
mod room;

pub use drawing::Strokes;
pub(crate) use form::small;
pub use form::{Choice, Control, Field, FormPage};
pub use list::{Colour, Filter, Line, List};
pub(crate) use list::{filter_form, lines, pages_of};
pub(crate) use one::tag;
pub use one::{Fact, Happened, Known, Looked, Next, Noted, One, gone};
pub use others::{PurposePage, RuleLine, RulesPage, TotalsPage};
pub use person::{Account, PersonPage};
pub use room::{Live, RoomPage, agreed};

use crate::Html;
use crate::components::{BackLink, Component as _, ErrorSummary, Fault, Footer, NavigationItem};
use crate::html::el;
use crate::page::{Owner, Page};
use crate::wording::{self, Language, Words};

/// What is wrong with what a form sent: the id of the control, and the words; no id where it is of no field.
pub type Wrong = Vec<(String, Words)>;

/// One of the service's main pages, for the navigation at the top.
#[derive(Debug, Clone)]
pub struct Main<'a> {
    /// What it is called.
    pub text: Words,
    /// Where it is.
    pub href: &'a str,
    /// Whether it is the one that is shown.
    pub is_current: bool,
}

/// What stands around the content of every page of cases.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// The page's language.
    pub language: Language,
    /// The service's main pages.
    pub main: Vec<Main<'a>>,
    /// Where the back link leads; none where it is empty.
    pub back: &'a str,
    /// The session's token, for the forms.
    pub token: &'a str,
}

impl Frame<'_> {
    /// The whole document: in two thirds of the width, or in all of it.
    pub(crate) fn document(&self, title: &Words, wrong: &Wrong, is_wide: bool, body: Html) -> String {
        let language = self.language;
        let navigation = self.main.iter().map(|main| NavigationItem {
            text: main.text.clone().into(),
            href: main.href,
            current: main.is_current,
            ..NavigationItem::default()
        });
        let back = BackLink { href: self.back, ..BackLink::default() }.html(language);
        // It stands before the main part, and all of a page is in one of its landmarks.
        let back = el("nav").attr("aria-label", wording::back(language).as_str()).child(back);
        let width = if is_wide { "govuk-grid-column-full" } else { "govuk-grid-column-two-thirds" };
        let column = el("div").class(width).child(summary(language, wrong)).child(body);
        Page {
            language,
            languages: Vec::new(),
            title: title.as_str(),
            has_errors: !wrong.is_empty(),
            owner: Owner::Named("Counterpart"),
            navigation: navigation.collect(),
            before: if self.back.is_empty() { Html::NONE } else { back.into() },
            content: el("div").class("govuk-grid-row").child(column).into(),
            footer: Footer::default(),
        }
        .html()
    }
}

fn summary(language: Language, wrong: &Wrong) -> Html {
    if wrong.is_empty() {
        return Html::NONE;
    }
    let href = |id: &String| if id.is_empty() { String::new() } else { format!("#{id}") };
    let hrefs: Vec<String> = wrong.iter().map(|(id, _)| href(id)).collect();
    let faults = wrong.iter().zip(&hrefs);
    let faults = faults.map(|((_, words), href)| Fault { text: words.clone().into(), href, ..Fault::default() });
    ErrorSummary { faults: faults.collect(), ..ErrorSummary::default() }.html(language)
}

//! The list of what is kept: what is asked of it, each thing in a few words, and the pages of it.
//!
//! Not which things there are. Invariants: no title and no word of anybody's stands in it; an empty list says why it is empty; the filter is a form that changes nothing, so that its address can
//! be kept.

use crate::Html;
use crate::access::{heading, paragraph};
use crate::cases::{Colour, Filter, Frame, filter_form, lines, pages_of};
use crate::html::el;
use crate::wording::{self, Words};

/// The page.
#[derive(Debug)]
pub struct List<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// What it can be asked for.
    pub filters: Vec<Filter<'a>>,
    /// Where it is asked.
    pub action: &'a str,
    /// The things on this page of it.
    pub things: Vec<Line>,
    /// How many there are of how many, in one line.
    pub count: Words,
    /// What cannot be shown, if anything cannot.
    pub trouble: Option<Words>,
    /// Whether there is anything at all.
    pub is_any: bool,
    /// The pages: the number and the address of each.
    pub pages: Vec<(u64, String)>,
    /// The page that is shown, from 1.
    pub page: u64,
}

/// One thing in a few words.
#[derive(Debug)]
pub struct Line {
    /// What kind of thing.
    pub kind: String,
    /// Where it is.
    pub href: String,
    /// Its id, its days, each in a few words.
    pub about: Vec<String>,
    /// Where it stands, and the tag's colour.
    pub state: (Words, Colour),
}

impl List<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::things(language);
        let none = if self.is_any { wording::things_none_such(language) } else { wording::things_none(language) };
        let found = self.things.iter().map(|line| (&*line.kind, &*line.href, &line.about, None, &line.state));
        let trouble =
            self.trouble.clone().map(|words| el("p").class("govuk-body govuk-!-font-weight-bold").child(words));
        let body = Html::from(heading(&title))
            .then(filter_form(language, self.action, &self.filters, wording::things_filter(language)))
            .then(el("h2").class("govuk-heading-m").child(wording::things_found(language)))
            .then(paragraph(self.count.clone()))
            .then(trouble.map_or(Html::NONE, Html::from))
            .then(lines(language, "thing", found, none))
            .then(pages_of(language, &self.pages, self.page));
        self.frame.document(&title, &Vec::new(), false, body)
    }
}

//! The list of cases: what is asked of it, each case in a few words, the totals, and the pages of it.
//!
//! Not which cases somebody may see.
//! Invariants: an empty list says why it is empty; the filter is a form that changes nothing, so that its address can be kept.

use super::Frame;
use crate::Html;
use crate::access::{heading, paragraph};
use crate::components::{
    Button, Component as _, Field, InsetText, Label, PageLink, Pagination, Select, SelectItem, Status, Step, Tag, Task,
    TaskList,
};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct List<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// What it can be asked for.
    pub filters: Vec<Filter<'a>>,
    /// Where it is asked.
    pub action: &'a str,
    /// The cases on this page of it.
    pub cases: Vec<Line<'a>>,
    /// Whether anything is filtered out.
    pub is_filtered: bool,
    /// All of them, in one line.
    pub totals: Words,
    /// Where the totals are reconciled; empty where whoever looks may not.
    pub totals_href: &'a str,
    /// Where one is planned; empty where whoever looks may not.
    pub plan_href: &'a str,
    /// The pages: the number and the address of each.
    pub pages: Vec<(u64, String)>,
    /// The page that is shown, from 1.
    pub page: u64,
}

/// Something that the list can be asked for.
#[derive(Debug)]
pub struct Filter<'a> {
    /// Its name in the address.
    pub name: &'a str,
    /// What it is called.
    pub label: Words,
    /// What there is: value and words; the first is all.
    pub choices: Vec<(&'a str, Words)>,
    /// What is asked for.
    pub chosen: &'a str,
}

/// One case in a few words.
#[derive(Debug)]
pub struct Line<'a> {
    /// Its reference.
    pub reference: &'a str,
    /// Where it is.
    pub href: &'a str,
    /// What, when, where and by whom, each in a few words.
    pub about: Vec<String>,
    /// What is next, if anything is.
    pub next: Option<Words>,
    /// Where it stands, and the tag's colour.
    pub state: (Words, Colour),
}

/// The colour of a tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colour {
    /// Nothing to do.
    #[default]
    Grey,
    /// It is going on.
    Blue,
    /// Something is to be done.
    Yellow,
    /// It is late, or not as it should be.
    Red,
    /// As it should be.
    Green,
}

impl Colour {
    pub(super) fn class(self) -> &'static str {
        match self {
            Colour::Grey => "govuk-tag--grey",
            Colour::Blue => "govuk-tag--blue",
            Colour::Yellow => "govuk-tag--yellow",
            Colour::Red => "govuk-tag--red",
            Colour::Green => "govuk-tag--green",
        }
    }
}

impl List<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::cases(language);
        let plan = || {
            let text = wording::deed_plan(language).into();
            Button { text, href: self.plan_href, ..Button::default() }.html(language)
        };
        let totals = match self.totals_href {
            "" => Html::from(self.totals.clone()),
            href => el("a").class("govuk-link").attr("href", href).child(self.totals.clone()).into(),
        };
        let body = Html::from(heading(&title))
            .then(if self.plan_href.is_empty() { Html::NONE } else { plan() })
            .then(self.filter(language))
            .then(el("h2").class("govuk-heading-m").child(wording::cases_found(language)))
            .then(el("p").class("govuk-body").child(totals))
            .then(self.found(language))
            .then(self.pages(language));
        self.frame.document(&title, &Vec::new(), false, body)
    }

    fn filter(&self, language: Language) -> Html {
        if self.filters.is_empty() {
            return Html::NONE;
        }
        let select = |filter: &Filter<'_>| {
            let items = filter.choices.iter().map(|(value, words)| SelectItem {
                text: words.as_str(),
                value: Some(value),
                ..SelectItem::default()
            });
            let label = Label { text: filter.label.clone().into(), ..Label::default() };
            let field = Field { name: filter.name, label, ..Field::default() };
            Select { field, items: items.collect(), value: filter.chosen, ..Select::default() }.html(language)
        };
        let button = Button {
            text: wording::cases_filter(language).into(),
            classes: "govuk-button--secondary",
            ..Button::default()
        };
        el("form")
            .attr("method", "get")
            .attr("action", self.action)
            .flag("novalidate", true)
            .children(self.filters.iter().map(select))
            .child(button.html(language))
            .into()
    }

    fn found(&self, language: Language) -> Html {
        if self.cases.is_empty() {
            let words =
                if self.is_filtered { wording::cases_none_such(language) } else { wording::cases_none(language) };
            return InsetText { content: paragraph(words).into(), ..InsetText::default() }.html(language);
        }
        let task = |line: &Line<'_>| {
            let about = line.about.iter().map(|about| el("div").child(about.as_str()));
            let next = line.next.as_ref().map(|next| el("div").child(wording::cases_next(language, next.as_str())));
            let (state, colour) = &line.state;
            let tag = Tag { text: state.clone().into(), classes: colour.class(), ..Tag::default() };
            (about.chain(next).map(Html::from).collect::<Html>(), Status::Tag(tag))
        };
        let tasks = self.cases.iter().map(|line| {
            let (hint, status) = task(line);
            Task { title: line.reference.into(), href: line.href, hint, status, ..Task::default() }
        });
        TaskList { tasks: tasks.collect(), id_prefix: "case", ..TaskList::default() }.html(language)
    }

    fn pages(&self, language: Language) -> Html {
        if self.pages.len() < 2 {
            return Html::NONE;
        }
        let numbered: Vec<(String, &str, bool)> =
            self.pages.iter().map(|(number, href)| (number.to_string(), href.as_str(), *number == self.page)).collect();
        let near = |number: u64| number == 1 || number.abs_diff(self.page) <= 1 || Some(number) == self.last();
        let mut pages = Vec::new();
        for ((number, _), (text, href, current)) in self.pages.iter().zip(&numbered) {
            if near(*number) {
                pages.push(PageLink::Page { number: text, href, label: "", current: *current, attributes: Vec::new() });
            } else if !matches!(pages.last(), Some(PageLink::Ellipsis)) {
                pages.push(PageLink::Ellipsis);
            }
        }
        let step = |number: Option<u64>| {
            let found = self.pages.iter().find(|(other, _)| Some(*other) == number);
            found.map(|(_, href)| Step { href, ..Step::default() })
        };
        let (previous, next) = (step(self.page.checked_sub(1)), step(self.page.checked_add(1)));
        Pagination { pages, previous, next, ..Pagination::default() }.html(language)
    }

    fn last(&self) -> Option<u64> {
        self.pages.last().map(|(number, _)| *number)
    }
}

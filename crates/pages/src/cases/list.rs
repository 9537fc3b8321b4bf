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
            .then(filter_form(language, self.action, &self.filters, wording::cases_filter(language)))
            .then(el("h2").class("govuk-heading-m").child(wording::cases_found(language)))
            .then(el("p").class("govuk-body").child(totals))
            .then(self.found(language))
            .then(pages_of(language, &self.pages, self.page));
        self.frame.document(&title, &Vec::new(), false, body)
    }

    fn found(&self, language: Language) -> Html {
        let none = if self.is_filtered { wording::cases_none_such(language) } else { wording::cases_none(language) };
        let found = self.cases.iter().map(|line| {
            let next = line.next.as_ref().map(|next| wording::cases_next(language, next.as_str()));
            (line.reference, line.href, &line.about, next, &line.state)
        });
        lines(language, "case", found, none)
    }
}

/// The form that asks for some of them: it changes nothing, so that its address can be kept.
pub(crate) fn filter_form(language: Language, action: &str, filters: &[Filter<'_>], button: Words) -> Html {
    if filters.is_empty() {
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
    let button = Button { text: button.into(), classes: "govuk-button--secondary", ..Button::default() };
    el("form")
        .attr("method", "get")
        .attr("action", action)
        .flag("novalidate", true)
        .children(filters.iter().map(select))
        .child(button.html(language))
        .into()
}

/// Something in a list: its name, where it is, what is said of it, what is next, where it stands.
pub(crate) type InList<'a> = (&'a str, &'a str, &'a Vec<String>, Option<Words>, &'a (Words, Colour));

/// What was found, or that nothing was.
pub(crate) fn lines<'a>(
    language: Language,
    id_prefix: &str,
    found: impl Iterator<Item = InList<'a>>,
    none: Words,
) -> Html {
    let tasks: Vec<Task<'a>> = found
        .map(|(name, href, about, next, (state, colour))| {
            let about = about.iter().map(|about| Html::from(el("div").child(about.as_str())));
            let next = next.map(|next| Html::from(el("div").child(next)));
            let tag = Tag { text: state.clone().into(), classes: colour.class(), ..Tag::default() };
            let hint = about.chain(next).collect::<Html>();
            Task { title: name.into(), href, hint, status: Status::Tag(tag), ..Task::default() }
        })
        .collect();
    if tasks.is_empty() {
        return InsetText { content: paragraph(none).into(), ..InsetText::default() }.html(language);
    }
    TaskList { tasks, id_prefix, ..TaskList::default() }.html(language)
}

/// The pages of a list: the number and the address of each, and the one that is shown.
pub(crate) fn pages_of(language: Language, all: &[(u64, String)], shown: u64) -> Html {
    if all.len() < 2 {
        return Html::NONE;
    }
    let last = all.last().map(|(number, _)| *number);
    let numbered: Vec<(String, &str, bool)> =
        all.iter().map(|(number, href)| (number.to_string(), href.as_str(), *number == shown)).collect();
    let near = |number: u64| number == 1 || number.abs_diff(shown) <= 1 || Some(number) == last;
    let mut pages = Vec::new();
    for ((number, _), (text, href, current)) in all.iter().zip(&numbered) {
        if near(*number) {
            pages.push(PageLink::Page { number: text, href, label: "", current: *current, attributes: Vec::new() });
        } else if !matches!(pages.last(), Some(PageLink::Ellipsis)) {
            pages.push(PageLink::Ellipsis);
        }
    }
    let step = |number: Option<u64>| {
        let found = all.iter().find(|(other, _)| Some(*other) == number);
        found.map(|(_, href)| Step { href, ..Step::default() })
    };
    let (previous, next) = (step(shown.checked_sub(1)), step(shown.checked_add(1)));
    Pagination { pages, previous, next, ..Pagination::default() }.html(language)
}

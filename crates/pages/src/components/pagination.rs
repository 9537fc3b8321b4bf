//! Pagination: a long list over several pages, or a text in parts.
//!
//! Not what belongs on which page.
//! Invariants: a landmark with a name; each number is heard as "Page 3"; the page that is shown says so.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, Element, el, space};
use crate::wording::{self, Language};

/// The pages.
#[derive(Debug, Clone, Default)]
pub struct Pagination<'a> {
    /// The numbers; none for a text in parts.
    pub pages: Vec<PageLink<'a>>,
    /// The page before.
    pub previous: Option<Step<'a>>,
    /// The page after.
    pub next: Option<Step<'a>>,
    /// The landmark's name, if not "Pagination".
    pub label: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// What stands among the numbers.
#[derive(Debug, Clone)]
pub enum PageLink<'a> {
    /// A page.
    Page {
        /// Its number.
        number: &'a str,
        /// Where it is.
        href: &'a str,
        /// What is heard, if not "Page" and the number.
        label: &'a str,
        /// Whether it is shown.
        current: bool,
        /// More attributes.
        attributes: Attributes<'a>,
    },
    /// Pages that are left out.
    Ellipsis,
}

/// The page before or after.
#[derive(Debug, Clone, Default)]
pub struct Step<'a> {
    /// Where it is.
    pub href: &'a str,
    /// What it says, if not "Next page" or "Previous page".
    pub text: Html,
    /// The part's title, where a text is in parts.
    pub label: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Previous,
    Next,
}

impl Component for Pagination<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::pagination(language);
        let step = |direction, step: &Option<Step<'_>>| step.as_ref().map(|step| self.step(direction, step, language));
        let pages = || {
            let pages = self.pages.iter().map(|page| page.html(language));
            el("ul").class("govuk-pagination__list").children(pages)
        };
        el("nav")
            .class("govuk-pagination")
            .class_if(self.is_in_parts(), "govuk-pagination--block")
            .class(self.classes)
            .attr("aria-label", first(&[self.label, own.as_str()]))
            .attrs(&self.attributes)
            .children(step(Direction::Previous, &self.previous))
            .child_if(!self.pages.is_empty(), pages)
            .children(step(Direction::Next, &self.next))
            .into()
    }
}

impl Pagination<'_> {
    fn is_in_parts(&self) -> bool {
        self.pages.is_empty() && (self.next.is_some() || self.previous.is_some())
    }

    fn step(&self, direction: Direction, step: &Step<'_>, language: Language) -> Html {
        let (rel, word) = match direction {
            Direction::Previous => ("prev", wording::previous(language)),
            Direction::Next => ("next", wording::next(language)),
        };
        let own = || {
            let hidden = el("span").class("govuk-visually-hidden").child(space()).child(wording::page(language));
            Html::from(word).then(hidden)
        };
        let (in_parts, arrow) = (self.is_in_parts(), arrow(direction));
        let title = el("span")
            .class("govuk-pagination__link-title")
            .class_if(in_parts && step.label.is_empty(), "govuk-pagination__link-title--decorated")
            .child(step.text.or(own));
        let label = || {
            Html::from(el("span").class("govuk-visually-hidden").child(":"))
                .then(space())
                .then(el("span").class("govuk-pagination__link-label").child(step.label))
        };
        let arrow_is_first = in_parts || direction == Direction::Previous;
        let link = el("a")
            .class("govuk-link govuk-pagination__link")
            .attr("href", step.href)
            .attr("rel", rel)
            .attrs(&step.attributes)
            .child_if(arrow_is_first, || Html::from(arrow.clone()).then(space()))
            .child(title)
            .child_if(in_parts && !step.label.is_empty(), label)
            .child_if(!arrow_is_first, || space().then(arrow));
        el("div").class(&format!("govuk-pagination__{rel}")).child(link).into()
    }
}

impl PageLink<'_> {
    fn html(&self, language: Language) -> Html {
        let item = el("li").class("govuk-pagination__item");
        match self {
            PageLink::Ellipsis => item.class("govuk-pagination__item--ellipsis").child("\u{22ef}").into(),
            PageLink::Page { number, href, label, current, attributes } => {
                let own = wording::page_number(language, number);
                let link = el("a")
                    .class("govuk-link govuk-pagination__link")
                    .attr("href", href)
                    .attr("aria-label", first(&[label, own.as_str()]))
                    .attr_maybe("aria-current", current.then_some("page"))
                    .attrs(attributes)
                    .child(*number);
                item.class_if(*current, "govuk-pagination__item--current").child(link).into()
            }
        }
    }
}

fn arrow(direction: Direction) -> Element {
    let (class, path) = match direction {
        Direction::Previous => (
            "govuk-pagination__icon--prev",
            "m6.5938-0.0078125-6.7266 6.7266 6.7441 6.4062 1.377-1.449-4.1856-3.9768h12.896v-2h-12.984l4.2931-4.293-1.414-1.414z",
        ),
        Direction::Next => (
            "govuk-pagination__icon--next",
            "m8.107-0.0078125-1.4136 1.414 4.2926 4.293h-12.986v2h12.896l-4.1855 3.9766 1.377 1.4492 6.7441-6.4062-6.7246-6.7266z",
        ),
    };
    el("svg")
        .class("govuk-pagination__icon")
        .class(class)
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("height", 13)
        .attr("width", 15)
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .attr("viewBox", "0 0 15 13")
        .child(el("path").attr("d", path))
}

//! Service navigation: the service's name and its main pages.
//!
//! Not whose pages these are (`header.rs`).
//! Invariants: the page that is shown says so to the eye and to the ear; without a script the list is open.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// A service's name and pages.
#[derive(Debug, Clone, Default)]
pub struct ServiceNavigation<'a> {
    /// The service's name.
    pub name: Html,
    /// Where its name leads.
    pub href: &'a str,
    /// Its main pages.
    pub items: Vec<NavigationItem<'a>>,
    /// Whether a telephone shows a button instead; where there is more than one page, unless said.
    pub collapse_on_mobile: Option<bool>,
    /// What the button says, if not "Menu".
    pub menu: &'a str,
    /// What is heard of the button.
    pub menu_label: &'a str,
    /// The list's id, if not "navigation".
    pub navigation_id: &'a str,
    /// The list's name, if not the button's.
    pub navigation_label: &'a str,
    /// More classes of the list.
    pub navigation_classes: &'a str,
    /// The section's name, if not "Service information".
    pub label: &'a str,
    /// What else stands there.
    pub slots: Slots,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One of the main pages.
#[derive(Debug, Clone, Default)]
pub struct NavigationItem<'a> {
    /// What it says.
    pub text: Html,
    /// Where it leads; empty for words that lead nowhere.
    pub href: &'a str,
    /// Whether it is the page that is shown.
    pub current: bool,
    /// Whether the page that is shown is below it.
    pub active: bool,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// Places for what else stands there.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    /// Before everything.
    pub start: Html,
    /// Before the first page: list items.
    pub navigation_start: Html,
    /// After the last page: list items.
    pub navigation_end: Html,
    /// After everything.
    pub end: End,
}

/// What stands after everything, and where.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// What.
    pub content: Html,
    /// Whether it stands in the same line.
    pub inline: bool,
}

impl Component for ServiceNavigation<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::service_information(language);
        let is_section = !(self.name.is_empty() && self.slots.start.is_empty() && self.slots.end.content.is_empty());
        let root =
            if is_section { el("section").attr("aria-label", first(&[self.label, own.as_str()])) } else { el("div") };
        let container = el("div")
            .class("govuk-service-navigation__container")
            .child_if(!self.name.is_empty(), || self.service_name())
            .child_if(self.has_list(), || self.list(language));
        root.class("govuk-service-navigation")
            .class(self.classes)
            .attr("data-module", "govuk-service-navigation")
            .attrs(&self.attributes)
            .child(
                el("div")
                    .class("govuk-width-container")
                    .class_if(self.slots.end.inline, "govuk-service-navigation__inlining-container")
                    .child(&self.slots.start)
                    .child(container)
                    .child(&self.slots.end.content),
            )
            .into()
    }
}

impl ServiceNavigation<'_> {
    fn service_name(&self) -> Html {
        let name = if self.href.is_empty() {
            el("span").class("govuk-service-navigation__text")
        } else {
            el("a").attr("href", self.href).class("govuk-service-navigation__link")
        };
        el("span").class("govuk-service-navigation__service-name").child(name.child(&self.name)).into()
    }

    fn has_list(&self) -> bool {
        !(self.items.is_empty() && self.slots.navigation_start.is_empty() && self.slots.navigation_end.is_empty())
    }

    fn list(&self, language: Language) -> Html {
        let own = wording::menu(language);
        let (menu, id) = (first(&[self.menu, own.as_str()]), first(&[self.navigation_id, "navigation"]));
        let toggle = || {
            let label = Some(self.menu_label).filter(|label| !label.is_empty() && *label != menu);
            el("button")
                .attr("type", "button")
                .class("govuk-service-navigation__toggle govuk-js-service-navigation-toggle")
                .attr("aria-controls", id)
                .attr_maybe("aria-label", label)
                .flag("hidden", true)
                .attr("aria-hidden", "true")
                .child(menu)
        };
        let items = el("ul")
            .class("govuk-service-navigation__list")
            .attr("id", id)
            .child(&self.slots.navigation_start)
            .children(self.items.iter().map(NavigationItem::html))
            .child(&self.slots.navigation_end);
        el("nav")
            .attr("aria-label", first(&[self.navigation_label, menu]))
            .class("govuk-service-navigation__wrapper")
            .class(self.navigation_classes)
            .child_if(self.collapse_on_mobile.unwrap_or(self.items.len() > 1), toggle)
            .child(items)
            .into()
    }
}

impl NavigationItem<'_> {
    fn html(&self) -> Html {
        let marked = self.active || self.current;
        // Where colours are the reader's own, the strong letters still say which page is shown.
        let text: Html = if marked {
            el("strong").class("govuk-service-navigation__active-fallback").child(&self.text).into()
        } else {
            self.text.clone()
        };
        let element = if self.href.is_empty() {
            el("span").class("govuk-service-navigation__text")
        } else {
            el("a").class("govuk-service-navigation__link").attr("href", self.href).attrs(&self.attributes)
        };
        let current = marked.then_some(if self.current { "page" } else { "true" });
        el("li")
            .class("govuk-service-navigation__item")
            .class_if(marked, "govuk-service-navigation__item--active")
            .child_if(!self.text.is_empty(), || element.attr_maybe("aria-current", current).child(text))
            .into()
    }
}

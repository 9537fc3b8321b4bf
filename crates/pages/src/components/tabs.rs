//! Tabs: parts of which one is seen at a time.
//!
//! Not for what has to be compared.
//! Invariants: without a script it is a table of contents with all parts below; each part has an id.

use super::{Component, Prose, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// Parts of a page.
#[derive(Debug, Clone, Default)]
pub struct Tabs<'a> {
    /// The parts.
    pub items: Vec<Tab<'a>>,
    /// With what the parts' ids begin, where they have none.
    pub id_prefix: &'a str,
    /// Its heading, if not "Contents".
    pub title: &'a str,
    /// Its id.
    pub id: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One part.
#[derive(Debug, Clone, Default)]
pub struct Tab<'a> {
    /// What it is called.
    pub label: Html,
    /// Its id, if not made from the prefix.
    pub id: &'a str,
    /// What is in it.
    pub panel: Prose,
    /// More attributes of the part.
    pub panel_attributes: Attributes<'a>,
    /// More attributes of its link.
    pub attributes: Attributes<'a>,
}

impl Component for Tabs<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::contents(language);
        let numbered = || (1..).zip(&self.items);
        let list = || {
            let items = numbered().map(|(number, tab)| self.link(number, tab));
            el("ul").class("govuk-tabs__list").children(items)
        };
        el("div")
            .attr_unless_empty("id", self.id)
            .class("govuk-tabs")
            .class(self.classes)
            .attrs(&self.attributes)
            .attr("data-module", "govuk-tabs")
            .child(el("h2").class("govuk-tabs__title").child(first(&[self.title, own.as_str()])))
            .child_if(!self.items.is_empty(), list)
            .children(numbered().map(|(number, tab)| self.panel(number, tab)))
            .into()
    }
}

impl Tabs<'_> {
    fn panel_id(&self, number: usize, tab: &Tab<'_>) -> String {
        if tab.id.is_empty() { format!("{}-{number}", self.id_prefix) } else { tab.id.to_owned() }
    }

    fn link(&self, number: usize, tab: &Tab<'_>) -> Html {
        let link = el("a").class("govuk-tabs__tab").attr("href", format!("#{}", self.panel_id(number, tab)));
        el("li")
            .class("govuk-tabs__list-item")
            .class_if(number == 1, "govuk-tabs__list-item--selected")
            .child(link.attrs(&tab.attributes).child(&tab.label))
            .into()
    }

    fn panel(&self, number: usize, tab: &Tab<'_>) -> Html {
        el("div")
            .class("govuk-tabs__panel")
            .class_if(number > 1, "govuk-tabs__panel--hidden")
            .attr("id", self.panel_id(number, tab))
            .attrs(&tab.panel_attributes)
            .child(tab.panel.html("govuk-body"))
            .into()
    }
}

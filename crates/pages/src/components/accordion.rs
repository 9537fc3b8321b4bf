//! Accordion: sections that a script lets open and close.
//!
//! Not for what everybody needs to read. Invariants: without a script every section is open; ids begin with the accordion's, which is
//! unique on the page, because the script remembers by it what was open.

use super::{Component, Heading, Prose, Translations};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// Sections one below the other.
#[derive(Debug, Clone, Default)]
pub struct Accordion<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// Its sections.
    pub sections: Vec<Section>,
    /// How deep the sections' headings stand; the second unless said.
    pub heading: Option<Heading>,
    /// Whether the browser remembers what was open; yes unless said.
    pub remember: Option<bool>,
    /// What the script says.
    pub translations: Translations<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One section.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Its heading.
    pub heading: Html,
    /// A line below the heading.
    pub summary: Html,
    /// What opens.
    pub content: Prose,
    /// Whether it is open at first.
    pub expanded: bool,
}

impl Component for Accordion<'_> {
    fn html(&self, _: Language) -> Html {
        let root = el("div").class("govuk-accordion").class(self.classes).attr("data-module", "govuk-accordion");
        self.translations
            .iter()
            .fold(root.attr("id", self.id), |root, (key, text)| root.attr(key, text))
            .attr_maybe("data-remember-expanded", self.remember)
            .attrs(&self.attributes)
            .children((1..).zip(&self.sections).map(|(number, section)| self.section(number, section)))
            .into()
    }
}

impl Accordion<'_> {
    fn section(&self, number: usize, section: &Section) -> Html {
        let (id, heading) = (self.id, self.heading.unwrap_or(Heading::H2));
        let button = el("span").class("govuk-accordion__section-button").attr("id", format!("{id}-heading-{number}"));
        let header = el("div")
            .class("govuk-accordion__section-header")
            .child(el(heading.name()).class("govuk-accordion__section-heading").child(button.child(&section.heading)))
            .child_if(!section.summary.is_empty(), || {
                el("div")
                    .class("govuk-accordion__section-summary govuk-body")
                    .attr("id", format!("{id}-summary-{number}"))
                    .child(&section.summary)
            });
        el("div")
            .class("govuk-accordion__section")
            .class_if(section.expanded, "govuk-accordion__section--expanded")
            .child(header)
            .child(
                el("div")
                    .attr("id", format!("{id}-content-{number}"))
                    .class("govuk-accordion__section-content")
                    .child(section.content.html("govuk-body")),
            )
            .into()
    }
}

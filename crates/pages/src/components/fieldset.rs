//! Fieldset: fields that belong together, with what they ask in common.
//!
//! Not one field's label.
//! Invariant: the legend is read aloud with each field in it.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A fieldset.
#[derive(Debug, Clone, Default)]
pub struct Fieldset<'a> {
    /// What the fields ask in common.
    pub legend: Legend<'a>,
    /// The fields.
    pub content: Html,
    /// Ids of what says something about all of them.
    pub described_by: &'a str,
    /// A role, where the element's own will not do.
    pub role: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// What a fieldset asks.
#[derive(Debug, Clone, Default)]
pub struct Legend<'a> {
    /// What it says; nothing makes no legend.
    pub text: Html,
    /// Whether it is the page's heading.
    pub is_page_heading: bool,
    /// More classes.
    pub classes: &'a str,
}

impl Component for Fieldset<'_> {
    fn html(&self, _: Language) -> Html {
        el("fieldset")
            .class("govuk-fieldset")
            .class(self.classes)
            .attr_unless_empty("role", self.role)
            .attr_unless_empty("aria-describedby", self.described_by)
            .attrs(&self.attributes)
            .child(self.legend.html())
            .child(&self.content)
            .into()
    }
}

impl Legend<'_> {
    fn html(&self) -> Html {
        if self.text.is_empty() {
            return Html::NONE;
        }
        let legend = el("legend").class("govuk-fieldset__legend").class(self.classes);
        if self.is_page_heading {
            legend.child(el("h1").class("govuk-fieldset__heading").child(&self.text)).into()
        } else {
            legend.child(&self.text).into()
        }
    }
}

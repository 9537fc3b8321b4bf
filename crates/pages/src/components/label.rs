//! Label: what a field is called.
//!
//! Not a legend, which is a group's (`fieldset.rs`).
//! Invariants: it belongs to one control; where a page asks one thing it is the page's heading.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A label.
#[derive(Debug, Clone, Default)]
pub struct Label<'a> {
    /// What it says; nothing makes no label.
    pub text: Html,
    /// The control's id; a field gives its own.
    pub to: &'a str,
    /// Whether it is the page's heading.
    pub is_page_heading: bool,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Label<'_> {
    fn html(&self, _: Language) -> Html {
        if self.text.is_empty() {
            return Html::NONE;
        }
        let label = el("label")
            .class("govuk-label")
            .class(self.classes)
            .attrs(&self.attributes)
            .attr_unless_empty("for", self.to)
            .child(&self.text);
        if self.is_page_heading { el("h1").class("govuk-label-wrapper").child(label).into() } else { label.into() }
    }
}

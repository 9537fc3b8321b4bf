//! Details: something that opens, without a script.
//!
//! Not for what everybody needs.
//! Invariant: it is the browser's own element, which keyboard and screen reader know.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// Something that opens.
#[derive(Debug, Clone, Default)]
pub struct Details<'a> {
    /// What is seen at first.
    pub summary: Html,
    /// What opens.
    pub content: Html,
    /// Its id.
    pub id: &'a str,
    /// Whether it is open at first.
    pub open: bool,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Details<'_> {
    fn html(&self, _: Language) -> Html {
        let summary = el("span").class("govuk-details__summary-text").child(&self.summary);
        el("details")
            .attr_unless_empty("id", self.id)
            .class("govuk-details")
            .class(self.classes)
            .attrs(&self.attributes)
            .flag("open", self.open)
            .child(el("summary").class("govuk-details__summary").child(summary))
            .child(el("div").class("govuk-details__text").child(&self.content))
            .into()
    }
}

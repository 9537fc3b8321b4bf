//! Inset text: what stands out a little from what is around it.
//!
//! Not a warning (`warning_text.rs`).
//! Invariant: nothing but a border is meant by it, so it reads well without one.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// Text that stands out.
#[derive(Debug, Clone, Default)]
pub struct InsetText<'a> {
    /// What it says.
    pub content: Html,
    /// Its id.
    pub id: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for InsetText<'_> {
    fn html(&self, _: Language) -> Html {
        el("div")
            .attr_unless_empty("id", self.id)
            .class("govuk-inset-text")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(&self.content)
            .into()
    }
}

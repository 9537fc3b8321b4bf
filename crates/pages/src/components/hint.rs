//! Hint: a line that helps with a field.
//!
//! Not an error and not for links, which a screen reader would not find there.
//! Invariant: it has an id by which a field names it.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A hint.
#[derive(Debug, Clone, Default)]
pub struct Hint<'a> {
    /// What it says.
    pub text: Html,
    /// Its id; a field gives its own.
    pub id: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Hint<'_> {
    fn html(&self, _: Language) -> Html {
        el("div")
            .attr_unless_empty("id", self.id)
            .class("govuk-hint")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(&self.text)
            .into()
    }
}

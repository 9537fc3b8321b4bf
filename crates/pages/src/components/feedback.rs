//! Feedback: asks below a page what was wrong with it.
//!
//! Not a form by itself.
//! Invariant: a heading, and what follows it.

use super::{Component, Heading, Prose};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A question about the page.
#[derive(Debug, Clone, Default)]
pub struct Feedback<'a> {
    /// Its heading.
    pub title: Html,
    /// How deep the heading stands; the second unless said.
    pub heading: Option<Heading>,
    /// What follows.
    pub content: Prose,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Feedback<'_> {
    fn html(&self, _: Language) -> Html {
        let heading = el(self.heading.unwrap_or(Heading::H2).name()).class("govuk-feedback__title").child(&self.title);
        let column =
            el("div").class("govuk-grid-column-two-thirds").child(heading).child_if(!self.content.is_empty(), || {
                el("div").class("govuk-feedback__body").child(self.content.html("govuk-body"))
            });
        el("div")
            .class("govuk-feedback govuk-width-container")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(el("div").class("govuk-grid-row").child(column))
            .into()
    }
}

//! Back link: to the page before, at the top of a page.
//!
//! Not a breadcrumb trail.
//! Invariants: it is a link that works without a script; it says "Back" in the page's language unless told otherwise.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// A link to the page before.
#[derive(Debug, Clone, Default)]
pub struct BackLink<'a> {
    /// Where to.
    pub href: &'a str,
    /// What it says, if not "Back".
    pub text: Html,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for BackLink<'_> {
    fn html(&self, language: Language) -> Html {
        el("a")
            .attr("href", first(&[self.href, "#"]))
            .class("govuk-back-link")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(self.text.or(|| wording::back(language).into()))
            .into()
    }
}

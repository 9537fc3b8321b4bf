//! Skip link: past what every page begins with, for who goes by keyboard.
//!
//! Not seen until it has the focus.
//! Invariant: it is the first thing that can have it.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// A link to the main content.
#[derive(Debug, Clone, Default)]
pub struct SkipLink<'a> {
    /// Where to.
    pub href: &'a str,
    /// What it says, if not "Skip to main content".
    pub text: Option<Html>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for SkipLink<'_> {
    fn html(&self, language: Language) -> Html {
        el("a")
            .attr("href", first(&[self.href, "#content"]))
            .class("govuk-skip-link")
            .class(self.classes)
            .attrs(&self.attributes)
            .attr("data-module", "govuk-skip-link")
            .child(self.text.clone().unwrap_or_else(|| wording::skip_to_main_content(language).into()))
            .into()
    }
}

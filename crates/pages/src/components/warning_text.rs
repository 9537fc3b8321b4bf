//! Warning text: what has consequences.
//!
//! Not an error.
//! Invariant: "Warning" is heard before it, in the page's language.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el, space};
use crate::wording::{self, Language};

/// A warning.
#[derive(Debug, Clone, Default)]
pub struct WarningText<'a> {
    /// What it says.
    pub text: Html,
    /// What is heard before it, if not "Warning".
    pub hidden_text: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for WarningText<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::warning(language);
        let hidden = el("span").class("govuk-visually-hidden").child(first(&[self.hidden_text, own.as_str()]));
        el("div")
            .class("govuk-warning-text")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(el("span").class("govuk-warning-text__icon").attr("aria-hidden", "true").child("!"))
            .child(el("strong").class("govuk-warning-text__text").child(hidden).child(space()).child(&self.text))
            .into()
    }
}

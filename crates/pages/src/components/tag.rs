//! Tag: a status in a word or two.
//!
//! Not a link and not a button.
//! Invariant: the word says it, the colour only helps.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A status.
#[derive(Debug, Clone, Default)]
pub struct Tag<'a> {
    /// What it says.
    pub text: Html,
    /// More classes, such as a colour's.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Tag<'_> {
    fn html(&self, _: Language) -> Html {
        el("strong").class("govuk-tag").class(self.classes).attrs(&self.attributes).child(&self.text).into()
    }
}

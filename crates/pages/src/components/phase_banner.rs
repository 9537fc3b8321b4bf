//! Phase banner: that a service is being tried.
//!
//! Not news about it.
//! Invariant: the phase is a tag in words, never only a colour.

use super::{Component, Tag};
use crate::Html;
use crate::html::{Attributes, el, space};
use crate::wording::Language;

/// In which phase a service is.
#[derive(Debug, Clone, Default)]
pub struct PhaseBanner<'a> {
    /// The phase.
    pub tag: Tag<'a>,
    /// What it means.
    pub content: Html,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for PhaseBanner<'_> {
    fn html(&self, language: Language) -> Html {
        let classes = format!("govuk-phase-banner__content__tag {}", self.tag.classes);
        let tag = Tag { classes: classes.trim_end(), ..self.tag.clone() };
        let content = el("p")
            .class("govuk-phase-banner__content")
            .child(tag.html(language))
            .child(space())
            .child(el("span").class("govuk-phase-banner__text").child(&self.content));
        el("div")
            .class("govuk-phase-banner govuk-width-container")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(content)
            .into()
    }
}

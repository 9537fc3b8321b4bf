//! Panel: that something is done, or that something needs an answer before it goes on.
//!
//! Not a notification (`notification_banner.rs`).
//! Invariant: its title is the page's heading unless told otherwise.

use super::{Button, ButtonType, Component, Heading};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A panel.
#[derive(Debug, Clone, Default)]
pub struct Panel<'a> {
    /// Its title.
    pub title: Html,
    /// How deep the title stands; the first unless said.
    pub heading: Option<Heading>,
    /// What it says.
    pub content: Html,
    /// What can be done, where it interrupts; `None` for a confirmation.
    pub interruption: Option<Interruption<'a>>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// What can be done at an interruption.
#[derive(Debug, Clone, Default)]
pub struct Interruption<'a> {
    /// Buttons; with an address a link, unless it is a [`ButtonType::Button`]. None makes no list.
    pub actions: Option<Vec<Button<'a>>>,
    /// More classes of the list.
    pub classes: &'a str,
    /// More attributes of the list.
    pub attributes: Attributes<'a>,
}

impl Component for Panel<'_> {
    fn html(&self, language: Language) -> Html {
        let kind = if self.interruption.is_some() { "govuk-panel--interruption" } else { "govuk-panel--confirmation" };
        el("div")
            .class("govuk-panel")
            .class(kind)
            .class(self.classes)
            .attrs(&self.attributes)
            .child(el(self.heading.unwrap_or(Heading::H1).name()).class("govuk-panel__title").child(&self.title))
            .child_if(!self.content.is_empty(), || el("div").class("govuk-panel__body").child(&self.content))
            .children(self.interruption.as_ref().map(|interruption| interruption.html(language)))
            .into()
    }
}

impl Interruption<'_> {
    fn html(&self, language: Language) -> Html {
        let Some(actions) = &self.actions else {
            return Html::NONE;
        };
        let group = || {
            let actions = actions.iter().map(|action| shown(action, language));
            el("div").class("govuk-button-group").children(actions)
        };
        el("div")
            .class("govuk-panel__actions")
            .class(self.classes)
            .attrs(&self.attributes)
            .child_if(!actions.is_empty(), group)
            .into()
    }
}

fn shown(action: &Button<'_>, language: Language) -> Html {
    if action.href.is_empty() || action.kind == ButtonType::Button {
        let classes = format!("govuk-button--inverse {}", action.classes);
        return Button { classes: classes.trim_end(), ..action.clone() }.html(language);
    }
    let link = el("a").class("govuk-link govuk-link--inverse").class(action.classes).attr("href", action.href);
    link.attrs(&action.attributes).child(&action.text).into()
}

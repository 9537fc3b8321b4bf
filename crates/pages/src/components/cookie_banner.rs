//! Cookie banner: asks before anything is kept that is not needed.
//!
//! Not needed where only needed cookies are set.
//! Invariants: a region with a name; search engines are told not to quote it; one message at a time.

use super::{Button, ButtonType, Component, Prose, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// The banner.
#[derive(Debug, Clone, Default)]
pub struct CookieBanner<'a> {
    /// Its messages, all but one hidden.
    pub messages: Vec<Message<'a>>,
    /// The region's name, if not "Cookie banner".
    pub label: &'a str,
    /// Whether a script shows it.
    pub hidden: bool,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One message.
#[derive(Debug, Clone, Default)]
pub struct Message<'a> {
    /// Its heading.
    pub heading: Html,
    /// What it says.
    pub content: Prose,
    /// What can be done: a button, or with an address a link, unless it is a [`ButtonType::Button`].
    pub actions: Vec<Button<'a>>,
    /// Whether a script shows it.
    pub hidden: bool,
    /// `alert` where it answers to what was just done.
    pub role: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for CookieBanner<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::cookie_banner(language);
        el("div")
            .class("govuk-cookie-banner")
            .class(self.classes)
            .flag("data-nosnippet", true)
            .attr("role", "region")
            .attr("aria-label", first(&[self.label, own.as_str()]))
            .flag("hidden", self.hidden)
            .attrs(&self.attributes)
            .children(self.messages.iter().map(|message| message.html(language)))
            .into()
    }
}

impl Message<'_> {
    fn html(&self, language: Language) -> Html {
        let column = el("div")
            .class("govuk-grid-column-two-thirds")
            .child_if(!self.heading.is_empty(), || {
                el("h2").class("govuk-cookie-banner__heading govuk-heading-m").child(&self.heading)
            })
            .child(el("div").class("govuk-cookie-banner__content").child(self.content.html("govuk-body")));
        let actions = self.actions.iter().map(|action| shown(action, language));
        el("div")
            .class("govuk-cookie-banner__message")
            .class(self.classes)
            .class("govuk-width-container")
            .attr_unless_empty("role", self.role)
            .attrs(&self.attributes)
            .flag("hidden", self.hidden)
            .child(el("div").class("govuk-grid-row").child(column))
            .child_if(!self.actions.is_empty(), || el("div").class("govuk-button-group").children(actions))
            .into()
    }
}

/// A link is a link here unless it is said to look like a button.
fn shown(action: &Button<'_>, language: Language) -> Html {
    if action.href.is_empty() || action.kind == ButtonType::Button {
        return action.html(language);
    }
    let link = el("a").class("govuk-link").class(action.classes).attr("href", action.href);
    link.attrs(&action.attributes).child(&action.text).into()
}

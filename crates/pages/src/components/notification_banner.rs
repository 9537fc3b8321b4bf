//! Notification banner: something about the service or about what was just done.
//!
//! Not an error (`error_summary.rs`).
//! Invariants: it has a name; a success is read aloud when the page comes.

use super::{Component, Heading, Prose, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// Why it is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BannerType {
    /// Something to know.
    #[default]
    Important,
    /// What was just done has worked.
    Success,
}

/// A banner.
#[derive(Debug, Clone, Default)]
pub struct NotificationBanner<'a> {
    /// Why it is there.
    pub kind: BannerType,
    /// Its heading, if not "Important" or "Success".
    pub title: Html,
    /// How deep the heading stands; the second unless said.
    pub heading: Option<Heading>,
    /// The heading's id, if not the usual one.
    pub title_id: &'a str,
    /// What it says.
    pub content: Prose,
    /// A role, if not the usual one of its kind.
    pub role: &'a str,
    /// Whether the script leaves the focus where it is.
    pub disable_auto_focus: Option<bool>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for NotificationBanner<'_> {
    fn html(&self, language: Language) -> Html {
        let is_success = self.kind == BannerType::Success;
        let (role, own) = match self.kind {
            BannerType::Success => ("alert", wording::success(language)),
            BannerType::Important => ("region", wording::important(language)),
        };
        let id = first(&[self.title_id, "govuk-notification-banner-title"]);
        let heading = el(self.heading.unwrap_or(Heading::H2).name())
            .class("govuk-notification-banner__title")
            .attr("id", id)
            .child(self.title.or(|| own.into()));
        el("div")
            .class("govuk-notification-banner")
            .class_if(is_success, "govuk-notification-banner--success")
            .class(self.classes)
            .attr("role", first(&[self.role, role]))
            .attr("aria-labelledby", id)
            .attr("data-module", "govuk-notification-banner")
            .attr_maybe("data-disable-auto-focus", self.disable_auto_focus)
            .attrs(&self.attributes)
            .child(el("div").class("govuk-notification-banner__header").child(heading))
            .child(
                el("div")
                    .class("govuk-notification-banner__content")
                    .child(self.content.html("govuk-notification-banner__heading")),
            )
            .into()
    }
}

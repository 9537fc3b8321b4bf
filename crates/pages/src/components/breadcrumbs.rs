//! Breadcrumbs: where a page stands.
//!
//! Not a way back through a form.
//! Invariants: a landmark with a name; what has no address is the page itself and says so.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// The trail.
#[derive(Debug, Clone, Default)]
pub struct Breadcrumbs<'a> {
    /// From the top down.
    pub crumbs: Vec<Crumb<'a>>,
    /// Whether a telephone shows only the first and the last.
    pub collapse_on_mobile: bool,
    /// The landmark's name, if not "Breadcrumb".
    pub label: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One place of the trail.
#[derive(Debug, Clone, Default)]
pub struct Crumb<'a> {
    /// Its name.
    pub text: Html,
    /// Its address; empty for the page itself.
    pub href: &'a str,
    /// More attributes of the link.
    pub attributes: Attributes<'a>,
}

impl Component for Breadcrumbs<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::breadcrumb(language);
        el("nav")
            .class("govuk-breadcrumbs")
            .class(self.classes)
            .class_if(self.collapse_on_mobile, "govuk-breadcrumbs--collapse-on-mobile")
            .attrs(&self.attributes)
            .attr("aria-label", first(&[self.label, own.as_str()]))
            .child(el("ol").class("govuk-breadcrumbs__list").children(self.crumbs.iter().map(Crumb::html)))
            .into()
    }
}

impl Crumb<'_> {
    fn html(&self) -> Html {
        let item = el("li").class("govuk-breadcrumbs__list-item");
        if self.href.is_empty() {
            return item.attr("aria-current", "page").child(&self.text).into();
        }
        let link = el("a").class("govuk-breadcrumbs__link").attr("href", self.href).attrs(&self.attributes);
        item.child(link.child(&self.text)).into()
    }
}

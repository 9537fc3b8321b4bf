//! Header: whose pages these are. GOV.UK's, or anybody's.
//!
//! Not the service's own navigation (`service_navigation.rs`).
//! Invariant: the logo is a link with a name in words.

use super::{Component, first, logo};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// The header of a service on GOV.UK.
#[derive(Debug, Clone, Default)]
pub struct Header<'a> {
    /// A product's name beside the logo.
    pub product: &'a str,
    /// Where the logo leads, if not to GOV.UK.
    pub href: &'a str,
    /// The classes of what is around it, if not the page's width.
    pub container_classes: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// The header of any other service.
#[derive(Debug, Clone, Default)]
pub struct GenericHeader<'a> {
    /// Whose pages these are.
    pub logo: Html,
    /// Where it leads, if not to the first page.
    pub href: &'a str,
    /// The classes of what is around it, if not the page's width.
    pub container_classes: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Header<'_> {
    fn html(&self, _: Language) -> Html {
        let product = || el("span").class("govuk-header__product-name").child(self.product);
        let logo = logo::logotype("govuk-header__logotype", "GOV.UK");
        let logo = if self.product.is_empty() { logo } else { logo.then(product()) };
        let href = first(&[self.href, "//gov.uk"]);
        GenericHeader {
            logo,
            href,
            container_classes: self.container_classes,
            classes: self.classes,
            attributes: self.attributes.clone(),
        }
        .in_family("govuk-header")
    }
}

impl Component for GenericHeader<'_> {
    fn html(&self, _: Language) -> Html {
        self.in_family("govuk-generic-header")
    }
}

impl GenericHeader<'_> {
    fn in_family(&self, family: &str) -> Html {
        let link =
            el("a").attr("href", first(&[self.href, "/"])).class(&format!("{family}__homepage-link")).child(&self.logo);
        let container = el("div")
            .class(&format!("{family}__container"))
            .class(first(&[self.container_classes, "govuk-width-container"]))
            .child(el("div").class(&format!("{family}__logo")).child(link));
        el("div").class(family).class(self.classes).attrs(&self.attributes).child(container).into()
    }
}

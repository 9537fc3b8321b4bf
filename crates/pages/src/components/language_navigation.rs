//! Language navigation: the same page in another language.
//!
//! Not a choice that is remembered, which is the service's.
//! Invariants: each language is named in itself and marked so; the one that is shown is no link.

use super::{Component, first};
use crate::Html;
use crate::html::{Attributes, el, space};
use crate::wording::{self, Language};

/// The languages of a page.
#[derive(Debug, Clone, Default)]
pub struct LanguageNavigation<'a> {
    /// The languages.
    pub links: Vec<LanguageLink<'a>>,
    /// The landmark's name, if not "Language".
    pub label: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One language.
#[derive(Debug, Clone, Default)]
pub struct LanguageLink<'a> {
    /// Its name in itself.
    pub text: Html,
    /// Where the page is in it.
    pub href: &'a str,
    /// Its tag.
    pub lang: &'a str,
    /// In which direction it is written, where that differs.
    pub dir: &'a str,
    /// Whether the page is in it; one without an address is.
    pub current: bool,
    /// What is heard after its name.
    pub description: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for LanguageNavigation<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::language(language);
        el("nav")
            .class("govuk-language-navigation")
            .class(self.classes)
            .attrs(&self.attributes)
            .attr("aria-label", first(&[self.label, own.as_str()]))
            .child(
                el("ul").class("govuk-language-navigation__list").children(self.links.iter().map(LanguageLink::html)),
            )
            .into()
    }
}

impl LanguageLink<'_> {
    fn html(&self) -> Html {
        let element = if self.current || self.href.is_empty() {
            el("span")
                .class("govuk-language-navigation__text")
                .attr("aria-current", "true")
                .attr_unless_empty("lang", self.lang)
        } else {
            el("a")
                .class("govuk-language-navigation__link")
                .attr("href", self.href)
                .attr("rel", "alternate")
                .attr_unless_empty("lang", self.lang)
                .attr_unless_empty("hreflang", self.lang)
        };
        let is_link = !(self.current || self.href.is_empty());
        let described = is_link && !self.description.is_empty();
        let element = element
            .class(self.classes)
            .attr_unless_empty("dir", self.dir)
            .attrs(&self.attributes)
            .child(&self.text)
            .child_if(described, || el("span").class("govuk-visually-hidden").child(space()).child(self.description));
        el("li").class("govuk-language-navigation__list-item").child(element).into()
    }
}

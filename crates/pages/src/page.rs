//! The frame around a page's content: GOV.UK's page template, with a skip link, header, navigation, languages, and footer.
//!
//! Not what a page says. Invariants: the title says what is wrong first when something is; the language is said; the main content can be skipped to; the
//! script is a module beside the style, and nothing on the page needs it.

use crate::Html;
use crate::assets;
use crate::components::{
    Component as _, Footer, GenericHeader, Header, LanguageLink, LanguageNavigation, NavigationItem, PhaseBanner,
    ServiceNavigation, SkipLink, Tag,
};
use crate::html::el;
use crate::policy::INLINE_SCRIPT;
use crate::wording::{self, Language};

/// Whose pages these are.
#[derive(Debug, Clone)]
pub enum Owner<'a> {
    /// A service on GOV.UK: only such may show the crown.
    GovUk,
    /// Anybody else, by name.
    Named(&'a str),
}

/// Where a page's header ends, and what is its own begins.
const HEADER_ENDS: &str = "</header><div class=\"govuk-width-container\">";

/// A whole document, as a demonstration shows it: a banner on every page says that nothing there is real, whatever made the page.
pub fn of_demonstration(document: &str, language: Language) -> String {
    let tag = Tag { text: wording::demonstration(language).into(), ..Tag::default() };
    let content = wording::demonstration_why(language).into();
    let banner = PhaseBanner { tag, content, ..PhaseBanner::default() }.html(language).into_string();
    // In the header: all of a page is in one of its landmarks.
    document.replacen(HEADER_ENDS, &format!("{banner}{HEADER_ENDS}"), 1)
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// Its language.
    pub language: Language,
    /// Where it is in each language; none for a page in one.
    pub languages: Vec<(Language, &'a str)>,
    /// Its title, without the service's name.
    pub title: &'a str,
    /// Whether a form was sent back with errors, which the title then says first.
    pub has_errors: bool,
    /// Whose page it is.
    pub owner: Owner<'a>,
    /// The service's main pages.
    pub navigation: Vec<NavigationItem<'a>>,
    /// Between header and content: a back link, breadcrumbs, a phase banner.
    pub before: Html,
    /// The content.
    pub content: Html,
    /// What stands below it.
    pub footer: Footer<'a>,
}

impl Page<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let document =
            el("html").attr("lang", self.language.tag()).class("govuk-template").child(self.head()).child(self.body());
        format!("<!DOCTYPE html>{}", Html::from(document).into_string())
    }

    fn head(&self) -> Html {
        let service = wording::service_name(self.language);
        let error = if self.has_errors {
            format!("{} ", wording::error_before_title(self.language).as_str())
        } else {
            String::new()
        };
        el("head")
            .child(el("meta").attr("charset", "utf-8"))
            .child(el("title").child(format!("{error}{} \u{2013} {}", self.title, service.as_str())))
            .child(
                el("meta")
                    .attr("name", "viewport")
                    .attr("content", "width=device-width, initial-scale=1, viewport-fit=cover"),
            )
            .child(el("meta").attr("name", "theme-color").attr("content", "#1d70b8"))
            .child(el("link").attr("rel", "icon").attr("href", assets::path("icon.svg")).attr("type", "image/svg+xml"))
            .child(el("link").attr("rel", "stylesheet").attr("href", assets::path("pages.css")))
            .child(el("script").attr("type", "module").attr("src", assets::path("start.js")))
            .into()
    }

    fn body(&self) -> Html {
        let language = self.language;
        let skip = SkipLink { href: "#main-content", ..SkipLink::default() };
        let main = el("main").class("govuk-main-wrapper").attr("id", "main-content").child(&self.content);
        el("body")
            .class("govuk-template__body")
            .child(el("script").child(Html::trusted(INLINE_SCRIPT)))
            .child(skip.html(language))
            .child(el("header").class("govuk-template__header").child(self.header()).child(self.service_navigation()))
            .child(el("div").class("govuk-width-container").child(&self.before).child(main))
            .child(el("footer").class("govuk-template__footer").child(self.footer.html(language)))
            .into()
    }

    fn header(&self) -> Html {
        match self.owner {
            Owner::GovUk => Header::default().html(self.language),
            Owner::Named(name) => GenericHeader { logo: name.into(), ..GenericHeader::default() }.html(self.language),
        }
    }

    fn service_navigation(&self) -> Html {
        let mut navigation = ServiceNavigation {
            name: wording::service_name(self.language).into(),
            href: "/",
            items: self.navigation.clone(),
            ..ServiceNavigation::default()
        };
        navigation.slots.end.content = self.language_navigation();
        navigation.slots.end.inline = true;
        navigation.html(self.language)
    }

    fn language_navigation(&self) -> Html {
        if self.languages.len() < 2 {
            return Html::NONE;
        }
        let links = self.languages.iter().map(|(language, href)| LanguageLink {
            text: language.own_name().into(),
            href,
            lang: language.tag(),
            current: *language == self.language,
            ..LanguageLink::default()
        });
        LanguageNavigation { links: links.collect(), ..LanguageNavigation::default() }.html(self.language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_a_demonstration_says_so() {
        let title = wording::link_over(Language::English);
        let why = wording::link_over_why(Language::English);
        let pages = [
            crate::access::message(Language::English, &title, why, None),
            crate::welcome::log(Language::Welsh, "log.example"),
        ];
        for page in pages {
            let marked = of_demonstration(&page, Language::English);
            assert_eq!(page.matches("govuk-phase-banner").count(), 0);
            assert_eq!(marked.matches("Nothing here is real").count(), 1, "{marked}");
        }
    }
}

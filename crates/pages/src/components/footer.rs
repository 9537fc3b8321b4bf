//! Footer: what stands below every page.
//!
//! Not whose pages these are (`header.rs`). Invariants: with the crown it is GOV.UK's, with its licence and copyright; without, only what the service
//! itself says stands there.

use super::{Component, logo};
use crate::Html;
use crate::html::{Attributes, el, space};
use crate::wording::{self, Language};

const LICENCE: &str = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/";
const COPYRIGHT: &str = "https://www.nationalarchives.gov.uk/information-management/re-using-public-sector-information/uk-government-licensing-framework/crown-copyright/";

/// The footer.
#[derive(Debug, Clone, Default)]
pub struct Footer<'a> {
    /// Whether it is a service on GOV.UK: only then the crown, the licence and the copyright.
    pub crown: bool,
    /// Columns of links.
    pub columns: Vec<FooterColumn<'a>>,
    /// A line of links and what follows it.
    pub meta: Option<Meta<'a>>,
    /// Under which licence the content is.
    pub licence: Licence,
    /// Whose copyright it is, if not the Crown's.
    pub copyright: Html,
    /// More classes of what is around it.
    pub container_classes: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// A column of links.
#[derive(Debug, Clone, Default)]
pub struct FooterColumn<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Its links.
    pub links: Vec<FooterLink<'a>>,
    /// In how many columns they stand; 0 for one.
    pub columns: u8,
    /// How wide it is, as in `govuk-grid-column-…`; the whole width unless said.
    pub width: &'a str,
}

/// A link.
#[derive(Debug, Clone, Default)]
pub struct FooterLink<'a> {
    /// What it says.
    pub text: Html,
    /// Where it leads.
    pub href: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// A line of links.
#[derive(Debug, Clone, Default)]
pub struct Meta<'a> {
    /// Its heading, which is only heard; "Support links" unless said.
    pub title: &'a str,
    /// The links.
    pub links: Vec<FooterLink<'a>>,
    /// What follows.
    pub content: Html,
}

/// Under which licence the content is.
#[derive(Debug, Clone, Default)]
pub enum Licence {
    /// The Open Government Licence, as a sentence.
    #[default]
    OpenGovernment,
    /// Another, in words.
    Other(Html),
    /// Nothing is said.
    Unsaid,
}

impl Component for Footer<'_> {
    fn html(&self, language: Language) -> Html {
        let columns = || {
            let columns = self.columns.iter().map(FooterColumn::html);
            Html::from(el("div").class("govuk-footer__navigation").children(columns))
                .then(el("hr").class("govuk-footer__section-break"))
        };
        let container = el("div")
            .class("govuk-width-container")
            .class(self.container_classes)
            .child_if(self.crown, || logo::crown("govuk-footer__crown"))
            .child_if(!self.columns.is_empty(), columns)
            .child(self.last_line(language));
        el("div").class("govuk-footer").class(self.classes).attrs(&self.attributes).child(container).into()
    }
}

impl Footer<'_> {
    fn last_line(&self, language: Language) -> Html {
        let grown = el("div")
            .class("govuk-footer__meta-item govuk-footer__meta-item--grow")
            .children(self.meta.as_ref().map(|meta| meta.html(language)))
            .child_if(self.crown, || self.licence.html(language));
        let copyright = || {
            let link = el("a").class("govuk-footer__link govuk-footer__copyright-logo").attr("href", COPYRIGHT);
            let text = self.copyright.or(|| wording::crown_copyright(language).into());
            el("div").class("govuk-footer__meta-item").child(link.child(text))
        };
        el("div").class("govuk-footer__meta").child(grown).child_if(self.crown, copyright).into()
    }
}

impl FooterColumn<'_> {
    fn html(&self) -> Html {
        let list = || {
            let list = el("ul").class("govuk-footer__list");
            let list = list.class_if(self.columns > 0, &format!("govuk-footer__list--columns-{}", self.columns));
            list.children(self.links.iter().map(|link| link.html("govuk-footer__list-item")))
        };
        el("div")
            .class("govuk-footer__section")
            .class(&format!("govuk-grid-column-{}", super::first(&[self.width, "full"])))
            .child(el("h2").class("govuk-footer__heading govuk-heading-m").child(self.title))
            .child_if(!self.links.is_empty(), list)
            .into()
    }
}

impl FooterLink<'_> {
    fn html(&self, item: &str) -> Html {
        let link = el("a").class("govuk-footer__link").attr("href", self.href).attrs(&self.attributes);
        el("li").class(item).child(link.child(&self.text)).into()
    }
}

impl Meta<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::support_links(language);
        let heading = el("h2").class("govuk-visually-hidden").child(super::first(&[self.title, own.as_str()]));
        let links = self.links.iter().map(|link| link.html("govuk-footer__inline-list-item"));
        let links: Html = if self.links.is_empty() {
            Html::NONE
        } else {
            el("ul").class("govuk-footer__inline-list").children(links).into()
        };
        let html = Html::from(heading).then(links);
        if self.content.is_empty() {
            return html;
        }
        html.then(el("div").class("govuk-footer__meta-custom").child(&self.content))
    }
}

impl Licence {
    fn html(&self, language: Language) -> Html {
        let words = match self {
            Licence::Unsaid => return Html::NONE,
            Licence::Other(words) => words.clone(),
            Licence::OpenGovernment => {
                let link = el("a").class("govuk-footer__link").attr("href", LICENCE).attr("rel", "license");
                Html::from(wording::licence_before(language))
                    .then(space())
                    .then(link.child(wording::licence_name(language)))
                    .then(wording::licence_after(language))
            }
        };
        let mark = el("svg")
            .attr("aria-hidden", "true")
            .attr("focusable", "false")
            .class("govuk-footer__licence-logo")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr("viewBox", "0 0 483.2 195.7")
            .attr("height", 17)
            .attr("width", 41)
            .child(el("path").attr("fill", "currentColor").attr("d", MARK));
        Html::from(mark).then(el("span").class("govuk-footer__licence-description").child(words))
    }
}

/// The Open Government Licence's mark.
const MARK: &str = "M421.5 142.8V.1l-50.7 32.3v161.1h112.4v-50.7zm-122.3-9.6A47.12 47.12 0 0 1 221 97.8c0-26 21.1-47.1 47.1-47.1 16.7 0 31.4 8.7 39.7 21.8l42.7-27.2A97.63 97.63 0 0 0 268.1 0c-36.5 0-68.3 20.1-85.1 49.7A98 98 0 0 0 97.8 0C43.9 0 0 43.9 0 97.8s43.9 97.8 97.8 97.8c36.5 0 68.3-20.1 85.1-49.7a97.76 97.76 0 0 0 149.6 25.4l19.4 22.2h3v-87.8h-80l24.3 27.5zM97.8 145c-26 0-47.1-21.1-47.1-47.1s21.1-47.1 47.1-47.1 47.2 21 47.2 47S123.8 145 97.8 145";

//! Exit this page: leaves at once for a page that gives nothing away.
//!
//! Not for pages that are nobody's secret.
//! Invariants: without a script it is a link; the page it leads to learns nothing of ours.

use super::{Button, Component, Translations, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// Where it leads unless told otherwise.
const WEATHER: &str = "https://www.bbc.co.uk/weather";

/// A way out.
#[derive(Debug, Clone, Default)]
pub struct ExitThisPage<'a> {
    /// What it says, if not "Exit this page".
    pub text: Html,
    /// Where it leads, if not to the weather.
    pub href: &'a str,
    /// Its id.
    pub id: &'a str,
    /// What the script says.
    pub translations: Translations<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for ExitThisPage<'_> {
    fn html(&self, language: Language) -> Html {
        let own = || {
            let hidden = el("span").class("govuk-visually-hidden").child(wording::emergency(language));
            Html::from(hidden).then(crate::html::space()).then(wording::exit_this_page(language))
        };
        let button = Button {
            text: self.text.or(own),
            href: first(&[self.href, WEATHER]),
            classes: "govuk-button--warning govuk-exit-this-page__button govuk-js-exit-this-page-button",
            attributes: vec![("rel", "nofollow noreferrer")],
            ..Button::default()
        };
        let root = el("div")
            .attr_unless_empty("id", self.id)
            .class("govuk-exit-this-page")
            .class(self.classes)
            .attr("data-module", "govuk-exit-this-page")
            .attrs(&self.attributes);
        let root = self.translations.iter().fold(root, |root, (key, text)| root.attr(key, text));
        root.child(button.html(language)).into()
    }
}

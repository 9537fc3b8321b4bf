//! What is kept of a person's case, as that person sees it: a part of the page of their case.
//!
//! Not who sees it.
//! Invariant: nothing here can be done, and no link leads to a page of staff's.

use super::Certificate;
use crate::Html;
use crate::access::paragraph;
use crate::cases::Happened;
use crate::components::{Component as _, Details};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// One recording at the office.
#[derive(Debug)]
pub struct OwnThing {
    /// Which.
    pub number: Words,
    /// Until when it is kept, or what became of it.
    pub stands: Words,
    /// Its certificate, once it is destroyed.
    pub certificate: Option<Certificate>,
    /// What was done with it, the newest first.
    pub history: Vec<Happened>,
}

/// All of them; nothing where there are none.
pub(crate) fn own(language: Language, things: &[OwnThing]) -> Html {
    if things.is_empty() {
        return Html::NONE;
    }
    let title = el("h2").class("govuk-heading-m").attr("id", "kept").child(wording::me_kept(language));
    Html::from(title).then(things.iter().map(|thing| thing.html(language)).collect::<Html>())
}

impl OwnThing {
    fn html(&self, language: Language) -> Html {
        let events = self.history.iter().map(|happened| happened.html(language));
        let events = el("ol").class("govuk-list").flag("reversed", true).children(events);
        let details = Details {
            summary: wording::me_kept_what(language).into(),
            content: events.into(),
            open: true,
            ..Details::default()
        };
        let certificate = self.certificate.as_ref().map(|certificate| {
            let link = el("a").class("govuk-link").attr("href", &certificate.text_href);
            let link = link.child(wording::me_kept_certificate(language));
            paragraph(certificate.logged.clone()).child(". ").child(link)
        });
        Html::from(el("h3").class("govuk-heading-s").child(self.number.clone()))
            .then(paragraph(self.stands.clone()))
            .then(certificate.map_or(Html::NONE, Html::from))
            .then(details.html(language))
    }
}

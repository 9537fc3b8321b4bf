//! One thing that is kept: where it stands and what is next, what it is, what holds it, what is proposed, its certificate, what can be done, what happened.
//!
//! Not what of it somebody may see, which is decided before it comes here. Invariants: where it stands says by which rule; words that can no longer be read are said to be so; what is
//! approved is shown as it is signed, line by line.

use crate::Html;
use crate::access::{heading, paragraph};
use crate::cases::{Colour, Frame, Happened, Known, small, tag};
use crate::components::{Component as _, NotificationBanner, Prose};
use crate::html::el;
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct One<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// Its id.
    pub id: &'a str,
    /// What kind of thing it is.
    pub kind: &'a str,
    /// Where it stands, and the tag's colour.
    pub state: (Words, Colour),
    /// What did not go as it should.
    pub notes: Option<Words>,
    /// What is next.
    pub next: Words,
    /// The rules by which it is so, each a clause with its source.
    pub clauses: Vec<String>,
    /// What it is, what holds it, what is proposed.
    pub parts: Vec<Known>,
    /// Exactly what is proposed to be destroyed, line by line; nothing where nothing is.
    pub subject: &'a str,
    /// Its certificate, once it is destroyed.
    pub certificate: Option<Certificate>,
    /// What whoever looks may do: its title and where.
    pub acts: Vec<(Words, String)>,
    /// What happened, the newest first.
    pub history: Vec<Happened>,
}

/// Where a certificate is read.
#[derive(Debug)]
pub struct Certificate {
    /// As text.
    pub text_href: String,
    /// As JSON.
    pub json_href: String,
    /// Where it stands in the log.
    pub logged: Words,
}

impl One<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = Words::said(language, self.kind.to_owned());
        let notes = self.notes.clone().map(|words| {
            let content = Prose::Line(words.into());
            NotificationBanner { content, ..NotificationBanner::default() }.html(language)
        });
        let caption = el("span")
            .class("govuk-caption-l govuk-!-text-break-word")
            .child(wording::thing_caption(language, self.id));
        let body = notes
            .unwrap_or_default()
            .then(caption)
            .then(heading(&title))
            .then(el("p").class("govuk-body").child(tag(language, &self.state)))
            .then(h2(wording::thing_next(language), "next"))
            .then(paragraph(self.next.clone()))
            .then(small(&self.clauses, |clauses| wording::thing_rule(language, clauses)))
            .then(self.parts.iter().map(|part| part.html(language)).collect::<Html>())
            .then(self.subject(language))
            .then(self.certificate(language))
            .then(self.acts(language))
            .then(h2(wording::thing_history(language), "history"))
            .then(
                el("ol")
                    .class("govuk-list")
                    .flag("reversed", true)
                    .children(self.history.iter().map(|happened| happened.html(language))),
            );
        self.frame.document(&title, &Vec::new(), false, body)
    }

    fn subject(&self, language: Language) -> Html {
        if self.subject.is_empty() {
            return Html::NONE;
        }
        h2(wording::thing_part_proposed(language), "proposed").then(exactly(self.subject))
    }

    fn certificate(&self, language: Language) -> Html {
        let Some(certificate) = &self.certificate else { return Html::NONE };
        let link = |href: &String, words| el("li").child(el("a").class("govuk-link").attr("href", href).child(words));
        let links = [
            link(&certificate.text_href, wording::thing_certificate_text(language)),
            link(&certificate.json_href, wording::thing_certificate_json(language)),
        ];
        h2(wording::thing_part_certificate(language), "certificate")
            .then(paragraph(certificate.logged.clone()))
            .then(el("ul").class("govuk-list").children(links))
    }

    fn acts(&self, language: Language) -> Html {
        let title = h2(wording::thing_acts(language), "acts");
        if self.acts.is_empty() {
            return title.then(paragraph(wording::thing_acts_none(language)));
        }
        let link = |(words, href): &(Words, String)| {
            el("li").child(el("a").class("govuk-link").attr("href", href).child(words.clone()))
        };
        title.then(el("ul").class("govuk-list govuk-list--spaced").children(self.acts.iter().map(link)))
    }
}

/// A text as it is signed, line by line.
pub(crate) fn exactly(text: &str) -> Html {
    let lines = text.lines().map(|line| Html::from(el("div").child(line)));
    el("div").class("govuk-inset-text govuk-!-text-break-word govuk-!-font-size-16").children(lines).into()
}

fn h2(words: Words, id: &'static str) -> Html {
    el("h2").class("govuk-heading-m").attr("id", id).child(words).into()
}

/// A page that says of a thing that it was not found, or is not theirs to see: the same of both.
pub fn gone(frame: &Frame<'_>) -> String {
    let title = wording::thing_gone(frame.language);
    let body = Html::from(heading(&title)).then(paragraph(wording::thing_gone_why(frame.language)));
    frame.document(&title, &Vec::new(), false, body)
}

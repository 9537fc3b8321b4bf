//! The page of a meeting while it is held: how the recorder stands, what is to be done, who is in the room, what can be done, the copy words.
//!
//! Not the whole case (`one.rs`), nor what may be done. Invariants: it is read from across a table; what is live is one part of it that can be asked for by itself; without a script that part is as old
//! as the page, and a link shows it anew.

use super::one::{Known, Next, tasks};
use super::{Frame, list::Colour};
use crate::access::{heading, paragraph};
use crate::components::{Component as _, NotificationBanner, Prose};
use crate::html::el;
use crate::wording::{self, Language, Words};
use crate::{Html, assets};

/// The page.
#[derive(Debug)]
pub struct RoomPage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// The case's reference.
    pub reference: &'a str,
    /// Where it is, as people call it.
    pub place: String,
    /// What did not go as it should.
    pub notes: Option<Words>,
    /// How the recorder stands.
    pub live: Live,
    /// Where that is asked for by itself; nowhere where nothing is recorded.
    pub live_href: &'a str,
    /// The page itself, for whoever has no script.
    pub here: &'a str,
    /// What is still to be done in the room, in order.
    pub next: Vec<Next<'a>>,
    /// Who is in the room, and whether each agreed.
    pub present: Known,
    /// What can be done now: its title, where, and whether it is what the meeting goes on with.
    pub acts: Vec<(Words, String, bool)>,
}

/// How the recorder stands.
#[derive(Debug)]
pub struct Live {
    /// A word for how it stands: where that changes something else can be done.
    pub state: String,
    /// What is known of it.
    pub facts: Known,
    /// Copy words of each recording that is over, to be read out: of which, the words, the same as digits.
    pub words: Vec<(Words, String, String)>,
}

impl RoomPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::room_title(language, self.reference);
        let notes = self.notes.clone().map(|words| {
            let content = Prose::Line(words.into());
            NotificationBanner { content, ..NotificationBanner::default() }.html(language)
        });
        let lost = el("p").class("govuk-body govuk-!-font-weight-bold").attr("data-live-lost", "").flag("hidden", true);
        let live = el("div").attr_unless_empty("data-live", self.live_href);
        let again = el("a").class("govuk-link").attr("href", self.here).child(wording::room_again(language));
        let body = notes
            .unwrap_or_default()
            .then(el("span").class("govuk-caption-l").child(self.place.as_str()))
            .then(heading(&title))
            .then(live.child(self.live.html(language)))
            .then(lost.attr("role", "alert").child(wording::room_lost(language)))
            .then(el("p").class("govuk-body").child(again))
            .then(self.acts(language))
            .then(el("h2").class("govuk-heading-m").attr("id", "next").child(wording::case_next(language)))
            .then(if self.next.is_empty() {
                paragraph(wording::case_next_none(language)).into()
            } else {
                tasks(language, &self.next)
            })
            .then(self.present.html(language))
            .then(el("script").attr("type", "module").attr("src", assets::path("room.js")));
        self.frame.document(&title, &Vec::new(), false, body)
    }

    fn acts(&self, language: Language) -> Html {
        let button = |(words, href, is_main): &(Words, String, bool)| {
            crate::components::Button {
                text: words.clone().into(),
                href,
                classes: if *is_main { "" } else { "govuk-button--secondary" },
                ..crate::components::Button::default()
            }
            .html(language)
        };
        el("div").class("govuk-button-group").children(self.acts.iter().map(button)).into()
    }
}

impl Live {
    /// The part by itself.
    pub fn html(&self, language: Language) -> Html {
        let words = self.words.iter().map(|(of, words, digits)| {
            Html::from(el("h2").class("govuk-heading-m").child(of.clone()))
                .then(el("p").class("govuk-body room__words").child(words.as_str()))
                .then(el("p").class("govuk-body").child(digits.as_str()))
        });
        let facts = if self.facts.facts.is_empty() { Html::NONE } else { self.facts.html(language) };
        let facts = facts.then(words.collect::<Html>());
        el("div").attr("data-state", self.state.as_str()).child(facts).into()
    }
}

/// Whether somebody agreed, as a tag.
pub fn agreed(language: Language, agreed: Option<bool>) -> (Words, Colour) {
    match agreed {
        Some(true) => (wording::room_agreed(language), Colour::Green),
        Some(false) => (wording::room_not_agreed(language), Colour::Red),
        None => (wording::room_not_asked(language), Colour::Yellow),
    }
}

//! The page on which somebody listens, or takes what is no recording: for what, from when to when, and the sound by its own address.
//!
//! Not the sound.
//! Invariants: nothing plays before somebody presses; without a script, and where a browser has no player, the file can be taken.

use crate::Html;
use crate::access::{heading, paragraph};
use crate::cases::Frame;
use crate::html::el;
use crate::wording::{self, Words};

/// The page.
#[derive(Debug)]
pub struct Listening<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// What kind of thing it is.
    pub kind: &'a str,
    /// For what they listen, and since when that is on the record.
    pub why: Words,
    /// Which stretch of it.
    pub stretch: Words,
    /// Where it is; nothing that is no sound is played.
    pub sound: &'a str,
    /// Whether it is a recording.
    pub is_sound: bool,
}

impl Listening<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::thing_listening(language);
        let link = || {
            let words = wording::thing_listening_file(language);
            el("a").class("govuk-link").attr("href", self.sound).attr("download", "").child(words)
        };
        let player = el("audio")
            .attr("controls", "")
            .attr("preload", "metadata")
            .attr("src", self.sound)
            .attr("aria-label", wording::thing_listening(language).as_str())
            .child(wording::thing_listening_no_player(language));
        let player = self.is_sound.then(|| el("p").class("govuk-body").child(player));
        let body = Html::from(el("span").class("govuk-caption-l").child(self.kind))
            .then(heading(&title))
            .then(paragraph(self.why.clone()))
            .then(paragraph(self.stretch.clone()))
            .then(player.map_or(Html::NONE, Html::from))
            .then(el("p").class("govuk-body").child(link()))
            .then(paragraph(wording::thing_listening_words(language)));
        self.frame.document(&title, &Vec::new(), false, body)
    }
}

/// What is said where it cannot be heard any longer: `again` is where somebody says once more why they listen; none where it is empty.
pub fn over(frame: &Frame<'_>, again: &str) -> String {
    let language = frame.language;
    let title = wording::thing_listening_over(language);
    let link = el("a").class("govuk-link").attr("href", again).child(wording::thing_listening_again(language));
    let link = (!again.is_empty()).then(|| Html::from(el("p").class("govuk-body").child(link)));
    let body = Html::from(heading(&title))
        .then(paragraph(wording::thing_listening_over_why(language)))
        .then(link.unwrap_or_default());
    frame.document(&title, &Vec::new(), false, body)
}

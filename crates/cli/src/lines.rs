//! A recording shown in lines: alarms always, progress on a terminal; or everything, a line a change, for a screen reader.
//!
//! Not the screen (`screen/`). Invariants: an alarm is a line of its own that begins with `ALARM:`, whatever standard error is, and its end one
//! that begins with `ALARM over:`; progress is drawn only on a terminal and gone before any other line; plain lines never move a cursor.

use std::io::IsTerminal;
use std::sync::mpsc::Receiver;

use recorder::observe::{Alarm, AnchorProgress, EventNote, Progress};

use crate::bell::Bell;
use crate::error::without_number;
use crate::screen::driver::{Driver, Wish};
use crate::screen::model::{Model, copy_words, event_words, level_word};
use crate::time::Moment;
use crate::watcher::{News, Shared};
use crate::{out, signals, text};

/// What plain lines say of their keys.
const PLAIN_KEYS: &str =
    "keys, each with Enter: p pause or resume, m marker, e TEXT entrant, f finish, s how it stands";

/// An alarm in plain words, on one line.
pub(crate) fn shown(alarm: &Alarm) -> String {
    text::visible(&without_number(&alarm.to_string()))
}

/// Says that so many alarms had no place.
pub(crate) fn untold_words(untold: u64) -> String {
    format!("ALARM: {} could not be shown", text::count(untold, "more alarm"))
}

/// Alarms, and a line of progress with that behind it. Enter lets go of the pace where `skips`.
pub(crate) fn show(heard: &Receiver<News>, shared: &Shared, keys: &'static str, mut bell: Bell) {
    let mut line = out::Progress::new();
    let mut driver = Driver::default();
    for news in heard {
        let untold = shared.took(&news);
        match news {
            News::Alarm(alarm) => {
                line.clear();
                out::notice(&format!("ALARM: {}", shown(&alarm)));
                bell.ring(&alarm);
            }
            News::Cleared(alarm) => {
                line.clear();
                out::notice(&format!("ALARM over: {}", shown(&alarm)));
                bell.clear(&alarm);
            }
            News::Progress(progress) => {
                bell.remind();
                line.show(|| progress_words(&progress, keys));
            }
            News::Remark(words) => {
                line.clear();
                out::notice(&words);
            }
            News::Started(handles) => driver.take(handles),
            News::Typed(_) => driver.skip_ahead(),
            News::Suspending => {
                line.clear();
                out::notice(signals::NOT_SUSPENDED);
            }
            News::Event(_) | News::Levels(_) => {}
            News::Clear(done) => {
                line.clear();
                // Whoever asked may have gone on.
                let _ = done.try_send(());
            }
        }
        if untold > 0 {
            line.clear();
            out::notice(&untold_words(untold));
        }
    }
}

fn progress_words(progress: &Progress, keys: &str) -> String {
    let at = Moment::of_samples(progress.position / u64::from(progress.rate_hz.max(1)), 1);
    let paused = if progress.paused { ", paused" } else { "" };
    let lost = match progress.copies.iter().filter(|copy| copy.lost.is_some()).count() {
        0 => String::new(),
        1 => ", one copy LOST".to_owned(),
        n => format!(", {n} copies LOST"),
    };
    let anchored = progress.anchored.as_ref().map(|anchored| format!(", {}", shown_anchors(anchored)));
    format!("recording {at}{paused}{lost}{}{keys}", anchored.unwrap_or_default())
}

/// How it is anchored, on one line.
pub(crate) fn shown_anchors(anchored: &AnchorProgress) -> String {
    text::visible(&anchored.to_string())
}

/// Everything that changes, a line each, and keys as lines.
pub(crate) fn show_plain(heard: &Receiver<News>, shared: &Shared, mut bell: Bell) {
    let mut plain = Plain::default();
    for news in heard {
        let untold = shared.took(&news);
        match &news {
            News::Alarm(alarm) => {
                out::notice(&format!("ALARM: {}", shown(alarm)));
                bell.ring(alarm);
            }
            News::Cleared(alarm) => {
                out::notice(&format!("ALARM over: {}", shown(alarm)));
                bell.clear(alarm);
            }
            News::Progress(progress) => {
                bell.remind();
                plain.anchors(progress);
            }
            News::Remark(words) => out::notice(words),
            News::Event(event) => plain.event(event),
            News::Typed(line) => plain.typed(line),
            News::Started(_) => out::notice(&format!("recording; {PLAIN_KEYS}")),
            News::Suspending => out::notice(signals::NOT_SUSPENDED),
            News::Levels(_) | News::Clear(_) => {}
        }
        plain.driver.answers().for_each(|answer| out::notice(&answer));
        match news {
            News::Started(handles) => plain.driver.take(handles),
            News::Clear(done) => drop(done.try_send(())),
            news => plain.model.take(&news),
        }
        if untold > 0 {
            out::notice(&untold_words(untold));
        }
    }
}

#[derive(Default)]
struct Plain {
    model: Model,
    driver: Driver,
    /// Finishing was asked for, and waits for a yes.
    asked_to_finish: bool,
    /// Whether it was anchored, and whether it was too long ago, when it was last said.
    anchored: Option<(bool, bool)>,
}

impl Plain {
    fn event(&self, event: &EventNote) {
        out::notice(&event_words(event, self.model.rate_hz()));
    }

    /// Says so when anchoring begins, falls behind or catches up.
    fn anchors(&mut self, progress: &Progress) {
        let Some(anchored) = &progress.anchored else { return };
        let now = Some((anchored.anchors > 0, anchored.is_late));
        if self.anchored != now && now != Some((false, false)) {
            out::notice(&shown_anchors(anchored));
        }
        self.anchored = now;
    }

    fn typed(&mut self, line: &str) {
        let line = line.trim();
        let (key, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if std::mem::take(&mut self.asked_to_finish) {
            let yes = matches!(key, "y" | "yes");
            out::notice(if yes { "finishing" } else { "going on" });
            if yes {
                self.driver.wish(Wish::Finish);
            }
            return;
        }
        match key {
            "" => self.driver.skip_ahead(),
            "p" => self.driver.wish(if self.model.is_paused() { Wish::Resume } else { Wish::Pause }),
            "m" => self.driver.wish(Wish::Mark(rest.trim().to_owned())),
            "e" => self.driver.wish(Wish::Entrant(rest.trim().to_owned())),
            "f" => {
                self.asked_to_finish = true;
                out::notice("finish the recording? y and Enter for yes");
            }
            "s" => self.stands(),
            _ => out::notice(PLAIN_KEYS),
        }
    }

    /// How it stands, in lines.
    fn stands(&self) {
        out::notice(&format!("{} {}", self.model.state_word(), self.model.time()));
        for (at, level) in self.model.levels().iter().enumerate() {
            out::notice(&format!("track {}: {}, {:.0} dB", at + 1, level_word(level), level.rms_dbfs));
        }
        for (at, copy) in self.model.copies().iter().enumerate() {
            out::notice(&format!(
                "copy {}: {}: {}",
                at + 1,
                text::path(&copy.folder),
                copy_words(copy, self.model.alarms())
            ));
        }
        if let Some(anchored) = self.model.anchored() {
            out::notice(&format!("log: {}", shown_anchors(anchored)));
        }
        for alarm in self.model.alarms() {
            out::notice(&format!("standing ALARM: {}", shown(alarm)));
        }
    }
}

/// Whether standard error shows to a person who can be rung for.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_says_why_without_the_number_of_the_error() {
        let why = format!("writing: {}", std::io::Error::from_raw_os_error(5));
        let alarm = Alarm::CopyLost { folder: "a\nb".into(), why };
        assert_eq!(shown(&alarm), "copy lost: a\\u{a}b: writing: Input/output error");
    }
}

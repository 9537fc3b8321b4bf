//! What is known of a running recording, to be shown in whatever way, and the words for it.
//!
//! Not how it looks (`draw.rs`, `lines.rs`). Invariants: every level and every state has a word; nothing of it comes from anywhere
//! but the recording's own news; memory is bounded.

use recorder::observe::{Alarm, AnchorProgress, CopyProgress, EventNote, Progress, Stretch};

use crate::error::without_number;
use crate::lines::{shown, untold_words};
use crate::time::Moment;
use crate::watcher::News;
use crate::{signals, text};

/// Lines about alarms that are told again when the screen is gone.
const TOLD_MAX: usize = 100;

/// A recording as it stands.
#[derive(Debug, Default)]
pub(crate) struct Model {
    progress: Option<Progress>,
    levels: Vec<Stretch>,
    alarms: Vec<Alarm>,
    /// The last event, or the last answer to a key.
    last: Option<String>,
    is_finishing: bool,
    told: Vec<String>,
    untold: u64,
}

impl Model {
    pub(crate) fn take(&mut self, news: &News) {
        match news {
            News::Alarm(alarm) => {
                self.alarms.push(alarm.clone());
                // What costs sound stands first: on a small screen there is room for few.
                self.alarms.sort_by_key(|alarm| !alarm.costs_sound());
                self.tell("ALARM:", alarm);
            }
            News::Cleared(alarm) => {
                self.alarms.retain(|standing| !standing.is_same(alarm));
                self.tell("ALARM over:", alarm);
            }
            News::Event(event) => self.last = Some(event_words(event, self.rate_hz())),
            News::Progress(progress) => self.progress = Some(progress.clone()),
            News::Levels(levels) => self.levels.clone_from(levels),
            News::Remark(words) => self.last = Some(words.clone()),
            News::Suspending => self.last = Some(signals::NOT_SUSPENDED.to_owned()),
            News::Started(_) | News::Typed(_) | News::Clear(_) => {}
        }
    }

    fn tell(&mut self, what: &str, alarm: &Alarm) {
        if self.told.len() < TOLD_MAX {
            self.told.push(format!("{what} {} (at {})", shown(alarm), self.time()));
        } else {
            self.untold += 1;
        }
    }

    /// Answers a key.
    pub(crate) fn say(&mut self, words: String) {
        self.last = Some(words);
    }

    /// The recording is being ended.
    pub(crate) fn finishing(&mut self) {
        self.is_finishing = true;
    }

    /// What is told again when the screen is gone.
    pub(crate) fn into_told(mut self) -> Vec<String> {
        if self.untold > 0 {
            self.told.push(untold_words(self.untold));
        }
        self.told
    }

    pub(crate) fn rate_hz(&self) -> u32 {
        self.progress.as_ref().map_or(0, |progress| progress.rate_hz)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.paused)
    }

    /// How long the recording is, to the second.
    pub(crate) fn time(&self) -> String {
        let seconds =
            self.progress.as_ref().map_or(0, |progress| progress.position / u64::from(progress.rate_hz.max(1)));
        format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    pub(crate) fn state_word(&self) -> &'static str {
        match &self.progress {
            _ if self.is_finishing => "FINISHING",
            None => "STARTING",
            Some(progress) if progress.paused => "PAUSED",
            Some(_) => "RECORDING",
        }
    }

    pub(crate) fn levels(&self) -> &[Stretch] {
        &self.levels
    }

    pub(crate) fn copies(&self) -> &[CopyProgress] {
        self.progress.as_ref().map_or(&[], |progress| &progress.copies)
    }

    /// How it is anchored, if it is to be.
    pub(crate) fn anchored(&self) -> Option<&AnchorProgress> {
        self.progress.as_ref()?.anchored.as_ref()
    }

    pub(crate) fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    pub(crate) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

/// The word for how loud a track is.
pub(crate) fn level_word(level: &Stretch) -> &'static str {
    match (level.clips, level.peak_dbfs, level.rms_dbfs) {
        (1.., ..) => "TOO LOUD",
        (_, -3.0.., _) => "loud",
        (.., -40.0..) => "good",
        (.., -60.0..) => "quiet",
        (.., -84.0..) => "faint",
        _ => "SILENT",
    }
}

/// How a copy is.
pub(crate) fn copy_words(copy: &CopyProgress, alarms: &[Alarm]) -> String {
    if let Some(why) = &copy.lost {
        return format!("LOST: {}", text::visible(&without_number(why)));
    }
    let stands = |kind: &str| alarms.iter().any(|alarm| alarm.kind() == kind && alarm.folder() == Some(&copy.folder));
    let free =
        copy.free_bytes.map_or_else(|| "free space not known yet".to_owned(), |bytes| format!("{} free", size(bytes)));
    match (stands("copy-lags"), stands("copy-fills")) {
        (true, _) => format!("SLOW, {} wait, {free}", size(copy.lag_bytes as u64)),
        (false, true) => format!("NEARLY FULL, {free}"),
        (false, false) => format!("ok, {free}"),
    }
}

/// A number of bytes for a person.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// An event in one line.
pub(crate) fn event_words(event: &EventNote, rate_hz: u32) -> String {
    let at = Moment::of_samples(event.first / u64::from(rate_hz.max(1)), 1);
    let words = ["reason", "what", "why"].iter().find_map(|field| event.body.value(field));
    let words = words.map_or_else(String::new, |words| format!(": {}", text::visible(words)));
    let long = match event.count {
        0 => String::new(),
        count => format!(" of {:.1} s", count as f64 / f64::from(rate_hz.max(1))),
    };
    format!("{at} {}{long}{words}", event.kind.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(rms_dbfs: f32, peak_dbfs: f32, clips: u32) -> Stretch {
        Stretch { peak_dbfs, rms_dbfs, is_flat: false, clips }
    }

    #[test]
    fn every_level_has_a_word() {
        for (rms, peak, clips, word) in [
            (-20.0, -8.0, 0, "good"),
            (-20.0, 0.0, 2, "TOO LOUD"),
            (-10.0, -1.0, 0, "loud"),
            (-45.0, -30.0, 0, "quiet"),
            (-70.0, -60.0, 0, "faint"),
            (-144.0, -144.0, 0, "SILENT"),
        ] {
            assert_eq!(level_word(&level(rms, peak, clips)), word);
        }
    }

    #[test]
    fn what_costs_sound_stands_first() {
        let mut model = Model::default();
        let [drift, gone] = [Alarm::Drift { millis: 200 }, Alarm::SourceGone { why: "unplugged".into() }];
        model.take(&News::Alarm(drift.clone()));
        model.take(&News::Alarm(gone.clone()));
        assert!(model.alarms()[0].is_same(&gone) && model.alarms()[1].is_same(&drift));
    }

    #[test]
    fn sizes_read_well() {
        for (bytes, words) in [(0, "0 kB"), (1_500, "2 kB"), (64 << 20, "67 MB"), (12_340_000_000, "12.3 GB")] {
            assert_eq!(size(bytes), words);
        }
    }
}

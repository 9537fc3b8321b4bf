//! How a recording looks on a terminal of any size: state and time, alarms, a bar a track, the copies, the last event,
//! the keys.
//!
//! Not what is known (`model.rs`). Invariants: no colour carries a meaning, because there is none: words, symbols and
//! reversed lines do; what does not fit is left out from the least important on, alarms and time last.

use ratatui::Frame;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use recorder::observe::Stretch;

use super::keys::{Asking, Keys};
use super::large;
use super::model::{Model, copy_words, level_word};
use crate::lines::{shown, shown_anchors};
use crate::text;

/// The quietest level that a bar shows.
const BAR_FROM_DBFS: f32 = -66.0;
/// The longest bar, in characters.
const BAR_MAX: usize = 60;
/// Alarms that are shown at once; of more their number is.
const ALARMS_MAX: usize = 4;

/// A line, and how soon it is left out: the higher, the sooner.
type Ranked = (u8, Line<'static>);

const ALARM: u8 = 0;
const TIME: u8 = 1;
const QUESTION: u8 = 2;
const LEVELS: u8 = 3;
const COPIES: u8 = 4;
const KEYS: u8 = 5;
const LAST: u8 = 6;
const SPACE: u8 = 7;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, keys: &Keys) {
    let area = frame.area();
    let lines = fitted(ranked(model, keys, area.width.into(), area.height.into()), area.height.into());
    frame.render_widget(Paragraph::new(lines), area);
}

fn ranked(model: &Model, keys: &Keys, width: usize, height: usize) -> Vec<Ranked> {
    let mut lines = Vec::new();
    if keys.is_large() {
        large_head(&mut lines, model, width, height);
    } else {
        let head = format!(" {} {}  {}", symbol(model), model.state_word(), model.time());
        lines.push((TIME, Line::styled(head, bold())));
        lines.push((SPACE, Line::default()));
    }
    alarms(&mut lines, model, width);
    for (at, level) in model.levels().iter().enumerate() {
        let repeated = if keys.is_large() && height >= 20 { 2 } else { 1 };
        for row in 0..repeated {
            lines.push((if row == 0 { LEVELS } else { SPACE }, bar(at + 1, level, width, row == 0)));
        }
    }
    lines.push((SPACE, Line::default()));
    for (at, copy) in model.copies().iter().enumerate() {
        let words = copy_words(copy, model.alarms());
        let style = if words.starts_with("ok") { Style::new() } else { bold() };
        let name = format!(" copy {}  ", at + 1);
        let room = width.saturating_sub(name.chars().count() + words.chars().count() + 2);
        let folder = shortened(&text::path(&copy.folder), room);
        let gap = if folder.is_empty() { "" } else { "  " };
        lines.push((COPIES, Line::styled(format!("{name}{words}{gap}{folder}"), style)));
    }
    if let Some(anchored) = model.anchored() {
        let style = if anchored.is_late { bold() } else { Style::new() };
        lines.push((COPIES, Line::styled(shortened(&format!(" log     {}", shown_anchors(anchored)), width), style)));
    }
    lines.push((SPACE, Line::default()));
    if let Some(last) = model.last() {
        // In full where there is room: what the check before found is nowhere else to be read.
        for (at, words) in wrapped(last, " ", width.saturating_sub(10)).into_iter().enumerate() {
            let (rank, name) = if at == 0 { (LAST, "last") } else { (SPACE, "") };
            lines.push((rank, Line::raw(shortened(&format!(" {name:<8}{words}"), width))));
        }
        lines.push((SPACE, Line::default()));
    }
    foot(&mut lines, model, keys, width);
    lines
}

fn large_head(lines: &mut Vec<Ranked>, model: &Model, width: usize, height: usize) {
    let word = if model.alarms().is_empty() { large_word(model) } else { "ALARM" };
    let both = format!("{word} {}", model.time());
    // One row of large letters where it fits, two where there is room for them, small ones otherwise.
    let rows: Vec<&str> = match () {
        () if large::width(&both) < width => vec![&both],
        () if large::width(model.time().as_str()) < width && height >= 24 => {
            vec![word, both.split_once(' ').map_or("", |b| b.1)]
        }
        () => Vec::new(),
    };
    for row in &rows {
        let Some(drawn) = large::drawn(row) else { break };
        lines.extend(drawn.into_iter().map(|line| (TIME, Line::styled(format!(" {line}"), bold()))));
        lines.push((SPACE, Line::default()));
    }
    if rows.is_empty() {
        lines
            .push((TIME, Line::styled(format!(" {} {}  {}", symbol(model), model.state_word(), model.time()), bold())));
    }
}

fn large_word(model: &Model) -> &'static str {
    match model.state_word() {
        "PAUSED" => "PAUSE",
        "FINISHING" => "END",
        _ => "REC",
    }
}

fn symbol(model: &Model) -> &'static str {
    match model.state_word() {
        _ if !model.alarms().is_empty() => "!!",
        "PAUSED" => "||",
        "FINISHING" => "[]",
        _ => "(*)",
    }
}

fn alarms(lines: &mut Vec<Ranked>, model: &Model, width: usize) {
    for alarm in model.alarms().iter().take(ALARMS_MAX) {
        let rows = wrapped(&format!("!! ALARM: {}", shown(alarm)), " ", width.saturating_sub(2));
        for (at, words) in rows.into_iter().enumerate() {
            let words = format!(" {words:<room$}", room = width.saturating_sub(1));
            let style = bold().add_modifier(Modifier::REVERSED);
            lines.push((if at == 0 { ALARM } else { LEVELS }, Line::styled(words, style)));
        }
    }
    let more = model.alarms().len().saturating_sub(ALARMS_MAX);
    if more > 0 {
        lines.push((ALARM, Line::styled(format!(" !! and {}", text::count(more as u64, "more alarm")), bold())));
    }
    if !model.alarms().is_empty() {
        lines.push((SPACE, Line::default()));
    }
}

fn bar(track: usize, level: &Stretch, width: usize, named: bool) -> Line<'static> {
    let name = if named { format!(" track {track} ") } else { " ".repeat(9) };
    let word = level_word(level);
    let decibels = if width < 50 { String::new() } else { format!(" {:>4.0} dB", level.rms_dbfs.max(-99.0)) };
    let behind = format!(" {word:<8}{decibels}");
    let room = width.saturating_sub(name.len() + behind.len() + 2).min(BAR_MAX);
    let part = |dbfs: f32| ((1.0 - dbfs / BAR_FROM_DBFS).clamp(0.0, 1.0) * room as f32).round() as usize;
    let (full, peak) = (part(level.rms_dbfs), part(level.peak_dbfs));
    let drawn: String = (0..room)
        .map(|at| {
            if at < full {
                '#'
            } else if at + 1 == peak {
                '|'
            } else {
                '.'
            }
        })
        .collect();
    let behind = if named { behind } else { String::new() };
    let style = if matches!(word, "TOO LOUD" | "SILENT") { bold() } else { Style::new() };
    if room < 4 {
        return Line::styled(format!("{name}{word}"), style);
    }
    Line::from(vec![Span::raw(name), Span::raw(format!("[{drawn}]")), Span::styled(behind, style)])
}

fn foot(lines: &mut Vec<Ranked>, model: &Model, keys: &Keys, width: usize) {
    match keys.asking() {
        Asking::Nothing => {
            let wrapped = wrapped(&keys.words(model.is_paused()), "  ", width.saturating_sub(2));
            lines.extend(wrapped.into_iter().map(|line| (KEYS, Line::raw(format!(" {line}")))));
        }
        Asking::WhoCameIn(words) => {
            let room = width.saturating_sub(16);
            let tail: String = words.chars().skip(words.chars().count().saturating_sub(room)).collect();
            lines.push((QUESTION, Line::styled(format!(" Who came in? {tail}_"), bold())));
            lines.push((KEYS, Line::raw(" Enter puts it on the record, Esc leaves it")));
        }
        Asking::WhetherToFinish => {
            lines.push((QUESTION, Line::styled(" Finish the recording? y yes, any other key no", bold())));
        }
    }
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// As much of a text as there is room for, with its end in place of what is left out.
fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(3)).collect();
    if room < 4 { String::new() } else { format!("{kept}...") }
}

/// Words that stand so far apart, on as many lines as they need.
fn wrapped(words: &str, apart: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(apart) {
        let line = lines.last_mut().expect("there is always one line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + apart.len() + word.chars().count() <= room {
            line.push_str(apart);
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The lines that fit, the least important left out.
fn fitted(mut lines: Vec<Ranked>, height: usize) -> Vec<Line<'static>> {
    while lines.len() > height {
        let worst = lines.iter().map(|(rank, _)| *rank).max().unwrap_or(0);
        if let Some(at) = lines.iter().rposition(|(rank, _)| *rank == worst) {
            lines.remove(at);
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::style::Color;
    use recorder::observe::{Alarm, AnchorProgress, CopyProgress, Fault, Progress};

    use super::*;
    use crate::watcher::News;

    fn model(alarms: &[Alarm], paused: bool) -> Model {
        let mut model = Model::default();
        let level = |rms_dbfs, peak_dbfs| Stretch { peak_dbfs, rms_dbfs, is_flat: false, clips: 0 };
        model.take(&News::Levels(vec![level(-22.0, -11.0), level(-55.0, -40.0)]));
        let copy = |folder: &str, lost: Option<&str>| CopyProgress {
            folder: folder.into(),
            lag_bytes: 0,
            free_bytes: lost.is_none().then_some(12_340_000_000),
            lost: lost.map(str::to_owned),
        };
        let lost = alarms.iter().any(|alarm| matches!(alarm, Alarm::CopyLost { .. })).then_some("the medium is stuck");
        let copies = vec![copy("/media/office", None), copy("/media/claimant", lost)];
        model.take(&News::Progress(Progress {
            position: 48_000 * 754,
            rate_hz: 48_000,
            paused,
            copies,
            anchored: None,
        }));
        alarms.iter().for_each(|alarm| model.take(&News::Alarm(alarm.clone())));
        model.say("0:12:01 marker: question 2".into());
        model
    }

    fn anchored(since_seconds: u64, is_late: bool) -> Model {
        let mut model = model(&[], false);
        let why_not = is_late.then(|| "no connection".to_owned());
        let anchored = Some(AnchorProgress { anchors: 75, since_seconds, is_late, why_not });
        let copies = model.copies().to_vec();
        let position = 48_000 * 754;
        model.take(&News::Progress(Progress { position, rate_hz: 48_000, paused: false, copies, anchored }));
        model
    }

    fn screen(width: u16, height: u16, model: &Model, typed: &str) -> String {
        let mut keys = Keys::new(false);
        for c in typed.chars() {
            keys.press(KeyEvent::from(KeyCode::Char(c)), false);
        }
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, model, &keys)).unwrap();
        let shown = terminal.backend().to_string();
        let lines = shown.lines().map(|line| line.trim_matches('"').trim_end());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    #[test]
    fn screens_are_as_in_the_repository() {
        let dead = Alarm::Sound(Fault::DeadTrack { track: 2 });
        let lost = Alarm::CopyLost { folder: "/media/claimant".into(), why: "the medium is stuck".into() };
        let slow = Alarm::CopyLags { folder: "/media/claimant".into(), bytes: 0 };
        let fills = Alarm::CopyFills { folder: "/media/office".into(), minutes: 7 };
        let rows: [(&str, u16, u16, Model, &str); 13] = [
            ("calm", 80, 24, model(&[], false), ""),
            ("paused", 80, 24, model(&[], true), ""),
            ("alarms", 80, 24, model(&[dead.clone(), lost.clone()], false), ""),
            ("large", 80, 24, model(&[], false), "l"),
            ("large-alarm", 80, 24, model(std::slice::from_ref(&lost), false), "l"),
            ("narrow", 32, 16, model(std::slice::from_ref(&dead), false), ""),
            ("tiny", 20, 4, model(&[dead, lost], false), ""),
            ("entrant", 60, 14, model(&[], false), "eMs Jones"),
            ("finish", 60, 14, model(&[], false), "f"),
            ("media", 80, 24, model(&[slow, fills], false), ""),
            ("anchored", 80, 24, anchored(8, false), ""),
            ("not-anchored", 80, 24, anchored(45, true), ""),
            ("large-narrow", 40, 24, model(&[], true), "l"),
        ];
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
        let mut wrong = Vec::new();
        for (name, width, height, model, typed) in rows {
            let drawn = screen(width, height, &model, typed) + "\n";
            let path = folder.join(format!("{name}.txt"));
            if std::env::var_os("UPDATE_SCREENS").is_some() {
                std::fs::write(&path, &drawn).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != drawn {
                wrong.push(format!("{name}:\n{drawn}"));
            }
        }
        assert!(wrong.is_empty(), "differ from tests/screens (UPDATE_SCREENS=1 writes them):\n{}", wrong.join("\n"));
    }

    #[test]
    fn there_is_no_colour() {
        let mut model = model(&[Alarm::Sound(Fault::Clipping { track: 1 }), Alarm::MediaFull], true);
        model.take(&News::Levels(vec![Stretch { peak_dbfs: 0.0, rms_dbfs: -1.0, is_flat: false, clips: 9 }]));
        for typed in ["", "l", "f", "ea"] {
            let mut keys = Keys::new(true);
            typed.chars().for_each(|c| drop(keys.press(KeyEvent::from(KeyCode::Char(c)), false)));
            let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
            terminal.draw(|frame| draw(frame, &model, &keys)).unwrap();
            let cells = &terminal.backend().buffer().content;
            assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset), "{typed:?}");
        }
    }

    #[test]
    fn any_size_is_drawn_and_alarms_are_the_last_to_go() {
        let model = model(&[Alarm::MediaFull], false);
        for (width, height) in (1..90).zip([1, 2, 3, 5, 8, 13, 24, 60].into_iter().cycle()) {
            for typed in ["", "l", "f", "ea"] {
                let drawn = screen(width, height, &model, typed);
                assert!(width < 12 || drawn.contains("ALARM"), "{width} x {height}: {drawn}");
            }
        }
    }
}

//! Many files: a table with a line each, then what is not good, then how the files stand to one another.
//!
//! Not the evidence: `counterpart verify FILE` shows that. Invariants: rows stand in the order of the files; every file that is not
//! good has its sentence and hint below the table; a few hundred bytes are kept of each file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use super::kin::{Kin, Standing};
use super::{Work, exit_code};
use crate::check::Checked;
use crate::quality;
use crate::time::Moment;
use crate::{render, sentence, text};

const HEADS: [&str; 5] = ["verdict", "length", "began", "copy words", "file"];
const NOTHING: &str = "–";

/// What is kept of a file.
struct Row {
    path: PathBuf,
    exit: u8,
    /// The columns of `HEADS`.
    columns: [String; 5],
    /// Headline and hint, unless it is good.
    trouble: Option<String>,
    /// How each track sounds, where that was asked for.
    quality: Vec<String>,
}

impl Row {
    fn of(checked: &Checked) -> Row {
        let (word, _) = sentence::of(checked);
        let exit = checked.exit_code();
        let evidence = checked.verdict().and_then(|verdict| verdict.verified()).map(|verified| verified.evidence());
        let length = evidence.map(|e| Moment::of_samples(e.shown_samples, e.header.format.rate_hz()).to_string());
        let words = evidence.and_then(|evidence| evidence.words.as_ref()).map(ToString::to_string);
        let began = evidence.map(|evidence| minute(&evidence.header.start));
        let [length, began, words] = [length, began, words].map(|text| text.unwrap_or_else(|| NOTHING.to_owned()));
        let tracks = checked.quality.iter().flat_map(|quality| (1..).zip(&quality.tracks));
        Row {
            path: checked.path.clone(),
            exit,
            columns: [word.to_owned(), length, began, words, text::path(&checked.path)],
            trouble: (exit != 0).then(|| render::headline(checked) + &render::hint(checked)),
            quality: tracks.map(|(number, facts)| format!("track {number}: {}", quality::words(facts))).collect(),
        }
    }
}

/// `2026-11-21 09:30` of `2026-11-21T09:30:00+00:00`
fn minute(start: &str) -> String {
    text::visible(&start.replacen('T', " ", 1).chars().take("2026-11-21 09:30".len()).collect::<String>())
}

/// The whole result, and the exit code.
pub(super) fn run(work: &Work<'_>) -> (String, u8) {
    let (mut rows, mut standings) = (Vec::new(), Vec::new());
    work.each(|checked| {
        rows.push(Row::of(&checked));
        standings.push(Standing::of(&checked));
    });
    let kin = Kin::of(&standings);
    for (at, other) in &kin.contradicted_by {
        let other = text::path(&rows[*other].path);
        condemn(&mut rows[*at], &other);
    }
    let exit = exit_code(rows.iter().map(|row| row.exit));
    let mut text = table(&rows);
    text.push_str(&format!("\n{}\n", tally(&rows)));
    for row in &rows {
        sounds(&mut text, row);
    }
    for trouble in rows.iter().filter_map(|row| row.trouble.as_ref()) {
        text.push_str(&format!("\n{trouble}"));
    }
    relations(&mut text, &rows, &kin);
    (text, exit)
}

/// A file that held by itself, and does not beside another one.
fn condemn(row: &mut Row, other: &str) {
    let word = seal::Outcome::NotIntact.name();
    row.columns[0] = word.to_owned();
    row.exit = seal::Outcome::NotIntact.exit_code();
    let why = sentence::two_histories(other);
    row.trouble = Some(format!("{}: {word}. {why}\n", row.columns[4]));
}

fn table(rows: &[Row]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.columns[column].chars().count());
        cells.chain([HEADS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for columns in std::iter::once(HEADS.map(str::to_owned)).chain(rows.iter().map(|row| row.columns.clone())) {
        let [verdict, length, began, words, file] = &columns;
        let [a, b, c, d, _] = widths;
        // Writing to a String cannot fail. Lengths stand right, so that they can be compared.
        let _ = writeln!(text, "{verdict:<a$}  {length:>b$}  {began:<c$}  {words:<d$}  {file}");
    }
    text
}

/// `200 files: 198 complete, 2 not intact.`
fn tally(rows: &[Row]) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *counts.entry(&row.columns[0]).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{}: {}.", text::count(rows.len() as u64, "file"), parts.join(", "))
}

fn sounds(text: &mut String, row: &Row) {
    for words in &row.quality {
        let _ = writeln!(text, "{}: {words}", row.columns[4]);
    }
}

fn relations(text: &mut String, rows: &[Row], kin: &Kin) {
    let copies: usize = kin.identical.iter().map(Vec::len).sum();
    if copies > 0 {
        let recordings = text::count(kin.identical.len() as u64, "recording");
        let _ = writeln!(text, "\n{copies} of the files are identical copies of another: {recordings}.");
    }
    for group in &kin.related {
        let paths: Vec<String> = group.iter().map(|at| rows[*at].columns[4].clone()).collect();
        let _ = writeln!(text, "\n{} are of one recording, but not the same bytes.", text::list(&paths));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(word: &str, length: &str, file: &str) -> Row {
        let columns = [word, length, "2026-11-21 09:30", "a b c", file].map(str::to_owned);
        Row { path: file.into(), exit: 0, columns, trouble: None, quality: Vec::new() }
    }

    #[test]
    fn columns_stand_under_one_another() {
        let rows = [row("complete", "0:02.5", "a.flac"), row("not intact", NOTHING, "b.flac")];
        assert_eq!(
            table(&rows),
            "verdict     length  began             copy words  file\n\
             complete    0:02.5  2026-11-21 09:30  a b c       a.flac\n\
             not intact       –  2026-11-21 09:30  a b c       b.flac\n"
        );
        assert_eq!(tally(&rows), "2 files: 1 complete, 1 not intact.");
    }

    #[test]
    fn a_start_is_shown_to_the_minute() {
        assert_eq!(minute("2026-11-21T09:30:00+00:00"), "2026-11-21 09:30");
        assert_eq!(minute("\u{202e}x"), "\\u{202e}x");
    }
}

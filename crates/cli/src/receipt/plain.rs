//! A paper as plain text: UTF-8, lines of at most 76 columns, fit for any editor and printer.
//!
//! Not HTML (`html.rs`). Invariants: no character that steers a terminal or turns the direction of text gets through;
//! what must be copied (commands, digests) stands on a line of its own and is never broken.

use super::page::{MAKER, Page, Part};
use crate::text::visible;

const COLUMNS: usize = 76;

/// The whole paper.
pub(crate) fn render(page: &Page) -> String {
    let title = visible(&page.title);
    let mut text = format!("{}\n{}\n\n", title.to_uppercase(), "=".repeat(title.chars().count()));
    wrap(&mut text, "", "", &page.lead);
    for part in &page.parts {
        render_part(&mut text, part);
    }
    if let Some(foot) = &page.foot {
        text.push('\n');
        wrap(&mut text, "", "", foot);
    }
    text.push_str(&format!("\n{MAKER}\n"));
    // No two empty lines in a row.
    text.split("\n\n\n").collect::<Vec<_>>().join("\n\n")
}

fn render_part(text: &mut String, part: &Part) {
    match part {
        Part::Heading(title) => {
            let title = visible(title);
            text.push_str(&format!("\n{title}\n{}\n", "-".repeat(title.chars().count())));
        }
        Part::Text(value) | Part::Verdict(value) => wrap(text, "", "", value),
        Part::Words { label, words } => {
            text.push_str(&format!("{}:\n    {}\n\n", visible(label), visible(words)));
        }
        Part::Rows(rows) => rows.iter().for_each(|(label, value)| wrap(text, &format!("{label}: "), "    ", value)),
        Part::List(items) => items.iter().for_each(|item| wrap(text, "- ", "  ", item)),
        Part::Command(command) => text.push_str(&format!("\n    {}\n\n", visible(command))),
        Part::Code { label, payload, .. } => {
            text.push_str(&format!("{}:\n    {}\n", visible(label), visible(payload)));
        }
    }
}

/// Words in lines, the first behind `first`, the others behind `indent`.
fn wrap(text: &mut String, first: &str, indent: &str, value: &str) {
    let mut line = visible(first);
    let mut columns = line.chars().count();
    let mut is_empty = true;
    for word in visible(value).split_whitespace() {
        let width = word.chars().count();
        if !is_empty && columns + 1 + width > COLUMNS {
            text.push_str(line.trim_end());
            text.push('\n');
            line = indent.to_owned();
            columns = indent.chars().count();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += width;
        is_empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_long_words_stay_whole() {
        let mut text = String::new();
        wrap(&mut text, "- ", "  ", &format!("{} {} end", "word ".repeat(30), "x".repeat(90)));
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS || line.trim() == "x".repeat(90)));
        assert!(text.ends_with("\n  end\n"));
    }

    #[test]
    fn nothing_steers() {
        let mut text = String::new();
        render_part(&mut text, &Part::Rows(vec![("a\nb".into(), "\u{202e}x\u{1b}[2J\ny".into())]));
        assert_eq!(text, "a\\u{a}b: \\u{202e}x\\u{1b}[2J\\u{a}y\n");
    }
}

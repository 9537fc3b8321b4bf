//! Text from outside, made safe to show.
//!
//! Not an escaping for machines (JSON has its own). Invariant: what [`visible`] returns holds no
//! character that moves a cursor, changes a colour, ends a line or turns the reading direction:
//! a recording's own texts and file names can never write a verdict of their own on the terminal.

use std::path::Path;

pub(crate) use recorder::shell::is_hidden;

/// The text with every control, line-breaking, invisible or direction-turning character shown as `\u{…}`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A path as [`visible`] text; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn path(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// A clause as a sentence: with a capital, and a full stop.
pub(crate) fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// `1 track`, `2 tracks`.
pub(crate) fn count(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        for (given, shown) in [
            ("plain, naïve, 日本", "plain, naïve, 日本"),
            ("\u{1b}[2Jcomplete", "\\u{1b}[2Jcomplete"),
            ("a\nb\tc\rd", "a\\u{a}b\\u{9}c\\u{d}d"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}fed", "\\u{202e}fed"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
        ] {
            assert_eq!(visible(given), shown);
        }
    }

    #[test]
    fn lists_and_counts_read_well() {
        let items: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        assert_eq!(list(&items), "a, b and c");
        assert_eq!(list(&items[..2]), "a and b");
        assert_eq!(list(&items[..1]), "a");
        assert_eq!((count(1, "track"), count(3, "track")), ("1 track".into(), "3 tracks".into()));
    }
}

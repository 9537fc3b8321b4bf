//! Text from outside, made safe to show.
//!
//! Not an escaping for machines (JSON has its own). Invariant: what [`visible`] returns holds no character that moves a
//! cursor, ends a line or turns the reading direction.

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

/// Whether a character moves a cursor, ends a line, turns the reading direction or cannot be seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
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
            ("\u{1b}[2Jgood", "\\u{1b}[2Jgood"),
            ("a\nb\u{9b}c", "a\\u{a}b\\u{9b}c"),
            ("\u{202e}fed", "\\u{202e}fed"),
        ] {
            assert_eq!(visible(given), shown);
        }
    }
}

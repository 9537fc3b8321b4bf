//! Rust source with everything that is not code blanked out: comments, strings and character literals become spaces.
//!
//! Lines and columns stay where they were, so a finding can point at them. It is no parser: it knows only where literals
//! and comments begin and end, which is what counting braces and looking for words needs.

/// The code alone, the same length in lines and characters as `source`.
pub(super) fn code_only(source: &str) -> String {
    let mut lexer = Lexer { rest: source, code: String::with_capacity(source.len()) };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.code
}

/// Whether `word` stands in `code` by itself, not as part of a longer name; its lines, from 1.
pub(super) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let numbered = code.lines().enumerate();
    numbered.filter(|(_, line)| has_word(line, word)).map(|(index, _)| index + 1).collect()
}

/// Whether `word` stands in `line` with no letter, digit or underscore touching it.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer<'a> {
    rest: &'a str,
    code: String,
}

impl Lexer<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(length);
        } else if self.rest.starts_with("/*") {
            let length = block_comment_length(self.rest);
            self.blank(length);
        } else if let Some(length) = self.raw_string_length() {
            self.blank(length);
        } else if self.rest.starts_with('"') {
            self.blank(quoted_length(self.rest, '"'));
        } else if let Some(length) = char_literal_length(self.rest) {
            self.blank(length);
        } else if let Some(c) = self.rest.chars().next() {
            self.code.push(c);
            self.rest = &self.rest[c.len_utf8()..];
        }
    }

    fn blank(&mut self, length: usize) {
        let (blanked, rest) = self.rest.split_at(length);
        self.code.extend(blanked.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }

    /// `r"…"`, `r#"…"#`, `br"…"`; the `r` must not be the end of a longer name.
    fn raw_string_length(&self) -> Option<usize> {
        if self.code.chars().next_back().is_some_and(|c| is_name(c) && c != 'b' && c != 'c') {
            return None;
        }
        let after_r = self.rest.strip_prefix('r')?;
        let opened = after_r.trim_start_matches('#');
        let hashes = after_r.len() - opened.len();
        let body = opened.strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        Some(1 + hashes + 1 + length)
    }
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let here = &text[at..];
        let (width, change) = match here {
            _ if here.starts_with("/*") => (2, 1),
            _ if here.starts_with("*/") => (2, -1),
            _ => (here.chars().next().map_or(1, char::len_utf8), 0),
        };
        at += width;
        depth = depth.saturating_add_signed(change);
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a literal in `quote`s, escapes honoured; to the end when it never closes.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// `'x'` or `'\n'`, but not the lifetime `'a`.
fn char_literal_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return Some(quoted_length(text, '\''));
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let table = [
            ("let a = 1; // std::fs", "let a = 1;           "),
            ("/* a /* b */ c */ d", "                  d"),
            (r#"f("std::fs \" {")+1"#, "f(              )+1"),
            (r##"f(r#"a " {"#)"##, "f(          )"),
            (r#"f(b"{", 'x', '\'', '{')"#, "f(b   ,    ,     ,    )"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("car\"{\"", "car   "),
            ("\"never closed", "             "),
        ];
        for (source, expected) in table {
            assert_eq!(code_only(source), expected, "for {source}");
        }
    }

    #[test]
    fn lines_stay_where_they_were() {
        let code = code_only("a\n/* x\ny */ b\n\"p\nq\" c\n");
        assert_eq!(lines_with(&code, "b"), [3]);
        assert_eq!(lines_with(&code, "c"), [5]);
        assert_eq!(lines_with(&code, "x"), [] as [usize; 0]);
    }

    #[test]
    fn words_stand_alone() {
        assert!(has_word("use std::fs;", "std::fs"));
        assert!(!has_word("use std::fsync;", "std::fs"));
        assert!(!has_word("operand::x", "rand"));
    }
}

//! What a program wrote against what a row says: line by line.
//!
//! Not regular expressions. `*` stands for any characters of a line, `?` for one, a line `...` for any lines.
//! Invariant: the whole output must match, so that nothing unexpected is ever written.

pub(crate) fn check(text: &str, pattern: &str) -> Result<(), String> {
    let lines: Vec<&str> = text.lines().collect();
    let wanted: Vec<&str> = pattern.trim_start_matches('\n').lines().collect();
    if matches(&lines, &wanted) { Ok(()) } else { Err(format!("is not\n{}", wanted.join("\n"))) }
}

fn matches(lines: &[&str], wanted: &[&str]) -> bool {
    match (lines, wanted) {
        (_, ["...", rest @ ..]) => (0..=lines.len()).any(|skip| matches(&lines[skip..], rest)),
        ([line, lines @ ..], [want, wanted @ ..]) => glob(line, want) && matches(lines, wanted),
        (lines, wanted) => lines.is_empty() && wanted.is_empty(),
    }
}

fn glob(line: &str, want: &str) -> bool {
    let mut wanted = want.chars();
    match wanted.next() {
        None => line.is_empty(),
        Some('*') => {
            line.char_indices().map(|(at, _)| at).chain([line.len()]).any(|at| glob(&line[at..], wanted.as_str()))
        }
        Some(c) => {
            let mut chars = line.chars();
            chars.next().is_some_and(|d| c == '?' || c == d) && glob(chars.as_str(), wanted.as_str())
        }
    }
}

#[test]
fn patterns() {
    for (text, pattern, good) in [
        ("", "", true),
        ("a\n", "", false),
        ("a\n", "a", true),
        ("a\nb\n", "a\n", false),
        ("a\nb\nc\n", "a\n...\nc\n", true),
        ("a\nb\nc\n", "...\n", true),
        ("abc\n", "a*c\n", true),
        ("abcd\n", "a*c\n", false),
        ("", "a", false),
        ("ab\n", "a?", true),
        ("a\n", "a?", false),
    ] {
        assert_eq!(check(text, pattern).is_ok(), good, "{text:?} {pattern:?}");
    }
}

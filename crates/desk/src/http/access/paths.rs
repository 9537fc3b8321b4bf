//! Paths that a request names, held against the table: where to go on after signing in, and which page a form stood on.
//!
//! Not the routes (`mod.rs`). Invariants: nobody is sent anywhere but to a page of the table; what stands in the place of a name in braces is an id or a word of ours, never
//! anything that steers a browser.

use super::{ROWS, Row};

/// The longest part of a path.
const PART_LEN_MAX: usize = 64;

/// Where to go on: a page of ours, or the first one. What a link makes (`/set-up/…`) is none to go back to.
pub(super) fn goes_on(to: &str) -> String {
    let is_page = |row: &&Row| row.method == "GET" && !is_link(row) && values(row.path, to).is_some();
    let is_ours = to == "/" || ROWS.iter().any(|row| is_page(&row));
    if is_ours { to.to_owned() } else { "/".to_owned() }
}

/// Whether it is for anybody, or makes a session of what it ends with, or is none of staff's.
fn is_link(row: &Row) -> bool {
    row.who.is_anybody() || row.who.is_of_persons()
}

/// The page that the form of a route stands on, when the route was asked for by this path.
pub(super) fn page_of(row: &Row, path: &str) -> String {
    let named = values(row.path, path).unwrap_or_default();
    let part = |part: &str| {
        named.iter().find(|(name, _)| *name == part).map_or_else(|| part.to_owned(), |(_, value)| (*value).to_owned())
    };
    let page: Vec<String> = row.page.split('/').map(part).collect();
    let page = page.join("/");
    if page.contains('{') { "/".to_owned() } else { page }
}

/// What a path has in the place of each name in braces, if it is such a path.
fn values<'p>(pattern: &'p str, path: &'p str) -> Option<Vec<(&'p str, &'p str)>> {
    let (wanted, there) = (pattern.split('/'), path.split('/'));
    if wanted.clone().count() != there.clone().count() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, there) in wanted.zip(there) {
        match wanted.starts_with('{') {
            true if is_part(there) => found.push((wanted, there)),
            false if wanted == there => {}
            _ => return None,
        }
    }
    Some(found)
}

fn is_part(part: &str) -> bool {
    let is_ours = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=PART_LEN_MAX).contains(&part.len()) && part.bytes().all(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_anywhere_but_to_a_page_of_ours() {
        let case = "/cases/00112233445566778899aabbccddeeff";
        for (to, goes) in [
            ("/people", "/people"),
            (case, case),
            ("/", "/"),
            ("", "/"),
            ("/set-up/AAAA", "/"),
            ("/set-up/aaaa", "/"),
            ("/demonstration/aaaa", "/"),
            ("//other.example", "/"),
            ("/cases//other.example", "/"),
            ("/cases/../people", "/"),
            ("/cases/a%2Fb", "/"),
            ("https://other.example/people", "/"),
            ("/me", "/"),
            ("/me/sign-in", "/"),
            ("/nothing", "/"),
            ("/sign-out", "/"),
        ] {
            assert_eq!(goes_on(to), goes, "{to}");
        }
    }

    #[test]
    fn a_form_leads_back_to_its_page() {
        let row = |path: &str| ROWS.iter().find(|row| row.method == "POST" && row.path == path).unwrap();
        assert_eq!(page_of(row("/cases/{case}/do/{deed}"), "/cases/00ff/do/ask"), "/cases/00ff/do/ask");
        assert_eq!(page_of(row("/people/grant"), "/people/grant"), "/people");
        assert_eq!(page_of(row("/set-up/{link}"), "/set-up/AAAA"), "/sign-in");
        assert_eq!(page_of(row("/cases/{case}/do/{deed}"), "/cases/<script>/do/ask"), "/");
    }
}

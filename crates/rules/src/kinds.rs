//! The kinds of things that the packs in use know, and the one that somebody may have meant.
//!
//! Not how a kind is spelt (`name.rs`), nor how long it is kept. Invariant: a kind is known where any version of any pack says how long things of
//! it are kept, whatever the day and the place: whether a rule applies is another question.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::name::{Kind, RuleName};

impl Book {
    /// Every kind that some rule says how long to keep.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&Kind> {
        let names = self.packs().flat_map(|pack| &pack.rules).map(|rule| &rule.name);
        names.filter_map(|name| if let RuleName::Retention(kind) = name { Some(kind) } else { None }).collect()
    }

    /// The known kind that is spelt most like this word, if any is spelt like it at all.
    #[must_use]
    pub fn nearest_kind(&self, word: &str) -> Option<&Kind> {
        let near = self.kinds().into_iter().map(|kind| (distance(word, kind.as_str()), kind));
        let (slips, kind) = near.min_by_key(|(slips, _)| *slips)?;
        (slips <= word.len() / 3).then_some(kind)
    }
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (to, wanted) in other.iter().enumerate() {
            let changed = before + usize::from(letter != *wanted);
            before = row[to + 1];
            row[to + 1] = changed.min(before + 1).min(row[to] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_seen_for_what_it_was() {
        let book = Book::built_in().unwrap();
        for (word, meant) in [
            ("consultation-recordng", Some("consultation-recording")),
            ("consultation-recordings", Some("consultation-recording")),
            ("lettre", Some("letter")),
            ("agrement", Some("agreement")),
            ("letter", Some("letter")),
            ("x", None),
            ("photograph", None),
        ] {
            assert_eq!(book.nearest_kind(word).map(Kind::as_str), meant, "{word}");
        }
        assert_eq!(distance("", "abc"), 3);
        assert!(book.kinds().iter().any(|kind| kind.as_str() == "attachment"));
    }
}

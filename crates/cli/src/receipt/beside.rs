//! The papers that lie beside a recording: are they the ones that this program writes for it?
//!
//! Not how papers are made (`build.rs`). Invariants: a paper is accepted only if it is the same to the bit; one that
//! names another version of the program is told apart from it, and a receipt must hold this file's SHA-256 even then.

use clap::ValueEnum;

use super::build::{Paper, papers_of, read_mes};
use super::page::MAKER;
use super::{Lang, Subject};

/// More than any paper is long.
pub(crate) const PAPER_BYTES_MAX: u64 = 1 << 20;

/// What was found of the papers beside a recording, a clause each.
#[derive(Default)]
pub(crate) struct Beside {
    /// What is wrong.
    pub(crate) faults: Vec<String>,
    /// What is not wrong and has to be known.
    pub(crate) notes: Vec<String>,
}

/// The papers found, by their names, beside a recording that holds; none is beside an encrypted one.
pub(crate) fn beside(found: &[(String, Vec<u8>)], subject: Option<&Subject<'_>>) -> Beside {
    let mut beside = Beside::default();
    for lang in Lang::value_variants().iter().copied() {
        let wanted = subject.map_or_else(|| read_mes(lang), |subject| papers_of(subject, lang));
        let given = |paper: &Paper| found.iter().find(|(name, _)| *name == paper.name).map(|(_, bytes)| bytes);
        if !wanted.iter().any(|paper| given(paper).is_some()) {
            continue;
        }
        for paper in &wanted {
            match given(paper) {
                None => beside.faults.push(format!("{} is missing", paper.name)),
                Some(bytes) if *bytes == paper.bytes => {}
                Some(bytes) => judge(&mut beside, paper, bytes, subject),
            }
        }
    }
    beside
}

/// A paper that is not the same to the bit.
fn judge(beside: &mut Beside, paper: &Paper, bytes: &[u8], subject: Option<&Subject<'_>>) {
    let text = String::from_utf8_lossy(bytes);
    let name = &paper.name;
    let of_this_file = subject.filter(|_| paper.is_receipt).is_none_or(|subject| text.contains(subject.sha256));
    match maker(&text) {
        _ if !of_this_file => beside.faults.push(format!("{name} is the receipt of another file")),
        Some(maker) if maker != MAKER => {
            beside.notes.push(format!("{name} was written by {maker}, so its words were not compared"));
        }
        _ => beside.faults.push(format!("{name} is not what was written for this recording")),
    }
}

/// `Counterpart 1.2.3` as it stands at the end of a paper.
fn maker(text: &str) -> Option<&str> {
    const NAME: &str = "Counterpart ";
    text.rmatch_indices(NAME).find_map(|(at, _)| {
        let version = &text[at + NAME.len()..];
        let len = version.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(version.len());
        let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && len <= 20;
        is_version.then(|| text[at..at + NAME.len() + len].trim_end_matches('.'))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_the_same_or_of_another_version_or_not_ours() {
        let ours = read_mes(Lang::En).into_iter().map(|paper| (paper.name, paper.bytes)).collect::<Vec<_>>();
        let told = |change: &dyn Fn(&str) -> String| {
            let mut given = ours.clone();
            given[0].1 = change(std::str::from_utf8(&given[0].1).unwrap()).into_bytes();
            let beside = beside(&given, None);
            (beside.faults, beside.notes)
        };
        assert_eq!(told(&str::to_owned), (vec![], vec![]));
        let other = told(&|text| text.replace(MAKER, "Counterpart 99.1.0"));
        assert_eq!(other.1, ["read-me.txt was written by Counterpart 99.1.0, so its words were not compared"]);
        assert_eq!(
            told(&|text| text.replace("key", "kee")).0,
            ["read-me.txt is not what was written for this recording"]
        );
        let without = told(&|text| text.replace(MAKER, ""));
        assert_eq!(without.0.len(), 1);
        let one_only = beside(&ours[..1], None);
        assert_eq!(one_only.faults, ["read-me.html is missing"]);
    }
}

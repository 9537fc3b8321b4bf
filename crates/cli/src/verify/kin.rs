//! How files stand to one another: copies of one another, of one recording, or two histories that cannot both be.
//!
//! Not the check of a single file. Invariants: only files that say they are of one recording are compared, and then byte by byte;
//! two signed histories condemn both files; little is kept of each file, so that there can be many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seal::{History, RecordingId};

use crate::check::Checked;
use crate::files::{same_bytes, same_file};

/// What is kept of a file to hold it against the others.
pub(super) struct Standing {
    file: Option<PathBuf>,
    /// What it says it is of.
    says: Option<RecordingId>,
    /// What is proven.
    history: Option<History>,
}

/// The groups, by places in the list.
#[derive(Default)]
pub(super) struct Kin {
    /// Files of the same bytes, at least two each.
    pub(super) identical: Vec<Vec<usize>>,
    /// Files that hold, are of one recording, and are not all the same bytes.
    pub(super) related: Vec<Vec<usize>>,
    /// For each file that tells another history than a file that holds: that file.
    pub(super) contradicted_by: BTreeMap<usize, usize>,
}

impl Standing {
    pub(super) fn of(checked: &Checked) -> Standing {
        let verdict = checked.verdict();
        Standing {
            file: checked.file.clone(),
            says: verdict.and_then(|verdict| verdict.evidence()).map(|evidence| evidence.id),
            history: verdict.and_then(|verdict| verdict.verified()).map(History::of),
        }
    }

    fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl Kin {
    pub(super) fn of(all: &[Standing]) -> Kin {
        let contradicted_by = contradictions(all);
        let identical = identical(all);
        let mut related = groups(all, |standing| standing.history.as_ref().map(|history| *history.id().as_bytes()));
        related.iter_mut().for_each(|group| group.retain(|at| !contradicted_by.contains_key(at)));
        related.retain(|group| group.len() > 1 && !identical.contains(group));
        Kin { identical, related, contradicted_by }
    }
}

/// Places with the same key, in order of the first of each.
fn groups(all: &[Standing], key: impl Fn(&Standing) -> Option<[u8; 32]>) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    for (at, standing) in all.iter().enumerate() {
        if let Some(key) = key(standing) {
            groups.entry(key).or_default().push(at);
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

fn contradictions(all: &[Standing]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    for group in groups(all, |standing| standing.history.as_ref().map(|history| *history.public_key())) {
        for a in &group {
            let other = group.iter().rev().find(|b| match (&all[*a].history, &all[**b].history) {
                (Some(left), Some(right)) => left.contradicts(right),
                _ => false,
            });
            found.extend(other.map(|b| (*a, *b)));
        }
    }
    found
}

fn identical(all: &[Standing]) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for group in groups(all, |standing| standing.says.map(|id| *id.as_bytes())) {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for at in group {
            // A file that cannot be read again is not called identical to anything.
            let same = |class: &&mut Vec<usize>| match (all[class[0]].file(), all[at].file()) {
                (Some(a), Some(b)) => same_bytes(a, b).unwrap_or(false),
                _ => false,
            };
            match classes.iter_mut().find(same) {
                Some(class) => class.push(at),
                None => classes.push(vec![at]),
            }
        }
        found.extend(classes.into_iter().filter(|class| class.len() > 1));
    }
    found.sort();
    found
}

/// Whether all of a group are one file on the disk.
pub(super) fn is_one_file(all: &[Standing], group: &[usize]) -> bool {
    let first = all[group[0]].file();
    group[1..].iter().all(|at| matches!((first, all[*at].file()), (Some(a), Some(b)) if same_file(a, b)))
}

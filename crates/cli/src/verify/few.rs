//! A few files: each with all of its evidence, as text or as one JSON document.
//!
//! Not for thousands: everything is kept until the end.
//! Invariant: identical files are reported once, by the first of them.

use super::kin::{Kin, Standing, is_one_file};
use super::{Work, exit_code};
use crate::check::Checked;
use crate::{json, render, text};

/// The whole result, and the exit code.
pub(super) fn run(work: &Work<'_>, as_json: bool) -> (String, u8) {
    let mut all = Vec::new();
    work.each(|checked| all.push(checked));
    let standings: Vec<Standing> = all.iter().map(Standing::of).collect();
    let kin = Kin::of(&standings);
    for (at, other) in &kin.contradicted_by {
        all[*at].contradicted_by = Some(all[*other].path.clone());
    }
    let exit = exit_code(all.iter().map(Checked::exit_code));
    let text = match as_json {
        true => json::text(&json::Verify::new(&all, &kin.identical, exit)),
        false => human(&all, &standings, &kin),
    };
    (text, exit)
}

fn human(all: &[Checked], standings: &[Standing], kin: &Kin) -> String {
    if let [only] = all {
        return render::report(only);
    }
    let mut lines = String::new();
    for (at, checked) in all.iter().enumerate() {
        lines.push_str(&render::headline(checked));
        if !told(kin, at, checked) {
            lines.push_str(&render::hint(checked));
        }
    }
    for group in &kin.identical {
        lines.push('\n');
        lines.push_str(&copies(all, standings, group));
    }
    for group in &kin.related {
        lines.push_str(&format!("\n{} are of one recording, but not the same bytes.\n", paths(all, group)));
    }
    for (_, checked) in all.iter().enumerate().filter(|(at, checked)| told(kin, *at, checked)) {
        lines.push('\n');
        lines.push_str(&render::report(checked));
    }
    lines
}

fn told(kin: &Kin, at: usize, checked: &Checked) -> bool {
    checked.judgement().is_some()
        || checked.verdict().is_some_and(|verdict| verdict.evidence().is_some() || !verdict.findings().is_empty())
            && !kin.identical.iter().any(|group| group[1..].contains(&at))
}

fn copies(all: &[Checked], standings: &[Standing], group: &[usize]) -> String {
    if is_one_file(standings, group) {
        format!("{} are one and the same file.\n", paths(all, group))
    } else {
        format!("These {} files are identical copies: {}.\n", group.len(), paths(all, group))
    }
}

fn paths(all: &[Checked], group: &[usize]) -> String {
    let paths: Vec<String> = group.iter().map(|at| text::path(&all[*at].path)).collect();
    text::list(&paths)
}

//! `counterpart verify PATH…`: what every file is, and how the files stand to one another.
//!
//! Not the check (`seal`), not the words (`render.rs`). Invariants: files are compared only when
//! they say they are the same recording, and then byte by byte; the exit code is 1 if anything is
//! not intact, else 2 if anything cannot be said, else 0.

use std::path::PathBuf;

use clap::Args;

use crate::check::{Checked, Look, percent};
use crate::error::Result;
use crate::files::{same_bytes, same_file};
use crate::keyfile::PublicDevice;
use crate::out::Progress;
use crate::state::StateArgs;
use crate::{json, out, render, text};

/// `counterpart verify …`
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Files, or folders with a recording in them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Decode the sound as well and compare every sample
    #[arg(long)]
    deep: bool,
    /// Say how it sounds as well: speech, loudness, clipping, silence, noise (decodes, as --deep does)
    #[arg(long)]
    quality: bool,
    /// Say whether this device sealed it (the .pub file of "counterpart device init")
    #[arg(long, value_name = "DEVICE.pub")]
    trust: Option<PathBuf>,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
}

pub(crate) fn run(args: VerifyArgs) -> Result<u8> {
    let device = args.trust.as_deref().map(PublicDevice::read).transpose()?;
    // Without a state folder nothing can be asked about a recording that runs; the files are checked all the same.
    let state_dir = args.state.folder().ok();
    let look =
        Look { deep: args.deep, quality: args.quality, device: device.as_ref(), state_dir: state_dir.as_deref() };
    let checked = |path: &PathBuf| {
        let mut progress = Progress::new();
        Checked::path(path, &look, &mut |done, all| progress.show(|| percent(path, done, all)))
    };
    let mut all: Vec<Checked> = args.paths.iter().map(checked).collect();
    find_contradictions(&mut all);
    let identical = identical_groups(&all);
    let exit = exit_code(&all);
    let text = match args.json.json {
        true => json::text(&json::Verify::new(&all, &identical, exit)),
        false => human(&all, &identical),
    };
    Ok(out::result(&text, exit))
}

fn exit_code(all: &[Checked]) -> u8 {
    let codes = || all.iter().map(Checked::exit_code);
    if codes().any(|code| code == 1) { 1 } else { codes().max().unwrap_or(0) }
}

/// Two signed histories condemn both files, whichever is looked at.
fn find_contradictions(all: &mut [Checked]) {
    for a in 0..all.len() {
        for b in a + 1..all.len() {
            let verified = |at: usize| all[at].verdict().and_then(|verdict| verdict.verified());
            let contradict = match (verified(a), verified(b)) {
                (Some(left), Some(right)) => seal::two_histories(left, right),
                _ => false,
            };
            if contradict {
                all[a].contradicted_by = Some(all[b].path.clone());
                all[b].contradicted_by = Some(all[a].path.clone());
            }
        }
    }
}

/// Groups of at least two files with the same bytes.
fn identical_groups(all: &[Checked]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in 0..all.len() {
        match groups.iter_mut().find(|group| identical(&all[group[0]], &all[at])) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn identical(a: &Checked, b: &Checked) -> bool {
    let id = |checked: &Checked| checked.verdict().and_then(|verdict| verdict.evidence()).map(|evidence| evidence.id);
    match (id(a), id(b), &a.file, &b.file) {
        // A file that cannot be read again is not called identical to anything.
        (Some(left), Some(right), Some(a), Some(b)) => left == right && same_bytes(a, b).unwrap_or(false),
        _ => false,
    }
}

/// Paths of files that hold, are of one recording, and are not all the same bytes.
fn kin(all: &[Checked], identical: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let id =
        |at: usize| all[at].verdict().and_then(|verdict| verdict.verified()).map(|verified| verified.evidence().id);
    let mut kin: Vec<Vec<usize>> = Vec::new();
    for at in (0..all.len()).filter(|at| id(*at).is_some() && all[*at].contradicted_by.is_none()) {
        match kin.iter_mut().find(|group| id(group[0]) == id(at)) {
            Some(group) => group.push(at),
            None => kin.push(vec![at]),
        }
    }
    kin.retain(|group| group.len() > 1 && !identical.contains(group));
    kin
}

fn human(all: &[Checked], identical: &[Vec<usize>]) -> String {
    if let [only] = all {
        return render::report(only);
    }
    let mut lines = String::new();
    for checked in all {
        lines.push_str(&render::headline(checked));
        if !told(all, identical, checked) {
            lines.push_str(&render::hint(checked));
        }
    }
    for group in identical {
        lines.push('\n');
        lines.push_str(&render_group(all, group));
    }
    for group in kin(all, identical) {
        let paths: Vec<String> = group.iter().map(|at| text::path(&all[*at].path)).collect();
        lines.push_str(&format!("\n{} are of one recording, but not the same bytes.\n", text::list(&paths)));
    }
    for checked in all.iter().filter(|checked| told(all, identical, checked)) {
        lines.push('\n');
        lines.push_str(&render::report(checked));
    }
    lines
}

/// Identical files are reported once, by the first of them.
fn told(all: &[Checked], identical: &[Vec<usize>], checked: &Checked) -> bool {
    let again = |at: &usize| std::ptr::eq(&all[*at], checked);
    checked.verdict().is_some_and(|verdict| verdict.evidence().is_some() || !verdict.findings().is_empty())
        && !identical.iter().any(|group| group[1..].iter().any(again))
}

fn render_group(all: &[Checked], group: &[usize]) -> String {
    let paths: Vec<String> = group.iter().map(|at| text::path(&all[*at].path)).collect();
    let first = all[group[0]].file.as_ref();
    let one_file = group[1..].iter().all(|at| matches!((first, &all[*at].file), (Some(a), Some(b)) if same_file(a, b)));
    if one_file {
        format!("{} are one and the same file.\n", text::list(&paths))
    } else {
        format!("These {} files are identical copies: {}.\n", group.len(), text::list(&paths))
    }
}

//! Which files a command line means: as named, or every recording in a folder and below it.
//!
//! Nothing is opened here. Invariants: the order is that of the command line and, inside a folder, that of names, so that the same
//! tree gives the same list; links are not followed; what cannot be looked into is listed, never passed over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recorder::folder::{PART, PART2, RECORDING};

use crate::error::{plain, what_to_do};

/// One thing to look at.
#[derive(Debug)]
pub(super) enum Target {
    /// A file, or a folder that stands for the recording in it.
    Path(PathBuf),
    /// A place where nothing can be looked at: why, and what to do.
    Nothing { path: PathBuf, why: String, hint: String },
}

impl Target {
    pub(super) fn path(&self) -> &Path {
        match self {
            Target::Path(path) | Target::Nothing { path, .. } => path,
        }
    }
}

/// The paths as they are named.
pub(super) fn named(paths: Vec<PathBuf>) -> Vec<Target> {
    paths.into_iter().map(Target::Path).collect()
}

/// The paths with every folder replaced by the recordings in it and below it.
pub(super) fn below(paths: Vec<PathBuf>) -> Vec<Target> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(Target::Path(path));
            continue;
        }
        let before = found.len();
        search(&path, &mut found);
        if found.len() == before {
            let why = "There is no recording in this folder or below it.".to_owned();
            let hint = "name a folder that has .flac files in it or below it".to_owned();
            found.push(Target::Nothing { path, why, hint });
        }
    }
    found
}

/// Folders one after the other, without recursion: a tree may be deeper than a stack.
fn search(folder: &Path, found: &mut Vec<Target>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        match entries(&folder) {
            Ok(entries) => {
                let (below, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, is_folder)| *is_folder);
                let files: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
                found.extend(files.iter().filter(|path| is_recording(path, &files)).cloned().map(Target::Path));
                // The last one pushed is looked into first.
                folders.extend(below.into_iter().rev().map(|(path, _)| path));
            }
            Err(err) => {
                let why = format!("The folder cannot be looked into: {}.", plain(&err));
                let hint = what_to_do(&err).to_owned();
                found.push(Target::Nothing { path: folder, why, hint });
            }
        }
    }
}

/// Files and folders in a folder, by name; whether each is a folder.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() || kind.is_dir() {
            entries.push((entry.path(), kind.is_dir()));
        }
    }
    entries.sort();
    Ok(entries)
}

/// A FLAC file, or the part of a recording that was not finished there.
fn is_recording(path: &Path, beside: &[PathBuf]) -> bool {
    let unfinished = [PART, PART2].iter().any(|part| path.ends_with(part));
    if unfinished {
        return !beside.iter().any(|other| other.ends_with(RECORDING));
    }
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("flac"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order_of_names() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            "b/recording.flac",
            "b/deep/er/x.FLAC",
            "b/notes.txt",
            "a/recording.flac.part",
            "c/recording.flac",
            "c/recording.flac.part",
            "d/empty.wav",
            "z.flac",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(dir.path(), dir.path().join("b/loop")).unwrap();
        let shown = |targets: &[Target]| -> Vec<String> {
            let inside = |target: &Target| target.path().strip_prefix(dir.path()).unwrap().display().to_string();
            targets.iter().map(inside).collect()
        };
        let all = below(vec![dir.path().to_owned()]);
        let wanted = ["z.flac", "a/recording.flac.part", "b/recording.flac", "b/deep/er/x.FLAC", "c/recording.flac"];
        assert_eq!(shown(&all), wanted);
        let some = below(vec![dir.path().join("z.flac"), dir.path().join("d"), dir.path().join("gone")]);
        assert_eq!(shown(&some), ["z.flac", "d", "gone"]);
        assert!(matches!(some[1], Target::Nothing { .. }) && matches!(some[2], Target::Path(_)));
    }
}

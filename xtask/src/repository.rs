//! Where the repository is, which files belong to it, and what they hold.
//!
//! `Tree` is a picture of those files in memory, so that every house rule is a pure function of it and its test is a
//! table of small trees. Files that git ignores are not part of it; files not yet added to git are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Cargo's target folder, `CARGO_TARGET_DIR` and configuration taken into account.
pub(crate) fn target_dir() -> anyhow::Result<PathBuf> {
    let metadata = metadata(&["--no-deps"])?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(folder))
}

/// What `cargo metadata` says of this workspace.
pub(crate) fn metadata(arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
    let mut command = crate::run::cargo();
    command.args(["metadata", "--format-version", "1"]).args(arguments);
    let text = crate::run::capture(&mut command)?;
    serde_json::from_str(&text).context("cargo metadata did not print JSON")
}

/// Every file of the repository: path with `/` from the root, and bytes.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Reads every file git tracks or would track.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("git could not be started; it lists which files belong to the repository")?;
        if !listed.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr).trim());
        }
        let mut tree = Self::default();
        for path in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|path| !path.is_empty()) {
            // A tracked file that was deleted and not yet committed is no longer part of the picture.
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                tree.files.insert(path.to_owned(), bytes);
            }
        }
        Ok(tree)
    }

    /// Paths and bytes, in order of path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The files that are text, with the text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)))
    }

    /// The text of one file; `None` when it does not exist or is not text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    /// Rust sources below a folder (`""` for all).
    pub(crate) fn rust(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.ends_with(".rs") && path.starts_with(folder))
    }
}

#[cfg(test)]
impl Tree {
    /// A tree made of what a test says.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        Self { files }
    }
}

//! `cargo xtask web`: makes the pages' assets from the packages of `web/package-lock.json`, or proves that they are what it gives.
//!
//! Not what delivers them (`crates/pages`). Packages are installed below the target folder, never in the repository, as the lock file has them by their
//! digests and without running their scripts. Invariants: with `--check` nothing of the repository is written; a file too many is a difference too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::TaskResult;
use crate::repository::{root, target_dir};
use crate::run::{program, show};

/// What the packages are made into.
const ASSETS: &str = "crates/pages/assets";
/// Where the packages are, below the target folder; the fixtures' test looks for them there.
const INSTALLED: &str = "xtask/web";
/// What npm says it has installed, kept beside it.
const STAMP: &str = "installed-from.json";

/// Makes the assets, or with `--check` compares them.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [check] = crate::flags(arguments, ["--check"])?;
    let differing = differing(!check)?;
    for name in &differing {
        println!("{ASSETS}/{name} {}", if check { "is not what web/package-lock.json gives" } else { "is made anew" });
    }
    match (differing.is_empty(), check) {
        (true, _) => println!("web: the assets are what web/package-lock.json gives"),
        (false, true) => println!("hint: `cargo xtask web` makes them"),
        (false, false) => println!("web: build again, so that the program has them"),
    }
    Ok(differing.is_empty() || !check)
}

/// For `cargo xtask test`: an error where the assets are not what the lock file gives.
pub(crate) fn check() -> anyhow::Result<String> {
    let differing = differing(false)?;
    ensure!(
        differing.is_empty(),
        "not what web/package-lock.json gives: {}; try `cargo xtask web`",
        differing.join(", ")
    );
    Ok("the assets are what the lock file gives".to_owned())
}

/// The assets that differ from what the packages give, which are written if so asked.
fn differing(write: bool) -> anyhow::Result<Vec<String>> {
    install()?;
    let folder = target_dir()?.join(INSTALLED);
    let made = tempfile::tempdir().context("no temporary folder can be made")?;
    ensure!(show(program("node").arg(folder.join("build.mjs")).arg(made.path()))?.ok, "node could not make the assets");
    let assets = root().join(ASSETS);
    let (new, old) = (files(made.path())?, files(&assets)?);
    let mut names: Vec<&String> = new.keys().chain(old.keys()).collect();
    names.sort();
    names.dedup();
    let differing: Vec<String> = names.into_iter().filter(|name| new.get(*name) != old.get(*name)).cloned().collect();
    for name in differing.iter().filter(|_| write) {
        let file = assets.join(name);
        match new.get(name) {
            Some(bytes) => {
                std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
                std::fs::write(&file, bytes).with_context(|| format!("{ASSETS}/{name} cannot be written"))?;
            }
            None => std::fs::remove_file(&file).with_context(|| format!("{ASSETS}/{name} cannot be removed"))?,
        }
    }
    Ok(differing)
}

/// Installs the packages, unless they are there from the same lock file; says whether it had to.
pub(crate) fn install() -> anyhow::Result<bool> {
    let (web, folder) = (root().join("web"), target_dir()?.join(INSTALLED));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for file in std::fs::read_dir(&web).context("web/ cannot be read")? {
        let path = file?.path();
        let name = path.file_name().context("a file has a name")?;
        if path.is_file() {
            std::fs::copy(&path, folder.join(name)).with_context(|| format!("{} cannot be copied", path.display()))?;
        }
    }
    let (stamp, wanted) = (folder.join(STAMP), std::fs::read(web.join("package-lock.json"))?);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) && folder.join("node_modules").is_dir() {
        return Ok(false);
    }
    let mut npm = program("npm");
    npm.current_dir(&folder).args([
        "ci",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]);
    ensure!(show(&mut npm)?.ok, "npm could not install what web/package-lock.json names; it needs its registry once");
    std::fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))?;
    Ok(true)
}

/// The script of axe, once it is installed: the tests of pages run it in them.
pub(crate) fn axe() -> anyhow::Result<Option<PathBuf>> {
    let script = target_dir()?.join(INSTALLED).join("node_modules/axe-core/axe.min.js");
    Ok(Some(script).filter(|script| script.is_file()))
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("{} cannot be read", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).context("a file is below its folder")?;
            found.insert(name.to_string_lossy().into_owned(), std::fs::read(&path)?);
        }
    }
    Ok(found)
}

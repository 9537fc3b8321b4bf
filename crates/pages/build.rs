//! What the crate is built from beside its sources: the wording becomes functions, the assets a table with their compressed forms.
//!
//! Not what makes the assets (`cargo xtask web`). Invariants: it reads only `wording/` and `assets/`; what is wrong with a message fails the build in
//! one line with the file and the message.

// The crate is pure; what builds it reads its files.
#![allow(clippy::disallowed_methods)]

#[path = "build/assets.rs"]
mod assets;
#[path = "build/wording.rs"]
mod wording;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo names no folder")?);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?);
    for watched in ["build", "wording", "assets"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let english = texts(&root.join("wording/en"))?;
    let welsh = texts(&root.join("wording/cy"))?;
    std::fs::write(out.join("wording.rs"), wording::generate(&english, &welsh)?)?;
    std::fs::write(out.join("assets.rs"), assets::generate(&root.join("assets"), &out)?)?;
    Ok(())
}

/// Every `.ftl` file of a folder, with its name, in order.
fn texts(folder: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "ftl") {
            texts.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    texts.sort();
    Ok(texts)
}

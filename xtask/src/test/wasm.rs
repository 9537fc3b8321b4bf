//! Proves that `seal` builds for WebAssembly, where there is no clock, no file and no randomness to fall back on.
//!
//! The target comes from rustup; where rustup cannot have it, Debian's own compiler builds the standard library from
//! source. Either way the output goes to a target folder of its own, so that the two compilers do not undo each other.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use super::tools::install_packages;
use crate::repository::target_dir;
use crate::run::{capture, cargo, program, show, succeeds, which};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN: &[&str] = &["rustc-web", "cargo-web", "libstd-rust-web-dev", "rust-web-src"];

/// Builds the crate and says which compiler did.
pub(super) fn build_seal() -> anyhow::Result<String> {
    let (mut command, by, folder) = if has_target()? || add_target()? {
        (cargo(), "the toolchain's own target", "wasm")
    } else {
        install_packages(DEBIAN)?;
        (debian_cargo()?, "Debian's compiler", "wasm-debian")
    };
    command.args(["build", "--package", "seal", "--lib", "--target", TARGET]);
    command.arg("--target-dir").arg(target_dir()?.join(folder));
    if folder == "wasm-debian" {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    ensure!(show(&mut command)?.ok, "seal does not build for {TARGET}");
    Ok(format!("by {by}"))
}

fn has_target() -> anyhow::Result<bool> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let sysroot = capture(program(&rustc).args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn add_target() -> anyhow::Result<bool> {
    if which("rustup").is_none() {
        return Ok(false);
    }
    Ok(show(program("rustup").args(["target", "add", TARGET]))?.ok && has_target()?)
}

/// Debian's cargo and rustc, allowed to build the standard library from the source that `rust-web-src` brings.
fn debian_cargo() -> anyhow::Result<Command> {
    let (rustc, cargo) = ("/usr/bin/rustc", "/usr/bin/cargo");
    ensure!(succeeds(program(cargo).arg("--version")), "{cargo} does not run");
    let mut command = program(cargo);
    // rustup's and the outer cargo's choices would send it back to the compiler that lacks the target.
    for inherited in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO", "RUSTDOC"] {
        command.env_remove(inherited);
    }
    command.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
    Ok(command)
}

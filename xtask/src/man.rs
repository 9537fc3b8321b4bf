//! `cargo xtask man`: the manual pages and the completions as files, for those who package the program.
//!
//! The texts are the program's own (`counterpart man`, `counterpart completions`); here they only get names. Invariant: every page
//! that a page leads to is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::TaskResult;
use crate::repository::target_dir;
use crate::run::{capture, cargo};

/// Shell, and what its completions are called.
const COMPLETIONS: &[(&str, &str)] =
    &[("bash", "counterpart.bash"), ("zsh", "_counterpart"), ("fish", "counterpart.fish")];

/// Writes everything into a folder, `man` in the target folder unless another is named.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let folder = match arguments {
        [] => target_dir()?.join("man"),
        [folder] => std::env::current_dir()?.join(folder),
        _ => anyhow::bail!("one folder can be named"),
    };
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    capture(cargo().args(["build", "--quiet", "--package", "counterpart"]))?;
    let program = target_dir()?.join("debug").join("counterpart");
    let mut written = Vec::new();
    write_pages(&program, &folder, &[], &mut written)?;
    for (shell, name) in COMPLETIONS {
        let script = capture(Command::new(&program).args(["completions", shell]))?;
        written.push(write(&folder, name, &script)?);
    }
    println!("man: {} files in {}", written.len(), folder.display());
    Ok(true)
}

/// The page of a command, and of the commands below it.
fn write_pages(program: &Path, folder: &Path, command: &[&str], written: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let page = capture(Command::new(program).arg("man").args(command))?;
    let name = [&["counterpart"], command].concat().join("-");
    written.push(write(folder, &format!("{name}.1"), &page)?);
    for next in below(&page, &name) {
        write_pages(program, folder, &[command, &[next.as_str()]].concat(), written)?;
    }
    Ok(())
}

/// The commands that the page of `name` leads to.
fn below(page: &str, name: &str) -> Vec<String> {
    let link = |line: &str| Some(line.strip_prefix("\\fB")?.split_once("\\fR(1)")?.0.replace("\\-", "-"));
    let prefix = format!("{name}-");
    page.lines().filter_map(link).filter_map(|link| link.strip_prefix(&prefix).map(str::to_owned)).collect()
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn links_lead_down_and_never_up() {
        let page =
            ".SH \"SEE ALSO\"\n\\fBcounterpart\\fR(1),\n\\fBcounterpart\\-device\\-init\\fR(1),\n\\fBtar\\fR(1)\n";
        assert_eq!(below(page, "counterpart-device"), ["init"]);
        assert_eq!(below(page, "counterpart-verify"), [""; 0]);
    }
}

//! `counterpart man` and `counterpart completions`: pages and shell scripts from the definitions of the command line.
//!
//! Nothing is said here that the definitions do not say, but for cross references. Invariants: standard output only,
//! so that nothing is installed by itself; the same program gives the same bytes.

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::definition;
use crate::error::{Error, Result};
use crate::{codes, out};

const SECTION: &str = "1";
/// When what the pages say last changed.
const DATE: &str = "2026-11-22";
const SOFTWARE: &str = concat!("counterpart ", env!("CARGO_PKG_VERSION"));
/// `counterpart man …`
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The command whose page it is, as it is typed: verify, device init [default: the program as a whole]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// `counterpart completions …`
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell that will read it
    #[arg(value_name = "SHELL", value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

/// Writes one manual page.
pub(crate) fn man(args: &ManArgs) -> Result<u8> {
    let mut all = definition();
    all.build();
    let mut command = &all;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            Error::of(format_args!("there is no command {:?}", args.command.join(" ")))
                .hint("\"counterpart --help\" lists the commands")
        })?;
    }
    Ok(out::result(&page(command), 0))
}

/// Writes one shell's completions.
pub(crate) fn completions(args: &CompletionsArgs) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "counterpart", &mut script);
    out::result(&String::from_utf8_lossy(&script), 0)
}

fn page(command: &clap::Command) -> String {
    let mut page = Vec::new();
    render(command, &mut page).expect("writing to memory does not fail");
    // An empty line between two breaks is one of space; said so, no formatter complains of it.
    String::from_utf8_lossy(&page).replace(".br\n\n.br\n", ".sp\n")
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let man = Man::new(command.clone()).section(SECTION);
    writeln!(page, ".TH {} {SECTION} {DATE} \"{SOFTWARE}\" Counterpart", name.to_uppercase().replace('-', "\\-"))?;
    man.render_name_section(page)?;
    synopsis(command, page)?;
    if command.get_long_about().is_some() {
        man.render_description_section(page)?;
    }
    man.render_options_section(page)?;
    let subcommands: Vec<String> =
        command.get_subcommands().filter_map(|sub| sub.get_display_name()).map(str::to_owned).collect();
    if !subcommands.is_empty() {
        man.render_subcommands_section(page)?;
    }
    let mut more = String::from(".SH \"EXIT STATUS\"\n");
    let typed = command.get_bin_name().unwrap_or_default();
    for (code, meaning) in codes::of(typed.strip_prefix("counterpart").unwrap_or(typed).trim_start()) {
        more.push_str(&format!(".TP\n\\fB{code}\\fR\n{meaning}\n"));
    }
    more.push_str(".SH \"SEE ALSO\"\n");
    let parent = (name != "counterpart").then(|| "counterpart".to_owned());
    let others: Vec<String> = parent.into_iter().chain(subcommands).collect();
    let links = others.iter().map(|name| format!("\\fB{}\\fR({SECTION})", name.replace('-', "\\-")));
    more.push_str(&links.collect::<Vec<_>>().join(",\n"));
    more.push('\n');
    page.extend(more.as_bytes());
    Ok(())
}

/// The command with all it takes, and what each flag takes.
fn synopsis(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    writeln!(page, ".SH SYNOPSIS\n\\fB{name}\\fR")?;
    let shown = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let (needed, free): (Vec<_>, Vec<_>) =
        shown().filter(|arg| !arg.is_positional()).partition(|arg| arg.is_required_set());
    for arg in shown().filter(|arg| arg.is_positional()).chain(needed).chain(free) {
        let values =
            arg.get_num_args().is_none_or(|count| count.takes_values()).then(|| arg.get_value_names()).flatten();
        let value = values.map(|names| format!("\\fI{}\\fR", names.join(" "))).unwrap_or_default();
        let flag = arg.get_long().map(|long| format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"))).unwrap_or_default();
        let space = if value.is_empty() || flag.is_empty() { "" } else { " " };
        let many = matches!(arg.get_action(), clap::ArgAction::Append)
            || arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        let [open, close] = if arg.is_required_set() { ["", ""] } else { ["[", "]"] };
        writeln!(page, "{open}{flag}{space}{value}{close}{}", if many { " ..." } else { "" })?;
    }
    if command.has_subcommands() {
        writeln!(page, "\\fICOMMAND\\fR ...")?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every command below one, itself first.
    fn all(command: &clap::Command) -> Vec<clap::Command> {
        let below = command.get_subcommands().flat_map(all);
        std::iter::once(command.clone()).chain(below).collect()
    }

    /// The flags of a command as they are typed.
    fn flags(command: &clap::Command) -> Vec<String> {
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_positional());
        let typed = shown.filter_map(|arg| arg.get_long().map(|long| format!("--{long}")));
        typed.filter(|flag| flag != "--help" && flag != "--version").collect()
    }

    #[test]
    fn every_flag_is_on_its_page_and_every_command_has_one() {
        let mut root = definition();
        root.build();
        let top = page(&root);
        for command in all(&root) {
            let text = page(&command).replace("\\-", "-");
            for flag in flags(&command) {
                assert!(text.contains(&flag), "{flag} is not on the page of {}", command.get_name());
            }
            assert!(command.get_about().is_some(), "{} does not say what it is", command.get_name());
        }
        for command in root.get_subcommands() {
            let link = format!("counterpart\\-{}", command.get_name().replace('-', "\\-"));
            assert!(top.contains(&link), "{link} is not on the page of the program");
        }
    }

    #[test]
    fn every_command_and_flag_is_in_the_documentation() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
        #[allow(clippy::disallowed_methods)]
        let docs = std::fs::read_to_string(path).unwrap();
        let mut root = definition();
        root.build();
        for command in root.get_subcommands() {
            let is_its = |section: &&str| {
                let heading = section.lines().next().unwrap_or_default();
                heading.split([' ', ',', '`']).any(|word| word == command.get_name())
            };
            let section = docs.split("\n## ").find(is_its);
            let section = section.unwrap_or_else(|| panic!("docs/cli.md has no section on {}", command.get_name()));
            for command in all(command) {
                for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help") {
                    let long = arg.get_long().map(|long| format!("--{long}"));
                    let short = arg.get_short().map(|short| format!("-{short} "));
                    let typed: Vec<String> = long.into_iter().chain(short).collect();
                    let named = typed.is_empty() || typed.iter().any(|flag| section.contains(flag));
                    assert!(named, "docs/cli.md does not name {typed:?} of {}", command.get_name());
                }
            }
        }
    }

    #[test]
    fn every_text_of_help_is_there_and_of_one_form() {
        let mut root = definition();
        root.build();
        for command in all(&root) {
            let texts = command.get_arguments().filter(|arg| !arg.is_hide_set()).map(|arg| arg.get_help());
            for text in texts.chain([command.get_about()]) {
                let text = text.unwrap_or_else(|| panic!("a text is missing in {}", command.get_name())).to_string();
                let one_line = !text.contains('\n') && !text.ends_with('.');
                assert!(one_line && text.starts_with(char::is_uppercase), "{}: {text:?}", command.get_name());
            }
        }
    }

    #[test]
    fn every_shell_gets_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut definition(), "counterpart", &mut script);
            let script = String::from_utf8(script).unwrap();
            for command in definition().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {} is missing", command.get_name());
            }
        }
    }
}

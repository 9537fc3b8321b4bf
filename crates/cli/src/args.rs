//! The command line as a whole: one command, one module, one definition per flag.
//!
//! Not the flags themselves: each command's stand in its module. Invariant: what is wrong with a
//! command line is said like everything else, one line and a hint, with exit code 2.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::compare::CompareArgs;
use crate::control::ControlArgs;
use crate::device::DeviceArgs;
use crate::disc::DiscArgs;
use crate::error::{Error, Result};
use crate::excerpt::ExcerptArgs;
use crate::inspect::InspectArgs;
use crate::manual::{CompletionsArgs, ManArgs};
use crate::receipt::ReceiptArgs;
use crate::record::RecordArgs;
use crate::recover::RecoverArgs;
use crate::redact::RedactArgs;
use crate::rehearse::CheckArgs;
use crate::stick::StickArgs;
use crate::verify::VerifyArgs;
use crate::{
    codes, compare, control, device, disc, excerpt, inspect, manual, out, receipt, record, recover, redact, rehearse,
    stick, verify,
};

/// Recordings that both sides of a meeting can trust.
#[derive(Parser, Debug)]
#[command(name = "counterpart", version, disable_help_subcommand = true, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Record into two identical copies, sealed as they are made
    Record(RecordArgs),
    /// Before an interview: is the room quiet, are both voices audible?
    Check(CheckArgs),
    /// Drive a running recording: pause, resume, mark, entrant, finish; or ask how it stands
    Control(ControlArgs),
    /// Say whether recordings are complete and unaltered, and whether a log has a certificate of destruction
    Verify(VerifyArgs),
    /// Say whether two files are the same recording, or the same sound
    Compare(CompareArgs),
    /// Make a file of one part of a recording that still verifies
    Excerpt(ExcerptArgs),
    /// Make a file with parts muted whose rest still verifies
    Redact(RedactArgs),
    /// Finish a recording that was cut off
    Recover(RecoverArgs),
    /// Write the page that goes home beside a copy, and a read-me
    Receipt(ReceiptArgs),
    /// Put a copy on discs and check them
    Disc(DiscArgs),
    /// Put a copy on two sticks and check them
    Stick(StickArgs),
    /// Show what is in a file, without judging it
    Inspect(InspectArgs),
    /// Make or show this device's key
    Device(DeviceArgs),
    /// Print a manual page: counterpart man verify | man -l -
    Man(ManArgs),
    /// Print what a shell needs to complete commands as you type them
    Completions(CompletionsArgs),
}

/// The whole definition: what help, manual pages and completions are made from.
pub(crate) fn definition() -> clap::Command {
    with_codes(Line::command(), "")
}

/// The meanings of exit codes below the help of a command and of those in it.
fn with_codes(command: clap::Command, typed: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = if names.is_empty() || typed.is_empty() { command.after_help(codes::help(typed)) } else { command };
    names.into_iter().fold(command, |command, name| {
        let typed = format!("{typed} {name}");
        command.mut_subcommand(name, |inner| with_codes(inner, typed.trim_start()))
    })
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let line = definition().try_get_matches().and_then(|found| Line::from_arg_matches(&found));
    let code = match line {
        Ok(line) => dispatch(line.command).unwrap_or_else(|err| say(&err)),
        Err(err) => refused(&err),
    };
    ExitCode::from(code)
}

fn dispatch(command: Command) -> Result<u8> {
    match command {
        Command::Record(args) => record::run(args),
        Command::Check(args) => rehearse::run(&args),
        Command::Control(args) => control::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Compare(args) => compare::run(&args),
        Command::Excerpt(args) => excerpt::run(&args),
        Command::Redact(args) => redact::run(&args),
        Command::Recover(args) => recover::run(args),
        Command::Receipt(args) => receipt::run(&args),
        Command::Disc(args) => disc::run(args),
        Command::Stick(args) => stick::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Device(args) => device::run(args),
        Command::Man(args) => manual::man(&args),
        Command::Completions(args) => Ok(manual::completions(&args)),
    }
}

fn say(err: &Error) -> u8 {
    out::notice(&err.to_string());
    2
}

/// clap's words in this program's form.
fn refused(err: &clap::Error) -> u8 {
    let text = err.render().to_string();
    if matches!(err.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return out::result(&text, 0);
    }
    if err.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        out::notice(text.trim_end());
        return 2;
    }
    let first = text.split("\n\n").next().unwrap_or(&text);
    let words: Vec<&str> = first.split_whitespace().collect();
    let line = words.join(" ");
    say(&Error::of(line.strip_prefix("error: ").unwrap_or(&line)).hint(help_hint()))
}

/// Where help is, for the command that was meant as far as that can be told.
fn help_hint() -> String {
    let line = definition();
    let first = std::env::args_os().nth(1).unwrap_or_default();
    match line.get_subcommands().find(|command| command.get_name() == first) {
        Some(command) => format!("\"counterpart {} --help\" shows how", command.get_name()),
        None => "\"counterpart --help\" shows how".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_definition_is_sound() {
        super::definition().debug_assert();
    }
}

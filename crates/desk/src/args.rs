//! The command line as a whole: one command, one module, one definition per flag.
//!
//! Not the flags themselves: each command's stand in its module. Invariant: what is wrong with a command line is said like
//! everything else, one line and a hint, with exit code 2.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, Result, plain};
use crate::{
    account, backup, cases, check, client, codes, configuration, demonstration, desk, explain, init, log, out, restore,
    rooms, scrub, token, vault, witness,
};

/// The service behind recordings that both sides can trust: a public log, its witnesses, and their audit.
#[derive(Parser, Debug)]
#[command(name = "counterpartd", version, disable_help_subcommand = true, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Init(init::InitArgs),
    Serve(Box<desk::ServeArgs>),
    Account(Box<account::AccountArgs>),
    Log(log::LogArgs),
    Witness(witness::WitnessArgs),
    InitWitness(witness::InitArgs),
    Check(check::CheckArgs),
    Scrub(scrub::ScrubArgs),
    Token(token::TokenArgs),
    Vault(Box<vault::VaultArgs>),
    Cases(Box<cases::CasesArgs>),
    Rules(Box<explain::RulesArgs>),
    Demonstration(demonstration::DemonstrationArgs),
    Room(Box<rooms::RoomArgs>),
    Backup(backup::BackupArgs),
    Configuration(configuration::ConfigurationArgs),
    Restore(restore::RestoreArgs),
}

/// The whole definition, with the meanings of exit codes below each help.
fn definition() -> clap::Command {
    explained(Line::command(), "")
}

/// Its commands, and theirs, each with its codes; `before` is what is typed before their names.
fn explained(command: clap::Command, before: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let words = format!("{before}{name}");
        let codes = codes::help(&words);
        command.mut_subcommand(name, |inner| explained(inner.after_help(codes), &format!("{words} ")))
    })
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let line = definition().try_get_matches().and_then(|found| Line::from_arg_matches(&found));
    let code = match line {
        Ok(line) => in_runtime(line.command).unwrap_or_else(|err| say(&err)),
        Err(err) => refused(&err),
    };
    ExitCode::from(code)
}

fn in_runtime(command: Command) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|err| {
        Error::of(format_args!("no threads can be started: {}", plain(&err))).hint("check the limits of the system")
    })?;
    client::choose_tls();
    runtime.block_on(dispatch(command))
}

async fn dispatch(command: Command) -> Result<u8> {
    match command {
        Command::Init(args) => init::run(args).await,
        Command::Serve(args) => Box::pin(desk::run(*args)).await,
        Command::Account(args) => Box::pin(account::run(*args)).await,
        Command::Log(args) => log::run(args).await,
        Command::Witness(args) => witness::run(args).await,
        Command::InitWitness(args) => witness::init(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Scrub(args) => Box::pin(scrub::run(args)).await,
        Command::Token(args) => token::run(&args),
        Command::Configuration(args) => configuration::run(&args, &definition()),
        Command::Backup(args) => Box::pin(backup::run(args)).await,
        Command::Restore(args) => Box::pin(restore::run(args)).await,
        Command::Vault(args) => Box::pin(vault::run(*args)).await,
        Command::Cases(args) => Box::pin(cases::run(*args)).await,
        Command::Rules(args) => Box::pin(explain::run(*args)).await,
        Command::Demonstration(args) => Box::pin(demonstration::run(args)).await,
        Command::Room(args) => Box::pin(rooms::run(*args)).await,
    }
}

fn say(err: &Error) -> u8 {
    out::notice(&err.to_string());
    err.code()
}

/// clap's words in this program's form.
fn refused(err: &clap::Error) -> u8 {
    let text = err.render().to_string();
    if matches!(err.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return out::result(&text, codes::DONE);
    }
    if err.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        out::notice(text.trim_end());
        return codes::COULD_NOT;
    }
    let first = text.split("\n\n").next().unwrap_or(&text);
    let words: Vec<&str> = first.split_whitespace().collect();
    let line = words.join(" ");
    say(&Error::of(line.strip_prefix("error: ").unwrap_or(&line)).hint(help_hint()))
}

/// Where help is, for the command that was meant as far as that can be told.
fn help_hint() -> String {
    let line = definition();
    let (mut command, mut words) = (&line, "counterpartd".to_owned());
    for word in std::env::args_os().skip(1) {
        let Some(inner) = command.get_subcommands().find(|inner| inner.get_name() == word) else { break };
        words = format!("{words} {}", inner.get_name());
        command = inner;
    }
    format!("\"{words} --help\" shows how")
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_definition_is_sound() {
        super::definition().debug_assert();
    }
}

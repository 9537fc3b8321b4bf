//! `counterpart record`: a source of sound, two folders, two identical copies.
//!
//! Not the recording (`recorder`): here are its parameters, the signals that end it, and the words for
//! how it ended. Invariants: signals are caught before anything is written; what the result says of
//! a copy is what `recorder` found when it read it back.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use recorder::clock::SystemClock;
use recorder::source::{self, Source};
use recorder::{Pace, Settings};
use seal::DeviceKey;

use crate::bell::Bell;
use crate::error::{Error, Result};
use crate::outside::OutsideArgs;
use crate::saved;
use crate::signals::Caught;
use crate::state::StateArgs;
use crate::watcher::{Handles, News, Shared, Watcher};
use crate::{about, json, keyfile, lines, out, passphrase, rehearse, screen};

const SOFTWARE: &str = concat!("counterpart ", env!("CARGO_PKG_VERSION"));

/// `counterpart record …`
#[derive(Args, Debug)]
pub(crate) struct RecordArgs {
    /// The sound: a file, - for standard input, mic or mic:NAME for a microphone
    #[arg(long, value_name = "FILE|-|mic[:NAME]", value_parser = OsStringValueParser::new().map(Input::parse))]
    input: Input,
    /// A folder for one copy; to be given twice, once for each side
    #[arg(long = "copy", value_name = "DIR", required = true)]
    copies: Vec<PathBuf>,
    /// Take a file in as if it were spoken now; on a terminal Enter skips ahead
    #[arg(long)]
    realtime: bool,
    /// Check the microphone first; what is found goes on the record
    #[arg(long)]
    check: bool,
    /// Show no screen but a line for every change, for screen readers; keys are lines
    #[arg(long)]
    plain: bool,
    /// Ring no bell when there is an alarm
    #[arg(long)]
    quiet_alarms: bool,
    /// A text file (TOML) that says what it is about: parties, place, appointment, agreement
    #[arg(long, value_name = "FILE.toml")]
    about: Option<PathBuf>,
    /// The key of this device [default: ~/.config/counterpart/device.key, if there is one]
    #[arg(long, value_name = "FILE")]
    device_key: Option<PathBuf>,
    #[command(flatten)]
    outside: OutsideArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Input {
    File(PathBuf),
    Stdin,
    Microphone(Option<String>),
}

impl Input {
    fn parse(text: OsString) -> Input {
        match text.to_str() {
            Some("-") => Input::Stdin,
            Some("mic") => Input::Microphone(None),
            Some(word) if word.starts_with("mic:") => Input::Microphone(Some(word[4..].to_owned())),
            _ => Input::File(text.into()),
        }
    }

    fn open(&self) -> Result<Box<dyn Source>> {
        let opened = match self {
            Input::File(path) => source::open_file(path),
            Input::Stdin if io::stdin().is_terminal() => {
                return Err(Error::of("standard input is a terminal, not sound")
                    .hint("counterpart record --input - … < FILE, or --input mic for the microphone"));
            }
            Input::Stdin => source::open_reader(Box::new(io::stdin()), "standard input"),
            Input::Microphone(name) => source::open_microphone(name.as_deref()),
        };
        opened.map_err(|err| Error::of(&err).hint(err.hint()))
    }

    fn pace(&self, realtime: bool) -> Pace {
        match self {
            Input::Microphone(_) => Pace::Live,
            _ if realtime => Pace::RealTime,
            _ => Pace::Fast,
        }
    }
}

pub(crate) fn run(args: RecordArgs) -> Result<u8> {
    if args.copies.len() != 2 {
        return Err(Error::of("a recording has two copies, one for each side")
            .hint("give --copy DIR twice; a finished recording can be copied like any file"));
    }
    let about = args.about.as_deref().map(about::read).transpose()?.unwrap_or_default();
    let device = device(args.device_key)?;
    let anchoring = args.outside.read()?;
    let state_dir = args.state.folder()?;
    let checked = if args.check { Some(checked(&args.input)?) } else { None };
    let source = args.input.open()?;
    let pace = args.input.pace(args.realtime);
    let settings = Settings {
        folders: args.copies,
        state_dir,
        software: SOFTWARE.to_owned(),
        about,
        device,
        prev: None,
        pace,
        secrets: recorder::fresh_secrets()?,
        checked,
        anchoring,
    };
    let keys = Typing::of(&args.input);
    let manner = Manner::choose(args.plain, pace, keys);
    let bell = Bell::new(args.quiet_alarms);
    let watcher = Arc::new(Watcher::new(move |heard, shared| manner.show(heard, shared, bell))?);
    let caught = Caught::new().map_err(|err| {
        Error::of(format_args!("signals cannot be caught: {err}")).hint("end other programs, and try again")
    })?;
    let session = recorder::start(settings, source, Arc::new(SystemClock::new()), Arc::clone(&watcher) as _)?;
    // Without these threads the recording still runs and ends with its source.
    let told = Arc::clone(&watcher);
    let _ = caught.pass_on(session.stop_handle(), move || told.suspending());
    watcher.started(Handles {
        command: session.command_handle(),
        stop: session.stop_handle(),
        pace: session.pace_handle(),
    });
    if manner.reads_lines(keys) {
        read_lines(watcher.typed());
    }
    let outcome = session.wait();
    watcher.clear();
    match outcome {
        Ok(outcome) => Ok(saved::report_recorded(&outcome, &watcher.costs(), args.json)),
        Err(err @ recorder::Error::AllCopiesLost { .. }) => {
            out::notice(&Error::from(err).to_string());
            Ok(1)
        }
        Err(err) => Err(err.into()),
    }
}

/// Checks the microphone; what is to be said of it on the record. It is for people to decide whether that is good enough.
fn checked(input: &Input) -> Result<String> {
    let Input::Microphone(name) = input else {
        return Err(Error::of("only a microphone can be checked").hint("leave --check out, or use --input mic"));
    };
    let done = rehearse::check(name.as_deref(), true)?;
    let words = done.words();
    out::notice(&if done.findings.is_well() { words.clone() } else { format!("ALARM: {words}") });
    Ok(words)
}

/// Whether a person may type, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    /// Standard input is the sound, or belongs to somebody in the foreground.
    No,
    Lines,
    Keys,
}

impl Typing {
    fn of(input: &Input) -> Typing {
        match () {
            () if *input == Input::Stdin => Typing::No,
            () if is_foreground_terminal() => Typing::Keys,
            () if io::stdin().is_terminal() => Typing::No,
            () => Typing::Lines,
        }
    }
}

/// How a recording is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Alarms, and on a terminal a line of progress.
    Lines,
    /// A line for every change.
    Plain,
    /// The whole screen; Enter lets go of the pace where `can_skip`.
    Screen { can_skip: bool },
}

impl Manner {
    fn choose(plain: bool, pace: Pace, keys: Typing) -> Manner {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        match pace {
            _ if plain => Manner::Plain,
            // Short work: nobody has time to press a key.
            Pace::Fast => Manner::Lines,
            Pace::RealTime | Pace::Live if keys == Typing::Keys && lines::is_terminal() && !is_dumb => {
                Manner::Screen { can_skip: pace == Pace::RealTime }
            }
            Pace::RealTime | Pace::Live => Manner::Lines,
        }
    }

    fn show(self, heard: &Receiver<News>, shared: &Shared, bell: Bell) {
        match self {
            Manner::Lines => lines::show(heard, shared, "", bell),
            Manner::Plain => lines::show_plain(heard, shared, bell),
            Manner::Screen { can_skip } => screen::show(heard, shared, can_skip, bell),
        }
    }

    /// Whether lines are read from standard input: never in a mere pipe of a program that knows of no keys.
    fn reads_lines(self, keys: Typing) -> bool {
        match self {
            Manner::Lines => keys == Typing::Keys,
            Manner::Plain => keys != Typing::No,
            Manner::Screen { .. } => false,
        }
    }
}

/// The key named, or the default one where there is one.
fn device(named: Option<PathBuf>) -> Result<Option<DeviceKey>> {
    let default = || keyfile::default_path().filter(|path| path.symlink_metadata().is_ok());
    let path = named.or_else(default);
    path.map(|path| keyfile::read(&path, || passphrase::existing(passphrase::Of::DeviceKey))).transpose()
}

/// Whether keys come to this program: reading in the background would stop it.
fn is_foreground_terminal() -> bool {
    let stdin = io::stdin();
    stdin.is_terminal() && rustix::termios::tcgetpgrp(&stdin).is_ok_and(|group| group == rustix::process::getpgrp())
}

fn read_lines(typed: impl Fn(String) -> bool + Send + 'static) {
    let listen = move || {
        for line in io::stdin().lock().lines().map_while(std::result::Result::ok) {
            if !typed(line) {
                return;
            }
        }
    };
    // Without it the recording is driven by `counterpart control`.
    let _ = std::thread::Builder::new().name("keys".into()).spawn(listen);
}

#[cfg(test)]
mod tests {
    use super::Input;

    #[test]
    fn inputs_are_told_apart() {
        for (text, input) in [
            ("-", Input::Stdin),
            ("mic", Input::Microphone(None)),
            ("mic:USB PnP", Input::Microphone(Some("USB PnP".into()))),
            ("./mic", Input::File("./mic".into())),
            ("microphone.wav", Input::File("microphone.wav".into())),
        ] {
            assert_eq!(Input::parse(text.into()), input, "{text}");
        }
    }
}

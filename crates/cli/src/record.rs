//! `counterpart record`: a source of sound, two folders, two identical copies.
//!
//! Not the recording (`recorder`): here are its parameters, the signals that end it, and the words for
//! how it ended. Invariants: signals are caught before anything is written; what the result says of
//! a copy is what `recorder` found when it read it back.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use recorder::clock::SystemClock;
use recorder::source::{self, Source};
use recorder::{Pace, PaceHandle, Settings};
use seal::DeviceKey;

use crate::error::{Error, Result};
use crate::saved;
use crate::signals::Caught;
use crate::state::StateArgs;
use crate::watcher::Watcher;
use crate::{about, json, keyfile, out, passphrase};

const SOFTWARE: &str = concat!("counterpart ", env!("CARGO_PKG_VERSION"));
const SKIP_KEY: &str = "  (Enter skips ahead)";

/// `counterpart record …`
#[derive(Args, Debug)]
pub(crate) struct RecordArgs {
    /// The sound: a file, - for standard input, mic or mic:NAME for a microphone
    #[arg(long, value_name = "FILE|-|mic[:NAME]", value_parser = OsStringValueParser::new().map(Input::parse))]
    input: Input,
    /// A folder for a copy; one for each side
    #[arg(long = "copy", value_name = "DIR", required = true)]
    copies: Vec<PathBuf>,
    /// Take a file in as if it were spoken now; on a terminal Enter skips ahead
    #[arg(long)]
    realtime: bool,
    /// Parties, place, appointment and agreement, as TOML
    #[arg(long, value_name = "FILE.toml")]
    about: Option<PathBuf>,
    /// The key of this device [default: ~/.config/counterpart/device.key, if there is one]
    #[arg(long, value_name = "FILE")]
    device_key: Option<PathBuf>,
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
    let state_dir = args.state.folder()?;
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
    };
    let keys = pace == Pace::RealTime && args.input != Input::Stdin && is_foreground_terminal();
    let watcher = Arc::new(Watcher::new(if keys { SKIP_KEY } else { "" })?);
    let caught = Caught::new().map_err(|err| {
        Error::of(format_args!("signals cannot be caught: {err}")).hint("end other programs, and try again")
    })?;
    let session = recorder::start(settings, source, Arc::new(SystemClock::new()), Arc::clone(&watcher) as _)?;
    // Without these threads the recording still runs and ends with its source.
    let _ = caught.pass_on(session.stop_handle());
    if keys {
        skip_on_enter(session.pace_handle());
    }
    let outcome = session.wait();
    watcher.clear();
    match outcome {
        Ok(outcome) => Ok(saved::report(&outcome, None, args.json)),
        Err(err @ recorder::Error::AllCopiesLost { .. }) => {
            out::notice(&Error::from(err).to_string());
            Ok(1)
        }
        Err(err) => Err(err.into()),
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

fn skip_on_enter(pace: PaceHandle) {
    let listen = move || {
        if io::stdin().lock().read_line(&mut String::new()).is_ok_and(|count| count > 0) {
            pace.skip_ahead();
        }
    };
    // Without it the recording only takes its time.
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

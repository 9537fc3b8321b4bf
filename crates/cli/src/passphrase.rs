//! Where a passphrase comes from: `$COUNTERPART_PASSPHRASE`, else the terminal, without echo.
//!
//! Never from standard input (that may be the sound) and never from an argument (others can see
//! those). Invariant: the terminal's echo is on again whatever happens while it is asked for.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use age::secrecy::{ExposeSecret, SecretString};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

const VARIABLE: &str = "COUNTERPART_PASSPHRASE";
/// The longest line a terminal hands over.
const LINE_BYTES_MAX: usize = 4_096;
const CTRL_C: u8 = 3;

/// What a passphrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    DeviceKey,
    OfficeCopy,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Of::DeviceKey => "the device key",
            Of::OfficeCopy => "the office's copy",
        }
    }

    /// What to do instead of giving an empty one.
    fn without(self) -> &'static str {
        match self {
            Of::DeviceKey => "leave --passphrase out for a key without one",
            Of::OfficeCopy => "give one, or name a public key: --encrypt-office-copy-to age1…",
        }
    }
}

/// The passphrase of something that exists.
pub(crate) fn existing(of: Of) -> Result<SecretString> {
    match std::env::var(VARIABLE) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => ask(of, &format!("Passphrase of {}: ", of.name())),
    }
}

/// A new passphrase, typed twice on a terminal.
pub(crate) fn new(of: Of) -> Result<SecretString> {
    let passphrase = match std::env::var(VARIABLE) {
        Ok(text) => SecretString::from(text),
        Err(_) => {
            let first = ask(of, &format!("Passphrase for {}: ", of.name()))?;
            let again = ask(of, "The same again: ")?;
            if first.expose_secret() != again.expose_secret() {
                return Err(Error::of("the two passphrases are not the same").hint("try again"));
            }
            first
        }
    };
    if passphrase.expose_secret().is_empty() {
        return Err(Error::of("the passphrase is empty").hint(of.without()));
    }
    Ok(passphrase)
}

fn ask(of: Of, prompt: &str) -> Result<SecretString> {
    let unavailable = || {
        Error::of(format_args!("{} has a passphrase and there is no terminal to ask on", of.name()))
            .hint(format_args!("put it into ${VARIABLE}"))
    };
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| unavailable())?;
    let quiet = Quiet::new(terminal.try_clone().map_err(|_| unavailable())?).ok_or_else(unavailable)?;
    terminal.write_all(prompt.as_bytes()).map_err(|_| unavailable())?;
    let mut line = Zeroizing::new([0; LINE_BYTES_MAX]);
    // A terminal hands over one line at a time.
    let read = terminal.read(&mut line[..]);
    drop(quiet);
    // Enter was not echoed either.
    let _ = terminal.write_all(b"\n");
    let typed = &line[..read.map_err(|_| unavailable())?];
    if typed.contains(&CTRL_C) {
        return Err(Error::of("no passphrase was given").hint("try again"));
    }
    let text = std::str::from_utf8(typed).map_err(|_| Error::of("the passphrase is not text").hint("try again"))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A terminal without echo for as long as this lives. Ctrl-C does not kill the program meanwhile, which
/// would leave the echo off; it ends the line.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn new(terminal: File) -> Option<Quiet> {
        let before = tcgetattr(&terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        tcsetattr(&terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Quiet { terminal, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nothing else can be tried when the terminal does not take its own settings back.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

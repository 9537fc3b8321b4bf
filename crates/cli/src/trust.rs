//! Whom a check trusts: `--trust FILE`, a device's public key or a policy of logs, witnesses and time-stamp authorities.
//!
//! Not what their word is worth (`seal::bracket`). Invariants: a policy is read whole or refused with the line that is wrong; with
//! no policy nobody's word on time counts.

use std::path::{Path, PathBuf};

use clap::Args;
use seal::tlog::Policy;

use crate::error::{Error, Result};
use crate::files;
use crate::keyfile::{self, PublicDevice};

const POLICY_BYTES_MAX: usize = 1 << 20;
/// Where a machine's own policy is, when its user has none.
const OF_THE_MACHINE: &str = "/etc/counterpart/trust.policy";

/// `--trust FILE`, the same in every command that has it.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TrustArgs {
    /// Whom to trust: a device (the .pub file of "counterpart device init"), or a policy of logs, witnesses and time-stamp
    /// authorities [default policy: ~/.config/counterpart/trust.policy, else /etc/counterpart/trust.policy]
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
}

/// Whose word counts.
#[derive(Debug, Default)]
pub(crate) struct Trusted {
    /// The device that should have sealed a recording.
    pub(crate) device: Option<PublicDevice>,
    /// Who is believed about time.
    pub(crate) policy: Option<Policy>,
}

impl TrustArgs {
    /// Reads the files that are named and, where none of them is a policy, the one of this user or machine.
    pub(crate) fn read(&self) -> Result<Trusted> {
        let mut trusted = Trusted::default();
        for path in &self.trust {
            trusted.add(path)?;
        }
        if trusted.policy.is_none()
            && let Some(path) = default_path()
        {
            trusted.policy = Some(policy(&path, &read(&path)?)?);
        }
        Ok(trusted)
    }
}

impl Trusted {
    fn add(&mut self, path: &Path) -> Result<()> {
        let text = read(path)?;
        let twice = match text.starts_with("ed25519 ") {
            true => self.device.replace(PublicDevice::read(path)?).is_some(),
            false if is_policy(&text) => self.policy.replace(policy(path, &text)?).is_some(),
            false => return Err(neither(path, &text)),
        };
        if twice {
            return Err(Error::of(format_args!("{}: there is one of its kind already", path.display()))
                .hint("give --trust once for a device and once for a policy"));
        }
        Ok(())
    }
}

/// The policy in a file that can be nothing else.
pub(crate) fn policy_in(path: &Path) -> Result<Policy> {
    policy(path, &read(path)?)
}

fn default_path() -> Option<PathBuf> {
    let own = keyfile::default_path().map(|key| key.with_file_name("trust.policy"));
    own.into_iter().chain([PathBuf::from(OF_THE_MACHINE)]).find(|path| path.is_file())
}

fn read(path: &Path) -> Result<String> {
    let file = files::open(path).map_err(|err| Error::io(path, &err))?;
    let bytes = files::read_small(path, file, POLICY_BYTES_MAX)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        Error::of(format_args!(
            "{}: this is neither a policy nor a device's public key: it is not text",
            path.display()
        ))
        .hint("a policy is text in UTF-8: docs/cli.md, \"Whom to trust\"")
    })
}

/// Whether a text is meant as a policy: its first word is one of a policy's, or there is nothing but remarks.
fn is_policy(text: &str) -> bool {
    const WORDS: [&str; 5] = ["log", "witness", "group", "quorum", "authority"];
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.take(1).all(|line| line.split([' ', '\t']).next().is_some_and(|word| WORDS.contains(&word)))
}

fn policy(path: &Path, text: &str) -> Result<Policy> {
    Policy::parse(text).map_err(|_| {
        let (wrong, hint) = what_is_wrong(text);
        Error::of(format_args!("{}: {wrong}", path.display())).hint(hint)
    })
}

/// What a file is that can be meant as neither, and which line shows it.
fn neither(path: &Path, text: &str) -> Error {
    let (wrong, hint) = what_is_wrong(text);
    Error::of(format_args!("{}: this is neither a policy ({wrong}) nor a device's public key", path.display()))
        .hint(hint)
}

/// What is wrong with a text as a policy, and what to do about it: other programs' ways of saving text by their names.
fn what_is_wrong(text: &str) -> (String, &'static str) {
    const WORD_CHARS_MAX: usize = 200;
    if text.starts_with('\u{feff}') {
        return ("line 1: a byte-order mark".to_owned(), "save it as UTF-8 without a byte-order mark");
    }
    if text.starts_with("-----BEGIN ") {
        let hint = "a certificate stands in a policy as one line: authority NAME, and the lines between BEGIN and END as one word";
        return ("line 1: a PEM file".to_owned(), hint);
    }
    if let Some(at) = text.split('\n').position(|line| line.ends_with('\r')) {
        let wrong = format!("line {}: a line end of Windows, a carriage return before the line feed", at + 1);
        return (wrong, "save it with the line ends of Unix: one line feed, no carriage return");
    }
    // A line may be as long as the file.
    let wrong = Policy::parse(text).err().map_or_else(String::new, |err| err.to_string());
    let wrong = match wrong.char_indices().nth(WORD_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &wrong[..end]),
        None => wrong,
    };
    (
        wrong,
        "docs/cli.md, \"Whom to trust\", shows a policy; a device is named by the .pub file that \"counterpart device init\" wrote",
    )
}

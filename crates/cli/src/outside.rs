//! `--log`, `--timestamp` and what goes with them: who outside is asked, while recording, to say when it was made.
//!
//! Not the asking (`recorder::anchor`), nor what a reader makes of it (`trust.rs`). Invariants: a token comes from a file that nobody
//! else can read or from the environment, never from the command line, where everybody on the machine sees it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use recorder::anchor::{Anchoring, LogAccess, ServiceUrl};
use seal::tlog::Policy;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::{files, trust};

const TOKEN_BYTES_MAX: usize = 4_096;
/// Where the token is when no file is named.
const TOKEN_VARIABLE: &str = "COUNTERPART_LOG_TOKEN";
/// Pieces of evidence that fit behind the end of a recording, the log's own taken off.
const TIMESTAMPS_MAX: usize = 15;

/// Who outside is asked.
#[derive(Args, Debug)]
pub(crate) struct OutsideArgs {
    /// Anchor it in this log while it is made: http or https, the folder of its checkpoint
    #[arg(long, value_name = "URL", value_parser = ServiceUrl::parse)]
    log: Option<ServiceUrl>,
    /// The token that the log takes submissions by, in a file only you can read [default: $COUNTERPART_LOG_TOKEN]
    #[arg(long, value_name = "FILE", requires = "log")]
    log_token: Option<PathBuf>,
    /// Have its end stamped by this time-stamp authority (RFC 3161); may be given several times
    #[arg(long = "timestamp", value_name = "URL", value_parser = ServiceUrl::parse)]
    timestamps: Vec<ServiceUrl>,
    /// How often it is anchored, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(10..=60), requires = "log")]
    anchor_interval: u64,
    /// How long its end waits for the log and the authorities, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    evidence_wait: u64,
    /// Keep only anchors that this policy of logs and witnesses believes
    #[arg(long, value_name = "POLICY", requires = "log")]
    trust: Option<PathBuf>,
}

impl OutsideArgs {
    /// What the recorder is to do; files named are read.
    pub(crate) fn read(self) -> Result<Anchoring> {
        if self.timestamps.len() > TIMESTAMPS_MAX {
            return Err(Error::of(format_args!("a recording has room for {TIMESTAMPS_MAX} time stamps"))
                .hint("name the authorities that its readers are most likely to trust"));
        }
        let token = match (&self.log, self.log_token) {
            (Some(_), Some(path)) => Some(token_in(&path)?),
            (Some(_), None) => token_of_environment()?,
            (None, _) => None,
        };
        if let Some(url) = self.log.as_ref().filter(|url| token.is_some() && !url.is_private()) {
            return Err(Error::of(format_args!(
                "{}: the token would go over the network for all to read",
                url.as_str()
            ))
            .hint("give the log's https:// address"));
        }
        Ok(Anchoring {
            log: self.log.map(|url| LogAccess { url, token }),
            timestamps: self.timestamps,
            interval: Duration::from_secs(self.anchor_interval),
            evidence_wait: Duration::from_secs(self.evidence_wait),
            trust: self.trust.as_deref().map(believing).transpose()?,
        })
    }
}

/// A policy that can believe an anchor: one that names a log, and witnesses that are asked for.
fn believing(path: &Path) -> Result<Policy> {
    let policy = trust::policy_in(path)?;
    let lacks = match () {
        () if policy.logs().is_empty() => "it names no log",
        () if !policy.asks_for_witnesses() => "it asks for no witness (quorum none)",
        () => return Ok(policy),
    };
    Err(Error::of(format_args!("{}: {lacks}, so it believes no anchor and none would be kept", path.display())).hint(
        "name the log, its witnesses and a quorum of them in it (docs/cli.md, \"Whom to trust\"), or leave out --trust",
    ))
}

fn token_in(path: &Path) -> Result<Zeroizing<String>> {
    let file = files::open(path).map_err(|err| Error::io(path, &err))?;
    let mode = file.metadata().map_err(|err| Error::io(path, &err))?.mode();
    let bytes = files::read_small(path, file, TOKEN_BYTES_MAX)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default().trim_end_matches(['\r', '\n']);
    let token = token(text).ok_or_else(|| {
        Error::of(format_args!("{}: this is not a token", path.display()))
            .hint("a token is one line of letters, digits and signs, as the log's keeper gave it to you")
    })?;
    if mode & 0o077 != 0 {
        // Any word may be a token, so that no command is given that would shut a file of the system.
        return Err(Error::of(format_args!("{}: others on this machine may read this token", path.display()))
            .hint("keep it in a file of its own, of mode 600"));
    }
    Ok(token)
}

fn token_of_environment() -> Result<Option<Zeroizing<String>>> {
    let Some(text) = std::env::var_os(TOKEN_VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = Zeroizing::new(text.into_string().unwrap_or_default());
    token(&text).map(Some).ok_or_else(|| {
        Error::of(format_args!("${TOKEN_VARIABLE} is not a token"))
            .hint("a token is letters, digits and signs without spaces, as the log's keeper gave it to you")
    })
}

/// What can stand in a header as it is.
fn token(text: &str) -> Option<Zeroizing<String>> {
    let fits = !text.is_empty() && text.len() <= TOKEN_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| Zeroizing::new(text.to_owned()))
}

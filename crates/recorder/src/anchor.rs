//! Evidence of time from outside: anchors in a public log while a recording is made, and time stamps over its end.
//!
//! Not here: when a state is anchored and where it stands on the record (`sealer/anchoring.rs`), what a reader makes of it
//! (`seal`). Invariants: nothing of the network is waited for by anything that handles sound; what leaves is 34 bytes
//! that nobody can tell from chance, and leaves only once the journal knows it; nothing that came back unchecked is kept.

mod check;
mod client;
mod courier;
pub(crate) mod last;
mod stamp;

use std::time::Duration;

use seal::tlog::Policy;
use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::error::Error;
pub(crate) use check::Expected;
pub(crate) use client::Log;
pub(crate) use courier::{Courier, Submission};

/// How often states of a recording may be anchored.
pub const INTERVALS: std::ops::RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(60);
/// How long the start of a recording waits for a log's newest checkpoint.
const START_WAIT: Duration = Duration::from_secs(3);
/// The longest checkpoint that a header takes, bytes.
const CHECKPOINT_BYTES_MAX: usize = 4_096;

/// Who is to say when a recording was made.
#[derive(Clone)]
pub struct Anchoring {
    /// The log that states of the recording are anchored in.
    pub log: Option<LogAccess>,
    /// Time-stamp authorities (RFC 3161), asked about the end.
    pub timestamps: Vec<ServiceUrl>,
    /// How often a state is anchored, within [`INTERVALS`].
    pub interval: Duration,
    /// How long the end waits for its evidence.
    pub evidence_wait: Duration,
    /// Whom the logs' answers must satisfy before they are kept.
    pub trust: Option<Policy>,
}

impl Default for Anchoring {
    fn default() -> Self {
        let (interval, evidence_wait) = (*INTERVALS.start(), Duration::from_secs(10));
        Anchoring { log: None, timestamps: Vec::new(), interval, evidence_wait, trust: None }
    }
}

impl Anchoring {
    /// Whether anybody outside is asked at all.
    pub(crate) fn is_wanted(&self) -> bool {
        self.log.is_some() || !self.timestamps.is_empty()
    }

    /// The log's newest checkpoint, for the header. Why there is none, in words.
    pub(crate) fn newest_checkpoint(&self, access: &LogAccess) -> Result<Vec<u8>, String> {
        let bytes = Log::new(access, START_WAIT).checkpoint().map_err(|fault| fault.why)?;
        check::checkpoint(&bytes, CHECKPOINT_BYTES_MAX, self.trust.as_ref())?;
        Ok(bytes)
    }
}

/// A log, and what it knows this recorder by.
#[derive(Clone)]
pub struct LogAccess {
    /// Where it is.
    pub url: ServiceUrl,
    /// The bearer token for submissions.
    pub token: Option<Zeroizing<String>>,
}

/// Where a service is reached: http or https, a host, no name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// Reads an address; why it is none, in words.
    ///
    /// # Errors
    /// When the text is not the address of such a service.
    pub fn parse(text: &str) -> Result<ServiceUrl, String> {
        let uri: Uri = text.parse().map_err(|_| "not an address of the web".to_owned())?;
        let secure = uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https");
        match uri.authority() {
            _ if !secure => Err("an address begins with https:// or http://".to_owned()),
            None => Err("an address names a host".to_owned()),
            Some(authority) if authority.as_str().contains('@') => {
                Err("an address here has no name and password in it".to_owned())
            }
            Some(_) => Ok(ServiceUrl(text.to_owned())),
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody on the way can read along: encrypted, or not leaving this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let uri: Option<Uri> = self.0.parse().ok();
        let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default().trim_matches(['[', ']']);
        let is_local =
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        is_local || uri.as_ref().and_then(|uri| uri.scheme_str()) == Some("https")
    }

    /// That of something below it.
    fn below(&self, name: &str) -> String {
        format!("{}/{name}", self.0.trim_end_matches('/'))
    }
}

/// 32 bytes that nobody can guess.
pub(crate) fn fresh_blind() -> Result<[u8; 32], Error> {
    let mut blind = [0; 32];
    getrandom::fill(&mut blind).map_err(|error| Error::Randomness(error.to_string()))?;
    Ok(blind)
}

#[cfg(test)]
mod tests {
    use super::ServiceUrl;

    #[test]
    fn only_addresses_of_the_web_are_services() {
        for good in ["https://log.example/a", "http://127.0.0.1:8080", "http://[::1]:1/", "https://tsa.example/x?y=z"] {
            assert!(ServiceUrl::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "log.example", "/a", "ftp://a/", "file:///a", "https://", "https://a:b@c/", "https://a b/"] {
            assert!(ServiceUrl::parse(bad).is_err(), "{bad}");
        }
        for (text, is_private) in [
            ("https://log.example/", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:1/", true),
            ("http://localhost/log", true),
            ("http://log.example/", false),
            ("http://127.0.0.1.log.example/", false),
        ] {
            assert_eq!(ServiceUrl::parse(text).map(|url| url.is_private()), Ok(is_private), "{text}");
        }
        let below = |text: &str| ServiceUrl::parse(text).map(|url| url.below("add"));
        assert_eq!(below("https://a/b/"), below("https://a/b"));
    }
}

//! Where browsers reach the desk, whose word on addresses counts, and how long sessions last.
//!
//! Not the port (`listen.rs`).
//! Invariants: sessions end; an origin is https, or this machine's own; keys are bound to it, so that another one needs other keys.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use casework::access::Terms;
use clap::Args;
use url::Url;

use super::span;
use crate::error::{Error, Result};

/// Signing in.
#[derive(Args, Debug, Clone)]
pub(crate) struct AccessConfig {
    /// Where browsers reach it: `https://desk.example.org`; http://localhost and the port where it is not named
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// A proxy whose X-Forwarded-For is believed; may be named several times
    #[arg(long = "proxy", value_name = "ADDRESS")]
    pub(crate) proxies: Vec<IpAddr>,
    /// After how long without a request a session ends
    #[arg(long, value_name = "SPAN", default_value = "15m", value_parser = span::parse)]
    session_idle: Duration,
    /// After how long it ends in any case
    #[arg(long, value_name = "SPAN", default_value = "8h", value_parser = span::parse)]
    session_whole: Duration,
    /// How long whoever showed password and key is not asked for them again before what two people decide
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = span::parse)]
    session_fresh: Duration,
}

impl AccessConfig {
    /// How long sessions last.
    pub(crate) fn terms(&self) -> Terms {
        let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Terms {
            idle_micros: micros(self.session_idle),
            whole_micros: micros(self.session_whole),
            fresh_micros: micros(self.session_fresh),
        }
    }

    /// The origin, where it listens on that address.
    pub(crate) fn origin(&self, listening: SocketAddr) -> Result<Url> {
        let text = match &self.origin {
            Some(text) => text.clone(),
            None if listening.ip().is_loopback() => format!("http://localhost:{}", listening.port()),
            None => {
                return Err(Error::of("--origin is missing: others than this machine may reach it")
                    .hint("name the https address that browsers use: --origin https://desk.example.org"));
            }
        };
        let url = Url::parse(&text).ok().filter(|url| {
            let is_whole = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let is_safe = url.scheme() == "https" || url.scheme() == "http" && url.domain() == Some("localhost");
            is_whole && is_safe && url.domain().is_some() && url.username().is_empty() && url.password().is_none()
        });
        url.ok_or_else(|| {
            Error::of(format_args!("{text}: not an origin that keys can be bound to"))
                .hint("https and a name, such as https://desk.example.org; without https only http://localhost")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_this_machine() {
        let config = |origin: Option<&str>| AccessConfig {
            origin: origin.map(str::to_owned),
            proxies: Vec::new(),
            session_idle: Duration::from_secs(1),
            session_whole: Duration::from_secs(1),
            session_fresh: Duration::from_secs(1),
        };
        let (here, all) = ("127.0.0.1:81".parse().unwrap(), "0.0.0.0:81".parse().unwrap());
        let table = [
            (None, here, Some("http://localhost:81")),
            (None, all, None),
            (Some("https://desk.example.org"), all, Some("https://desk.example.org")),
            (Some("https://desk.example.org:8443/"), all, Some("https://desk.example.org:8443")),
            (Some("http://localhost:5"), here, Some("http://localhost:5")),
            (Some("http://desk.example.org"), all, None),
            (Some("https://desk.example.org/path"), all, None),
            (Some("https://192.0.2.1"), all, None),
            (Some("nothing"), all, None),
        ];
        for (origin, listening, expected) in table {
            let found = config(origin).origin(listening).ok().map(|url| url.origin().ascii_serialization());
            assert_eq!(found.as_deref(), expected, "{origin:?}");
        }
    }
}

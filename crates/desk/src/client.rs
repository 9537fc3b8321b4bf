//! The one HTTP client: for asking witnesses, and for reading logs that are checked.
//!
//! Not what is asked. Invariants: an answer is read up to a bound and within a time; redirects are not followed; https is held
//! against the roots of the system.

use std::time::Duration;

use axum::body::Bytes;
use reqwest::{Method, StatusCode, Url, redirect};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AskError {
    /// There is one, but it is longer than was asked for.
    TooLong,
    /// In one line.
    Failed(String),
}

/// Chooses the cryptography of TLS, here and for buckets. Once, before anything asks.
pub(crate) fn choose_tls() {
    // It fails when there is a choice already, which is then this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client with its open connections.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pool: reqwest::Client,
}

impl Client {
    /// A client whose requests take at most so long.
    ///
    /// # Errors
    /// When the system has no roots to hold https against.
    pub(crate) fn new(within: Duration) -> Result<Client, String> {
        let builder = reqwest::Client::builder().timeout(within).redirect(redirect::Policy::none());
        let pool = builder.build().map_err(|err| format!("no https to be had: {}", words(&err)))?;
        Ok(Client { pool })
    }

    /// Asks, and reads the answer: its status and at most `bytes_max` bytes.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &Url,
        body: String,
        bytes_max: usize,
    ) -> Result<(StatusCode, Bytes), AskError> {
        let failed = |err: reqwest::Error| AskError::Failed(words(&err.without_url()));
        let mut answer = self.pool.request(method, url.clone()).body(body).send().await.map_err(failed)?;
        let mut read = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if read.len() + chunk.len() > bytes_max {
                return Err(AskError::TooLong);
            }
            read.extend_from_slice(&chunk);
        }
        Ok((answer.status(), read.into()))
    }
}

/// The address of something below a prefix, with or without a slash at its end.
pub(crate) fn below(prefix: &str, path: &str) -> Result<Url, String> {
    let url = Url::parse(&format!("{}/{path}", prefix.trim_end_matches('/'))).map_err(|err| err.to_string())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err("not an http or https address".into()),
    }
}

/// An error with what lies behind it.
fn words(err: &(dyn std::error::Error + 'static)) -> String {
    let mut words = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        words = format!("{words}: {err}");
        cause = err.source();
    }
    words
}

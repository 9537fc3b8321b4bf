//! The one HTTP client: for asking witnesses, and for reading logs that are checked.
//!
//! Not what is asked. Invariants: an answer is read up to a bound and within a time; redirects are not followed; https is held
//! against the roots of the system.

use std::time::Duration;

use axum::body::Bytes;
use reqwest::{Method, StatusCode, Url, redirect};

use crate::error::plain;

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
        read_answer(self.pool.request(method, url.clone()).body(body), bytes_max).await
    }

    /// Submits bytes with a token, and reads the answer in the same way.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(crate) async fn submit(
        &self,
        url: &Url,
        token: &str,
        body: Vec<u8>,
        bytes_max: usize,
    ) -> Result<(StatusCode, Bytes), AskError> {
        let request = self.pool.post(url.clone()).bearer_auth(token).header("content-type", "application/octet-stream");
        read_answer(request.body(body), bytes_max).await
    }

    /// Asks a time-stamp authority (RFC 3161, section 3.4).
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(crate) async fn ask_for_time(
        &self,
        url: &Url,
        request: Vec<u8>,
        bytes_max: usize,
    ) -> Result<(StatusCode, Bytes), AskError> {
        let query = self.pool.post(url.clone()).header("content-type", "application/timestamp-query");
        read_answer(query.body(request), bytes_max).await
    }
}

async fn read_answer(request: reqwest::RequestBuilder, bytes_max: usize) -> Result<(StatusCode, Bytes), AskError> {
    let failed = |err: reqwest::Error| AskError::Failed(words(&err.without_url()));
    let mut answer = request.send().await.map_err(failed)?;
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if read.len() + chunk.len() > bytes_max {
            return Err(AskError::TooLong);
        }
        read.extend_from_slice(&chunk);
    }
    Ok((answer.status(), read.into()))
}

/// The address of something below a prefix, with or without a slash at its end.
pub(crate) fn below(prefix: &str, path: &str) -> Result<Url, String> {
    let url = Url::parse(&format!("{}/{path}", prefix.trim_end_matches('/'))).map_err(|err| err.to_string())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err("not an http or https address".into()),
    }
}

/// What went wrong, for people: by its kind, and in the words of what lies behind it all.
fn words(err: &reqwest::Error) -> String {
    if err.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &(dyn std::error::Error + 'static) = err;
    while let Some(behind) = cause.source() {
        cause = behind;
    }
    let cause = cause.downcast_ref::<std::io::Error>().map_or_else(|| cause.to_string(), plain);
    match () {
        () if err.is_connect() => format!("no connection: {cause}"),
        () if err.is_builder() => cause,
        () => format!("no whole answer: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_went_wrong_is_said_in_plain_words() {
        choose_tls();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/x", nobody.local_addr().unwrap())).unwrap();
        let client = Client::new(Duration::from_millis(200)).unwrap();
        let silent = client.ask(Method::GET, &url, String::new(), 9).await;
        assert_eq!(silent, Err(AskError::Failed("no answer in time".into())));
        drop(nobody);
        let refused = client.ask(Method::GET, &url, String::new(), 9).await;
        assert_eq!(refused, Err(AskError::Failed("no connection: connection refused".into())));
    }
}

//! The one HTTP client: for asking witnesses, and for reading logs that are checked.
//!
//! Not what is asked. Invariants: an answer is read up to a bound and within a time; redirects are not followed; https is held
//! against the roots of the system.

use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A client with its open connections.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    within: Duration,
}

impl Client {
    /// A client whose requests take at most so long.
    ///
    /// # Errors
    /// When the system has no roots to hold https against.
    pub(crate) fn new(within: Duration) -> Result<Client, String> {
        let connector = HttpsConnectorBuilder::new().with_native_roots();
        let connector = connector.map_err(|err| format!("no roots of the system for https: {err}"))?;
        let connector = connector.https_or_http().enable_http1().build();
        Ok(Client { pool: Pool::builder(TokioExecutor::new()).build(connector), within })
    }

    /// Asks, and reads the answer: its status and at most `bytes_max` bytes.
    ///
    /// # Errors
    /// In one line, when there is no whole answer.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &Uri,
        body: String,
        bytes_max: usize,
    ) -> Result<(StatusCode, Bytes), String> {
        let request = Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body)));
        let request = request.map_err(|err| err.to_string())?;
        let asked = async {
            let answer = self.pool.request(request).await.map_err(|err| words(&err))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), bytes_max).collect().await;
            Ok((status, body.map_err(|err| words(&*err))?.to_bytes()))
        };
        tokio::time::timeout(self.within, asked).await.unwrap_or_else(|_| Err("it did not answer in time".into()))
    }
}

/// The address of something below a prefix, with or without a slash at its end.
pub(crate) fn below(prefix: &str, path: &str) -> Result<Uri, String> {
    let url: Uri = format!("{}/{path}", prefix.trim_end_matches('/')).parse().map_err(|_| "not an address")?;
    match url.scheme_str() {
        Some("http" | "https") if url.host().is_some() => Ok(url),
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

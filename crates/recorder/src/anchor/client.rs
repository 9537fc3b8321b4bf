//! What is asked of a log or an authority over HTTP, and what can come back.
//!
//! Not here: what an answer is worth (`check.rs`), when to ask again (`courier.rs`). Invariants: every question ends
//! within its time, also where an answer trickles in; an answer is as long as it may be and no longer; redirects and proxies are not followed;
//! https is held against the system's roots, and nothing is told to who does not hold against them.

use std::io::Read as _;
use std::sync::OnceLock;
use std::time::Duration;

use rustls::CertificateError;
use seal::tlog::Entry;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Timeout};
use zeroize::Zeroizing;

use super::LogAccess;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// The longest head of an answer, bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// The longest proof, bytes.
const PROOF_BYTES_MAX: u64 = 16 << 10;

/// Why there is no answer to go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// In words.
    pub(crate) why: String,
    /// Whether asking again would not mend it.
    pub(crate) lasts: bool,
}

impl Fault {
    fn passing(why: &str) -> Fault {
        Fault { why: why.to_owned(), lasts: false }
    }
}

/// An answer that came in time and is short enough.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Asks, within that time in all.
pub(super) fn agent(whole: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(whole))
        .timeout_connect(Some(CONNECT.min(whole)))
        .timeout_resolve(Some(CONNECT.min(whole)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(HEAD_BYTES_MAX)
        .max_idle_connections(0)
        .proxy(None)
        .tls_config(TlsConfig::builder().root_certs(roots()).build())
        .user_agent("counterpart")
        .build()
        .new_agent()
}

/// Whom https is believed: the system's roots, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name. Mozilla's where a system has
/// none; but whoever names others means those and no more.
fn roots() -> RootCerts {
    static ROOTS: OnceLock<RootCerts> = OnceLock::new();
    let read = || {
        let found = rustls_native_certs::load_native_certs().certs;
        let is_named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
        match found.is_empty() && !is_named {
            true => RootCerts::WebPki,
            false => found.iter().map(|root| Certificate::from_der(root).to_owned()).into(),
        }
    };
    ROOTS.get_or_init(read).clone()
}

/// What came of asking.
pub(super) fn answered(response: Result<ureq::http::Response<Body>, Error>, bytes_max: u64) -> Result<Answer, Fault> {
    let response = response.map_err(|error| fault(&error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Fault::passing("it redirects, which is not followed"));
    }
    let mut body = Vec::new();
    let read = response.into_body().into_with_config().reader().take(bytes_max + 1).read_to_end(&mut body);
    read.map_err(|error| fault(&Error::from(error)))?;
    match body.len() as u64 > bytes_max {
        true => Err(Fault::passing("its answer is too long")),
        false => Ok(Answer { status, body }),
    }
}

fn fault(error: &Error) -> Fault {
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) | Error::HostNotFound | Error::ConnectionFailed => {
            Fault::passing("no connection")
        }
        Error::Timeout(_) => Fault::passing("no answer in time"),
        Error::Io(cause) if cause.kind() == std::io::ErrorKind::TimedOut => Fault::passing("no answer in time"),
        Error::Io(cause) => match cause.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(refused) => insecure(refused),
            None => Fault::passing("no connection"),
        },
        Error::Rustls(refused) => insecure(refused),
        Error::Tls(_) => Fault::passing("no secure connection"),
        _ => Fault::passing("its answer is none of HTTP"),
    }
}

/// Why the other end is not believed. It may be a network that has to be signed in to, so asking again may mend it.
fn insecure(refused: &rustls::Error) -> Fault {
    let rustls::Error::InvalidCertificate(why) = refused else { return Fault::passing("no secure connection") };
    Fault::passing(match why {
        CertificateError::UnknownIssuer => "nobody this system trusts vouches for its certificate",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        _ => "its certificate is not valid",
    })
}

/// A log, asked by one recorder.
pub(crate) struct Log {
    agent: Agent,
    checkpoint_url: String,
    add_url: String,
    authorization: Option<Zeroizing<String>>,
}

/// What came of a submission.
pub(crate) enum Added {
    /// The proof of it, as it came.
    Witnessed(Vec<u8>),
    /// The log has it; the witnesses' word is still to come.
    Durable,
}

impl Log {
    /// Every question to it takes so long at most.
    pub(crate) fn new(access: &LogAccess, whole: Duration) -> Log {
        Log {
            agent: agent(whole),
            checkpoint_url: access.url.below("checkpoint"),
            add_url: access.url.below("add"),
            authorization: access.token.as_ref().map(|token| Zeroizing::new(format!("Bearer {}", token.as_str()))),
        }
    }

    /// The newest witnessed checkpoint, as it came.
    pub(crate) fn checkpoint(&self) -> Result<Vec<u8>, Fault> {
        let answer = answered(self.agent.get(&self.checkpoint_url).call(), PROOF_BYTES_MAX)?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => Err(Fault::passing(&format!("it answers {}", status.as_u16()))),
        }
    }

    /// Submits an entry, or asks again about one that was submitted before.
    pub(crate) fn add(&self, entry: &Entry) -> Result<Added, Fault> {
        let mut request = self.agent.post(&self.add_url).content_type("application/octet-stream");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.as_str());
        }
        let answer = answered(request.send(&entry.bytes()[..]), PROOF_BYTES_MAX)?;
        let lasting = |what: &str| Err(Fault { why: what.to_owned(), lasts: true });
        match answer.status.as_u16() {
            200 => Ok(Added::Witnessed(answer.body)),
            202 => Ok(Added::Durable),
            400 => lasting("it does not take such entries (400)"),
            401 if self.authorization.is_none() => {
                lasting("no token was given, and it takes nothing without one (401)")
            }
            401 => lasting("it does not take this token (401)"),
            403 => lasting("this token may not submit (403)"),
            413 => lasting("it does not take entries of this length (413)"),
            429 | 503 => Err(Fault::passing("it is busy")),
            status => Err(Fault::passing(&format!("it answers {status}"))),
        }
    }
}

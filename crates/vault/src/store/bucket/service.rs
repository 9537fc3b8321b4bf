//! One S3 service: requests signed, sent, bounded in time, and made again while the service is only busy.
//!
//! Not here: what is asked (the files beside). Signatures, credentials and connections are `object_store`'s. Invariants: every request
//! may be made twice without harm; what cannot be read is asked for again and never guessed at; nothing of an answer's words goes on
//! but its status and its code.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use object_store::ClientOptions;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody, HttpResponse, ReqwestConnector,
};
use tokio::time::{Instant, timeout};

use super::xml::Element;
use crate::store::{Digest, StoreError};

/// How long a service may take to begin its answer, and for each piece of it.
pub(super) const WITHIN: Duration = Duration::from_secs(20);
/// How often a request is made at most.
const TRIES: u32 = 6;
/// No more tries are begun after this time.
const TRY_FOR: Duration = Duration::from_secs(60);
/// The wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest answer that is kept in memory: a list of a thousand names is a tenth of it.
const ANSWER_LEN_BYTES_MAX: usize = 8 << 20;

/// A bucket of a service, and who asks.
pub(super) struct Service {
    http: HttpClient,
    credentials: AwsCredentialProvider,
    region: String,
    /// The bucket's address.
    base: String,
}

/// Neither credentials nor the address, which may hold a password.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("region", &self.region).finish_non_exhaustive()
    }
}

/// What is asked.
pub(super) struct Ask {
    method: &'static str,
    key: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Body>,
}

/// What is sent, with the digests that services hold it against.
#[derive(Clone)]
pub(super) struct Body {
    bytes: HttpRequestBody,
    sha256: Digest,
    md5: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Why an answer is not what was asked for.
pub(super) enum Refused {
    /// It may be another next time.
    Again(String),
    /// It will not.
    Never(String),
}

/// How often one request was made, and for how long.
pub(super) struct Tries {
    began: Instant,
    left: u32,
    wait: Duration,
}

/// Keeps the connections that the settings ask for, without a time for whole answers: those may be long.
#[derive(Clone, Debug, Default)]
struct Connector(Arc<Mutex<Option<HttpClient>>>);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(&options.clone().with_timeout_disabled())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }
}

impl Service {
    /// The service that these settings name.
    pub(super) fn new(settings: AmazonS3Builder, bucket: &str) -> Result<Service, StoreError> {
        let connector = Connector::default();
        let settings = settings.with_bucket_name(bucket).with_http_connector(connector.clone());
        let set = |key: AmazonS3ConfigKey| settings.get_config_value(&key).filter(|value| !value.is_empty());
        let region = set(AmazonS3ConfigKey::Region).unwrap_or_else(|| "us-east-1".to_owned());
        let is_host = set(AmazonS3ConfigKey::VirtualHostedStyleRequest).is_some_and(|value| value == "true");
        let endpoint = set(AmazonS3ConfigKey::S3Endpoint).or_else(|| set(AmazonS3ConfigKey::Endpoint));
        let base = match (endpoint, is_host) {
            (Some(endpoint), true) => endpoint.trim_end_matches('/').to_owned(),
            (Some(endpoint), false) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
            (None, true) => format!("https://{bucket}.s3.{region}.amazonaws.com"),
            (None, false) => format!("https://s3.{region}.amazonaws.com/{bucket}"),
        };
        let unfit = |error| StoreError::Unfit { what: format!("its settings cannot be used: {error}") };
        let built = settings.build().map_err(unfit)?;
        let http = connector.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let http = http.ok_or(StoreError::Unfit { what: "its settings ask for no connection".to_owned() })?;
        Ok(Service { http, credentials: Arc::clone(built.credentials()), region, base })
    }

    /// Asks until an answer can be read, or is final. `what` begins the error.
    pub(super) async fn ask<T>(
        &self,
        what: &str,
        ask: &Ask,
        read: impl Fn(Answer) -> Result<T, Refused> + Send + Sync,
    ) -> Result<T, StoreError> {
        let mut tries = Tries::new();
        loop {
            let why = match self.once(ask).await {
                Ok(answer) if answer.is_passing() => answer.words(),
                Ok(answer) => match read(answer) {
                    Ok(done) => return Ok(done),
                    Err(Refused::Never(why)) => return Err(StoreError::failed(what, why)),
                    Err(Refused::Again(why)) => why,
                },
                Err(why) => why,
            };
            if !tries.again(what, &why).await {
                return Err(StoreError::failed(what, why));
            }
        }
    }

    /// One request and its whole answer.
    async fn once(&self, ask: &Ask) -> Result<Answer, String> {
        Service::receive(self.send(ask).await?).await
    }

    /// The rest of an answer that has begun.
    pub(super) async fn receive(response: HttpResponse) -> Result<Answer, String> {
        let received = async {
            let mut answer = Answer::of(&response);
            let mut body = response.into_body().bytes_stream();
            while let Some(piece) = body.next().await {
                answer.body.extend_from_slice(&piece.map_err(|error| no_answer(&error))?);
                if answer.body.len() > ANSWER_LEN_BYTES_MAX {
                    return Err("the service's answer is too long".to_owned());
                }
            }
            Ok(answer)
        };
        timeout(WITHIN, received).await.map_err(|_| too_long())?
    }

    /// One request; its answer has begun.
    pub(super) async fn send(&self, ask: &Ask) -> Result<HttpResponse, String> {
        let sent = async {
            let request = self.sign(ask).await?;
            self.http.execute(request).await.map_err(|error| no_answer(&error))
        };
        timeout(ask.within(), sent).await.map_err(|_| too_long())?
    }

    async fn sign(&self, ask: &Ask) -> Result<HttpRequest, String> {
        let body = ask.body.as_ref();
        let mut request = HttpRequest::new(body.map_or_else(HttpRequestBody::empty, |body| body.bytes.clone()));
        let odd = || "the bucket's name, its prefix or address cannot be asked for".to_owned();
        *request.method_mut() = ask.method.parse().map_err(|_| odd())?;
        *request.uri_mut() = format!("{}{}", self.base, ask.target()).parse().map_err(|_| odd())?;
        // A length of nothing is not sent by itself, and is missed.
        let about = |body: &Body| {
            [("content-md5", body.md5.clone()), ("content-length", body.bytes.content_length().to_string())]
        };
        for (name, value) in ask.headers.iter().cloned().chain(body.map(about).into_iter().flatten()) {
            request.headers_mut().insert(name, value.parse().map_err(|_| odd())?);
        }
        let credential = self.credentials.get_credential().await.map_err(|_| {
            "there are no credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), and no service of the machine gives any"
        })?;
        let sha256 = body.map(|body| &body.sha256.bytes()[..]);
        let signed = AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, sha256);
        signed.map(|()| request).map_err(|_| "the request could not be signed".to_owned())
    }
}

impl Ask {
    pub(super) fn new(method: &'static str, key: &str) -> Ask {
        Ask { method, key: key.to_owned(), query: Vec::new(), headers: Vec::new(), body: None }
    }

    pub(super) fn query(mut self, name: &'static str, value: &str) -> Ask {
        self.query.push((name, value.to_owned()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Ask {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn body(self, body: Body) -> Ask {
        Ask { body: Some(body), ..self }
    }

    /// Path and query behind the bucket's address. Keys are plain (`Bucket::open` sees to that).
    fn target(&self) -> String {
        let mut target = if self.key.is_empty() { String::new() } else { format!("/{}", self.key) };
        for (at, (name, value)) in self.query.iter().enumerate() {
            let before = if at == 0 { '?' } else { '&' };
            let _ = write!(target, "{before}{name}={}", encoded(value));
        }
        target
    }

    /// How long it may take until its answer begins: what is sent takes its time too, at 256 KiB a second.
    fn within(&self) -> Duration {
        let len_bytes = self.body.as_ref().map_or(0, |body| body.bytes.content_length() as u64);
        WITHIN + Duration::from_secs(len_bytes >> 18)
    }
}

/// As a query must have it.
fn encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
        text
    })
}

impl Body {
    /// Hashes what is to be sent, on a thread that may be busy for as long.
    pub(super) async fn new(bytes: Vec<u8>) -> Result<Body, StoreError> {
        let hash = move || {
            let (sha256, md5) = (Digest::of(&bytes), BASE64_STANDARD.encode(Md5::digest(&bytes)));
            Body { bytes: bytes.into(), sha256, md5 }
        };
        tokio::task::spawn_blocking(hash).await.map_err(|error| StoreError::failed("a part of an object", error))
    }
}

impl Answer {
    pub(super) fn of(response: &HttpResponse) -> Answer {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Answer { status: response.status().as_u16(), headers: headers.collect(), body: Vec::new() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The document that the body is, by the name of its element. An error in its place, or half of it, comes with 200 too.
    pub(super) fn document(&self, name: &str) -> Result<Element, Refused> {
        if self.status != 200 {
            return Err(Refused::Never(self.words()));
        }
        let document = Element::parse(&self.body).filter(|document| document.name == name);
        document.ok_or_else(|| Refused::Again(format!("{} in the middle of its answer", self.words())))
    }

    /// The whole body.
    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// What went wrong, as services name it.
    pub(super) fn code(&self) -> Option<String> {
        let error = Element::parse(&self.body).filter(|document| document.name == "Error")?;
        let code = error.text_of("Code")?;
        let is_plain = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_plain.then(|| code.to_owned())
    }

    /// The service only has no time now, or did not get what was sent.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 429 | 500 | 502..=504)
            || matches!(
                self.code().as_deref(),
                Some("RequestTimeout" | "BadDigest" | "XAmzContentSHA256Mismatch" | "OperationAborted")
            )
    }

    /// Status and code.
    pub(super) fn words(&self) -> String {
        match self.code() {
            Some(code) => format!("the service answers {} ({code})", self.status),
            None => format!("the service answers {}", self.status),
        }
    }
}

impl Tries {
    pub(super) fn new() -> Tries {
        Tries { began: Instant::now(), left: TRIES, wait: FIRST_WAIT }
    }

    /// Waits before the next try; `false` when there is none.
    pub(super) async fn again(&mut self, what: &str, why: &str) -> bool {
        self.left -= 1;
        if self.left == 0 || self.began.elapsed() > TRY_FOR {
            return false;
        }
        tracing::debug!(what, why, "asked again");
        tokio::time::sleep(self.wait).await;
        self.wait *= 2;
        true
    }
}

fn too_long() -> String {
    "no answer from the service in time".to_owned()
}

/// The deepest cause: those above it quote the address.
pub(super) fn no_answer(error: &HttpError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("no answer from the service: {cause}")
}

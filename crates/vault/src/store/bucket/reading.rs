//! Bytes of an object from a bucket, however often the service stops in the middle.
//!
//! Not here: whether they are the right ones (`crate::store::Reading`, and whoever opens the ciphertext). Invariants: exactly the range
//! comes out, in order, or an error; a connection that ends early is taken up where it ended; an answer about another range is no answer.

use std::ops::Range;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::client::HttpResponse;
use tokio::time::timeout;

use super::service::{Answer, Ask, Service, Tries, WITHIN, no_answer};
use super::{Bucket, object};
use crate::store::reading::Pieces;
use crate::store::{Digest, StoreError};

/// A range on its way.
pub(super) struct Getting {
    bucket: Bucket,
    digest: Digest,
    /// The newest where none is named.
    version: Option<String>,
    rest: Range<u64>,
    /// What is being received, as far as it goes.
    open: Option<BoxStream<'static, Result<Vec<u8>, String>>>,
    tries: Tries,
}

impl Getting {
    pub(super) fn new(bucket: &Bucket, digest: &Digest, range: Range<u64>) -> Getting {
        let (bucket, tries) = (bucket.clone(), Tries::new());
        Getting { bucket, digest: *digest, version: None, rest: range, open: None, tries }
    }

    /// Of that version.
    pub(super) fn of_version(self, version: &str) -> Getting {
        Getting { version: Some(version.to_owned()), ..self }
    }

    /// All of it at once.
    pub(super) async fn all(mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Asks for the rest.
    async fn begin(&mut self) -> Result<Result<(), String>, StoreError> {
        let range = format!("bytes={}-{}", self.rest.start, self.rest.end - 1);
        let mut ask = Ask::new("GET", &self.bucket.key(&self.digest)).header("range", &range);
        if let Some(version) = &self.version {
            ask = ask.query("versionId", version);
        }
        let response = match self.bucket.service.send(&ask).await {
            Ok(response) => response,
            Err(why) => return Ok(Err(why)),
        };
        let head = Answer::of(&response);
        match head.status {
            206 => {
                let told = head.header("content-range").and_then(told_range);
                match told {
                    Some((first, len_bytes)) if first == self.rest.start => {
                        if len_bytes < self.rest.end {
                            return Err(StoreError::Short { digest: self.digest });
                        }
                    }
                    _ => return Ok(Err("the service answers with another part of the object".to_owned())),
                }
            }
            // It gives all, and all is what is wanted.
            200 if self.rest.start == 0 && head.header("content-length") == Some(&self.rest.end.to_string()) => {}
            200 => return Ok(Err("the service answers 200 with another length than the object's".to_owned())),
            416 => return Err(StoreError::Short { digest: self.digest }),
            _ => {
                let answer = Service::receive(response).await;
                return self.refusal(answer).map(Err);
            }
        }
        self.open = Some(pieces_of(response));
        Ok(Ok(()))
    }

    /// What an answer means that is none of the object: that it is not there, or why to ask again.
    fn refusal(&self, answer: Result<Answer, String>) -> Result<String, StoreError> {
        match answer {
            Err(why) => Ok(why),
            Ok(answer) if answer.is_passing() => Ok(answer.words()),
            Ok(answer) if matches!(answer.code().as_deref(), Some("NoSuchKey" | "NoSuchVersion")) => {
                Err(StoreError::Missing { digest: self.digest })
            }
            Ok(answer) => Err(StoreError::failed(object(&self.digest), answer.words())),
        }
    }

    /// The next piece of what is being received, or why there is none.
    async fn receive(&mut self) -> Result<Vec<u8>, String> {
        let Some(open) = &mut self.open else { return Err("nothing is received".to_owned()) };
        let piece = match timeout(WITHIN, open.next()).await {
            Err(_) => Err("the service stops in the middle of the object".to_owned()),
            Ok(None) => Err("the service's answer ends early".to_owned()),
            Ok(Some(piece)) => piece,
        };
        piece.and_then(|piece| match piece.len() as u64 <= self.rest.end - self.rest.start {
            true => Ok(piece),
            false => Err("the service gives more than was asked for".to_owned()),
        })
    }
}

#[async_trait]
impl Pieces for Getting {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        while !self.rest.is_empty() {
            let begun = if self.open.is_none() { self.begin().await? } else { Ok(()) };
            let received = match begun {
                Ok(()) => self.receive().await,
                Err(why) => Err(why),
            };
            match received {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => {
                    self.rest.start += piece.len() as u64;
                    self.tries = Tries::new();
                    return Ok(Some(piece));
                }
                Err(why) => {
                    self.open = None;
                    let what = object(&self.digest);
                    if !self.tries.again(&what, &why).await {
                        return Err(StoreError::failed(what, why));
                    }
                }
            }
        }
        Ok(None)
    }
}

fn pieces_of(response: HttpResponse) -> BoxStream<'static, Result<Vec<u8>, String>> {
    let pieces = response.into_body().bytes_stream();
    pieces.map(|piece| piece.map(Vec::from).map_err(|error| no_answer(&error))).boxed()
}

/// Where an answer begins, and how long the whole object is: `bytes 5-9/100`.
fn told_range(header: &str) -> Option<(u64, u64)> {
    let (range, len_bytes) = header.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, len_bytes.parse().ok()?))
}

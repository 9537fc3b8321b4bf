//! An object on its way into a bucket: in one request, or part by part.
//!
//! Not here: requests and their tries (`service`). Invariants: the request that gives the object its name is sent only when all bytes were
//! held against the digest; so whatever fails before leaves nothing at the name, and what answers are lost afterwards are looked up.
//! At most three parts are in memory.

use tokio::join;

use super::service::{Answer, Ask, Body, Refused, Tries};
use super::{Bucket, Head, object};
use crate::store::digest::Tally;
use crate::store::{Digest, Put, Source, StoreError};

/// Objects up to here go in one request, longer ones in parts of this length or more.
const PART_LEN_BYTES: u64 = 8 << 20;
/// No service takes more parts.
const PARTS_MAX: u64 = 10_000;

/// The length of the parts of an object; the last is shorter.
fn part_len_bytes(len_bytes: u64) -> u64 {
    len_bytes.div_ceil(PARTS_MAX).next_multiple_of(1 << 20).max(PART_LEN_BYTES)
}

/// What a source gives, in parts, held against what was announced.
struct Parts<'a> {
    source: &'a mut dyn Source,
    /// `None` when the end was told.
    tally: Option<Tally>,
    waiting: Vec<u8>,
    len_bytes: usize,
}

impl Parts<'_> {
    /// The next part; `None` when all of them were right.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        while self.waiting.len() < self.len_bytes {
            let Some(mut tally) = self.tally.take() else { break };
            match self.source.next().await.map_err(StoreError::Source)? {
                Some(piece) => {
                    tally.take(&piece)?;
                    self.waiting.extend_from_slice(&piece);
                    self.tally = Some(tally);
                }
                None => drop(tally.finish()?),
            }
        }
        let rest = self.waiting.split_off(self.waiting.len().min(self.len_bytes));
        let part = std::mem::replace(&mut self.waiting, rest);
        Ok((!part.is_empty()).then_some(part))
    }
}

/// Over what an object may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Nothing,
    Anything,
}

/// An upload in parts.
struct Upload<'a> {
    bucket: &'a Bucket,
    what: &'a str,
    key: &'a str,
    id: String,
}

impl Bucket {
    pub(super) async fn upload(
        &self,
        digest: &Digest,
        len_bytes: u64,
        source: &mut dyn Source,
    ) -> Result<Put, StoreError> {
        if let Head::Object { .. } = self.head(&object(digest), &self.key(digest), None).await? {
            return Ok(Put::AlreadyThere);
        }
        self.send_all(digest, len_bytes, source, Over::Nothing).await
    }

    /// As [`Bucket::upload`], whatever stands there: the name is the new object's once all of its bytes were right.
    pub(super) async fn upload_over(
        &self,
        digest: &Digest,
        len_bytes: u64,
        source: &mut dyn Source,
    ) -> Result<(), StoreError> {
        self.send_all(digest, len_bytes, source, Over::Anything).await.map(|_| ())
    }

    async fn send_all(
        &self,
        digest: &Digest,
        len_bytes: u64,
        source: &mut dyn Source,
        over: Over,
    ) -> Result<Put, StoreError> {
        let (what, key) = (object(digest), self.key(digest));
        let part_len = part_len_bytes(len_bytes);
        let mut parts = Parts {
            source,
            tally: Some(Tally::new(digest, len_bytes)),
            waiting: Vec::new(),
            len_bytes: usize::try_from(part_len).unwrap_or(usize::MAX),
        };
        let put = if len_bytes <= part_len {
            let whole = parts.next().await?.unwrap_or_default();
            // The end has yet to be told.
            while parts.next().await?.is_some() {}
            self.put_whole(&what, &key, whole, over).await?
        } else {
            self.put_parts(&what, &key, &mut parts).await?
        };
        if put == Put::Written {
            self.confirm(&what, &key, len_bytes).await?;
        }
        Ok(put)
    }

    /// The service shows what it took. Of several versions written at once, some show none for a moment.
    async fn confirm(&self, what: &str, key: &str, len_bytes: u64) -> Result<(), StoreError> {
        let mut tries = Tries::new();
        loop {
            let why = match self.head(what, key, None).await? {
                Head::Object { len_bytes: there } if there == len_bytes => return Ok(()),
                Head::Object { .. } => "the service took it and shows another length",
                Head::Hidden | Head::None => "the service took it and does not show it",
            };
            if !tries.again(what, why).await {
                return Err(StoreError::failed(what, why));
            }
        }
    }

    pub(super) async fn put_whole(&self, what: &str, key: &str, whole: Vec<u8>, over: Over) -> Result<Put, StoreError> {
        let ask = match over {
            Over::Nothing => Ask::new("PUT", key).header("if-none-match", "*"),
            Over::Anything => Ask::new("PUT", key),
        };
        let ask = ask.body(Body::new(whole).await?);
        let read = |answer: Answer| match answer.status {
            200 => Ok(Put::Written),
            // Another's, or our own by a request whose answer was lost.
            412 => Ok(Put::AlreadyThere),
            // Another is writing it now.
            409 => Err(Refused::Again(answer.words())),
            _ => Err(Refused::Never(answer.words())),
        };
        self.service.ask(what, &ask, read).await
    }

    async fn put_parts(&self, what: &str, key: &str, parts: &mut Parts<'_>) -> Result<Put, StoreError> {
        // When this answer is lost, an upload without parts is left to be tidied.
        let begin = Ask::new("POST", key).query("uploads", "").body(Body::new(Vec::new()).await?);
        let read_id = |answer: Answer| {
            let begun = answer.document("InitiateMultipartUploadResult")?;
            let id = begun.text_of("UploadId").filter(|id| !id.is_empty());
            id.map(str::to_owned)
                .ok_or_else(|| Refused::Never("the service begins an upload without a name".to_owned()))
        };
        let id = self.service.ask(what, &begin, read_id).await?;
        let upload = Upload { bucket: self, what, key, id };
        match upload.carry(parts).await {
            Ok(put) => Ok(put),
            Err(error) => {
                if let Err(left) = self.abort(what, key, &upload.id).await {
                    tracing::warn!(error = %left, "an upload that failed is left to be tidied");
                }
                Err(error)
            }
        }
    }

    /// Ends an upload and forgets its parts, if there is one.
    pub(super) async fn abort(&self, what: &str, key: &str, id: &str) -> Result<(), StoreError> {
        let read = |answer: Answer| match answer.status {
            200 | 204 | 404 => Ok(()),
            _ => Err(Refused::Never(answer.words())),
        };
        self.service.ask(what, &Ask::new("DELETE", key).query("uploadId", id), read).await
    }
}

impl Upload<'_> {
    /// Sends one part while the next is made.
    async fn carry(&self, parts: &mut Parts<'_>) -> Result<Put, StoreError> {
        let (mut tags, mut next) = (Vec::new(), parts.next().await?);
        while let Some(part) = next {
            let (tag, following) = join!(self.send(tags.len() + 1, part), parts.next());
            tags.push(tag?);
            next = following?;
        }
        self.complete(&tags).await
    }

    async fn send(&self, number: usize, part: Vec<u8>) -> Result<String, StoreError> {
        let ask = Ask::new("PUT", self.key).query("partNumber", &number.to_string()).query("uploadId", &self.id);
        let read = |answer: Answer| match (answer.status, answer.header("etag")) {
            (200, Some(tag)) => Ok(tag.to_owned()),
            _ => Err(Refused::Never(answer.words())),
        };
        self.bucket.service.ask(self.what, &ask.body(Body::new(part).await?), read).await
    }

    async fn complete(&self, tags: &[String]) -> Result<Put, StoreError> {
        let part = |(at, tag): (usize, &String)| {
            format!("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", at + 1, escaped(tag))
        };
        let parts: String = tags.iter().enumerate().map(part).collect();
        let list = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let ask = Ask::new("POST", self.key).query("uploadId", &self.id).body(Body::new(list.into_bytes()).await?);
        let read = |answer: Answer| match answer.code().as_deref() {
            // Done by a request whose answer was lost, or aborted by whoever tidies: the name says which.
            Some("NoSuchUpload") => Ok(()),
            // An error that comes after the status was sent.
            Some(_) if answer.status == 200 => Err(Refused::Again(answer.words())),
            _ => answer.document("CompleteMultipartUploadResult").map(|_| ()),
        };
        self.bucket.service.ask(self.what, &ask, read).await.map(|()| Put::Written)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

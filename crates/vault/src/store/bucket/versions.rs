//! All that stands at a name of a bucket: versions, what hides them, uploads that were begun; listed, removed, held.
//!
//! Not here: the bytes. Invariants: only what was listed is removed, by its version; nothing is called gone because a list says so: each
//! removed version and the name itself are asked for too, because a list may be an old one; a held object loses nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::reading::Getting;
use super::service::{Answer, Ask, Body, Refused};
use super::xml::Element;
use super::{Bucket, Head, object};
use crate::store::digest::OBJECTS;
use crate::store::{Deleted, Digest, Reading, StoreError};

/// How often everything at a name is looked for and removed before it is given up.
const ROUNDS: u32 = 5;
/// The wait before the third look; each further one is twice as long.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(200);
/// What one list may name.
const NAMES_MAX: usize = 1000;

/// A version or delete marker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    key: String,
    id: String,
    is_marker: bool,
}

/// An upload that was begun.
struct Begun {
    key: String,
    id: String,
    at: Option<Timestamp>,
}

/// Some of a list, and where the next begins.
struct Page<T> {
    entries: Vec<T>,
    next: Option<(String, String)>,
    /// When it was made, by the service's clock.
    made: Option<Timestamp>,
}

/// What was removed so far.
#[derive(Default)]
struct Removed {
    versions: BTreeSet<Version>,
    uploads: BTreeSet<String>,
}

impl Removed {
    fn deleted(&self) -> Deleted {
        let markers = self.versions.iter().filter(|version| version.is_marker).count() as u64;
        let (all, unfinished) = (self.versions.len() as u64, self.uploads.len() as u64);
        Deleted { versions: all - markers, markers, unfinished }
    }
}

impl Bucket {
    pub(super) async fn delete_versions(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        let (mut removed, mut seen) = (Removed::default(), String::new());
        for round in 0..ROUNDS {
            if round > 1 {
                tokio::time::sleep(BETWEEN_ROUNDS * (1 << (round - 2))).await;
            }
            let key = self.key(digest);
            let (versions, uploads) = (self.versions_of(digest).await?, self.uploads_of(digest).await?);
            if versions.is_empty() && uploads.is_empty() {
                match self.trace(digest, &removed).await? {
                    None => return Ok(removed.deleted()),
                    Some(what) => seen = what,
                }
                continue;
            }
            seen = format!("{} versions and {} uploads are listed", versions.len(), uploads.len());
            self.refuse_held(digest, &versions).await?;
            for upload in uploads {
                self.abort(&object(digest), &key, &upload).await?;
                removed.uploads.insert(upload);
            }
            for version in versions {
                self.remove(digest, &version).await?;
                removed.versions.insert(version);
            }
        }
        Err(StoreError::StillThere { digest: *digest, what: seen })
    }

    /// Removes what lies over the newest version that is whole: each was listed and found not to be, so nothing whole goes.
    pub(super) async fn uncover_whole(&self, digest: &Digest, len_bytes: u64) -> Result<bool, StoreError> {
        let mut over = Vec::new();
        // A list has the newest first.
        for version in self.versions_of(digest).await? {
            if !self.is_whole(digest, &version, len_bytes).await? {
                over.push(version);
                continue;
            }
            for version in &over {
                self.remove(digest, version).await?;
            }
            let newest = self.head(&object(digest), &self.key(digest), None).await?;
            return Ok(!over.is_empty() && newest == Head::Object { len_bytes });
        }
        Ok(false)
    }

    async fn is_whole(&self, digest: &Digest, version: &Version, len_bytes: u64) -> Result<bool, StoreError> {
        let is_long = Head::Object { len_bytes };
        if version.is_marker || self.head(&object(digest), &version.key, Some(&version.id)).await? != is_long {
            return Ok(false);
        }
        let getting = Getting::new(self, digest, 0..len_bytes).of_version(&version.id);
        match Reading::new(digest, len_bytes, Box::new(getting)).check().await {
            Ok(()) => Ok(true),
            Err(StoreError::Rotten { .. } | StoreError::Short { .. } | StoreError::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What is still to be seen of an object of which nothing is listed any more.
    async fn trace(&self, digest: &Digest, removed: &Removed) -> Result<Option<String>, StoreError> {
        let (what, key) = (object(digest), self.key(digest));
        for version in removed.versions.iter().filter(|version| !version.is_marker) {
            if self.head(&what, &key, Some(&version.id)).await? != Head::None {
                return Ok(Some("a version is not listed and can be read".to_owned()));
            }
        }
        match self.head(&what, &key, None).await? {
            Head::None => Ok(None),
            Head::Hidden => Ok(Some("a delete marker is not listed and hides something".to_owned())),
            Head::Object { .. } => Ok(Some("it is not listed and can be read".to_owned())),
        }
    }

    async fn remove(&self, digest: &Digest, version: &Version) -> Result<(), StoreError> {
        let what = object(digest);
        let read = |answer: Answer| match answer.status {
            200 | 204 | 404 => Ok(true),
            403 => Ok(false),
            _ => Err(Refused::Never(answer.words())),
        };
        let ask = Ask::new("DELETE", &version.key).query("versionId", &version.id);
        if self.service.ask(&what, &ask, read).await? {
            return Ok(());
        }
        // Not allowed to us, or to nobody.
        let retained = self.state(&what, "retention", "Retention", Some(version)).await?;
        match retained.is_some() || self.is_held(&what, version).await? {
            true => Err(StoreError::Locked { digest: *digest }),
            false => Err(StoreError::failed(what, "the service answers 403 to its removal")),
        }
    }

    /// Before anything goes: of a held object nothing may.
    async fn refuse_held(&self, digest: &Digest, versions: &[Version]) -> Result<(), StoreError> {
        let what = object(digest);
        if !self.can_lock(&what).await? {
            return Ok(());
        }
        for version in versions.iter().filter(|version| !version.is_marker) {
            if self.is_held(&what, version).await? {
                return Err(StoreError::Locked { digest: *digest });
            }
        }
        Ok(())
    }

    pub(super) async fn hold_versions(&self, digest: &Digest, on: bool) -> Result<bool, StoreError> {
        let what = object(digest);
        let versions = self.versions_of(digest).await?;
        let versions: Vec<&Version> = versions.iter().filter(|version| !version.is_marker).collect();
        if versions.is_empty() {
            return Err(StoreError::Missing { digest: *digest });
        }
        if !self.can_lock(&what).await? {
            return Ok(false);
        }
        let status = if on { "ON" } else { "OFF" };
        let wanted = format!("<LegalHold><Status>{status}</Status></LegalHold>");
        let body = Body::new(wanted.into_bytes()).await?;
        let read = |answer: Answer| match answer.status {
            200 | 204 => Ok(()),
            _ => Err(Refused::Never(answer.words())),
        };
        for version in versions {
            let ask = Ask::new("PUT", &version.key).query("legal-hold", "").query("versionId", &version.id);
            self.service.ask(&what, &ask.body(body.clone()), read).await?;
            if self.is_held(&what, version).await? != on {
                return Err(StoreError::failed(what, "the service took a legal hold and does not show it"));
            }
        }
        Ok(true)
    }

    async fn can_lock(&self, what: &str) -> Result<bool, StoreError> {
        let configured = self.state(what, "object-lock", "ObjectLockConfiguration", None).await?;
        Ok(configured.is_some_and(|lock| lock.text_of("ObjectLockEnabled") == Some("Enabled")))
    }

    async fn is_held(&self, what: &str, version: &Version) -> Result<bool, StoreError> {
        let hold = self.state(what, "legal-hold", "LegalHold", Some(version)).await?;
        Ok(hold.is_some_and(|hold| hold.text_of("Status") == Some("ON")))
    }

    /// What a service says of the bucket, or of a version; `None` where it says that there is no such thing.
    async fn state(
        &self,
        what: &str,
        of: &'static str,
        name: &str,
        version: Option<&Version>,
    ) -> Result<Option<Element>, StoreError> {
        let ask = match version {
            Some(version) => Ask::new("GET", &version.key).query(of, "").query("versionId", &version.id),
            None => Ask::new("GET", "").query(of, ""),
        };
        let read = |answer: Answer| match (answer.status, answer.code().as_deref()) {
            (_, Some("NoSuchBucket")) => Err(Refused::Never(answer.words())),
            // Services differ in how they say that nothing can be locked here.
            (400 | 404 | 405 | 501, _) => Ok(None),
            _ => answer.document(name).map(Some),
        };
        self.service.ask(what, &ask, read).await
    }

    /// The first version that was written at a key and is still there, whatever was written or hidden since.
    pub(super) async fn oldest(&self, what: &str, key: &str) -> Result<Option<String>, StoreError> {
        let versions = self.versions_at(what, key).await?;
        // A list has the newest first.
        Ok(versions.into_iter().rfind(|version| !version.is_marker).map(|version| version.id))
    }

    async fn versions_of(&self, digest: &Digest) -> Result<Vec<Version>, StoreError> {
        self.versions_at(&object(digest), &self.key(digest)).await
    }

    async fn versions_at(&self, what: &str, key: &str) -> Result<Vec<Version>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.versions_page(what, key, after.take(), NAMES_MAX).await?;
            found.extend(page.entries.into_iter().filter(|version| version.key == key));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn uploads_of(&self, digest: &Digest) -> Result<Vec<String>, StoreError> {
        let (what, key) = (object(digest), self.key(digest));
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.uploads_page(&what, &key, after.take()).await?;
            found.extend(page.entries.into_iter().filter(|begun| begun.key == key).map(|begun| begun.id));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// All names at which there is any version, hidden or not.
    pub(super) async fn list_names(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let mut found = BTreeSet::new();
        let mut next = after.map(|after| (self.key(after), String::new()));
        let all = format!("{}{OBJECTS}/", self.prefix);
        while found.len() < limit {
            // Several versions may be one name; one more shows whether there are others.
            let wanted = limit.saturating_sub(found.len()).saturating_add(1).min(NAMES_MAX);
            let page = self.versions_page("the list of objects", &all, next.take(), wanted).await?;
            let digests = page.entries.iter().filter_map(|version| self.digest(&version.key));
            found.extend(digests.filter(|digest| after.is_none_or(|after| digest > after)));
            match page.next {
                Some(further) => next = Some(further),
                None => break,
            }
        }
        Ok(found.into_iter().take(limit).collect())
    }

    pub(super) async fn abort_left(&self, older_than: Duration) -> Result<u64, StoreError> {
        let what = "what is half written";
        let older_than = SignedDuration::try_from(older_than).unwrap_or(SignedDuration::MAX);
        let (mut aborted, mut after) = (0, None);
        let all = format!("{}{OBJECTS}/", self.prefix);
        loop {
            let page = self.uploads_page(what, &all, after.take()).await?;
            for begun in page.entries.iter().filter(|begun| self.digest(&begun.key).is_some()) {
                let (Some(made), Some(at)) = (page.made, begun.at) else { continue };
                // The clock in a header has whole seconds.
                if made.duration_since(at).max(SignedDuration::ZERO) >= older_than {
                    self.abort(what, &begun.key, &begun.id).await?;
                    aborted += 1;
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(aborted),
            }
        }
    }

    async fn versions_page(
        &self,
        what: &str,
        prefix: &str,
        after: Option<(String, String)>,
        limit: usize,
    ) -> Result<Page<Version>, StoreError> {
        let mut ask = Ask::new("GET", "").query("versions", "").query("prefix", prefix);
        ask = ask.query("max-keys", &limit.to_string());
        if let Some((key, version)) = &after {
            ask = ask.query("key-marker", key);
            if !version.is_empty() {
                ask = ask.query("version-id-marker", version);
            }
        }
        let read = |answer: Answer| {
            let list = answer.document("ListVersionsResult")?;
            let entries = list.children.iter().filter_map(version_of).collect();
            Ok(Page { entries, next: following(&list, "NextVersionIdMarker", after.as_ref())?, made: None })
        };
        self.service.ask(what, &ask, read).await
    }

    async fn uploads_page(
        &self,
        what: &str,
        prefix: &str,
        after: Option<(String, String)>,
    ) -> Result<Page<Begun>, StoreError> {
        let mut ask = Ask::new("GET", "").query("uploads", "").query("prefix", prefix);
        if let Some((key, id)) = &after {
            ask = ask.query("key-marker", key).query("upload-id-marker", id);
        }
        let read = |answer: Answer| {
            let made = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
            let list = answer.document("ListMultipartUploadsResult")?;
            let entries = list.all("Upload").filter_map(begun_of).collect();
            let next = following(&list, "NextUploadIdMarker", after.as_ref())?;
            Ok(Page { entries, next, made: made.map(|date| date.timestamp()) })
        };
        self.service.ask(what, &ask, read).await
    }
}

fn version_of(element: &Element) -> Option<Version> {
    let is_marker = match element.name.as_str() {
        "Version" => false,
        "DeleteMarker" => true,
        _ => return None,
    };
    // A bucket that never kept versions may give them no name.
    let id = element.text_of("VersionId").filter(|id| !id.is_empty()).unwrap_or("null").to_owned();
    Some(Version { key: element.text_of("Key")?.to_owned(), id, is_marker })
}

fn begun_of(element: &Element) -> Option<Begun> {
    let text = |name: &str| element.text_of(name).map(str::to_owned);
    let at = element.text_of("Initiated").and_then(|at| at.parse().ok());
    Some(Begun { key: text("Key")?, id: text("UploadId")?, at })
}

/// Where the next page begins; an error when the service would have us go round in circles.
fn following(
    list: &Element,
    second: &str,
    before: Option<&(String, String)>,
) -> Result<Option<(String, String)>, Refused> {
    if list.text_of("IsTruncated") != Some("true") {
        return Ok(None);
    }
    let text = |name: &str| list.text_of(name).unwrap_or_default().to_owned();
    let next = (text("NextKeyMarker"), text(second));
    match next.0.is_empty() || before == Some(&next) {
        true => Err(Refused::Again("the service's list does not go on".to_owned())),
        false => Ok(Some(next)),
    }
}

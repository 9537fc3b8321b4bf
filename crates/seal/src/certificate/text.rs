//! A certificate's own text: lines in one order, to be read by a clerk and hashed by a program.
//!
//! Not here: what stands beside it in a file (`file.rs`). Source: `spec/certificate.md` section 3.
//! Invariants: `print(parse(x)) = x`; what [`Certificate::text`] gives, [`Certificate::parse`] reads as the same certificate.

use super::file::TEXT_BYTES_MAX;
use super::lines::{self, Lines, put, put_hex, put_time};
use super::{APPROVERS_MAX, Approver, Certificate, Fault, FaultKind, Kept, Method, Search, Store, Subject};
use crate::note::b64;

const FIRST_LINE: &str = "counterpart/certificate/v1";
/// Of any version.
const FIRST_LINE_BEGINS: &str = "counterpart/certificate/v";
/// What erasing a key is called (NIST SP 800-88).
const CRYPTOGRAPHIC_ERASE: &str = "cryptographic erase";
const NOTHING_FOUND: &str = ", nothing found";

/// Every key, in the order of the text. Those of an approver come as often as there are approvers.
pub(super) const KEYS: &[&str] = &[
    "thing",
    "id",
    "recording",
    "commitment",
    "object",
    "sealed-bytes",
    "plain-bytes",
    "medium",
    "label",
    "rule",
    "pack",
    "pack-version",
    "pack-digest",
    "last-day",
    "clause",
    "unconfirmed",
    "held-since",
    "office",
    "method",
    "standard",
    "store",
    "key",
    "office-key",
    "key-copies",
    "versions",
    "tool",
    "searched",
    "destroyed",
    "place",
    "by",
    "no-hold",
    "holds-before",
    "time-source",
    "time-earliest",
    "time-latest",
    "approver",
    "approver-person",
    "approver-key",
    "approver-signature",
    "approved",
    "subject",
];

/// The keys that may come more than once.
pub(super) const SEVERAL: &[&str] = &["store", "searched", "time-source"];

/// The keys of an approver.
pub(super) const OF_APPROVER: &[&str] =
    &["approver", "approver-person", "approver-key", "approver-signature", "approved"];

impl Certificate {
    /// The text that the log's entry commits to.
    ///
    /// # Errors
    /// [`FaultKind::Malformed`] when a value has not the form that the text gives it: the caller's fault; the line is named.
    pub fn text(&self) -> Result<String, Fault> {
        let text = self.print();
        match Certificate::parse(&text)? {
            read if read == *self => Ok(text),
            _ => Err(Fault::new(FaultKind::Malformed, "a value reads as another line")),
        }
    }

    fn print(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        let out = &mut text;
        self.subject.put(out);
        put(out, "clause", &self.clause);
        put(out, "unconfirmed", if self.unconfirmed { "yes" } else { "no" });
        put_time(out, "held-since", self.held_since_s);
        put(out, "office", &self.office);
        self.method.put(out);
        put(out, "tool", &self.tool);
        for search in &self.searched {
            put(out, "searched", format_args!("{} {}{NOTHING_FOUND}", search.count, search.what));
        }
        put_time(out, "destroyed", self.destroyed_s);
        put(out, "place", &self.place);
        put(out, "by", &self.by);
        put_time(out, "no-hold", self.no_hold_s);
        put(out, "holds-before", self.holds_before);
        for source in &self.time_sources {
            put(out, "time-source", source);
        }
        put_time(out, "time-earliest", self.time_earliest_s);
        put_time(out, "time-latest", self.time_latest_s);
        for approver in &self.approvers {
            approver.put(out);
        }
        put_hex(out, "subject", &self.subject.digest());
        text
    }

    /// Reads a text; anything that would not print back is a fault, and so is a subject that is not that of its lines.
    ///
    /// # Errors
    /// [`FaultKind::Version`], [`FaultKind::Malformed`] or [`FaultKind::Subject`].
    pub fn parse(text: &str) -> Result<Certificate, Fault> {
        let version = text.split('\n').next().and_then(|line| line.strip_prefix(FIRST_LINE_BEGINS));
        other_version(version)?;
        if text.len() > TEXT_BYTES_MAX {
            return Err(Fault::new(FaultKind::Malformed, "the text is longer than 64 KiB"));
        }
        let mut from = Lines::of(text)?;
        if from.line() != Some(FIRST_LINE) {
            return from.fault(format_args!("`{FIRST_LINE}` is wanted here"));
        }
        let certificate = Certificate::take(&mut from)?;
        let digest = from.value("subject", lines::digest)?;
        from.end()?;
        if digest != certificate.subject.digest() {
            return Err(Fault::new(FaultKind::Subject, "the digest of what was approved is not that of what is named"));
        }
        Ok(certificate)
    }

    fn take(from: &mut Lines<'_>) -> Result<Certificate, Fault> {
        let subject = Subject::take(from)?;
        Ok(Certificate {
            clause: from.value("clause", lines::words)?,
            unconfirmed: from.value("unconfirmed", lines::yes_or_no)?,
            held_since_s: from.value("held-since", lines::time)?,
            office: from.value("office", lines::words)?,
            method: Method::take(from, &subject.kept)?,
            subject,
            tool: from.value("tool", lines::words)?,
            searched: from.several("searched", [1, 32], Search::parse)?,
            destroyed_s: from.value("destroyed", lines::time)?,
            place: from.value("place", lines::words)?,
            by: from.value("by", lines::words)?,
            no_hold_s: from.value("no-hold", lines::time)?,
            holds_before: from.value("holds-before", lines::number)?,
            time_sources: from.several("time-source", [2, 16], lines::words)?,
            time_earliest_s: from.value("time-earliest", lines::time)?,
            time_latest_s: from.value("time-latest", lines::time)?,
            approvers: Approver::take_all(from)?,
        })
    }
}

/// A fault, if it is a version and not this one.
pub(super) fn other_version(version: Option<&str>) -> Result<(), Fault> {
    match version.and_then(lines::number) {
        None | Some(1) => Ok(()),
        Some(_) => Err(Fault::new(FaultKind::Version, "it is of a version that this program does not know")),
    }
}

impl Method {
    fn put(&self, text: &mut String) {
        match self {
            Method::Physical { method, standard } => {
                put(text, "method", method);
                put(text, "standard", standard);
            }
            Method::Erased { stores, key, office_key, key_copies, versions } => {
                put(text, "method", CRYPTOGRAPHIC_ERASE);
                for store in stores {
                    put(text, "store", format_args!("{}, {}", store.kind, store.place));
                }
                put_hex(text, "key", key);
                put(text, "office-key", office_key);
                put(text, "key-copies", key_copies);
                put(text, "versions", versions);
            }
        }
    }

    fn take(from: &mut Lines<'_>, kept: &Kept) -> Result<Method, Fault> {
        if let Kept::Item { .. } = kept {
            return Ok(Method::Physical {
                method: from.value("method", lines::words)?,
                standard: from.value("standard", lines::words)?,
            });
        }
        from.value("method", |value| (value == CRYPTOGRAPHIC_ERASE).then_some(()))?;
        Ok(Method::Erased {
            stores: from.several("store", [1, 16], Store::parse)?,
            key: from.value("key", lines::id)?,
            office_key: from.value("office-key", lines::number)?,
            key_copies: from.value("key-copies", lines::number)?,
            versions: from.value("versions", lines::number)?,
        })
    }
}

impl Store {
    fn parse(value: &str) -> Option<Store> {
        let (kind, place) = value.split_once(", ")?;
        Some(Store { kind: lines::word(kind)?, place: lines::words(place)? })
    }
}

impl Search {
    fn parse(value: &str) -> Option<Search> {
        let (count, what) = value.strip_suffix(NOTHING_FOUND)?.split_once(' ')?;
        Some(Search { count: lines::number(count)?, what: lines::words(what)? })
    }
}

impl Approver {
    fn put(&self, text: &mut String) {
        put(text, "approver", &self.account);
        put(text, "approver-person", self.person);
        put(text, "approver-key", b64(&self.key));
        put(text, "approver-signature", b64(&self.signature));
        put_time(text, "approved", self.approved_s);
    }

    fn take_all(from: &mut Lines<'_>) -> Result<Vec<Approver>, Fault> {
        let mut approvers = Vec::new();
        while approvers.len() < APPROVERS_MAX && from.has("approver") {
            approvers.push(Approver {
                account: from.value("approver", lines::words)?,
                person: from.value("approver-person", lines::number)?,
                key: from.value("approver-key", lines::key)?,
                signature: from.value("approver-signature", lines::signature)?,
                approved_s: from.value("approved", lines::time)?,
            });
        }
        Ok(approvers)
    }
}

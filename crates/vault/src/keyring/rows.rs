//! The rows of one file: what the keyring says of itself, of a thing, of a hold; how they stand in columns, and back.
//!
//! Not reading, writing and authenticating them (`table.rs`). Invariants: a row has one form in columns, and one that has another, in any column,
//! is no row; never a default.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::eras::Era;
use super::office_key::{WRAPPED_LEN_BYTES, Wrapped};
use super::tag::{SET_SUM_LEN_BYTES, Tag};
use super::{HoldId, ThingId};

/// What the keyring says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) keyring: [u8; 16],
    pub(super) office: String,
    pub(super) copies: u8,
    pub(super) generation: u64,
    pub(super) mark: [u8; 16],
    pub(super) key_version: u32,
    pub(super) key_name: String,
    pub(super) canary: Wrapped,
    /// What makes the tags of its rows.
    pub(super) row_key: Wrapped,
    /// What made those of a copy that a new office key has not reached yet.
    pub(super) row_key_before: Option<Wrapped>,
    /// What makes the tags of events.
    pub(super) event_key: Wrapped,
    /// What made them under each office key before.
    pub(super) eras: Vec<Era>,
    pub(super) head: Option<Head>,
}

/// The newest event that the event store has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// How far a thing's key has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Announced; its object may not be whole.
    Pending,
    /// Kept: the object is stored.
    Kept {
        /// SHA-256 of the object.
        digest: [u8; 32],
        /// Length of the object.
        sealed_len_bytes: u64,
    },
    /// The key is no more.
    Erased {
        /// The act that did it.
        erasure: Erasure,
        /// The object's digest and length, if it was ever kept.
        object: Option<([u8; 32], u64)>,
        /// SHA-256 of the certificate, once it is noted.
        certificate: Option<[u8; 32]>,
    },
}

/// An act of destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// What was approved: the subject of the approvals.
    pub subject: [u8; 32],
}

/// A thing as the keyring knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The thing.
    pub id: ThingId,
    /// The kind of thing.
    pub kind: String,
    /// How far it has come.
    pub state: State,
}

/// An entry with its wrapped key, which is there unless it was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) entry: Entry,
    pub(super) wrapped: Option<Wrapped>,
}

/// A hold, standing or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HoldRow {
    pub(super) thing: ThingId,
    pub(super) hold: HoldId,
    pub(super) is_standing: bool,
    /// Of the change that made it so.
    pub(super) generation: u64,
}

/// What is carried of a disc or tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ItemRow {
    pub(super) thing: ThingId,
    pub(super) sealed: Vec<u8>,
    /// Of the change that made it so.
    pub(super) generation: u64,
}

/// What an entry says beside its thing and kind, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) state: &'static str,
    pub(super) wrapped: Option<Wrapped>,
    pub(super) digest: Option<[u8; 32]>,
    pub(super) sealed_len_bytes: Option<i64>,
    pub(super) erased_at_us: Option<i64>,
    pub(super) subject: Option<[u8; 32]>,
    pub(super) certificate: Option<[u8; 32]>,
}

impl Row {
    pub(super) fn columns(&self) -> Columns {
        let (state, object, erasure, certificate) = match self.entry.state {
            State::Pending => ("pending", None, None, None),
            State::Kept { digest, sealed_len_bytes } => ("kept", Some((digest, sealed_len_bytes)), None, None),
            State::Erased { erasure, object, certificate } => ("erased", object, Some(erasure), certificate),
        };
        Columns {
            state,
            wrapped: self.wrapped.clone(),
            digest: object.map(|(digest, _)| digest),
            sealed_len_bytes: object.map(|(_, len_bytes)| stored(len_bytes)),
            erased_at_us: erasure.map(|erasure| erasure.at_us),
            subject: erasure.map(|erasure| erasure.subject),
            certificate,
        }
    }
}

impl Columns {
    /// What they say, if it is in the one form in which they say it.
    fn state(&self) -> Option<State> {
        let object = self.digest.zip(self.sealed_len_bytes.and_then(|len| u64::try_from(len).ok()));
        Some(match (self.state, object, &self.wrapped) {
            ("pending", None, Some(_)) => State::Pending,
            ("kept", Some((digest, sealed_len_bytes)), Some(_)) => State::Kept { digest, sealed_len_bytes },
            ("erased", object, None) => {
                let erasure = Erasure { at_us: self.erased_at_us?, subject: self.subject? };
                State::Erased { erasure, object, certificate: self.certificate }
            }
            _ => return None,
        })
    }
}

/// As SQLite stores a count.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A column of this type, or nothing when the row has another.
fn column<'r, T>(row: &'r SqliteRow, name: &str) -> Option<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(name).ok()
}

/// A column of so many bytes.
fn bytes<const N: usize>(row: &SqliteRow, name: &str) -> Option<[u8; N]> {
    column::<&[u8]>(row, name)?.try_into().ok()
}

/// A column of so many bytes, or null.
fn bytes_or_null<const N: usize>(row: &SqliteRow, name: &str) -> Option<Option<[u8; N]>> {
    match column::<Option<&[u8]>>(row, name)? {
        Some(bytes) => bytes.try_into().ok().map(Some),
        None => Some(None),
    }
}

fn wrapped_or_null(row: &SqliteRow, name: &str) -> Option<Option<Wrapped>> {
    Some(match bytes_or_null::<WRAPPED_LEN_BYTES>(row, name)? {
        Some(bytes) => Some(Wrapped::from_bytes(&bytes)?),
        None => None,
    })
}

/// A count.
fn count<T: TryFrom<i64>>(row: &SqliteRow, name: &str) -> Option<T> {
    T::try_from(column(row, name)?).ok()
}

/// Of which thing a row is, also where nothing else in it is right.
pub(super) fn thing_of(row: &SqliteRow) -> Option<ThingId> {
    bytes(row, "thing")
}

pub(super) type Checked<T> = Option<(T, Tag)>;

/// What a copy says of itself, with the sum of its rows.
pub(super) fn meta(row: &SqliteRow) -> Checked<(Meta, [u8; SET_SUM_LEN_BYTES])> {
    let canary: [u8; WRAPPED_LEN_BYTES] = bytes(row, "canary")?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &canary);
    if digest.as_ref() != bytes::<32>(row, "canary_digest")? || column::<i64>(row, "one")? != 1 {
        return None;
    }
    let head = match (column::<Option<i64>>(row, "head_number")?, bytes_or_null(row, "head_hash")?) {
        (Some(number), Some(hash)) => Some(Head { number: u64::try_from(number).ok()?, hash }),
        (None, None) => None,
        _ => return None,
    };
    let meta = Meta {
        keyring: bytes(row, "keyring")?,
        office: column(row, "office")?,
        copies: count(row, "copies")?,
        generation: count(row, "generation")?,
        mark: bytes(row, "mark")?,
        key_version: count(row, "key_version")?,
        key_name: column(row, "key_name")?,
        canary: Wrapped::from_bytes(&canary)?,
        row_key: wrapped_or_null(row, "row_key")??,
        row_key_before: wrapped_or_null(row, "row_key_before")?,
        event_key: wrapped_or_null(row, "event_key")??,
        eras: match column::<Option<&[u8]>>(row, "eras")? {
            Some(stored) => Era::parse(stored)?,
            None => Vec::new(),
        },
        head,
    };
    Some(((meta, bytes(row, "set_sum")?), bytes(row, "tag")?))
}

/// A thing.
pub(super) fn entry(row: &SqliteRow) -> Checked<Row> {
    let state = column::<&str>(row, "state")?;
    let columns = Columns {
        state: ["pending", "kept", "erased"].into_iter().find(|word| *word == state)?,
        wrapped: wrapped_or_null(row, "wrapped")?,
        digest: bytes_or_null(row, "digest")?,
        sealed_len_bytes: column(row, "sealed_len_bytes")?,
        erased_at_us: column(row, "erased_at_us")?,
        subject: bytes_or_null(row, "subject")?,
        certificate: bytes_or_null(row, "certificate")?,
    };
    let entry = Entry { id: thing_of(row)?, kind: column(row, "kind")?, state: columns.state()? };
    let read = Row { entry, wrapped: columns.wrapped.clone() };
    // What the state has no place for must not stand there.
    (read.columns() == columns).then_some(())?;
    Some((read, bytes(row, "tag")?))
}

/// A hold.
pub(super) fn hold(row: &SqliteRow) -> Checked<HoldRow> {
    let is_standing = match column::<i64>(row, "standing")? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let (thing, hold) = (thing_of(row)?, bytes(row, "hold")?);
    Some((HoldRow { thing, hold, is_standing, generation: count(row, "generation")? }, bytes(row, "tag")?))
}

/// What is carried of a disc or tape.
pub(super) fn item(row: &SqliteRow) -> Checked<ItemRow> {
    let sealed = column::<&[u8]>(row, "sealed")?.to_vec();
    Some((ItemRow { thing: thing_of(row)?, sealed, generation: count(row, "generation")? }, bytes(row, "tag")?))
}

//! The rows of one file, read and checked: what the keyring says of itself, of a thing, of a hold.
//!
//! Not here: what may become of them (`acts.rs`). Invariants: a row that breaks its shape is an error that names the file, never a
//! default.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::change::stored;
use super::error::KeyringError;
use super::office_key::{WRAPPED_LEN_BYTES, Wrapped};
use super::place::Place;
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

/// A count.
fn count<T: TryFrom<i64>>(row: &SqliteRow, name: &str) -> Option<T> {
    T::try_from(column(row, name)?).ok()
}

fn checked_meta(row: &SqliteRow) -> Option<Meta> {
    let canary: [u8; WRAPPED_LEN_BYTES] = bytes(row, "canary")?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &canary);
    if digest.as_ref() != bytes::<32>(row, "canary_digest")? {
        return None;
    }
    let head = match bytes_or_null(row, "head_hash")? {
        Some(hash) => Some(Head { number: count(row, "head_number")?, hash }),
        None => None,
    };
    Some(Meta {
        keyring: bytes(row, "keyring")?,
        office: column(row, "office")?,
        copies: count(row, "copies")?,
        generation: count(row, "generation")?,
        mark: bytes(row, "mark")?,
        key_version: count(row, "key_version")?,
        key_name: column(row, "key_name")?,
        canary: Wrapped::from_bytes(&canary)?,
        head,
    })
}

fn checked_row(row: &SqliteRow) -> Option<Row> {
    let object = match bytes_or_null(row, "digest")? {
        Some(digest) => Some((digest, count(row, "sealed_len_bytes")?)),
        None => None,
    };
    let wrapped = match bytes_or_null(row, "wrapped")? {
        Some(bytes) => Some(Wrapped::from_bytes(&bytes as &[u8; WRAPPED_LEN_BYTES])?),
        None => None,
    };
    let state = match (column::<&str>(row, "state")?, object, &wrapped) {
        ("pending", None, Some(_)) => State::Pending,
        ("kept", Some((digest, sealed_len_bytes)), Some(_)) => State::Kept { digest, sealed_len_bytes },
        ("erased", object, None) => {
            let erasure = Erasure { at_us: column(row, "erased_at_us")?, subject: bytes(row, "subject")? };
            State::Erased { erasure, object, certificate: bytes_or_null(row, "certificate")? }
        }
        _ => return None,
    };
    Some(Row { entry: Entry { id: bytes(row, "thing")?, kind: column(row, "kind")?, state }, wrapped })
}

fn checked_hold(row: &SqliteRow) -> Option<HoldRow> {
    Some(HoldRow {
        thing: bytes(row, "thing")?,
        hold: bytes(row, "hold")?,
        is_standing: column::<i64>(row, "standing")? != 0,
        generation: count(row, "generation")?,
    })
}

/// What the file says of itself.
pub(super) async fn meta(place: &Place, connection: &mut SqliteConnection) -> Result<Meta, KeyringError> {
    let sql = "SELECT keyring, office, copies, generation, mark, key_version, key_name, canary, canary_digest, \
               head_number, head_hash FROM keyring";
    let row = sqlx::query(sql).fetch_optional(connection).await.map_err(|error| place.failed(&error))?;
    row.as_ref().and_then(checked_meta).ok_or_else(|| place.damaged("what it says of itself"))
}

/// One thing.
pub(super) async fn row(
    place: &Place,
    connection: &mut SqliteConnection,
    id: &ThingId,
) -> Result<Option<Row>, KeyringError> {
    let query = sqlx::query("SELECT * FROM entry WHERE thing = $1").bind(&id[..]);
    let row = query.fetch_optional(connection).await.map_err(|error| place.failed(&error))?;
    row.map(|row| checked_row(&row).ok_or_else(|| place.damaged("an entry"))).transpose()
}

/// Every thing, by id.
pub(super) async fn rows(place: &Place, connection: &mut SqliteConnection) -> Result<Vec<Row>, KeyringError> {
    let query = sqlx::query("SELECT * FROM entry ORDER BY thing");
    let rows = query.fetch_all(connection).await.map_err(|error| place.failed(&error))?;
    rows.iter().map(|row| checked_row(row).ok_or_else(|| place.damaged("an entry"))).collect()
}

/// Every hold, of one thing or of all, released ones too.
pub(super) async fn holds(
    place: &Place,
    connection: &mut SqliteConnection,
    id: Option<&ThingId>,
) -> Result<Vec<HoldRow>, KeyringError> {
    let query = sqlx::query("SELECT * FROM hold WHERE $1 IS NULL OR thing = $1 ORDER BY thing, hold");
    let rows = query.bind(id.map(|id| &id[..])).fetch_all(connection).await.map_err(|error| place.failed(&error))?;
    rows.iter().map(|row| checked_hold(row).ok_or_else(|| place.damaged("a hold"))).collect()
}

/// What is carried of every disc and tape, or of one.
pub(super) async fn items(
    place: &Place,
    connection: &mut SqliteConnection,
    id: Option<&ThingId>,
) -> Result<Vec<ItemRow>, KeyringError> {
    let query = sqlx::query("SELECT * FROM item WHERE $1 IS NULL OR thing = $1 ORDER BY thing");
    let rows = query.bind(id.map(|id| &id[..])).fetch_all(connection).await.map_err(|error| place.failed(&error))?;
    let checked = |row: &SqliteRow| {
        let sealed = column::<&[u8]>(row, "sealed")?.to_vec();
        Some(ItemRow { thing: bytes(row, "thing")?, sealed, generation: count(row, "generation")? })
    };
    rows.iter().map(|row| checked(row).ok_or_else(|| place.damaged("what it carries of an item"))).collect()
}

/// The one row of a new file.
pub(super) async fn insert_meta(
    place: &Place,
    connection: &mut SqliteConnection,
    meta: &Meta,
) -> Result<(), KeyringError> {
    let digest = ring::digest::digest(&ring::digest::SHA256, meta.canary.bytes());
    sqlx::query(
        "INSERT OR REPLACE INTO keyring (one, keyring, office, copies, generation, mark, key_version, key_name, canary, \
         canary_digest, head_number, head_hash) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&meta.keyring[..])
    .bind(&meta.office)
    .bind(i64::from(meta.copies))
    .bind(stored(meta.generation))
    .bind(&meta.mark[..])
    .bind(i64::from(meta.key_version))
    .bind(&meta.key_name)
    .bind(&meta.canary.bytes()[..])
    .bind(digest.as_ref())
    .bind(meta.head.map(|head| stored(head.number)))
    .bind(meta.head.map(|head| head.hash.to_vec()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(|error| place.failed(&error))
}

/// A thing as it is to be, whether it was there or not.
pub(super) async fn put_row(place: &Place, connection: &mut SqliteConnection, row: &Row) -> Result<(), KeyringError> {
    let (word, object, erasure, certificate) = match row.entry.state {
        State::Pending => ("pending", None, None, None),
        State::Kept { digest, sealed_len_bytes } => ("kept", Some((digest, sealed_len_bytes)), None, None),
        State::Erased { erasure, object, certificate } => ("erased", object, Some(erasure), certificate),
    };
    sqlx::query(
        "INSERT INTO entry (thing, kind, state, wrapped, digest, sealed_len_bytes, erased_at_us, subject, certificate) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (thing) DO UPDATE SET state = excluded.state, \
         wrapped = excluded.wrapped, digest = excluded.digest, sealed_len_bytes = excluded.sealed_len_bytes, \
         erased_at_us = excluded.erased_at_us, subject = excluded.subject, certificate = excluded.certificate",
    )
    .bind(&row.entry.id[..])
    .bind(&row.entry.kind)
    .bind(word)
    .bind(row.wrapped.as_ref().map(|wrapped| wrapped.bytes().to_vec()))
    .bind(object.map(|(digest, _)| digest.to_vec()))
    .bind(object.map(|(_, len_bytes)| stored(len_bytes)))
    .bind(erasure.map(|erasure| erasure.at_us))
    .bind(erasure.map(|erasure| erasure.subject.to_vec()))
    .bind(certificate.map(|digest| digest.to_vec()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(|error| place.failed(&error))
}

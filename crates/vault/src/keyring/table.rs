//! The rows of one copy in one transaction: each read is authenticated, each write makes the tag of its row and keeps the sum of all.
//!
//! Not when a transaction begins and ends in several copies (`change.rs`), nor what may be done (`acts.rs`). Invariants: no row is given out
//! whose tag is not right; nothing is written where the file's tables are not ours, and nothing written is believed until it was read back; whatever
//! takes a wrapped key out of a table lists its nonce as gone, and what was carried of an item goes with the key.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, Transaction};

use super::eras::Era;
use super::error::KeyringError;
use super::merge::Snapshot;
use super::place::Place;
use super::rows::{self, Checked, HoldRow, ItemRow, Meta, Row, stored};
use super::tag::{RowKey, Sum, Tag};
use super::{ThingId, error};

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// One copy, read or written.
pub(super) struct Table<'k> {
    place: &'k Place,
    tx: Transaction<'static, Sqlite>,
    key: Arc<RowKey>,
    pub(super) meta: Meta,
    sum: Sum,
}

/// What a copy says of itself, before anything tells whether that is true.
pub(super) async fn unchecked_meta(place: &Place) -> Result<Meta, KeyringError> {
    let mut tx = place.reading().await?;
    Ok(stored_meta(place, &mut tx).await?.0.0)
}

type Stored = ((Meta, [u8; super::tag::SET_SUM_LEN_BYTES]), Tag);

async fn stored_meta(place: &Place, tx: &mut Transaction<'static, Sqlite>) -> Result<Stored, KeyringError> {
    let rows = sqlx::query("SELECT * FROM keyring").fetch_all(&mut **tx).await.map_err(|error| place.failed(&error))?;
    let [row] = &rows[..] else { return Err(place.damaged(Place::ITSELF)) };
    rows::meta(row).ok_or_else(|| place.damaged(Place::ITSELF))
}

impl<'k> Table<'k> {
    /// To read from, as it is at one moment.
    pub(super) async fn read(place: &'k Place) -> Result<Table<'k>, KeyringError> {
        Table::of(place, place.reading().await?).await
    }

    /// To be written; nobody else writes until it is let go.
    pub(super) async fn write(place: &'k Place) -> Result<Table<'k>, KeyringError> {
        Table::of(place, place.begin_ours().await?).await
    }

    /// The rows of a new file, before there are any.
    pub(super) async fn new(place: &'k Place, key: Arc<RowKey>, meta: Meta) -> Result<Table<'k>, KeyringError> {
        Ok(Table { place, tx: place.begin_ours().await?, key, meta, sum: Sum::default() })
    }

    async fn of(place: &'k Place, mut tx: Transaction<'static, Sqlite>) -> Result<Table<'k>, KeyringError> {
        let ((meta, set_sum), tag) = stored_meta(place, &mut tx).await?;
        let Some(key) = place.row_key(meta.key_version) else {
            return Err(KeyringError::Rotated { needs: meta.key_name });
        };
        if key.of_meta(&meta, &set_sum) != tag {
            return Err(place.changed(Place::ITSELF));
        }
        let sum = key.unmasked(&set_sum);
        Ok(Table { place, tx, key, meta, sum })
    }

    pub(super) fn place(&self) -> &'k Place {
        self.place
    }

    pub(super) fn key(&self) -> &Arc<RowKey> {
        &self.key
    }

    async fn fetch(&mut self, query: Query<'_>) -> Result<Vec<SqliteRow>, KeyringError> {
        query.fetch_all(&mut *self.tx).await.map_err(|error| self.place.failed(&error))
    }

    /// How many rows it changed.
    async fn execute(&mut self, query: Query<'_>) -> Result<u64, KeyringError> {
        let done = query.execute(&mut *self.tx).await.map_err(|error| self.place.failed(&error))?;
        Ok(done.rows_affected())
    }

    /// A row that is as this program wrote it. `what` says of which table it is, should it not be.
    fn checked<T>(
        &self,
        row: &SqliteRow,
        what: &str,
        read: Checked<T>,
        tag: impl Fn(&T) -> Tag,
    ) -> Result<(T, Tag), KeyringError> {
        let right = read.filter(|(read, stored)| tag(read) == *stored);
        right.ok_or_else(|| match rows::thing_of(row) {
            Some(id) => self.place.changed(format!("{what} {}", error::Hex(&id))),
            None => self.place.changed(format!("{what} of no thing")),
        })
    }

    // One of a table is looked for in all of it (`+` keeps SQLite from searching): it is there for whoever reads all, or for nobody.
    async fn entries_with_tags(&mut self, id: Option<&ThingId>) -> Result<Vec<(Row, Tag)>, KeyringError> {
        let query = match id {
            Some(id) => sqlx::query("SELECT * FROM entry WHERE +thing = $1").bind(id.to_vec()),
            None => sqlx::query("SELECT * FROM entry ORDER BY thing"),
        };
        let rows = self.fetch(query).await?;
        let tag = |row: &Row| self.key.of_entry(&row.entry.id, &row.entry.kind, &row.columns());
        let read = rows.iter().map(|row| self.checked(row, "the entry of", rows::entry(row), tag));
        self.in_order(read.collect::<Result<_, _>>()?, |row| row.entry.id)
    }

    async fn holds_with_tags(&mut self, id: Option<&ThingId>) -> Result<Vec<(HoldRow, Tag)>, KeyringError> {
        let query = match id {
            Some(id) => sqlx::query("SELECT * FROM hold WHERE +thing = $1 ORDER BY hold").bind(id.to_vec()),
            None => sqlx::query("SELECT * FROM hold ORDER BY thing, hold"),
        };
        let rows = self.fetch(query).await?;
        let tag = |hold: &HoldRow| self.key.of_hold(hold);
        let read = rows.iter().map(|row| self.checked(row, "a hold on", rows::hold(row), tag));
        self.in_order(read.collect::<Result<_, _>>()?, |hold| (hold.thing, hold.hold))
    }

    async fn items_with_tags(&mut self, id: Option<&ThingId>) -> Result<Vec<(ItemRow, Tag)>, KeyringError> {
        let query = match id {
            Some(id) => sqlx::query("SELECT * FROM item WHERE +thing = $1").bind(id.to_vec()),
            None => sqlx::query("SELECT * FROM item ORDER BY thing"),
        };
        let rows = self.fetch(query).await?;
        let tag = |item: &ItemRow| self.key.of_item(item);
        let read = rows.iter().map(|row| self.checked(row, "the item of", rows::item(row), tag));
        self.in_order(read.collect::<Result<_, _>>()?, |item| item.thing)
    }

    /// Rows of which each stands behind the one before. A tree whose rows stand otherwise shows one of them to whoever reads all and not to whoever searches,
    /// and two of one key would take each other out of the sum.
    fn in_order<T, K: Ord>(&self, rows: Vec<(T, Tag)>, key: impl Fn(&T) -> K) -> Result<Vec<(T, Tag)>, KeyringError> {
        match rows.windows(2).all(|two| key(&two[0].0) < key(&two[1].0)) {
            true => Ok(rows),
            false => Err(self.place.changed("its rows stand in another order than they were written in")),
        }
    }

    /// One thing.
    pub(super) async fn row(&mut self, id: &ThingId) -> Result<Option<Row>, KeyringError> {
        Ok(self.entries_with_tags(Some(id)).await?.pop().map(|(row, _)| row))
    }

    /// Every thing, by id.
    pub(super) async fn rows(&mut self) -> Result<Vec<Row>, KeyringError> {
        Ok(plain(self.entries_with_tags(None).await?))
    }

    /// Every hold, of one thing or of all, released ones too.
    pub(super) async fn holds(&mut self, id: Option<&ThingId>) -> Result<Vec<HoldRow>, KeyringError> {
        Ok(plain(self.holds_with_tags(id).await?))
    }

    /// What is carried of every disc and tape, or of one.
    pub(super) async fn items(&mut self, id: Option<&ThingId>) -> Result<Vec<ItemRow>, KeyringError> {
        Ok(plain(self.items_with_tags(id).await?))
    }

    /// Nonces that may still be in the files, as they are listed.
    pub(super) async fn gone(&mut self) -> Result<Vec<String>, KeyringError> {
        let query = sqlx::query_scalar("SELECT nonce FROM gone ORDER BY nonce");
        query.fetch_all(&mut *self.tx).await.map_err(|error| self.place.failed(&error))
    }

    /// All of it, once the sum has told that no row is missing and none was put back.
    pub(super) async fn all(&mut self) -> Result<Snapshot, KeyringError> {
        let (sum, all) = self.summed().await?;
        if sum != self.sum {
            return Err(self.place.changed("rows are missing, or older ones stand in their place"));
        }
        Ok(all)
    }

    async fn summed(&mut self) -> Result<(Sum, Snapshot), KeyringError> {
        let entries = self.entries_with_tags(None).await?;
        let holds = self.holds_with_tags(None).await?;
        let items = self.items_with_tags(None).await?;
        let mut sum = Sum::default();
        let gone = self.gone().await?.into_iter().map(|nonce| self.key.of_gone(nonce.as_bytes()));
        let tags = entries.iter().map(|row| row.1).chain(holds.iter().map(|row| row.1));
        tags.chain(items.iter().map(|row| row.1)).chain(gone).for_each(|tag| self.key.turn(&mut sum, &tag));
        let all = Snapshot {
            meta: self.meta.clone(),
            rows: plain(entries).into_iter().map(|row| (row.entry.id, row)).collect(),
            holds: plain(holds).into_iter().map(|hold| ((hold.thing, hold.hold), hold)).collect(),
            items: plain(items).into_iter().map(|item| (item.thing, item)).collect(),
        };
        Ok((sum, all))
    }

    /// A thing as it is to be, whether it was there or not. Its kind never changes.
    pub(super) async fn put_row(&mut self, row: &Row) -> Result<(), KeyringError> {
        let old = self.entries_with_tags(Some(&row.entry.id)).await?.pop();
        let columns = row.columns();
        let tag = self.key.of_entry(&row.entry.id, &row.entry.kind, &columns);
        let query = sqlx::query(
            "INSERT OR REPLACE INTO entry (thing, kind, state, wrapped, digest, sealed_len_bytes, erased_at_us, subject, \
             certificate, tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let query = query
            .bind(row.entry.id.to_vec())
            .bind(row.entry.kind.clone())
            .bind(columns.state)
            .bind(columns.wrapped.map(|wrapped| wrapped.bytes().to_vec()))
            .bind(columns.digest.map(|digest| digest.to_vec()))
            .bind(columns.sealed_len_bytes)
            .bind(columns.erased_at_us)
            .bind(columns.subject.map(|subject| subject.to_vec()))
            .bind(columns.certificate.map(|digest| digest.to_vec()))
            .bind(tag.to_vec());
        self.execute(query).await?;
        self.key.turn(&mut self.sum, &tag);
        self.went(old, Some(row)).await
    }

    /// Takes an entry away.
    pub(super) async fn delete_row(&mut self, id: &ThingId) -> Result<(), KeyringError> {
        let old = self.entries_with_tags(Some(id)).await?.pop();
        self.execute(sqlx::query("DELETE FROM entry WHERE thing = $1").bind(id.to_vec())).await?;
        self.went(old, None).await
    }

    /// What goes with an entry that was changed or taken away.
    async fn went(&mut self, old: Option<(Row, Tag)>, new: Option<&Row>) -> Result<(), KeyringError> {
        let Some((old, tag)) = old else { return Ok(()) };
        self.key.turn(&mut self.sum, &tag);
        let new = new.and_then(|row| row.wrapped.as_ref());
        if let Some(wrapped) = old.wrapped.filter(|wrapped| new != Some(wrapped)) {
            let nonce: String = wrapped.nonce().iter().map(|byte| format!("{byte:02X}")).collect();
            let query = sqlx::query("INSERT OR IGNORE INTO gone VALUES ($1)").bind(nonce.clone());
            if self.execute(query).await? > 0 {
                self.key.turn(&mut self.sum, &self.key.of_gone(nonce.as_bytes()));
            }
        }
        if new.is_none()
            && let Some((_, tag)) = self.items_with_tags(Some(&old.entry.id)).await?.pop()
        {
            self.execute(sqlx::query("DELETE FROM item WHERE thing = $1").bind(old.entry.id.to_vec())).await?;
            self.key.turn(&mut self.sum, &tag);
        }
        Ok(())
    }

    /// A released hold stays as a row: it tells an older copy, where the hold stands, that it was released.
    pub(super) async fn put_hold(&mut self, row: &HoldRow) -> Result<(), KeyringError> {
        let old = self.holds_with_tags(Some(&row.thing)).await?.into_iter().find(|(old, _)| old.hold == row.hold);
        let tag = self.key.of_hold(row);
        let query = sqlx::query(
            "INSERT OR REPLACE INTO hold (thing, hold, standing, generation, tag) VALUES ($1, $2, $3, $4, $5)",
        );
        let query = query.bind(row.thing.to_vec()).bind(row.hold.to_vec()).bind(i64::from(row.is_standing));
        self.execute(query.bind(stored(row.generation)).bind(tag.to_vec())).await?;
        self.put(old.map(|(_, tag)| tag), &tag);
        Ok(())
    }

    /// What is carried of a disc or tape.
    pub(super) async fn put_item(&mut self, row: &ItemRow) -> Result<(), KeyringError> {
        let old = self.items_with_tags(Some(&row.thing)).await?.pop();
        let tag = self.key.of_item(row);
        let query = sqlx::query("INSERT OR REPLACE INTO item (thing, sealed, generation, tag) VALUES ($1, $2, $3, $4)");
        let query = query.bind(row.thing.to_vec()).bind(row.sealed.clone()).bind(stored(row.generation));
        self.execute(query.bind(tag.to_vec())).await?;
        self.put(old.map(|(_, tag)| tag), &tag);
        Ok(())
    }

    fn put(&mut self, old: Option<Tag>, new: &Tag) {
        for tag in old.iter().chain([new]) {
            self.key.turn(&mut self.sum, tag);
        }
    }

    /// Takes a nonce off the list.
    pub(super) async fn forget_gone(&mut self, nonce: &str) -> Result<(), KeyringError> {
        let query = sqlx::query("DELETE FROM gone WHERE nonce = $1").bind(nonce.to_owned());
        if self.execute(query).await? > 0 {
            self.key.turn(&mut self.sum, &self.key.of_gone(nonce.as_bytes()));
        }
        Ok(())
    }

    /// Writes what differs from `now`, which is all of it as it was read; with another row key every row.
    pub(super) async fn become_as(
        &mut self,
        now: &Snapshot,
        to: &Snapshot,
        key: &Arc<RowKey>,
    ) -> Result<(), KeyringError> {
        for id in now.rows.keys().filter(|id| !to.rows.contains_key(*id)) {
            self.delete_row(id).await?;
        }
        // What is carried of a thing whose entry went, or whose key did, is gone with it.
        for row in to.rows.values().filter(|row| now.rows.get(&row.entry.id) != Some(row)) {
            self.put_row(row).await?;
        }
        for (_, hold) in to.holds.iter().filter(|(id, hold)| now.holds.get(*id) != Some(hold)) {
            self.put_hold(hold).await?;
        }
        for item in to.items.values().filter(|item| now.items.get(&item.thing) != Some(item)) {
            self.put_item(item).await?;
        }
        if !Arc::ptr_eq(&self.key, key) {
            self.tag_anew(to, key).await?;
        }
        self.meta = to.meta.clone();
        Ok(())
    }

    async fn tag_anew(&mut self, all: &Snapshot, key: &Arc<RowKey>) -> Result<(), KeyringError> {
        for row in all.rows.values() {
            let tag = key.of_entry(&row.entry.id, &row.entry.kind, &row.columns());
            let query = sqlx::query("UPDATE entry SET tag = $2 WHERE thing = $1").bind(row.entry.id.to_vec());
            self.execute(query.bind(tag.to_vec())).await?;
        }
        for hold in all.holds.values() {
            let query =
                sqlx::query("UPDATE hold SET tag = $3 WHERE thing = $1 AND hold = $2").bind(hold.thing.to_vec());
            self.execute(query.bind(hold.hold.to_vec()).bind(key.of_hold(hold).to_vec())).await?;
        }
        for item in all.items.values() {
            let query = sqlx::query("UPDATE item SET tag = $2 WHERE thing = $1").bind(item.thing.to_vec());
            self.execute(query.bind(key.of_item(item).to_vec())).await?;
        }
        self.key = Arc::clone(key);
        // A row that is there and should not be has another key's tag.
        let (sum, found) = self.summed().await?;
        if (&found.rows, &found.holds, &found.items) != (&all.rows, &all.holds, &all.items) {
            return Err(self.not_as_written());
        }
        self.sum = sum;
        Ok(())
    }

    /// Writes what it says of itself, which speaks for every row, and reads all of it back: whoever is told that something is done is told what stands there,
    /// and not what the database said of its own writing.
    pub(super) async fn seal(&mut self) -> Result<(), KeyringError> {
        let set_sum = self.key.masked(&self.sum)?;
        let meta = self.meta.clone();
        let tag = self.key.of_meta(&meta, &set_sum);
        let digest = ring::digest::digest(&ring::digest::SHA256, meta.canary.bytes());
        let query = sqlx::query(
            "INSERT OR REPLACE INTO keyring (one, keyring, office, copies, generation, mark, key_version, key_name, canary, \
             canary_digest, row_key, row_key_before, event_key, eras, head_number, head_hash, set_sum, tag) \
             VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        );
        let query = query
            .bind(meta.keyring.to_vec())
            .bind(meta.office)
            .bind(i64::from(meta.copies))
            .bind(stored(meta.generation))
            .bind(meta.mark.to_vec())
            .bind(i64::from(meta.key_version))
            .bind(meta.key_name)
            .bind(meta.canary.bytes().to_vec())
            .bind(digest.as_ref().to_vec())
            .bind(meta.row_key.bytes().to_vec())
            .bind(meta.row_key_before.map(|wrapped| wrapped.bytes().to_vec()))
            .bind(meta.event_key.bytes().to_vec())
            .bind(Era::stored(&meta.eras))
            .bind(meta.head.map(|head| stored(head.number)))
            .bind(meta.head.map(|head| head.hash.to_vec()))
            .bind(set_sum.to_vec())
            .bind(tag.to_vec());
        self.execute(query).await?;
        let written = ((self.meta.clone(), set_sum), tag);
        if stored_meta(self.place, &mut self.tx).await? != written {
            return Err(self.not_as_written());
        }
        self.all().await.map(drop)
    }

    fn not_as_written(&self) -> KeyringError {
        self.place.changed("what was written to it does not stand there")
    }

    /// Makes durable what was written and sealed.
    pub(super) async fn commit(self) -> Result<(), (&'k Place, sqlx::Error)> {
        self.tx.commit().await.map_err(|error| (self.place, error))
    }
}

fn plain<T>(rows: Vec<(T, Tag)>) -> Vec<T> {
    rows.into_iter().map(|(row, _)| row).collect()
}

//! Signing in, as rows: accounts of the web, their keys, sessions, links, failures, and challenges that were answered.
//!
//! Not what they mean (`access/`). Invariants: rows by which somebody is let in carry a tag over every column that lets them in; what is written here is
//! written in the transaction of its event; the tables that strangers can make grow have a fixed number of rows, or rows that end by themselves.

use casework::Digest;
use casework::access::Times;

use super::{Db, Tx, sql};
use crate::error::Result;

/// An account of the web.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct AccountRow {
    pub(crate) account: String,
    pub(crate) person: String,
    pub(crate) handle: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) password: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) since_us: i64,
    pub(crate) tag: Vec<u8>,
}

/// A passkey or security key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) passkey: String,
    pub(crate) since_us: i64,
    pub(crate) used_us: Option<i64>,
    pub(crate) tag: Vec<u8>,
}

/// A session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionRow {
    pub(crate) name: Vec<u8>,
    pub(crate) account: String,
    pub(crate) passkey: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) began_us: i64,
    pub(crate) shown_us: i64,
    pub(crate) seen_us: i64,
    pub(crate) tag: Vec<u8>,
}

/// A one-time link.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct LinkRow {
    pub(crate) name: Vec<u8>,
    pub(crate) account: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) made_by: Option<String>,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) made_us: i64,
    pub(crate) used_us: Option<i64>,
    pub(crate) tag: Vec<u8>,
}

/// The columns that a tag covers, each behind its length, and first of all which table they are of.
pub(super) fn tagged(table: &str, columns: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"counterpart/access-row/v1\n".to_vec();
    for column in std::iter::once(&table.as_bytes()).chain(columns) {
        bytes.extend_from_slice(&(column.len() as u64).to_be_bytes());
        bytes.extend_from_slice(column);
    }
    bytes
}

impl AccountRow {
    /// With the event that set its password: no row of an older one has the tag of a newer.
    pub(crate) fn bytes(&self, password: &Digest) -> Vec<u8> {
        let texts = [&self.account, &self.person, &self.handle, &self.password].map(String::as_bytes);
        let [account, person, handle, hash] = texts;
        let columns = [account, person, handle, &self.public_key, hash, &self.salt, &self.sealed, &password.0];
        tagged("account", &columns)
    }
}

impl PasskeyRow {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        tagged("passkey", &[&self.id, &self.account, &self.name, &self.passkey].map(|text| text.as_bytes()))
    }
}

impl SessionRow {
    pub(crate) fn times(&self) -> Times {
        Times { began_micros: self.began_us, shown_micros: self.shown_us, seen_micros: self.seen_us }
    }

    /// Without the newest request, which every request writes anew; with the event before which every session of the account has ended.
    pub(crate) fn bytes(&self, ended: &Digest) -> Vec<u8> {
        let times = [self.began_us.to_be_bytes(), self.shown_us.to_be_bytes()].concat();
        let (account, passkey) = (self.account.as_bytes(), self.passkey.as_bytes());
        tagged("session", &[&self.name, account, passkey, &self.sealed, &times, &ended.0])
    }
}

impl LinkRow {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let is_there = [self.account.is_some(), self.person.is_some(), self.made_by.is_some(), self.sealed.is_some()]
            .map(u8::from);
        let text = |column: &Option<String>| column.clone().unwrap_or_default().into_bytes();
        let (account, person, made_by) = (text(&self.account), text(&self.person), text(&self.made_by));
        let sealed = self.sealed.as_deref().unwrap_or_default();
        tagged("link", &[&self.name, &is_there, &account, &person, &made_by, sealed, &self.made_us.to_be_bytes()])
    }
}

const ACCOUNTS: &str =
    "SELECT account, person, handle, public_key, password, salt, sealed, since_us, tag FROM access_account";
const PASSKEYS: &str = "SELECT id, account, name, passkey, since_us, used_us, tag FROM access_passkey";
const SESSIONS: &str = "SELECT name, account, passkey, sealed, began_us, shown_us, seen_us, tag FROM access_session";
const LINKS: &str = "SELECT name, account, person, made_by, sealed, made_us, used_us, tag FROM access_link";

/// The account of that name.
pub(crate) async fn account(db: &Db, at: &mut Tx, account: &str) -> Result<Option<AccountRow>> {
    let sql = format!("{ACCOUNTS} WHERE account = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(account).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Every account, by name.
pub(crate) async fn accounts(db: &Db, at: &mut Tx) -> Result<Vec<AccountRow>> {
    let sql = format!("{ACCOUNTS} ORDER BY account");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Puts one in; whether there was none of its name.
pub(crate) async fn add_account(db: &Db, at: &mut Tx, row: &AccountRow) -> Result<bool> {
    let done = sql::query(
        "INSERT INTO access_account (account, person, handle, public_key, password, salt, sealed, since_us, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account) DO NOTHING",
    )
    .bind(&row.account)
    .bind(&row.person)
    .bind(&row.handle)
    .bind(&row.public_key)
    .bind(&row.password)
    .bind(&row.salt)
    .bind(&row.sealed)
    .bind(row.since_us)
    .bind(&row.tag)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(done == 1)
}

/// Another password, and the account's key under it.
pub(crate) async fn set_password(db: &Db, at: &mut Tx, row: &AccountRow) -> Result<()> {
    sql::query("UPDATE access_account SET password = $2, salt = $3, sealed = $4, tag = $5 WHERE account = $1")
        .bind(&row.account)
        .bind(&row.password)
        .bind(&row.salt)
        .bind(&row.sealed)
        .bind(&row.tag)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// The key with that id.
pub(crate) async fn passkey(db: &Db, at: &mut Tx, id: &str) -> Result<Option<PasskeyRow>> {
    let sql = format!("{PASSKEYS} WHERE id = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// An account's keys, the oldest first.
pub(crate) async fn passkeys_of(db: &Db, at: &mut Tx, account: &str) -> Result<Vec<PasskeyRow>> {
    let sql = format!("{PASSKEYS} WHERE account = $1 ORDER BY since_us, id");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(account).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Puts one in; whether there was none with its id.
pub(crate) async fn add_passkey(db: &Db, at: &mut Tx, row: &PasskeyRow) -> Result<bool> {
    let done = sql::query(
        "INSERT INTO access_passkey (id, account, name, passkey, since_us, used_us, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&row.id)
    .bind(&row.account)
    .bind(&row.name)
    .bind(&row.passkey)
    .bind(row.since_us)
    .bind(row.used_us)
    .bind(&row.tag)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(done == 1)
}

/// What its use made of it.
pub(crate) async fn passkey_used(db: &Db, at: &mut Tx, row: &PasskeyRow) -> Result<()> {
    sql::query("UPDATE access_passkey SET passkey = $2, used_us = $3, tag = $4 WHERE id = $1")
        .bind(&row.id)
        .bind(&row.passkey)
        .bind(row.used_us)
        .bind(&row.tag)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Takes a key away, and the sessions that it opened.
pub(crate) async fn remove_passkey(db: &Db, at: &mut Tx, id: &str) -> Result<()> {
    for sql in ["DELETE FROM access_session WHERE passkey = $1", "DELETE FROM access_passkey WHERE id = $1"] {
        sql::query(sql).bind(id).execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    }
    Ok(())
}

/// The session of that name.
pub(crate) async fn session(db: &Db, at: &mut Tx, name: &[u8]) -> Result<Option<SessionRow>> {
    let sql = format!("{SESSIONS} WHERE name = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Begins one.
pub(crate) async fn add_session(db: &Db, at: &mut Tx, row: &SessionRow) -> Result<()> {
    sql::query(
        "INSERT INTO access_session (name, account, passkey, sealed, began_us, shown_us, seen_us, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&row.name)
    .bind(&row.account)
    .bind(&row.passkey)
    .bind(&row.sealed)
    .bind(row.began_us)
    .bind(row.shown_us)
    .bind(row.seen_us)
    .bind(&row.tag)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Vouches for one anew.
pub(crate) async fn keep_session(db: &Db, at: &mut Tx, row: &SessionRow) -> Result<()> {
    let done = sql::query("UPDATE access_session SET tag = $2 WHERE name = $1").bind(&row.name).bind(&row.tag);
    done.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Notes a request of one.
pub(crate) async fn session_seen(db: &Db, at: &mut Tx, name: &[u8], seen_us: i64) -> Result<()> {
    let done = sql::query("UPDATE access_session SET seen_us = $2 WHERE name = $1").bind(name).bind(seen_us);
    done.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends one.
pub(crate) async fn end_session(db: &Db, at: &mut Tx, name: &[u8]) -> Result<()> {
    let done = sql::query("DELETE FROM access_session WHERE name = $1").bind(name).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends all of an account's.
pub(crate) async fn end_sessions(db: &Db, at: &mut Tx, account: &str) -> Result<()> {
    let done = sql::query("DELETE FROM access_session WHERE account = $1").bind(account).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// The link of that name.
pub(crate) async fn link(db: &Db, at: &mut Tx, name: &[u8]) -> Result<Option<LinkRow>> {
    let sql = format!("{LINKS} WHERE name = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Puts one in.
pub(crate) async fn add_link(db: &Db, at: &mut Tx, row: &LinkRow) -> Result<()> {
    sql::query(
        "INSERT INTO access_link (name, account, person, made_by, sealed, made_us, used_us, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&row.name)
    .bind(&row.account)
    .bind(&row.person)
    .bind(&row.made_by)
    .bind(&row.sealed)
    .bind(row.made_us)
    .bind(row.used_us)
    .bind(&row.tag)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Uses one; whether it was unused.
pub(crate) async fn use_link(db: &Db, at: &mut Tx, name: &[u8], used_us: i64) -> Result<bool> {
    let sql = "UPDATE access_link SET used_us = $2, sealed = NULL WHERE name = $1 AND used_us IS NULL";
    let done = sql::query(sql).bind(name).bind(used_us).execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    Ok(done == 1)
}

/// The unused links for one account, or those of whoever sets the office up.
pub(crate) async fn links_of(db: &Db, at: &mut Tx, account: Option<&str>) -> Result<Vec<LinkRow>> {
    let sql = format!("{LINKS} WHERE used_us IS NULL AND COALESCE(account, '') = $1");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(account.unwrap_or_default()).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Takes back the links for one account, or those of whoever sets the office up.
pub(crate) async fn take_links_back(db: &Db, at: &mut Tx, account: Option<&str>) -> Result<()> {
    let sql = "DELETE FROM access_link WHERE used_us IS NULL AND COALESCE(account, '') = $1";
    let done = sql::query(sql).bind(account.unwrap_or_default()).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// How many failures there were in a place, and when the newest.
pub(crate) async fn failures(db: &Db, at: &mut Tx, kind: &str, place: i64) -> Result<Option<(i64, i64)>> {
    let sql = "SELECT failures, newest_us FROM access_failure WHERE kind = $1 AND place = $2";
    let row = sql::query_as(sql).bind(kind).bind(place).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Writes how many there are now.
pub(crate) async fn set_failures(
    db: &Db,
    at: &mut Tx,
    (kind, place): (&str, i64),
    failures: i64,
    newest_us: i64,
) -> Result<()> {
    if failures == 0 {
        let sql = "DELETE FROM access_failure WHERE kind = $1 AND place = $2";
        let done = sql::query(sql).bind(kind).bind(place).execute(&mut **at).await;
        return done.map(|_| ()).map_err(|err| db.failed(&err));
    }
    let sql = "INSERT INTO access_failure (kind, place, failures, newest_us) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (kind, place) DO UPDATE SET failures = $3, newest_us = $4";
    let done = sql::query(sql).bind(kind).bind(place).bind(failures).bind(newest_us).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Notes that a challenge was answered; whether it was not before.
pub(crate) async fn answered(db: &Db, at: &mut Tx, challenge: &[u8], until_us: i64, now_us: i64) -> Result<bool> {
    let past = sql::query("DELETE FROM access_answered WHERE until_us < $1").bind(now_us);
    past.execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    let sql = "INSERT INTO access_answered (challenge, until_us) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING";
    let done = sql::query(sql).bind(challenge).bind(until_us).execute(&mut **at).await;
    Ok(done.map_err(|err| db.failed(&err))? == 1)
}

/// Forgets sessions and links that ended long ago.
pub(crate) async fn forget(db: &Db, at: &mut Tx, began_before_us: i64, made_before_us: i64) -> Result<()> {
    let sessions = sql::query("DELETE FROM access_session WHERE began_us < $1").bind(began_before_us);
    sessions.execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    let links = sql::query("DELETE FROM access_link WHERE made_us < $1").bind(made_before_us);
    links.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends every session and every unused link: after another office key, and after a restore.
pub(crate) async fn end_all(db: &Db, at: &mut Tx) -> Result<()> {
    for sql in ["DELETE FROM access_session", "DELETE FROM access_link WHERE used_us IS NULL"] {
        sql::query(sql).execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    }
    Ok(())
}

/// Every key.
pub(crate) async fn passkeys(db: &Db, at: &mut Tx) -> Result<Vec<PasskeyRow>> {
    let sql = format!("{PASSKEYS} ORDER BY id");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Ends all of an account's but one.
pub(crate) async fn end_other_sessions(db: &Db, at: &mut Tx, account: &str, but: &[u8]) -> Result<()> {
    let sql = "DELETE FROM access_session WHERE account = $1 AND name <> $2";
    let done = sql::query(sql).bind(account).bind(but).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

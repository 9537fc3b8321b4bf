//! How people whose cases are here sign in, as rows: accounts, sessions, links that were asked for; and mail that waits.
//!
//! Not what they mean (`persons/`). Invariants: rows by which somebody is let in carry a tag over every column that lets them in; what is written here is written in the
//! transaction of its event; the tables that strangers can make grow have rows that end by themselves.

use casework::Digest;
use casework::access::Times;

use super::access::tagged;
use super::{Db, Tx, sql};
use crate::error::Result;

/// An account of a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PersonRow {
    pub(crate) person: String,
    pub(crate) contact: Vec<u8>,
    pub(crate) place: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) code: String,
    pub(crate) since_us: i64,
    pub(crate) tag: Vec<u8>,
}

/// A session of theirs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PersonSessionRow {
    pub(crate) name: Vec<u8>,
    pub(crate) person: String,
    pub(crate) began_us: i64,
    pub(crate) seen_us: i64,
    pub(crate) tag: Vec<u8>,
}

/// A link that somebody asked for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PersonLinkRow {
    pub(crate) name: Vec<u8>,
    pub(crate) contact: Vec<u8>,
    pub(crate) made_us: i64,
    pub(crate) used_us: Option<i64>,
    pub(crate) tag: Vec<u8>,
}

/// A mail that waits.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct MailRow {
    pub(crate) id: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) made_us: i64,
    pub(crate) tries: i64,
    pub(crate) next_us: i64,
}

impl PersonRow {
    /// With the event that set its code: no row of an older one has the tag of a newer.
    pub(crate) fn bytes(&self, code: &Digest) -> Vec<u8> {
        let (person, place) = (self.person.as_bytes(), self.place.as_bytes());
        let since = self.since_us.to_be_bytes();
        let columns = [person, &self.contact, place, &self.sealed, self.code.as_bytes(), &since, &code.0];
        tagged("person", &columns)
    }
}

impl PersonSessionRow {
    pub(crate) fn times(&self) -> Times {
        Times { began_micros: self.began_us, shown_micros: self.began_us, seen_micros: self.seen_us }
    }

    /// Without the newest request; with the event before which every session of the account has ended.
    pub(crate) fn bytes(&self, ended: &Digest) -> Vec<u8> {
        let began = self.began_us.to_be_bytes();
        tagged("person-session", &[&self.name, self.person.as_bytes(), &began, &ended.0])
    }
}

impl PersonLinkRow {
    /// With the event before which every link has ended.
    pub(crate) fn bytes(&self, ended: &Digest) -> Vec<u8> {
        tagged("person-link", &[&self.name, &self.contact, &self.made_us.to_be_bytes(), &ended.0])
    }
}

const ACCOUNTS: &str = "SELECT person, contact, place, sealed, code, since_us, tag FROM person_account";
const SESSIONS: &str = "SELECT name, person, began_us, seen_us, tag FROM person_session";
const LINKS: &str = "SELECT name, contact, made_us, used_us, tag FROM person_link";

/// The account of that id.
pub(crate) async fn account(db: &Db, at: &mut Tx, person: &str) -> Result<Option<PersonRow>> {
    let sql = format!("{ACCOUNTS} WHERE person = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(person).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Every account.
pub(crate) async fn accounts(db: &Db, at: &mut Tx) -> Result<Vec<PersonRow>> {
    let sql = format!("{ACCOUNTS} ORDER BY person");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// The accounts of one address.
pub(crate) async fn accounts_at(db: &Db, at: &mut Tx, contact: &[u8]) -> Result<Vec<PersonRow>> {
    let sql = format!("{ACCOUNTS} WHERE contact = $1 ORDER BY place");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(contact).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// The account of an address that a code is of.
pub(crate) async fn account_of(db: &Db, at: &mut Tx, contact: &[u8], place: &str) -> Result<Option<PersonRow>> {
    let sql = format!("{ACCOUNTS} WHERE contact = $1 AND place = $2");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(contact).bind(place).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Puts one in, or what it is now in the place of what it was; whether its code is told from all others of its address.
pub(crate) async fn put_account(db: &Db, at: &mut Tx, row: &PersonRow) -> Result<bool> {
    let taken = account_of(db, at, &row.contact, &row.place).await?;
    if taken.is_some_and(|other| other.person != row.person) {
        return Ok(false);
    }
    sql::query(
        "INSERT INTO person_account (person, contact, place, sealed, code, since_us, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (person) DO UPDATE SET contact = $2, place = $3, sealed = $4, code = $5, since_us = $6, tag = $7",
    )
    .bind(&row.person)
    .bind(&row.contact)
    .bind(&row.place)
    .bind(&row.sealed)
    .bind(&row.code)
    .bind(row.since_us)
    .bind(&row.tag)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(true)
}

/// Takes one away.
pub(crate) async fn remove_account(db: &Db, at: &mut Tx, person: &str) -> Result<()> {
    let done = sql::query("DELETE FROM person_account WHERE person = $1").bind(person).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// The session of that name.
pub(crate) async fn session(db: &Db, at: &mut Tx, name: &[u8]) -> Result<Option<PersonSessionRow>> {
    let sql = format!("{SESSIONS} WHERE name = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// An account's sessions, the newest first.
pub(crate) async fn sessions_of(db: &Db, at: &mut Tx, person: &str) -> Result<Vec<PersonSessionRow>> {
    let sql = format!("{SESSIONS} WHERE person = $1 ORDER BY began_us DESC, name");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(person).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Begins one.
pub(crate) async fn add_session(db: &Db, at: &mut Tx, row: &PersonSessionRow) -> Result<()> {
    sql::query("INSERT INTO person_session (name, person, began_us, seen_us, tag) VALUES ($1, $2, $3, $4, $5)")
        .bind(&row.name)
        .bind(&row.person)
        .bind(row.began_us)
        .bind(row.seen_us)
        .bind(&row.tag)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Notes a request of one.
pub(crate) async fn session_seen(db: &Db, at: &mut Tx, name: &[u8], seen_us: i64) -> Result<()> {
    let done = sql::query("UPDATE person_session SET seen_us = $2 WHERE name = $1").bind(name).bind(seen_us);
    done.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends one.
pub(crate) async fn end_session(db: &Db, at: &mut Tx, name: &[u8]) -> Result<()> {
    let done = sql::query("DELETE FROM person_session WHERE name = $1").bind(name).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends all of an account's.
pub(crate) async fn end_sessions(db: &Db, at: &mut Tx, person: &str) -> Result<()> {
    let done = sql::query("DELETE FROM person_session WHERE person = $1").bind(person).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// The link of that name.
pub(crate) async fn link(db: &Db, at: &mut Tx, name: &[u8]) -> Result<Option<PersonLinkRow>> {
    let sql = format!("{LINKS} WHERE name = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// The links that were asked for an address.
pub(crate) async fn links_at(db: &Db, at: &mut Tx, contact: &[u8]) -> Result<Vec<PersonLinkRow>> {
    let sql = format!("{LINKS} WHERE contact = $1 ORDER BY made_us, name");
    let rows = sql::query_as(sqlx::AssertSqlSafe(sql)).bind(contact).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Puts one in.
pub(crate) async fn add_link(db: &Db, at: &mut Tx, row: &PersonLinkRow) -> Result<()> {
    sql::query("INSERT INTO person_link (name, contact, made_us, used_us, tag) VALUES ($1, $2, $3, $4, $5)")
        .bind(&row.name)
        .bind(&row.contact)
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
    let sql = "UPDATE person_link SET used_us = $2 WHERE name = $1 AND used_us IS NULL";
    let done = sql::query(sql).bind(name).bind(used_us).execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    Ok(done == 1)
}

/// Forgets sessions and links that ended long ago.
pub(crate) async fn forget(db: &Db, at: &mut Tx, began_before_us: i64, made_before_us: i64) -> Result<()> {
    let sessions = sql::query("DELETE FROM person_session WHERE began_us < $1").bind(began_before_us);
    sessions.execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    let links = sql::query("DELETE FROM person_link WHERE made_us < $1").bind(made_before_us);
    links.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Ends every session, every link and every mail that waits: after another office key, and after a restore.
pub(crate) async fn end_all(db: &Db, at: &mut Tx) -> Result<()> {
    for sql in ["DELETE FROM person_session", "DELETE FROM person_link", "DELETE FROM mail"] {
        sql::query(sql).execute(&mut **at).await.map_err(|err| db.failed(&err))?;
    }
    Ok(())
}

/// Puts a mail in.
pub(crate) async fn add_mail(db: &Db, at: &mut Tx, row: &MailRow) -> Result<()> {
    sql::query("INSERT INTO mail (id, sealed, made_us, tries, next_us) VALUES ($1, $2, $3, $4, $5)")
        .bind(&row.id)
        .bind(&row.sealed)
        .bind(row.made_us)
        .bind(row.tries)
        .bind(row.next_us)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// The mails that are to be sent by now, the oldest first, and no more than so many.
pub(crate) async fn mails_due(db: &Db, at: &mut Tx, now_us: i64, most: i64) -> Result<Vec<MailRow>> {
    let sql = "SELECT id, sealed, made_us, tries, next_us FROM mail WHERE next_us <= $1 ORDER BY next_us, id LIMIT $2";
    let rows = sql::query_as(sql).bind(now_us).bind(most).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// Takes one to be sent, until then; whether no other process did.
pub(crate) async fn take_mail(db: &Db, at: &mut Tx, row: &MailRow, next_us: i64) -> Result<bool> {
    let sql = "UPDATE mail SET tries = tries + 1, next_us = $3 WHERE id = $1 AND next_us = $2";
    let done = sql::query(sql).bind(&row.id).bind(row.next_us).bind(next_us).execute(&mut **at).await;
    Ok(done.map_err(|err| db.failed(&err))? == 1)
}

/// Takes one out.
pub(crate) async fn remove_mail(db: &Db, at: &mut Tx, id: &str) -> Result<()> {
    let done = sql::query("DELETE FROM mail WHERE id = $1").bind(id).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

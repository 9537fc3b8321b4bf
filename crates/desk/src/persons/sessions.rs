//! Sessions of people whose cases are here: begun with a link and a code, found by the cookie's secret, ended at once.
//!
//! Not staff's (`access/sessions.rs`), from which they differ in type, cookie and table. Invariants: every request asks the database, so that what is ended is ended for every
//! process; an account that was taken away, or whose code is another now, has no session.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::{MAILS_FORGOTTEN_MICROS, PERSON_TERMS, Ways, What};
use casework::{CaseId, Digest, PersonId};
use zeroize::Zeroizing;

use crate::access::sealing::{derived, name_of};
use crate::access::{Desk, fresh_secret};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::persons::{self as rows, PersonSessionRow};
use crate::error::Result;
use crate::office::Office;

/// How much older the newest request may be said to be: not every request writes.
const SEEN_EVERY_US: i64 = 30 * 1_000_000;
/// From the secret to what stands in its forms.
const FORMS: &[u8] = b"counterpart/person-session-forms/v1\n";

/// A person who is signed in.
#[derive(Clone)]
pub(crate) struct PersonIn {
    pub(crate) person: PersonId,
    /// The cases that are theirs.
    pub(crate) cases: BTreeSet<CaseId>,
    pub(crate) name: [u8; 32],
    /// What stands in each of its forms.
    pub(crate) form_token: String,
}

/// A session, as its person sees it.
pub(crate) struct Listed {
    pub(crate) began_us: i64,
    pub(crate) seen_us: i64,
    pub(crate) is_this: bool,
}

/// Begins one; the secret for the cookie. `ended` is the event before which every session of the account has ended.
pub(super) async fn begin(
    office: &Office,
    at: &mut Tx,
    person: PersonId,
    ended: &Digest,
) -> Result<Zeroizing<[u8; 32]>> {
    let (secret, now_us) = (fresh_secret()?, local_us());
    let name = name_of(&secret).to_vec();
    let person = person.to_string();
    let mut row = PersonSessionRow { name, person, began_us: now_us, seen_us: now_us, tag: Vec::new() };
    row.tag = office.tag(&row.bytes(ended));
    forget(office, at, now_us).await?;
    rows::add_session(&office.db, at, &row).await?;
    Ok(secret)
}

/// Forgets what ended long ago.
pub(super) async fn forget(office: &Office, at: &mut Tx, now_us: i64) -> Result<()> {
    let began_us = now_us.saturating_sub(PERSON_TERMS.whole_micros);
    rows::forget(&office.db, at, began_us, now_us.saturating_sub(MAILS_FORGOTTEN_MICROS)).await
}

/// Who has that secret, if their session holds now.
pub(crate) async fn find(desk: &Desk, secret: &[u8; 32]) -> Result<Option<PersonIn>> {
    let (office, now_us, name) = (&desk.office, local_us(), name_of(secret));
    let mut at = office.db.moment().await?;
    let Some(row) = rows::session(&office.db, &mut at, &name).await? else { return Ok(None) };
    let ways = office.ways_in(&mut at).await?;
    drop(at);
    let found = held(office, &ways, &row, secret, now_us);
    if found.is_some() && now_us.saturating_sub(row.seen_us) < SEEN_EVERY_US {
        return Ok(found);
    }
    let mut at = office.db.begin().await?;
    match &found {
        None => rows::end_session(&office.db, &mut at, &name).await?,
        Some(_) => rows::session_seen(&office.db, &mut at, &name, now_us).await?,
    }
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(found)
}

fn held(office: &Office, ways: &Ways, row: &PersonSessionRow, secret: &[u8; 32], now_us: i64) -> Option<PersonIn> {
    if !office.is_person_session(ways, row) || !PERSON_TERMS.hold(&row.times(), now_us) {
        return None;
    }
    let person: PersonId = row.person.parse().ok()?;
    let cases = ways.persons().of(person)?.cases.clone();
    let form_token = BASE64.encode(&derived(&secret[..], FORMS)[..]);
    Some(PersonIn { person, cases, name: name_of(secret), form_token })
}

/// Theirs that hold now, the newest first.
pub(crate) async fn list(desk: &Desk, who: &PersonIn) -> Result<Vec<Listed>> {
    let (office, now_us) = (&desk.office, local_us());
    let mut at = office.db.moment().await?;
    let all = rows::sessions_of(&office.db, &mut at, &who.person.to_string()).await?;
    let ways = office.ways_in(&mut at).await?;
    drop(at);
    let holds =
        |row: &&PersonSessionRow| office.is_person_session(&ways, row) && PERSON_TERMS.hold(&row.times(), now_us);
    let listed =
        |row: &PersonSessionRow| Listed { began_us: row.began_us, seen_us: row.seen_us, is_this: row.name == who.name };
    Ok(all.iter().filter(holds).map(listed).collect())
}

/// Ends one.
pub(crate) async fn end(desk: &Desk, name: &[u8; 32]) -> Result<()> {
    let mut at = desk.office.db.begin().await?;
    rows::end_session(&desk.office.db, &mut at, name).await?;
    at.commit().await.map_err(|err| desk.office.db.failed(&err))
}

/// Ends all of theirs.
pub(crate) async fn end_everywhere(desk: &Desk, who: &PersonIn) -> Result<()> {
    let office = &desk.office;
    let mut at = office.db.begin().await?;
    // The account may have been taken away since the request came in, or somebody asked for the same before: then nothing is left to end.
    let person = office.is_person_in_still(&mut at, &who.name, None).await?;
    rows::end_sessions(&office.db, &mut at, &person.to_string()).await?;
    office.note_access(&mut at, None, What::PersonOutEverywhere { person }).await?;
    office.commit_access(at).await
}

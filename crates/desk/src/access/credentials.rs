//! What an account shows that it is its person's: set up by a link, changed by whoever just showed it.
//!
//! Not what the account may do (`casework::staff`). Invariants: there is never an account with a password and no key; each change is an event, written with
//! it; the account's signing key is made here, and is in clear in memory only.

use casework::access::What;
use casework::{Account, Digest, Person, PublicKey, staff};
use uuid::Uuid;
use webauthn_rs::prelude::Passkey;
use zeroize::Zeroizing;

use super::links::{self, Link};
use super::passkeys::{Challenge, For, Made};
use super::sealing::{Purpose, seal};
use super::sessions::{self, SignedIn};
use super::throttle::{self, Place};
use super::{Desk, fresh_secret};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::access::{self as rows, AccountRow, PasskeyRow};
use crate::error::{Error, Result};
use crate::office::{Actor, Office, fresh, key_digest};

/// What somebody sets up.
pub(crate) struct SetUp {
    pub(crate) account: Account,
    pub(crate) person: Person,
    pub(crate) password: Zeroizing<String>,
    pub(crate) key_name: String,
    pub(crate) state: String,
    pub(crate) answer: String,
}

/// Why it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The link holds no more.
    NoLink,
    /// Another account has that name.
    NameTaken,
    /// The key did not answer as it was asked.
    NoKey,
    /// It is the last one.
    LastKey,
    /// The password that was typed is not the one that is.
    WrongPassword,
    /// There were too many tries; to be tried again in so many microseconds.
    Wait(i64),
}

type Outcome = std::result::Result<(), NotDone>;

/// An account's row, with the event that set its password.
fn sealed_row(
    office: &Office,
    (account, person): (&Account, &str),
    handle: Uuid,
    (password, key, salt): (String, &Zeroizing<[u8; 32]>, &[u8; 16]),
    (secret, set): (&Zeroizing<[u8; 32]>, &Digest),
) -> Result<AccountRow> {
    let public = Actor::of(account.clone(), secret.clone()).public_key();
    let mut row = AccountRow {
        account: account.to_string(),
        person: person.to_owned(),
        handle: handle.simple().to_string(),
        public_key: public.0.to_vec(),
        password,
        salt: salt.to_vec(),
        sealed: seal(&key[..], Purpose::Account, account.as_str(), secret)?,
        since_us: local_us(),
        tag: Vec::new(),
    };
    row.tag = office.tag(&row.bytes(set));
    Ok(row)
}

fn passkey_row(office: &Office, account: &Account, name: &str, made: &Made) -> Result<PasskeyRow> {
    let passkey = serde_json::to_string(&made.passkey).map_err(|err| Error::of(err).hint("report this"))?;
    let mut row = PasskeyRow {
        id: made.id.clone(),
        account: account.to_string(),
        name: name.to_owned(),
        passkey,
        since_us: local_us(),
        used_us: None,
        tag: Vec::new(),
    };
    row.tag = office.tag(&row.bytes());
    Ok(row)
}

/// A challenge to make the first key of a link's account.
pub(crate) fn ask_for_link(desk: &Desk, link: &Link) -> Result<Challenge> {
    let handle = Uuid::from_bytes(fresh()?);
    // Whoever chooses the name types it on the same page: the page's script puts it in.
    let account = link.row.account.as_deref().unwrap_or("counterpart");
    desk.passkeys.ask_new(&desk.office, For::Link(&link.name), (handle, account), &[], local_us())
}

/// Sets an account up by a link: all of it or nothing, once.
pub(crate) async fn set_up(desk: &Desk, end: &str, given: &SetUp) -> Result<Outcome> {
    let office = &desk.office;
    let Some(link) = links::find(office, end).await? else { return Ok(Err(NotDone::NoLink)) };
    let Some(made) = desk.passkeys.made(office, For::Link(&link.name), &given.state, &given.answer, local_us()) else {
        return Ok(Err(NotDone::NoKey));
    };
    let account = &given.account;
    let staff = office.staff().await?;
    let brought = link.key();
    let named = link.row.account.is_some().then(|| account.clone());
    let is_ours = link.row.account.as_deref().is_none_or(|named| named == account.as_str());
    if !is_ours || staff.who(account).is_some() != brought.is_some() {
        return Ok(Err(NotDone::NameTaken));
    }
    let secret = match brought.clone() {
        Some(secret) => secret,
        None => fresh_secret()?,
    };
    let (salt, hash) = (fresh()?, desk.passwords.hash(&given.password).await?);
    let key = desk.passwords.key(&given.password, &salt).await?;
    let person = link.row.person.clone().unwrap_or_else(|| given.person.to_string());
    let person: Person = person.parse().map_err(|err| Error::of(err).hint("use a staff number"))?;
    let (actor, id) = (Actor::of(account.clone(), secret.clone()), key_digest(&made.id));
    let key_name = given.key_name.clone();
    let link_name = Digest(link.name);
    let what = What::SetUp { account: account.clone(), person: person.clone(), key: key_name, id, link: link_name };
    let mut at = office.db.begin().await?;
    if !rows::use_link(&office.db, &mut at, &link.name, local_us()).await? {
        return Ok(Err(NotDone::NoLink));
    }
    // Another process may have used it, or taken it back, since it was looked at: and whatever row stands there, its event is asked.
    if !office.ways_in(&mut at).await?.has_link(named.as_ref(), &Digest(link.name)) {
        return Ok(Err(NotDone::NoLink));
    }
    let set = office.note_access(&mut at, brought.is_some().then_some(&actor), what).await?;
    let row = sealed_row(office, (account, person.as_str()), made.handle, (hash, &key, &salt), (&secret, &set))?;
    if !rows::add_account(&office.db, &mut at, &row).await? {
        return Ok(Err(NotDone::NameTaken));
    }
    if !put_key(office, &mut at, &passkey_row(office, account, &given.key_name, &made)?, &made).await? {
        return Ok(Err(NotDone::NoKey));
    }
    office.commit_access(at).await?;
    if brought.is_none() && !staff.is_founded() {
        found(office, None, (account, &person, actor.public_key())).await?;
    }
    Ok(Ok(()))
}

/// The first two people of an office are enrolled by whoever sets it up, who is told so by the link.
pub(crate) async fn found(
    office: &Office,
    asks: Option<&Actor>,
    (account, person, key): (&Account, &Person, PublicKey),
) -> Result<()> {
    let enrol = staff::Command::Enrol { account: account.clone(), person: person.clone(), key };
    office.act_on_staff_for(asks, None, &Office::local_moment(), &[enrol]).await.map(|_| ())
}

/// Puts a key in whose challenge was not answered before.
async fn put_key(office: &Office, at: &mut Tx, row: &PasskeyRow, made: &Made) -> Result<bool> {
    let (challenge, until_us) = (&made.answered.challenge, made.answered.until_us);
    Ok(rows::answered(&office.db, at, challenge, until_us, local_us()).await?
        && rows::add_passkey(&office.db, at, row).await?)
}

/// Somebody's keys, the oldest first.
pub(crate) async fn keys_of(desk: &Desk, who: &SignedIn) -> Result<Vec<PasskeyRow>> {
    let mut at = desk.office.db.moment().await?;
    held_keys(&desk.office, &mut at, &who.account).await
}

/// The keys that an account has, whatever rows stand there.
async fn held_keys(office: &Office, at: &mut Tx, account: &Account) -> Result<Vec<PasskeyRow>> {
    let ways = office.ways_in(at).await?;
    let mut rows = rows::passkeys_of(&office.db, at, account.as_str()).await?;
    rows.retain(|row| office.is_passkey(&ways, row));
    Ok(rows)
}

async fn row_of(desk: &Desk, who: &SignedIn) -> Result<AccountRow> {
    let mut at = desk.office.db.moment().await?;
    let row = rows::account(&desk.office.db, &mut at, who.account.as_str()).await?;
    let ways = desk.office.ways_in(&mut at).await?;
    row.filter(|row| desk.office.is_account(&ways, row)).ok_or_else(|| {
        Error::of("an account's row is not as it was written").hint("bring back a backup with \"counterpartd restore\"")
    })
}

/// A challenge to add a key.
pub(crate) async fn ask_for_more(desk: &Desk, who: &SignedIn) -> Result<Challenge> {
    let row = row_of(desk, who).await?;
    let handle = Uuid::parse_str(&row.handle).map_err(|err| Error::of(err).hint("report this"))?;
    let read = |row: &PasskeyRow| serde_json::from_str::<Passkey>(&row.passkey).ok();
    let others: Vec<Passkey> = keys_of(desk, who).await?.iter().filter_map(read).collect();
    let of = For::Adding(who.account.as_str());
    desk.passkeys.ask_new(&desk.office, of, (handle, who.account.as_str()), &others, local_us())
}

/// Adds a key.
pub(crate) async fn add_key(desk: &Desk, who: &SignedIn, name: &str, state: &str, answer: &str) -> Result<Outcome> {
    let office = &desk.office;
    let of = For::Adding(who.account.as_str());
    let Some(made) = desk.passkeys.made(office, of, state, answer, local_us()) else {
        return Ok(Err(NotDone::NoKey));
    };
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    if !put_key(office, &mut at, &passkey_row(office, &who.account, name, &made)?, &made).await? {
        return Ok(Err(NotDone::NoKey));
    }
    let what = What::KeyAdded { account: who.account.clone(), key: name.to_owned(), id: key_digest(&made.id) };
    office.note_access(&mut at, who.signer(), what).await?;
    office.commit_access(at).await.map(Ok)
}

/// Takes a key away, with the sessions that it opened; never the last.
pub(crate) async fn remove_key(desk: &Desk, who: &SignedIn, id: &str) -> Result<Outcome> {
    let office = &desk.office;
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    let keys = held_keys(office, &mut at, &who.account).await?;
    // One that is gone already is what was asked for.
    let Some(key) = keys.iter().find(|key| key.id == id) else { return Ok(Ok(())) };
    if keys.len() < 2 {
        return Ok(Err(NotDone::LastKey));
    }
    rows::remove_passkey(&office.db, &mut at, id).await?;
    let what = What::KeyRemoved { account: who.account.clone(), key: key.name.clone(), id: key_digest(id) };
    office.note_access(&mut at, who.signer(), what).await?;
    office.commit_access(at).await.map(Ok)
}

/// Another password; every other session ends.
pub(crate) async fn change_password(
    desk: &Desk,
    who: &SignedIn,
    old: &Zeroizing<String>,
    new: &Zeroizing<String>,
) -> Result<Outcome> {
    let (office, row) = (&desk.office, row_of(desk, who).await?);
    let place = Place::of_holder(office, &row.account);
    if let Err(wait) = throttle::begin(office, place, local_us()).await? {
        return Ok(Err(NotDone::Wait(wait)));
    }
    if !desk.passwords.is(old, Some(&row.password)).await? {
        return Ok(Err(NotDone::WrongPassword));
    }
    let key = desk.passwords.key(old, &row.salt).await?;
    let opened = super::sealing::open(&key[..], Purpose::Account, &row.account, &row.sealed);
    let secret = opened.ok_or_else(|| Error::of("an account's key does not open").hint("report this"))?;
    let (salt, hash) = (fresh()?, desk.passwords.hash(new).await?);
    let key = desk.passwords.key(new, &salt).await?;
    let handle = Uuid::parse_str(&row.handle).map_err(|err| Error::of(err).hint("report this"))?;
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    let there = rows::account(&office.db, &mut at, who.account.as_str()).await?;
    let ways = office.ways_in(&mut at).await?;
    if there.is_none_or(|there| there.tag != row.tag || !office.is_account(&ways, &there)) {
        return Ok(Err(NotDone::WrongPassword));
    }
    throttle::succeeded(office, &mut at, place).await?;
    let what = What::PasswordChanged { account: who.account.clone() };
    let set = office.note_access(&mut at, who.signer(), what).await?;
    let row = sealed_row(office, (&who.account, &row.person), handle, (hash, &key, &salt), (&secret, &set))?;
    rows::set_password(&office.db, &mut at, &row).await?;
    rows::end_other_sessions(&office.db, &mut at, who.account.as_str(), &who.name).await?;
    sessions::keep(office, &mut at, &who.name, (&ways, &set)).await?;
    office.commit_access(at).await.map(Ok)
}

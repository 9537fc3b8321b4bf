//! The one way in: a password and a key of the same account, in one step, with one answer to everything that is not both.
//!
//! Not the page (`http/access/sign_in.rs`). Invariants: the same work is done whatever is wrong; a try counts as a failure until it is none; whoever shows
//! a key of the account waits for nobody but those who have one; no challenge is answered twice.

use std::net::IpAddr;

use casework::Account;
use zeroize::Zeroizing;

use super::Desk;
use super::passkeys::Shown;
use super::sealing::{Purpose, open};
use super::sessions::{self, SignedIn};
use super::throttle::{self, Place};
use crate::clock::local_us;
use crate::db::access::{self as rows, AccountRow, PasskeyRow};
use crate::error::Result;
use crate::office::{Actor, keyring_failed};

/// What a form brought.
pub(crate) struct Typed {
    pub(crate) account: String,
    pub(crate) password: Zeroizing<String>,
    /// The challenge, as it went out.
    pub(crate) state: String,
    /// What the key answered.
    pub(crate) answer: String,
}

/// What came of it.
pub(crate) enum Outcome {
    /// The secret of a new session.
    In(Zeroizing<[u8; 32]>),
    /// Something is not right; nobody is told what.
    Refused,
    /// To be tried again in so many microseconds.
    Wait(i64),
}

/// A key that answered, and whose it is.
struct Known {
    shown: Shown,
    account: AccountRow,
    passkey: PasskeyRow,
}

/// Signs somebody in; with `again`, somebody who is signed in and shows once more that it is them.
pub(crate) async fn sign_in(desk: &Desk, address: IpAddr, typed: &Typed, again: Option<&SignedIn>) -> Result<Outcome> {
    let (office, now_us) = (&desk.office, local_us());
    // After a change of the office key this process knows neither tags nor sessions of the new one: it says so, and not that a password is wrong.
    office.keyring.is_current().await.map_err(|err| keyring_failed(&err))?;
    let known = known(desk, typed, now_us).await?;
    // Behind one address there may be a whole office, and a stranger with it: whoever shows a key of the account waits for those alone who have one.
    let places = match &known {
        Some(known) => vec![Place::of_holder(office, &known.account.account)],
        None => vec![Place::of_address(office, address), Place::of_name(office, &typed.account)],
    };
    for place in &places {
        if let Err(wait) = throttle::begin(office, *place, now_us).await? {
            return Ok(Outcome::Wait(wait));
        }
    }
    let hash = known.as_ref().map(|known| known.account.password.as_str());
    let is_right = desk.passwords.is(&typed.password, hash).await?;
    let Some(known) = known.filter(|_| is_right) else { return Ok(Outcome::Refused) };
    let key = desk.passwords.key(&typed.password, &known.account.salt).await?;
    let opened = open(&key[..], Purpose::Account, &known.account.account, &known.account.sealed);
    let (Some(key), Ok(account)) = (opened, known.account.account.parse::<Account>()) else {
        return Ok(Outcome::Refused);
    };
    let staff = office.staff().await?;
    let public = Actor::of(account.clone(), key.clone()).public_key();
    // Who left is told no more than a stranger; who is not enrolled yet may see that it is so.
    let is_theirs = staff.who(&account).is_none_or(|one| !one.has_left && one.key == public);
    if !is_theirs || again.is_some_and(|again| again.account != account) {
        return Ok(Outcome::Refused);
    }
    let mut at = office.db.begin().await?;
    let answered = &known.shown.answered;
    if !rows::answered(&office.db, &mut at, &answered.challenge, answered.until_us, now_us).await? {
        return Ok(Outcome::Refused);
    }
    // What was looked at outside the transaction may have been taken away since.
    let (name, id) = (known.account.account.as_str(), known.passkey.id.as_str());
    let ways = office.ways_in(&mut at).await?;
    let is_there = rows::passkey(&office.db, &mut at, id).await?.is_some_and(|row| office.is_passkey(&ways, &row));
    let is_same = rows::account(&office.db, &mut at, name).await?.is_some_and(|row| row.tag == known.account.tag);
    if !is_there || !is_same || !office.is_account(&ways, &known.account) {
        return Ok(Outcome::Refused);
    }
    rows::passkey_used(&office.db, &mut at, &known.passkey).await?;
    for place in places {
        throttle::succeeded(office, &mut at, place).await?;
    }
    if let Some(again) = again {
        office.is_in_still(&mut at, &again.actor).await?;
        rows::end_session(&office.db, &mut at, &again.name).await?;
    }
    let began_us = again.map(|again| again.times.began_micros);
    let secret = sessions::begin(desk, &mut at, (name, id), &key, began_us).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(Outcome::In(secret))
}

/// Whose key answered, if it is one of the account that was typed.
async fn known(desk: &Desk, typed: &Typed, now_us: i64) -> Result<Option<Known>> {
    let office = &desk.office;
    let Some(shown) = desk.passkeys.shown(office, &typed.state, &typed.answer, now_us) else { return Ok(None) };
    let mut at = office.db.moment().await?;
    let passkey = rows::passkey(&office.db, &mut at, &shown.id).await?;
    let account = rows::account(&office.db, &mut at, &typed.account).await?;
    let ways = office.ways_in(&mut at).await?;
    drop(at);
    let (Some(mut passkey), Some(account)) = (passkey, account) else { return Ok(None) };
    let are_ours = office.is_passkey(&ways, &passkey) && office.is_account(&ways, &account);
    let is_of_it = passkey.account == account.account && account.handle == shown.handle.simple().to_string();
    let Some(known) = serde_json::from_str(&passkey.passkey).ok().filter(|_| are_ours && is_of_it) else {
        return Ok(None);
    };
    let Some(used) = desk.passkeys.is_theirs(&shown, &known) else { return Ok(None) };
    let Ok(text) = serde_json::to_string(&used) else { return Ok(None) };
    passkey.passkey = text;
    passkey.used_us = Some(now_us);
    passkey.tag = office.tag(&passkey.bytes());
    Ok(Some(Known { shown, account, passkey }))
}

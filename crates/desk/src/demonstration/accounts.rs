//! How the staff of a demonstration sign in: each account with its signing key, a password that nobody has, and a passkey that no key answers.
//!
//! Not the links by which they do (`links.rs`). Invariants: an account's key lies sealed under a published word, and in no other office is such a row made or opened; what is
//! changed is an event, as everywhere.

use casework::Digest;
use casework::access::What;
use uuid::Uuid;

use super::WORD;
use crate::access::sealing::{Purpose, open, seal};
use crate::clock::local_us;
use crate::db::access::{self as rows, AccountRow, PasskeyRow};
use crate::error::{Error, Result};
use crate::office::{Actor, Office, fresh, key_digest};

/// What stands where a password's hash does: the hash of nothing.
const NO_PASSWORD: &str = "none";

/// The id of the passkey that no key answers.
pub(super) fn passkey_id(account: &str) -> String {
    format!("demonstration/{account}")
}

/// Gives each of them an account to sign in with.
pub(super) async fn set_up<'a>(office: &Office, actors: impl Iterator<Item = &'a Actor>) -> Result<()> {
    is_one(office)?;
    let staff = office.staff().await?;
    let mut at = office.db.begin().await?;
    for actor in actors {
        let (account, now_us) = (&actor.account, local_us());
        let Some(standing) = staff.who(account) else { continue };
        let (person, link) = (standing.person.clone(), Digest(fresh()?));
        let made = What::LinkMade { account: Some(account.clone()), person: Some(person.clone()), made_by: None, link };
        office.note_access(&mut at, None, made).await?;
        let (key, id) = ("none: demonstration".to_owned(), key_digest(&passkey_id(account.as_str())));
        let what = What::SetUp { account: account.clone(), person, key: key.clone(), id, link };
        let set = office.note_access(&mut at, None, what).await?;
        let mut row = AccountRow {
            account: account.to_string(),
            person: standing.person.to_string(),
            handle: Uuid::from_bytes(fresh()?).simple().to_string(),
            public_key: actor.public_key().0.to_vec(),
            password: NO_PASSWORD.to_owned(),
            salt: fresh::<16>()?.to_vec(),
            sealed: seal(WORD.as_bytes(), Purpose::Account, account.as_str(), actor.secret())?,
            since_us: now_us,
            tag: Vec::new(),
        };
        row.tag = office.tag(&row.bytes(&set));
        let mut passkey = PasskeyRow {
            id: passkey_id(account.as_str()),
            account: account.to_string(),
            name: key,
            passkey: "{}".to_owned(),
            since_us: now_us,
            used_us: None,
            tag: Vec::new(),
        };
        passkey.tag = office.tag(&passkey.bytes());
        if !rows::add_account(&office.db, &mut at, &row).await?
            || !rows::add_passkey(&office.db, &mut at, &passkey).await?
        {
            return Err(super::world::unfit("an account is there already"));
        }
    }
    office.commit_access(at).await
}

/// The signing key of an account.
pub(super) fn key(row: &AccountRow) -> Result<zeroize::Zeroizing<[u8; 32]>> {
    open(WORD.as_bytes(), Purpose::Account, &row.account, &row.sealed).ok_or_else(|| {
        Error::of(format_args!("{}: this account has a password of its own", row.account))
            .hint("sign in with it, or make another demonstration")
    })
}

/// Nothing of this is done in an office in which things are real.
pub(super) fn is_one(office: &Office) -> Result<()> {
    match office.is_demonstration() {
        true => Ok(()),
        false => Err(Error::of("this is no demonstration").hint("report this")),
    }
}

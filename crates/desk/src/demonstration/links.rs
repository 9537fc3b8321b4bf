//! One-time links by which people sign in to a demonstration, with no password and no key.
//!
//! Not the links by which accounts are set up (`access/links.rs`), though they lie in one table. Invariants: none is made, found or used in an office in which things are real; a row
//! of the one kind is never taken for the other, for their tags are over other bytes; each is used once, within a day, and a new one for an account takes the place of the one
//! before; a session begins as everywhere.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::{What, link_holds};
use casework::{Account, Digest, Role};
use zeroize::Zeroizing;

use super::accounts::{is_one, key, passkey_id};
use crate::access::sealing::name_of;
use crate::access::{Desk, fresh_secret, sessions};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::access::{self as rows, AccountRow, LinkRow};
use crate::error::Result;
use crate::office::{Actor, Office};

/// What stands before a row's bytes under its tag.
const TAGGED: &[u8] = b"counterpart/demonstration-link/v1\n";

/// Somebody whom one can sign in as.
pub(crate) struct Somebody {
    pub(crate) account: Account,
    pub(crate) roles: Vec<Role>,
}

/// A link that holds.
pub(crate) struct Link {
    name: [u8; 32],
    pub(crate) account: String,
}

fn tagged(row: &LinkRow) -> Vec<u8> {
    [TAGGED, &row.bytes()].concat()
}

/// Everybody whom one can sign in as, in the order in which they joined; nobody in an office that is real.
pub(crate) async fn everybody(office: &Office) -> Result<Vec<Somebody>> {
    if !office.is_demonstration() {
        return Ok(Vec::new());
    }
    let staff = office.staff().await?;
    let mut at = office.db.moment().await?;
    let there = rows::accounts(&office.db, &mut at).await?;
    let can = |account: &Account| there.iter().any(|row| row.account == account.as_str() && key(row).is_ok());
    let of = staff.accounts().filter(|(account, one)| !one.has_left && can(account));
    let mut all: Vec<_> = of.map(|(account, one)| (one.person.to_string(), account, one)).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    let somebody = |(_, account, one): &(String, &Account, &casework::staff::Standing)| Somebody {
        account: (*account).clone(),
        roles: one.roles.keys().copied().collect(),
    };
    Ok(all.iter().map(somebody).collect())
}

/// Makes one for each of these; what they end with, in their order.
pub(crate) async fn make(office: &Office, accounts: &[Account]) -> Result<Vec<Zeroizing<String>>> {
    is_one(office)?;
    let mut at = office.db.begin().await?;
    let mut ends = Vec::new();
    for account in accounts {
        let (end, link) = make_in(office, &mut at, account).await?;
        ends.push(end);
        let made = What::LinkMade { account: Some(account.clone()), person: None, made_by: None, link };
        office.note_access(&mut at, None, made).await?;
    }
    office.commit_access(at).await?;
    Ok(ends)
}

async fn make_in(office: &Office, at: &mut Tx, account: &Account) -> Result<(Zeroizing<String>, Digest)> {
    let secret = fresh_secret()?;
    let mut row = LinkRow {
        name: name_of(&secret).to_vec(),
        account: Some(account.to_string()),
        person: None,
        made_by: None,
        sealed: None,
        made_us: local_us(),
        used_us: None,
        tag: Vec::new(),
    };
    row.tag = office.tag(&tagged(&row));
    rows::take_links_back(&office.db, at, Some(account.as_str())).await?;
    rows::add_link(&office.db, at, &row).await?;
    Ok((Zeroizing::new(BASE64.encode(&secret[..])), Digest(name_of(&secret))))
}

/// The link that ends so, if it holds.
pub(crate) async fn find(office: &Office, end: &str) -> Result<Option<Link>> {
    is_one(office)?;
    let secret = BASE64.decode(end).map(Zeroizing::new).ok().and_then(|bytes| <[u8; 32]>::try_from(&**bytes).ok());
    let Some(secret) = secret.map(Zeroizing::new) else { return Ok(None) };
    let name = name_of(&secret);
    let row = rows::link(&office.db, &mut office.db.moment().await?, &name).await?;
    let row = row.filter(|row| office.is_tag(&tagged(row), &row.tag));
    let row = row.filter(|row| link_holds(row.made_us, row.used_us.is_some(), local_us()));
    Ok(row.and_then(|row| row.account).map(|account| Link { name, account }))
}

/// Uses it: the secret of a new session, or nothing where somebody else was first.
pub(crate) async fn sign_in(desk: &Desk, link: &Link) -> Result<Option<Zeroizing<[u8; 32]>>> {
    let office = &desk.office;
    is_one(office)?;
    let mut at = office.db.begin().await?;
    let row = rows::account(&office.db, &mut at, &link.account).await?;
    let Some(AccountRow { account, .. }) = &row else { return Ok(None) };
    let ways = office.ways_in(&mut at).await?;
    let row = row.as_ref().filter(|row| office.is_account(&ways, row));
    if row.is_none() || !rows::use_link(&office.db, &mut at, &link.name, local_us()).await? {
        return Ok(None);
    }
    let Some(row) = row else { return Ok(None) };
    let secret = sessions::begin(desk, &mut at, (account, &passkey_id(account)), &*key(row)?, None).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(Some(secret))
}

/// Somebody of the staff as who acts for them, and the secret of a new session of theirs: for what a button does in their name. Nothing where they cannot sign in.
pub(super) async fn act_as(desk: &Desk, account: &Account) -> Result<Option<(Actor, Zeroizing<[u8; 32]>)>> {
    let office = &desk.office;
    is_one(office)?;
    let mut at = office.db.begin().await?;
    let ways = office.ways_in(&mut at).await?;
    let row = rows::account(&office.db, &mut at, account.as_str()).await?;
    let Some(row) = row.filter(|row| office.is_account(&ways, row)) else { return Ok(None) };
    let key = key(&row)?;
    let secret = sessions::begin(desk, &mut at, (&row.account, &passkey_id(&row.account)), &key, None).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(Some((Actor::of(account.clone(), key).by_session(name_of(&secret)), secret)))
}

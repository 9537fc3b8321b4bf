//! How a person signs in: they ask for a link by mail, open it, and type the code that staff gave them.
//!
//! Not the pages (`http/me`), nor the sending (`post.rs`). Invariants: whoever asks does the same work and is told the same, whether anybody has an account with that address or
//! not; a try of a code counts as a failure until it is none; a link is used once, whatever row is put back.

use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::{Asked, MailAddress, What, is_mail_due, person_link_holds};
use casework::{Digest, PersonId};
use zeroize::Zeroizing;

use super::code::Code;
use super::{contact, post, sessions};
use crate::access::sealing::name_of;
use crate::access::throttle::{self, Place};
use crate::access::{Desk, fresh_secret};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::persons::{self as rows, PersonLinkRow};
use crate::error::Result;
use crate::office::{Office, keyring_failed};

/// What came of a code.
pub(crate) enum Outcome {
    /// The secret of a new session.
    In(Zeroizing<[u8; 32]>),
    /// It is not the code; nobody is told more.
    Refused,
    /// To be tried again in so many microseconds.
    Wait(i64),
    /// The link holds no more.
    Over,
}

/// Takes it that somebody wants a link at that address; or how long to wait, microseconds. Nothing here asks whether there is an account: who sends the mail does.
pub(crate) async fn ask(desk: &Desk, caller: IpAddr, mail: &MailAddress) -> Result<std::result::Result<(), i64>> {
    let (office, now_us) = (&desk.office, local_us());
    // After a change of the office key this process makes no link that another knows.
    office.keyring.is_current().await.map_err(|err| keyring_failed(&err))?;
    if let Err(wait) = throttle::begin(office, Place::of_asker(office, caller), now_us).await? {
        return Ok(Err(wait));
    }
    let (secret, contact) = (fresh_secret()?, contact::name_of(office, mail));
    let mut at = office.db.begin().await?;
    sessions::forget(office, &mut at, now_us).await?;
    let before = rows::links_at(&office.db, &mut at, &contact).await?;
    let asked = |row: &PersonLinkRow| Asked { made_micros: row.made_us, is_used: row.used_us.is_some() };
    let is_due = is_mail_due(&before.iter().map(asked).collect::<Vec<_>>(), now_us);
    if is_due {
        let ways = office.ways_in(&mut at).await?;
        let name = name_of(&secret).to_vec();
        let mut row = PersonLinkRow { name, contact, made_us: now_us, used_us: None, tag: Vec::new() };
        row.tag = office.tag(&row.bytes(ways.persons().links()));
        rows::add_link(&office.db, &mut at, &row).await?;
    }
    // One that is not due is as much work.
    let end = Zeroizing::new(BASE64.encode(&secret[..]));
    post::put(office, &mut at, mail, is_due.then_some(end.as_str()), now_us).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(Ok(()))
}

/// A link that holds.
pub(crate) struct Link {
    name: [u8; 32],
    contact: Vec<u8>,
}

/// The link that ends so, if it holds.
pub(crate) async fn find(office: &Office, end: &str) -> Result<Option<Link>> {
    let secret = BASE64.decode(end).map(Zeroizing::new).ok().and_then(|bytes| <[u8; 32]>::try_from(&**bytes).ok());
    let Some(secret) = secret.map(Zeroizing::new) else { return Ok(None) };
    let name = name_of(&secret);
    let mut at = office.db.moment().await?;
    let contact = held(office, &mut at, &name, local_us()).await?;
    Ok(contact.map(|contact| Link { name, contact }))
}

/// Whose link it is, if it holds in this transaction.
async fn held(office: &Office, at: &mut Tx, name: &[u8; 32], now_us: i64) -> Result<Option<Vec<u8>>> {
    let (row, ways) = (rows::link(&office.db, at, name).await?, office.ways_in(at).await?);
    let holds = |row: &PersonLinkRow| {
        row.used_us.is_none() && office.is_person_link(&ways, row) && person_link_holds(row.made_us, now_us)
    };
    Ok(row.filter(holds).map(|row| row.contact))
}

/// Signs somebody in by a link that they have, and the code that they type.
pub(crate) async fn sign_in(desk: &Desk, caller: IpAddr, link: &Link, code: &Code) -> Result<Outcome> {
    let (office, now_us) = (&desk.office, local_us());
    office.keyring.is_current().await.map_err(|err| keyring_failed(&err))?;
    let place = Place::of_code(office, &link.contact, code.place());
    if let Err(wait) = throttle::begin(office, place, now_us).await? {
        return Ok(Outcome::Wait(wait));
    }
    let mut at = office.db.moment().await?;
    let row = rows::account_of(&office.db, &mut at, &link.contact, code.place()).await?;
    let ways = office.ways_in(&mut at).await?;
    drop(at);
    let row = row.filter(|row| office.is_person(&ways, row));
    let hash = row.as_ref().map(|row| row.code.as_str());
    let is_right = desk.passwords.is(&code.digits(), hash).await?;
    let Some(known) = row.filter(|_| is_right) else { return Ok(Outcome::Refused) };
    let mut at = office.db.begin().await?;
    // What was looked at outside the transaction may have been used or taken away since.
    let ways = office.ways_in(&mut at).await?;
    let row = rows::account(&office.db, &mut at, &known.person).await?;
    let is_same = row.is_some_and(|row| row.tag == known.tag && office.is_person(&ways, &row));
    let person = known.person.parse::<PersonId>().ok().filter(|_| is_same);
    let Some((person, way)) = person.and_then(|person| Some((person, ways.persons().of(person)?))) else {
        return Ok(Outcome::Refused);
    };
    let holds = held(office, &mut at, &link.name, now_us).await?.is_some();
    if !holds || !rows::use_link(&office.db, &mut at, &link.name, now_us).await? {
        return Ok(Outcome::Over);
    }
    for place in [place, Place::of_asker(office, caller)] {
        throttle::succeeded(office, &mut at, place).await?;
    }
    let secret = sessions::begin(office, &mut at, person, &way.sessions).await?;
    office.note_access(&mut at, None, What::PersonIn { person, link: Digest(link.name) }).await?;
    office.commit_access(at).await?;
    Ok(Outcome::In(secret))
}

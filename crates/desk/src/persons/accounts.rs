//! A person's account: made by staff in a case, given another code, taken away. The code is shown to whoever made it, once.
//!
//! Not who may (`http/cases/person.rs`). Invariants: each change is an event, written with its row; a case is seen by one account; several accounts may have one address,
//! and each has a code of its own: whoever shares a mailbox with somebody sees nothing of theirs.

use casework::access::{MailAddress, What};
use casework::{CaseId, Digest, PersonId};

use super::code::Code;
use super::contact::{self, For};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::persons::{self as rows, PersonRow};
use crate::error::{Error, Result};
use crate::office::{Office, fresh};

/// How often a code is made anew that another account of the same address begins with: there is room for a thousand of them.
const TRIES: usize = 100;

/// The account that sees a case.
pub(crate) struct Known {
    /// Since when it has its code; nothing where its row is not as it was written.
    pub(crate) since_us: Option<i64>,
    /// Who made that code.
    pub(crate) by: String,
}

/// The account that sees this case, if there is one.
pub(crate) async fn known(office: &Office, case: CaseId) -> Result<Option<Known>> {
    let mut at = office.db.moment().await?;
    let ways = office.ways_in(&mut at).await?;
    let Some(person) = ways.persons().who_sees(case) else { return Ok(None) };
    let row = rows::account(&office.db, &mut at, &person.to_string()).await?;
    let since_us = row.filter(|row| office.is_person(&ways, row)).map(|row| row.since_us);
    let by = ways.persons().of(person).and_then(|way| way.by.as_ref());
    Ok(Some(Known { since_us, by: by.map_or_else(String::new, ToString::to_string) }))
}

/// Makes one for the person of a case: its code. Nothing where there is one already.
pub(crate) async fn add(desk: &Desk, who: &SignedIn, case: CaseId, mail: &MailAddress) -> Result<Option<Code>> {
    let office = &desk.office;
    let person = PersonId(fresh()?);
    let sealed = contact::seal(office, For::Account(person), mail.as_str())?;
    let found_by = contact::name_of(office, mail);
    let (code, hash) = fresh_code(desk, &found_by, person).await?;
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    if office.ways_in(&mut at).await?.persons().who_sees(case).is_some() {
        return Ok(None);
    }
    let set = office.note_access(&mut at, who.signer(), What::PersonAdded { person, case }).await?;
    let row = PersonRow {
        person: person.to_string(),
        contact: found_by,
        place: code.place().to_owned(),
        sealed,
        code: hash,
        since_us: local_us(),
        tag: Vec::new(),
    };
    put(office, at, row, &set).await?;
    Ok(Some(code))
}

/// Another code: the one before, and every session, ends. Nothing where there is no account.
pub(crate) async fn new_code(desk: &Desk, who: &SignedIn, case: CaseId) -> Result<Option<Code>> {
    let office = &desk.office;
    let mut at = office.db.moment().await?;
    let ways = office.ways_in(&mut at).await?;
    let Some(person) = ways.persons().who_sees(case) else { return Ok(None) };
    let known = rows::account(&office.db, &mut at, &person.to_string()).await?;
    drop(at);
    let known = known.filter(|row| office.is_person(&ways, row)).ok_or_else(damaged)?;
    let (code, hash) = fresh_code(desk, &known.contact, person).await?;
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    let row = rows::account(&office.db, &mut at, &known.person).await?;
    let ways = office.ways_in(&mut at).await?;
    // Somebody may have taken it away meanwhile, or was quicker with another code.
    let is_same = row.is_some_and(|row| row.tag == known.tag && office.is_person(&ways, &row));
    if !is_same || ways.persons().who_sees(case) != Some(person) {
        return Ok(None);
    }
    rows::end_sessions(&office.db, &mut at, &known.person).await?;
    let set = office.note_access(&mut at, who.signer(), What::PersonCode { person, case }).await?;
    let row = PersonRow { place: code.place().to_owned(), code: hash, since_us: local_us(), ..known };
    put(office, at, row, &set).await?;
    Ok(Some(code))
}

/// Takes it away, with its sessions; whether there was one.
pub(crate) async fn remove(desk: &Desk, who: &SignedIn, case: CaseId) -> Result<bool> {
    let office = &desk.office;
    let mut at = office.db.begin().await?;
    office.is_in_still(&mut at, &who.actor).await?;
    let Some(person) = office.ways_in(&mut at).await?.persons().who_sees(case) else { return Ok(false) };
    rows::end_sessions(&office.db, &mut at, &person.to_string()).await?;
    rows::remove_account(&office.db, &mut at, &person.to_string()).await?;
    office.note_access(&mut at, who.signer(), What::PersonRemoved { person, case }).await?;
    office.commit_access(at).await?;
    Ok(true)
}

/// A code that is told from those of the other accounts of its address, and its hash.
async fn fresh_code(desk: &Desk, found_by: &[u8], person: PersonId) -> Result<(Code, String)> {
    let office = &desk.office;
    let mut at = office.db.moment().await?;
    let others = rows::accounts_at(&office.db, &mut at, found_by).await?;
    drop(at);
    let is_taken =
        |code: &Code| others.iter().any(|other| other.place == code.place() && other.person != person.to_string());
    for _ in 0..TRIES {
        let code = Code::fresh()?;
        if !is_taken(&code) {
            let hash = desk.passwords.hash(&code.digits()).await?;
            return Ok((code, hash));
        }
    }
    Err(Error::of("too many accounts have this address").hint("use another address"))
}

/// Writes the row with its tag, and ends the transaction.
async fn put(office: &Office, mut at: Tx, mut row: PersonRow, set: &Digest) -> Result<()> {
    row.tag = office.tag(&row.bytes(set));
    if !rows::put_account(&office.db, &mut at, &row).await? {
        return Err(Error::of("another account of this address got its code at the same time").hint("try again"));
    }
    office.commit_access(at).await
}

fn damaged() -> Error {
    Error::of("a person's account is not as it was written").hint("take it away, and make it anew")
}

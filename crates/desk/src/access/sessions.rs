//! Sessions: begun with password and key, found by the cookie's secret, ended at once.
//!
//! Not the cookie (`http/access/cookies.rs`). Invariants: every request asks the database, so that what is ended is ended for every process; the row opens
//! nothing without the cookie's secret; whoever left, or whose key was taken away, has no session.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::{Times, Ways, What};
use casework::staff::{Staff, Standing};
use casework::{Account, Digest, Role};
use zeroize::Zeroizing;

use super::sealing::{Purpose, derived, name_of, open, seal, shared};
use super::{Desk, fresh_secret};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::access::{self as rows, SessionRow};
use crate::error::{Error, Result};
use crate::office::{Actor, Office};

/// How much older the newest request may be said to be: not every request writes.
const SEEN_EVERY_US: i64 = 30 * 1_000_000;
/// From the secret to what stands in its forms.
const FORMS: &[u8] = b"counterpart/session-forms/v1\n";

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    /// Who acts, as the command line has it from a file.
    pub(crate) actor: Arc<Actor>,
    pub(crate) times: Times,
    /// What the account is; nothing where nobody has enrolled it yet.
    pub(crate) standing: Option<Standing>,
    pub(crate) staff: Arc<Staff>,
    pub(crate) name: [u8; 32],
    /// What stands in each of its forms.
    pub(crate) form_token: String,
}

impl SignedIn {
    /// Whether their account counts and has that role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.standing.as_ref().is_some_and(|one| one.has(role))
    }

    /// Who signs an event of theirs: nobody, before they are enrolled.
    pub(crate) fn signer(&self) -> Option<&Actor> {
        self.standing.as_ref().map(|_| &*self.actor)
    }
}

/// Begins one; the secret for the cookie.
pub(crate) async fn begin(
    desk: &Desk,
    at: &mut Tx,
    (account, passkey): (&str, &str),
    key: &[u8; 32],
    began_us: Option<i64>,
) -> Result<Zeroizing<[u8; 32]>> {
    let (secret, now_us) = (fresh_secret()?, local_us());
    let mut row = SessionRow {
        name: name_of(&secret).to_vec(),
        account: account.to_owned(),
        passkey: passkey.to_owned(),
        sealed: seal(&shared(&desk.office, &secret, Purpose::Session), Purpose::Session, account, key)?,
        began_us: began_us.unwrap_or(now_us),
        shown_us: now_us,
        seen_us: now_us,
        tag: Vec::new(),
    };
    let ways = desk.office.ways_in(at).await?;
    let whose = account.parse::<Account>().ok();
    let way = whose
        .and_then(|whose| ways.of(&whose))
        .ok_or_else(|| Error::of("nobody set this account up").hint("report this"))?;
    row.tag = desk.office.tag(&row.bytes(&way.sessions));
    let (sessions_us, links_us) = (desk.terms.whole_micros, casework::access::LINK_MICROS);
    rows::forget(&desk.office.db, at, now_us.saturating_sub(sessions_us), now_us.saturating_sub(2 * links_us)).await?;
    rows::add_session(&desk.office.db, at, &row).await?;
    Ok(secret)
}

/// Who has that secret, if their session holds now.
pub(crate) async fn find(desk: &Desk, secret: &[u8; 32]) -> Result<Option<SignedIn>> {
    let (office, now_us, name) = (&desk.office, local_us(), name_of(secret));
    // Before the transaction: it reads the staff's events where new ones came.
    let staff = Arc::new(office.staff().await?);
    let mut at = office.db.moment().await?;
    let Some(row) = rows::session(&office.db, &mut at, &name).await? else { return Ok(None) };
    let found = held(desk, &mut at, &row, secret, staff, now_us).await?;
    drop(at);
    let is_old = now_us.saturating_sub(row.seen_us) >= SEEN_EVERY_US.min(desk.terms.idle_micros / 8);
    if found.is_some() && !is_old {
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

/// The session of a row, if everything about it holds.
async fn held(
    desk: &Desk,
    at: &mut Tx,
    row: &SessionRow,
    secret: &[u8; 32],
    staff: Arc<Staff>,
    now_us: i64,
) -> Result<Option<SignedIn>> {
    let office = &desk.office;
    let ways = office.ways_in(at).await?;
    if !desk.terms.hold(&row.times(), now_us) || !office.is_session_with_key(at, &ways, row).await? {
        return Ok(None);
    }
    let Ok(account) = row.account.parse::<Account>() else { return Ok(None) };
    let Some(key) = open(&shared(office, secret, Purpose::Session), Purpose::Session, &row.account, &row.sealed) else {
        return Ok(None);
    };
    let actor = Actor::of(account.clone(), key).by_session(name_of(secret));
    let standing = staff.who(&account).cloned();
    if standing.as_ref().is_some_and(|one| one.has_left || one.key != actor.public_key()) {
        return Ok(None);
    }
    Ok(Some(SignedIn {
        account,
        actor: Arc::new(actor),
        times: row.times(),
        standing,
        staff,
        name: name_of(secret),
        form_token: BASE64.encode(&derived(&secret[..], FORMS)[..]),
    }))
}

/// Keeps the session in which its person ended all others, if it held in these ways until then; `ended` is the event that did.
pub(crate) async fn keep(office: &Office, at: &mut Tx, name: &[u8; 32], (held, ended): (&Ways, &Digest)) -> Result<()> {
    let row = rows::session(&office.db, at, name).await?.filter(|row| office.is_session(held, row));
    let Some(mut row) = row else { return Ok(()) };
    row.tag = office.tag(&row.bytes(ended));
    rows::keep_session(&office.db, at, &row).await
}

/// Ends one.
pub(crate) async fn end(desk: &Desk, name: &[u8; 32]) -> Result<()> {
    let mut at = desk.office.db.begin().await?;
    rows::end_session(&desk.office.db, &mut at, name).await?;
    at.commit().await.map_err(|err| desk.office.db.failed(&err))
}

/// Ends all of theirs.
pub(crate) async fn end_everywhere(desk: &Desk, who: &SignedIn) -> Result<()> {
    let mut at = desk.office.db.begin().await?;
    desk.office.is_in_still(&mut at, &who.actor).await?;
    rows::end_sessions(&desk.office.db, &mut at, who.account.as_str()).await?;
    let what = What::SignedOutEverywhere { account: who.account.clone() };
    desk.office.note_access(&mut at, who.signer(), what).await?;
    desk.office.commit_access(at).await
}

//! Ways of signing in, as events of the office: written with the rows that they speak of, in one transaction; and rows, held against those events.
//!
//! Not the rows (`db/access.rs`), nor who may (`http/access`). Invariants: no row by which somebody is let in changes without its event; such a
//! row counts only with the tag of a program that had the office key, as an event does, and only while no event has ended what it says.

use std::sync::{Arc, PoisonError};

use casework::access::{Event, Way, Ways, What};
use casework::{Account, Digest, Role};
use sha2::{Digest as _, Sha256};

use super::acts::Stream;
use super::{Actor, Office, fresh};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::access::{self as rows, AccountRow, LinkRow, PasskeyRow, SessionRow};
use crate::db::events::{self, NewEvent, Stored};
use crate::error::{Error, Result, Visitor};

/// Which key or link an event speaks of.
pub(crate) fn key_digest(id: &str) -> Digest {
    Digest(Sha256::digest(id.as_bytes()).into())
}

impl Office {
    /// Writes what happened into a transaction, and says how the event is told from all others. Whoever acts must be enrolled: their signature is held
    /// against the staff.
    pub(crate) async fn note_access(&self, at: &mut Tx, actor: Option<&Actor>, what: What) -> Result<Digest> {
        let number = self.end_in(at, &Stream::Access.name()).await?.position + 1;
        let row = new_event(number, actor, what)?;
        let mark = Digest(events::commitment(&Stream::Access.name(), &row));
        self.append(at, Stream::Access, &[row], actor).await?;
        Ok(mark)
    }

    /// Ends such a transaction, and tells the keyring.
    pub(crate) async fn commit_access(&self, mut at: Tx) -> Result<()> {
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await
    }

    /// The ways in that there are. They are read again only where events came to them; asked before the transaction writes any itself, which it may take back.
    pub(crate) async fn ways_in(&self, at: &mut Tx) -> Result<Arc<Ways>> {
        let newest = match self.end_in(at, &Stream::Access.name()).await {
            Ok(newest) => newest.position,
            // What the transaction sees may only be older than what the keyring knows by now.
            Err(_) => self.end_now(&Stream::Access.name()).await?.position,
        };
        let known = self.seen.ways.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // They never go back: what was seen to end does not hold again in a transaction that began before, nor where an event was taken out.
        if let Some(known) = known.filter(|known| known.number() >= newest) {
            return Ok(known);
        }
        // Out of a history that holds: whoever took out the newest of them would have an older password back.
        let stream = Stream::Access.name();
        let walked = match Box::pin(self.walk_in(at, &[&stream])).await {
            Ok(walked) => walked,
            // What the transaction sees may only be older than what the keyring knows by now.
            Err(_) => Box::pin(self.walk_now(&[&stream])).await?,
        };
        let rows = &walked.rows[0];
        let mut ways = Ways::default();
        rows.iter().try_for_each(|row| take_in(&mut ways, row))?;
        let ways = Arc::new(ways);
        let mut seen = self.seen.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref().is_none_or(|seen| seen.number() < ways.number()) {
            *seen = Some(Arc::clone(&ways));
        }
        drop(seen);
        Ok(ways)
    }

    /// The tag of a row by which somebody is let in.
    pub(crate) fn tag(&self, row: &[u8]) -> Vec<u8> {
        self.keyring.event_row_tag(row).to_vec()
    }

    /// Whether a program with the office key wrote it; not whether anything ended it since.
    pub(crate) fn is_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        self.keyring.is_event_row_tag(row, tag)
    }

    /// Whether this is the account as it is now.
    pub(crate) fn is_account(&self, ways: &Ways, row: &AccountRow) -> bool {
        way(ways, &row.account).is_some_and(|way| self.is_tag(&row.bytes(&way.password), &row.tag))
    }

    /// Whether the account has that key now.
    pub(crate) fn is_passkey(&self, ways: &Ways, row: &PasskeyRow) -> bool {
        way(ways, &row.account).is_some_and(|way| way.keys.contains(&key_digest(&row.id)))
            && self.is_tag(&row.bytes(), &row.tag)
    }

    /// Whether no event has ended that session.
    pub(crate) fn is_session(&self, ways: &Ways, row: &SessionRow) -> bool {
        way(ways, &row.account).is_some_and(|way| self.is_tag(&row.bytes(&way.sessions), &row.tag))
    }

    /// That whoever acts by a session is still signed in by it, as this transaction sees it: a deed that was under way when its session ended does not go
    /// on. Asked before the transaction writes anything.
    pub(crate) async fn is_in_still(&self, at: &mut Tx, actor: &Actor) -> Result<()> {
        let Some(name) = actor.session() else { return Ok(()) };
        let row = rows::session(&self.db, at, name).await?.filter(|row| row.account == actor.account.as_str());
        let (ways, people) = (self.ways_in(at).await?, self.people_in(at).await?);
        // Who left has their session's row still.
        let standing = people.now().who(&actor.account);
        let is_theirs = standing.is_none_or(|one| !one.has_left && one.key == actor.public_key());
        match row {
            Some(row) if is_theirs && self.is_session_with_key(at, &ways, &row).await? => Ok(()),
            _ => Err(Error::of_signed_out(Visitor::Staff)),
        }
    }

    /// Whether whoever acts has that role, as this transaction sees it.
    pub(crate) async fn has_role_still(&self, at: &mut Tx, actor: &Actor, role: Role) -> Result<bool> {
        Ok(self.people_in(at).await?.now().who(&actor.account).is_some_and(|one| one.has(role)))
    }

    /// Whether no event has ended that session, nor taken away the key that opened it.
    pub(crate) async fn is_session_with_key(&self, at: &mut Tx, ways: &Ways, row: &SessionRow) -> Result<bool> {
        if !self.is_session(ways, row) {
            return Ok(false);
        }
        let passkey = rows::passkey(&self.db, at, &row.passkey).await?;
        Ok(passkey.is_some_and(|key| key.account == row.account && self.is_passkey(ways, &key)))
    }

    /// Whether that link was neither used nor taken back.
    pub(crate) fn is_link(&self, ways: &Ways, row: &LinkRow) -> bool {
        let account = row.account.as_ref().and_then(|account| account.parse().ok());
        let name = <[u8; 32]>::try_from(row.name.as_slice()).map(Digest);
        name.is_ok_and(|name| ways.has_link(account.as_ref(), &name))
            && account.is_some() == row.account.is_some()
            && self.is_tag(&row.bytes(), &row.tag)
    }

    /// Ends every session and every unused link of an office that comes back, in the transaction that says so: what was ended since the backup must not come back
    /// with it. The newest event then.
    pub(super) async fn end_access(&self, at: &mut Tx, head: events::Head) -> Result<events::Head> {
        rows::end_all(&self.db, at).await?;
        crate::db::persons::end_all(&self.db, at).await?;
        let stream = Stream::Access.name();
        let number = self.end_in(at, &stream).await?.position;
        if number == 0 {
            return Ok(head);
        }
        let row = new_event(number + 1, None, What::AllEnded)?;
        let by = super::history::ByOffice { keyring: &self.keyring, actor: None };
        events::append(&self.db, at, &stream, &[row], head, &by).await
    }

    /// After a change of the office key: what the old one vouched for the new one vouches for; sessions and links end.
    pub(super) async fn vouch_anew(&self, at: &mut Tx) -> Result<()> {
        rows::end_all(&self.db, at).await?;
        self.carry_persons_over(at).await?;
        let ways = self.ways_in(at).await?;
        let was = |row: &[u8], tag: &[u8]| self.keyring.was_event_row_tag(row, tag);
        for mut row in rows::accounts(&self.db, at).await? {
            let Some(bytes) = way(&ways, &row.account).map(|way| row.bytes(&way.password)) else { continue };
            if was(&bytes, &row.tag) {
                row.tag = self.tag(&bytes);
                rows::set_password(&self.db, at, &row).await?;
            }
        }
        for mut row in rows::passkeys(&self.db, at).await? {
            if was(&row.bytes(), &row.tag) {
                row.tag = self.tag(&row.bytes());
                rows::passkey_used(&self.db, at, &row).await?;
            }
        }
        Ok(())
    }
}

fn way<'w>(ways: &'w Ways, account: &str) -> Option<&'w Way> {
    ways.of(&account.parse::<Account>().ok()?)
}

fn new_event(number: u64, actor: Option<&Actor>, what: What) -> Result<NewEvent> {
    let event = Event { number, at_micros: local_us(), by: actor.map(|actor| actor.account.clone()), what };
    Ok(NewEvent {
        position: number,
        at_us: event.at_micros,
        account: event.by.as_ref().map(ToString::to_string),
        clear: event.bytes(),
        private: None,
        salt: fresh()?,
    })
}

fn take_in(ways: &mut Ways, row: &Stored) -> Result<()> {
    let damaged = |what: &dyn std::fmt::Display| {
        Error::of(format_args!("event {}: {what}", row.number))
            .hint("bring back a backup with \"counterpartd restore\"")
            .of_row()
    };
    let event = Event::parse(&row.clear).map_err(|err| damaged(&err))?;
    let mark = row.commitment().ok_or_else(|| damaged(&"it is not what its row says"))?;
    if event.number != row.position {
        return Err(damaged(&"it is not what its row says"));
    }
    ways.apply(&event, Digest(mark)).map_err(|err| damaged(&err.what()))
}

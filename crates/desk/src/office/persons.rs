//! Ways in of people whose cases are here, as rows: held against the events of the stream `access`, and carried over to another office key.
//!
//! Not the rows (`db/persons.rs`), nor staff's (`access.rs`).
//! Invariant: a row counts only with the tag of a program that had the office key, and only while no event has ended what it says.

use casework::access::{PersonWay, Ways};
use casework::{CaseId, Digest, PersonId};

use super::Office;
use crate::db::Tx;
use crate::db::persons::{self as rows, PersonLinkRow, PersonRow, PersonSessionRow};
use crate::error::{Error, Result, Visitor};
use crate::persons::contact::{self, For};

impl Office {
    /// Whether this is the account as it is now.
    pub(crate) fn is_person(&self, ways: &Ways, row: &PersonRow) -> bool {
        way(ways, &row.person).is_some_and(|way| self.is_tag(&row.bytes(&way.code), &row.tag))
    }

    /// Whether no event has ended that session.
    pub(crate) fn is_person_session(&self, ways: &Ways, row: &PersonSessionRow) -> bool {
        way(ways, &row.person).is_some_and(|way| self.is_tag(&row.bytes(&way.sessions), &row.tag))
    }

    /// That whoever acts by that session is still signed in by it, and the case still theirs, as this transaction sees it. Asked before the transaction writes
    /// anything.
    pub(crate) async fn is_person_in_still(
        &self,
        at: &mut Tx,
        session: &[u8; 32],
        case: Option<CaseId>,
    ) -> Result<PersonId> {
        let row = rows::session(&self.db, at, session).await?;
        let ways = self.ways_in(at).await?;
        let held = row.filter(|row| self.is_person_session(&ways, row));
        let found = held.and_then(|row| Some((row.person.parse().ok()?, way(&ways, &row.person)?)));
        let found = found.filter(|(_, way)| case.is_none_or(|case| way.cases.contains(&case)));
        found.map(|(person, _)| person).ok_or_else(|| Error::of_signed_out(Visitor::Person))
    }

    /// Whether no event has used or ended that link.
    pub(crate) fn is_person_link(&self, ways: &Ways, row: &PersonLinkRow) -> bool {
        let name = <[u8; 32]>::try_from(row.name.as_slice()).map(Digest);
        name.is_ok_and(|name| !ways.persons().is_used(&name))
            && self.is_tag(&row.bytes(ways.persons().links()), &row.tag)
    }

    /// The tag that words had under the office key before this one.
    pub(crate) fn tag_before(&self, row: &[u8]) -> Option<Vec<u8>> {
        self.keyring.event_row_tag_before(row).map(|tag| tag.to_vec())
    }

    /// After a change of the office key: accounts go over to it, each address sealed and found anew; sessions, links and mail that waits end.
    pub(super) async fn carry_persons_over(&self, at: &mut Tx) -> Result<()> {
        rows::end_all(&self.db, at).await?;
        let ways = self.ways_in(at).await?;
        for mut row in rows::accounts(&self.db, at).await? {
            let Some(set) = way(&ways, &row.person).map(|way| way.code) else { continue };
            if !self.keyring.was_event_row_tag(&row.bytes(&set), &row.tag) {
                continue;
            }
            let Ok(person) = row.person.parse::<PersonId>() else { continue };
            let Some(mail) = contact::open_before(self, person, &row.sealed) else { continue };
            row.contact = contact::name_of(self, &mail);
            row.sealed = contact::seal(self, For::Account(person), mail.as_str())?;
            row.tag = self.tag(&row.bytes(&set));
            rows::put_account(&self.db, at, &row).await?;
        }
        Ok(())
    }
}

fn way<'w>(ways: &'w Ways, person: &str) -> Option<&'w PersonWay> {
    ways.persons().of(person.parse().ok()?)
}

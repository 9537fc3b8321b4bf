//! The record of a case: its events out of the store, believed only where a program with the office key wrote them.
//!
//! Not who is shown what of it (`casework::case`'s view). Invariants: what somebody of the staff did has their signature; an event is of the case, the place, the moment
//! and the account that its row says; without its key a case is the same, and has no words.

use casework::case::{Around, By, Case, Event};
use casework::custody::Private;
use casework::{Account, CaseId, Moment, staff};
use vault::cipher::ObjectKey;
use vault::keyring::KeyringError;
use vault::private;

use crate::db::Tx;
use crate::db::events::{self, Stored};
use crate::error::Result;
use crate::office::acts::{CASES, Stream};
use crate::office::history::is_tagged;
use crate::office::record::{People, damaged, is_signed};
use crate::office::{Office, keyring_failed};

impl Office {
    /// People and a case, out of a history that holds as this transaction sees it; and when the newest event of either kind was, microseconds since 1970.
    pub(super) async fn case_walked_in(&self, at: &mut Tx, id: CaseId) -> Result<(People, Case, Option<i64>)> {
        let streams = [Stream::Staff.name(), Stream::Case(id).name()];
        // On the heap, so that no caller carries its state.
        let walked = Box::pin(self.walk_in(at, &[&streams[0], &streams[1]])).await?;
        let people = People::read(&walked.rows[0])?;
        let case = self.believed_case(id, &walked.rows[1], people.now())?;
        Ok((people, case, walked.newest_us))
    }

    /// A case, as this transaction sees it. One that was never there has no events.
    pub(super) async fn case_in(&self, at: &mut Tx, id: CaseId, people: &People) -> Result<Case> {
        let rows = self.stream_in(at, &Stream::Case(id).name()).await?;
        self.believed_case(id, &rows, people.now())
    }

    /// A case now.
    pub(crate) async fn case(&self, id: CaseId) -> Result<Case> {
        // The rows first: whoever did the newest of them is among the people that are read after it.
        let rows = events::stream(&self.db, &Stream::Case(id).name()).await?;
        self.believed_case(id, &rows, &self.staff().await?)
    }

    /// A case with its events, and their words where its key is still there.
    pub(crate) async fn case_with_events(&self, id: CaseId) -> Result<(Case, Vec<Event>)> {
        let rows = events::stream(&self.db, &Stream::Case(id).name()).await?;
        let case = self.believed_case(id, &rows, &self.staff().await?)?;
        let key = match self.keyring.key(&id.0).await {
            // Whoever planned it broke off between its event and its key.
            Err(KeyringError::Pending(_)) if case.number() > 0 => {
                self.settle_key_of_case(&self.keyring.entry(&id.0).await.map_err(|err| keyring_failed(&err))?).await?;
                self.keyring.key(&id.0).await.ok()
            }
            key => key.ok(),
        };
        let events = rows.iter().map(|row| read_event(row, id, key.as_ref())).collect::<Result<_>>()?;
        Ok((case, events))
    }

    /// What a view of a case depends on beside it.
    pub(crate) fn around<'a>(&'a self, moment: &'a Moment, staff: &'a staff::Staff) -> Around<'a> {
        Around { book: &self.book, moment, staff }
    }

    /// Every case, in the order in which they were planned.
    pub(crate) async fn case_ids(&self) -> Result<Vec<CaseId>> {
        let names = events::streams(&self.db, CASES).await?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(CASES)?.parse().ok()).collect())
    }

    fn believed_case(&self, id: CaseId, rows: &[Stored], staff: &staff::Staff) -> Result<Case> {
        is_tagged(rows, &self.keyring)?;
        is_signed(rows, staff)?;
        let mut case = Case::absent(id);
        for row in rows {
            let event = read_event(row, id, None)?;
            case.apply(&event).map_err(|err| damaged(row, &err.what()))?;
        }
        Ok(case)
    }
}

fn read_event(row: &Stored, id: CaseId, key: Option<&ObjectKey>) -> Result<Event> {
    let words = match (&row.private, key) {
        (Some(closed), Some(key)) => {
            let opened = private::open(key, &id.0, row.position, closed);
            Some(opened.ok_or_else(|| damaged(row, &"its private part is not its own"))?)
        }
        _ => None,
    };
    let event =
        Event::join(&row.clear, words.as_ref().map(|words| words.as_slice())).map_err(|err| damaged(row, &err))?;
    let account = match &event.by {
        By::Staff(account) => Some(Account::as_str(account)),
        By::Person | By::Program => None,
    };
    let is_row =
        (event.case, event.number, event.at_micros, account) == (id, row.position, row.at_us, row.account.as_deref());
    let has_private = event.private != Private::None;
    match is_row && has_private == row.private.is_some() {
        true => Ok(event),
        false => Err(damaged(row, &"it is not what its row says")),
    }
}

//! The table of cases: put right where it is not what the events say, and made anew.
//!
//! Not its columns (`db/cases.rs`). Invariants: a row is made of events that are believed, or there is none; keys without events are those of cases that were never
//! planned, or whose events a restore does not have.

use std::collections::{BTreeMap, HashSet};

use casework::CaseId;
use vault::keyring::{Entry, State};

use super::CASE;
use crate::db::{Tx, cases, events};
use crate::error::Result;
use crate::office::acts::CASES;
use crate::office::history::ByOffice;
use crate::office::record::{People, unless_of_row};
use crate::office::{Office, keyring_failed};

/// What is other in the table than the events say.
struct Wrong {
    /// Something in it is no row of ours.
    is_unreadable: bool,
    /// Rows that go, by what stands there as their id.
    out: Vec<String>,
    /// Cases whose row is written anew.
    anew: Vec<CaseId>,
}

/// The rows as they are to be, by case.
pub(super) type Rows = BTreeMap<CaseId, cases::Row>;

impl Office {
    /// Writes anew each row that is not what its case's events say, and takes out those of cases that there are none of.
    pub(crate) async fn put_case_rows_right(&self) -> Result<()> {
        let ends = self.ends_now(CASES).await?;
        if self.wrong_case_rows(&mut self.db.moment().await?, ends).await?.0.is_none() {
            return Ok(());
        }
        let mut at = self.db.begin().await?;
        let people = self.people_in(&mut at).await?;
        self.case_rows_right_in(&mut at, &people).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))
    }

    /// The same in a transaction that goes by the rows: an older one may have been put back since the opening, and a room would be free by it that is not. What is
    /// decided is decided on the answer, for an index of the table may lack what the table has.
    pub(super) async fn case_rows_right_in(&self, at: &mut Tx, people: &People) -> Result<Rows> {
        let ends = self.ends_in(at, CASES).await?;
        let (wrong, mut rows) = self.wrong_case_rows(at, ends).await?;
        let Some(wrong) = wrong else { return Ok(rows) };
        let by = ByOffice { keyring: &self.keyring, actor: None };
        // What is wrong goes first: a reference may stand in another's row.
        if wrong.is_unreadable {
            cases::clear(&self.db, at).await?;
        }
        for id in &wrong.out {
            cases::remove(&self.db, at, id).await?;
        }
        for id in wrong.anew {
            // What cannot be read has no row, and says so to whoever asks for it: it keeps nobody from the others.
            let Some(case) = unless_of_row(self.case_in(at, id, people).await)? else { continue };
            cases::put(&self.db, at, &case, &by).await?;
            rows.extend(cases::Row::of(&case, &by).map(|row| (id, row)));
        }
        Ok(rows)
    }

    /// What is wrong by where each case's stream ends in the table of events, and the rows that are right.
    async fn wrong_case_rows(&self, at: &mut Tx, ends: Vec<(String, u64)>) -> Result<(Option<Wrong>, Rows)> {
        let by = ByOffice { keyring: &self.keyring, actor: None };
        let id = |name: &str| name.strip_prefix(CASES)?.parse().ok();
        let ends: BTreeMap<CaseId, u64> = ends.into_iter().filter_map(|(name, end)| Some((id(&name)?, end))).collect();
        let rows = cases::all_in(&self.db, at).await?;
        let is_unreadable = rows.is_none();
        let (mut rows, mut out) = rows.unwrap_or_default();
        let is_wrong = |id: &CaseId, end: &u64| rows.get(id).is_none_or(|row| !row.is_of(*end, &by));
        let anew: Vec<CaseId> = ends.iter().filter(|(id, end)| is_wrong(id, end)).map(|(id, _)| *id).collect();
        let of_nothing = rows.keys().filter(|id| !ends.contains_key(id));
        out.extend(of_nothing.chain(&anew).map(ToString::to_string));
        rows.retain(|id, _| ends.contains_key(id) && anew.binary_search(id).is_err());
        Ok(((is_unreadable || !out.is_empty()).then_some(Wrong { is_unreadable, out, anew }), rows))
    }

    /// Cases whose key is kept and whose events are not there: lost with an office whose backup was older, or out of reach.
    pub(crate) async fn cases_without_events(&self) -> Result<Vec<CaseId>> {
        let entries = self.keyring.entries().await.map_err(|err| keyring_failed(&err))?;
        let there: HashSet<CaseId> = self.case_ids().await?.into_iter().collect();
        let kept = entries.iter().filter(|entry| is_of_case(entry) && matches!(entry.state, State::Kept { .. }));
        Ok(kept.map(|entry| CaseId(entry.id)).filter(|id| !there.contains(id)).collect())
    }

    /// Makes the table anew: how many rows, and how many were other.
    pub(crate) async fn rebuild_cases(&self, at: &mut Tx) -> Result<(u64, u64)> {
        let by = ByOffice { keyring: &self.keyring, actor: None };
        let before = cases::cells_in(&self.db, at).await?;
        cases::clear(&self.db, at).await?;
        let people = self.people_in(at).await?;
        for name in events::streams_in(&self.db, at, CASES).await? {
            let Some(id) = name.strip_prefix(CASES).and_then(|id| id.parse::<CaseId>().ok()) else { continue };
            if let Some(case) = unless_of_row(self.case_in(at, id, &people).await)? {
                cases::put(&self.db, at, &case, &by).await?;
            }
        }
        let after = cases::cells_in(&self.db, at).await?;
        let (rows_before, before) = (before.len(), before.into_iter().collect::<HashSet<_>>());
        let changed = after.iter().filter(|row| !before.contains(row)).count();
        let too_many = rows_before.saturating_sub(after.len());
        Ok((after.len() as u64, changed.max(too_many) as u64))
    }

    /// A key that was announced for a case has its first event, or nothing ever came of it. While nobody takes anything in.
    pub(crate) async fn settle_key_of_case(&self, entry: &Entry) -> Result<()> {
        if !matches!(entry.state, State::Pending) {
            return Ok(());
        }
        let mut at = self.db.begin().await?;
        let (_, case, _) = self.case_walked_in(&mut at, CaseId(entry.id)).await?;
        let done = match case.number() {
            0 => self.keyring.forget_pending(&entry.id).await,
            _ => self.keyring.keep(&entry.id, &[0; 32], 0).await,
        };
        done.map_err(|err| keyring_failed(&err))
    }
}

/// Whether a key is that of a case's words.
pub(crate) fn is_of_case(entry: &Entry) -> bool {
    entry.kind == CASE
}

#[cfg(test)]
mod tests {
    use rules::Kind;

    #[test]
    fn no_kind_of_thing_is_taken_for_a_case() {
        assert!(super::CASE.parse::<Kind>().is_err());
    }
}

//! Which things of a case the vault has, for whoever sees the case now.
//!
//! Not the things (`http/things`).
//! Invariant: nobody comes by a case to a thing that the case does not name, nor while no look of theirs stands.

use casework::case::{Audience, LOOKS_SEEN_BY, Nature, Recording};
use casework::{CaseId, ThingId};

use super::context;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::error::Result;

/// What somebody finds who comes by a case.
pub(in crate::http) enum Kept {
    /// There is no such case for them.
    Nothing,
    /// They say first why they look; those are what is kept of it, which nothing leads to until then.
    Unlooked(CaseId, Vec<(u32, ThingId)>),
    /// These, by the number of the recording; and what of them the case shows them.
    Things(CaseId, Vec<(u32, ThingId)>, Shown),
}

/// What a case shows somebody of what is kept of it.
#[derive(Clone, Copy)]
pub(in crate::http) struct Shown {
    /// Whether who the person is.
    pub(in crate::http) names: bool,
    /// Whether who else looked.
    pub(in crate::http) others: bool,
}

pub(in crate::http) async fn of(desk: &Desk, who: &SignedIn, case: &str) -> Result<Kept> {
    let Some(seen) = context::find(desk, who, case).await? else { return Ok(Kept::Nothing) };
    let id = seen.case.id();
    match &seen.view {
        Some(view) => {
            let names = view.shows(Nature::Identity) && view.seen_as() != Audience::Auditor;
            let shown = Shown { names, others: LOOKS_SEEN_BY.contains(&view.seen_as()) };
            Ok(Kept::Things(id, things(view.recordings()), shown))
        }
        None if seen.purposes(desk, who).is_empty() => Ok(Kept::Nothing),
        None => Ok(Kept::Unlooked(id, things(seen.case.recordings()))),
    }
}

/// Those that recordings are kept as.
pub(super) fn things(recordings: &[Recording]) -> Vec<(u32, ThingId)> {
    let kept = |one: &Recording| Some((one.number, one.copies.as_ref()?.thing?));
    recordings.iter().filter_map(kept).collect()
}

//! What somebody sees of a thing's life: of which events, and of whose words.
//!
//! Not content, for which each look is an event of its own ([`super::Command::Access`]). Invariants: a keeper sees what keepers do; whoever comes by a case sees no word that somebody else said of
//! a hold, and no more of what others did than the case shows them; the person whose case it is sees what was done with it and by whom, and never why or for whom it is held or passed on: that may be told to them by nobody but whoever asked for it.

use super::event::{Event, What};
use super::rights::KEEPERS;
use super::words::{Field, Private, Words};
use crate::name::Account;
use crate::staff::Staff;

/// Who sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer<'a> {
    /// One of those who keep things, whatever case they come from.
    Keeper,
    /// One of the staff who sees the case that it comes from.
    OfCase {
        /// Who.
        account: &'a Account,
        /// Whether they are shown there who the person is, and so what the thing is called.
        sees_names: bool,
        /// Whether they are shown there who else looked, and so what others did with it and want of it.
        sees_others: bool,
    },
    /// The person whose case that is.
    Person,
}

/// An event as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'e> {
    /// The event.
    pub event: &'e Event,
    /// Its words as far as they may be seen, by their fields.
    pub words: Vec<(Field, &'e str)>,
    /// Whether there are words that are not shown to them, and they are told so. The person is told of none.
    pub is_kept_back: bool,
    /// Whether there were words and nobody can read them any more.
    pub is_closed: bool,
}

/// Whether somebody keeps things: they see all that there are, and where each stands.
#[must_use]
pub fn is_keeper(account: &Account, staff: &Staff) -> bool {
    let standing = staff.who(account).filter(|standing| standing.is_confirmed());
    standing.is_some_and(|standing| KEEPERS.iter().any(|role| standing.has(*role)))
}

/// The events that somebody sees, in order.
#[must_use]
pub fn view<'e>(events: &'e [Event], viewer: Viewer<'_>) -> Vec<Entry<'e>> {
    let is_shown = |event: &&Event| match viewer {
        Viewer::Keeper => true,
        Viewer::OfCase { account, sees_others, .. } => {
            sees_others || event.by.as_ref() == Some(account) || !is_of_others(&event.what)
        }
        Viewer::Person => nature(&event.what) == Nature::Told,
    };
    events.iter().filter(is_shown).map(|event| entry(event, viewer)).collect()
}

/// Whether an event says what others did with it, or want of it.
fn is_of_others(what: &What) -> bool {
    matches!(what, What::Accessed { .. } | What::Copied { .. }) || nature(what) == Nature::OfOthers
}

fn entry<'e>(event: &'e Event, viewer: Viewer<'_>) -> Entry<'e> {
    let sees = match viewer {
        Viewer::Keeper => true,
        Viewer::OfCase { account, sees_names, .. } => {
            event.by.as_ref() == Some(account) || sees_names && names_it(&event.what)
        }
        Viewer::Person => false,
    };
    let is_staff = viewer != Viewer::Person;
    let words = match &event.private {
        Private::Words(words) if sees => fields(words),
        _ => Vec::new(),
    };
    Entry {
        event,
        words,
        is_kept_back: !sees && is_staff && matches!(event.private, Private::Words(_)),
        is_closed: is_staff && event.private == Private::Closed,
    }
}

/// Words that people read. Salts are none.
fn fields(words: &Words) -> Vec<(Field, &str)> {
    let read = Field::ALL.iter().filter(|field| **field != Field::Salt);
    read.filter_map(|field| Some((*field, words.get(*field)?))).collect()
}

/// Whether an event's words are what the thing is called and where it lies.
fn names_it(what: &What) -> bool {
    matches!(
        what,
        What::Received { .. }
            | What::ItemRecovered { .. }
            | What::Described { .. }
            | What::ItemDescribed { .. }
            | What::Moved
    )
}

/// Whether a person is told of such an event by their pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    /// What was done with it, and by whom.
    Told,
    /// Who wants it kept or passed on, and for what.
    OfOthers,
    /// How the office looks after it.
    Inner,
}

fn nature(what: &What) -> Nature {
    match what {
        What::Received { .. }
        | What::Recovered { .. }
        | What::ItemRecovered { .. }
        | What::Described { .. }
        | What::ItemDescribed { .. }
        | What::KindCorrected { .. }
        | What::FactLearned(_)
        | What::FactCorrected { .. }
        | What::Verified(_)
        | What::Accessed { .. }
        | What::Copied { .. }
        | What::DueNoted { .. }
        | What::Destroying { .. }
        | What::KeyErased { .. }
        | What::ItemDestroyed { .. }
        | What::Destroyed { .. }
        | What::CertificateLogged { .. }
        | What::DestructionReplayed { .. } => Nature::Told,
        What::TransferAsked { .. }
        | What::TransferApproved { .. }
        | What::Transferred { .. }
        | What::Asked { .. }
        | What::Answered { .. }
        | What::HoldLapsed { .. }
        | What::Held { .. }
        | What::HoldReviewed { .. }
        | What::ReleaseProposed { .. }
        | What::ReleaseApproved { .. }
        | What::Released { .. }
        | What::HoldReplayed { .. }
        // That it was stopped says that there is a hold.
        | What::DestructionStopped { .. } => Nature::OfOthers,
        What::KindNamed { .. }
        | What::FactNamed { .. }
        | What::Moved
        | What::DestructionProposed { .. }
        | What::DestructionApproved { .. }
        | What::ApprovalWithdrawn
        | What::ApprovalsVoided
        | What::ObjectGone { .. }
        | What::Swept { .. }
        | What::Missing { .. }
        | What::Found { .. }
        | What::Rotten { .. }
        | What::Repaired { .. } => Nature::Inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::{Authority, How, Purpose};
    use crate::hex::{HoldId, ThingId};
    use crate::moment::Clock;

    fn event(number: u64, by: Option<&str>, what: What, words: Words) -> Event {
        Event {
            thing: ThingId([7; 16]),
            number,
            at_micros: 0,
            clocks: vec![Clock::Local],
            behind_micros: None,
            by: by.map(|by| by.parse().unwrap()),
            what,
            private: words.into(),
        }
    }

    #[test]
    fn each_sees_what_is_theirs() {
        let held =
            What::Held { hold: HoldId([1; 16]), authority: Authority::Police, review_by: None, cited: Vec::new() };
        let heard =
            What::Accessed { how: How::Listened, purpose: Purpose::Complaint, range_ms: None, range_bytes: None };
        let reference = Words { reference: Some("C-1".to_owned()), salt: Some("00".to_owned()), ..Words::default() };
        let events = [
            event(1, Some("lea"), held, Words::reason("a letter of theirs")),
            event(2, Some("dan"), heard, reference),
            event(3, None, What::Missing { store: "first".parse().unwrap() }, Words::default()),
        ];
        let shown = |viewer| {
            let entries = view(&events, viewer);
            entries.iter().map(|one| (one.event.number, one.words.len(), one.is_kept_back)).collect::<Vec<_>>()
        };
        let (dan, lea) = ("dan".parse().unwrap(), "lea".parse().unwrap());
        let of = |account, sees_others| Viewer::OfCase { account, sees_names: false, sees_others };
        assert_eq!(shown(Viewer::Keeper), [(1, 1, false), (2, 1, false), (3, 0, false)]);
        assert_eq!(shown(of(&dan, true)), [(1, 0, true), (2, 1, false), (3, 0, false)]);
        assert_eq!(shown(of(&lea, true)), [(1, 1, false), (2, 0, true), (3, 0, false)]);
        // What others did is theirs who see in the case who looked.
        assert_eq!(shown(of(&dan, false)), [(2, 1, false), (3, 0, false)]);
        // Neither that somebody wants it kept, nor what for.
        assert_eq!(shown(Viewer::Person), [(2, 0, false)]);
    }
}

//! What is to be done about a thing when a program starts, after a crash or over restored events, before anything is served.
//!
//! The keyring is never restored with the rest, and it is written before a hold's event and after a release's: so it knows of every hold and every
//! erasure. Not here: doing it. Invariants: a hold that either side knows to stand stands; an erased key is never taken for a kept one; nothing
//! approved before a restore counts after it; no word about a destruction ends a hold; a disc or tape that somebody said is destroyed is not kept again.

use std::collections::BTreeSet;

use super::command::Command;
use super::thing::{Phase, Thing};
use super::word::Medium;
use super::words::Words;
use crate::hex::{Digest, HoldId};
use crate::name::Name;

/// What the keyring knows of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The object and its sealed length, where there is one.
    pub object: Option<(Digest, u64)>,
    /// The disc or tape, where it is one.
    pub item: Option<KnownItem>,
    /// The holds that stand.
    pub holds: BTreeSet<HoldId>,
    /// When the key was erased, if it is.
    pub erased_at_micros: Option<i64>,
    /// The digest of what was destroyed, if the keyring has it.
    pub subject: Option<Digest>,
    /// The certificate, if there is one.
    pub certificate: Option<Digest>,
    /// How many copies of the keyring there are.
    pub copies: u32,
}

/// What the keyring knows of a disc or tape, so that no backup is needed to find it on its shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownItem {
    /// What it is.
    pub medium: Medium,
    /// The digest of its label.
    pub label: Digest,
    /// The id of the recording that it is a copy of, if it is one.
    pub recording: Option<Digest>,
    /// Title, label and place.
    pub words: Words,
    /// When somebody said that it is destroyed, if they did.
    pub destroyed_at_micros: Option<i64>,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Commands of the program, in this order.
    pub commands: Vec<Command>,
    /// Holds that the keyring has to take again.
    pub to_hold: Vec<HoldId>,
    /// Holds that the keyring has to let go: the events know how they ended.
    pub to_let_go: Vec<HoldId>,
    /// Whether the keyring has to erase the key, because the events say it did.
    pub to_erase: bool,
    /// Holds that stand in the keyring, which keeps the key, while the events say that it is erased and not how these ended: one of both was
    /// changed by somebody. Then nothing else is to be done.
    pub denied: Vec<HoldId>,
}

impl Thing {
    /// What is to be done so that events and keyring agree. `is_restored` says that events or objects came out of a backup since the
    /// program last ran; `stores` and `places` are where what is destroyed must go from.
    #[must_use]
    pub fn replay(&self, known: &Known, is_restored: bool, stores: &[Name], places: &[Name]) -> Replay {
        match known.erased_at_micros {
            Some(erased_at_micros) => self.replay_erased(known, erased_at_micros, is_restored, stores, places),
            None => match known.item.as_ref().and_then(|item| item.destroyed_at_micros) {
                Some(at_micros) if self.has_item_back(is_restored) => replay_item(known, at_micros, places),
                _ => self.replay_kept(known, is_restored),
            },
        }
    }

    /// Whether the events speak of a disc or tape as kept that somebody has destroyed since.
    fn has_item_back(&self, is_restored: bool) -> bool {
        let is_noted = self.destruction.as_ref().is_some_and(|destruction| destruction.is_item_destroyed);
        !is_noted && (is_restored || self.phase != Phase::Destroying)
    }

    fn replay_erased(
        &self,
        known: &Known,
        erased_at_micros: i64,
        is_restored: bool,
        stores: &[Name],
        places: &[Name],
    ) -> Replay {
        let (stores, places) = (stores.to_vec(), places.to_vec());
        let (subject, certificate) = (known.subject, known.certificate);
        let again = Command::ReplayDestruction { erased_at_micros, subject, certificate, stores, places };
        let command = match (self.phase, &self.destruction) {
            _ if is_restored => Some(again),
            (Phase::Absent | Phase::Kept, _) | (_, None) => Some(again),
            (_, Some(destruction)) if destruction.is_key_erased => None,
            _ => Some(Command::EraseKey { copies: known.copies }),
        };
        Replay { commands: command.into_iter().collect(), ..Replay::default() }
    }

    fn replay_kept(&self, known: &Known, is_restored: bool) -> Replay {
        let mut replay = Replay::default();
        if self.destruction.as_ref().is_some_and(|destruction| destruction.is_key_erased) {
            // An older keyring was put back, or somebody wrote events: no destruction ends a hold.
            replay.denied = known.holds.difference(&self.ended).copied().collect();
            if !replay.denied.is_empty() {
                return replay;
            }
            replay.to_let_go = known.holds.iter().copied().collect();
            replay.to_erase = true;
            return replay;
        }
        if let (Phase::Absent, Some((object, sealed_len_bytes))) = (self.phase, known.object) {
            replay.commands.push(Command::Recover { object, sealed_len_bytes });
        }
        if let (Phase::Absent, Some(item)) = (self.phase, &known.item) {
            let KnownItem { medium, label, recording, words, .. } = item.clone();
            replay.commands.push(Command::RecoverItem { medium, label, recording, words });
        }
        let is_noted = self.destruction.as_ref().is_some_and(|destruction| destruction.is_item_destroyed);
        if is_noted || known.item.as_ref().is_some_and(|item| item.destroyed_at_micros.is_some()) {
            // A hold whose event never came came too late: what it was to hold is gone.
            replay.to_let_go = known.holds.iter().copied().collect();
            return replay;
        }
        let unknown = known.holds.iter().filter(|hold| !self.holds.contains_key(hold));
        let (ended, lost): (Vec<HoldId>, Vec<HoldId>) = unknown.partition(|hold| self.used.contains(hold));
        replay.to_let_go = ended;
        replay.commands.extend(lost.into_iter().map(|hold| Command::ReplayHold { hold }));
        replay.to_hold = self.holds.keys().filter(|hold| !known.holds.contains(hold)).copied().collect();
        if is_restored && self.phase != Phase::Absent {
            replay.commands.insert(0, Command::VoidApprovals);
        }
        replay
    }
}

/// What is on no shelf any more is not kept again; its key, and with it the words about it, goes too.
fn replay_item(known: &Known, at_micros: i64, places: &[Name]) -> Replay {
    let (subject, certificate) = (known.subject, known.certificate);
    let (stores, places) = (Vec::new(), places.to_vec());
    let again = Command::ReplayDestruction { erased_at_micros: at_micros, subject, certificate, stores, places };
    let to_let_go = known.holds.iter().copied().collect();
    Replay { commands: vec![again], to_let_go, to_erase: true, ..Replay::default() }
}

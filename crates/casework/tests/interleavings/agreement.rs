//! That events, keyring, store and what an observer saw agree, also when another version of the program reads them.
//!
//! Not here: what happens in the world.
//! Invariant: nothing is changed but for the round through stored bytes.

use std::collections::BTreeSet;

use casework::HoldId;
use casework::custody::{Event, Phase, Thing};

use super::World;

impl World {
    /// Another version of the program reads what this one stored, some of it without the key.
    pub(super) fn upgrade(&mut self) {
        self.counts.upgrades += 1;
        let is_erased = self.keyring.erased_at.is_some();
        let read = |event: &Event| {
            let (clear, private) = event.split();
            let private = if is_erased { None } else { private };
            let joined = Event::join(&clear, private.as_deref()).unwrap();
            assert_eq!(joined.split().0, clear);
            assert!(is_erased || joined == *event);
            joined
        };
        let events: Vec<Event> = self.events.iter().map(read).collect();
        let thing = Thing::from_events(self.thing.id(), &events).unwrap();
        assert_eq!(thing, self.thing, "read back it is another thing");
        (self.events, self.thing) = (events, thing);
    }

    /// Events, keyring, store and the world agree.
    pub(super) fn check(&self) {
        let standing: BTreeSet<HoldId> = self.thing.holds().keys().copied().collect();
        assert_eq!(standing, self.keyring.holds, "keyring and events disagree about holds");
        if !self.observer.holds.is_empty() {
            assert_eq!(self.keyring.erased_at, None, "the key of a held thing is erased");
            assert!(self.observer.holds.is_subset(&standing), "a hold is forgotten");
        }
        if self.keyring.erased_at.is_some() {
            let phase = self.thing.phase();
            assert!(matches!(phase, Phase::Destroying | Phase::Destroyed), "what was destroyed is {phase:?} again");
        }
        let said = self.keyring.item.as_ref().and_then(|item| item.destroyed_at_micros);
        if said.is_some() {
            let phase = self.thing.phase();
            assert!(matches!(phase, Phase::Destroying | Phase::Destroyed), "a shredded disc is {phase:?} again");
        }
        if self.thing.phase() == Phase::Destroyed {
            assert!(self.keyring.erased_at.is_some() && !self.has_object, "certified and not gone");
        }
    }
}

//! Every thing at a glance, for a list: read once, and then again only where events came to it.
//!
//! Not what a list shows of them. Invariants: nothing is decided by this; which things there are, and how far each has come, is asked of the events each time; one that is not believed is
//! counted, and keeps nobody from the others.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use casework::ThingId;
use casework::custody::Thing;

use super::Office;
use crate::error::Result;

/// Things as they were after so many events.
pub(super) type Glances = BTreeMap<ThingId, (u64, Arc<Thing>)>;

/// All that there are.
pub(crate) struct Overview {
    pub(crate) things: Vec<Arc<Thing>>,
    /// How many could not be read.
    pub(crate) unbelieved: u64,
}

impl Office {
    /// Every thing now.
    pub(crate) async fn overview(&self) -> Result<Overview> {
        let ends = self.ends_of_things().await?;
        // A copy of what points to them: whoever asks at the same time, or goes away meanwhile, takes nothing from others.
        let mut known = self.seen.glances.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut overview = Overview { things: Vec::with_capacity(ends.len()), unbelieved: 0 };
        let mut glances = Glances::new();
        for (id, end) in ends {
            let thing = match known.remove(&id) {
                Some((position, thing)) if position == end => thing,
                _ => match self.thing(id).await {
                    Ok(thing) => Arc::new(thing),
                    Err(error) if error.is_of_row() => {
                        overview.unbelieved += 1;
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            glances.insert(id, (thing.number(), Arc::clone(&thing)));
            overview.things.push(thing);
        }
        *self.seen.glances.lock().unwrap_or_else(PoisonError::into_inner) = glances;
        Ok(overview)
    }
}

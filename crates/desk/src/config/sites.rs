//! Where meetings are held: the offices of `office.toml`, and their rooms.
//!
//! Not who holds them (`casework::staff`). Invariants: each office, and each room within its office, has one name, by which events call it for ever; titles are for
//! people and may change.

use std::collections::BTreeSet;

use casework::Name;
use schemars::JsonSchema;
use seal::certificate::is_words;
use serde::{Deserialize, Serialize};

use super::recorders::{self, RecorderConfig};
use crate::text::visible;

/// One office.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteConfig {
    /// What events call it, for ever.
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: String,
    /// One for each room of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rooms: Vec<RoomConfig>,
}

/// A room in which meetings are held.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoomConfig {
    /// What events call it, for ever.
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: String,
    /// Whether nobody else is heard there.
    pub(crate) private: bool,
    /// What records there, on this machine. None where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recorder: Option<RecorderConfig>,
}

/// What is wrong with them, and what to do.
pub(super) fn fault(sites: &[SiteConfig]) -> Option<(String, &'static str)> {
    const NAME: &str = "1 to 64 of a-z, 0-9, `.`, `-`, `_` and `@`, and no two alike";
    const TITLE: &str = "1 to 200 bytes in one line";
    let mut offices = BTreeSet::new();
    for site in sites {
        if site.name.parse::<Name>().is_err() || !offices.insert(&site.name) {
            return Some((format!("offices.name: \"{}\" is not a name of its own", visible(&site.name)), NAME));
        }
        if !is_words(&site.title) {
            return Some((format!("offices.title: that of {} is not one", site.name), TITLE));
        }
        let mut rooms = BTreeSet::new();
        for room in &site.rooms {
            if room.name.parse::<Name>().is_err() || !rooms.insert(&room.name) {
                let what = format!(
                    "offices.rooms.name: \"{}\" of {} is not a name of its own",
                    visible(&room.name),
                    site.name
                );
                return Some((what, NAME));
            }
            if !is_words(&room.title) {
                return Some((
                    format!("offices.rooms.title: that of {} in {} is not one", room.name, site.name),
                    TITLE,
                ));
            }
        }
    }
    recorders::fault(sites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_their_own() {
        let room = |name: &str| RoomConfig { name: name.into(), title: "Room".into(), private: true, recorder: None };
        let site = |name: &str, rooms: &[&str]| SiteConfig {
            name: name.into(),
            title: "Office".into(),
            rooms: rooms.iter().map(|name| room(name)).collect(),
        };
        for (sites, said) in [
            (vec![site("north", &["one", "two"]), site("south", &["one"])], None),
            (vec![site("North Street", &[])], Some("offices.name: \"North Street\" is not a name of its own")),
            (vec![site("north", &[]), site("north", &[])], Some("offices.name: \"north\" is not a name of its own")),
            (
                vec![site("north", &["one", "one"])],
                Some("offices.rooms.name: \"one\" of north is not a name of its own"),
            ),
            (
                vec![SiteConfig { title: "\n".into(), ..site("north", &[]) }],
                Some("offices.title: that of north is not one"),
            ),
        ] {
            assert_eq!(fault(&sites).map(|(what, _)| what).as_deref(), said);
        }
    }
}

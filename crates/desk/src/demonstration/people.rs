//! Who and where, in a demonstration: two offices, five rooms, a dozen staff, and the persons whose matters the cases are.
//!
//! Not anybody who lives: names are those of examples, telephone numbers those that Ofcom keeps free for drama, and addresses end in example.org. Invariant: every role is
//! somebody's, and no one person has two that have to agree.

use casework::Role;

use crate::config::recorders::RecorderConfig;
use crate::config::sites::{RoomConfig, SiteConfig};

pub(super) const NORTH: &str = "north";
pub(super) const SOUTH: &str = "south";

pub(super) const ADA: &str = "ada.example";
pub(super) const BEN: &str = "ben.example";
pub(super) const TESS: &str = "tess.example";
pub(super) const THEO: &str = "theo.example";
pub(super) const INES: &str = "ines.example";
pub(super) const IVAN: &str = "ivan.example";
pub(super) const IRIS: &str = "iris.example";
pub(super) const AVERY: &str = "avery.example";
pub(super) const REMY: &str = "remy.example";
pub(super) const IMOGEN: &str = "imogen.example";
pub(super) const PIP: &str = "pip.example";
pub(super) const AUDREY: &str = "audrey.example";

/// The staff: account and role. The first two are made before there is anybody else.
pub(super) const STAFF: [(&str, Role); 12] = [
    (ADA, Role::Administrator),
    (BEN, Role::Administrator),
    (TESS, Role::TeamLeader),
    (THEO, Role::TeamLeader),
    (INES, Role::Interviewer),
    (IVAN, Role::Interviewer),
    (IRIS, Role::Interviewer),
    (AVERY, Role::Adviser),
    (REMY, Role::RecordsOfficer),
    (IMOGEN, Role::InformationRightsOfficer),
    (PIP, Role::PrivacyOfficer),
    (AUDREY, Role::Auditor),
];

/// What staff numbers of a demonstration begin with.
pub(super) const FIRST_NUMBER: u32 = 9001;

/// Whoever answers for those who hold a meeting.
pub(super) fn leader_of(account: &str) -> &'static str {
    if account == IRIS || account == THEO { THEO } else { TESS }
}

/// What the bundled interview is called beside the office's folder, and the folder there in which recorders write.
pub(super) const INTERVIEW: &str = "interview.flac";
pub(super) const ROOMS: &str = "rooms";

/// A recorder of that sound. Paths are from the office's folder.
fn recorder(room: &str, input: &str) -> RecorderConfig {
    let folder = |name: &str| format!("../{ROOMS}/{room}/{name}").into();
    let [office_copy, person_copy, state] = ["office-copies", "person-copies", "state"].map(folder);
    let (program, log, log_token, trust) = (None, None, None, None);
    RecorderConfig { program, input: input.into(), office_copy, person_copy, state, log, log_token, trust }
}

/// The offices, as `office.toml` has them. What is told of happened in rooms without a recorder; the two that have one wait for whoever looks around.
pub(super) fn sites() -> Vec<SiteConfig> {
    let room = |name: &str, title: &str, private: bool| RoomConfig {
        name: name.into(),
        title: title.into(),
        private,
        recorder: None,
    };
    let hears = |site: &str, room: RoomConfig, input: &str| RoomConfig {
        recorder: Some(recorder(&format!("{site}-{}", room.name), input)),
        ..room
    };
    vec![
        SiteConfig {
            name: NORTH.into(),
            title: "North Street (example)".into(),
            rooms: vec![
                room("room-1", "Room 1", true),
                hears(NORTH, room("room-2", "Room 2", true), &format!("../{INTERVIEW}")),
                room("open-desks", "Open desks, where others are heard", false),
            ],
        },
        SiteConfig {
            name: SOUTH.into(),
            title: "South Quay (example)".into(),
            rooms: vec![
                room("room-1", "Room 1", true),
                hears(SOUTH, room("room-2", "Room 2, ground floor", true), "mic"),
            ],
        },
    ]
}

const FIRST_NAMES: [&str; 10] = ["Jo", "Sam", "Kit", "Lou", "Max", "Pat", "Robin", "Sandy", "Terry", "Val"];
const SURNAMES: [&str; 3] = ["Example", "Sample", "Specimen"];

/// A person's name and how to reach them, by number.
pub(super) fn person(number: usize) -> (String, String) {
    let (first, last) = (FIRST_NAMES[number % 10], SURNAMES[number / 10 % 3]);
    let address = format!("{}.{}@example.org", first.to_lowercase(), last.to_lowercase());
    // 07700 900000 to 900999 and 020 7946 0000 to 0999 are never given to anybody.
    let telephone = match number % 2 {
        0 => format!("07700 900{:03}", 100 + number),
        _ => format!("020 7946 0{:03}", 100 + number),
    };
    (format!("{first} {last}"), format!("{telephone}, {address}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_role_is_somebodys_and_names_are_their_own() {
        let roles: BTreeSet<Role> = STAFF.iter().map(|(_, role)| *role).collect();
        assert_eq!(roles.len(), Role::ALL.len());
        let persons: BTreeSet<_> = (0..30).map(person).collect();
        assert_eq!(persons.len(), 30);
        assert!(persons.iter().all(|(_, contact)| contact.contains("07700 900") || contact.contains("020 7946 0")));
        assert_eq!(sites().iter().map(|site| site.rooms.len()).sum::<usize>(), 5);
    }
}

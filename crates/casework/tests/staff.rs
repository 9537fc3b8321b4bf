//! People and roles: who may enrol, confirm, give and take, as a table of short lives.
//!
//! Not here: what a role may do to a thing (`matrix.rs`).
//! A line is `actor command account [role] -> outcome`; `-` is whoever sets the system up.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use casework::staff::{Command, Event, Staff, decide};
use casework::{Account, PublicKey, Refusal, Role};
use support::{DAY, START, account, agreed, public_key};

/// Carries a life out, line by line, and returns it.
fn life(lines: &str) -> Staff {
    let mut staff = Staff::new();
    let mut events: Vec<Event> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (said, expected) = line.split_once(" -> ").unwrap();
        let mut words = said.split(' ');
        let (by, verb, of) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let role = |words: &mut dyn Iterator<Item = &str>| words.next().unwrap().parse::<Role>().unwrap();
        let command = match verb {
            // A person is the account's first letter; the key is the account's.
            "enrol" => Command::Enrol {
                account: account(of),
                person: format!("p-{}", &of[..1]).parse().unwrap(),
                key: public_key(words.next().unwrap_or(of)),
            },
            "confirm" => Command::Confirm { account: account(of) },
            "grant" => Command::Grant { account: account(of), role: role(&mut words) },
            "revoke" => Command::Revoke { account: account(of), role: role(&mut words) },
            "leave" => Command::Leave { account: account(of) },
            other => panic!("{other}"),
        };
        let by: Option<Account> = (by != "-").then(|| account(by));
        let result = decide(&staff, &command, by.as_ref(), &agreed(START));
        let outcome = match &result {
            Ok(events) => {
                let what = format!("{:?}", events[0].what);
                what.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
            }
            Err(why) => format!("{why:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned(),
        };
        assert_eq!(outcome, expected, "{line}");
        for event in result.unwrap_or_default() {
            staff.apply(&event).unwrap();
            events.push(Event::parse(&event.bytes()).unwrap());
        }
    }
    assert_eq!(Staff::from_events(&events).unwrap(), staff);
    staff
}

const FOUNDED: &str = "
    - enrol a1 -> Enrolled
    - enrol b1 -> Enrolled
    a1 confirm b1 -> Confirmed
    b1 confirm a1 -> Confirmed
    a1 grant a1 administrator -> GrantProposed
    b1 grant a1 administrator -> Granted
    a1 grant b1 administrator -> GrantProposed
    b1 grant b1 administrator -> Granted
";

#[test]
fn the_first_two_confirm_each_other_and_nobody_else_does_anything_before() {
    life(
        "
        - enrol a1 -> Enrolled
        a1 enrol b1 -> NotFounded
        - enrol a2 -> Enrolled
        a1 confirm a2 -> SamePerson
        a1 confirm a1 -> SamePerson
        a1 grant a1 administrator -> NotConfirmed
        - confirm a1 -> NeedsPerson
        - enrol b1 -> Enrolled
        - enrol c1 -> NotFounded
        b1 confirm a1 -> Confirmed
        a1 grant a1 administrator -> NotConfirmed
        a1 confirm b1 -> Confirmed
        - enrol c1 -> NeedsPerson
        a1 enrol c1 -> NotYours
        a2 grant a1 administrator -> NotConfirmed
        a1 grant c1 administrator -> NoAccount
        a1 grant a1 records-officer -> NotYours
        a1 grant a1 administrator -> GrantProposed
        a1 grant a1 administrator -> SamePerson
        b1 grant a1 administrator -> Granted
    ",
    );
}

#[test]
fn an_account_needs_two_people_and_is_never_used_again() {
    life(&format!(
        "{FOUNDED}
        a1 enrol c1 -> Enrolled
        a1 enrol c1 -> AccountExists
        a1 enrol d1 c1 -> KeyInUse
        a1 confirm c1 -> SamePerson
        c1 confirm c1 -> NotConfirmed
        a1 enrol a2 -> Enrolled
        b1 confirm a2 -> Confirmed
        a2 confirm c1 -> SamePerson
        b1 confirm c1 -> Confirmed
        b1 confirm c1 -> AlreadySo
        c1 enrol d1 -> NotYours
        c1 leave a1 -> NotYours
        c1 leave c1 -> Left
        a1 leave c1 -> AlreadySo
        a1 enrol c1 -> AccountExists
        b1 confirm c1 -> HasLeft
        a1 grant c1 adviser -> NotConfirmed
        c1 enrol d1 -> NotConfirmed
    "
    ));
}

#[test]
fn a_role_needs_two_people_and_is_taken_by_one() {
    let staff = life(&format!(
        "{FOUNDED}
        a1 enrol c1 -> Enrolled
        b1 confirm c1 -> Confirmed
        a1 enrol a2 -> Enrolled
        b1 confirm a2 -> Confirmed
        a1 grant a2 administrator -> GrantProposed
        b1 grant a2 administrator -> Granted
        a1 grant c1 records-officer -> GrantProposed
        a2 grant c1 records-officer -> SamePerson
        c1 grant c1 records-officer -> NotYours
        b1 grant c1 records-officer -> Granted
        b1 grant c1 records-officer -> AlreadySo
        c1 revoke a1 administrator -> NotYours
        c1 revoke c1 records-officer -> Revoked
        a1 revoke c1 records-officer -> AlreadySo
        a1 grant c1 auditor -> GrantProposed
        b1 revoke c1 auditor -> AlreadySo
        b1 revoke a1 administrator -> Revoked
        b1 grant c1 auditor -> GrantProposed
        a2 grant c1 auditor -> Granted
    "
    ));
    // A proposal by somebody who lost the right since counts for nothing: it was proposed anew above.
    assert!(staff.who(&account("c1")).unwrap().has(Role::Auditor));
    assert!(!staff.who(&account("c1")).unwrap().has(Role::RecordsOfficer));
}

#[test]
fn an_office_that_lost_its_administrators_makes_new_ones_by_two() {
    life(&format!(
        "{FOUNDED}
        a1 enrol c1 -> Enrolled
        b1 confirm c1 -> Confirmed
        c1 grant c1 administrator -> NotYours
        b1 leave b1 -> Left
        a1 grant c1 adviser -> GrantProposed
        c1 grant c1 adviser -> NotYours
        a1 grant c1 administrator -> GrantProposed
        c1 grant c1 administrator -> Granted
        c1 grant c1 adviser -> Granted
    "
    ));
}

#[test]
fn two_people_always_stay() {
    let founded = format!(
        "{FOUNDED}
    a1 leave b1 -> TooFewPeople
    b1 leave b1 -> TooFewPeople
    a1 enrol a2 -> Enrolled
    b1 confirm a2 -> Confirmed
    a1 leave b1 -> TooFewPeople
    a2 leave a2 -> Left
    a1 enrol c1 -> Enrolled
    a1 leave b1 -> TooFewPeople
    a1 leave c1 -> Left
    a1 enrol d1 -> Enrolled
    b1 confirm d1 -> Confirmed
    a1 leave b1 -> Left
    a1 leave d1 -> TooFewPeople
    a1 leave a1 -> TooFewPeople"
    );
    life(&founded);
}

#[test]
fn a_role_taken_and_given_again_is_a_new_one() {
    let before = life(&format!("{FOUNDED} a1 grant b1 auditor -> GrantProposed\n b1 grant b1 auditor -> Granted"));
    let number = before.number();
    let mut staff = before;
    let mut act = |by: &str, command: Command| {
        let by = account(by);
        for event in decide(&staff, &command, Some(&by), &agreed(START)).unwrap() {
            staff.apply(&event).unwrap();
        }
        staff.who(&account("b1")).unwrap().clone()
    };
    let (of, role) = (account("b1"), Role::Auditor);
    assert!(act("a1", Command::Grant { account: of.clone(), role: Role::Adviser }).has_had(&[role], number));
    assert!(!act("a1", Command::Revoke { account: of.clone(), role }).has_had(&[role], number));
    act("a1", Command::Grant { account: of.clone(), role });
    let again = act("b1", Command::Grant { account: of, role });
    assert!(again.has(role) && !again.has_had(&[role], number) && again.has_had(&[role], number + 4));
}

#[test]
fn keys_that_verify_anything_are_no_keys() {
    let zero = [0_u8; 32];
    let mut one = [0_u8; 32];
    one[0] = 1;
    for key in [zero, one, [0xff; 32]] {
        let enrol = Command::Enrol { account: account("a1"), person: "p".parse().unwrap(), key: PublicKey(key) };
        assert_eq!(decide(&Staff::new(), &enrol, None, &agreed(START)), Err(Refusal::BadKey));
    }
}

#[test]
fn a_clock_that_is_behind_is_marked() {
    let staff = life(FOUNDED);
    let command = Command::Revoke { account: account("a1"), role: Role::Administrator };
    let event = |at: i64| decide(&staff, &command, Some(&account("a1")), &agreed(at)).unwrap().remove(0);
    assert_eq!(event(START - 2 * DAY).behind_micros, Some(2 * DAY));
    assert_eq!(event(START - 60_000_000).behind_micros, None);
}

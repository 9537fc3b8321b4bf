//! Every command in every state, and every role with every command: each cell is declared here and held against the crate.
//!
//! Not here: sequences (`interleavings.rs`), reasons and times in detail (`custody.rs`).
//! Invariant: a command without a row, or a row without a command, fails.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use casework::custody::{Deed, ROWS};
use casework::{Refusal, Role};
use support::states::{someone, states};
use support::{Case, account, commands, hold_id, noon};

/// A word for what becomes of it: `+`, or the refusal's name.
fn outcome(result: &Result<Vec<casework::custody::Event>, Refusal>) -> String {
    match result {
        Ok(_) => "+".to_owned(),
        Err(refusal) => {
            let debug = format!("{refusal:?}");
            debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn every_command_in_every_state() {
    let mut found = vec![format!("deed {}", states().iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(" "))];
    for deed in Deed::ALL {
        let cell = |(_, case, day): &(&str, Case, &str)| {
            let command = &commands(case, hold_id(1), hold_id(2))[deed];
            outcome(&case.clone().act(someone(*deed), command, &noon(day)))
        };
        found.push(format!("{deed} {}", states().iter().map(cell).collect::<Vec<_>>().join(" ")));
    }
    compare(&found, include_str!("matrix/states.txt"));
}

#[test]
fn every_role_with_every_command() {
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut found = vec![format!("deed {} program", roles.join(" "))];
    for deed in Deed::ALL {
        let may = |who: &str, office: &Case| {
            let command = &commands(office, hold_id(1), hold_id(2))[deed];
            let result = office.clone().act(who, command, &noon("2026-08-01"));
            let refused =
                matches!(result, Err(Refusal::NotYours { .. } | Refusal::ProgramOnly { .. } | Refusal::NeedsPerson));
            if refused { "." } else { "+" }
        };
        let mut cells = Vec::new();
        for role in Role::ALL {
            let mut case = Case::kept();
            for other in Role::ALL {
                if case.office.staff.who(&account("dan")).unwrap().has(other) && other != role {
                    case.office.revoke("dan", other);
                }
            }
            if role != Role::Interviewer {
                case.office.grant("dan", role);
            }
            cells.push(may("dan", &case));
        }
        cells.push(may("", &Case::kept()));
        found.push(format!("{deed} {}", cells.join(" ")));
    }
    compare(&found, include_str!("matrix/roles.txt"));
}

#[test]
fn nobody_without_a_confirmed_account_does_anything() {
    for deed in Deed::ALL {
        let mut case = Case::kept();
        case.office
            .act(&casework::staff::Command::Leave { account: account("cat") }, Some("sys"), &noon("2026-07-02"))
            .unwrap();
        let command = commands(&case, hold_id(1), hold_id(2))[deed].clone();
        assert_eq!(outcome(&case.act("cat", &command, &noon("2026-08-01"))), "NotConfirmed", "{deed}");
        assert_eq!(outcome(&case.act("nobody", &command, &noon("2026-08-01"))), "NoAccount", "{deed}");
    }
}

#[test]
fn every_deed_has_one_row() {
    for deed in Deed::ALL {
        assert_eq!(ROWS.iter().filter(|row| row.deed == *deed).count(), 1, "{deed}");
    }
    for row in ROWS {
        let content = matches!(row.deed, Deed::Access | Deed::Copy | Deed::Transfer);
        for role in [Role::Auditor, Role::Administrator] {
            assert!(!content || !row.roles.contains(&role), "{role} gets at content by {}", row.deed);
        }
        assert!(row.program || !row.roles.is_empty(), "{} can be done by nobody", row.deed);
    }
}

/// Rows of words, however far apart.
fn compare(found: &[String], declared: &str) {
    let declared: Vec<String> =
        declared.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let wrong: Vec<String> = found
        .iter()
        .zip(declared.iter().map(Some).chain(std::iter::repeat(None)))
        .filter(|(found, declared)| Some(*found) != *declared)
        .map(|(found, declared)| format!("declared: {declared:?}\n   found: {found}"))
        .collect();
    assert!(wrong.is_empty() && found.len() == declared.len(), "{}", wrong.join("\n"));
}

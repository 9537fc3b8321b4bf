//! Every deed in every state of a case, and every role with every deed: each cell is declared here and held against the crate.
//!
//! Not sequences (`lives.rs`), nor reasons in detail (`refusals.rs`).
//! Invariant: a deed without a row, or a row without a deed, fails.

use casework::Role;
use casework::case::{Because, Command, Deed, Outcome, ROWS, Refusal};
use rules::Meeting;

use crate::world::{DAY, HOUR, Matter, by_office, commands, word, words};

/// A case in each state.
fn states() -> Vec<(&'static str, Matter)> {
    let planned = || Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    let asked = || {
        let mut matter = planned();
        matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
        matter
    };
    let mut accepted = asked();
    accepted.ok("dan", &accepted.like(Deed::Accept));
    let mut offered = asked();
    offered.ok("dan", &commands(Deed::Offer));
    let mut paused = asked().begun();
    paused.ok("dan", &commands(Deed::Pause));
    let mut stopped = asked().begun();
    stopped.ok("dan", &commands(Deed::StopRecording));
    let mut copied = asked().ended();
    copied.ok("dan", &commands(Deed::MakeCopies));
    let mut cancelled = planned();
    cancelled.ok("dan", &commands(Deed::Close));
    cancelled.now += HOUR;
    let mut withdrawn = asked();
    withdrawn.ok("person", &withdrawn.like(Deed::Withdraw));
    let mut gone_on = stopped.clone();
    gone_on.ok("person", &commands(Deed::GoOn));
    let mut overdue = asked();
    overdue.now += 12 * DAY;
    overdue.ok("program", &Command::NoteOverdue);
    let mut whole = asked().handed_over();
    whole.ok("dan", &Command::Close { outcome: Outcome::Recorded, words: words() });
    let mut noted = planned();
    noted.ok("dan", &commands(Deed::Cancel));
    vec![
        ("absent", Matter::new("2026-07-01 12:00")),
        ("planned", planned()),
        ("asked", asked()),
        ("offered", offered),
        ("accepted", accepted),
        ("ready", asked().ready()),
        ("begun", asked().begun()),
        ("paused", paused),
        ("stopped", stopped),
        ("ended", asked().ended()),
        ("copied", copied),
        ("handed-over", asked().handed_over()),
        ("closed", cancelled),
        ("withdrawn", withdrawn),
        ("gone-on", gone_on),
        ("overdue", overdue),
        ("recorded", whole),
        ("noted", noted),
    ]
}

/// Somebody who may.
fn someone(deed: Deed) -> &'static str {
    match deed {
        Deed::DecideAdjustment => "ada",
        Deed::Swap
        | Deed::ApproveRefusal
        | Deed::CorrectOutcome
        | Deed::Acknowledge
        | Deed::UndoStart
        | Deed::Reopen
        | Deed::Confirm => "lea",
        Deed::NoteOverdue => "program",
        Deed::ReviewGlass => "bob",
        _ => "dan",
    }
}

fn outcome(result: &Result<Vec<casework::case::Event>, Refusal>) -> String {
    result.as_ref().map_or_else(word, |_| "+".to_owned())
}

#[test]
fn every_deed_in_every_state() {
    let states = states();
    let mut found = vec![format!("deed {}", states.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" "))];
    for deed in Deed::ALL {
        let cells = states.iter().map(|(_, matter)| outcome(&matter.clone().act(someone(*deed), &matter.like(*deed))));
        found.push(format!("{deed} {}", cells.collect::<Vec<_>>().join(" ")));
    }
    compare(&found, include_str!("states.txt"));
}

#[test]
fn every_role_with_every_deed() {
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut found = vec![format!("deed {} person program", roles.join(" "))];
    for deed in Deed::ALL {
        let may = |by: &str, matter: &Matter| {
            let refused = matches!(
                matter.clone().act(by, &commands(*deed)),
                Err(Refusal::NotYours { .. }
                    | Refusal::NotYourCase { .. }
                    | Refusal::ProgramOnly { .. }
                    | Refusal::StaffOnly { .. }
                    | Refusal::Common(casework::Refusal::NeedsPerson))
            );
            !refused
        };
        let mut cells = Vec::new();
        for role in Role::ALL {
            // dan holds the meeting, lea does not: `own` is who may only where they hold it.
            let with = |who: &str| {
                let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
                matter.only(who, role);
                may(who, &matter)
            };
            cells.push(match (with("dan"), with("lea")) {
                (true, true) => "any",
                (true, false) => "own",
                (false, _) => ".",
            });
        }
        let matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
        cells.extend(["person", "program"].map(|by| if may(by, &matter) { "+" } else { "." }));
        found.push(format!("{deed} {}", cells.join(" ")));
    }
    compare(&found, include_str!("roles.txt"));
}

#[test]
fn every_deed_has_one_row() {
    for deed in Deed::ALL {
        assert_eq!(ROWS.iter().filter(|row| row.deed == *deed).count(), 1, "{deed}");
    }
    for row in ROWS {
        for role in [Role::Auditor, Role::Administrator] {
            assert!(!row.any.contains(&role) && !row.own.contains(&role), "{role} may do {}", row.deed);
        }
        assert!(row.program || !row.any.is_empty() || !row.own.is_empty(), "{} can be done by nobody", row.deed);
        assert!(!row.phases.is_empty());
    }
    let words: std::collections::BTreeSet<_> = Because::ALL.iter().map(|because| because.as_str()).collect();
    assert_eq!(words.len(), Because::ALL.len(), "each reason has a word of its own");
}

/// Rows of words, however far apart.
pub(crate) fn compare(found: &[String], declared: &str) {
    let declared: Vec<String> =
        declared.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(found.join("\n"), declared.join("\n"));
}

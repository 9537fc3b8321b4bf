//! The table is whole, and a command fills the form that makes it.
//!
//! Not wrong forms.
//! Invariant: a deed that people do and that has no form fails here by its name.

use casework::case::{Deed, ROWS as RIGHTS};
use pages::wording::Language;
use rules::{Device, Doing, Letter, Meeting, Side};

use super::chance::Chance;
use super::world::{World, again};
use crate::http::cases::deeds::{Listed, ROWS, filled, list, read, row};

#[test]
fn every_deed_that_people_do_has_one_form() {
    let is_done_by_people = |deed: Deed| {
        let right = RIGHTS.iter().find(|right| right.deed == deed).unwrap();
        right.person || !right.any.is_empty() || !right.own.is_empty()
    };
    for deed in Deed::ALL {
        let forms = ROWS.iter().filter(|row| row.deed == *deed).count();
        assert_eq!(forms, usize::from(is_done_by_people(*deed)), "{deed}: as many forms as it has");
    }
}

#[test]
fn the_names_of_a_form_are_each_one_fields() {
    for row in ROWS {
        let mut names: Vec<&str> = row.fields().map(|field| field.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{}: {names:?}", row.deed);
    }
}

#[test]
fn what_a_command_fills_is_read_as_that_command() {
    let world = World::new();
    let known = world.known();
    for row in ROWS {
        for seed in 0..200 {
            let command = Chance::new(seed).command(row.deed, &known);
            let form = again(&filled(&command, &known));
            let read = read(row.deed, &known, &form).unwrap_or_else(|wrong| panic!("{} {seed}: {wrong:?}", row.deed));
            // The words of a case are not printed by accident; here they have to be.
            let words = |command: &casework::case::Command| {
                filled(command, &known).into_iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>()
            };
            assert!(read == command, "{} {seed}: {:?} is not {:?}", row.deed, words(&read), words(&command));
        }
    }
}

#[test]
fn what_the_program_does_has_no_form() {
    let (world, deed) = (World::new(), Deed::NoteOverdue);
    assert!(row(deed).is_none());
    let wrong = read(deed, &world.known(), &again(&filled(&casework::case::Command::NoteOverdue, &world.known())));
    assert_eq!(wrong.unwrap_err()[0].1.as_str(), "This is done by the program alone");
}

/// The lists of `rules` may grow: each word has a label that is not the word itself.
#[test]
fn every_word_of_the_rules_has_a_label() {
    fn check<T: Listed>() {
        for one in list::<T>(Language::English) {
            assert_ne!(one.word, one.label.as_str(), "write its label");
        }
    }
    check::<Meeting>();
    check::<Side>();
    check::<Doing>();
    check::<Device>();
    check::<Letter>();
}

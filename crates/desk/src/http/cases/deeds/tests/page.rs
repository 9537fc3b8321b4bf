//! What a form's page is given: nothing typed is lost, and every field is a control of its kind.
//!
//! Not HTML.
//! Invariant: whatever was sent in a field of the form is in what its page shows.

use casework::case::Deed;
use pages::cases::{Control, Field, FormPage, Frame};
use pages::wording::Language;

use super::chance::Chance;
use super::world::{World, sent};
use crate::http::cases::deeds::{Known, ROWS, filled, read, row, shown};

/// The page of a deed, as its handler would make it.
fn page(deed: Deed, known: &Known<'_>, form: &crate::http::access::form::Form) -> String {
    let row = row(deed).unwrap();
    let frame = Frame { language: Language::English, main: Vec::new(), back: "/cases/1", token: "t" };
    let page = FormPage {
        frame,
        title: (row.title)(Language::English),
        of: None,
        about: row.about.map(|about| about(Language::English)),
        clauses: vec!["2.5 of Guidance".to_owned()],
        exactly: "",
        fields: shown(deed, known, form),
        unseen: Vec::new(),
        action: "/cases/1/deeds/x",
        wrong: read(deed, known, form).err().unwrap_or_default(),
    };
    page.html()
}

#[test]
fn what_was_typed_stands_in_the_page() {
    let world = World::new();
    let known = world.known();
    for row in ROWS {
        let names: Vec<String> = filled(&Chance::new(3).command(row.deed, &known), &known)
            .into_iter()
            .map(|(name, _)| name.clone())
            .collect();
        for control in shown(row.deed, &known, &sent([])) {
            let typed = "typed & <wrong>";
            let Field { name, control, .. } = control;
            let sent_as = match control {
                Control::Day(_) | Control::When(_) => format!("{name}-month"),
                // What is chosen is of the page, and what is not of it is chosen again.
                Control::OneOf { .. } | Control::SeveralOf { .. } | Control::Only(_) => continue,
                _ => name.to_owned(),
            };
            let html = page(row.deed, &known, &sent([(sent_as.as_str(), typed)]));
            assert!(html.contains("typed &amp; &lt;wrong&gt;"), "{} {name} {names:?}", row.deed);
        }
    }
}

#[test]
fn every_message_leads_to_a_control() {
    let world = World::new();
    let known = world.known();
    for row in ROWS {
        let html = page(row.deed, &known, &sent([]));
        for link in html.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
            assert!(html.contains(&format!("id=\"{link}\"")), "{}: #{link}", row.deed);
        }
    }
}

#[test]
fn what_there_is_one_of_is_not_asked() {
    let world = World::new();
    let control =
        |deed, form: &[(&str, &str)]| shown(deed, &world.known(), &sent(form.iter().copied())).remove(0).control;
    assert!(matches!(control(Deed::Accept, &[]), Control::Only(choice) if choice.value == "2"));
    assert!(matches!(control(Deed::Accept, &[("request", "9")]), Control::OneOf { chosen, .. } if chosen == "9"));
    let Control::OneOf { choices, .. } = control(Deed::Confirm, &[]) else { panic!("there are two") };
    let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "That they do not want the office to record (noted by dan)",
            "That they want no other time or office (noted by dan)"
        ]
    );
    let Control::Only(offer) = control(Deed::AnswerOffer, &[]) else { panic!("there is one") };
    assert_eq!(offer.label.as_str(), "10 July 2026 at 10:30, North Street");
}

#[test]
fn the_person_is_not_asked_how_they_said_so() {
    let world = World::new();
    let known = Known { by_person: true, ..world.known() };
    assert!(shown(Deed::OptOut, &known, &sent([])).iter().all(|field| field.name != "channel"));
}

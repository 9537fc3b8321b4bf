//! The pages of cases and of what is kept: one checker reads each page of a table of examples as a browser and somebody who listens to it would.
//!
//! Not what the words say.
//! Invariants: ids are unique and whatever is named by one is there; every control has a label; one first heading; text is text.

#![allow(clippy::unwrap_used, clippy::panic)]

mod examples;
mod kept;
mod reader;

use reader::Document;

const HOSTILE: &str = "<b class=x>&\"'</b>";

#[test]
fn every_page_is_sound() {
    for (name, html) in examples::all("c-2026-0001") {
        let faults = Document::read(&html).faults();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        // To be looked at: CASES_PAGES names a folder.
        if let Some(folder) = option_env!("CASES_PAGES") {
            examples::put(folder, name, &html);
        }
    }
}

#[test]
fn whatever_comes_in_is_text() {
    for (name, html) in examples::all(HOSTILE) {
        // Two pages show nothing that comes in.
        let is_shown = !["me-sent", "me-over"].contains(&name);
        assert!(!html.contains("<b class") && html.contains("&lt;b class") == is_shown, "{name}");
        let faults = Document::read(&html).faults();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn what_is_wrong_stands_in_the_summary_and_beside_its_field() {
    let (_, html) = examples::all("c").into_iter().find(|(name, _)| *name == "form-wrong").unwrap();
    for message in ["Enter the reason", "Select the office", "When it begins must include a year"] {
        assert_eq!(html.matches(message).count(), 2, "{message}");
    }
    // Also of what is not asked because there is only one.
    let (_, only) = examples::all("c").into_iter().find(|(name, _)| *name == "form-ask").unwrap();
    assert_eq!(only.matches("there is nothing in the case to select").count(), 2);
    assert!(html.contains("<title>Error: Move the appointment"), "the title says so first");
    assert!(html.contains("href=\"#starts-year\"") && html.contains("typed &lt;words&gt;"));
}

#[test]
fn somebody_elses_page_is_the_page_of_what_is_not_there() {
    let frame = pages::cases::Frame::default();
    assert_eq!(pages::cases::gone(&frame), pages::cases::gone(&frame));
    assert!(!pages::cases::gone(&frame).contains("c-2026"));
}

#[test]
fn an_empty_list_says_why() {
    let all = examples::all("c");
    let page = |wanted: &str| all.iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
    assert!(page("list-empty").contains("There is no case yet."));
    assert!(page("list-filtered").contains("No case is like that."));
    assert!(page("list").contains("aria-current=\"page\"") && page("list").contains("govuk-pagination"));
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let body = |inner: &str| format!("<!DOCTYPE html><html lang=\"en\"><body><h1>x</h1>{inner}</body></html>");
    for (inner, fault) in [
        ("<p id=\"a\"></p><p id=\"a\"></p>", "id a is there twice"),
        ("<input id=\"a\" name=\"a\" type=\"text\">", "a has no label"),
        ("<select id=\"a\" name=\"a\"></select>", "a has no label"),
        ("<a href=\"#b\">x</a>", "#b leads nowhere"),
        ("<p aria-describedby=\"b c\"></p>", "b describes and is not there"),
        ("<label for=\"b\">x</label>", "a label is for b, which is not there"),
        ("<h1>y</h1>", "2 first headings"),
        ("<h3>y</h3>", "h3 comes after h1"),
        ("<p><div></div>", "body closes p"),
        ("<p style=\"x\"></p>", "style is not allowed by the policy"),
        ("<button></button>", "a button says nothing"),
        ("<fieldset></fieldset>", "a fieldset has no legend"),
    ] {
        let faults = Document::read(&body(inner)).faults();
        assert!(faults.iter().any(|found| found.contains(fault)), "{inner}: {faults:?}");
    }
}

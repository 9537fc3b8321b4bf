//! The wording: what Welsh lacks, what the generator refuses, and that both languages say numbers as they should.
//!
//! Not what the messages say. Invariants: English is whole, or the crate does not build; how many messages Welsh lacks only goes down, or up with a line
//! here that says so.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../build/wording.rs"]
mod generator;

use pages::Html;
use pages::wording::{self, Language};

/// The messages that Welsh pages say in English. A new one is to be translated by somebody who speaks Welsh; until then it stands in this file.
const MISSING_IN_WELSH: &str = include_str!("missing-in-welsh.txt");

#[test]
fn what_welsh_lacks_is_listed() {
    println!("{} of {} messages are missing in Welsh", wording::MISSING_IN_WELSH.len(), wording::KEYS.len());
    let listed: Vec<&str> = MISSING_IN_WELSH.lines().collect();
    assert_eq!(wording::MISSING_IN_WELSH, listed, "translate it, or list it in missing-in-welsh.txt");
}

#[test]
fn what_is_missing_is_said_in_english_and_marked() {
    let words = wording::log_state(Language::Welsh);
    assert_eq!(words.foreign(), Some(Language::English));
    let html = Html::from(words).into_string();
    assert_eq!(html, format!("<span lang=\"en\">{}</span>", wording::log_state(Language::English).as_str()));
    assert_eq!(Html::from(wording::back(Language::Welsh)).as_str(), "Yn ôl");
}

#[test]
fn parameters_are_text() {
    let html = Html::from(wording::page_number(Language::English, "<b>1</b>"));
    assert_eq!(html.as_str(), "Page &lt;b&gt;1&lt;/b&gt;");
}

#[test]
fn numbers_take_their_plural_forms() {
    let table = [
        (Language::English, 0, "You can enter up to 0 words"),
        (Language::English, 1, "You can enter up to 1 word"),
        (Language::English, 2, "You can enter up to 2 words"),
        (Language::Welsh, 1, "Gallwch roi hyd at 1 gair"),
        (Language::Welsh, 2, "Gallwch roi hyd at 2 air"),
        (Language::Welsh, 3, "Gallwch roi hyd at 3 gair"),
    ];
    for (language, count, expected) in table {
        assert_eq!(wording::limit_in_words(language, count).as_str(), expected);
    }
}

#[test]
fn a_catalogue_that_is_wrong_does_not_build() {
    let table = [
        ("a = x", "b = y", "cy.ftl: b: English does not have this message"),
        ("a = x", "a = { $n }", "cy.ftl: a: $n is not a parameter of the English message"),
        (
            "a = { $n }",
            "a = { $n ->\n    [one] x\n   *[other] y\n }",
            "cy.ftl: a: $n is not a parameter of the English message",
        ),
        ("a = x\na = y", "", "en.ftl: a: it is in en.ftl already"),
        ("a =", "", "en.ftl:1: this is not a message of Fluent"),
        ("type = x", "", "en.ftl: type: `type` is a word of Rust; name it otherwise"),
        ("a = { $match }", "", "en.ftl: a: `match` is a word of Rust; name it otherwise"),
        ("a = { $language }", "", "en.ftl: a: every message has a parameter `language` already"),
        ("a-b = x\na_b = y", "", "en.ftl: a_b: it would make the same function as a-b; name it otherwise"),
        ("-a = x", "", "en.ftl: -a: terms are not used here"),
        ("a = x\n    .b = y", "", "en.ftl: a: attributes are not used here"),
        ("a = { b }\nb = x", "", "en.ftl: a: only parameters and quoted text may stand in braces"),
        ("a = { NUMBER($n) }", "", "en.ftl: a: only parameters and quoted text may stand in braces"),
        ("a = { $n ->\n   *[other] y\n }", "", "en.ftl: a: a select with one variant selects nothing"),
        ("a = { $n ->\n    [some] x\n   *[other] y\n }", "", "en.ftl: a: [some] is no plural form"),
        ("a = { $n ->\n    [1.5] x\n   *[other] y\n }", "", "en.ftl: a: [1.5] is not a whole number"),
    ];
    for (english, welsh, expected) in table {
        let text = |name: &str, text: &str| vec![(name.to_owned(), format!("{text}\n"))];
        let refused = generator::generate(&text("en.ftl", english), &text("cy.ftl", welsh)).unwrap_err();
        assert!(refused.starts_with(expected), "{english}: {refused}");
    }
}

#[test]
fn quotes_braces_and_numbers_come_through() {
    let text = "a = \"{ \"{\" }x{ \"}\" }\" { $who }: { $n ->\n    [0] none\n    [one] { $n } one\n   *[other] { $n } {\"{\"}\n }\n";
    let rust = generator::generate(&[("en.ftl".to_owned(), text.to_owned())], &[]).unwrap();
    assert!(rust.contains(r#"pub fn a(language: Language, who: &str, n: u64, ) -> Words"#), "{rust}");
    assert!(
        rust.contains(
            r#"format!("\"{{x}}\" {who}: {}", match (n, Plural::english(n)) { (0, _) => String::from("none"), "#
        ),
        "{rust}"
    );
    assert!(rust.contains(r#"(_, Plural::One) => format!("{n} one"),  _ => format!("{n} {{") }"#), "{rust}");
}

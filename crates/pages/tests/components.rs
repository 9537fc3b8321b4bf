//! Every component against govuk-frontend's own fixtures: its options, read into our types, give its HTML.
//!
//! Not how it looks. The fixtures come with the package, by `cargo xtask web`, and are not in the repository. Compared is what a parser would see; white
//! space between elements counts for nothing. Invariants: a fixture is equal or stands in [`REFUSED`] with its reason, never both, and none is left out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "fixtures/forms.rs"]
mod forms;
#[path = "fixtures/normal.rs"]
mod normal;
#[path = "fixtures/options.rs"]
mod options;
#[path = "fixtures/others.rs"]
mod others;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use options::{Complaints, Options};
use pages::{Component as _, Html, components as c};

/// Component, fixture, why our types do not say it.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("accordion", "with falsy values", "a list of ours holds no nothings, so ids are numbered without them"),
    ("character-count", "with maxwords", "the older way to say a limit in words; ours is the limit with its unit"),
    ("checkboxes", "with falsy values", "a list of ours holds no nothings, so ids are numbered without them"),
    ("file-upload", "with value", "a file field has no value, and theirs is not shown either"),
    ("panel", "confirmation, with actions", "a confirmation has no actions, and theirs are not shown either"),
    ("radios", "with falsy items", "a list of ours holds no nothings, so ids are numbered without them"),
    ("select", "with falsy values", "a value of ours is a text, never a truth"),
    ("task-list", "with empty values", "a list of ours holds no nothings, so ids are numbered without them"),
];

/// How many there are at least: a package without them would otherwise agree with everything.
const FIXTURES_MIN: usize = 700;

#[test]
fn each_fixture_is_equal_or_refused_with_a_reason() {
    let (mut equal, mut refused, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for (component, name, options, expected) in fixtures() {
        let complaints = Complaints::default();
        let html = render(&component, &Options::new(options, &complaints));
        let difference = complaints.first().or_else(|| normal::difference(html.as_str(), expected));
        let reason = REFUSED.iter().find(|(of, called, _)| *of == component && *called == name);
        match (difference, reason) {
            (None, None) => equal += 1,
            (Some(_), Some(reason)) => {
                refused.insert((reason.0, reason.1));
            }
            (Some(difference), None) => wrong.push(format!("{component}: {name}: {difference}")),
            (None, Some(_)) => wrong.push(format!("{component}: {name}: is equal now; take it out of the table")),
        }
    }
    for (component, name, _) in REFUSED.iter().filter(|(component, name, _)| !refused.contains(&(*component, *name))) {
        wrong.push(format!("{component}: {name}: is refused, and there is no such fixture"));
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(equal + refused.len() >= FIXTURES_MIN, "only {equal} fixtures and {} refused", refused.len());
    println!("{equal} fixtures equal, {} refused", refused.len());
}

#[test]
fn what_differs_is_seen() {
    let table = [
        ("<p class=\"a b\">x</p>", "<p  class='a  b'>\n x\n</p>", true),
        ("<p a=\"1\" b=\"2\"></p>", "<p b=\"2\" a=\"1\"></p>", true),
        ("<p>&lt;&#39;</p>", "<p>&lt;'</p>", true),
        ("<svg><path d=\"m\"></path></svg>", "<svg><path d=\"m\"/></svg>", true),
        ("<p>x</p>", "<p>y</p>", false),
        ("<p></p>", "<div></div>", false),
        ("<p a></p>", "<p b></p>", false),
        ("<p a=\"1\"></p>", "<p a=\"2\"></p>", false),
        ("<p></p>", "<p></p><p></p>", false),
        ("<p><b></p></b>", "<p><b></p></b>", false),
        ("<p>", "<p>", false),
    ];
    for (ours, theirs, same) in table {
        assert_eq!(normal::difference(ours, theirs).is_none(), same, "{ours} {theirs}");
    }
}

type Fixture = (String, String, &'static serde_json::Value, &'static str);

fn fixtures() -> Vec<Fixture> {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("../xtask/web/node_modules/govuk-frontend/dist/govuk/components");
    let Ok(components) = std::fs::read_dir(&folder) else {
        panic!("govuk-frontend is not in {}; `cargo xtask web` puts it there", folder.display());
    };
    let mut files: Vec<PathBuf> = components
        .map(|component| component.unwrap().path().join("fixtures.json"))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Fixture> {
    let text = std::fs::read(file).unwrap();
    // The types under test take what lives as long as the program; so does this.
    let whole: &'static serde_json::Value = Box::leak(Box::new(serde_json::from_slice(&text).unwrap()));
    let component = whole["component"].as_str().unwrap();
    let fixture = |fixture: &'static serde_json::Value| {
        let (name, html) = (fixture["name"].as_str().unwrap(), fixture["html"].as_str().unwrap());
        (component.to_owned(), name.to_owned(), &fixture["options"], html)
    };
    whole["fixtures"].as_array().unwrap().iter().map(fixture).collect()
}

fn render(component: &str, o: &Options) -> Html {
    let language = pages::wording::Language::English;
    match component {
        "accordion" => others::accordion(o).html(language),
        "back-link" => others::back_link(o).html(language),
        "breadcrumbs" => others::breadcrumbs(o).html(language),
        "button" => forms::button(o).html(language),
        "character-count" => forms::character_count(o).html(language),
        "checkboxes" => {
            let values = o.texts("values");
            c::Checkboxes { choices: forms::choices(o), values }.html(language)
        }
        "cookie-banner" => others::cookie_banner(o).html(language),
        "date-input" => forms::date_input(o).html(language),
        "details" => others::details(o).html(language),
        "error-message" => forms::error_message(o).html(language),
        "error-summary" => forms::error_summary(o).html(language),
        "exit-this-page" => others::exit_this_page(o).html(language),
        "feedback" => others::feedback(o).html(language),
        "fieldset" => forms::fieldset(o).html(language),
        "file-upload" => forms::file_upload(o).html(language),
        "footer" => others::footer(o).html(language),
        "generic-header" => others::generic_header(o).html(language),
        "header" => others::header(o).html(language),
        "hint" => forms::hint(o).html(language),
        "input" => forms::input(o).html(language),
        "inset-text" => others::inset_text(o).html(language),
        "label" => forms::label(o).html(language),
        "language-navigation" => others::language_navigation(o).html(language),
        "notification-banner" => others::notification_banner(o).html(language),
        "pagination" => others::pagination(o).html(language),
        "panel" => others::panel(o).html(language),
        "password-input" => forms::password_input(o).html(language),
        "phase-banner" => others::phase_banner(o).html(language),
        "radios" => c::Radios { value: o.text("value"), choices: forms::choices(o) }.html(language),
        "select" => forms::select(o).html(language),
        "service-navigation" => others::service_navigation(o).html(language),
        "skip-link" => others::skip_link(o).html(language),
        "summary-list" => others::summary_list(o).html(language),
        "table" => others::table(o).html(language),
        "tabs" => others::tabs(o).html(language),
        "tag" => others::tag(o).html(language),
        "task-list" => others::task_list(o).html(language),
        "textarea" => forms::textarea(o).html(language),
        "warning-text" => others::warning_text(o).html(language),
        unknown => panic!("there is a new component, {unknown}: write it, or say here why not"),
    }
}

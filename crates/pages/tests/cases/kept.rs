//! An example of each page of what is kept, with every part that it can have.
//!
//! Not real people.
//! Invariant: every text that comes in from outside is the one that is given, so that a hostile one is everywhere.

use pages::cases::{Colour, Filter, Happened, Known};
use pages::things::{Certificate, Line, List, Listening, One, OwnThing, gone, over};
use pages::wording;

use super::examples::{EN, frame, happened, parts, said};

/// Each page by its name.
pub(crate) fn all(text: &str) -> Vec<(&'static str, String)> {
    vec![
        ("things", list(text, 120)),
        ("things-none", list(text, 0)),
        ("thing", one(text, false)),
        ("thing-destroyed", one(text, true)),
        ("listen", listen(text, true)),
        ("take", listen(text, false)),
        ("listen-over", over(&frame(text), text)),
        ("thing-gone", gone(&frame(text))),
    ]
}

/// What a person sees of one.
pub(crate) fn own(text: &str, is_destroyed: bool) -> OwnThing {
    OwnThing {
        number: wording::me_kept_number(EN, text),
        stands: wording::me_kept_until(EN, text),
        certificate: is_destroyed.then(|| certificate(text)),
        history: history(text),
    }
}

fn history(text: &str) -> Vec<Happened> {
    vec![happened(text, 2, text, false), happened(text, 1, "It came into custody", true)]
}

fn certificate(text: &str) -> Certificate {
    let (text_href, json_href) = ("/things/1/certificate".to_owned(), "/things/1/certificate/json".to_owned());
    Certificate { text_href, json_href, logged: wording::thing_certificate_logged(EN, text) }
}

fn list(text: &str, count: usize) -> String {
    let line = |number: usize| Line {
        kind: text.to_owned(),
        href: format!("/things/{number}"),
        about: vec![text.to_owned(), wording::things_until(EN, text).as_str().to_owned()],
        state: (wording::thing_state_due(EN), Colour::Yellow),
    };
    let which = vec![("", wording::things_which_kept(EN)), ("due", wording::things_which_due(EN))];
    List {
        frame: frame(text),
        filters: vec![Filter { name: "which", label: wording::things_which(EN), choices: which, chosen: "due" }],
        action: "/things",
        things: (0..count.min(50)).map(line).collect(),
        count: wording::things_count(EN, &count.to_string(), text),
        trouble: (count > 0).then(|| wording::things_unbelieved(EN, text)),
        is_any: count > 0,
        pages: (1..=3).map(|page| (page, format!("/things?which=due&page={page}"))).collect(),
        page: 2,
    }
    .html()
}

fn one(text: &str, is_destroyed: bool) -> String {
    let parts: Vec<Known> = parts(text);
    One {
        frame: frame("/things"),
        id: text,
        kind: text,
        state: (wording::thing_state_held(EN), Colour::Blue),
        notes: Some(wording::thing_next_stalled(EN, text)),
        next: wording::thing_next_held(EN),
        clauses: vec!["7.12 of Recordings by claimants".to_owned()],
        parts,
        subject: if is_destroyed { "" } else { text },
        certificate: is_destroyed.then(|| certificate(text)),
        acts: if is_destroyed { Vec::new() } else { vec![(said(text), "/things/1/do/hold".to_owned())] },
        history: history(text),
    }
    .html()
}

fn listen(text: &str, is_sound: bool) -> String {
    Listening {
        frame: frame("/things/1"),
        kind: text,
        why: wording::thing_listening_why(EN, text, text),
        stretch: wording::kept_stretch(EN, "0:10", text),
        sound: "/things/1/sound/7",
        is_sound,
    }
    .html()
}

//! An example of each page of cases and of what is kept, with every part that it can have.
//!
//! Not real people.
//! Invariant: every text that comes in from outside is the one that is given, so that a hostile one is everywhere.

use pages::access::{MyCase, MyPage, code_page, link_over, mail_page, mail_sent};
use pages::cases::{
    Account, Choice, Colour, Control, Fact, Field, Filter, FormPage, Frame, Happened, Known, Line, List, Live, Looked,
    Main, Next, Noted, One, PersonPage, PurposePage, RoomPage, RuleLine, RulesPage, TotalsPage, agreed, gone,
};
use pages::wording::{self, Language, Words};

pub(crate) const EN: Language = Language::English;

pub(crate) fn frame<'a>(back: &'a str) -> Frame<'a> {
    let main = vec![
        Main { text: wording::cases(EN), href: "/cases", is_current: true },
        Main { text: wording::home(EN), href: "/", is_current: false },
    ];
    Frame { language: EN, main, back, token: "token" }
}

pub(crate) fn said(text: &str) -> Words {
    Words::said(EN, text.to_owned())
}

/// Each page by its name.
pub(crate) fn all(text: &str) -> Vec<(&'static str, String)> {
    let cases = vec![
        ("list", list(text, 3)),
        ("list-empty", list_of(text, Vec::new(), false)),
        ("list-filtered", list_of(text, Vec::new(), true)),
        ("one", one(text, false)),
        ("one-bare", one(text, true)),
        ("form", form(text, false)),
        ("form-wrong", form(text, true)),
        ("form-ask", ask(text)),
        ("purpose", purpose(text, false)),
        ("purpose-wrong", purpose(text, true)),
        ("totals", totals(text, true)),
        ("totals-differ", totals(text, false)),
        ("rules", rules(text)),
        ("room", room(text, true)),
        ("room-no-recorder", room(text, false)),
        ("gone", gone(&frame(text))),
        ("person-off", person(text, Account::Off, false)),
        ("person-none", person(text, Account::None, false)),
        ("person-wrong", person(text, Account::None, true)),
        ("person-there", person(text, Account::There { since: text.to_owned(), by: text.to_owned() }, false)),
        ("person-damaged", person(text, Account::Damaged, false)),
        ("me", me(text, 2)),
        ("me-none", me(text, 0)),
        ("me-mail", mail_page(EN, text, &vec![("mail", wording::me_mail_wrong(EN))])),
        ("me-sent", mail_sent(EN)),
        ("me-code", code_page(EN, text, &vec![("code", wording::me_code_wrong(EN))])),
        ("me-over", link_over(EN)),
    ];
    cases.into_iter().chain(super::kept::all(text)).collect()
}

fn person(text: &str, account: Account, is_wrong: bool) -> String {
    let made = matches!(account, Account::There { .. }).then_some((text, text));
    let wrong = if is_wrong { vec![("mail".to_owned(), wording::me_mail_wrong(EN))] } else { Vec::new() };
    PersonPage { frame: frame(text), reference: text, action: text, account, typed: text, made, wrong }.html()
}

fn me(text: &str, cases: usize) -> String {
    let case = |_| MyCase {
        reference: text.to_owned(),
        href: text.to_owned(),
        facts: vec![(wording::me_case_when(EN), text.to_owned())],
    };
    let sessions = vec![wording::me_session_this(EN, text), wording::me_session(EN, text, text)];
    MyPage { cases: (0..cases).map(case).collect(), sessions, token: text }.html(EN)
}

fn list(text: &str, page: u64) -> String {
    let line = |state, next: Option<&str>| Line {
        reference: text,
        href: text,
        about: vec![
            "Interview at the office".to_owned(),
            format!("10 July 2026 at 10:30, {text}"),
            "Held by dan".to_owned(),
        ],
        next: next.map(said),
        state,
    };
    let cases = vec![
        line((said("Planned"), Colour::Grey), Some("The request to record is to be decided")),
        line((said("Going on"), Colour::Blue), None),
        line((said("Late"), Colour::Red), Some("Say what became of it")),
    ];
    let _ = page;
    list_of(text, cases, false)
}

fn list_of(text: &str, cases: Vec<Line<'_>>, is_filtered: bool) -> String {
    let pages =
        if cases.is_empty() { Vec::new() } else { (1..=9).map(|page| (page, format!("/cases?page={page}"))).collect() };
    List {
        frame: frame(""),
        filters: vec![
            Filter {
                name: "state",
                label: said("Where it stands"),
                choices: vec![("", said("All")), ("planned", said(text))],
                chosen: "planned",
            },
            Filter {
                name: "office",
                label: said("Office"),
                choices: vec![("", said("All")), ("north", said(text))],
                chosen: "",
            },
        ],
        action: "/cases",
        cases,
        is_filtered,
        totals: said("180 planned: 120 with an outcome, 55 to come, 3 under way, 2 overdue"),
        totals_href: "/cases/totals",
        plan_href: "/cases/plan",
        pages,
        page: 4,
    }
    .html()
}

fn one(text: &str, is_bare: bool) -> String {
    let next = |what: &str, href, is_late| Next {
        what: said(what),
        before: Some(wording::case_next_before_start(EN)),
        clauses: vec![format!("paragraph 2.14 of Recordings by claimants, {text}")],
        who: wording::case_next_who(EN, "interviewer who holds it, team leader"),
        when: Some(wording::case_next_by(EN, "9 July 2026")),
        href,
        is_late,
    };
    let noted = Noted {
        what: wording::case_noted_opt_out(EN),
        by: wording::case_noted_by(EN, text, "1 July 2026 at 13:00"),
        confirm_href: "/cases/1/do/confirm",
        disown_href: "/cases/1/do/disown",
    };
    let look = Looked {
        when: "2 July 2026 at 9:00".to_owned(),
        who: text.to_owned(),
        purpose: said("To look into a complaint"),
        reason: Some(text.to_owned()),
    };
    let page = One {
        frame: frame("/cases"),
        reference: text,
        meeting: wording::case_meeting_interview(EN),
        state: (said("Planned"), Colour::Grey),
        notes: Some(wording::changed(EN)),
        next: vec![
            next("The request to record is to be decided", "/cases/1/do/accept", false),
            next("A private room", "", false),
            next("The letter about recording", "/cases/1/do/issue-letter", true),
        ],
        parts: parts(text),
        noted: vec![noted],
        others: vec![(wording::deed_move(EN), "/cases/1/do/move".to_owned())],
        kept: vec![super::kept::own(text, false), super::kept::own(text, true)],
        room_href: "/cases/1/room",
        rules_href: "/cases/1/rules",
        history: vec![
            happened(text, 2, "Recording was asked for", false),
            happened(text, 1, "A meeting was planned", true),
        ],
        looks: Some(vec![look]),
    };
    if !is_bare {
        return page.html();
    }
    let bare = One { next: vec![], parts: vec![], noted: vec![], others: vec![], rules_href: "", notes: None, ..page };
    One { looks: Some(Vec::new()), ..bare }.html()
}

/// An event, with what was said or with words that nobody can read any more.
pub(crate) fn happened(text: &str, number: u64, what: &str, is_closed: bool) -> Happened {
    Happened {
        number,
        when: "1 July 2026 at 13:00".to_owned(),
        who: said("dan"),
        what: said(what),
        words: if is_closed { Vec::new() } else { vec![(said("Reason"), format!("{text}\nthe second line"))] },
        drawn: (!is_closed).then(|| vec![vec![(12, 30), (14, 33)], vec![(50, 60)]]),
        is_closed,
        clauses: vec![text.to_owned()],
    }
}

pub(crate) fn parts(text: &str) -> Vec<Known> {
    let fact = |key: &str, lines: &[&str]| Fact {
        key: said(key),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        tag: None,
        act: None,
    };
    let appointment = Known {
        title: wording::case_part_appointment(EN),
        facts: vec![
            fact("When", &["10 July 2026 at 10:30", "to 11:30"]),
            Fact {
                act: Some((said("Change"), "/cases/1/do/move".to_owned())),
                ..fact("Where", &[text, "Room 1, private"])
            },
            Fact { tag: Some((said("Content to be recorded"), Colour::Green)), ..fact("Held by", &["dan"]) },
        ],
    };
    let room = Known {
        title: wording::case_part_room(EN),
        facts: vec![
            Fact {
                tag: Some((said("As it should be"), Colour::Green)),
                ..fact("The room is private", &["Looked at 10:20"])
            },
            Fact { tag: Some((said("Not looked at"), Colour::Yellow)), ..fact("The office’s recorder works", &[]) },
        ],
    };
    vec![appointment, room]
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: said(label) }
}

fn field(name: &'static str, label: Words, control: Control) -> Field {
    Field { name, label, hint: None, is_optional: false, control }
}

fn form(text: &str, is_wrong: bool) -> String {
    let offices = vec![choice("north", text), choice("south", "South Road")];
    let staff = (0..9).map(|number| choice(&format!("s{number}"), text)).collect();
    let causes = vec![choice("room", "There is no private room"), choice("office", "Another reason of the office")];
    let when = ["10", "7", if is_wrong { "" } else { "2026" }, "10:30"].map(str::to_owned);
    let wrong = [
        ("office", wording::field_office_missing(EN)),
        ("starts-year", wording::case_wrong_date_part(EN, "When it begins", "year")),
        ("reason", wording::field_reason_missing(EN)),
    ];
    FormPage {
        frame: frame("/cases/1"),
        title: wording::deed_move(EN),
        of: Some(said(text)),
        about: Some(wording::deed_move_about(EN)),
        clauses: vec!["paragraph 2.14 of Recordings by claimants".to_owned()],
        exactly: text,
        fields: vec![
            field("office", wording::field_office(EN), Control::OneOf { choices: offices, chosen: "south".to_owned() }),
            Field {
                hint: Some(wording::field_starts_hint(EN)),
                ..field("starts", wording::field_starts(EN), Control::When(when))
            },
            Field {
                hint: Some(wording::field_ends_hint(EN)),
                ..field("ends", wording::field_ends(EN), Control::Time("11:30".to_owned()))
            },
            field("staff", wording::field_staff(EN), Control::OneOf { choices: staff, chosen: "s3".to_owned() }),
            field("cause", wording::field_cause(EN), Control::OneOf { choices: causes, chosen: String::new() }),
            Field {
                hint: Some(wording::field_reason_hint(EN)),
                ..field(
                    "reason",
                    wording::field_reason(EN),
                    Control::Area { value: "typed <words>".to_owned(), most: 4_000 },
                )
            },
            Field {
                is_optional: true,
                ..field("reference", wording::field_reference(EN), Control::Line(text.to_owned()))
            },
        ],
        unseen: vec![("seen", text.to_owned())],
        action: "/cases/1/do/move",
        wrong: if is_wrong { wrong.map(|(id, words)| (id.to_owned(), words)).into() } else { Vec::new() },
    }
    .html()
}

fn ask(text: &str) -> String {
    let devices = vec![choice("computer", "A computer"), choice("can-edit", "It can change what it recorded")];
    let chosen = vec!["can-edit".to_owned()];
    FormPage {
        frame: frame("/cases/1"),
        title: wording::deed_change_request(EN),
        of: Some(said(text)),
        about: None,
        clauses: Vec::new(),
        exactly: text,
        fields: vec![
            field("request", wording::field_request(EN), Control::Only(choice("2", text))),
            field("drawing", wording::field_drawing(EN), Control::Drawing("12,30 14,33".to_owned())),
            Field {
                hint: Some(wording::field_devices_hint(EN)),
                ..field("devices", wording::field_devices(EN), Control::SeveralOf { choices: devices, chosen })
            },
            field("by_day", wording::field_by_day(EN), Control::Day(["1", "", "x"].map(str::to_owned))),
            Field { is_optional: true, ..field("id", wording::field_recording_id(EN), Control::Code(text.to_owned())) },
            field("offer", wording::field_offer(EN), Control::OneOf { choices: Vec::new(), chosen: String::new() }),
        ],
        unseen: Vec::new(),
        action: "/cases/1/do/change-request",
        wrong: vec![
            (String::new(), wording::case_wrong_foreign(EN)),
            ("request".to_owned(), wording::case_wrong_none(EN, text)),
        ],
    }
    .html()
}

fn purpose(text: &str, is_wrong: bool) -> String {
    let wrong = vec![("reason".to_owned(), wording::purpose_reason_missing(EN))];
    PurposePage {
        frame: frame("/cases"),
        case: text,
        purposes: vec![
            ("request", said("To answer a request for information or for a person’s own data")),
            ("complaint", said("To look into a complaint")),
            ("urgent", said("It cannot wait, and I have not been asked")),
        ],
        breaks_glass: "urgent",
        chosen: if is_wrong { "urgent" } else { "" },
        reason: text,
        action: "/cases/1/look",
        to: "/cases/1",
        wrong: if is_wrong { wrong } else { vec![("purpose".to_owned(), wording::purpose_missing(EN))] },
    }
    .html()
}

fn totals(text: &str, adds_up: bool) -> String {
    TotalsPage {
        frame: frame("/cases"),
        when: text.to_owned(),
        columns: vec![
            (wording::case_outcome_recorded(EN), 96),
            (wording::case_outcome_not_attended(EN), 24),
            (wording::totals_to_come(EN), 55),
            (wording::totals_overdue(EN), 5),
        ],
        planned: 180,
        counted: if adds_up { 180 } else { 181 },
        adds_up,
        of_these: vec![(wording::totals_owed(EN), 2)],
    }
    .html()
}

fn rules(text: &str) -> String {
    let line = |unconfirmed: Option<&str>| RuleLine::Applies {
        says: ("recording.office-records.interview".to_owned(), "on-request".to_owned()),
        version: "recording version 5".to_owned(),
        valid: "from 30 November 2020 until 29 June 2026".to_owned(),
        clause: ("paragraph 2.14".to_owned(), text.to_owned()),
        why: "asked about 2026-07-10; recording version 5 began on 2021-01-01, and no later one had begun by then"
            .to_owned(),
        unconfirmed: unconfirmed.map(str::to_owned),
    };
    RulesPage {
        frame: frame("/cases/1"),
        case: text,
        day: "10 July 2026".to_owned(),
        lines: vec![line(None), line(Some(text)), RuleLine::NotCovered(text.to_owned())],
    }
    .html()
}

/// Writes an example to be looked at, with the style beside it.
#[allow(clippy::disallowed_methods)]
pub(crate) fn put(folder: &str, name: &str, html: &str) {
    let style = pages::assets::path("pages.css").to_string();
    let html = html.replace(&style, "pages.css");
    std::fs::write(format!("{folder}/{name}.html"), html).unwrap();
    let found = pages::assets::ASSETS.iter().find(|asset| asset.name == "pages.css").unwrap();
    std::fs::write(format!("{folder}/pages.css"), found.bytes).unwrap();
}

fn room(text: &str, is_live: bool) -> String {
    let present =
        Fact { tag: Some(agreed(EN, Some(true))), ..Fact { key: said(text), lines: vec![], tag: None, act: None } };
    RoomPage {
        frame: frame("/cases/1"),
        reference: text,
        place: text.to_owned(),
        notes: Some(said(text)),
        live: Live {
            state: text.to_owned(),
            facts: parts(text).remove(1),
            words: vec![(said("Copy words"), text.to_owned(), text.to_owned())],
        },
        live_href: if is_live { "/cases/1/room/live" } else { "" },
        here: "/cases/1/room",
        next: Vec::new(),
        present: Known { title: wording::room_present(EN), facts: vec![present] },
        acts: vec![(said(text), "/cases/1/do/pause?back=room".to_owned(), true)],
    }
    .html()
}

//! What a person does in their case by themselves, online: asking to record, changing their mind, answering what staff noted of them.
//!
//! Not how they sign in (`desk_persons.rs`), nor what follows in the procedure (`casework`). Invariants: everything is done by the pages; what is refused
//! changes nothing and loses nothing that was typed; what is sent twice is done once.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::Answer;
use harness::desk::{Browser, Counter, attribute};

/// A meeting, who holds it, and the person whose it is, signed in.
struct Online {
    counter: Counter,
    dan: Browser,
    ann: Browser,
    case: String,
    /// Where the person sees it.
    mine: String,
}

impl Online {
    fn new() -> Online {
        let mut counter = Counter::mailing();
        let [(anna, _), (ben, _)] = counter.founded();
        let (mut dan, _) = counter.join(&mut [anna, ben], "dan", 10, &["interviewer"]);
        let case = counter.case_of(&mut dan, "dan");
        let code = counter.account_of(&mut dan, &case, "ann@mail.example");
        let ann = counter.person_in("ann@mail.example", &code);
        let mine = format!("/me{case}");
        Online { counter, dan, ann, case, mine }
    }

    fn form(&self, deed: &str) -> String {
        format!("{}/do/{deed}", self.mine)
    }

    /// The person fills in and sends a form.
    fn says(&mut self, deed: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.form(deed);
        self.ann.act(&form, &form, fields)
    }

    fn events(&self) -> u64 {
        self.counter.ask("SELECT COUNT(*) FROM event").parse().unwrap()
    }
}

const ASKED: [(&str, &str); 4] =
    [("device_of", "office"), ("doing", "record-sound"), ("adjustment", "no"), ("note", "I forget things")];

fn is_done(answer: &Answer, at: &str) {
    assert_eq!((answer.status, answer.header("location").as_deref()), (303, Some(at)), "{}", answer.body);
}

#[test]
fn a_person_asks_to_record_and_the_office_answers() {
    let mut online = Online::new();
    let (mine, form) = (online.mine.clone(), online.form("ask"));
    let shown = online.ann.get(&mine);
    assert!(shown.body.contains(&format!("href=\"{form}\"")), "{}", shown.body);
    let page = online.ann.get(&form);
    assert_eq!(page.status, 200);
    for there in
        ["Ask to have the meeting recorded", "What should record?", "My own device", "Anything you want to say"]
    {
        assert!(page.body.contains(there), "{there}: {}", page.body);
    }
    for absent in ["name=\"channel\"", "name=\"reference\"", "How they said so", "the person’s device"] {
        assert!(!page.body.contains(absent), "{absent}: {}", page.body);
    }
    let before = online.events();
    let half = online.ann.send(&page, &form, &[("note", "I forget <things>")]);
    assert_eq!(half.status, 422);
    for there in
        ["Select what should record", "Select what you want to do", "I forget &lt;things&gt;", "href=\"#device_of"]
    {
        assert!(half.body.contains(there), "{there}: {}", half.body);
    }
    // Nothing of staff's is taken from a person.
    for more in [("channel", "post"), ("side", "office"), ("reference", "R1"), ("who", "dan"), ("account", "dan")] {
        let refused = online.ann.send(&page, &form, &[&ASKED[..], &[more]].concat());
        assert_eq!(refused.status, 422, "{more:?}: {}", refused.body);
    }
    assert_eq!(online.events(), before, "what is refused is nowhere");
    is_done(&online.ann.send(&page, &form, &ASKED), &mine);
    assert_eq!(online.events(), before + 1);
    is_done(&online.ann.send(&page, &form, &ASKED), &mine);
    assert_eq!(online.events(), before + 1, "sent twice, done once");
    let shown = online.ann.get(&mine);
    assert!(shown.body.contains("I forget things"), "{}", shown.body);
    for deed in ["ask", "answer-resolution", "answer-offer", "hand-over", "confirm"] {
        let link = format!("href=\"{}\"", online.form(deed));
        assert!(!shown.body.contains(&link), "{deed}: there is nothing to do it to");
    }
    for deed in ["change-request", "withdraw"] {
        assert!(shown.body.contains(&online.form(deed)), "{deed}: {}", shown.body);
    }
    // Staff see who asked and how, and say yes; the person sees that.
    let case = online.case.clone();
    let theirs = online.dan.get(&case);
    assert!(
        theirs.body.contains("Through their own pages") && theirs.body.contains("the person on 3 December"),
        "{}",
        theirs.body
    );
    let accept = format!("{case}/do/accept");
    online.dan.done(&accept, &accept, &[]);
    let shown = online.ann.get(&mine);
    assert!(shown.body.contains("dan") && shown.body.contains("accepted"), "{}", shown.body);
    is_done(&online.says("withdraw", &[("why", "own-wish")]), &mine);
    assert!(!online.dan.get(&case).body.contains("To be confirmed by the person"), "it is their own word");
    assert!(online.ann.get(&mine).body.contains(&online.form("ask")), "they may ask again");
}

#[test]
fn what_happened_meanwhile_is_said_and_nothing_typed_is_lost() {
    let mut online = Online::new();
    let (mine, form, case) = (online.mine.clone(), online.form("ask"), online.case.clone());
    let page = online.ann.get(&form);
    let look = format!("{case}/do/try");
    online.dan.done(&look, &look, &[("attempt", "room-then"), ("found", "yes"), ("reason", "next door")]);
    let before = online.events();
    let stale = online.ann.send(&page, &form, &ASKED);
    assert_eq!(stale.status, 409);
    assert!(stale.body.contains("I forget things") && stale.body.contains("govuk-error-summary"), "{}", stale.body);
    assert_eq!(online.events(), before);
    is_done(&online.ann.send(&stale, &form, &ASKED), &mine);
}

#[test]
fn each_thing_a_person_says_is_theirs_in_the_record() {
    let mut online = Online::new();
    let mine = online.mine.clone();
    for (deed, fields) in [
        ("choose-format", &[("format", "large-print"), ("tongue", "en")][..]),
        ("ask", &ASKED),
        ("change-request", &[("device_of", "person"), ("doing", "record-sound"), ("adjustment", "no")]),
        ("claim-adjustment", &[("reason", "My hearing")]),
        ("ask-another", &[("reason", "In the afternoon")]),
        ("decline-another", &[]),
        ("withdraw", &[("why", "resolved"), ("reason", "It was explained")]),
        ("cancel", &[("reason", "I found work")]),
    ] {
        let before = online.events();
        is_done(&online.says(deed, fields), &mine);
        assert!(online.events() > before, "{deed}");
        let (account, signature) =
            (online.counter.ask("SELECT account FROM event ORDER BY number DESC LIMIT 1"), "by nobody of the staff");
        assert!(!account.contains("dan"), "{deed}: {signature}");
    }
    let case = online.case.clone();
    let seen = online.dan.get(&case);
    for words in ["My hearing", "In the afternoon", "It was explained", "I found work"] {
        assert!(seen.body.contains(words), "{words}: {}", seen.body);
    }
    assert_eq!(online.counter.command(&["vault", "status"], 0).matches("not signed").count(), 0);
}

#[test]
fn what_staff_noted_is_theirs_or_is_undone() {
    for (deed, is_cancelled) in [("confirm", true), ("disown", false)] {
        let mut online = Online::new();
        let (mine, case) = (online.mine.clone(), online.case.clone());
        let cancel = format!("{case}/do/cancel");
        online.dan.done(&cancel, &cancel, &[("channel", "telephone"), ("reason", "They rang")]);
        let shown = online.ann.get(&mine);
        assert!(shown.body.contains(&online.form(deed)), "{}", shown.body);
        let form = online.form(deed);
        let page = online.ann.get(&form);
        is_done(&online.ann.send(&page, &form, &[]), &mine);
        let again = online.ann.get(&mine);
        assert!(!again.body.contains(&online.form(deed)), "{}", again.body);
        assert_eq!(!again.body.contains(&online.form("ask")), is_cancelled, "{deed}: {}", again.body);
    }
}

#[test]
fn nobody_does_what_is_not_theirs_to_do() {
    let mut online = Online::new();
    let other = online.counter.case_of(&mut online.dan, "dan");
    let nothing = online.ann.get("/me/cases/y");
    assert_eq!(nothing.status, 404);
    let before = online.events();
    let page = online.ann.get(&online.form("ask"));
    let token = attribute(page.body.split_once("name=\"form_token\"").unwrap().1, "value").unwrap();
    let sent = [&ASKED[..], &[("form_token", &token), ("shown", "1")]].concat();
    let mut refused = vec![format!("/me{other}/do/ask"), format!("/me/cases/{}/do/ask", "0".repeat(32))];
    let staffs = ["assign-room", "accept", "agree", "check-copy", "break-glass", "look", "start", "close", "keep", "x"];
    refused.extend(staffs.map(|deed| online.form(deed)));
    for path in refused {
        let (shown, sent) = (online.ann.get(&path), online.ann.send(&page, &path, &sent));
        assert_eq!((shown.status, sent.status), (404, 404), "{path}");
        assert!(shown.body == nothing.body && sent.body == nothing.body, "{path}");
    }
    // Nobody at all, staff, and a form that came from elsewhere.
    let form = online.form("ask");
    let mut nobody = online.counter.browser();
    assert_eq!(nobody.get(&form).header("location").as_deref(), Some("/me/sign-in"));
    assert_eq!(online.dan.get(&form).header("location").as_deref(), Some("/me/sign-in"));
    let fields = ASKED.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(online.ann.post(&form, &[("Sec-Fetch-Site", "same-origin")], &fields).status, 403);
    assert_eq!(online.events(), before);
}

#[test]
fn nobody_fills_a_case_without_end() {
    let mut online = Online::new();
    let mine = online.mine.clone();
    is_done(&online.says("ask", &ASKED), &mine);
    for number in 0..39 {
        let format = if number % 2 == 0 { "large-print" } else { "standard" };
        is_done(&online.says("choose-format", &[("format", format), ("tongue", "en")]), &mine);
    }
    let before = online.events();
    let refused = online.says("claim-adjustment", &[("reason", "I forget things")]);
    assert_eq!(refused.status, 429);
    assert!(
        refused.body.contains("come back tomorrow") && refused.body.contains("I forget things"),
        "{}",
        refused.body
    );
    assert_eq!(online.events(), before);
    is_done(&online.says("withdraw", &[("why", "own-wish")]), &mine);
    assert_eq!(online.events(), before + 1, "a no is heard however much was said before it");
}

#[test]
fn nobody_was_shown_what_is_still_to_come() {
    let mut online = Online::new();
    let (form, before) = (online.form("ask"), online.events());
    let page = online.ann.get(&form);
    let ahead = [&ASKED[..], &[("shown", "18446744073709551615")]].concat();
    assert_eq!(online.ann.send(&page, &form, &ahead).status, 409);
    let case = online.case.clone();
    let path = format!("{case}/do/try");
    let page = online.dan.get(&path);
    let fields =
        [("attempt", "room-then"), ("found", "yes"), ("reason", "next door"), ("shown", "18446744073709551615")];
    assert_eq!(online.dan.send(&page, &path, &fields).status, 409);
    assert_eq!(online.events(), before);
}

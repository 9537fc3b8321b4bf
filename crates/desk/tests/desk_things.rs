//! What is kept, by the pages of the desk, with a real log and a real witness: heard by range, held and let go, destroyed by two, certified; and what may not be.
//!
//! Not the command line (`vault_way.rs`), nor a browser (`desk_browser.rs`). Needs Debian's `flac`. Invariants: what is done is done by forms as their pages show them; what is heard is held against
//! what was taken in; what is refused changes nothing and loses nothing that was typed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::desk::Browser;
use harness::flac::decoded;
use harness::office::{Bureau, LONG_AGO, Under, recording};
use harness::shop::Shop;
use harness::{Answer, ask};
use seal::certificate::{Outcome, verify};
use seal::tlog::Policy;

under_both!(it_is_heard_held_and_destroyed_by_its_pages, what_may_not_be_is_refused_by_its_page);

/// What is said where words cannot be read any more.
const CLOSED: &str = "They were destroyed, or cannot be read now";

/// The address at which a deed is done to a thing.
fn form(id: &str, deed: &str) -> String {
    format!("/things/{id}/do/{deed}")
}

impl Browser {
    /// Does it, which must be done; where one is led then.
    fn does(&mut self, id: &str, deed: &str, fields: &[(&str, &str)]) -> String {
        let done = self.act(&form(id, deed), &form(id, deed), fields);
        assert_eq!(done.status, 303, "{deed}: {}{}", done.head, done.body);
        done.header("location").unwrap()
    }

    /// The sound at an address, or a range of it.
    fn sound(&self, path: &str, range: &str) -> Answer {
        let cookie = self.cookie.clone().unwrap();
        let headers = [("Cookie", cookie.as_str()), ("Range", range)];
        ask(&self.address, "GET", path, if range.is_empty() { &headers[..1] } else { &headers }, b"")
    }
}

fn it_is_heard_held_and_destroyed_by_its_pages(under: Under) {
    let Shop { bureau, counter: _counter, mut anna, mut ben, .. } = Shop::under(under);
    let (flac, samples) = recording(60, 1, "words");
    let id = bureau.take(&bureau.file("state/copy.flac", &flac), "consultation-recording", LONG_AGO, "Interview");
    let list = anna.get("/things?which=due");
    assert!(list.body.contains(&id) && list.body.contains("Due since the end of") && !list.body.contains("Interview"));
    assert!(!anna.get("/things?which=held").body.contains(&id));
    let page = anna.get(&format!("/things/{id}"));
    assert!(
        page.body.contains("Interview") && page.body.contains("Somebody proposes that it be destroyed"),
        "{}",
        page.body
    );

    hears(&mut anna, &mut ben, &id, &samples);
    holds_and_lets_go(&mut anna, &mut ben, &id);

    // Two people approve exactly what is shown; the second time one of them says it, it counts once.
    anna.does(&id, "propose-destruction", &[]);
    let shown = anna.get(&form(&id, "approve-destruction"));
    let subject = bureau.done("anna", &["approve", &id]);
    for line in subject.lines().take(3) {
        assert!(shown.body.contains(line), "{line}: {}", shown.body);
    }
    let approve = form(&id, "approve-destruction");
    for _ in 0..2 {
        let done = anna.send(&shown, &approve, &[]);
        assert_eq!(done.status, 303, "{}", done.body);
    }
    assert!(anna.get(&format!("/things/{id}")).body.contains("1 of 2 approve"));
    ben.does(&id, "approve-destruction", &[]);
    let destroy = form(&id, "begin-destruction");
    let shown = anna.get(&destroy);
    for _ in 0..2 {
        let done = anna.send(&shown, &destroy, &[]);
        assert_eq!(done.status, 303, "{}", done.body);
    }
    let page = anna.get(&format!("/things/{id}"));
    assert!(page.body.contains("It was destroyed on") && page.body.contains("In the log"), "{}", page.body);
    assert!(!page.body.contains("Interview") && page.body.contains(CLOSED), "{}", page.body);
    certified(&bureau, &mut ben, &id);
    assert!(anna.get("/things?which=destroyed").body.contains(&id) && !anna.get("/things").body.contains(&id));
}

/// Hears a stretch of it, in pieces as a browser asks for them; nobody else does by that.
fn hears(anna: &mut Browser, ben: &mut Browser, id: &str, samples: &[i32]) {
    let access = form(id, "access");
    let shown = anna.get(&access);
    let fields = [("purpose", "complaint"), ("reference", "C-7"), ("from", "0:10"), ("until", "0:20")];
    let [first, again] = [(), ()].map(|()| {
        let done = anna.send(&shown, &access, &fields);
        assert_eq!(done.status, 303, "{}", done.body);
        done.header("location").unwrap()
    });
    assert_eq!(first, again, "a form that was sent twice is one access");
    let page = anna.get(&first);
    let sound = first.replace("/listen/", "/sound/");
    assert!(
        page.body.contains("To look into a complaint") && page.body.contains(&format!("src=\"{sound}\"")),
        "{}",
        page.body
    );
    let whole = anna.sound(&sound, "");
    assert_eq!((whole.status, whole.header("content-type").as_deref()), (200, Some("audio/flac")));
    assert_eq!(whole.header("cache-control").as_deref(), Some("no-store"));
    let heard = decoded(&whole.bytes);
    let at = samples.windows(heard.len()).position(|window| window == heard).expect("it is a stretch of the whole");
    assert!(at <= 10 * 8000 && at + heard.len() >= 20 * 8000 && heard.len() < 11 * 8000, "{at} {}", heard.len());
    let len = whole.bytes.len();
    for (range, part) in
        [("bytes=0-", 0..len), ("bytes=5-9999", 5..10_000), ("bytes=-100", len - 100..len), ("bytes=40-40", 40..41)]
    {
        let answer = anna.sound(&sound, range);
        assert_eq!(answer.status, 206, "{range}");
        let said = format!("bytes {}-{}/{len}", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(said));
        assert!(answer.bytes == whole.bytes[part], "{range}");
    }
    assert_eq!(anna.sound(&sound, &format!("bytes={len}-")).status, 416);
    // Ben may listen, and says why himself.
    assert_eq!((ben.get(&first).status, ben.sound(&sound, "").status), (404, 404));
    let page = ben.get(&format!("/things/{id}"));
    assert!(page.body.contains("It was listened to, from 0:10 to 0:2") && page.body.contains("C-7"), "{}", page.body);
    // What is wrong is said beside its field, and nothing that was typed is lost.
    for (from, until, wrong) in [("x", "", "From must be a time"), ("0:20", "0:10", "Until must be later than from")] {
        let fields = [("purpose", "complaint"), ("reference", "C-8 & more"), ("from", from), ("until", until)];
        let refused = ben.act(&access, &access, &fields);
        assert!(refused.status == 422 && refused.body.contains(wrong), "{}", refused.body);
        assert!(refused.body.contains("C-8 &amp; more"), "{}", refused.body);
    }
    let fields = [("purpose", "complaint"), ("reference", "C-8"), ("from", "2:00"), ("until", "")];
    let refused = ben.act(&access, &access, &fields);
    assert!(refused.status >= 400 && refused.body.contains("no sound between these times"), "{}", refused.body);
    assert!(!ben.get(&format!("/things/{id}")).body.contains("C-8"), "it is not on the record");
}

/// A hold stands until two people let it go, and stops what is due.
fn holds_and_lets_go(anna: &mut Browser, ben: &mut Browser, id: &str) {
    let hold = form(id, "hold");
    let shown = anna.get(&hold);
    for _ in 0..2 {
        let done = anna.send(&shown, &hold, &[("authority", "court"), ("reason", "an order\nof the court")]);
        assert_eq!(done.status, 303, "{}", done.body);
    }
    let page = anna.get(&format!("/things/{id}"));
    assert_eq!(page.body.matches("On authority: A court or tribunal").count(), 1, "it was sent twice: {}", page.body);
    assert!(page.body.contains("an order of the court"));
    // What would be refused is not offered, and who asks for it all the same is led back.
    assert!(!page.body.contains(&form(id, "propose-destruction")), "{}", page.body);
    assert_eq!(anna.get(&form(id, "propose-destruction")).status, 303);
    assert!(anna.get("/things?which=held").body.contains(id));
    anna.does(id, "review-hold", &[("reason", "still")]);
    anna.does(id, "propose-release", &[("reason", "the court let it go")]);
    anna.does(id, "approve-release", &[]);
    let page = ben.get(&format!("/things/{id}"));
    assert!(page.body.contains("Proposed to end: 1 of 2 approve"), "{}", page.body);
    ben.does(id, "approve-release", &[]);
    assert!(ben.get(&format!("/things/{id}")).body.contains("A hold ended, approved by anna, ben"));
}

/// Both forms of the certificate hold, by the log's own policy.
fn certified(bureau: &Bureau, ben: &mut Browser, id: &str) {
    let policy = Policy::parse(&std::fs::read_to_string(bureau.path("keys/trust.policy")).unwrap()).unwrap();
    for path in [format!("/things/{id}/certificate"), format!("/things/{id}/certificate/json")] {
        let file = ben.get(&path);
        assert_eq!(file.status, 200, "{}", file.body);
        let judged = verify(&file.bytes, Some(&policy));
        assert!(matches!(judged.outcome(), Outcome::Destroyed(_)), "{:?}: {}", judged.outcome(), file.body);
    }
}

fn what_may_not_be_is_refused_by_its_page(under: Under) {
    let Shop { bureau, counter, mut anna, mut ben, .. } = Shop::under(under);
    let letter = bureau.file("letter", b"<script>alert(1)</script>");
    let id = bureau.take(&letter, "letter", "2026-01-05", "<b>A letter</b>");
    // Whoever is nobody is asked to sign in, and there is nothing of what is not there.
    let mut nobody = counter.browser();
    for path in ["/things".to_owned(), format!("/things/{id}"), format!("/things/{id}/sound/1")] {
        assert_eq!((nobody.get(&path).status, nobody.sound_without(&path)), (303, 303), "{path}");
    }
    for path in [format!("/things/{}", "0".repeat(32)), "/things/x".to_owned(), format!("/things/{id}/do/erase-key")] {
        assert_eq!(anna.get(&path).status, 404, "{path}");
    }
    let page = anna.get(&format!("/things/{id}"));
    assert!(page.body.contains("&lt;b&gt;A letter&lt;/b&gt;"), "{}", page.body);
    assert!(page.body.contains("Take a copy of it to look at") && !page.body.contains("Listen"), "{}", page.body);
    // What is no recording has no times, and comes as a file and never as a page of ours.
    let access = form(&id, "access");
    let shown = anna.get(&access);
    assert!(
        !shown.body.contains("name=\"from\"") && shown.body.contains("Take a copy of it to look at"),
        "{}",
        shown.body
    );
    let done = anna.send(&shown, &access, &[("purpose", "request"), ("reference", "R")]);
    let sound = done.header("location").unwrap().replace("/listen/", "/sound/");
    let file = anna.sound(&sound, "");
    assert_eq!((file.status, file.bytes.as_slice()), (200, &b"<script>alert(1)</script>"[..]));
    assert_eq!(file.header("content-type").as_deref(), Some("application/octet-stream"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    // It is not due: neither form is open, and a form that is made up is refused, with what was typed.
    assert_eq!(anna.get(&form(&id, "begin-destruction")).status, 303);
    let forged = anna.send(&shown, &form(&id, "propose-destruction"), &[]);
    assert_eq!(forged.status, 403, "a form without its token");
    // Whoever was shown an older state looks again.
    let hold = form(&id, "hold");
    let (annas, bens) = (anna.get(&hold), ben.get(&hold));
    assert_eq!(anna.send(&annas, &hold, &[("authority", "police"), ("reason", "theirs")]).status, 303);
    let late = ben.send(&bens, &hold, &[("authority", "court"), ("reason", "words & all")]);
    assert!(late.status == 409 && late.body.contains("words &amp; all"), "{}", late.body);
    assert!(late.body.contains("Something happened to it since you were shown it"), "{}", late.body);
    let again = ben.send(&late, &hold, &[("authority", "court"), ("reason", "words & all")]);
    assert_eq!(again.status, 303, "the page that said so has what is there now: {}", again.body);
    // A hold that is not there, or is another's deed, is none that can be gone on with.
    let page = anna.get(&form(&id, "review-hold"));
    let refused = anna.send(&page, &form(&id, "review-hold"), &[("hold", &"0".repeat(32)), ("reason", "x")]);
    assert!(refused.status == 422 && refused.body.contains("Select one of those in the list"), "{}", refused.body);
}

impl Browser {
    fn sound_without(&self, path: &str) -> u16 {
        ask(&self.address, "GET", path, &[], b"").status
    }
}

//! A recording is kept for fourteen months and then destroyed, by its pages in a browser, while every clock there is goes on: the desk's, the log's and the witness's.
//!
//! Not what stops it (`desk_things.rs`, `vault_clocks.rs`). Needs Debian's `faketime` and `chromium`. Invariants: nothing is offered before the last day is over; what is done is done on pages that are
//! looked over; afterwards nothing of it is left but a certificate that the log has.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::browser::Chromium;
use harness::desk::Browser;
use harness::office::{LONG_AGO, Under, recording};
use harness::shop::Shop;
use seal::certificate::{Outcome, verify};
use seal::tlog::Policy;

under_both!(after_fourteen_months_it_is_destroyed_by_two_and_its_certificate_remains);

/// One screen, before which both sit in turn.
struct Screen {
    chromium: Chromium,
    origin: String,
}

impl Screen {
    fn sits(&mut self, who: &Browser, path: &str) {
        self.chromium.take_cookie(&self.origin, who.cookie.as_deref().unwrap());
        self.chromium.come_to(&format!("{}{path}", self.origin));
    }

    fn lacks(&mut self, words: &str) {
        let text = self.chromium.text();
        assert!(!text.contains(words), "{words}: {text}");
    }
}

fn after_fourteen_months_it_is_destroyed_by_two_and_its_certificate_remains(under: Under) {
    let mut shop = Shop::by_clock(under, "2025-05-02 10:00:00");
    let (flac, _) = recording(20, 1, "words");
    let file = shop.bureau.file("state/copy.flac", &flac);
    let id = shop.bureau.take(&file, "consultation-recording", LONG_AGO, "Interview with Jo Example");
    let page = format!("/things/{id}");
    let mut screen = Screen { chromium: Chromium::start(), origin: shop.counter.origin.clone() };
    screen.sits(&shop.anna, "/things");
    screen.chromium.says("Kept until the end of 1 July 2026");

    // On its last day it is kept, whatever somebody would like.
    shop.at("2026-07-01 20:00:00");
    screen.sits(&shop.anna, &page);
    screen.chromium.says("Nothing is to be done until then");
    screen.lacks("Propose that it be destroyed");
    screen.sits(&shop.anna, "/things?which=due");
    screen.chromium.says("Nothing is like that");

    shop.at("2026-07-02 10:00:00");
    screen.sits(&shop.anna, "/things?which=due");
    screen.chromium.says("Due since the end of 1 July 2026");
    screen.chromium.follow("Consultation recording");
    screen.chromium.says("Interview with Jo Example");
    for [link, button] in [["Propose that it be destroyed"; 2], ["Approve that it be destroyed"; 2]] {
        screen.chromium.follow(link);
        screen.chromium.send(button);
    }
    screen.chromium.says("1 of 2 approve");
    screen.lacks("Destroy it");
    screen.sits(&shop.ben, &page);
    screen.chromium.follow("Approve that it be destroyed");
    screen.chromium.says("Your signature is bound to exactly this");
    screen.chromium.send("Approve that it be destroyed");
    screen.chromium.says("two people approve that it be destroyed");
    screen.chromium.follow("Destroy it");
    screen.chromium.send("Destroy it");
    screen.chromium.says("It was destroyed on 2 July 2026");
    screen.lacks("Jo Example");
    screen.sits(&shop.anna, "/things?which=destroyed");
    screen.chromium.says("Destroyed");

    let policy = Policy::parse(&std::fs::read_to_string(shop.bureau.path("keys/trust.policy")).unwrap()).unwrap();
    let certificate = shop.ben.get(&format!("{page}/certificate"));
    let judged = verify(&certificate.bytes, Some(&policy));
    assert!(matches!(judged.outcome(), Outcome::Destroyed(_)), "{:?}: {}", judged.outcome(), certificate.body);
}

//! What stands around every page of cases and of what is kept: where somebody is, and where they can go.
//!
//! Not the pages (`pages::cases`, `pages::things`).
//! Invariant: nobody is shown a way that is not theirs.

use casework::custody::is_keeper;
use pages::cases::{Frame, Main};
use pages::wording::{self, Words};

use crate::access::sessions::SignedIn;
use crate::http::access::answers::LANGUAGE;
use crate::http::access::sees_people;

/// The frame of a page below that one of the main pages.
pub(in crate::http) fn of<'a>(who: &'a SignedIn, current: &str, back: &'a str) -> Frame<'a> {
    let main = |text: Words, href: &'static str| Main { text, href, is_current: href == current };
    let people = sees_people(who).then(|| main(wording::people(LANGUAGE), "/people"));
    let ours = [main(wording::home(LANGUAGE), "/"), main(wording::cases(LANGUAGE), "/cases")];
    let things = is_keeper(&who.account, &who.staff).then(|| main(wording::things(LANGUAGE), "/things"));
    Frame {
        language: LANGUAGE,
        main: ours.into_iter().chain(things).chain(people).collect(),
        back,
        token: &who.form_token,
    }
}

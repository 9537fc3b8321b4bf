//! An office whose log and witness run, its desk, and its two people who keep what is kept.
//!
//! Not what they do (`desk_things.rs`, `desk_destruction.rs`).
//! Invariant: both have every role there is and a key file, and set themselves up for the desk by a link as anybody does.

use super::authenticator::Authenticator;
use super::desk::{Browser, Counter, fixed, set_clock_of};
use super::office::{Bureau, PASSPHRASE, Under};
use super::{Environment, Role, expect_in};

pub struct Shop {
    pub bureau: Bureau,
    pub counter: Counter,
    pub anna: Browser,
    pub ben: Browser,
    /// Their security keys, in that order.
    pub keys: [Authenticator; 2],
}

impl Shop {
    pub fn under(under: Under) -> Shop {
        Shop::of(Bureau::under(under))
    }

    /// One in which every program has a clock that the test sets.
    pub fn by_clock(under: Under, now: &str) -> Shop {
        Shop::of(Bureau::clocked(under, fixed(now)))
    }

    /// Later; everybody signs in anew.
    pub fn at(&mut self, now: &str) {
        set_clock_of(&self.bureau.environment, now);
        let [annas, bens] = &mut self.keys;
        self.anna = self.counter.signed_in("anna", annas);
        self.ben = self.counter.signed_in("ben", bens);
    }

    fn of(bureau: Bureau) -> Shop {
        let (office, passphrase) = (bureau.path("office"), bureau.path("keys/passphrase"));
        let args = ["serve", "--office", &office, "--passphrase-file", &passphrase, "--listen", "127.0.0.1:0"];
        let counter = Counter::of(Role::try_start_in(&bureau.environment, &args).unwrap());
        let mut keys = [("anna", "1"), ("ben", "2")].map(|(name, person)| at_the_desk(&bureau, &counter, name, person));
        let [anna, ben] = [("anna", 0), ("ben", 1)].map(|(name, at)| counter.signed_in(name, &mut keys[at]));
        Shop { bureau, counter, anna, ben, keys }
    }
}

/// Somebody with a key file sets themselves up for the desk.
fn at_the_desk(bureau: &Bureau, counter: &Counter, account: &str, person: &str) -> Authenticator {
    let key = bureau.path(&format!("keys/{account}.key"));
    let office: Environment =
        vec![("COUNTERPART_OFFICE", bureau.path("office")), ("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE.to_owned())];
    let environment = [bureau.environment.clone(), office].concat();
    let link = expect_in(&environment, &["account", "link", account, "--as", &key], 0);
    let link = link.split_once("/set-up/").unwrap_or_else(|| panic!("no link: {link}")).1.lines().next().unwrap();
    counter.set_up(link, account, person)
}

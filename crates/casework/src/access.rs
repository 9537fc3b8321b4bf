//! Signing in, as far as it is a decision: how long a session lasts, how long to wait after failures, whether a link holds, which passwords are none.
//!
//! Not here: passwords' hashes, passkeys, mail and cookies, which are `desk`'s, and who may do what ([`crate::staff`] and the tables). Invariants: time is a
//! parameter; a clock that went back makes nothing last longer; a wait has an end, so that no stranger shuts anybody out for good.

mod contact;
mod event;
mod password;
mod persons;
mod ways;

pub use contact::MailAddress;
pub use event::{Event, What};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordFault, password_fault};
pub use persons::{
    Asked, MAILS_FORGOTTEN_MICROS, PERSON_LINK_MICROS, PERSON_TERMS, PersonWay, Persons, is_mail_due, person_link_holds,
};
pub use ways::{Way, Ways};

use crate::moment::TOLERANCE_MICROS;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long a one-time link holds.
pub const LINK_MICROS: i64 = 24 * HOUR;
/// How long a challenge may stay unanswered.
pub const CHALLENGE_MICROS: i64 = 10 * MINUTE;
/// After how long without another one failures are forgotten.
pub const FORGOTTEN_MICROS: i64 = 24 * HOUR;
/// The longest wait.
pub const WAIT_MICROS_MAX: i64 = 15 * MINUTE;
/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Without a request.
    pub idle_micros: i64,
    /// At all.
    pub whole_micros: i64,
    /// How long somebody counts as having just shown password and key.
    pub fresh_micros: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self { idle_micros: 15 * MINUTE, whole_micros: 8 * HOUR, fresh_micros: 5 * MINUTE }
    }
}

/// When a session began, when password and key were shown last, and when it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Its beginning.
    pub began_micros: i64,
    /// When password and key were shown last.
    pub shown_micros: i64,
    /// Its newest request.
    pub seen_micros: i64,
}

/// Whether so much time has not passed yet. What lies further ahead than clocks are set now and then counts as past.
fn is_within(since: i64, term: i64, now: i64) -> bool {
    let passed = now.saturating_sub(since);
    (-TOLERANCE_MICROS..term).contains(&passed)
}

impl Terms {
    /// Whether a session of these times holds now.
    #[must_use]
    pub fn hold(&self, times: &Times, now_micros: i64) -> bool {
        is_within(times.seen_micros, self.idle_micros, now_micros)
            && is_within(times.began_micros, self.whole_micros, now_micros)
    }

    /// Whether password and key were shown just now.
    #[must_use]
    pub fn are_fresh(&self, times: &Times, now_micros: i64) -> bool {
        is_within(times.shown_micros, self.fresh_micros, now_micros)
    }
}

/// Whether a link that was made then, and used or not, may be used now.
#[must_use]
pub fn link_holds(made_micros: i64, is_used: bool, now_micros: i64) -> bool {
    !is_used && is_within(made_micros, LINK_MICROS, now_micros)
}

/// Whose failures are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// Of one address, whatever account it names.
    Address,
    /// Of those who name one account and do not show one of its keys.
    Named,
    /// Of whoever shows a key of one account.
    Holder,
    /// Of one address that asks for links by mail, whatever mail addresses it names.
    Asker,
    /// Of whoever shows that mail reaches them, and types the code of one account.
    Code,
}

impl Counted {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Counted::Address => "address",
            Counted::Named => "named",
            Counted::Holder => "holder",
            Counted::Asker => "asker",
            Counted::Code => "code",
        }
    }

    /// The longest wait. Whoever asks for mail shares their address with others, and shows nothing by which they could be told from them: so it is short.
    fn longest(self) -> i64 {
        match self {
            Counted::Asker => MINUTE,
            Counted::Address | Counted::Named | Counted::Holder | Counted::Code => WAIT_MICROS_MAX,
        }
    }

    /// How many failures cost nothing. Behind one address there may be a whole office.
    fn free(self) -> u32 {
        match self {
            Counted::Address | Counted::Asker => 20,
            Counted::Named | Counted::Holder | Counted::Code => 5,
        }
    }
}

/// How long to wait after so many failures: nothing at first, then a second, doubled each time, and never longer than [`WAIT_MICROS_MAX`].
#[must_use]
pub fn wait_micros(counted: Counted, failures: u32) -> i64 {
    let Some(over) = failures.checked_sub(counted.free()) else { return 0 };
    let seconds = 1_i64.checked_shl(over.min(32)).unwrap_or(i64::MAX);
    seconds.saturating_mul(SECOND).min(counted.longest())
}

/// How long is still to be waited, the newest of these failures having been then; nothing where one may try now.
#[must_use]
pub fn still_to_wait(counted: Counted, failures: u32, newest_micros: i64, now_micros: i64) -> Option<i64> {
    let passed = now_micros.saturating_sub(newest_micros);
    // A clock that went back far shuts nobody out until it has come forward again.
    let wait = wait_micros(counted, failures);
    (wait > 0 && passed >= -TOLERANCE_MICROS && passed < wait).then(|| (wait - passed).min(WAIT_MICROS_MAX))
}

/// How many failures there are after one more.
#[must_use]
pub fn one_more(failures: u32, newest_micros: i64, now_micros: i64) -> u32 {
    if is_within(newest_micros, FORGOTTEN_MICROS, now_micros) { failures.saturating_add(1) } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_as_long_as_it_may() {
        let terms = Terms::default();
        let table = [
            // began, seen, now, holds; in seconds
            (0, 0, 0, true),
            (0, 0, 15 * 60 - 1, true),
            (0, 0, 15 * 60, false),
            (0, 8 * 3600 - 10, 8 * 3600 - 1, true),
            (0, 8 * 3600 - 10, 8 * 3600, false),
            // Clocks of two machines may differ a little; one that is hours behind makes nothing last longer.
            (100, 100, 0, true),
            (301, 301, 0, false),
            (20_000, 20_000, 0, false),
        ];
        for (began, seen, now, holds) in table {
            let times = Times { began_micros: began * SECOND, shown_micros: 0, seen_micros: seen * SECOND };
            assert_eq!(terms.hold(&times, now * SECOND), holds, "{began} {seen} {now}");
        }
    }

    #[test]
    fn a_sign_in_is_fresh_for_five_minutes_and_a_link_holds_a_day() {
        for (shown, now, fresh) in [(0, 0, true), (0, 299, true), (0, 300, false), (301, 0, false), (10, 0, true)] {
            let times = Times { began_micros: 0, shown_micros: shown * SECOND, seen_micros: now * SECOND };
            assert_eq!(Terms::default().are_fresh(&times, now * SECOND), fresh, "{shown} {now}");
        }
        let day = 24 * 3600;
        for (made, used, now, holds) in
            [(0, false, 0, true), (0, false, day - 1, true), (0, false, day, false), (0, true, 1, false)]
        {
            assert_eq!(link_holds(made * SECOND, used, now * SECOND), holds, "{made} {used} {now}");
        }
    }

    #[test]
    fn waits_grow_and_have_an_end() {
        let table = [
            (Counted::Named, 0, 0),
            (Counted::Named, 4, 0),
            (Counted::Named, 5, 1),
            (Counted::Named, 6, 2),
            (Counted::Named, 10, 32),
            (Counted::Named, 15, 900),
            (Counted::Named, u32::MAX, 900),
            (Counted::Holder, 5, 1),
            (Counted::Address, 19, 0),
            (Counted::Address, 20, 1),
            (Counted::Address, 100, 900),
            (Counted::Asker, 19, 0),
            (Counted::Asker, 25, 32),
            (Counted::Asker, 100, 60),
            (Counted::Code, 5, 1),
            (Counted::Code, u32::MAX, 900),
        ];
        for (counted, failures, seconds) in table {
            assert_eq!(wait_micros(counted, failures), seconds * SECOND, "{counted:?} {failures}");
        }
    }

    #[test]
    fn a_wait_passes_and_failures_are_forgotten() {
        let table = [
            (4, 100, 100, None),
            (6, 100, 100, Some(2)),
            (6, 100, 101, Some(1)),
            (6, 100, 102, None),
            // The clock went back: a little, and by hours.
            (6, 100, 99, Some(3)),
            (4, 100, 99, None),
            (6, 20_000, 100, None),
        ];
        for (failures, newest, now, left) in table {
            let wait = still_to_wait(Counted::Named, failures, newest * SECOND, now * SECOND);
            assert_eq!(wait, left.map(|left| left * SECOND), "{failures} {newest} {now}");
        }
        assert_eq!(one_more(7, 0, FORGOTTEN_MICROS - 1), 8);
        assert_eq!(one_more(7, 0, FORGOTTEN_MICROS), 1);
        assert_eq!(one_more(u32::MAX, 0, 1), u32::MAX);
    }
}

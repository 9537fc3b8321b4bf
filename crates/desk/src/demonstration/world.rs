//! What the lives of a demonstration share: staff, rooms, rules, chance, and the list of what is to be done when.
//!
//! Not one case's life (`life.rs`), nor the office in which it is written down (`making.rs`). Invariants: nothing is done later than the moment at which the demonstration is made;
//! a room has one meeting at a time; what is decided here is decided by the same rules as there.

use casework::case::{By, Case, Command};
use casework::staff::{self, Staff};
use casework::{Account, CaseId, Digest, HoldId, Moment, Name, ThingId};
use rules::{Book, Meeting};

use super::almanac::Almanac;
use super::people::{FIRST_NUMBER, STAFF, sites};
use crate::error::{Error, Result};

/// One sealed recording, to be kept.
pub(super) struct Sound {
    /// Its own id.
    pub(super) id: Digest,
    /// The digest of its file.
    pub(super) digest: Digest,
    pub(super) bytes: Vec<u8>,
}

/// Where bytes of chance, keys and recordings come from: a test has its own.
pub(super) trait Sources {
    fn chance(&mut self) -> Result<[u8; 32]>;
    /// How a case is referred to.
    fn reference(&mut self) -> Result<Name>;
    /// A recording that began then, as its header has it.
    fn sound(&mut self, start: &str) -> Result<Sound>;
}

/// What is to be done.
pub(super) enum Deed {
    /// A meeting is planned: the first of its case.
    Plan(Box<Command>),
    /// Something is done in a case, by one at one moment.
    Act(Vec<Command>),
    /// A recording is taken in as this thing.
    Take { thing: ThingId, sound: usize, meeting: Meeting, day: rules::Date },
    /// A thing that is kept is held.
    Hold { thing: ThingId, hold: HoldId },
}

/// One step.
pub(super) struct Step {
    pub(super) at_us: i64,
    pub(super) by: By,
    /// Which case, by its stand-in: the office gives it another id.
    pub(super) case: CaseId,
    pub(super) deed: Deed,
}

/// All of it.
pub(super) struct World<'a> {
    pub(super) almanac: Almanac,
    pub(super) book: &'a Book,
    pub(super) staff: Staff,
    pub(super) sources: &'a mut dyn Sources,
    pub(super) steps: Vec<Step>,
    pub(super) sounds: Vec<Sound>,
    pub(super) cases: Vec<Case>,
    /// Which things are kept of which case.
    pub(super) kept: Vec<(CaseId, ThingId)>,
    taken: Vec<(Name, Name, i64, i64)>,
    /// Whether all is of one moment, and nobody waits.
    pub(super) stands_still: bool,
}

impl<'a> World<'a> {
    /// One in which nothing happened yet.
    pub(super) fn new(now_us: i64, book: &'a Book, staff: Staff, sources: &'a mut dyn Sources) -> World<'a> {
        let almanac = Almanac::new(now_us);
        let (steps, sounds, cases) = (Vec::new(), Vec::new(), Vec::new());
        let (kept, taken, stands_still) = (Vec::new(), Vec::new(), false);
        World { almanac, book, staff, sources, steps, sounds, cases, kept, taken, stands_still }
    }

    /// A private room of that office that is free then, and where nobody can record now. None where there is none.
    pub(super) fn free_room(&mut self, office: &Name, starts_us: i64, ends_us: i64) -> Option<Name> {
        let site = sites().into_iter().find(|site| site.name == office.as_str())?;
        let is_free = |room: &Name| {
            !self
                .taken
                .iter()
                .any(|(at, one, from, to)| at == office && one == room && *from < ends_us && *to > starts_us)
        };
        let private = site.rooms.iter().filter(|room| room.private && room.recorder.is_none());
        let room = private.filter_map(|room| room.name.parse().ok()).find(is_free)?;
        self.taken.push((office.clone(), room.clone(), starts_us, ends_us));
        Some(room)
    }

    /// Everything in the order of its moments. What was said first of those at one moment is done first.
    pub(super) fn in_order(&mut self) -> Vec<Step> {
        let mut steps = std::mem::take(&mut self.steps);
        steps.sort_by_key(|step| step.at_us);
        steps
    }
}

/// What is done about the staff, in order, and by whom; an account's key comes from the caller.
pub(super) fn enrolment(
    mut key: impl FnMut(&Account) -> Result<casework::PublicKey>,
) -> Result<Vec<(Option<Account>, Vec<staff::Command>)>> {
    let accounts: Vec<Account> = STAFF.iter().map(|(name, _)| account(name)).collect::<Result<_>>()?;
    let (ada, ben) = (accounts[0].clone(), accounts[1].clone());
    let mut enrol = Vec::new();
    for (number, account) in (FIRST_NUMBER..).zip(&accounts) {
        let person = number.to_string().parse().map_err(unfit)?;
        enrol.push(staff::Command::Enrol { account: account.clone(), person, key: key(account)? });
    }
    let rest = enrol.split_off(2);
    let confirm = |account: &Account| staff::Command::Confirm { account: account.clone() };
    let grants = |which: &[(&str, casework::Role)]| -> Result<Vec<staff::Command>> {
        which.iter().map(|(name, role)| Ok(staff::Command::Grant { account: account(name)?, role: *role })).collect()
    };
    let (first, others) = (grants(&STAFF[..2])?, grants(&STAFF[2..])?);
    let confirm_others: Vec<_> = accounts[2..].iter().map(confirm).collect();
    Ok(vec![
        (None, enrol),
        (Some(ada.clone()), vec![confirm(&ben)]),
        (Some(ben.clone()), [vec![confirm(&ada)], first.clone()].concat()),
        (Some(ada.clone()), [first, rest].concat()),
        (Some(ben), [confirm_others, others.clone()].concat()),
        (Some(ada), others),
    ])
}

/// The staff that this makes, in memory alone.
pub(super) fn staffed(at_us: i64, key: impl FnMut(&Account) -> Result<casework::PublicKey>) -> Result<Staff> {
    let (mut staff, moment) = (Staff::default(), Moment::local(at_us));
    for (by, commands) in enrolment(key)? {
        for command in commands {
            for event in staff::decide(&staff, &command, by.as_ref(), &moment).map_err(unfit)? {
                staff.apply(&event).map_err(unfit)?;
            }
        }
    }
    Ok(staff)
}

pub(super) fn account(name: &str) -> Result<Account> {
    name.parse().map_err(unfit)
}

pub(super) fn name(text: &str) -> Result<Name> {
    text.parse().map_err(unfit)
}

/// A demonstration that cannot be made is a mistake of the program's.
pub(super) fn unfit(why: impl std::fmt::Display) -> Error {
    Error::of(format_args!("the demonstration does not fit its own rules: {why}")).hint("report this")
}

//! Commands about accounts, and whether they may be.
//!
//! Not here: what an event makes of the staff (`mod.rs`). Invariants: whoever enrols an account does not confirm it; whoever proposes a role does
//! not agree to it; two accounts of one person are one person in both.

use super::event::{Event, What};
use super::{Staff, Standing};
use crate::hex::PublicKey;
use crate::moment::Moment;
use crate::name::{Account, Person};
use crate::refusal::Refusal;
use crate::role::Role;
use crate::signature;

/// What somebody wants done about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Give a person an account.
    Enrol {
        /// Its name.
        account: Account,
        /// Whose.
        person: Person,
        /// The key it approves with.
        key: PublicKey,
    },
    /// Say that an account is that person's.
    Confirm {
        /// Which.
        account: Account,
    },
    /// Propose a role, or agree to one that somebody else proposed.
    Grant {
        /// To whom.
        account: Account,
        /// Which.
        role: Role,
    },
    /// Take a role away, at once.
    Revoke {
        /// From whom.
        account: Account,
        /// Which.
        role: Role,
    },
    /// Use an account no more.
    Leave {
        /// Which.
        account: Account,
    },
}

/// What follows from a command by `actor` at `moment`. Without an actor it is whoever sets the system up, who may enrol the first two persons.
///
/// # Errors
/// Why not.
pub fn decide(
    staff: &Staff,
    command: &Command,
    actor: Option<&Account>,
    moment: &Moment,
) -> Result<Vec<Event>, Refusal> {
    let what = match command {
        Command::Enrol { account, person, key } => enrol(staff, account, person, *key, actor)?,
        Command::Confirm { account } => confirm(staff, account, actor)?,
        Command::Grant { account, role } => grant(staff, account, *role, actor)?,
        Command::Revoke { account, role } => revoke(staff, account, *role, actor)?,
        Command::Leave { account } => leave(staff, account, actor)?,
    };
    let at_micros = moment.at_micros();
    Ok(vec![Event {
        number: staff.number + 1,
        at_micros,
        clocks: moment.clocks().to_vec(),
        behind_micros: staff.behind(at_micros),
        by: actor.cloned(),
        what,
    }])
}

fn enrol(
    staff: &Staff,
    account: &Account,
    person: &Person,
    key: PublicKey,
    actor: Option<&Account>,
) -> Result<What, Refusal> {
    if staff.is_founded {
        acting(staff, actor, Role::Administrator)?;
    } else {
        let others = staff.persons(|one| one.person != *person && !one.has_left);
        if actor.is_some() || others >= 2 {
            return Err(Refusal::NotFounded);
        }
    }
    if staff.accounts.contains_key(account) {
        return Err(Refusal::AccountExists { account: account.clone() });
    }
    if !signature::is_key(&key) {
        return Err(Refusal::BadKey);
    }
    if staff.accounts.values().any(|one| one.key == key) {
        return Err(Refusal::KeyInUse);
    }
    Ok(What::Enrolled { account: account.clone(), person: person.clone(), key })
}

fn confirm(staff: &Staff, account: &Account, actor: Option<&Account>) -> Result<What, Refusal> {
    let theirs = known(staff, account)?;
    let by = actor.ok_or(Refusal::NeedsPerson)?;
    let ours = known(staff, by)?;
    if theirs.has_left {
        return Err(Refusal::HasLeft { account: account.clone() });
    }
    if theirs.confirmed.is_some() {
        return Err(Refusal::AlreadySo);
    }
    // Until there have been two confirmed persons nobody can be asked to be one: the first two vouch for each other.
    if staff.is_founded && !ours.is_confirmed() || ours.has_left {
        return Err(Refusal::NotConfirmed { account: by.clone() });
    }
    let enroller = theirs.enrolled_by.as_ref().and_then(|one| staff.who(one));
    if ours.person == theirs.person || enroller.is_some_and(|one| one.person == ours.person) {
        return Err(Refusal::SamePerson);
    }
    Ok(What::Confirmed { account: account.clone() })
}

fn grant(staff: &Staff, account: &Account, role: Role, actor: Option<&Account>) -> Result<What, Refusal> {
    let by = actor.ok_or(Refusal::NeedsPerson)?;
    let ours = granting(staff, by, role)?;
    let theirs = known(staff, account)?;
    if !theirs.is_confirmed() {
        return Err(Refusal::NotConfirmed { account: account.clone() });
    }
    if theirs.roles.contains_key(&role) {
        return Err(Refusal::AlreadySo);
    }
    let proposed = staff.proposed.iter().find(|one| (&one.account, one.role) == (account, role));
    let Some(proposed) = proposed else {
        return Ok(What::GrantProposed { account: account.clone(), role });
    };
    let proposer = known(staff, &proposed.by)?;
    if proposer.person == ours.person {
        return Err(Refusal::SamePerson);
    }
    // A proposer who could not propose it any more proposes nothing: whoever asks now proposes it anew.
    let may_still = granting(staff, &proposed.by, role).is_ok()
        && (!has_administrator(staff) || proposer.has_had(&[Role::Administrator], proposed.number));
    let account = account.clone();
    Ok(if may_still { What::Granted { account, role } } else { What::GrantProposed { account, role } })
}

fn revoke(staff: &Staff, account: &Account, role: Role, actor: Option<&Account>) -> Result<What, Refusal> {
    let by = actor.ok_or(Refusal::NeedsPerson)?;
    if by != account {
        acting(staff, actor, Role::Administrator)?;
    }
    if !known(staff, account)?.roles.contains_key(&role) {
        return Err(Refusal::AlreadySo);
    }
    Ok(What::Revoked { account: account.clone(), role })
}

fn leave(staff: &Staff, account: &Account, actor: Option<&Account>) -> Result<What, Refusal> {
    let by = actor.ok_or(Refusal::NeedsPerson)?;
    if by != account {
        acting(staff, actor, Role::Administrator)?;
    }
    let theirs = known(staff, account)?;
    if theirs.has_left {
        return Err(Refusal::AlreadySo);
    }
    // Two people can give each other every role again; one alone could never be joined by anybody.
    let stay = |one: &Standing| one.is_confirmed() && one.key != theirs.key;
    if staff.is_founded && theirs.is_confirmed() && staff.persons(stay) < 2 {
        return Err(Refusal::TooFewPeople);
    }
    Ok(What::Left { account: account.clone() })
}

/// The account that may give `role`: an administrator's, or any confirmed one while there is no administrator to be had.
fn granting<'a>(staff: &'a Staff, by: &Account, role: Role) -> Result<&'a Standing, Refusal> {
    if role == Role::Administrator && !has_administrator(staff) {
        let ours = known(staff, by)?;
        return if ours.is_confirmed() && staff.is_founded {
            Ok(ours)
        } else {
            Err(Refusal::NotConfirmed { account: by.clone() })
        };
    }
    acting(staff, Some(by), Role::Administrator)
}

/// Whether roles can be given as they ought to be. With one administrator alone nobody could ever agree.
fn has_administrator(staff: &Staff) -> bool {
    staff.persons(|one| one.has(Role::Administrator)) >= 2
}

/// The actor's account, if it counts and has that role.
fn acting<'a>(staff: &'a Staff, actor: Option<&Account>, role: Role) -> Result<&'a Standing, Refusal> {
    let by = actor.ok_or(Refusal::NeedsPerson)?;
    let ours = known(staff, by)?;
    if !ours.is_confirmed() {
        return Err(Refusal::NotConfirmed { account: by.clone() });
    }
    if ours.has(role) { Ok(ours) } else { Err(Refusal::NotYours { account: by.clone(), roles: vec![role] }) }
}

fn known<'a>(staff: &'a Staff, account: &Account) -> Result<&'a Standing, Refusal> {
    staff.who(account).ok_or_else(|| Refusal::NoAccount { account: account.clone() })
}

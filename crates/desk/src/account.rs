//! `counterpartd account link`: a one-time link to the desk, from the command line.
//!
//! Not the pages that make one too (`http/access/people.rs`). Invariants: whoever asks for a link for another acts with an administrator's key; the key of
//! an account that has one goes by the link only for its own person, sealed under what only the link has.

use casework::{Account, Person, Role};
use clap::{Args, Subcommand};

use crate::access::links::{self, Maker, Whose};
use crate::error::{Error, Result};
use crate::vault::{Place, Who, staff_number};
use crate::{codes, out};

/// Let people sign in to the desk
#[derive(Args, Debug)]
pub(crate) struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Subcommand, Debug)]
enum AccountCommand {
    Link(LinkArgs),
}

/// Make a one-time link with which an account is set up for the desk: one's own, or a new one's
#[derive(Args, Debug)]
struct LinkArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// Where browsers reach the desk: `https://desk.example.org`
    #[arg(long, value_name = "URL", default_value = "")]
    origin: String,
    /// Whose a new account is to be: a staff number
    #[arg(long, value_name = "NUMBER", value_parser = staff_number)]
    person: Option<Person>,
    /// The account
    account: Account,
}

/// `counterpartd account …`.
pub(crate) async fn run(args: AccountArgs) -> Result<u8> {
    let AccountCommand::Link(args) = args.command;
    let actor = args.who.actor()?;
    let office = Box::pin(args.place.open()).await?;
    let staff = office.staff().await?;
    let refused = |what: &str, hint: &str| Error::of(what).hint(hint).with_code(codes::REFUSED);
    let ours = staff.who(&actor.account).filter(|one| !one.has_left && one.key == actor.public_key());
    let Some(ours) = ours else {
        return Err(refused("this key is no account's of this office", "name the key that was enrolled, with --as"));
    };
    let is_own = actor.account == args.account;
    let person = match (is_own, &args.person) {
        (true, _) => ours.person.clone(),
        (false, _) if !ours.has(Role::Administrator) => {
            return Err(refused(
                "links for others are an administrator's",
                "ask one, or make one for your own account",
            ));
        }
        (false, _) if staff.who(&args.account).is_some() => {
            return Err(refused("this account has a key already", "its own person makes its link, with that key"));
        }
        (false, None) => {
            return Err(Error::of("--person is missing").hint("a new account is somebody's: --person NUMBER"));
        }
        (false, Some(person)) => person.clone(),
    };
    let key = is_own.then(|| actor.secret());
    let whose = Whose { account: Some(&args.account), person: Some(&person), key };
    let maker = Maker { actor: Some(&actor), is_enrolled: true, is_administrator: ours.has(Role::Administrator) };
    let end = Box::pin(links::make(&office, &maker, &whose)).await?;
    office.close().await;
    Ok(out::result(&format!("{}/set-up/{}\n", args.origin.trim_end_matches('/'), *end), codes::DONE))
}

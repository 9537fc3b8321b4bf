//! `vault key`, `passphrase`, `enrol`, `confirm`, `grant`, `revoke`, `leave`, `people`: who may act.
//!
//! Not what each may do (`casework::custody::ROWS`). Invariant: a secret key is made where its owner is and goes nowhere; the office
//! is told the public half.

use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretString};
use casework::staff::Command;
use casework::{Account, Person, PublicKey, Role};
use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{ACCOUNT_PASSPHRASE, Behind, Place, Who};
use crate::config::places;
use crate::error::{Error, Result};
use crate::office::{Actor, Office};
use crate::{codes, files, out};

/// Make an account's key, on the machine of the person whose it is, and print its public half
#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    /// The account's name
    #[arg(long)]
    account: Account,
    /// Where the key is written
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// The passphrase for the key, in a file; otherwise $COUNTERPART_ACCOUNT_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Lock the key to no passphrase: whoever has the file is that person
    #[arg(long)]
    no_passphrase: bool,
}

/// Change the passphrase of an account's key, or give it one; the key stays the same
#[derive(Args, Debug)]
pub(crate) struct PassphraseArgs {
    #[command(flatten)]
    who: Who,
    /// The new passphrase, in a file; otherwise it is asked for on the terminal
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    new_passphrase_file: Option<PathBuf>,
    /// Take the passphrase away: whoever has the file is that person
    #[arg(long)]
    no_passphrase: bool,
}

/// Give a person an account; another person confirms it. The first two are enrolled without --as
#[derive(Args, Debug)]
pub(crate) struct EnrolArgs {
    #[command(flatten)]
    place: Place,
    /// The key of the administrator's account; left out for the first two people of an office
    #[arg(long = "as", value_name = "FILE", env = "COUNTERPART_ACCOUNT_KEY")]
    who: Option<PathBuf>,
    #[command(flatten)]
    behind: Behind,
    /// The account's name
    #[arg(long)]
    account: Account,
    /// Whose it is: a staff number, 1 to 18 digits. Two accounts of one person are one person
    #[arg(long, value_name = "NUMBER", value_parser = staff_number)]
    person: Person,
    /// The public half of its key, as "vault key" printed it
    #[arg(long, value_name = "HEX")]
    public_key: PublicKey,
}

/// Say that an account is the person's whose it is said to be; or, with leave, that it is used no more
#[derive(Args, Debug)]
pub(crate) struct AccountArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The account
    account: Account,
}

/// Give a role, which takes two administrators, or take one away, which takes one
#[derive(Args, Debug)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The account
    account: Account,
    /// The role: interviewer, team-leader, adviser, information-rights-officer, records-officer, privacy-officer, auditor, administrator
    role: Role,
}

/// Show all accounts
#[derive(Args, Debug)]
pub(crate) struct PeopleArgs {
    #[command(flatten)]
    place: Place,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A certificate names people by number.
pub(crate) fn staff_number(text: &str) -> std::result::Result<Person, String> {
    let is_number = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse::<Person>()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| "a staff number has 1 to 18 digits, not 0 first".into())
}

/// `vault key`.
pub(crate) fn key(args: &KeyArgs) -> Result<u8> {
    // Nobody thinks of a passphrase for a file that cannot be made.
    files::absent(&args.file)?;
    places::outside_any(&args.file).map_err(|(what, hint)| Error::of(what).hint(hint))?;
    let secret = match args.no_passphrase {
        true => None,
        false => Some(new_passphrase(args.passphrase_file.as_deref(), Some(ACCOUNT_PASSPHRASE), "--passphrase-file")?),
    };
    let actor = Actor::make(args.account.clone(), &args.file, secret)?;
    Ok(out::result(&format!("{}\n", actor.public_key()), codes::DONE))
}

/// `vault passphrase`.
pub(crate) fn passphrase(args: &PassphraseArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let secret = match args.no_passphrase {
        true => None,
        false => Some(new_passphrase(args.new_passphrase_file.as_deref(), None, "--new-passphrase-file")?),
    };
    let is_locked = secret.is_some();
    actor.lock_anew(&args.who.key, secret)?;
    let now = if is_locked { "has the new passphrase" } else { "has no passphrase" };
    let text = format!("the key of {} {now}; copies of the file are as they were\n", actor.account);
    Ok(out::result(&text, codes::DONE))
}

/// A passphrase that is to be: typed twice, where it is typed.
fn new_passphrase(file: Option<&Path>, variable: Option<&str>, flag: &str) -> Result<SecretString> {
    let given = match (file, variable.and_then(|variable| std::env::var(variable).ok())) {
        (None, Some(text)) => SecretString::from(text),
        (None, None) => typed_twice(flag)?,
        (Some(file), _) => {
            let text = Zeroizing::new(files::read(file)?);
            SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    match given.expose_secret().is_empty() {
        true => Err(Error::of("an empty passphrase keeps nobody out").hint("choose one; or say --no-passphrase")),
        false => Ok(given),
    }
}

fn typed_twice(flag: &str) -> Result<SecretString> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map(SecretString::from).map_err(|_| {
            Error::of("a key has a passphrase, and there is no terminal to ask for one on")
                .hint(format_args!("name a file with {flag}; --no-passphrase makes a key for whoever has the file"))
        })
    };
    let (first, second) = (ask("New passphrase of the key: ")?, ask("The same again: ")?);
    match first.expose_secret() == second.expose_secret() {
        true => Ok(first),
        false => Err(Error::of("the two passphrases differ").hint("nothing was changed; try again")),
    }
}

/// `vault enrol`.
pub(crate) async fn enrol(args: EnrolArgs) -> Result<u8> {
    let actor = args.who.as_deref().map(|key| args.behind.read(key)).transpose()?;
    let command = Command::Enrol { account: args.account, person: args.person, key: args.public_key };
    act(&args.place, actor.as_ref(), command).await
}

/// `vault confirm`.
pub(crate) async fn confirm(args: AccountArgs) -> Result<u8> {
    act(&args.place, Some(&args.who.actor()?), Command::Confirm { account: args.account }).await
}

/// `vault grant`.
pub(crate) async fn grant(args: RoleArgs) -> Result<u8> {
    act(&args.place, Some(&args.who.actor()?), Command::Grant { account: args.account, role: args.role }).await
}

/// `vault revoke`.
pub(crate) async fn revoke(args: RoleArgs) -> Result<u8> {
    act(&args.place, Some(&args.who.actor()?), Command::Revoke { account: args.account, role: args.role }).await
}

/// `vault leave`.
pub(crate) async fn leave(args: AccountArgs) -> Result<u8> {
    act(&args.place, Some(&args.who.actor()?), Command::Leave { account: args.account }).await
}

async fn act(place: &Place, actor: Option<&Actor>, command: Command) -> Result<u8> {
    let office = place.open().await?;
    let (account, role) = match &command {
        Command::Grant { account, role } => (account.clone(), Some(*role)),
        Command::Enrol { account, .. } | Command::Confirm { account } | Command::Leave { account } => {
            (account.clone(), None)
        }
        Command::Revoke { account, .. } => (account.clone(), None),
    };
    let staff = office.act_on_staff(actor, &Office::local_moment(), &[command]).await?;
    office.close().await;
    let is_half = role.is_some_and(|role| staff.who(&account).is_some_and(|standing| !standing.has(role)));
    if is_half {
        return Ok(out::result("proposed; another administrator grants it with the same command\n", codes::DONE));
    }
    Ok(codes::DONE)
}

#[derive(Serialize)]
struct Row {
    account: String,
    person: String,
    confirmed: bool,
    left: bool,
    roles: Vec<&'static str>,
    public_key: String,
}

/// `vault people`.
pub(crate) async fn people(args: PeopleArgs) -> Result<u8> {
    let office = args.place.open().await?;
    let staff = office.staff().await?;
    office.close().await;
    let rows: Vec<Row> = staff
        .accounts()
        .map(|(account, standing)| Row {
            account: account.to_string(),
            person: standing.person.to_string(),
            confirmed: standing.is_confirmed(),
            left: standing.has_left,
            roles: standing.roles.keys().map(|role| role.as_str()).collect(),
            public_key: standing.key.to_string(),
        })
        .collect();
    if args.json {
        return Ok(out::json(
            &serde_json::json!({ "schema": "counterpart.vault-people/1", "people": rows }),
            codes::DONE,
        ));
    }
    let line = |row: &Row| {
        let state = match row {
            Row { left: true, .. } => "left",
            Row { confirmed: false, .. } => "not confirmed",
            _ => "confirmed",
        };
        format!("{:<20} person {:<12} {state:<14} {}\n", row.account, row.person, row.roles.join(", "))
    };
    Ok(out::result(&rows.iter().map(line).collect::<String>(), codes::DONE))
}

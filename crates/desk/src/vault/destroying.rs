//! `vault propose`, `approve`, `withdraw`, `destroy`, `destroyed`, `certificate`: the end of a thing.
//!
//! Not the conditions (`casework::custody`) and steps (`office/erasing.rs`). Invariants: who approves sees first what exactly it is; nothing is
//! begun on one clock's word; a destruction that was broken off goes on with the same command.

use std::path::PathBuf;

use casework::custody::{Command, Method, Phase};
use casework::{Digest, ThingId};
use clap::Args;

use super::{Place, Who, thing_id, words};
use crate::error::{Error, Result};
use crate::office::Office;
use crate::{codes, files, out};

/// Go towards the end of a thing that is due: propose it, withdraw an approval, or destroy it
#[derive(Args, Debug)]
pub(crate) struct ThingArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
}

/// Approve the destruction of exactly what is shown
#[derive(Args, Debug)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The digest of what is approved; without it that is shown, and nothing is approved
    #[arg(long, value_name = "HEX")]
    subject: Option<Digest>,
}

/// Note that a disc or tape was destroyed, by hand or machine
#[derive(Args, Debug)]
pub(crate) struct DestroyedArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// How: shredded, ground, burnt, demagnetised
    #[arg(long)]
    method: Method,
    /// By whom, as the certificate says it for ever: an office or a firm, nobody whom the thing is about
    #[arg(long, value_parser = words::line)]
    by: String,
    /// Where, as the certificate says it
    #[arg(long = "where", value_name = "PLACE", value_parser = words::line)]
    place_of_it: String,
    /// By which standard, if by one, as the certificate says it: "BS EN 15713:2023"
    #[arg(long, value_parser = words::line)]
    standard: Option<String>,
}

/// Give out the certificate of a destruction, with the log's proof
#[derive(Args, Debug)]
pub(crate) struct CertificateArgs {
    #[command(flatten)]
    place: Place,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Into this new file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `vault propose`.
pub(crate) async fn propose(args: ThingArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let (moment, _) = office.agreed_for(&actor).await?;
    let recorded = office.act(Some(&actor), args.thing, &moment, &[Command::ProposeDestruction]).await?;
    let subject = recorded.thing.proposal().map(|proposal| proposal.subject.to_string()).unwrap_or_default();
    office.close().await;
    Ok(out::result(&format!("{subject}\n"), codes::DONE))
}

/// `vault approve`.
pub(crate) async fn approve(args: ApproveArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let thing = office.thing(args.thing).await?;
    let Some(subject) = args.subject else {
        let subject = thing.subject(&office.book).map_err(|refusal| crate::office::refused(&refusal))?;
        let digest = subject.digest();
        office.close().await;
        let hint = format!("to approve it: --subject {digest}");
        return Ok(out::result(&format!("{}\n{hint}\n", subject.text()), codes::DONE));
    };
    office.is_whole().await?;
    let (moment, _) = office.agreed_for(&actor).await?;
    let command = Command::ApproveDestruction { subject, signature: actor.approval(&subject) };
    office.act(Some(&actor), args.thing, &moment, &[command]).await?;
    office.close().await;
    Ok(codes::DONE)
}

/// `vault withdraw`.
pub(crate) async fn withdraw(args: ThingArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    office.act(Some(&actor), args.thing, &Office::local_moment(), &[Command::WithdrawApproval]).await?;
    office.close().await;
    Ok(codes::DONE)
}

/// `vault destroy`.
pub(crate) async fn destroy(args: ThingArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open_with_stores().await?;
    let clocks = office.agreed_for(&actor).await?;
    office.destroy(Some(&actor), args.thing, &clocks, None).await?;
    say_end(office, args.thing).await
}

/// `vault destroyed`.
pub(crate) async fn destroyed(args: DestroyedArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let command =
        Command::DestroyItem { method: args.method, by: args.by, place: args.place_of_it, standard: args.standard };
    Box::pin(office.item_destroyed(&actor, args.thing, command, None)).await?;
    say_end(office, args.thing).await
}

/// One line on how far it has come, after the log was given its commitment.
async fn say_end(office: Office, id: ThingId) -> Result<u8> {
    let submitted = office.submit_waiting().await?;
    let thing = office.thing(id).await?;
    let destruction = thing.destruction().cloned().unwrap_or_default();
    office.close().await;
    let day = |us: Option<i64>| us.map(words::instant).unwrap_or_default();
    let line = match (thing.phase(), destruction.logged) {
        (Phase::Destroyed, Some((_, index))) => {
            format!("destroyed on {}, log index {index}", day(destruction.done_micros))
        }
        (Phase::Destroyed, None) => {
            let why = submitted.why.unwrap_or_else(|| "it was not asked".to_owned());
            format!("destroyed on {}, not in the log yet: {why}", day(destruction.done_micros))
        }
        _ => "its destruction began; destroy the item, and say so with \"vault destroyed\"".to_owned(),
    };
    Ok(out::result(&format!("{line}\n"), codes::DONE))
}

/// `vault certificate`.
pub(crate) async fn certificate(args: CertificateArgs) -> Result<u8> {
    let office = args.place.open().await?;
    if let Some(path) = &args.out {
        office.config.check_outside(&office.folder, path)?;
    }
    let file = office.right_certificate(args.thing).await?;
    office.close().await;
    let file = file.ok_or_else(|| {
        Error::of("there is no certificate of this thing")
            .hint("only what was destroyed has one; \"vault show\" says where a thing stands")
            .with_code(codes::REFUSED)
    })?;
    let text = if args.json { file.json() } else { file.text() };
    let text =
        text.map_err(|fault| Error::of(fault).hint("what office.toml says of name and place must fit a certificate"))?;
    match args.out {
        Some(path) => files::create_public(&path, text.as_bytes()).map(|()| codes::DONE),
        None => Ok(out::result(&text, codes::DONE)),
    }
}

//! `vault copied`, `move`, `ask-transfer`, `approve-transfer`, `transfer`: a thing goes to somebody, or to another place.
//!
//! Not whether it may (`casework::custody`).
//! Invariant: passing on is refused unless somebody else approved an exception with its basis in law.

use casework::custody::{Basis, Command, Way, Words};
use casework::{Digest, HoldId, ThingId};
use clap::Args;

use super::{Place, Who, thing_id, words};
use crate::error::Result;
use crate::office::{Office, fresh};
use crate::{codes, out};

/// Note that the person got a copy
#[derive(Args, Debug)]
pub(crate) struct CopiedArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// In which way: hand, post, download
    #[arg(long)]
    way: Way,
    /// Who received it; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    receiver: String,
    /// The SHA-256 digest of the receipt that was signed or sent
    #[arg(long, value_name = "HEX")]
    receipt: Option<Digest>,
}

/// Note that a disc or tape lies elsewhere now
#[derive(Args, Debug)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// Where it lies; encrypted under the thing's key
    #[arg(long = "where", value_name = "PLACE", value_parser = words::line)]
    lies: String,
}

/// Ask that a thing be passed on, which is not normally done; somebody else approves it
#[derive(Args, Debug)]
pub(crate) struct AskTransferArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// What in law lets it: consent, order, statute, crime, vital-interest
    #[arg(long)]
    basis: Basis,
    /// To whom; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    receiver: String,
    /// Why; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reason: String,
}

/// Approve that a thing be passed on, or note that it was
#[derive(Args, Debug)]
pub(crate) struct TransferArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The transfer, as "vault ask-transfer" printed it
    transfer: HoldId,
}

/// `vault copied`.
pub(crate) async fn copied(args: CopiedArgs) -> Result<u8> {
    let words = Words { receiver: Some(args.receiver), ..Words::default() };
    act(&args.place, &args.who, args.thing, Command::Copy { way: args.way, receipt: args.receipt, words }).await
}

/// `vault move`.
pub(crate) async fn moved(args: MoveArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let moment = Office::local_moment();
    let command = Command::Move { words: Words { place: Some(args.lies.clone()), ..Words::default() } };
    // The keyring is told of nothing that was not decided on a history that holds.
    office.may_surely(&actor, args.thing, &moment, &command).await?;
    let _acting = office.acting()?;
    let before = office.to_carry(args.thing).await?;
    if let Some((key, carried)) = &before {
        // First the keyring: a restore is to find it where it lies.
        office.carry(args.thing, key, &carried.clone().at(&args.lies)).await?;
    }
    let done = office.act(Some(&actor), args.thing, &moment, &[command]).await;
    if let (Err(_), Some((key, carried))) = (&done, &before) {
        office.carry(args.thing, key, carried).await?;
    }
    office.close().await;
    done.map(|_| codes::DONE)
}

/// `vault ask-transfer`.
pub(crate) async fn ask_transfer(args: AskTransferArgs) -> Result<u8> {
    let transfer = HoldId(fresh()?);
    let words = Words { receiver: Some(args.receiver), reason: Some(args.reason), ..Words::default() };
    let command = Command::AskTransfer { transfer, basis: args.basis, words };
    let code = act(&args.place, &args.who, args.thing, command).await?;
    Ok(out::result(&format!("{transfer}\n"), code))
}

/// `vault approve-transfer`.
pub(crate) async fn approve_transfer(args: TransferArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let thing = office.thing(args.thing).await?;
    let subject = thing.transfers().get(&args.transfer).map_or(Digest([0; 32]), |proposal| proposal.subject);
    let command = Command::ApproveTransfer { transfer: args.transfer, subject };
    office.act(Some(&actor), args.thing, &office.moment_for(&actor, args.thing).await?, &[command]).await?;
    office.close().await;
    Ok(codes::DONE)
}

/// `vault transfer`.
pub(crate) async fn transfer(args: TransferArgs) -> Result<u8> {
    act(&args.place, &args.who, args.thing, Command::Transfer { transfer: args.transfer }).await
}

async fn act(place: &Place, who: &Who, thing: ThingId, command: Command) -> Result<u8> {
    let actor = who.actor()?;
    let office = place.open().await?;
    office.act(Some(&actor), thing, &office.moment_for(&actor, thing).await?, &[command]).await?;
    office.close().await;
    Ok(codes::DONE)
}

//! `vault request`, `answer`, `hold`, `review`, `release`, `approve-release`, `lapse`: what stops destruction, and how it ends.
//!
//! Not when a hold may end (`casework::custody`), nor in which order keyring and events hear of it (`office/holding.rs`).
//! Invariant: whoever places a hold is told its name, by which it can be ended again.

use casework::custody::{Authority, Command, RequestKind, What, Words};
use casework::{HoldId, ThingId};
use clap::Args;
use serde_json::json;

use super::{Place, Who, thing_id, words};
use crate::error::Result;
use crate::office::{Placed, Recorded, fresh};
use crate::{codes, out};

/// Note that somebody asked for a thing: it is held until the answer and some time after
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// What was asked: information-request, access-request, complaint, appeal, legal-claim
    #[arg(long)]
    kind: RequestKind,
    /// The request's reference; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reference: String,
}

/// Hold a thing
#[derive(Args, Debug)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// On whose authority: court, regulator, police, inquiry, office
    #[arg(long)]
    authority: Authority,
    /// Why; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reason: String,
    /// Their reference
    #[arg(long, value_parser = words::line)]
    reference: Option<String>,
}

/// Go on with a hold: answer its request, approve its release, or let it lapse when its time is over
#[derive(Args, Debug)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The hold, as "vault show" has it
    hold: HoldId,
}

/// Approve the release of a hold; with the second person's approval it ends
#[derive(Args, Debug)]
pub(crate) struct ApproveReleaseArgs {
    #[command(flatten)]
    of: HoldArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Look at a hold again and keep it (review), or propose that it end (release)
#[derive(Args, Debug)]
pub(crate) struct ReasonArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The hold, as "vault show" has it
    hold: HoldId,
    /// Why; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reason: String,
}

/// `vault request`.
pub(crate) async fn request(args: RequestArgs) -> Result<u8> {
    let hold = HoldId(fresh()?);
    let words = Words { reference: Some(args.reference), ..Words::default() };
    let ask = Command::Ask { hold, kind: args.kind, words };
    Box::pin(place(&args.place, &args.who, args.thing, hold, ask)).await
}

/// `vault hold`.
pub(crate) async fn hold(args: PlaceArgs) -> Result<u8> {
    let hold = HoldId(fresh()?);
    let words = Words { reason: Some(args.reason), reference: args.reference, ..Words::default() };
    let hold_it = Command::Hold { hold, authority: args.authority, words };
    Box::pin(place(&args.place, &args.who, args.thing, hold, hold_it)).await
}

async fn place(place: &Place, who: &Who, thing: ThingId, hold: HoldId, command: Command) -> Result<u8> {
    let actor = who.actor()?;
    let office = place.open().await?;
    if let Placed::WithoutWords(why) = Box::pin(office.place_hold(&actor, thing, hold, command, None)).await? {
        out::notice(&format!("counterpartd: the hold stands, without its reason: {}", why.what()));
    }
    office.close().await;
    Ok(out::result(&format!("{hold}\n"), codes::DONE))
}

/// `vault answer`.
pub(crate) async fn answer(args: HoldArgs) -> Result<u8> {
    let hold = args.hold;
    act(&args.place, &args.who, args.thing, Command::Answer { hold }, false).await
}

/// `vault review`.
pub(crate) async fn review(args: ReasonArgs) -> Result<u8> {
    let command = Command::ReviewHold { hold: args.hold, words: Words::reason(&args.reason) };
    act(&args.place, &args.who, args.thing, command, false).await
}

/// `vault release`.
pub(crate) async fn release(args: ReasonArgs) -> Result<u8> {
    let command = Command::ProposeRelease { hold: args.hold, words: Words::reason(&args.reason) };
    act(&args.place, &args.who, args.thing, command, false).await
}

/// `vault approve-release`.
pub(crate) async fn approve_release(args: ApproveReleaseArgs) -> Result<u8> {
    let ApproveReleaseArgs { of: args, json: is_json } = args;
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    office.is_whole().await?;
    let thing = office.thing(args.thing).await?;
    let proposed = thing.holds().get(&args.hold).and_then(|hold| hold.release.as_ref());
    // What is not proposed is refused by the decision, with its reason.
    let subject = proposed.map_or(casework::Digest([0; 32]), |proposal| proposal.subject);
    let (moment, _) = office.agreed_for(&actor).await?;
    let command = Command::ApproveRelease { hold: args.hold, subject };
    let recorded = office.go_on_with_hold(&actor, args.thing, &moment, command, None).await?;
    let count = office.release_approved(&recorded.thing, args.hold, &moment).await?;
    office.close().await;
    let (is_ended, left) = (has_ended(&recorded), recorded.thing.holds().len());
    if is_json {
        let value = json!({
            "schema": "counterpart.vault-approve-release/1", "hold": args.hold.to_string(), "ended": is_ended,
            "approved": count.map(|(approved, _)| approved), "needed": count.map(|(_, needed)| needed), "holds": left,
        });
        return Ok(out::json(&value, codes::DONE));
    }
    match count {
        Some((approved, needed)) if !is_ended => {
            Ok(out::result(&format!("{approved} of {needed} approve; the hold stands\n"), codes::DONE))
        }
        _ => Ok(say(&recorded)),
    }
}

/// `vault lapse`.
pub(crate) async fn lapse(args: HoldArgs) -> Result<u8> {
    let hold = args.hold;
    act(&args.place, &args.who, args.thing, Command::LapseHold { hold }, true).await
}

async fn act(place: &Place, who: &Who, thing: ThingId, command: Command, is_timed: bool) -> Result<u8> {
    let actor = who.actor()?;
    let office = place.open().await?;
    let moment = if is_timed { office.agreed_for(&actor).await?.0 } else { office.moment_for(&actor, thing).await? };
    let recorded = office.go_on_with_hold(&actor, thing, &moment, command, None).await?;
    office.close().await;
    Ok(say(&recorded))
}

fn has_ended(recorded: &Recorded) -> bool {
    recorded.events.iter().any(|event| matches!(event.what, What::Released { .. } | What::HoldLapsed { .. }))
}

fn say(recorded: &Recorded) -> u8 {
    match (has_ended(recorded), recorded.thing.holds().len()) {
        (true, 0) => out::result("ended; no hold stands on it now\n", codes::DONE),
        (true, left) => out::result(&format!("ended; {left} more stand on it\n"), codes::DONE),
        (false, _) => codes::DONE,
    }
}

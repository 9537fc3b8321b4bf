//! `vault request`, `answer`, `hold`, `review`, `release`, `approve-release`, `lapse`: what stops destruction, and how it ends.
//!
//! Not when a hold may end (`casework::custody`). Invariant: the keyring knows of a hold before its event is written, and forgets it
//! after the event that ends it: a crash between the two leaves a hold too many, never one too few.

use casework::custody::{Authority, Command, Ground, RequestKind, Thing, What, Words};
use casework::{HoldId, Moment, Refusal, ThingId};
use clap::Args;
use serde_json::json;
use vault::keyring::KeyringError;

use super::{Place, Who, thing_id, words};
use crate::error::{Error, Result};
use crate::office::{Office, Recorded, fresh, keyring_failed};
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
    let moment = Office::local_moment();
    // The keyring is told of nothing that was not decided on a history that holds.
    office.may_surely(&actor, thing, &moment, &command).await?;
    if let Err(KeyringError::Unknown(_)) = office.keyring.key(&thing.0).await {
        return Err(Error::of("its key is lost: there is nothing left to be read that a hold could keep")
            .hint("look for a newer copy of the keyring: with its key it can be held; without one it is not destroyed either")
            .with_code(codes::REFUSED));
    }
    let _acting = office.acting()?;
    office.keyring.hold(&thing.0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
    if let Err(error) = office.act(Some(&actor), thing, &moment, &[command]).await {
        if office.thing(thing).await?.holds().contains_key(&hold) {
            // An opening in between found it in the keyring and let it stand; only its words are not there.
            out::notice(&format!("counterpartd: the hold stands, without its reason: {}", error.what()));
            return Ok(out::result(&format!("{hold}\n"), codes::DONE));
        }
        // It was not placed: its destruction began meanwhile, or the disk is full.
        office.keyring.release(&thing.0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
        return Err(error);
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
    let _acting = office.acting()?;
    let recorded = office.act(Some(&actor), args.thing, &moment, &[command]).await?;
    end(&office, &recorded).await?;
    let count = approved(&office, &recorded.thing, args.hold, &moment).await?;
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

/// How many approvals of a hold's release count, and how many are needed; nothing of a hold that is over.
async fn approved(office: &Office, thing: &Thing, hold: HoldId, moment: &Moment) -> Result<Option<(u64, u8)>> {
    let staff = office.staff().await?;
    let ground = Ground { book: &office.book, moment, staff: &staff, actor: None };
    Ok(match thing.release_in_force(hold, &ground) {
        Err(Refusal::TooFewApprovals { needed, found, .. }) => Some((u64::from(found), needed)),
        _ => None,
    })
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
    let _acting = office.acting()?;
    let recorded = office.act(Some(&actor), thing, &moment, &[command]).await?;
    end(&office, &recorded).await?;
    office.close().await;
    Ok(say(&recorded))
}

/// The keyring lets go of what the events have let go of.
async fn end(office: &Office, recorded: &Recorded) -> Result<()> {
    for event in &recorded.events {
        if let What::Released { hold, .. } | What::HoldLapsed { hold, .. } = &event.what {
            office.keyring.release(&recorded.thing.id().0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
        }
    }
    Ok(())
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

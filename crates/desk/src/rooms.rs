//! `counterpartd room status`, `recover`: how the rooms' recorders stand, and what one left behind put right.
//!
//! Not the recorders (`room/`), nor pages. Invariants: to look takes no key and changes nothing; what is said of a recording is its reference and number, never a
//! name; what is put right here is what a page would put right.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::office::OfficeConfig;
use crate::error::{Error, Result};
use crate::office::Office;
use crate::room::{self, Finding, Live, Room, Standing, Ticket};
use crate::text::visible;
use crate::vault::Place;
use crate::{codes, out};

/// The recorders of an office's rooms
#[derive(Args, Debug)]
pub(crate) struct RoomArgs {
    #[command(subcommand)]
    command: RoomCommand,
}

#[derive(Subcommand, Debug)]
enum RoomCommand {
    Status(StatusArgs),
    Recover(RecoverArgs),
}

/// Show how recorders stand: what is recorded, how long, each copy, what is wrong
#[derive(Args, Debug)]
struct StatusArgs {
    /// The office's folder
    #[arg(long, value_name = "DIR", env = "COUNTERPART_OFFICE")]
    office: PathBuf,
    /// Only this room, by the names that office.toml has: OFFICE/ROOM
    #[arg(long, value_name = "OFFICE/ROOM")]
    room: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Put right what a crash left between a room's recorder and the events: end, recover, look at the copies, note it
#[derive(Args, Debug)]
struct RecoverArgs {
    #[command(flatten)]
    place: Place,
    /// Which, by the names that office.toml has: OFFICE/ROOM
    #[arg(long, value_name = "OFFICE/ROOM")]
    room: String,
    /// A recording that is not under way any more, as its folders are called
    #[arg(long, value_name = "NAME")]
    recording: Option<String>,
    /// Finish without a medium that will not come back; what only it held is lost
    #[arg(long)]
    give_up_missing: bool,
}

/// `counterpartd room …`.
pub(crate) async fn run(args: RoomArgs) -> Result<u8> {
    match args.command {
        RoomCommand::Status(args) => status(args).await,
        RoomCommand::Recover(args) => Box::pin(recover(args)).await,
    }
}

fn named<'a>(config: &'a OfficeConfig, name: &str) -> Result<Room<'a>> {
    room::rooms(config).find(|room| format!("{}/{}", room.site, room.name) == name).ok_or_else(|| {
        let known: Vec<String> = room::rooms(config).map(|room| format!("{}/{}", room.site, room.name)).collect();
        let hint = match known.is_empty() {
            true => "no room of this office has one; [offices.rooms.recorder] in office.toml sets one up".to_owned(),
            false => format!("rooms with a recorder: {}", known.join(", ")),
        };
        Error::of(format_args!("{name}: no room with a recorder")).hint(hint)
    })
}

async fn status(args: StatusArgs) -> Result<u8> {
    let config = OfficeConfig::read(&args.office)?;
    let rooms: Vec<Room<'_>> = match &args.room {
        Some(name) => vec![named(&config, name)?],
        None => room::rooms(&config).collect(),
    };
    let (mut text, mut all, mut is_well) = (String::new(), Vec::new(), true);
    for room in &rooms {
        let now = room.now().await?;
        let name = format!("{}/{}", room.site, room.name);
        is_well &= now.as_ref().is_none_or(|(_, standing)| is_fine(standing));
        text += &in_words(&name, now.as_ref());
        all.push(in_json(&name, now.as_ref()));
    }
    let code = if is_well { codes::DONE } else { codes::DISAGREES };
    match args.json {
        true => Ok(out::json(&json!({ "schema": "counterpart.room-status/1", "rooms": all }), code)),
        false => Ok(out::result(&text, code)),
    }
}

fn is_fine(standing: &Standing) -> bool {
    match standing {
        Standing::Live(live) => live.alarms.is_empty() && live.copies.iter().all(|copy| copy.lost.is_none()),
        Standing::Ended(ended) => ended.is_whole(),
        Standing::Silent(_) | Standing::Broken(_) => false,
    }
}

/// The first word for how it stands, which programs may hold on to.
fn word(standing: Option<&Standing>) -> &str {
    match standing {
        None => "free",
        Some(Standing::Live(live)) => match live.state.as_str() {
            "paused" => "paused",
            "ending" => "ending",
            "starting" => "starting",
            _ => "recording",
        },
        Some(Standing::Silent(_)) => "silent",
        Some(Standing::Ended(_)) => "ended",
        Some(Standing::Broken(_)) => "broken",
    }
}

fn in_words(name: &str, now: Option<&(Ticket, Standing)>) -> String {
    let standing = now.map(|(_, standing)| standing);
    let Some((ticket, standing)) = now else { return format!("{name}: {}\n", word(standing)) };
    let mut text = format!("{name}: {} {}", word(Some(standing)), visible(&ticket.name));
    match standing {
        Standing::Live(live) => {
            text += &format!(", {} s\n", live.length_s());
            for (copy, whose) in live.copies.iter().zip(["office's", "person's"]) {
                let state = match (&copy.lost, copy.free_bytes) {
                    (Some(why), _) => format!("LOST: {}", visible(why)),
                    (None, Some(free)) => format!("{free} bytes free, {} bytes wait for it", copy.lag_bytes),
                    (None, None) => "not looked at yet".to_owned(),
                };
                text += &format!("  the {whose} copy: {state}\n");
            }
            for alarm in &live.alarms {
                text += &format!("  ALARM: {}\n", visible(&alarm.text));
            }
        }
        Standing::Ended(ended) => {
            text += &format!(" ({}), copy words: {}\n", visible(&ended.end), visible(&ended.words));
            for why in ended.copies.iter().filter_map(|copy| copy.why_lost.as_deref()) {
                text += &format!("  NOT SAVED: {}\n", visible(why));
            }
        }
        Standing::Silent(why) | Standing::Broken(why) => text += &format!(": {}\n", visible(why)),
    }
    text
}

fn in_json(name: &str, now: Option<&(Ticket, Standing)>) -> serde_json::Value {
    let live = |live: &Live| {
        let levels: Vec<_> = live.levels.iter().map(|one| json!([one.peak_dbfs, one.rms_dbfs])).collect();
        let copies: Vec<_> =
            live.copies.iter().map(|copy| json!({ "lost": copy.lost, "free_bytes": copy.free_bytes })).collect();
        let alarms: Vec<_> =
            live.alarms.iter().map(|one| json!({ "kind": one.kind, "costs_sound": one.costs_sound })).collect();
        json!({ "seconds": live.length_s(), "levels_dbfs": levels, "copies": copies, "alarms": alarms })
    };
    let standing = now.map(|(_, standing)| standing);
    json!({
        "room": name,
        "state": word(standing),
        "recording": now.map(|(ticket, _)| &ticket.name),
        "live": match standing { Some(Standing::Live(now)) => Some(live(now)), _ => None },
        "why": match standing { Some(Standing::Silent(why) | Standing::Broken(why)) => Some(why), _ => None },
        "words": match standing { Some(Standing::Ended(ended)) => Some(&ended.words), _ => None },
    })
}

async fn recover(args: RecoverArgs) -> Result<u8> {
    named(&OfficeConfig::read(&args.place.office)?, &args.room)?;
    let office = args.place.open().await?;
    let found = recovered(&office, &args).await;
    office.close().await;
    let found = found?;
    let is_left = |one: &Finding| matches!(one, Finding::Failed(..) | Finding::Silent(..) | Finding::PausedUnnoted(_));
    let code = if found.iter().any(is_left) { codes::DISAGREES } else { codes::DONE };
    let lines: String = found.iter().map(|one| format!("{}\n", visible(&one.to_string()))).collect();
    let text = if lines.is_empty() { "nothing is to be put right\n".to_owned() } else { lines };
    Ok(out::result(&text, code))
}

async fn recovered(office: &Office, args: &RecoverArgs) -> Result<Vec<Finding>> {
    let room = named(&office.config, &args.room)?;
    let ticket = match &args.recording {
        Some(name) => Some(room.recorder.notes.named(name)?),
        None => None,
    };
    let broken = match (&ticket, room.now().await?) {
        (Some(ticket), _) => {
            matches!(room.recorder.standing(ticket).await?, Standing::Broken(_)).then(|| ticket.clone())
        }
        (None, Some((ticket, Standing::Broken(_)))) => Some(ticket),
        (None, _) => None,
    };
    if let Some(ticket) = broken.filter(|_| args.give_up_missing) {
        room.recorder.recover(&ticket, true).await?;
    }
    let mut found = office.settle_room(&room).await?;
    if let Some(ticket) = ticket {
        Box::pin(office.note_copies(ticket.case, ticket.number)).await?;
        found.push(Finding::Saved(ticket.name));
    }
    Ok(found)
}

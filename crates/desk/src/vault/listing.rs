//! `vault list`, `show`: what is kept and where it stands.
//!
//! Not content: titles and reasons are shown, for they are words of the office's own. Invariant: what is not known any more is said to be
//! closed, never left out.

use casework::custody::{Event, Ground, Phase, Private, Standing, Thing};
use casework::{ThingId, staff};
use clap::Args;
use serde_json::{Value, json};

use super::{Place, thing_id, words};
use crate::clock::Heard;
use crate::db::things;
use crate::error::{Error, Result};
use crate::office::{Office, keyring_failed};
use crate::text::visible;
use crate::{codes, out};

/// List everything that is kept, and where it stands
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only what is due
    #[arg(long)]
    due: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Show one thing: what it is, where it stands and why, and all that happened to it
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// By this machine's clock, which is enough to show something.
fn standing(office: &Office, staff: &staff::Staff, thing: &Thing) -> Standing {
    let moment = Office::local_moment();
    thing.standing(&Ground { book: &office.book, moment: &moment, staff, actor: None })
}

/// The title, from the event that gave it.
fn title(events: &[Event]) -> Option<String> {
    events.iter().rev().find_map(|event| match &event.private {
        Private::Words(words) => words.title.clone(),
        _ => None,
    })
}

fn phase(thing: &Thing) -> &'static str {
    things::phase(thing.phase())
}

/// `vault list`.
pub(crate) async fn list(args: ListArgs) -> Result<u8> {
    let office = args.place.open().await?;
    let staff = office.staff().await?;
    let keys = office.keyring.overview().await.map_err(|err| keyring_failed(&err))?;
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut code = codes::DONE;
    for id in office.things().await? {
        let (thing, events) = match office.listed(id, &keys).await {
            Ok(listed) => listed,
            // The others are shown all the same, and go on.
            Err(error) => {
                code = codes::DISAGREES;
                text += &format!("{id}  not known: {}\n", visible(error.what()));
                rows.push(json!({ "id": id.to_string(), "trouble": error.what() }));
                continue;
            }
        };
        let stands = standing(&office, &staff, &thing);
        if args.due && !matches!(stands, Standing::Due { .. } | Standing::Ready { .. }) {
            continue;
        }
        let kind = thing.kind().map(ToString::to_string);
        let (title, shown) = match events.map(|events| title(&events)) {
            Ok(Some(title)) => (Some(title.clone()), format!("\"{}\"", visible(&title))),
            Ok(None) => (None, "(closed)".to_owned()),
            // The others are shown all the same.
            Err(error) => (None, format!("({})", error.what())),
        };
        text += &format!("{id}  {}  {stands}  {shown}\n", kind.as_deref().unwrap_or("not described"));
        rows.push(json!({
            "id": id.to_string(), "kind": kind, "phase": phase(&thing), "standing": stands.to_string(),
            "holds": thing.holds().len(), "title": title,
        }));
    }
    drop(keys);
    office.close().await;
    match args.json {
        true => Ok(out::json(&json!({ "schema": "counterpart.vault-list/1", "things": rows }), code)),
        false => Ok(out::result(&text, code)),
    }
}

/// `vault show`.
pub(crate) async fn show(args: ShowArgs) -> Result<u8> {
    let office = args.place.open().await?;
    let staff = office.staff().await?;
    let thing = office.thing(args.thing).await?;
    if thing.phase() == Phase::Absent {
        office.close().await;
        return Err(Error::of(format_args!("{}: there is no such thing", args.thing))
            .hint("\"vault list\" shows what there is")
            .with_code(codes::REFUSED));
    }
    let events = office.events(args.thing).await?;
    let stands = standing(&office, &staff, &thing);
    let due = thing.due(&office.book);
    office.close().await;
    if args.json {
        let holds: Vec<Value> = thing
            .holds()
            .iter()
            .map(|(id, hold)| {
                json!({
                    "id": id.to_string(), "placed": words::instant(hold.placed_micros),
                    "review_by": hold.review_by.map(|day| day.to_string()),
                })
            })
            .collect();
        let reckoning: Vec<String> = due.iter().flat_map(rules::Decision::steps).map(ToString::to_string).collect();
        return Ok(out::json(
            &json!({
                "schema": "counterpart.vault-show/1", "id": args.thing.to_string(), "kind": thing.kind().map(ToString::to_string), "phase": phase(&thing),
                "standing": stands.to_string(), "title": title(&events), "holds": holds, "reckoning": reckoning,
                "events": events.iter().map(event_json).collect::<Vec<_>>(),
            }),
            codes::DONE,
        ));
    }
    let mut text = format!("{}\n", args.thing);
    let mut line = |name: &str, value: &str| text += &format!("  {name:<10} {}\n", visible(value));
    line("kind", &thing.kind().map_or_else(|| "not described".to_owned(), ToString::to_string));
    line("title", title(&events).as_deref().unwrap_or("(closed: its key is erased, or it is not described)"));
    line("stands", &stands.to_string());
    for (id, hold) in thing.holds() {
        line("hold", &format!("{id}, placed {}", words::instant(hold.placed_micros)));
    }
    for step in due.iter().flat_map(rules::Decision::steps) {
        line("reckoning", &step.to_string());
    }
    for event in &events {
        let by = event.by.as_ref().map_or("the program", |account| account.as_str());
        line("event", &format!("{} {} {by}: {}", event.number, words::instant(event.at_micros), what(event)));
    }
    Ok(out::result(&text, codes::DONE))
}

/// What an event says, in the words in which it is stored.
fn event_json(event: &Event) -> Value {
    let (clear, private) = event.split();
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let is_closed = event.private == Private::Closed;
    json!({
        "clear": parsed(&clear)["event"], "private": private.map(|bytes| parsed(&bytes)["event"]["words"].clone()),
        "closed": is_closed,
    })
}

fn what(event: &Event) -> String {
    let shown = event_json(event);
    let what = match &shown["clear"]["what"] {
        Value::String(word) => word.clone(),
        Value::Object(map) => map.iter().map(|(word, of)| format!("{word} {}", brief(of))).collect::<String>(),
        _ => String::new(),
    };
    match (&shown["private"], event.private == Private::Closed) {
        (Value::Object(words), _) => format!("{} {}", what.trim_end(), brief(&Value::Object(words.clone()))),
        (_, true) => format!("{} (closed)", what.trim_end()),
        _ => what.trim_end().to_owned(),
    }
}

/// Fields in one line, without what only machines read.
fn brief(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let shown = map
                .iter()
                .filter(|(name, value)| !matches!(name.as_str(), "cited" | "text" | "signature") && !value.is_null());
            shown.map(|(name, value)| format!("{name} {}", brief(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Array(all) => all.iter().map(brief).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the clocks said, a line each.
pub(super) fn clocks(heard: &Heard) -> String {
    let told = heard.told.iter().map(|told| format!("{} says {}\n", told.by, words::instant(told.earliest_us)));
    told.chain(heard.silent.iter().map(|why| format!("{}\n", visible(why)))).collect()
}

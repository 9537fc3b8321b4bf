//! `vault status`, `submit`, `finish`: how the office is, and what is on its way to its end.
//!
//! Not the way itself (`office/logging.rs`, `office/erasing.rs`). Invariant: to look writes nothing: no clock is asked that an entry of the log must be
//! made for, unless somebody asks for it.

use casework::custody::Phase;
use clap::Args;
use serde_json::{Value, json};

use super::concerns::Concerns;
use super::scrubbed::Scrubbed;
use super::{Place, listing, strays, words};
use crate::clock::Heard;
use crate::db::{events, stalled};
use crate::error::Result;
use crate::office::Office;
use crate::text::visible;
use crate::{codes, out};

/// Say how the office is: events, keyring, clocks, log, scrub, and what keeps a destruction from its end
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    place: Place,
    /// Ask witnesses what time it is too, which adds an event here and an entry to the log
    #[arg(long)]
    ask_clocks: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Submit to the log what waits for it; or go on, now, with destructions that something kept from their end
#[derive(Args, Debug)]
pub(crate) struct GoOnArgs {
    #[command(flatten)]
    place: Place,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// `vault submit`.
pub(crate) async fn submit(args: GoOnArgs) -> Result<u8> {
    let office = args.place.open().await?;
    let put_back = office.put_back().await?;
    let submitted = office.submit_waiting().await?;
    office.close().await;
    let code = if submitted.waiting == 0 { codes::DONE } else { codes::COULD_NOT };
    if args.json {
        let value = json!({
            "schema": "counterpart.vault-submit/1", "put_back": put_back, "turned_out": submitted.turned_out, "proven": submitted.proven, "waiting": submitted.waiting,
            "why": submitted.why,
        });
        return Ok(out::json(&value, code));
    }
    let why = submitted.why.map(|why| format!(": {why}")).unwrap_or_default();
    let mut put_back = if put_back > 0 { format!("{put_back} put back, ") } else { String::new() };
    if submitted.turned_out > 0 {
        put_back += &format!("{} turned out that were of nothing here, ", submitted.turned_out);
    }
    Ok(out::result(&format!("{put_back}{} proven, {} wait{why}\n", submitted.proven, submitted.waiting), code))
}

/// `vault finish`.
pub(crate) async fn finish(args: GoOnArgs) -> Result<u8> {
    let office = args.place.open_with_stores().await?;
    let left = office.finish_destructions(true).await?;
    let waits = waits(&office).await?;
    office.close().await;
    let code = if left == 0 { codes::DONE } else { codes::COULD_NOT };
    if args.json {
        let value =
            json!({ "schema": "counterpart.vault-finish/1", "unfinished": left, "stalled": waits_json(&waits) });
        return Ok(out::json(&value, code));
    }
    let lines: String = waits.iter().map(|one| format!("{}\n", line_of(one))).collect();
    Ok(out::result(&format!("{lines}{left} not finished\n"), code))
}

/// Destructions that wait, as far as they were tried. A try that came to nothing because somebody had written into the events waits for nothing once
/// those are right again and the thing is kept.
async fn waits(office: &Office) -> Result<Vec<stalled::Stalled>> {
    let mut waits = Vec::new();
    for (id, stalled) in stalled::all(&office.db).await? {
        match office.thing(id).await.map(|thing| thing.phase()) {
            Ok(Phase::Destroying) | Err(_) => waits.push(stalled),
            Ok(_) => stalled::clear(&office.db, id).await?,
        }
    }
    Ok(waits)
}

fn line_of(one: &stalled::Stalled) -> String {
    let (tried, again) = (words::instant(one.tried_us), words::instant(one.again_us()));
    format!("{}: {}; tried {tried}, again after {again}, or now by \"vault finish\"", one.thing, visible(&one.why))
}

fn waits_json(waits: &[stalled::Stalled]) -> Vec<Value> {
    let one = |one: &stalled::Stalled| {
        json!({
            "id": one.thing, "why": one.why, "tries": one.tries, "tried": words::instant(one.tried_us),
            "again": words::instant(one.again_us()),
        })
    };
    waits.iter().map(one).collect()
}

/// What the clocks say: all of them where that is asked for, otherwise those that can be asked without leaving anything behind.
async fn clocks(office: &Office, asks: bool) -> Result<(Option<bool>, String, Heard)> {
    if asks || office.config.clock.witnesses.is_empty() || office.log.is_none() {
        let heard = office.hear_clocks().await?;
        let agreed = heard.agreed(office.config.tolerance());
        let words = agreed.as_ref().map_or_else(ToString::to_string, |_| "the clocks agree".to_owned());
        return Ok((Some(agreed.is_ok()), words, heard));
    }
    let asked = events::newest_note_us(&office.db, &crate::office::Note::TimeAsked).await?;
    let words = match asked {
        Some(at_us) => format!("witnesses asked {}; --ask-clocks asks them now", words::instant(at_us)),
        None => "witnesses never asked; --ask-clocks asks them now".to_owned(),
    };
    Ok((None, words, Heard::local()))
}

/// Cases whose key is there and whose events are not, a line each.
async fn lost_cases(office: &Office) -> Result<Vec<String>> {
    let lost = office.cases_without_events().await?;
    Ok(lost.iter().map(|id| format!("case {id}: its key is there, and its events are not")).collect())
}

/// What is said of an office whose events do not hold: nothing else of it is believed.
fn damaged(what: &str, is_json: bool) -> u8 {
    if is_json {
        let value = json!({ "schema": "counterpart.vault-status/2", "events": Value::Null, "chain": what });
        return out::json(&value, codes::DISAGREES);
    }
    let hint =
        "nothing is done in this office; find out who did it, and bring back a backup with \"counterpartd restore\"";
    out::result(&format!("events     damaged: {what}\n           {hint}\n"), codes::DISAGREES)
}

/// `vault status`.
pub(crate) async fn status(args: StatusArgs) -> Result<u8> {
    let (office, history) = args.place.open_to_look().await?;
    let head = match history {
        Ok(head) => head,
        Err(what) => {
            office.close().await;
            return Ok(damaged(&what, args.json));
        }
    };
    let (agree, clocks, heard) = clocks(&office, args.ask_clocks).await?;
    let waiting = crate::db::outbox::waiting_count(&office.db).await?;
    let (astray, strangers) = (office.astray().await?, office.strangers().await?.len());
    let strays = strays::unseen(&office).await?;
    let (things, unbelieved) = office.all_things().await?;
    let unbelieved = unbelieved.iter().map(|(id, error)| format!("{id}: {}", visible(error.what())));
    let unbelieved = unbelieved.chain(lost_cases(&office).await?).collect();
    let mut by_phase = [0_u64; 4];
    things.iter().for_each(|thing| by_phase[thing.phase() as usize] += 1);
    let (waits, scrubbed) = (waits(&office).await?, Scrubbed::of(&office).await?);
    let concerns = Concerns::of(&office, &things, unbelieved).await?;
    let keyring = office.config.keyring.files.len();
    let odd: Vec<String> = office.look_at_certificates(false).await?.into_iter().map(|odd| odd.what).collect();
    office.close().await;
    let is_well = astray.is_empty()
        && strangers == 0
        && strays == 0
        && scrubbed.is_well()
        && concerns.is_well()
        && odd.is_empty();
    let code = if is_well { codes::DONE } else { codes::DISAGREES };
    if args.json {
        let value = json!({
            "schema": "counterpart.vault-status/2", "events": head.number, "chain": null, "strays": strays, "kept": by_phase[1], "destroying": by_phase[2],
            "destroyed": by_phase[3], "keyring_copies": keyring, "waiting_for_log": waiting, "taken_from_outbox": astray.len(), "strangers_in_outbox": strangers,
            "clocks_agree": agree, "clocks": listing::clocks(&heard).lines().collect::<Vec<_>>(), "stalled": waits_json(&waits),
            "undescribed": concerns.undescribed_json(), "unbelieved": concerns.unbelieved_json(), "unwell": concerns.unwell_json(), "stores": concerns.stores_json(), "log_trouble": concerns.log_json(), "scrub": scrubbed.json(),
            "certificates": odd,
        });
        return Ok(out::json(&value, code));
    }
    let mut events = format!("{} events, each chained to the one before", head.number);
    if strays > 0 {
        events += &format!(
            "; damaged: {strays} times something else wrote here, which was taken out or made anew; \"vault strays\" shows it"
        );
    }
    let more = listing::clocks(&heard).lines().map(|line| format!("           {line}\n")).collect::<String>();
    let mut outbox = match astray.first() {
        None => String::new(),
        Some(one) => format!(
            "; damaged: {} were taken out of the outbox, the first of them of event {}; \"vault submit\" puts them back",
            astray.len(),
            one.number
        ),
    };
    if strangers > 0 {
        outbox += &format!("; damaged: {strangers} in the outbox are of nothing here; \"vault submit\" turns them out");
    }
    let waits: String = waits.iter().map(|one| format!("waits      {}\n", line_of(one))).collect();
    let odd: String = odd.iter().map(|line| format!("cert       {}\n", visible(line))).collect();
    let text = format!(
        "events     {events}\nthings     {} kept, {} being destroyed, {} destroyed\n{}{waits}{odd}keyring    {keyring} copies\nlog        {waiting} wait{outbox}\nscrub      {}\nclocks     {clocks}\n{more}",
        by_phase[1],
        by_phase[2],
        by_phase[3],
        concerns.text(),
        scrubbed.text(),
    );
    Ok(out::result(&text, code))
}

//! What of an office waits for a person, beside its events and its scrub: things nobody has described since a restore, stores and files of the log that are away, objects of which
//! the events say that they are missing or rotten and the scrub's own table does not.
//!
//! Not what becomes of it. Invariants: it goes on to be said until it is put right; to look writes nothing, also into a store that has no
//! mark yet.

use casework::custody::{Phase, Thing};
use casework::{Name, ThingId};
use serde_json::{Value, json};

use crate::db::scrubs;
use crate::error::Result;
use crate::office::{Office, stores};
use crate::text::visible;

/// How many are named where people read; a program is told all of them.
pub(super) const NAMED_MAX: usize = 20;

/// All of it.
pub(super) struct Concerns {
    undescribed: Vec<ThingId>,
    /// Things of which an event is not believed, as a line each.
    unbelieved: Vec<String>,
    /// What is known to be unwell, as a line each.
    unwell: Vec<String>,
    /// Each store, and why it is not there.
    stores: Vec<(Name, Option<String>)>,
    /// Why the log cannot be asked: a file of it that is away.
    log: Option<String>,
}

impl Concerns {
    /// `things` are those whose events are believed, `unbelieved` a line on each of the others.
    pub(super) async fn of(office: &Office, things: &[Thing], unbelieved: Vec<String>) -> Result<Concerns> {
        let (mut undescribed, mut unwell) = (Vec::new(), Vec::new());
        let told = scrubs::unwell(&office.db).await?;
        for thing in things.iter().filter(|thing| thing.phase() == Phase::Kept) {
            let id = thing.id();
            if thing.kind().is_none() {
                undescribed.push(id);
            }
            if told.iter().all(|look| look.thing != id.to_string()) {
                let how = |is_rotten: bool| if is_rotten { "rotten" } else { "missing" };
                unwell.extend(thing.unwell().iter().map(|(store, is)| format!("{id}: {} in {store}", how(*is))));
            }
        }
        let stores = stores::troubles(&office.config.objects, &office.keyring).await;
        let log = office.log.as_ref().and_then(|log| log.open().err()).map(|err| err.what().to_owned());
        Ok(Concerns { undescribed, unbelieved, unwell, stores, log })
    }

    /// Whether nothing is known to be unwell, every store is there, and what is needed to ask the log. What waits to be described is kept as well as anything.
    pub(super) fn is_well(&self) -> bool {
        self.unwell.is_empty()
            && self.unbelieved.is_empty()
            && self.stores.iter().all(|(_, trouble)| trouble.is_none())
            && self.log.is_none()
    }

    pub(super) fn undescribed_json(&self) -> Value {
        self.undescribed.iter().map(|id| json!(id.to_string())).collect()
    }

    pub(super) fn unbelieved_json(&self) -> Value {
        self.unbelieved.iter().map(|line| json!(line)).collect()
    }

    pub(super) fn unwell_json(&self) -> Value {
        self.unwell.iter().map(|line| json!(line)).collect()
    }

    pub(super) fn stores_json(&self) -> Value {
        self.stores.iter().map(|(name, trouble)| json!({ "name": name.as_str(), "trouble": trouble })).collect()
    }

    pub(super) fn log_json(&self) -> Value {
        json!(self.log)
    }

    /// The same in lines.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if !self.undescribed.is_empty() {
            text += &format!(
                "describe   {} are kept of which nothing is known since a restore; say what they are with \"vault describe\"\n",
                self.undescribed.len()
            );
            text += &named(self.undescribed.iter().map(ToString::to_string));
        }
        if !self.unbelieved.is_empty() {
            text += "damaged    an event of these is not believed, and nothing is done with them; the others go on\n";
            text += &named(self.unbelieved.iter().cloned());
        }
        if !self.unwell.is_empty() {
            text += "unwell     by the events, and not by the scrub's table; \"vault scrub\" looks again\n";
            text += &named(self.unwell.iter().cloned());
        }
        for (name, trouble) in &self.stores {
            let how = trouble.as_ref().map_or_else(|| "there".to_owned(), |why| format!("away: {}", visible(why)));
            text += &format!("store      {name} is {how}\n");
        }
        if let Some(why) = &self.log {
            text += &format!("log        cannot be asked: {}\n", visible(why));
        }
        text
    }
}

/// Lines for people, each with room for its name in front; not more than can be read.
pub(super) fn named(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(NAMED_MAX);
    let mut text: String = lines.take(NAMED_MAX).map(|line| format!("           {line}\n")).collect();
    if more > 0 {
        text += &format!("           and {more} more, which --json names\n");
    }
    text
}

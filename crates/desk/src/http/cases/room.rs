//! How the recorder of a case's room stands, as its page shows it: live while it records, with the copy words when it is over.
//!
//! Not the recorder (`room/`). Invariants: a page that is opened puts right what a crash left between recorder and events, before it shows either; a recorder that does not answer
//! keeps nobody from the page; nothing of it is shown to whoever does not see the case.

use std::sync::Arc;

use casework::case::Phase;
use pages::cases::{Colour, Fact};
use pages::wording::{self, Words};

use super::context::Seen;
use crate::access::Desk;
use crate::error::{Error, Result};
use crate::http::access::answers::LANGUAGE;
use crate::room::{Live, Standing};

/// What was put right just now, a line each. It is carried to its end whether or not the browser waits for it.
pub(super) async fn settled(desk: &Desk, seen: &Seen) -> Result<Vec<String>> {
    if seen.view.is_none() || !matches!(seen.case.phase(), Phase::Begun | Phase::Ended) {
        return Ok(Vec::new());
    }
    let (office, case) = (Arc::clone(&desk.office), seen.case.clone());
    let settling = tokio::spawn(async move {
        let Ok(Some(room)) = office.room_of(&case) else { return Vec::new() };
        match Box::pin(office.settle_room(&room)).await {
            Ok(found) => found.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.what().to_owned()],
        }
    });
    settling.await.map_err(|err| Error::of(err).hint("look at the case again"))
}

/// How it stands now.
#[derive(Default)]
pub(super) struct Now {
    /// `recording`, `paused` and so on; nothing while nothing is recorded.
    pub(super) state: String,
    /// What is known of it.
    pub(super) facts: Vec<Fact>,
    /// Copy words of each recording that is over: of which, the words, the same as digits.
    pub(super) words: Vec<(Words, String, String)>,
}

/// What is known of it, the copy words among it.
pub(super) async fn facts(desk: &Desk, seen: &Seen) -> Vec<Fact> {
    let now = now(desk, seen).await;
    let words = now.words.into_iter().map(|(of, words, digits)| fact(of, vec![words, digits], None));
    now.facts.into_iter().chain(words).collect()
}

/// How it stands, asked of it just now.
pub(super) async fn now(desk: &Desk, seen: &Seen) -> Now {
    let mut said = Now::default();
    if seen.view.is_none() {
        return said;
    }
    if let Ok(Some(room)) = desk.office.room_of(&seen.case)
        && let Ok(Some((ticket, standing))) = room.now().await
        && ticket.case == seen.case.id()
    {
        if let Standing::Live(live) = &standing {
            said.state.clone_from(&live.state);
        }
        said.facts.extend(stands(&standing));
    }
    for recording in seen.case.recordings().iter().filter(|one| one.is_over) {
        let Ok((room, ticket)) = desk.office.recorded_in(seen.case.id(), recording.number) else { continue };
        if let Ok(Standing::Ended(ended)) = room.recorder.standing(&ticket).await {
            let key = wording::case_fact_words(LANGUAGE, &recording.number.to_string());
            said.words.push((key, ended.words.clone(), ended.digits.clone()));
        }
    }
    said
}

fn stands(standing: &Standing) -> Vec<Fact> {
    let key = wording::case_fact_recorder(LANGUAGE);
    match standing {
        Standing::Live(live) => runs(key, live),
        Standing::Silent(why) | Standing::Broken(why) => {
            let tag = (wording::case_recorder_trouble(LANGUAGE), Colour::Red);
            vec![fact(key, vec![why.clone()], Some(tag))]
        }
        Standing::Ended(_) => Vec::new(),
    }
}

fn runs(key: Words, live: &Live) -> Vec<Fact> {
    let seconds = live.length_s();
    let length = format!("{}:{:02}", seconds / 60, seconds % 60);
    let tag = match live.state.as_str() {
        "paused" => (wording::case_recorder_paused(LANGUAGE), Colour::Yellow),
        "ending" => (wording::case_recorder_ending(LANGUAGE), Colour::Grey),
        _ => (wording::case_recorder_records(LANGUAGE), Colour::Blue),
    };
    let mut facts = vec![fact(key, vec![length], Some(tag))];
    for (copy, side) in live.copies.iter().zip([wording::case_side_office, wording::case_side_person]) {
        let (said, tag) = match &copy.lost {
            Some(why) => (why.clone(), Some((wording::case_recorder_lost(LANGUAGE), Colour::Red))),
            None => (wording::case_recorder_copy(LANGUAGE).as_str().to_owned(), None),
        };
        facts.push(fact(wording::case_fact_copy(LANGUAGE, side(LANGUAGE).as_str()), vec![said], tag));
    }
    for alarm in &live.alarms {
        let tag = (wording::case_recorder_trouble(LANGUAGE), Colour::Red);
        facts.push(fact(wording::case_fact_alarm(LANGUAGE), vec![alarm.text.clone()], Some(tag)));
    }
    facts
}

fn fact(key: Words, lines: Vec<String>, tag: Option<(Words, Colour)>) -> Fact {
    Fact { key, lines, tag, act: None }
}

//! `GET` and `POST …/do/{deed}` of a thing: the form of a deed, and doing it.
//!
//! Not what may be done (`casework::custody`), nor reading a form (`forms.rs`). Invariants: what is refused is said above the form with all that was typed; a form that was sent twice acts once;
//! whoever was shown an older state than the one there is looks again before anything is done; what is approved is what was shown, by its digest.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::custody::{Command, Deed, Event, Phase, Thing, What, decide};
use casework::{Moment, Refusal};
use pages::cases::{FormPage, Wrong};
use pages::wording::{self, Words};

use super::context::{self, Names, Seen};
use super::doing::{self, Beside, Done};
use super::{forms, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::clock::local_us;
use crate::codes;
use crate::error::Error;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::Form;
use crate::http::cases::act::renewed;

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let (seen, row) = match found(&desk, &who, &names).await? {
        Ok(found) => found,
        Err(answer) => return Ok(*answer),
    };
    if let Some(again) = stale(&desk, &who, &seen, row) {
        return Ok(again);
    }
    if !is_open(&desk, &who, &seen, row) {
        return Ok(answers::see(&seen.here));
    }
    Ok(page(&desk, &who, &seen, row, (&Form::default(), Wrong::new(), StatusCode::OK)))
}

pub(crate) async fn act(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    if let Some(case) = names.get("case") {
        // Whoever typed for longer than a look stands goes on with what they began.
        renewed(&desk, &who, case).await?;
    }
    let (seen, row) = match found(&desk, &who, &names).await? {
        Ok(found) => found,
        Err(answer) => return Ok(*answer),
    };
    if let Some(again) = stale(&desk, &who, &seen, row) {
        return Ok(again);
    }
    let Ok(shown) = form.get("shown").parse::<u64>() else { return Ok(answers::no_form()) };
    let hold = doing::hold_of(&desk, &who, seen.thing.id(), row, form.get("shown"));
    let same = || same_again(&desk, &who, &seen, row, (&form, shown));
    let command = match row.read(&seen.thing, &form, hold) {
        Ok(command) => command,
        Err(wrong) => {
            // What it names is gone, because it was done: by this very form, a moment ago.
            if let Some(event) = same() {
                return Ok(after(&seen, &event));
            }
            let wrong = (&form, wrong, StatusCode::UNPROCESSABLE_ENTITY);
            return Ok(page(&desk, &who, &seen, row, wrong));
        }
    };
    let error = match doing::act(&desk, &who, seen.thing.id(), command, shown).await {
        Ok(done) => return answered(&desk, &who, &names, done).await,
        Err(error) if error.is_already_so() => return Ok(answers::see(&seen.here)),
        Err(error) => error,
    };
    // As it stands now: what was refused may have been, because of what happened since.
    let seen = match context::find(&desk, &who, &names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(*answer),
    };
    match same_again(&desk, &who, &seen, row, (&form, shown)) {
        // It is done or begun, and what it waits for its page says.
        Some(event) => Ok(after(&seen, &event)),
        None if error.code() != codes::REFUSED => Err(error.into()),
        None => Ok(page(&desk, &who, &seen, row, (&form, said(&error), StatusCode::CONFLICT))),
    }
}

/// The thing and the form that an address names, where whoever asks may do that to it at all.
async fn found(
    desk: &Desk,
    who: &SignedIn,
    names: &Names,
) -> Result<std::result::Result<(Seen, &'static forms::Row), Box<Response>>, Broken> {
    let seen = match context::find(desk, who, names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(Err(answer)),
    };
    let row = names.get("deed").and_then(|deed| forms::of(deed));
    let moment = context::as_if_agreed();
    let ground = context::ground(desk, who, &moment);
    // By the table of rights: that its life has gone on is said by its page.
    let is_theirs = |row: &&forms::Row| {
        !matches!(
            seen.thing.may(row.deed, &ground),
            Err(Refusal::NotYours { .. } | Refusal::NotConfirmed { .. } | Refusal::NoAccount { .. })
        )
    };
    match row.filter(is_theirs) {
        Some(row) => Ok(Ok((seen, row))),
        None => Ok(Err(context::nothing(who, names))),
    }
}

/// Whether a form is of any use as the thing stands.
fn is_open(desk: &Desk, who: &SignedIn, seen: &Seen, row: &forms::Row) -> bool {
    forms::open_to(desk, who, &seen.thing).iter().any(|open| open.deed == row.deed)
}

fn stale(desk: &Desk, who: &SignedIn, seen: &Seen, row: &forms::Row) -> Option<Response> {
    let is_stale = row.is_fresh && !desk.terms.are_fresh(&who.times, local_us());
    is_stale.then(|| answers::see(&answers::again(&seen.form_of(row.deed))))
}

fn page(
    desk: &Desk,
    who: &SignedIn,
    seen: &Seen,
    row: &forms::Row,
    (form, wrong, status): (&Form, Wrong, StatusCode),
) -> Response {
    let (title, about) = forms::titles(row, &seen.thing);
    let is_shown = matches!(row.deed, Deed::ApproveDestruction | Deed::BeginDestruction | Deed::ProposeDestruction);
    let subject = seen.thing.subject(&desk.office.book).ok().filter(|_| is_shown);
    let mut unseen = vec![("shown", seen.thing.number().to_string())];
    if let (Deed::ApproveDestruction, Some(subject)) = (row.deed, &subject) {
        unseen.push((forms::SUBJECT, subject.digest().to_string()));
    }
    let action = seen.form_of(row.deed);
    let page = FormPage {
        frame: seen.frame(who, &seen.here),
        title,
        of: Some(wording::thing_caption(LANGUAGE, &seen.thing.id().to_string())),
        about,
        clauses: Vec::new(),
        exactly: subject.as_ref().map_or("", |subject| subject.text()),
        fields: row.fields(&seen.thing, form),
        unseen,
        action: &action,
        wrong,
    };
    answers::page(status, page.html())
}

/// Where somebody goes on who did it.
async fn answered(desk: &Desk, who: &SignedIn, names: &Names, done: Done) -> Result<Response, Broken> {
    let seen = match context::find(desk, who, names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(*answer),
    };
    let beside = match done {
        Done::Whole => return Ok(answers::see(&seen.here)),
        Done::Access(number) => return Ok(answers::see(&format!("{}/listen/{number}", seen.here))),
        Done::But(Beside::WithoutWords(why)) => wording::thing_without_words(LANGUAGE, &why),
        Done::But(Beside::NotLogged(why)) if seen.thing.phase() == Phase::Destroyed => {
            wording::thing_not_logged(LANGUAGE, &why)
        }
        Done::But(Beside::NotLogged(_)) => return Ok(answers::see(&seen.here)),
    };
    Ok(answers::page(StatusCode::OK, show::document(desk, who, &seen, Some(beside)).await?))
}

/// Where somebody goes on whose form did that before.
fn after(seen: &Seen, event: &Event) -> Response {
    match event.what {
        What::Accessed { .. } => answers::see(&format!("{}/listen/{}", seen.here, event.number)),
        _ => answers::see(&seen.here),
    }
}

/// What is said above the form.
fn said(error: &Error) -> Wrong {
    let words = format!("{}; {}", error.what(), error.advice());
    let mut letters = words.chars();
    let words = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    vec![(String::new(), Words::said(LANGUAGE, words))]
}

/// Whether a stretch of whole blocks is that of what was typed.
fn covers(stretch: Option<(u64, u64)>, typed: Option<(u64, u64)>) -> bool {
    /// No block is longer.
    const BLOCK_MS: u64 = 1_000;
    match (stretch, typed) {
        (None, None) => true,
        (Some((begin, end)), Some((from, until))) => {
            (begin..=begin + BLOCK_MS).contains(&from)
                && (end <= until || end - until <= BLOCK_MS)
                && (until == u64::MAX || until <= end.saturating_add(BLOCK_MS))
        }
        _ => false,
    }
}

/// The event by which exactly this was done by the same account right behind what they were shown: the form was sent twice.
fn same_again(
    desk: &Desk,
    who: &SignedIn,
    seen: &Seen,
    row: &forms::Row,
    (form, shown): (&Form, u64),
) -> Option<Event> {
    let (before, after) = seen.events.split_at_checked(usize::try_from(shown).ok()?)?;
    let first = after.first()?;
    if first.by.as_ref() != Some(&who.account) {
        return None;
    }
    let then = Thing::from_events(seen.thing.id(), before).ok()?;
    let hold = doing::hold_of(desk, who, seen.thing.id(), row, form.get("shown"));
    let command = row.read(&then, form, hold).ok()?;
    let is_same = match (&command, &first.what) {
        // What was found, when, and how much of it there is, is known to the event alone.
        (Command::Verify { .. }, What::Verified(_)) | (Command::BeginDestruction { .. }, What::Destroying { .. }) => {
            true
        }
        (Command::Access { purpose, words, range_ms, .. }, What::Accessed { purpose: then, range_ms: stretch, .. }) => {
            let is_it = purpose == then && casework::custody::Private::from(words.clone()) == first.private;
            is_it && covers(*stretch, *range_ms)
        }
        _ => {
            let moment = Moment::agreed(first.at_micros, first.at_micros, &first.clocks)?;
            let command = match command {
                Command::ApproveDestruction { subject, .. } => {
                    Command::ApproveDestruction { subject, signature: who.actor.approval(&subject) }
                }
                command => command,
            };
            let wanted = decide(&then, &command, &context::ground(desk, who, &moment)).ok()?;
            wanted.first().is_some_and(|wanted| wanted.what == first.what && wanted.private == first.private)
        }
    };
    is_same.then(|| first.clone())
}

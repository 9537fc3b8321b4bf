//! `GET /things/{thing}` and `/cases/{case}/kept/{thing}`: one thing, as somebody may see it.
//!
//! Not what may be seen (`casework::custody`'s view).
//! Invariant: nothing that must not happen can be clicked, as far as that can be known before clocks are asked.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::custody::{Phase, Thing, view};
use pages::things::{Certificate, One};
use pages::wording::{self, Words};

use super::context::{self, Names, Seen};
use super::happened::Telling;
use super::{forms, lines, words};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::db::stalled;
use crate::http::access::answers::{self, Broken, LANGUAGE};

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    match context::find(&desk, &who, &names).await? {
        Ok(seen) => Ok(answers::page(StatusCode::OK, document(&desk, &who, &seen, None).await?)),
        Err(answer) => Ok(*answer),
    }
}

/// The whole page, with what did not go as it should.
pub(super) async fn document(
    desk: &Desk,
    who: &SignedIn,
    seen: &Seen,
    notes: Option<Words>,
) -> crate::error::Result<String> {
    let (thing, moment) = (&seen.thing, context::as_if_agreed());
    let ground = context::ground(desk, who, &moment);
    let when = |at| context::when(desk, thing, at);
    let entries = view(&seen.events, seen.viewer(who));
    let standing = thing.standing(&ground);
    let mut approved = Vec::new();
    for hold in thing.holds().keys() {
        approved.extend(desk.office.release_approved(thing, *hold, &moment).await?.map(|count| (*hold, count)));
    }
    let mut parts = vec![lines::what(desk, thing, &entries)];
    if thing.phase() == Phase::Kept {
        parts.push(lines::holds(thing, &when, &approved));
    }
    parts.extend(lines::proposed(thing));
    // What was proposed, in the words that are signed; what would be proposed now may be something else.
    let subject = thing.subject(&desk.office.book).ok();
    let proposed = thing.proposal().filter(|_| thing.phase() == Phase::Kept).map(|proposal| proposal.subject);
    let subject = subject.filter(|subject| Some(subject.digest()) == proposed);
    let acts = forms::open_to(desk, who, thing).into_iter();
    let stalled = stalled::all(&desk.office.db).await?.remove(&thing.id());
    let stalled = stalled.filter(|_| thing.phase() == Phase::Destroying);
    let notes = notes.or_else(|| stalled.map(|one| wording::thing_next_stalled(LANGUAGE, &one.why)));
    let (id, kind) = (thing.id().to_string(), words::kind(thing.kind(), LANGUAGE));
    let one = One {
        frame: seen.frame(who, &seen.back),
        id: &id,
        kind: &kind,
        state: lines::state(&standing),
        notes,
        next: lines::next(thing, &standing, &when),
        clauses: lines::clauses(desk, thing),
        parts,
        subject: subject.as_ref().map_or("", |subject| subject.text()),
        certificate: certificate(thing, &seen.here),
        acts: acts.map(|row| (forms::titles(row, thing).0, seen.form_of(row.deed))).collect(),
        history: Telling { language: LANGUAGE, when: &when }.history(&entries),
    };
    Ok(one.html())
}

/// Where the certificate is, once there is one; `here` is the thing's page.
pub(super) fn certificate(thing: &Thing, here: &str) -> Option<Certificate> {
    let destruction = thing.destruction().filter(|destruction| destruction.certificate.is_some())?;
    let logged = match &destruction.logged {
        Some((_, index)) => wording::thing_certificate_logged(LANGUAGE, &index.to_string()),
        None => wording::thing_certificate_not_logged(LANGUAGE),
    };
    Some(Certificate {
        text_href: format!("{here}/certificate"),
        json_href: format!("{here}/certificate/json"),
        logged,
    })
}

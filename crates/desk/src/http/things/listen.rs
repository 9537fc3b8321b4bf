//! `GET …/listen/{number}` and `…/sound/{number}`: the page on which somebody listens whose access is on the record, and the sound itself, by range.
//!
//! Not putting it there (`act.rs`). Invariants: nothing is given out but to whoever's access that event is, within its time, and nothing but the stretch that it names; what is sealed is never
//! changed and never given out whole: of a recording the sound is, as a FLAC that plays by itself; anything else is a file to be taken, never a page of ours.

use std::ops::Range;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use casework::Moment;
use casework::custody::{Event, How, Phase, What};
use pages::things::{Listening, over};
use pages::wording;
use vault::Object;

use super::context::{self, Names, Seen};
use super::happened::clock;
use super::range::{Asked, asked};
use super::words;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::cases::deeds::Listed as _;
use crate::office::Office;
use crate::office::reading::{Piece, Stretch, is_sound, sound_between};

/// How long somebody listens after they said why: a long meeting, and what they go back to in it.
const LISTEN_MICROS: i64 = 4 * 60 * 60 * 1_000_000;
/// How much is fetched and sent at a time.
const PIECE_BYTES: u64 = 256 << 10;

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = match context::find_to_listen(&desk, &who, &names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(*answer),
    };
    let Some((number, purpose, how, range_ms, at_us)) = access(&who, &seen, &names) else {
        let frame = seen.frame(&who, &seen.here);
        return Ok(answers::page(StatusCode::NOT_FOUND, over(&frame, &seen.form_of(casework::custody::Deed::Access))));
    };
    let when = context::when(&desk, &seen.thing, at_us);
    let all = || wording::thing_listening_all(LANGUAGE);
    let page = Listening {
        frame: seen.frame(&who, &seen.here),
        kind: &words::kind(seen.thing.kind(), LANGUAGE),
        why: wording::thing_listening_why(LANGUAGE, purpose.label(LANGUAGE).as_str(), &when),
        stretch: range_ms
            .map_or_else(all, |(from, until)| wording::thing_listening_stretch(LANGUAGE, &clock(from), &clock(until))),
        sound: &format!("{}/sound/{number}", seen.here),
        is_sound: how == How::Listened,
    };
    Ok(answers::page(StatusCode::OK, page.html()))
}

type Access = (u64, casework::custody::Purpose, How, Option<(u64, u64)>, i64);

/// Their own access that an address names, while it holds.
fn access(who: &SignedIn, seen: &Seen, names: &Names) -> Option<Access> {
    let number = names.get("number")?.parse::<u64>().ok()?;
    let event = seen.events.iter().find(|event| event.number == number)?;
    let Event { what: What::Accessed { how, purpose, range_ms, range_bytes: None }, .. } = event else { return None };
    let is_theirs = event.by.as_ref() == Some(&who.account) && seen.thing.phase() == Phase::Kept;
    let holds = is_theirs && holds_at(event.at_micros, &Office::local_moment());
    holds.then_some((number, *purpose, *how, *range_ms, event.at_micros))
}

/// Whether an access of then holds now; a clock that was put back ends it.
fn holds_at(began_us: i64, now: &Moment) -> bool {
    let age = now.at_micros().saturating_sub(began_us);
    (-casework::TOLERANCE_MICROS..LISTEN_MICROS).contains(&age)
}

pub(crate) async fn sound(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let seen = match context::find_to_listen(&desk, &who, &names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(*answer),
    };
    let ground = context::as_if_agreed();
    let ground = context::ground(&desk, &who, &ground);
    let may = seen.thing.may(casework::custody::Deed::Access, &ground).is_ok();
    let Some((_, _, how, range_ms, _)) = access(&who, &seen, &names).filter(|_| may) else {
        let frame = seen.frame(&who, &seen.here);
        return Ok(answers::page(StatusCode::NOT_FOUND, over(&frame, "")));
    };
    let (held, object) = desk.office.open_kept(seen.thing.id()).await?;
    let piece = match how {
        How::Listened if is_sound(&held) => {
            let (from, until) = range_ms.unwrap_or((0, u64::MAX));
            tokio::task::block_in_place(|| sound_between(&object, from, until))?
        }
        How::Looked if !is_sound(&held) => {
            Piece { before: Vec::new(), range: 0..object.len_bytes(), stretch: Stretch::default() }
        }
        // It was said to be of another kind since.
        _ => {
            let frame = seen.frame(&who, &seen.here);
            return Ok(answers::page(StatusCode::NOT_FOUND, over(&frame, "")));
        }
    };
    Ok(given(&headers, object, piece, how == How::Listened))
}

/// The answer: all of it, or the range that was asked for.
fn given(headers: &HeaderMap, object: Object, piece: Piece, is_sound: bool) -> Response {
    let before = piece.before.len() as u64;
    let len = before + (piece.range.end - piece.range.start);
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    // A copy is kept by nobody, so a condition on it is never met.
    let range = range.filter(|_| !headers.contains_key(header::IF_RANGE));
    let (status, part) = match asked(range, len) {
        Asked::All => (StatusCode::OK, 0..len),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Unsatisfiable => {
            let headers =
                [(header::CONTENT_RANGE, format!("bytes */{len}")), (header::CACHE_CONTROL, "no-store".to_owned())];
            return (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response();
        }
    };
    let (kind, shown) = match is_sound {
        true => ("audio/flac", "inline; filename=\"recording.flac\""),
        false => ("application/octet-stream", "attachment; filename=\"kept.bin\""),
    };
    let mut answer = (
        status,
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_LENGTH, (part.end - part.start).to_string()),
            (header::CONTENT_DISPOSITION, shown.to_owned()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
        ],
        Body::from_stream(pieces(object, piece, part.clone())),
    )
        .into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{len}", part.start, part.end.saturating_sub(1));
        if let Ok(value) = range.parse() {
            answer.headers_mut().insert(header::CONTENT_RANGE, value);
        }
    }
    answer
}

/// The bytes of a part, a piece at a time: what is not authentic ends the answer before its length.
fn pieces(object: Object, piece: Piece, part: Range<u64>) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold((object, piece, part), |(object, piece, part)| async move {
        if part.is_empty() {
            return None;
        }
        let before = piece.before.len() as u64;
        if part.start < before {
            let end = part.end.min(before);
            let bytes = usize::try_from(part.start).ok().zip(usize::try_from(end).ok());
            let bytes = bytes.and_then(|(from, until)| piece.before.get(from..until)).unwrap_or_default();
            let bytes = Bytes::copy_from_slice(bytes);
            return Some((Ok(bytes), (object, piece, end..part.end)));
        }
        let end = part.end.min(part.start + PIECE_BYTES);
        let shift = |at: u64| piece.range.start + (at - before);
        match object.read(shift(part.start)..shift(end)).await {
            Ok(bytes) => Some((Ok(Bytes::copy_from_slice(&bytes)), (object, piece, end..part.end))),
            Err(err) => Some((Err(std::io::Error::other(err)), (object, piece, 0..0))),
        }
    })
}

//! When a recording was made, as JSON (`docs/json.md`, "time").
//!
//! Not a judgement (`seal::bracket`) and not words (`when.rs`).
//! Invariant: everything the check found is here, the refused pieces it kept among it.

use seal::bracket::{Bracket, Limit};
use serde::Serialize;

use super::Range;
use crate::when;

/// The bracket and what does not count.
#[derive(Serialize)]
pub(super) struct TimeOut {
    not_before: Option<LimitOut>,
    not_after: Option<LimitOut>,
    anchors: u32,
    anchors_held: u32,
    last_anchor: Option<LastOut>,
    longest: Option<Range>,
    longest_seconds: Option<u64>,
    too_much: Option<Range>,
    refused: Vec<RefusedOut>,
    refused_more: u64,
}

#[derive(Serialize)]
struct LimitOut {
    time: String,
    by: String,
    witnesses: Vec<String>,
    place: String,
}

#[derive(Serialize)]
struct LastOut {
    samples: u64,
    not_after: LimitOut,
}

#[derive(Serialize)]
struct RefusedOut {
    place: String,
    fault: &'static str,
    detail: String,
}

impl TimeOut {
    pub(super) fn new(time: &Bracket, rate_hz: u32) -> TimeOut {
        let live = time.live.as_ref();
        TimeOut {
            not_before: time.no_earlier.as_ref().map(LimitOut::new),
            not_after: time.no_later.as_ref().map(LimitOut::new),
            anchors: time.anchors,
            anchors_held: time.anchors_held,
            last_anchor: time
                .last_anchor
                .as_ref()
                .map(|(samples, limit)| LastOut { samples: *samples, not_after: LimitOut::new(limit) }),
            longest: live.map(|live| Range::new(&live.longest, rate_hz)),
            longest_seconds: live.map(|live| live.longest_s),
            too_much: live.and_then(|live| live.too_much.as_ref()).map(|range| Range::new(range, rate_hz)),
            refused: time
                .refused
                .iter()
                .map(|refused| RefusedOut {
                    place: refused.place.to_string(),
                    fault: refused.fault.name(),
                    detail: refused.detail.clone(),
                })
                .collect(),
            refused_more: time.refused_more,
        }
    }
}

impl LimitOut {
    fn new(limit: &Limit) -> LimitOut {
        LimitOut {
            time: when::utc(limit.time_s),
            by: limit.by.clone(),
            witnesses: limit.witnesses.clone(),
            place: limit.place.to_string(),
        }
    }
}

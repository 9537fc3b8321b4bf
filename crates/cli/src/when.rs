//! When a recording was made, as a person reads it: the bracket of `seal::bracket` in lines.
//!
//! Not a judgement: what counts and what does not was decided by the check. Invariants: every piece of evidence that counts for
//! nothing is named with why; every text out of a file goes through `text::visible`.

use jiff::Timestamp;
use seal::Evidence;
use seal::bracket::{Bracket, Limit, Live, Place, Refused};

use crate::render::{line, several};
use crate::text::{self, visible};
use crate::time::{Moment, range_text};

/// Refused pieces that are shown; JSON has all that were kept.
const REFUSED_SHOWN_MAX: usize = 8;

/// `2026-11-22T09:30:12Z`
pub(crate) fn utc(time_s: u64) -> String {
    let time = i64::try_from(time_s).ok().and_then(|time_s| Timestamp::from_second(time_s).ok());
    time.map_or_else(|| format!("second {time_s} since 1970"), |time| time.to_string())
}

/// The lines "not before", "not after", "anchored", and what was refused.
pub(crate) fn add(lines: &mut String, evidence: &Evidence) {
    let (time, rate_hz) = (&evidence.time, evidence.header.format.rate_hz());
    let start = visible(&evidence.header.start);
    let nothing = "nothing outside the recording shows".to_owned();
    let before = time.no_earlier.as_ref().map_or_else(|| nothing.clone(), limit);
    line(lines, "not before", &format!("{before}; the device says it began at {start}"));
    line(lines, "not after", &time.no_later.as_ref().map_or(nothing, limit));
    several(lines, "anchored", &anchored(evidence));
    let mut refused: Vec<String> =
        time.refused.iter().take(REFUSED_SHOWN_MAX).map(|refused| refusal(refused, rate_hz)).collect();
    let more = time.refused.len().saturating_sub(REFUSED_SHOWN_MAX) as u64 + time.refused_more;
    if more > 0 {
        refused.push(format!("and {more} more"));
    }
    several(lines, "no evidence", &refused);
}

/// `2026-11-22T09:30:12Z, by log.example with the witnesses a and b`
fn limit(limit: &Limit) -> String {
    let names: Vec<String> = limit.witnesses.iter().map(|name| visible(name)).collect();
    let witnesses = match names.len() {
        0 => String::new(),
        1 => format!(" with the witness {}", names[0]),
        _ => format!(" with the witnesses {}", text::list(&names)),
    };
    format!("{}, by {}{witnesses}", utc(limit.time_s), visible(&limit.by))
}

fn anchored(evidence: &Evidence) -> Vec<String> {
    let (time, rate_hz) = (&evidence.time, evidence.header.format.rate_hz());
    let count = |n: u32| text::count(u64::from(n), "anchor");
    match (&time.live, time.anchors) {
        (Some(live), _) => held(time, live, rate_hz),
        (None, 0) => vec!["not anchored while it was made".to_owned()],
        (None, n) if evidence.kind == seal::Kind::Derived => {
            vec![format!("{} shown; only the whole recording can show whether they hold", count(n))]
        }
        (None, n) => vec![format!("{} in the recording, and none counts", count(n))],
    }
}

fn held(time: &Bracket, live: &Live, rate_hz: u32) -> Vec<String> {
    let first = match &live.too_much {
        None if time.no_later.is_none() => {
            format!("while it was made, {}; nothing shows when its end was made", times(time.anchors_held))
        }
        None => format!("while it was made, {}", times(time.anchors_held)),
        Some(range) => format!(
            "not while it was made: {} holds more sound than time passed ({} of its anchors hold)",
            range_text(range, rate_hz),
            time.anchors_held
        ),
    };
    let longest = Moment::of_samples(live.longest.end - live.longest.start, rate_hz);
    let stretch = format!("the longest stretch without is {longest} ({})", range_text(&live.longest, rate_hz));
    let time_s = Moment::of_samples(live.longest_s, 1);
    // Times are between what shows one: where nothing bounds the end, they do not reach it, though the stretch may.
    let stretch = match time.no_later.is_some() {
        true => format!("{stretch}, the longest time {time_s}"),
        false if live.longest_s == 0 => stretch,
        false => format!(
            "{stretch}; up to the last anchor the longest time was {time_s}, and how long the rest took nothing shows"
        ),
    };
    let last = time
        .last_anchor
        .as_ref()
        .map(|(samples, at)| format!("up to {} it was there by {}", Moment::of_samples(*samples, rate_hz), limit(at)));
    [first, stretch].into_iter().chain(last).collect()
}

fn times(anchors: u32) -> String {
    if anchors == 1 { "once".to_owned() } else { format!("{anchors} times") }
}

fn refusal(refused: &Refused, rate_hz: u32) -> String {
    let place = match refused.place {
        Place::Anchor(samples) => format!("anchor at {}", Moment::of_samples(samples, rate_hz)),
        other => other.to_string(),
    };
    format!("{place}: {} ({})", visible(&refused.detail), refused.fault.name())
}

//! `counterpart redact FILE --mute A-B --mute-track N[:A-B] -o OUT`: the rest still verifies.
//!
//! Not the muting (`seal::derive`), nor writing and checking the result (`derived.rs`).
//! Invariant: what is asked to be muted is muted; it is widened to whole seconds, never narrowed.

use std::ops::Range;
use std::str::FromStr;

use clap::Args;
use seal::{Evidence, Mute, Plan};

use crate::derived::{self, Asked, DeriveArgs};
use crate::error::{Error, Result};
use crate::text;
use crate::time::Span;

/// `counterpart redact …`
#[derive(Args, Debug)]
pub(crate) struct RedactArgs {
    #[command(flatten)]
    derive: DeriveArgs,
    /// Mute every track from A to B: 10:02-10:09
    #[arg(long, value_name = "A-B")]
    mute: Vec<Span>,
    /// Mute one track, counted from 1, all through or from A to B: 2, 2:10:02-10:09
    #[arg(long, value_name = "N[:A-B]")]
    mute_track: Vec<TrackMute>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TrackMute {
    track: u8,
    span: Option<Span>,
}

impl FromStr for TrackMute {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<TrackMute, String> {
        let (number, span) = match text.split_once(':') {
            Some((number, span)) => (number, Some(span.parse()?)),
            None => (text, None),
        };
        let track = number.parse().ok().filter(|track| (1..=8).contains(track));
        match track {
            Some(track) => Ok(TrackMute { track, span }),
            None => Err("a track is a number from 1 to 8".to_owned()),
        }
    }
}

pub(crate) fn run(args: &RedactArgs) -> Result<u8> {
    if args.mute.is_empty() && args.mute_track.is_empty() {
        return Err(Error::of("it is not said what to mute")
            .hint("name a time, --mute 10:02-10:09, or a track, --mute-track 2"));
    }
    derived::run(&args.derive, |evidence| {
        let mutes = mutes(args, evidence)?;
        let ranges: Vec<Range<u64>> = mutes.iter().map(|mute| mute.range.clone()).collect();
        Ok(Asked { plan: Plan { keep: None, mutes, reveal: Vec::new() }, ranges })
    })
}

fn mutes(args: &RedactArgs, evidence: &Evidence) -> Result<Vec<Mute>> {
    let rate_hz = evidence.header.format.rate_hz();
    let mut mutes = Vec::new();
    for span in &args.mute {
        mutes.push(Mute { range: derived::range_within(span.samples(rate_hz), evidence)?, tracks: Vec::new() });
    }
    for asked in &args.mute_track {
        if asked.track > evidence.header.format.tracks() {
            return Err(Error::of(format_args!("there is no track {}", asked.track)).hint(format_args!(
                "the recording has {}, counted from 1",
                text::count(u64::from(evidence.header.format.tracks()), "track")
            )));
        }
        let range = match asked.span {
            Some(span) => derived::range_within(span.samples(rate_hz), evidence)?,
            None => 0..evidence.total_samples,
        };
        mutes.push(Mute { range, tracks: vec![asked.track] });
    }
    Ok(mutes)
}

#[cfg(test)]
mod tests {
    use super::TrackMute;

    #[test]
    fn tracks_parse() {
        for good in ["1", "8", "2:10:02-10:09", "2:1:00:00-1:00:01.5", "3:5-6"] {
            assert!(good.parse::<TrackMute>().is_ok(), "{good}");
        }
        for bad in ["", "0", "9", "a", "2:", "2:5", "-1", "2-3"] {
            assert!(bad.parse::<TrackMute>().is_err(), "{bad}");
        }
    }
}

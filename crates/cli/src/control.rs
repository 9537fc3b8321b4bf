//! `counterpart control DIR pause|resume|mark|entrant|finish|status`: drive a recording that runs elsewhere, or ask how it stands.
//!
//! Not the protocol (`recorder::control`).
//! Invariants: what is printed is the recording's own answer; asking changes nothing.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use recorder::control::{self, Command, Verb};
use recorder::status::Status;

use crate::error::{Error, Result, without_number};
use crate::render::line;
use crate::state::StateArgs;
use crate::time::Moment;
use crate::{json, out, text};

/// `counterpart control …`
#[derive(Args, Debug)]
pub(crate) struct ControlArgs {
    /// The folder of one of its copies
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What it should do: mark is a place to find again, entrant somebody who came in
    #[arg(value_name = "ACTION", value_parser = actions())]
    action: Action,
    /// Why; it goes on the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Do(Verb),
    Status,
}

/// The word that asks how a recording stands.
const STATUS: &str = "status";

fn actions() -> impl TypedValueParser<Value = Action> {
    let words: Vec<&'static str> = Verb::ALL.map(Verb::name).into_iter().chain([STATUS]).collect();
    PossibleValuesParser::new(words).map(|word| Verb::from_name(&word).map_or(Action::Status, Action::Do))
}

pub(crate) fn run(args: ControlArgs) -> Result<u8> {
    let state_dir = args.state.folder()?;
    let Action::Do(verb) = args.action else { return status(&args.folder, &state_dir, &args.reason, args.json) };
    if args.json.json {
        return Err(Error::of("only a status has JSON").hint("leave --json out, or ask for status"));
    }
    let command = Command { verb, reason: args.reason };
    let answer = control::send(&args.folder, &state_dir, &command).map_err(Error::of_its_folder)?;
    Ok(out::result(&format!("{}\n", text::visible(&answer)), 0))
}

fn status(folder: &Path, state_dir: &Path, reason: &str, flag: json::Flag) -> Result<u8> {
    if !reason.is_empty() {
        return Err(Error::of("asking for the status needs no reason").hint("leave --reason out"));
    }
    let status = control::status(folder, state_dir).map_err(Error::of_its_folder)?;
    let text = if flag.json { json::text(&json::Told::new(&status)) } else { human(&status) };
    Ok(out::result(&text, 0))
}

fn human(status: &Status) -> String {
    let mut lines = String::new();
    line(&mut lines, "recording", &text::visible(&status.recording));
    let at = Moment::of_samples(status.position_samples / u64::from(status.rate_hz.max(1)), 1);
    line(&mut lines, "state", &format!("{} at {at}", text::visible(&status.state)));
    for (at, level) in status.levels.iter().enumerate() {
        let words = format!("track {}, {:.0} dB, at most {:.0} dB", at + 1, level.rms_dbfs, level.peak_dbfs);
        line(&mut lines, "level", &words);
    }
    for copy in &status.copies {
        let state = match (&copy.lost, copy.free_bytes) {
            (Some(why), _) => format!("LOST: {}", text::visible(&without_number(why))),
            (None, Some(free)) => format!("{free} bytes free, {} bytes wait for it", copy.lag_bytes),
            (None, None) => "not looked at yet".to_owned(),
        };
        line(&mut lines, "copy", &format!("{}: {state}", text::visible(&copy.folder)));
    }
    if status.lost_samples > 0 {
        let seconds = status.lost_samples as f64 / f64::from(status.rate_hz.max(1));
        line(&mut lines, "missing", &format!("{seconds:.1} s that never came"));
    }
    if let Some(event) = &status.last_event {
        line(&mut lines, "last event", &text::visible(event));
    }
    for alarm in &status.alarms {
        line(&mut lines, "ALARM", &text::visible(&without_number(&alarm.text)));
    }
    lines
}

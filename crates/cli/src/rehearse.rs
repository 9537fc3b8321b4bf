//! `counterpart check`, and `record --check`: before the interview, is the room quiet and are both voices audible?
//!
//! Not the arithmetic (`sound::rehearsal`). It speaks no phrase of its own: it plays the people theirs (DECISIONS.md).
//! Invariants: nothing is kept of what is heard but the figures; what is put on the record is the same line that is
//! shown.

use clap::Args;
use recorder::rehearsal::{Findings, Part, Rehearsal, Voice};
use recorder::source::{self, Piece, microphone};

use crate::error::{Error, Result};
use crate::{json, out, text};

/// `counterpart check …`
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The microphone's name [default: the default microphone]
    #[arg(long, value_name = "NAME")]
    mic: Option<String>,
    /// Play nothing back
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    json: json::Flag,
}

pub(crate) fn run(args: &CheckArgs) -> Result<u8> {
    let done = check(args.mic.as_deref(), !args.silent)?;
    let text = match args.json.json {
        true => json::text(&json::Rehearsed::new(&done)),
        false => format!("{}\n", done.words()),
    };
    Ok(out::result(&text, u8::from(!done.findings.is_well())))
}

/// What came of a check.
pub(crate) struct Done {
    pub(crate) microphone: String,
    pub(crate) findings: Findings,
    /// Whether it was played back; why not, when it was to be and could not.
    pub(crate) played_back: std::result::Result<bool, String>,
}

impl Done {
    /// All of it in one line, as it goes on the record.
    pub(crate) fn words(&self) -> String {
        let Findings { noise_dbfs, dead_tracks, .. } = &self.findings;
        let noise: Vec<String> = noise_dbfs.iter().map(|noise| format!("{noise:.0} dB")).collect();
        let room = if self.findings.is_quiet() { "quiet enough" } else { "TOO NOISY" };
        let dead: String = dead_tracks.iter().map(|track| format!("; track {track} GIVES NO SIGNAL")).collect();
        let [first, second] = self.findings.voices.map(voice_words);
        let played = match &self.played_back {
            Ok(true) => "; played back",
            Ok(false) => "; not played back",
            Err(_) => "; could not be played back",
        };
        format!(
            "checked before: noise {}, {room}{dead}; first voice {first}; second voice {second}{played}",
            text::list(&noise)
        )
    }
}

fn voice_words(voice: Option<Voice>) -> String {
    match voice {
        None => "NOT HEARD".to_owned(),
        Some(Voice { track, level_dbfs, is_clipped }) => {
            let loud = if is_clipped { ", TOO LOUD" } else { "" };
            format!("heard on track {track} at {level_dbfs:.0} dB{loud}")
        }
    }
}

/// Asks for quiet and for both voices, listens, and plays the voices back.
pub(crate) fn check(name: Option<&str>, plays: bool) -> Result<Done> {
    let refused = |err: source::Error| Error::of(&err).hint(err.hint());
    let mut source = source::open_microphone(name).map_err(refused)?;
    let shape = source.shape();
    let mut rehearsal = Rehearsal::new(shape.rate_hz, shape.bits, shape.tracks);
    let (mut now, mut spoken) = (Part::Quiet, Vec::new());
    out::notice("check: please be quiet for three seconds");
    while now != Part::Over {
        let samples = match source.next().map_err(refused)? {
            Piece::Samples(samples) => samples,
            Piece::Away(why) | Piece::SourceLost(why) => {
                return Err(
                    Error::of(format_args!("the microphone is gone: {why}")).hint("plug it in, and check again")
                );
            }
            Piece::End => return Err(Error::of("the microphone ended").hint("plug it in, and check again")),
            Piece::Waiting | Piece::Lost { .. } | Piece::Back { .. } => continue,
        };
        let next = rehearsal.hear(&samples);
        if next != Part::Quiet {
            spoken.extend_from_slice(&samples);
        }
        if next != now {
            now = next;
            match now {
                Part::First => out::notice("check: now one of you, say a sentence"),
                Part::Second => out::notice("check: now the other, say a sentence"),
                Part::Quiet | Part::Over => {}
            }
        }
    }
    let microphone = source.describe();
    drop(source);
    let played_back = match plays {
        false => Ok(false),
        true => {
            out::notice("check: now you should hear what was said");
            microphone::play(shape, &spoken).map(|()| true).map_err(|err| err.to_string())
        }
    };
    if let Err(why) = &played_back {
        out::notice(&format!("check: it cannot be played back: {}", text::visible(why)));
    }
    Ok(Done { microphone, findings: rehearsal.findings(), played_back })
}

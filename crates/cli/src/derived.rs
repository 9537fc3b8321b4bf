//! A file made from a sealed recording: the steps that `excerpt` and `redact` share.
//!
//! Not the derivation (`seal::derive`) and not what to hide (the two commands). Invariants: nothing
//! is derived from a recording that did not pass a deep check; nothing gets its final name that
//! did not pass one itself; the recording is only ever read.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use recorder::FileSource;
use seal::{AboutField, Evidence, Plan, Verified};

use crate::check::{self, Checked, Missing};
use crate::error::{Error, Result};
use crate::files::{self, NewFile, same_file};
use crate::state::StateArgs;
use crate::time::{Moment, range_text};
use crate::{hint, json, out, render, sentence, signals};

/// What both commands take.
#[derive(Args, Debug)]
pub(crate) struct DeriveArgs {
    /// The sealed recording, or the folder of a copy; it is only read
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// The new file
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Show this in the new file too: parties, place, appointment, agreement
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    reveal: Vec<Field>,
    #[command(flatten)]
    json: json::Flag,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Field {
    Parties,
    Place,
    Appointment,
    Agreement,
}

impl From<Field> for AboutField {
    fn from(field: Field) -> AboutField {
        match field {
            Field::Parties => AboutField::Parties,
            Field::Place => AboutField::Place,
            Field::Appointment => AboutField::Appointment,
            Field::Agreement => AboutField::Agreement,
        }
    }
}

/// A plan, and the ranges it was made from as they were asked for.
pub(crate) struct Asked {
    pub(crate) plan: Plan,
    pub(crate) ranges: Vec<Range<u64>>,
}

/// Derives what `plan` makes of the recording, checks it, and prints its verdict.
pub(crate) fn run(args: &DeriveArgs, plan: impl FnOnce(&Evidence) -> Result<Asked>) -> Result<u8> {
    signals::clean_up();
    let state_dir = StateArgs::default().folder().ok();
    let input = check::file_of(&args.input, state_dir.as_deref())
        .map_err(|Missing { why, hint }| Error::of(format_args!("{}: {why}", args.input.display())).hint(hint))?;
    if args.output.exists() && same_file(&input, &args.output) {
        return Err(Error::of(format_args!("{} is the recording itself", args.output.display()))
            .hint("give the new file another name"));
    }
    NewFile::refuse_taken(&args.output)?;
    let file = files::open(&input).map_err(|err| Error::io(&input, &err))?;
    let mut source = FileSource::new(file);
    let checked = Checked::deep(&args.input, &mut source);
    let checked = checked.of_file(input, state_dir.as_deref());
    let (verified, evidence) = good(&checked)?;
    let mut asked = plan(evidence)?;
    asked.plan.reveal = fields(&args.reveal, evidence)?;
    let segment = u64::from(evidence.header.format.segment_samples());
    let wide: Vec<Range<u64>> =
        asked.ranges.iter().map(|range| widened(range, segment, evidence.total_samples)).collect();
    let made = write(args, &mut source, verified, &asked.plan)?;
    let text = report(args, evidence, &made, wide != asked.ranges, &wide);
    Ok(out::result(&text, made.exit_code()))
}

/// The recording, if a part of it can be proven at all.
fn good(checked: &Checked) -> Result<(&Verified, &Evidence)> {
    let verdict = checked.verdict();
    match (verdict.and_then(|verdict| verdict.verified()), verdict.and_then(|verdict| verdict.evidence())) {
        (Some(verified), Some(evidence)) => Ok((verified, evidence)),
        _ => {
            let (word, sentence) = sentence::of(checked);
            let other = || "only a recording that holds can have a part of it proven; try the other copy".to_owned();
            Err(Error::of(format_args!("{}: {word}. {sentence}", checked.path.display()))
                .hint(hint::of(checked).unwrap_or_else(other)))
        }
    }
}

fn fields(wanted: &[Field], evidence: &Evidence) -> Result<Vec<AboutField>> {
    let mut fields: Vec<AboutField> = wanted.iter().copied().map(AboutField::from).collect();
    fields.sort_unstable();
    fields.dedup();
    match fields.iter().find(|field| !evidence.about.iter().any(|(known, _)| known == *field)) {
        Some(missing) => Err(Error::of(format_args!("the recording does not say its {}", missing.name()))
            .hint("\"counterpart verify\" lists what it says")),
        None => Ok(fields),
    }
}

/// A range as whole segments, as `seal` cuts it.
fn widened(range: &Range<u64>, segment: u64, total: u64) -> Range<u64> {
    range.start / segment * segment..range.end.div_ceil(segment).saturating_mul(segment).min(total)
}

fn write(args: &DeriveArgs, source: &mut FileSource, verified: &Verified, plan: &Plan) -> Result<Checked> {
    let mut new = NewFile::create(&args.output)?;
    {
        let mut buffered = io::BufWriter::with_capacity(1 << 18, new.file());
        seal::derive(source, verified, plan, &mut buffered).map_err(|err| failed(args, &err))?;
        io::Write::flush(&mut buffered).map_err(|err| Error::io(&args.output, &err))?;
    }
    let mut written = new.source().map_err(|err| Error::io(&args.output, &err))?;
    let made = Checked::deep(&args.output, &mut written);
    if made.exit_code() != 0 {
        let (word, sentence) = sentence::of(&made);
        return Err(Error::of(format_args!("what was written does not verify: {word}. {sentence}"))
            .hint("nothing was kept; check the disk and try again"));
    }
    new.keep()?;
    Ok(made)
}

fn failed(args: &DeriveArgs, err: &seal::Error) -> Error {
    match err {
        seal::Error::Io(err) => Error::io(&args.output, err),
        other => Error::of(format_args!("{}: {other}", args.input.display()))
            .hint("ask for other times or tracks; \"counterpart verify\" lists what there is"),
    }
}

fn report(args: &DeriveArgs, of: &Evidence, made: &Checked, widened: bool, wide: &[Range<u64>]) -> String {
    if args.json.json {
        return json::text(&json::Derive::new(widened, made));
    }
    let mut lines = render::report(made);
    if widened {
        let ranges: Vec<String> = wide.iter().map(|range| range_text(range, of.header.format.rate_hz())).collect();
        lines.push_str(&format!("\nWidened to whole seconds: {}.\n", ranges.join(", ")));
    }
    lines
}

/// A range as it was asked for, or what is wrong with it.
pub(crate) fn range_within(range: Range<u64>, evidence: &Evidence) -> Result<Range<u64>> {
    let rate_hz = evidence.header.format.rate_hz();
    let shown = range_text(&range, rate_hz);
    let length = Moment::of_samples(evidence.total_samples, rate_hz);
    if range.start > range.end {
        return Err(Error::of(format_args!("{shown} ends before it begins")).hint("the earlier time comes first"));
    }
    if range.is_empty() {
        return Err(Error::of(format_args!("{shown} is empty")).hint("give two different times"));
    }
    if range.end > evidence.total_samples {
        return Err(Error::of(format_args!("{shown} reaches beyond the end of the recording"))
            .hint(format_args!("it is {length} long")));
    }
    Ok(range)
}

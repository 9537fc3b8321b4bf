//! `vault take`, `fact`, `describe`, `correct`: something comes into custody, and is called what it is.
//!
//! Not how it is taken in (`office/taking.rs`), nor what is checked in a recording (`seal`). Invariant: whoever may not do it is told so before anything is read or
//! written.

use std::path::PathBuf;

use casework::custody::{Body, Command, Commitment, Event, FactDay, Medium, Thing, Verdict, What, Words};
use casework::{Digest, Moment, ThingId};
use clap::Args;
use rules::{Date, Fact, Jurisdiction, Kind};

use super::{Place, Who, thing_id, words};
use crate::error::{Error, Result};
use crate::office::taking::{Arrival, Arriving, is_recording};
use crate::office::{Actor, Office, fresh};
use crate::{codes, out};

/// Take something into custody: a sealed recording after verifying it, any other file, a disc or a tape
#[derive(Args, Debug)]
pub(crate) struct TakeArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The file; left out for a disc or a tape
    #[arg(required_unless_present = "medium", conflicts_with = "medium")]
    file: Option<PathBuf>,
    /// What kind of thing: consultation-recording, interview-recording, letter, … (docs/rules.md); it says the rule of how long it is kept
    #[arg(long)]
    kind: Kind,
    /// Take a sealed recording in as another kind of thing although it does not verify
    #[arg(long, conflicts_with = "medium")]
    unverified: bool,
    /// The day on which it was made, from which its term counts
    #[arg(long, value_name = "DATE", value_parser = words::day)]
    made: Date,
    /// Another day in its life, from which a rule counts. May be given again
    #[arg(long = "fact", value_name = "NAME=DATE", value_parser = fact_day)]
    facts: Vec<FactDay>,
    /// Whose rules apply, where they are not the office's
    #[arg(long)]
    jurisdiction: Option<Jurisdiction>,
    /// What it is called; encrypted under its own key
    #[arg(long, value_parser = words::line)]
    title: String,
    /// A thing to be held in the hand: disc, tape
    #[arg(long)]
    medium: Option<Medium>,
    /// What is written on it
    #[arg(long, requires = "medium", conflicts_with = "file", required_if_eq_any([("medium", "disc"), ("medium", "tape")]), value_parser = words::line)]
    label: Option<String>,
    /// The id of the recording that it is a copy of
    #[arg(long, requires = "medium", conflicts_with = "file", value_name = "HEX")]
    recording: Option<Digest>,
    /// Where it lies
    #[arg(long = "where", requires = "medium", conflicts_with = "file", value_name = "PLACE", required_if_eq_any([("medium", "disc"), ("medium", "tape")]), value_parser = words::line)]
    lies: Option<String>,
}

/// Add a day that was not known when it came in
#[derive(Args, Debug)]
pub(crate) struct FactArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The fact and its day
    #[arg(value_name = "NAME=DATE", value_parser = fact_day)]
    fact: FactDay,
}

/// Say again what a thing is whose events were lost
#[derive(Args, Debug)]
pub(crate) struct DescribeArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// What kind of thing it was taken in as
    #[arg(long)]
    kind: Kind,
    /// The day on which it was made
    #[arg(long, value_name = "DATE", value_parser = words::day)]
    made: Date,
    /// Whose rules apply, where they are not the office's
    #[arg(long)]
    jurisdiction: Option<Jurisdiction>,
    /// What it is called
    #[arg(long, value_parser = words::line)]
    title: String,
}

/// Say that a thing is of another kind, or has another day, than was given by mistake, for a reason; it is when a second person has said the same
#[derive(Args, Debug)]
pub(crate) struct CorrectArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// The right kind
    #[arg(long, required_unless_present = "fact", conflicts_with = "fact")]
    kind: Option<Kind>,
    /// The right day of a fact that was given with a wrong one; `made` is the day on which it was made
    #[arg(long, value_name = "NAME=DATE", value_parser = fact_day)]
    fact: Option<FactDay>,
    /// Why; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reason: String,
}

fn fact_day(text: &str) -> std::result::Result<FactDay, String> {
    let (fact, day) = text.split_once('=').ok_or("write NAME=DATE")?;
    Ok(FactDay { day: words::day(day)?, fact: fact.parse::<Fact>()? })
}

/// `vault take`.
pub(crate) async fn take(args: TakeArgs) -> Result<u8> {
    if args.unverified && is_recording(&args.kind) {
        return Err(Error::of(format_args!("--unverified: what is called {} is always verified", args.kind))
            .hint("leave --unverified out; to keep a file that does not verify, name a kind that is no recording"));
    }
    let actor = args.who.actor()?;
    let office = args.place.open_with_stores().await?;
    let mut facts = vec![FactDay { fact: Fact::Made, day: args.made }];
    facts.extend(args.facts.iter().copied());
    let what = match (&args.file, args.medium) {
        (Some(file), _) => Arriving::File { path: file.clone(), unverified: args.unverified },
        (None, Some(medium)) => Arriving::Item { medium, recording: args.recording },
        (None, None) => return Err(Error::of("nothing is named").hint("name a file, or --medium")),
    };
    let arrival = Arrival {
        kind: args.kind.clone(),
        jurisdiction: args.jurisdiction.map_or_else(|| office.config.jurisdiction(), Ok)?,
        facts,
        words: Words {
            title: Some(args.title.clone()),
            label: args.label.clone(),
            place: args.lies.clone(),
            ..Words::default()
        },
        what,
    };
    let id = ThingId(fresh()?);
    let thing = Box::pin(office.take_in(&actor, id, &Office::local_moment(), &arrival)).await?;
    let until = until(&office, &thing);
    office.close().await;
    Ok(out::result(&format!("{id}\n{until}\n"), codes::DONE))
}

/// `vault fact`.
pub(crate) async fn fact(args: FactArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let command = Command::LearnFact { fact: args.fact };
    let recorded =
        office.act(Some(&actor), args.thing, &office.moment_for(&actor, args.thing).await?, &[command]).await?;
    say_until(&office, &recorded.thing).await
}

async fn say_until(office: &Office, thing: &Thing) -> Result<u8> {
    Ok(out::result(&format!("{}\n", until(office, thing)), codes::DONE))
}

/// Until when it is kept, or that nobody can say.
fn until(office: &Office, thing: &Thing) -> String {
    match thing.due(&office.book) {
        Ok(due) => format!("kept until the end of {}", due.last_day()),
        Err(why) => format!("kept, and no end is known: {}; {}", why.what(), why.hint()),
    }
}

/// `vault describe`.
pub(crate) async fn describe(args: DescribeArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let jurisdiction = args.jurisdiction.map_or_else(|| office.config.jurisdiction(), Ok)?;
    let facts = vec![FactDay { fact: Fact::Made, day: args.made }];
    let words = Words { title: Some(args.title), ..Words::default() };
    let is_item = matches!(office.thing(args.thing).await?.body(), Some(Body::Physical { .. }));
    let command = if is_item {
        Command::DescribeItem { kind: args.kind, jurisdiction, facts, words }
    } else {
        let found = office.look_inside(args.thing, &args.kind).await?;
        Command::Describe {
            kind: args.kind,
            jurisdiction,
            facts,
            plain_len_bytes: found.plain_len_bytes,
            commitment: found.commitment,
            verdict: found.verdict,
            words,
        }
    };
    let recorded =
        office.act(Some(&actor), args.thing, &office.moment_for(&actor, args.thing).await?, &[command]).await?;
    say_until(&office, &recorded.thing).await
}

/// `vault correct`.
pub(crate) async fn correct(args: CorrectArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let moment = office.moment_for(&actor, args.thing).await?;
    let words = Words::reason(&args.reason);
    let command = match (&args.kind, args.fact) {
        (Some(kind), _) => correct_kind(&office, &actor, args.thing, kind, words, &moment).await?,
        (None, Some(right)) => Command::CorrectFact { right, words },
        (None, None) => return Err(Error::of("nothing is named").hint("name the right --kind, or the right --fact")),
    };
    let recorded = office.act(Some(&actor), args.thing, &moment, &[command]).await?;
    let is_so = |event: &Event| matches!(event.what, What::KindCorrected { .. } | What::FactCorrected { .. });
    if !recorded.events.iter().any(is_so) {
        office.close().await;
        return Ok(out::result("one person says so; it is corrected when another person says the same\n", codes::DONE));
    }
    say_until(&office, &recorded.thing).await
}

/// What is kept is looked at as a thing of the kind that it is said to be.
async fn correct_kind(
    office: &Office,
    actor: &Actor,
    thing: ThingId,
    kind: &Kind,
    words: Words,
    moment: &Moment,
) -> Result<Command> {
    let is_object = matches!(office.thing(thing).await?.body(), Some(Body::Electronic { .. }));
    let command = |checked| Command::CorrectKind { kind: kind.clone(), checked, words: words.clone() };
    // Whoever may not, or names no kind, is told so before it is read whole.
    let unread = is_object.then_some((Commitment::Salted(Digest([0; 32])), Verdict::Unchanged));
    office.may(actor, thing, moment, &command(unread)).await?;
    let checked = match is_object {
        true => Some(office.look_inside(thing, kind).await?),
        false => None,
    };
    Ok(command(checked.map(|found| (found.commitment, found.verdict))))
}

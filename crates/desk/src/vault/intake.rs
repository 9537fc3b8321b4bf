//! `vault take`, `fact`, `describe`, `correct`: something comes into custody, and is called what it is.
//!
//! Not what is checked in a recording (`seal`). Invariants: what does not verify is refused with its verdict and kept nowhere; "kept" is
//! said when ciphertext was read back from every store and the event with its commitment is durable; a crash before that leaves a
//! key without an event, which the next opening forgets with whatever it encrypted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use casework::custody::{Body, Command, Commitment, Event, FactDay, Medium, Phase, Thing, Verdict, What, Words};
use casework::{Digest, Moment, ThingId};
use clap::Args;
use rules::{Date, Fact, Jurisdiction, Kind};
use seal::{Check, Outcome};
use vault::Plain;
use vault::cipher::{Label, ObjectKey};
use vault::private;
use vault::regular::NotAFile;

use super::{Place, Who, commitment, thing_id, words};
use crate::error::{Error, Result};
use crate::office::{Actor, Carried, FilePlain, Office, fresh, keyring_failed};
use crate::{codes, out, text};

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

/// Whether things of this kind are sealed recordings.
pub(super) fn is_recording(kind: &Kind) -> bool {
    kind.to_string().ends_with("-recording")
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
    let jurisdiction = args.jurisdiction.map_or_else(|| office.config.jurisdiction(), Ok)?;
    let words = Words {
        title: Some(args.title.clone()),
        label: args.label.clone(),
        place: args.lies.clone(),
        ..Words::default()
    };
    let id = ThingId(fresh()?);
    let key_bytes = zeroize::Zeroizing::new(fresh::<32>()?);
    let key = ObjectKey::new(*key_bytes);
    let _taking = office.taking()?;
    let moment = Office::local_moment();
    let receive = |body: Body| Command::Receive {
        kind: args.kind.clone(),
        jurisdiction,
        facts: facts.clone(),
        body,
        words: words.clone(),
    };
    // Whoever may not take anything in is told so before anything is read or written.
    let probe = match args.medium {
        Some(medium) => Body::Physical { medium, label: Digest([0; 32]), recording: None },
        None => unread(),
    };
    office.may(&actor, id, &moment, &receive(probe)).await?;
    let kind = args.kind.to_string();
    let body = match (&args.file, args.medium) {
        (Some(file), _) => {
            let checked = check(file, &args.kind, args.unverified).await?;
            office.keyring.add(&id.0, &kind, &key).await.map_err(|err| keyring_failed(&err))?;
            stored(&office, checked, id, &args.kind, &key).await?
        }
        (None, Some(medium)) => {
            office.keyring.add(&id.0, &kind, &key).await.map_err(|err| keyring_failed(&err))?;
            item(&office, &args, medium, id, &key, &words).await?
        }
        (None, None) => return Err(Error::of("nothing is named").hint("name a file, or --medium")),
    };
    let (digest, len) = match &body {
        Body::Electronic { object, sealed_len_bytes, .. } => (object.0, *sealed_len_bytes),
        Body::Physical { .. } => ([0; 32], 0),
    };
    let recorded = match office.act_with(Some(&actor), id, &moment, &[receive(body)], Some(key)).await {
        Ok(recorded) => recorded,
        Err(error) => {
            // The event may be there all the same, and what failed came after it: then it is kept. Only what has none is removed; where
            // that cannot be told, the next opening sees to it.
            if matches!(office.walked(id).await, Ok(thing) if thing.phase() == Phase::Absent) {
                if len > 0 {
                    let _ = office.vault.remove(&vault::store::Digest::new(digest)).await;
                }
                let _ = office.keyring.forget_pending(&id.0).await;
            }
            return Err(error);
        }
    };
    office.keyring.keep(&id.0, &digest, len).await.map_err(|err| keyring_failed(&err))?;
    let until = until(&office, &recorded.thing);
    office.close().await;
    Ok(out::result(&format!("{id}\n{until}\n"), codes::DONE))
}

/// What is held in the hand, and is found again by what the keyring carries of it.
async fn item(
    office: &Office,
    args: &TakeArgs,
    medium: Medium,
    id: ThingId,
    key: &ObjectKey,
    words: &Words,
) -> Result<Body> {
    let salt = private::content_salt(key, &id.0);
    let label = commitment::salted_words(args.label.as_deref().unwrap_or_default(), &salt);
    let body = Body::Physical { medium, label: Digest(label), recording: args.recording };
    if let Some(carried) = Carried::of(&body, words) {
        office.carry(id, key, &carried).await?;
    }
    Ok(body)
}

/// What stands for a file before it is read.
fn unread() -> Body {
    let zeros = Digest([0; 32]);
    Body::Electronic {
        object: zeros,
        sealed_len_bytes: 1,
        plain_len_bytes: 1,
        commitment: Commitment::Salted(zeros),
        verdict: Verdict::Unchanged,
    }
}

/// A file that may be kept: what does not verify is refused before anything is written. Under whatever kind, a sealed recording is checked as one:
/// a kind named by mistake must not be a way round the check.
async fn check(path: &Path, kind: &Kind, unverified: bool) -> Result<Arc<FilePlain>> {
    let file = vault::regular::open(path).map_err(|err| match NotAFile::of(&err) {
        Some(_) => Error::of(format_args!("{}: not a file", path.display())).hint("name a file, once it is whole"),
        None => Error::io(path, &err),
    })?;
    let plain = Arc::new(FilePlain::new(file).map_err(|err| Error::io(path, &err))?);
    let is_sealed = !is_recording(kind) && seal::bears_seal(&mut &*plain);
    if !is_recording(kind) && (unverified || !is_sealed) {
        return Ok(plain);
    }
    let to_check = Arc::clone(&plain);
    let verdict = tokio::task::spawn_blocking(move || {
        seal::verify(&mut &*to_check, Check { deep: true, trust: None }, &mut |_, _| {})
    });
    let verdict = verdict.await.map_err(|err| Error::of(err).hint("try again"))?;
    match of_outcome(verdict.outcome()) {
        Some(_) if is_sealed => {
            out::notice(&format!(
                "note: {} is a sealed recording, and is kept as {kind}",
                text::visible(&path.display().to_string())
            ));
            Ok(plain)
        }
        Some(_) => Ok(plain),
        None => {
            let why = verdict.reason().map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
            let name = verdict.outcome().name();
            Err(Error::of(format_args!("{}: the check says {name}{why}, so it is not taken in", path.display()))
                .hint(if is_sealed {
                    "it is a sealed recording: name its kind and ask for the other copy; to keep it as something else all the same: --unverified"
                } else {
                    "\"counterpart verify\" says where; ask for the other copy"
                })
                .with_code(codes::REFUSED))
        }
    }
}

/// The root that a recording's final checkpoint signs (`spec/seal.md`, section 3.2).
pub(super) fn root_of(checkpoint: &str) -> Option<Digest> {
    let root = BASE64_STANDARD.decode(checkpoint.lines().nth(2)?).ok()?;
    root.try_into().ok().map(Digest)
}

/// The verdict as events have it; `None` for what is not taken in.
pub(super) fn of_outcome(outcome: Outcome) -> Option<Verdict> {
    outcome.name().parse().ok().filter(|verdict| !matches!(verdict, Verdict::NotIntact | Verdict::CannotSay))
}

/// Encrypts it into the stores, and looks at what lies there: the file may have changed since it was checked.
pub(crate) async fn stored(
    office: &Office,
    plain: Arc<FilePlain>,
    id: ThingId,
    kind: &Kind,
    key: &ObjectKey,
) -> Result<Body> {
    let plain: Arc<dyn Plain> = plain;
    let kind_word = kind.to_string();
    let taken = office.vault.take(&plain, Label { kind: &kind_word, id: &id.0 }, key, &fresh()?).await;
    let held = match taken {
        Ok(held) => held,
        Err(error) => {
            // Nothing was promised; what was written opens for nobody once the key is forgotten.
            let _ = office.keyring.forget_pending(&id.0).await;
            return Err(Error::of(format_args!("nothing is kept: {error}")).hint("see to it, and take it in again"));
        }
    };
    let looked = match office.vault.open(&held, key).await {
        Ok(object) => {
            let salt = private::content_salt(key, &id.0);
            tokio::task::block_in_place(|| super::reading::inside(&object, is_recording(kind), &salt))
        }
        Err(error) => Err(Error::of(error).hint("see to the store, and take it in again")),
    };
    let inside = match looked {
        Ok(inside) => inside,
        Err(error) => {
            let _ = office.vault.remove(&held.digest).await;
            let _ = office.keyring.forget_pending(&id.0).await;
            return Err(Error::of(format_args!("nothing is kept: {}", error.what()))
                .hint("the file changed while it was taken in, or the store is unwell: take it in again")
                .with_code(error.code()));
        }
    };
    Ok(Body::Electronic {
        object: Digest(*held.digest.bytes()),
        sealed_len_bytes: held.sealed_len_bytes,
        plain_len_bytes: inside.plain_len_bytes,
        commitment: inside.commitment,
        verdict: inside.verdict,
    })
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
        let found = super::reading::look_inside(&office, args.thing, &args.kind).await?;
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
        true => Some(super::reading::look_inside(office, thing, kind).await?),
        false => None,
    };
    Ok(command(checked.map(|found| (found.commitment, found.verdict))))
}

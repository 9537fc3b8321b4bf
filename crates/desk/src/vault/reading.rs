//! `vault read`, `verify`: what is kept is given out, by range and for a purpose, or checked again.
//!
//! Not decrypting (`vault`). Invariants: that somebody looks, and why, is durable before the first byte is given out; nothing that is not
//! authentic is given out; a new file appears whole or not at all.

use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use casework::custody::{Body, Command, Commitment, How, Purpose, Verdict, Words};
use casework::{Digest, ThingId};
use clap::Args;
use rules::Kind;
use seal::Check;
use tokio::runtime::Handle;
use vault::cipher::ObjectKey;
use vault::{Held, Object, private};

use super::{Place, Who, commitment, thing_id, words};
use crate::error::{Error, Result};
use crate::office::taking::{is_recording, of_outcome, root_of};
use crate::office::{KeptPlain, Office, held, keyring_failed};
use crate::{codes, files, out};

/// How much is fetched and written at a time.
const PIECE_BYTES: u64 = 4 << 20;

/// Give out what is kept, all of it or a range, for a purpose that is recorded first
#[derive(Args, Debug)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
    /// For what: request, complaint, appeal, claim, preparation, quality, incident
    #[arg(long)]
    purpose: Purpose,
    /// The reference of what it is for; encrypted under the thing's key
    #[arg(long, value_parser = words::line)]
    reference: String,
    /// Only these bytes, FROM..UNTIL
    #[arg(long, value_name = "RANGE", value_parser = words::bytes_range, conflicts_with_all = ["from", "until"])]
    bytes: Option<Range<u64>>,
    /// Of a recording: from this time, 1:02:03; a FLAC that plays by itself
    #[arg(long, value_name = "TIME", value_parser = words::clock_ms)]
    from: Option<u64>,
    /// Of a recording: until this time
    #[arg(long, value_name = "TIME", value_parser = words::clock_ms)]
    until: Option<u64>,
    /// Into this new file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Check a thing again: read it whole, open it, and hold it against what was received
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    /// The thing
    #[arg(value_parser = thing_id)]
    thing: ThingId,
}

async fn key_of(office: &Office, id: ThingId) -> Result<ObjectKey> {
    office.keyring.key(&id.0).await.map_err(|err| keyring_failed(&err).with_code(codes::REFUSED))
}

/// Opens a thing's object.
async fn open(office: &Office, id: ThingId) -> Result<(Held, Object)> {
    let thing = office.thing(id).await?;
    let held = held(&thing).ok_or_else(|| {
        Error::of(format_args!("{id}: there is nothing to read"))
            .hint("\"vault show\" says what it is and where it stands")
            .with_code(codes::REFUSED)
    })?;
    let key = key_of(office, id).await?;
    // It opens as it was encrypted: whoever described it since may have called it something else.
    let entry = office.keyring.entry(&id.0).await.map_err(|err| keyring_failed(&err))?;
    let object = office
        .vault
        .open(&Held { kind: entry.kind, ..held.clone() }, &key)
        .await
        .map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\"; nothing was given out"))?;
    Ok((held, object))
}

/// What is to be given out: bytes before, and a range of the thing.
struct Piece {
    before: Vec<u8>,
    range: Range<u64>,
    stretch: Stretch,
}

/// The stretch of it as it was named, for the record.
#[derive(Clone, Copy, Default)]
struct Stretch {
    range_ms: Option<(u64, u64)>,
    range_bytes: Option<(u64, u64)>,
}

/// `vault read`.
pub(crate) async fn read(args: ReadArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    if let Some(path) = &args.out {
        files::absent(path)?;
    }
    let office = args.place.open().await?;
    if let Some(path) = &args.out {
        office.config.check_outside(&office.folder, path)?;
    }
    let moment = Office::local_moment();
    let access = |stretch: Stretch, how| Command::Access {
        how,
        purpose: args.purpose,
        range_ms: stretch.range_ms,
        range_bytes: stretch.range_bytes,
        words: Words { reference: Some(args.reference.clone()), ..Words::default() },
    };
    office.may(&actor, args.thing, &moment, &access(Stretch::default(), How::Looked)).await?;
    let (held, object) = open(&office, args.thing).await?;
    let is_sound = held.kind.parse::<Kind>().is_ok_and(|kind| is_recording(&kind));
    let piece = tokio::task::block_in_place(|| piece_of(&args, &object, is_sound))?;
    let how = if is_sound { How::Listened } else { How::Looked };
    office.act(Some(&actor), args.thing, &moment, &[access(piece.stretch, how)]).await?;
    let given = match &args.out {
        Some(path) => into_file(&object, piece, path).await,
        None => into_stdout(&object, piece).await,
    };
    office.close().await;
    given
}

fn piece_of(args: &ReadArgs, object: &Object, is_sound: bool) -> Result<Piece> {
    let whole = 0..object.len_bytes();
    if let Some(range) = &args.bytes {
        if range.end > whole.end {
            return Err(
                Error::of(format_args!("the range ends behind its {} bytes", whole.end)).hint("name a range within it")
            );
        }
        let stretch = Stretch { range_bytes: Some((range.start, range.end)), ..Stretch::default() };
        return Ok(Piece { before: Vec::new(), range: range.clone(), stretch });
    }
    if args.from.is_none() && args.until.is_none() {
        return Ok(Piece { before: Vec::new(), range: whole, stretch: Stretch::default() });
    }
    if !is_sound {
        return Err(Error::of("only a recording has times").hint("name a range of --bytes, or leave it out"));
    }
    let (from, until) = (args.from.unwrap_or(0), args.until.unwrap_or(u64::MAX));
    let mut kept = KeptPlain::new(object, Handle::current());
    let found =
        seal::stretch(&mut kept, from, until).map_err(|err| Error::of(err).hint("read it whole, and verify it"))?;
    let found = found.ok_or_else(|| {
        Error::of("there is no sound between these times").hint("give a later end, or an earlier beginning")
    })?;
    let stretch = Stretch { range_ms: Some((found.from_ms, found.until_ms)), ..Stretch::default() };
    Ok(Piece { before: found.head, range: found.frames, stretch })
}

async fn each(object: &Object, piece: Piece, mut give: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    give(&piece.before)?;
    let mut at = piece.range.start;
    while at < piece.range.end {
        let end = piece.range.end.min(at + PIECE_BYTES);
        let read = object.read(at..end).await;
        let read = read.map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\""))?;
        give(&read)?;
        at = end;
    }
    Ok(())
}

async fn into_stdout(object: &Object, piece: Piece) -> Result<u8> {
    let mut stdout = std::io::stdout();
    each(object, piece, |bytes| out::bytes(&mut stdout, bytes)).await?;
    Ok(codes::DONE)
}

/// Without a name until it is whole.
async fn into_file(object: &Object, piece: Piece, path: &Path) -> Result<u8> {
    let mut draft = files::draft(path)?;
    each(object, piece, |bytes| draft.file().write_all(bytes).map_err(|err| Error::io(path, &err))).await?;
    draft.keep(path)?;
    Ok(codes::DONE)
}

/// What a thing turns out to be.
pub(crate) struct Inside {
    pub(crate) plain_len_bytes: u64,
    pub(crate) commitment: Commitment,
    pub(crate) verdict: Verdict,
}

/// Opens a thing whole and says what it is: for a check, and for one whose events were lost.
pub(super) async fn look_inside(office: &Office, id: ThingId, kind: &Kind) -> Result<Inside> {
    let entry = office.keyring.entry(&id.0).await.map_err(|err| keyring_failed(&err))?;
    let key = key_of(office, id).await?;
    let none = || Error::of(format_args!("{id}: there is nothing to read")).hint("\"vault show\" says what it is");
    let (digest, sealed_len_bytes) = entry.object().ok_or_else(none)?;
    let held = Held { id: id.0, kind: entry.kind.clone(), digest: vault::store::Digest::new(digest), sealed_len_bytes };
    let object = office
        .vault
        .open(&held, &key)
        .await
        .map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\""))?;
    let salt = private::content_salt(&key, &id.0);
    tokio::task::block_in_place(|| inside(&object, is_recording(kind), &salt))
}

/// The same of one that is open.
pub(crate) fn inside(object: &Object, is_sound: bool, salt: &[u8; 32]) -> Result<Inside> {
    let mut kept = KeptPlain::new(object, Handle::current());
    let plain_len_bytes = object.len_bytes();
    if !is_sound {
        let digest = commitment::salted_reading(&mut kept, salt)
            .map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\""))?;
        return Ok(Inside {
            plain_len_bytes,
            commitment: Commitment::Salted(Digest(digest)),
            verdict: Verdict::Unchanged,
        });
    }
    let verdict = seal::verify(&mut kept, Check { deep: true, trust: None }, &mut |_, _| {});
    let name = verdict.outcome().name();
    let not_good =
        || Error::of(format_args!("the check says {name}")).hint("nothing was changed").with_code(codes::REFUSED);
    let found = of_outcome(verdict.outcome()).ok_or_else(not_good)?;
    let evidence = verdict.verified().ok_or_else(not_good)?.evidence();
    let root = root_of(&evidence.checkpoint).ok_or_else(not_good)?;
    let id = Digest(*evidence.id.as_bytes());
    Ok(Inside { plain_len_bytes, commitment: Commitment::Recording { id, root }, verdict: found })
}

/// `vault verify`.
pub(crate) async fn verify(args: VerifyArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let moment = Office::local_moment();
    office.may(&actor, args.thing, &moment, &Command::Verify { verdict: Verdict::CannotSay }).await?;
    let thing = office.thing(args.thing).await?;
    let (Some(kind), Some(Body::Electronic { commitment, .. })) = (thing.kind(), thing.body()) else {
        return Err(
            Error::of("a disc or tape is verified with \"counterpart verify\"").hint("put it in, and name its file")
        );
    };
    let verdict = match look_inside(&office, args.thing, kind).await {
        Ok(inside) if inside.commitment == *commitment => inside.verdict,
        Ok(_) => Verdict::NotIntact,
        Err(error) if error.code() == codes::REFUSED => Verdict::NotIntact,
        Err(error) => return Err(error),
    };
    office.act(Some(&actor), args.thing, &moment, &[Command::Verify { verdict }]).await?;
    office.close().await;
    let code = if verdict == Verdict::NotIntact { codes::DISAGREES } else { codes::DONE };
    Ok(out::result(&format!("{verdict}\n"), code))
}

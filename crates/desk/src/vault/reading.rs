//! `vault read`, `verify`: what is kept is given out, by range and for a purpose, or checked again.
//!
//! Not decrypting (`vault`). Invariants: that somebody looks, and why, is durable before the first byte is given out; nothing that is not
//! authentic is given out; a new file appears whole or not at all.

use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use casework::ThingId;
use casework::custody::{Command, How, Purpose, Verdict, Words};
use clap::Args;
use vault::Object;

use super::{Place, Who, thing_id, words};
use crate::error::{Error, Result};
use crate::office::Office;
use crate::office::reading::{PIECE_BYTES, Piece, Stretch, is_sound, sound_between};
use crate::{codes, files, out};

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
    let (held, object) = office.open_kept(args.thing).await?;
    let is_sound = is_sound(&held);
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
    sound_between(object, from, until)
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

/// `vault verify`.
pub(crate) async fn verify(args: VerifyArgs) -> Result<u8> {
    let actor = args.who.actor()?;
    let office = args.place.open().await?;
    let verdict = Box::pin(office.verify_again(&actor, args.thing, None)).await?;
    office.close().await;
    let code = if verdict == Verdict::NotIntact { codes::DISAGREES } else { codes::DONE };
    Ok(out::result(&format!("{verdict}\n"), code))
}

//! Makes an excerpt or a redaction of a verified file: again one ordinary FLAC that plays and verifies as what it is.
//!
//! Not here: reading the source's leaves (`derive_source.rs`), checking the result (the caller does, deeply, before anybody gets it).
//! Invariants: a cut is widened to whole segments, so that nothing leaks around its edges; whatever is not shown leaves neither
//! salt nor sound behind; the result is made in one pass over the frames that are shown.

use crate::body_derived::{DerivedHead, Item, Segment, TextOpening};
use crate::derive_source::{Source, SourceLeaf, read};
use crate::flac::codec::{Decoder, Encoder, SampleDigests, encode_numbered};
use crate::flac::frame::renumber;
use crate::flac::metadata::BLOCK_BYTES_MAX;
use crate::flac::streaminfo::FrameSizes;
use crate::leaf::Salt;
use crate::read_at::{ReadAt, read_full};
use crate::tree::Hash;
use crate::verdict::{Evidence, Verified};
use crate::writer::head;
use crate::{AboutField, Error, Format};
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;

/// What to show of a recording.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The samples to keep, as positions in the original; `None` keeps all.
    pub keep: Option<Range<u64>>,
    /// What to silence in what is kept.
    pub mutes: Vec<Mute>,
    /// Which of the values about the recording to reveal. With the parties go the closing acts.
    pub reveal: Vec<AboutField>,
}

/// A stretch to silence.
#[derive(Clone, Debug)]
pub struct Mute {
    /// Samples, as positions in the original.
    pub range: Range<u64>,
    /// Tracks from 1; none named means all.
    pub tracks: Vec<u8>,
}

/// Writes to `out`, which must be empty, what `plan` shows of a verified file.
///
/// # Errors
/// [`Error::Plan`] when a range is empty or beyond the end, a track is not there, or nothing is left to show;
/// [`Error::Changed`] when the file is no longer the one that was verified; [`Error::Full`] when the result's seal does not
/// fit a metadata block; [`Error::Io`].
pub fn derive(
    file: &mut dyn ReadAt,
    verified: &Verified,
    plan: &Plan,
    out: &mut (impl Write + Seek),
) -> Result<(), Error> {
    let evidence = verified.evidence();
    let format = evidence.header.format;
    plan.check(evidence.total_samples, format)?;
    let plan = &plan.widened(format, evidence.total_samples);
    let source = read(file, evidence)?;
    let pieces = choose(&source, &plan.on_top_of(&source), evidence);
    if !pieces.iter().any(|piece| piece.sound.is_some()) {
        return Err(Error::Plan("nothing of the sound would be left".into()));
    }
    let about: Vec<_> = source.about.into_iter().filter(|(field, ..)| plan.reveal.contains(field)).collect();
    let derived_head = DerivedHead { about, leaves: source.leaves };
    let print = |pieces: &[Piece]| {
        let mut body = Vec::new();
        derived_head.print(&source.header_note, &mut body);
        pieces.iter().for_each(|piece| piece.item.print(&mut body));
        source.tail.print(&mut body);
        body
    };
    let body_bytes = print(&pieces).len();
    if body_bytes + 4 > BLOCK_BYTES_MAX {
        return Err(Error::Full);
    }
    let reserve = 50 + body_bytes;
    let mut sound = Sound::new(format, out);
    sound.out.seek(SeekFrom::Start(reserve as u64))?;
    let pieces = pieces.into_iter().map(|piece| sound.write(file, piece)).collect::<Result<Vec<_>, _>>()?;
    let info = sound.sizes.stream_info(format, sound.samples, sound.digests.md5());
    let head = head(&info, &print(&pieces), reserve).map_err(|_| Error::Full)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&head)?;
    Ok(out.flush()?)
}

impl Plan {
    fn check(&self, total: u64, format: Format) -> Result<(), Error> {
        let ranges = self.keep.iter().chain(self.mutes.iter().map(|mute| &mute.range));
        for range in ranges {
            if range.is_empty() || range.start >= total {
                return Err(Error::Plan(format!(
                    "from sample {} to {} there is none of the recording's {total} samples",
                    range.start, range.end
                )));
            }
        }
        let tracks = self.mutes.iter().flat_map(|mute| &mute.tracks);
        match tracks.copied().find(|track| !(1..=format.tracks()).contains(track)) {
            Some(track) => {
                Err(Error::Plan(format!("there is no track {track}; the recording has {}", format.tracks())))
            }
            None => Ok(()),
        }
    }

    /// The same plan in whole segments: what belongs to a segment, its events too, is shown or hidden with it.
    fn widened(&self, format: Format, total: u64) -> Plan {
        let segment = u64::from(format.segment_samples());
        let widen = |range: &Range<u64>| {
            range.start / segment * segment..range.end.div_ceil(segment).saturating_mul(segment).min(total)
        };
        let mutes = self.mutes.iter().map(|mute| Mute { range: widen(&mute.range), tracks: mute.tracks.clone() });
        Plan { keep: self.keep.as_ref().map(widen), mutes: mutes.collect(), reveal: self.reveal.clone() }
    }

    /// This plan and what the source silences already, so that muting in steps withholds what muting at once does.
    fn on_top_of(&self, source: &Source) -> Plan {
        let mut plan = self.clone();
        let own = plan.mutes.len();
        for leaf in &source.list {
            let SourceLeaf::Audio { segment, track_salts, .. } = leaf else { continue };
            let tracks: Vec<u8> =
                (1..).zip(track_salts).filter(|(_, salt)| salt.is_none()).map(|(track, _)| track).collect();
            let end = segment.first + u64::from(segment.count);
            match plan.mutes[own..].last_mut() {
                _ if tracks.is_empty() => {}
                Some(last) if last.range.end == segment.first && last.tracks == tracks => last.range.end = end,
                _ => plan.mutes.push(Mute { range: segment.first..end, tracks }),
            }
        }
        plan
    }

    /// Whether a stretch, or a moment (an empty one), is kept. A moment on the edge belongs to what follows it.
    fn keeps(&self, range: &Range<u64>, total: u64) -> bool {
        let kept = |keep: &Range<u64>| {
            let moment = keep.contains(&range.start) || (range.start == total && keep.end == total);
            if range.is_empty() { moment } else { overlap(keep, range) }
        };
        self.keep.as_ref().is_none_or(kept)
    }

    /// Which tracks, from 0, the plan silences in a stretch.
    fn mutes(&self, range: &Range<u64>, tracks: u8) -> Vec<bool> {
        let mut muted = vec![false; usize::from(tracks)];
        for mute in self.mutes.iter().filter(|mute| overlap(&mute.range, range)) {
            for (track, muted) in (1..).zip(&mut muted) {
                *muted |= mute.tracks.is_empty() || mute.tracks.contains(&track);
            }
        }
        muted
    }
}

/// Whether two ranges share a sample; an empty one counts as the place it marks, its end included.
fn overlap(a: &Range<u64>, b: &Range<u64>) -> bool {
    if b.is_empty() { (a.start..=a.end).contains(&b.start) } else { a.start < b.end && b.start < a.end }
}

/// An item of the result and the sound that goes with it.
struct Piece {
    item: Item,
    /// Offset of the source's frames.
    sound: Option<u64>,
}

fn choose(source: &Source, plan: &Plan, evidence: &Evidence) -> Vec<Piece> {
    let (id, format) = (evidence.id, evidence.header.format);
    let mut pieces = Vec::new();
    let mut hidden = HiddenRun::default();
    let mut index = 1;
    for leaf in &source.list {
        match show(leaf, plan, format, evidence.total_samples) {
            None => hidden.add(index, &leaf.subtrees(id, index)),
            Some(piece) => {
                pieces.extend(hidden.take());
                pieces.push(piece);
            }
        }
        index += leaf.leaves();
    }
    pieces
}

/// The item that shows a leaf, or `None` when it is to be hidden.
fn show(leaf: &SourceLeaf, plan: &Plan, format: Format, total: u64) -> Option<Piece> {
    let silent = |item| Some(Piece { item, sound: None });
    match leaf {
        SourceLeaf::Hidden { .. } => None,
        SourceLeaf::Audio { segment, offset, frames_salt, track_salts } => {
            let range = segment.first..segment.first + u64::from(segment.count);
            let muted = plan.mutes(&range, format.tracks());
            let shown: Vec<Option<Salt>> =
                track_salts.iter().zip(&muted).map(|(salt, muted)| salt.filter(|_| !muted)).collect();
            let all: Option<Vec<Salt>> = shown.iter().copied().collect();
            let item = match (*frames_salt, all) {
                (Some(frames_salt), Some(track_salts)) => {
                    Item::Whole { segment: segment.clone(), frames_salt, track_salts }
                }
                _ => Item::Fresh { segment: segment.clone(), shown },
            };
            plan.keeps(&range, total).then_some(Piece { item, sound: Some(*offset) })
        }
        SourceLeaf::Event { kind, first, count, body } => {
            let range = *first..first.saturating_add(*count);
            let silenced = plan.mutes(&range, format.tracks()).iter().all(|muted| *muted);
            let body = if silenced { body.withheld() } else { body.clone() };
            let item = Item::Event { kind: *kind, first: *first, count: *count, body };
            if plan.keeps(&range, total) { silent(item) } else { None }
        }
        SourceLeaf::Anchor { first, salt, body } => {
            let item = Item::Anchor { first: *first, salt: *salt, body: body.clone() };
            if plan.keeps(&(*first..*first), total) { silent(item) } else { None }
        }
        SourceLeaf::End { reason, total, events, streaminfo, closing } => {
            let closing = if plan.reveal.contains(&AboutField::Parties) { closing.clone() } else { closing.withheld() };
            silent(Item::End { reason: *reason, total: *total, events: *events, streaminfo: *streaminfo, closing })
        }
    }
}

impl TextOpening {
    fn withheld(&self) -> TextOpening {
        TextOpening::Withheld(self.commitment())
    }
}

/// A run of hidden leaves, as the maximal complete subtrees that cover it.
#[derive(Default)]
struct HiddenRun {
    leaves: u64,
    /// (index of its first leaf, height, hash)
    subtrees: Vec<(u64, u32, Hash)>,
}

impl HiddenRun {
    fn add(&mut self, mut index: u64, subtrees: &[(u32, Hash)]) {
        for (height, hash) in subtrees {
            self.leaves += 1 << height;
            self.subtrees.push((index, *height, *hash));
            index += 1 << height;
            self.join();
        }
    }

    /// Joins siblings at the end of the run.
    fn join(&mut self) {
        while let [.., (start, height, left), (_, right_height, right)] = self.subtrees[..] {
            if height != right_height || !start.is_multiple_of(2 << height) {
                break;
            }
            self.subtrees.truncate(self.subtrees.len() - 2);
            self.subtrees.push((start, height + 1, crate::tree::node_hash(&left, &right)));
        }
    }

    fn take(&mut self) -> Option<Piece> {
        let leaves = u32::try_from(std::mem::take(&mut self.leaves)).ok().filter(|leaves| *leaves > 0)?;
        let subtrees = std::mem::take(&mut self.subtrees).into_iter().map(|(.., hash)| hash).collect();
        Some(Piece { item: Item::Hidden { leaves, subtrees }, sound: None })
    }
}

/// The frames of the result, written one after another.
struct Sound<'a, W> {
    format: Format,
    out: &'a mut W,
    encoder: Encoder,
    decoder: Decoder,
    digests: SampleDigests,
    sizes: FrameSizes,
    samples: u64,
    number: u32,
}

impl<'a, W: Write + Seek> Sound<'a, W> {
    fn new(format: Format, out: &'a mut W) -> Sound<'a, W> {
        Sound {
            format,
            out,
            encoder: Encoder::new(format),
            decoder: Decoder::default(),
            digests: SampleDigests::new(format),
            sizes: FrameSizes::default(),
            samples: 0,
            number: 0,
        }
    }

    /// Writes a piece's frames, if it has any, and puts their sizes into its item.
    fn write(&mut self, file: &mut dyn ReadAt, mut piece: Piece) -> Result<Piece, Error> {
        let (Some(offset), Item::Whole { segment, .. } | Item::Fresh { segment, .. }) = (piece.sound, &piece.item)
        else {
            return Ok(piece);
        };
        let frames = self.read(file, offset, segment)?;
        let shown: Option<Vec<bool>> = match &piece.item {
            Item::Fresh { shown, .. } => Some(shown.iter().map(Option::is_some).collect()),
            _ => None,
        };
        let mut sizes = Vec::with_capacity(frames.len());
        let mut left = segment.count;
        for frame in frames {
            let samples = left.min(self.format.block_samples());
            left -= samples;
            sizes.push(self.write_frame(&frame, samples, shown.as_deref())?);
        }
        self.samples += u64::from(segment.count);
        if let Item::Whole { segment, .. } | Item::Fresh { segment, .. } = &mut piece.item {
            segment.sizes = sizes;
        }
        Ok(piece)
    }

    fn read(&self, file: &mut dyn ReadAt, offset: u64, segment: &Segment) -> Result<Vec<Vec<u8>>, Error> {
        let mut at = offset;
        let mut frames = Vec::with_capacity(segment.sizes.len());
        for size in &segment.sizes {
            let mut frame = vec![0; *size as usize];
            if read_full(file, at, &mut frame)? < frame.len() {
                return Err(Error::Changed("it is shorter".into()));
            }
            at += u64::from(*size);
            frames.push(frame);
        }
        Ok(frames)
    }

    /// Writes one frame under its new number; with `shown`, encoded anew with silence where a track is not shown.
    fn write_frame(&mut self, frame: &[u8], samples: u32, shown: Option<&[bool]>) -> Result<u32, Error> {
        let undecodable = || Error::Changed("a frame does not decode".into());
        let out = match shown {
            None => renumber(frame, self.number.into()).ok_or_else(undecodable)?,
            Some(shown) => {
                let decoded = self.decoder.decode(frame, self.format, samples).ok_or_else(undecodable)?;
                let mut interleaved = Vec::with_capacity(decoded.samples() * shown.len());
                for at in 0..decoded.samples() {
                    let sample = |(track, shown): (usize, &bool)| if *shown { decoded.track(track)[at] } else { 0 };
                    interleaved.extend(shown.iter().enumerate().map(sample));
                }
                encode_numbered(&mut self.encoder, &interleaved, self.number)?
            }
        };
        let decoded = self.decoder.decode(&out, self.format, samples).ok_or_else(undecodable)?;
        self.digests.add(decoded);
        let size = u32::try_from(out.len()).map_err(|_| undecodable())?;
        self.sizes.add(size);
        self.number += 1;
        self.out.write_all(&out)?;
        Ok(size)
    }
}

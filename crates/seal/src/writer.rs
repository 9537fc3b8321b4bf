//! Seals a recording while it is made: frames and events in; leaves, checkpoints and finally the seal block out.
//!
//! Not here: files, clocks, chance (all the caller's), encoding (`flac/codec.rs`). Invariants: a frame is decoded back and
//! compared before it is committed to; what has been committed to never changes; the same calls with the same secrets give
//! the same bytes, so that a recovery can replay them and sign nothing new.

use crate::body::{Body, CLOSING_BYTES_MAX, is_lines};
use crate::body_full::{
    ANCHOR_BYTES_MAX, ANCHORS_MAX, EVENTS_MAX, EVIDENCE_MAX, Entry, FullHead, KIND_UNFINISHED, Tail, VERSION, print16,
};
use crate::bracket::EvidenceKind;
use crate::checkpoint::Checkpoint;
use crate::copy_words::CopyWords;
use crate::device::{DeviceKey, Secrets};
use crate::flac::codec::{Decoder, SampleDigests};
use crate::flac::frame::FrameHeader;
use crate::flac::metadata::{BLOCK_BYTES_MAX, SEAL_ID, block_header};
use crate::flac::streaminfo::{FrameSizes, STREAMINFO_BYTES, StreamInfo};
use crate::header::Header;
use crate::leaf::{Leaf, SLOT_CLOSING, SLOT_FIRST, Seed, commit, commit_digest};
use crate::note::{DEVICE_KEY_NAME, Note, RECORDING_KEY_NAME};
use crate::tree::Tree;
use crate::{AboutField, EndReason, Error, EventKind, Format, RecordingId};
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};

/// Segments between two checkpoints that stay in the file.
const SEGMENTS_PER_CHECKPOINT: u64 = 60;
/// What is kept free in the seal block for END and the final checkpoint, bytes.
const TAIL_BYTES: usize = CLOSING_BYTES_MAX + 4 * 1024;
/// Bytes around the seal body: `fLaC`, STREAMINFO block, head and id of the seal block.
const HEAD_OVERHEAD_BYTES: usize = 4 + 4 + STREAMINFO_BYTES + 4 + SEAL_ID.len();

/// What a recording declares before its first sample.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Shape of the sound.
    pub format: Format,
    /// Name and version of the software, 1 to 100 bytes.
    pub software: String,
    /// Local start, `YYYY-MM-DDTHH:MM:SS+HH:MM`.
    pub start: String,
    /// What the header commits to and full copies reveal; at most one value a field, each up to 65,535 bytes.
    pub about: Vec<(AboutField, String)>,
    /// The newest witnessed checkpoint of a log that is known, as its note, at most 4,096 bytes: not-before evidence.
    pub checkpoint: Option<Vec<u8>>,
    /// The recording this one continues.
    pub prev: Option<RecordingId>,
}

/// A checkpoint that stays in the file, for an anchor to refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Leaves under it.
    pub size: u64,
    /// Its text: what is blinded and given to the log.
    pub text: String,
}

/// Seals one recording.
pub struct Writer {
    header: Header,
    header_note: String,
    id: RecordingId,
    key: SigningKey,
    seed: Seed,
    about: Vec<(AboutField, String)>,
    log: Log,
    sound: Sound,
}

/// The tree and the entries that will carry it.
#[derive(Default)]
struct Log {
    tree: Tree,
    entries: Vec<u8>,
    events: u32,
    anchors: u32,
    segments: u64,
    /// Leaves under the last checkpoint among the entries.
    kept: u64,
}

/// The sound so far and the segment being filled.
struct Sound {
    position: u64,
    frames: u32,
    ended_short: bool,
    decoder: Decoder,
    digests: SampleDigests,
    frame_sizes: FrameSizes,
    segment_samples: u32,
    segment_sizes: Vec<u32>,
    segment_frames: Sha256,
}

impl Writer {
    /// Opens a recording.
    ///
    /// # Errors
    /// [`Error::Value`] when a text is outside its limits or a field is named twice.
    pub fn new(opening: &Opening, secrets: &Secrets, device: Option<&DeviceKey>) -> Result<Writer, Error> {
        let seed = Seed(secrets.seed);
        let about = ordered(&opening.about)?;
        let commitments = about
            .iter()
            .map(|(field, value)| (*field, commit(&seed.salt(0, field.number()), value.as_bytes())))
            .collect();
        let key = SigningKey::from_bytes(&secrets.signing_key);
        let header = Header {
            nonce: secrets.nonce,
            public_key: key.verifying_key().to_bytes(),
            device: device.map(DeviceKey::device),
            software: opening.software.clone(),
            format: opening.format,
            start: opening.start.clone(),
            about: commitments,
            checkpoint: opening.checkpoint.clone(),
            prev: opening.prev,
        };
        header.check()?;
        let mut keys = vec![(RECORDING_KEY_NAME, &key)];
        keys.extend(device.map(|device| (DEVICE_KEY_NAME, device.signing_key())));
        let header_note = Note::sign(header.text(), &keys).print();
        Ok(Writer::start(header, header_note, key, seed, about))
    }

    /// Opens the same recording again to replay it: its header note as it was written, an empty tree.
    ///
    /// # Errors
    /// [`Error::Value`] when note, values and secrets do not belong together.
    pub fn resume(header_note: &str, about: Vec<(AboutField, String)>, secrets: &Secrets) -> Result<Writer, Error> {
        let refuse = |what: &str| Error::Value(what.to_owned());
        let note = Note::parse(header_note.as_bytes()).ok_or_else(|| refuse("the header note does not parse"))?;
        let header = Header::parse(note.text()).map_err(|_| refuse("the header text does not parse"))?;
        let key = SigningKey::from_bytes(&secrets.signing_key);
        let seed = Seed(secrets.seed);
        let about = ordered(&about)?;
        let opens = about.len() == header.about.len()
            && about.iter().zip(&header.about).all(|((field, value), (committed, commitment))| {
                field == committed && commit(&seed.salt(0, field.number()), value.as_bytes()) == *commitment
            });
        if key.verifying_key().to_bytes() != header.public_key || !opens || secrets.nonce != header.nonce {
            return Err(refuse("the secrets are not those of this header note"));
        }
        Ok(Writer::start(header, header_note.to_owned(), key, seed, about))
    }

    fn start(
        header: Header,
        header_note: String,
        key: SigningKey,
        seed: Seed,
        about: Vec<(AboutField, String)>,
    ) -> Writer {
        let id = header.id();
        let mut log = Log::default();
        log.tree.push(Leaf::Header.hash(id, 0));
        let sound = Sound {
            position: 0,
            frames: 0,
            ended_short: false,
            decoder: Decoder::default(),
            digests: SampleDigests::new(header.format),
            frame_sizes: FrameSizes::default(),
            segment_samples: 0,
            segment_sizes: Vec::new(),
            segment_frames: Sha256::new(),
        };
        Writer { header, header_note, id, key, seed, about, log, sound }
    }

    /// The recording's id.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        self.id
    }

    /// The signed header note.
    #[must_use]
    pub fn header_note(&self) -> &str {
        &self.header_note
    }

    /// The shape of the sound.
    #[must_use]
    pub fn format(&self) -> Format {
        self.header.format
    }

    /// Samples per track pushed so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.sound.position
    }

    /// Adds one FLAC frame, which must be the next in number and, unless it is the last, a full block.
    ///
    /// The frame is decoded and, when `pcm` (interleaved) is given, compared with what went into the encoder. Whenever it
    /// fills a segment a checkpoint note is signed and returned: make it durable before anybody sees it.
    ///
    /// # Errors
    /// [`Error::Encoder`] when the frame is not faithful, [`Error::Order`] after a short frame, [`Error::Full`] when the seal
    /// has no room for another segment. After an error nothing was added.
    pub fn push_frame(&mut self, frame: &[u8], pcm: Option<&[i32]>) -> Result<Option<String>, Error> {
        let format = self.header.format;
        if self.sound.ended_short {
            return Err(Error::Order("only the last frame may be short".into()));
        }
        self.room()?;
        let samples = self.sound.accept(frame, pcm, format)?;
        self.sound.ended_short = samples < format.block_samples();
        if self.sound.segment_samples < format.segment_samples() {
            return Ok(None);
        }
        self.close_segment();
        let note = self.checkpoint();
        if self.log.segments.is_multiple_of(SEGMENTS_PER_CHECKPOINT) {
            self.keep(&note);
        }
        Ok(Some(note))
    }

    /// Leaves a checkpoint over the leaves so far in the file, so that an anchor can refer to it.
    ///
    /// # Errors
    /// [`Error::Full`] when the seal has no room.
    pub fn keep_checkpoint(&mut self) -> Result<Kept, Error> {
        self.room()?;
        let checkpoint = Checkpoint::of(self.id, &self.log.tree);
        let note = self.checkpoint();
        self.keep(&note);
        Ok(Kept { size: checkpoint.size, text: checkpoint.text() })
    }

    /// Writes back what the public log answered: an ANCHOR ([`crate::bracket::anchor_body`]). `first` is how many samples had been
    /// taken in by then.
    ///
    /// # Errors
    /// [`Error::Order`] when `first` lies ahead of the sound; [`Error::Value`] when `body` is longer than 16,384 bytes;
    /// [`Error::Full`] when the seal has no room.
    pub fn push_anchor(&mut self, first: u64, body: &[u8]) -> Result<(), Error> {
        if first > self.sound.position {
            return Err(Error::Order("an anchor cannot lie ahead of the sound".into()));
        }
        if body.len() > ANCHOR_BYTES_MAX {
            return Err(Error::Value(format!("an anchor is at most {ANCHOR_BYTES_MAX} bytes")));
        }
        self.room()?;
        if self.log.anchors >= ANCHORS_MAX {
            return Err(Error::Full);
        }
        let index = self.log.tree.len();
        let committed = commit(&self.seed.salt(index, SLOT_FIRST), body);
        self.log.tree.push(Leaf::Anchor { first, body: &committed }.hash(self.id, index));
        self.log.anchors += 1;
        Entry::Anchor { first, body: body.to_vec() }.print(&mut self.log.entries);
        Ok(())
    }

    /// Puts an event on the record. `first` and `count` are the samples it speaks of; `count` may be 0.
    ///
    /// # Errors
    /// [`Error::Order`] when `first` lies ahead of the sound; [`Error::Full`] when the seal has no room.
    pub fn push_event(&mut self, kind: EventKind, first: u64, count: u64, body: &Body) -> Result<(), Error> {
        if first > self.sound.position {
            return Err(Error::Order("an event cannot lie ahead of the sound".into()));
        }
        self.room()?;
        if self.log.events >= EVENTS_MAX {
            return Err(Error::Full);
        }
        let index = self.log.tree.len();
        let committed = commit(&self.seed.salt(index, SLOT_FIRST), body.as_str().as_bytes());
        self.log.tree.push(Leaf::Event { kind, first, count, body: &committed }.hash(self.id, index));
        self.log.events += 1;
        Entry::Event { kind, first, count, body: body.as_str().to_owned() }.print(&mut self.log.entries);
        Ok(())
    }

    /// Ends the recording. `closing` is zero or more lines `key: value`: the parties' closing acts.
    ///
    /// # Errors
    /// [`Error::Value`] when `closing` is not such lines or longer than 65,535 bytes.
    pub fn finish(mut self, reason: EndReason, closing: &str) -> Result<Sealed, Error> {
        if closing.len() > CLOSING_BYTES_MAX || !is_lines(closing) {
            return Err(Error::Value("closing acts are lines `key: value`".into()));
        }
        if self.sound.segment_samples > 0 {
            self.close_segment();
        }
        let info = self.sound.stream_info(self.header.format);
        let index = self.log.tree.len();
        let streaminfo = commit(&self.seed.salt(index, SLOT_FIRST), &info.print());
        let closed = commit(&self.seed.salt(index, SLOT_CLOSING), closing.as_bytes());
        let (total, events) = (self.sound.position, self.log.events);
        let leaf = Leaf::End { reason, total, events, streaminfo: &streaminfo, closing: &closed };
        self.log.tree.push(leaf.hash(self.id, index));
        Entry::End { reason, total, events, streaminfo, closing: closing.to_owned() }.print(&mut self.log.entries);
        let checkpoint = self.checkpoint();
        let mut body = Vec::with_capacity(self.log.entries.len() + TAIL_BYTES);
        let leaves = u32::try_from(self.log.tree.len()).map_err(|_| Error::Full)?;
        FullHead { seed: self.seed.0, about: self.about.clone(), leaves }.print(&self.header_note, &mut body);
        body.extend_from_slice(&self.log.entries);
        let text = Checkpoint::of(self.id, &self.log.tree).text();
        let words = CopyWords::of(&text);
        let tail = Tail { checkpoint: checkpoint.into_bytes(), evidence: Vec::new() };
        Ok(Sealed { id: self.id, text, words, info, body, tail })
    }

    /// The first `reserve_bytes` bytes of a file that is being recorded: it says whose it is and that it is not finished.
    ///
    /// # Errors
    /// [`Error::Value`] when `reserve_bytes` is too little for that; [`head_reserve`] never is.
    pub fn unfinished_head(&self, reserve_bytes: usize) -> Result<Vec<u8>, Error> {
        let mut body = vec![VERSION, KIND_UNFINISHED];
        print16(self.header_note.as_bytes(), &mut body);
        let info = FrameSizes::default().stream_info(self.header.format, 0, [0; 16]);
        head(&info, &body, reserve_bytes)
            .map_err(|outgrown| Error::Value(format!("a reserve of at least {} bytes is needed", outgrown.needed)))
    }

    fn close_segment(&mut self) {
        let index = self.log.tree.len();
        let sound = &mut self.sound;
        let count = std::mem::take(&mut sound.segment_samples);
        let first = sound.position - u64::from(count);
        let frames = commit_digest(&self.seed.salt(index, SLOT_FIRST), &sound.segment_frames.finalize_reset().into());
        let tracks: Vec<_> = (1..)
            .zip(sound.digests.take_tracks())
            .map(|(slot, digest)| commit_digest(&self.seed.salt(index, slot), &digest))
            .collect();
        self.log.tree.push(Leaf::Audio { first, count, frames: &frames, tracks: &tracks }.hash(self.id, index));
        let sizes = std::mem::take(&mut sound.segment_sizes);
        Entry::Audio { count, sizes, frames, tracks }.print(&mut self.log.entries);
        self.log.segments += 1;
    }

    fn checkpoint(&self) -> String {
        let text = Checkpoint::of(self.id, &self.log.tree).text();
        Note::sign(text, &[(RECORDING_KEY_NAME, &self.key)]).print()
    }

    fn keep(&mut self, note: &str) {
        let leaves = self.log.tree.len();
        if std::mem::replace(&mut self.log.kept, leaves) < leaves {
            Entry::Checkpoint(note.as_bytes().to_vec()).print(&mut self.log.entries);
        }
    }

    /// Whether the seal has room for one more entry.
    fn room(&self) -> Result<(), Error> {
        let fits = self.log.entries.len() + self.overhead_bytes() <= BLOCK_BYTES_MAX;
        if fits { Ok(()) } else { Err(Error::Full) }
    }

    /// What the block holds beside the entries so far, at the most, with room for one more entry and the end.
    fn overhead_bytes(&self) -> usize {
        let about: usize = self.about.iter().map(|(_, value)| value.len() + 3).sum();
        self.header_note.len() + about + TAIL_BYTES + 8 * 1024
    }
}

impl Sound {
    /// Checks one frame and takes it in; its samples per track.
    fn accept(&mut self, frame: &[u8], pcm: Option<&[i32]>, format: Format) -> Result<u32, Error> {
        let unfaithful = |what: &str| Error::Encoder(what.to_owned());
        let header = FrameHeader::parse(frame).ok_or_else(|| unfaithful("a frame without a header"))?;
        let samples = header.block_samples;
        let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        if samples > format.block_samples() || size > format.frame_bytes_max() {
            return Err(unfaithful("a frame that is too long"));
        }
        if let Some(what) = header.disagreement(format, self.frames, samples) {
            return Err(Error::Encoder(format!("a frame header that {what}")));
        }
        let decoded =
            self.decoder.decode(frame, format, samples).ok_or_else(|| unfaithful("a frame does not decode"))?;
        if pcm.is_some_and(|pcm| !decoded.is(pcm)) {
            return Err(unfaithful("a frame decodes to other samples than went in"));
        }
        self.digests.add(decoded);
        self.segment_frames.update(frame);
        self.segment_sizes.push(size);
        self.frame_sizes.add(size);
        self.segment_samples += samples;
        self.position += u64::from(samples);
        self.frames += 1;
        Ok(samples)
    }

    fn stream_info(&self, format: Format) -> StreamInfo {
        self.frame_sizes.stream_info(format, self.position, self.digests.md5())
    }
}

fn ordered(about: &[(AboutField, String)]) -> Result<Vec<(AboutField, String)>, Error> {
    let mut about = about.to_vec();
    about.sort_by_key(|(field, _)| *field);
    if about.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::Value("a field about the recording is given twice".into()));
    }
    match about.iter().find(|(_, value)| value.len() > usize::from(u16::MAX)) {
        Some((field, _)) => Err(Error::Value(format!("{field} is longer than 65535 bytes"))),
        None => Ok(about),
    }
}

/// A finished recording's seal, to be put before its frames.
#[derive(Clone, Debug)]
pub struct Sealed {
    id: RecordingId,
    /// The final checkpoint's text.
    text: String,
    words: CopyWords,
    info: StreamInfo,
    /// The seal body up to its tail.
    body: Vec<u8>,
    tail: Tail,
}

/// The seal is longer than what was reserved for it: write the file anew with a head of `needed` bytes, then the same frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgrown {
    /// Bytes the head needs.
    pub needed: usize,
}

impl Sealed {
    /// The recording's id.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        self.id
    }

    /// The final checkpoint note.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        std::str::from_utf8(&self.tail.checkpoint).unwrap_or_default()
    }

    /// The final checkpoint's text: what time-stamp authorities stamp and the log is given, blinded.
    #[must_use]
    pub fn checkpoint_text(&self) -> &str {
        &self.text
    }

    /// Adds what says when it was made.
    ///
    /// # Errors
    /// [`Error::Value`] when it is longer than 65,535 bytes or the seventeenth; [`Error::Full`] when the seal has no room.
    pub fn add_evidence(&mut self, kind: EvidenceKind, content: Vec<u8>) -> Result<(), Error> {
        if content.len() > usize::from(u16::MAX) || self.tail.evidence.len() >= EVIDENCE_MAX.into() {
            return Err(Error::Value("time evidence is at most 16 pieces of 65,535 bytes".into()));
        }
        if self.head_bytes() + 3 + content.len() > BLOCK_BYTES_MAX {
            return Err(Error::Full);
        }
        self.tail.evidence.push((kind.number(), content));
        Ok(())
    }

    /// The copy words.
    #[must_use]
    pub fn words(&self) -> CopyWords {
        self.words
    }

    /// Samples per track.
    #[must_use]
    pub fn total_samples(&self) -> u64 {
        self.info.total_samples
    }

    /// The shortest head there is: no padding.
    #[must_use]
    pub fn head_bytes(&self) -> usize {
        HEAD_OVERHEAD_BYTES + self.whole_body().len()
    }

    fn whole_body(&self) -> Vec<u8> {
        let mut body = self.body.clone();
        self.tail.print(&mut body);
        body
    }

    /// Exactly `reserve_bytes` bytes to stand before the first frame: `fLaC`, STREAMINFO, the seal block, padding.
    ///
    /// # Errors
    /// [`Outgrown`] when they are too few (or leave no room for the head of a padding block).
    pub fn head(&self, reserve_bytes: usize) -> Result<Vec<u8>, Outgrown> {
        head(&self.info, &self.whole_body(), reserve_bytes)
    }
}

/// How many bytes to keep before the frames of a recording of `samples` samples per track; when that is not known, of one hour.
#[must_use]
pub fn head_reserve(format: Format, samples: Option<u64>) -> usize {
    const NOTES_AND_EVENTS_BYTES: u64 = 8 * 1024;
    const HOUR_S: u64 = 3_600;
    let samples = samples.unwrap_or(HOUR_S * u64::from(format.rate_hz()));
    let segments = samples.div_ceil(format.segment_samples().into());
    let entry = 6 + 3 * u64::from(format.blocks_per_segment()) + 32 * (1 + u64::from(format.tracks()));
    let checkpoints = (segments / SEGMENTS_PER_CHECKPOINT) * 300;
    let bytes = NOTES_AND_EVENTS_BYTES + segments * entry + checkpoints;
    bytes.min(BLOCK_BYTES_MAX as u64 - TAIL_BYTES as u64) as usize
}

pub(crate) fn head(info: &StreamInfo, body: &[u8], reserve_bytes: usize) -> Result<Vec<u8>, Outgrown> {
    let exact = HEAD_OVERHEAD_BYTES + body.len();
    let spare = reserve_bytes.checked_sub(exact).filter(|spare| *spare == 0 || *spare >= 4);
    let spare = spare.filter(|spare| *spare <= BLOCK_BYTES_MAX).ok_or(Outgrown { needed: exact })?;
    let mut out = Vec::with_capacity(reserve_bytes);
    out.extend_from_slice(b"fLaC");
    out.extend_from_slice(&block_header(false, 0, STREAMINFO_BYTES));
    out.extend_from_slice(&info.print());
    out.extend_from_slice(&block_header(spare == 0, 2, SEAL_ID.len() + body.len()));
    out.extend_from_slice(SEAL_ID);
    out.extend_from_slice(body);
    if spare > 0 {
        out.extend_from_slice(&block_header(true, 1, spare - 4));
        out.resize(reserve_bytes, 0);
    }
    Ok(out)
}

//! The check of one file: from hostile bytes to a verdict (`spec/seal.md` section 6).
//!
//! Here: the way in, common to both kinds of file, and what can be said of two files. Not here: the leaves of a full copy
//! (`verify_full.rs`) and of a derived one (`verify_derived.rs`).
//! Invariants: never fails, never panics, always answers; the order of checks is that of the specification.

use crate::body_derived::DerivedHead;
use crate::body_full::{Fault, FullHead, KIND_FULL, KIND_UNFINISHED, Tail, read_kind_of_body};
use crate::bracket::{Bracket, Judge};
use crate::checkpoint::Checkpoint;
use crate::copy_words::CopyWords;
use crate::flac::metadata::{Metadata, walk};
use crate::flac::streaminfo::STREAMINFO_BYTES;
use crate::header::{Header, HeaderFault};
use crate::heard::Heard;
use crate::history::History;
use crate::kinds::RecordingId;
use crate::note::{DEVICE_KEY_NAME, Note, RECORDING_KEY_NAME};
use crate::read_at::{ReadAt, Window};
use crate::segment::Frames;
use crate::tlog::Policy;
use crate::tree::Tree;
use crate::verdict::{Evidence, Findings, Kind, Reason, Verdict, Verified};
use crate::{verify_derived, verify_full};
use std::io;

/// How thorough a check is, and whom it trusts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check<'a> {
    /// Also decode the sound and open the commitments to each track. Excerpts and redactions are always checked so.
    pub deep: bool,
    /// Whose word on time counts; nobody's without.
    pub trust: Option<&'a Policy>,
}

/// Checks a file. `progress` is told (bytes done, bytes in all) about once for each second of sound.
///
/// Memory: one segment of sound (at most about 3 MiB with its samples) and the events on the record.
pub fn verify(file: &mut dyn ReadAt, check: Check<'_>, progress: &mut dyn FnMut(u64, u64)) -> Verdict {
    listen(file, check, progress, &mut |_| {})
}

/// As [`verify`] with a deep check, and `ear` is lent every block as it is decoded. The verdict is the same as without.
pub fn verify_listening(
    file: &mut dyn ReadAt,
    trust: Option<&Policy>,
    progress: &mut dyn FnMut(u64, u64),
    ear: &mut dyn FnMut(Heard<'_>),
) -> Verdict {
    listen(file, Check { deep: true, trust }, progress, ear)
}

fn listen(
    file: &mut dyn ReadAt,
    check: Check<'_>,
    progress: &mut dyn FnMut(u64, u64),
    ear: &mut dyn FnMut(Heard<'_>),
) -> Verdict {
    examine(file, check, progress, ear).unwrap_or_else(|error| Findings::alone(Reason::Unreadable, error.to_string()))
}

/// What a running check works on.
pub(crate) struct Examination<'a> {
    pub(crate) file: &'a mut dyn ReadAt,
    pub(crate) progress: &'a mut dyn FnMut(u64, u64),
    pub(crate) ear: &'a mut dyn FnMut(Heard<'_>),
    pub(crate) len_bytes: u64,
    pub(crate) body: Window,
    pub(crate) frames: Frames,
    pub(crate) tree: Tree,
    pub(crate) findings: Findings,
    pub(crate) evidence: Evidence,
    pub(crate) judge: Judge<'a>,
    ending: Ending,
    pub(crate) streaminfo: [u8; STREAMINFO_BYTES],
}

/// What came after the last leaf: the final checkpoint if its signature holds, and the time evidence.
#[derive(Default)]
struct Ending {
    sealed: Option<Checkpoint>,
    evidence: Vec<(u8, Vec<u8>)>,
}

fn examine(
    file: &mut dyn ReadAt,
    check: Check<'_>,
    progress: &mut dyn FnMut(u64, u64),
    ear: &mut dyn FnMut(Heard<'_>),
) -> io::Result<Verdict> {
    let Some(metadata) = walk(file)? else {
        return Ok(Findings::alone(Reason::NotFlac, "this is not a FLAC file"));
    };
    let mut findings = Findings::default();
    metadata.lies.iter().for_each(|lie| findings.add(Reason::Metadata, lie.clone()));
    let (mut body, opened) = match open(file, &metadata, &mut findings) {
        Ok(opened) => opened,
        Err(Stop::At(reason, detail)) => {
            findings.add(reason, detail);
            return Ok(findings.into_verdict(None, None));
        }
        Err(Stop::Io(error)) => return Err(error),
    };
    let (Some(frames_offset), Some(streaminfo)) = (metadata.frames_offset, metadata.streaminfo) else {
        return Ok(findings.into_verdict(None, None));
    };
    let len_bytes = file.len_bytes()?;
    let format = opened.header.format;
    let evidence = opened.evidence(metadata.tags, check.deep || opened.kind == Kind::Derived);
    body = Window::new(body.offset(), body_end(metadata.seal) - body.offset());
    let nobody = Policy::default();
    let mut judge = Judge::new(check.trust.unwrap_or(&nobody), evidence.id, format.rate_hz());
    if let Some(note) = &evidence.header.checkpoint {
        judge.header(note);
    }
    let mut examination = Examination {
        file,
        progress,
        ear,
        len_bytes,
        body,
        frames: Frames::new(format, frames_offset, len_bytes),
        tree: Tree::default(),
        findings,
        evidence,
        judge,
        ending: Ending::default(),
        streaminfo,
    };
    let good = match opened.kind {
        Kind::Full => verify_full::examine(&mut examination),
        Kind::Derived => verify_derived::examine(&mut examination),
    };
    let Examination { mut findings, mut evidence, judge, ending, .. } = examination;
    evidence.time = judge.conclude(ending.sealed.as_ref(), evidence.total_samples, &ending.evidence);
    match good {
        Ok(good) => Ok(findings.into_verdict(Some(evidence), Some(good))),
        Err(Fault::Io(error)) => Err(error),
        Err(fault) => {
            let stop = Stop::from(fault);
            if let Stop::At(reason, detail) = stop {
                findings.add(reason, detail);
            }
            Ok(findings.into_verdict(Some(evidence), None))
        }
    }
}

fn body_end(seal: Option<(u64, u64)>) -> u64 {
    seal.map_or(0, |(offset, len)| offset + len)
}

/// Why the way in ended.
enum Stop {
    At(Reason, String),
    Io(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        match fault {
            Fault::Malformed(what) => Stop::At(Reason::SealBlock, format!("the seal does not read: {what}")),
            Fault::Version => Stop::At(Reason::Version, "the seal is of a version this program does not know".into()),
            Fault::Io(error) => Stop::Io(error),
        }
    }
}

/// A header whose signature by the recording key holds.
struct Opened {
    kind: Kind,
    header: Header,
    device_signed: bool,
}

fn open(file: &mut dyn ReadAt, metadata: &Metadata, findings: &mut Findings) -> Result<(Window, Opened), Stop> {
    let Some((offset, len)) = metadata.seal else {
        return Err(Stop::At(Reason::NoSeal, "this FLAC file has no Counterpart seal".into()));
    };
    let mut body = Window::new(offset, len);
    let kind = match read_kind_of_body(file, &mut body)? {
        KIND_UNFINISHED => {
            return Err(Stop::At(Reason::Unfinished, "this recording was never finished".into()));
        }
        KIND_FULL => Kind::Full,
        _ => Kind::Derived,
    };
    let bad = |what: &str| Stop::At(Reason::Header, what.to_owned());
    let note = body.bytes16(file).map_err(Fault::from)?;
    let note = Note::parse(&note).ok_or_else(|| bad("the header is not a signed note"))?;
    let header = Header::parse(note.text()).map_err(|fault| match fault {
        HeaderFault::Version => Stop::from(Fault::Version),
        HeaderFault::Malformed => bad("the header does not read"),
    })?;
    let signers = [Some(RECORDING_KEY_NAME), header.device.as_ref().map(|_| DEVICE_KEY_NAME), None];
    let named = signers.iter().enumerate().all(|(at, name)| note.signer(at) == *name);
    if !named || !note.is_signed_by(0, RECORDING_KEY_NAME, &header.public_key) {
        return Err(bad("the header's signature does not hold"));
    }
    let device_signed =
        header.device.as_ref().is_some_and(|device| note.is_signed_by(1, DEVICE_KEY_NAME, &device.public_key));
    if header.device.is_some() && !device_signed {
        findings.add(Reason::Device, "the device named in the header did not sign it");
    }
    Ok((body, Opened { kind, header, device_signed }))
}

impl Opened {
    fn evidence(&self, tags: Vec<String>, deep: bool) -> Evidence {
        Evidence {
            kind: self.kind,
            id: self.header.id(),
            header: self.header.clone(),
            device_signed: self.device_signed,
            about: Vec::new(),
            total_samples: 0,
            shown_samples: 0,
            hidden: Vec::new(),
            events: Vec::new(),
            events_total: 0,
            end: None,
            closing: None,
            leaves: 0,
            checkpoints: 0,
            time: Bracket::default(),
            checkpoint: String::new(),
            words: None,
            tags,
            deep,
        }
    }
}

impl Examination<'_> {
    /// Whose recording this is.
    pub(crate) fn id(&self) -> RecordingId {
        self.evidence.id
    }

    /// Index of the next leaf.
    pub(crate) fn index(&self) -> u64 {
        self.tree.len()
    }

    pub(crate) fn read_full_head(&mut self) -> Result<FullHead, Fault> {
        FullHead::read(self.file, &mut self.body)
    }

    pub(crate) fn read_derived_head(&mut self) -> Result<DerivedHead, Fault> {
        DerivedHead::read(self.file, &mut self.body)
    }

    pub(crate) fn report_progress(&mut self) {
        (self.progress)(self.frames.offset(), self.len_bytes);
    }

    /// The final checkpoint against the tree, and what remains to be said of the frames.
    pub(crate) fn conclude(&mut self, tail: &Tail) {
        let note = &tail.checkpoint;
        let mut sealed = None;
        match Checkpoint::open(note, self.id(), &self.evidence.header.public_key) {
            None => self.findings.add(Reason::Checkpoint, "the final checkpoint's signature does not hold"),
            Some(checkpoint) => {
                sealed = Some(checkpoint);
                if checkpoint != Checkpoint::of(self.id(), &self.tree) {
                    let detail = "the seal's parts are not those its final checkpoint was signed over";
                    self.findings.add(Reason::Tree, detail);
                }
                self.evidence.words = Some(CopyWords::of(&checkpoint.text()));
                self.evidence.checkpoint = String::from_utf8_lossy(note).into_owned();
            }
        }
        self.evidence.shown_samples = self.frames.samples();
        self.ending = Ending { sealed, evidence: tail.evidence.clone() };
        self.frames.finish(&self.streaminfo, self.evidence.deep, &mut self.findings);
        (self.progress)(self.len_bytes, self.len_bytes);
    }
}

/// Whether two files show two histories signed by one key: one recording with two ends, or two recordings under one key.
#[must_use]
pub fn two_histories(a: &Verified, b: &Verified) -> bool {
    History::of(a).contradicts(&History::of(b))
}

/// What stands at the head of a sealed file, unverified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The recording's id.
    pub id: RecordingId,
    /// Whether it is still being recorded, or was broken off.
    pub unfinished: bool,
    /// What the header says.
    pub header: Header,
    /// The header note.
    pub header_note: String,
    /// Offset of the first frame.
    pub frames_offset: u64,
    /// Length of the seal body, bytes.
    pub seal_bytes: u64,
}

/// Reads the head of a file without judging it; `None` when it is no sealed file this version knows.
pub fn peek(file: &mut dyn ReadAt) -> Option<Peek> {
    let metadata = walk(file).ok()??;
    let (offset, seal_bytes) = metadata.seal?;
    let mut body = Window::new(offset, seal_bytes);
    let kind = read_kind_of_body(file, &mut body).ok()?;
    let note = Note::parse(&body.bytes16(file).ok()?)?;
    let header = Header::parse(note.text()).ok()?;
    Some(Peek {
        id: header.id(),
        unfinished: kind == KIND_UNFINISHED,
        header,
        header_note: note.print(),
        frames_offset: metadata.frames_offset?,
        seal_bytes,
    })
}

/// Whether a file has a seal, whole or not and whatever is in it: what somebody gives for another kind of file may be a recording.
pub fn bears_seal(file: &mut dyn ReadAt) -> bool {
    walk(file).ok().flatten().is_some_and(|metadata| metadata.seal.is_some())
}

//! The header note's text: what is fixed before the first sample (leaf 0).
//!
//! Not here: signatures (`note.rs`). Source: `spec/seal.md` section 3.1.
//! Invariants: `Header::parse(text)` accepts exactly what `Header::text` prints; the recording id is the hash of that text.

use crate::body::is_clean;
use crate::kinds::{hex, unhex32};
use crate::note::{b64, unb64, unb64_32};
use crate::{AboutField, Error, Format, RecordingId};
use sha2::{Digest as _, Sha256};

const VERSION_LINE: &str = "counterpart/recording/v1";
/// Longest software or device name, bytes.
const NAME_BYTES_MAX: usize = 100;
/// Longest checkpoint of a log in a header, bytes.
const CHECKPOINT_BYTES_MAX: usize = 4_096;

/// What a recording declared before its first sample. Declared, not proven: see `spec/seal.md` section 7.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// 32 random bytes that make every header its own.
    pub nonce: [u8; 32],
    /// The recording's Ed25519 public key.
    pub public_key: [u8; 32],
    /// The device that certified that key, if any.
    pub device: Option<Device>,
    /// The software that recorded.
    pub software: String,
    /// Rate, width, tracks, block and segment.
    pub format: Format,
    /// Local start as the device declared it, `YYYY-MM-DDTHH:MM:SS+HH:MM`.
    pub start: String,
    /// What else the header commits to, each with its commitment, in ascending order of field.
    pub about: Vec<(AboutField, [u8; 32])>,
    /// The newest witnessed checkpoint of a log that was known: no earlier than that was it made. Not yet looked into.
    pub checkpoint: Option<Vec<u8>>,
    /// The recording this one continues.
    pub prev: Option<RecordingId>,
}

/// A device that certifies recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its Ed25519 public key.
    pub public_key: [u8; 32],
    /// The name it was given.
    pub name: String,
}

/// Why a header text is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// Of a version or algorithm this reader does not know.
    Version,
    /// Anything else.
    Malformed,
}

impl Header {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let device = match &self.device {
            None => "none".to_owned(),
            Some(device) => format!("ed25519 {} {}", b64(&device.public_key), device.name),
        };
        let about: String =
            self.about.iter().map(|(field, commitment)| format!("about: {field} {}\n", hex(commitment))).collect();
        let checkpoint = self.checkpoint.as_ref().map_or_else(|| "none".to_owned(), |note| b64(note));
        let prev = self.prev.map_or_else(|| "none".to_owned(), |id| id.to_string());
        let f = self.format;
        format!(
            "{VERSION_LINE}\nnonce: {}\nkey: ed25519 {}\ndevice: {device}\nsoftware: {}\nrate: {}\nbits: {}\n\
             tracks: {}\nblock: {}\nsegment: {}\nstart: {}\n{about}checkpoint: {checkpoint}\nprev: {prev}\n",
            b64(&self.nonce),
            b64(&self.public_key),
            self.software,
            f.rate_hz(),
            f.bits(),
            f.tracks(),
            f.block_samples(),
            f.segment_samples(),
            self.start,
        )
    }

    /// SHA-256 of the text.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        RecordingId(Sha256::digest(self.text()).into())
    }

    /// Checks the values a caller chose, so that the text can be parsed again.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let name_ok = |name: &str| !name.is_empty() && name.len() <= NAME_BYTES_MAX && is_clean(name);
        if !name_ok(&self.software) {
            return Err(Error::Value("the software's name is 1 to 100 bytes of clean text".into()));
        }
        if self.device.as_ref().is_some_and(|device| !name_ok(&device.name)) {
            return Err(Error::Value("a device's name is 1 to 100 bytes of clean text".into()));
        }
        if !is_local_time(&self.start) {
            return Err(Error::Value(format!("{:?} is not a time like 2026-11-21T09:30:00+00:00", self.start)));
        }
        if self.checkpoint.as_ref().is_some_and(|note| note.is_empty() || note.len() > CHECKPOINT_BYTES_MAX) {
            return Err(Error::Value(format!("a log's checkpoint is 1 to {CHECKPOINT_BYTES_MAX} bytes")));
        }
        match Header::parse(&self.text()) {
            Ok(parsed) if parsed == *self => Ok(()),
            _ => Err(Error::Value("the header would not read back as it was written".into())),
        }
    }

    /// Reads a header text.
    pub(crate) fn parse(text: &str) -> Result<Header, HeaderFault> {
        if is_of_another_version(text) {
            return Err(HeaderFault::Version);
        }
        let mut lines = Lines { rest: text };
        lines.next()?;
        let nonce = unb64_32(lines.value("nonce")?).ok_or(HeaderFault::Malformed)?;
        let public_key = unb64_32(ed25519(lines.value("key")?)?).ok_or(HeaderFault::Malformed)?;
        let device = parse_device(lines.value("device")?)?;
        let software = name(lines.value("software")?)?;
        let rate = decimal(lines.value("rate")?)?;
        let bits = decimal(lines.value("bits")?)?.try_into().map_err(|_| HeaderFault::Malformed)?;
        let tracks = decimal(lines.value("tracks")?)?.try_into().map_err(|_| HeaderFault::Malformed)?;
        let (block, segment) = (decimal(lines.value("block")?)?, decimal(lines.value("segment")?)?);
        let format = Format::with_blocks(rate, bits, tracks, block, segment).map_err(|_| HeaderFault::Malformed)?;
        let start = lines.value("start")?.to_owned();
        let about = parse_about(&mut lines)?;
        let checkpoint = match lines.value("checkpoint")? {
            "none" => None,
            note => Some(unb64(note).ok_or(HeaderFault::Malformed)?),
        };
        if checkpoint.as_ref().is_some_and(|note| note.is_empty() || note.len() > CHECKPOINT_BYTES_MAX) {
            return Err(HeaderFault::Malformed);
        }
        let prev = match lines.value("prev")? {
            "none" => None,
            id => Some(RecordingId(unhex32(id).ok_or(HeaderFault::Malformed)?)),
        };
        if !lines.rest.is_empty() || !is_local_time(&start) {
            return Err(HeaderFault::Malformed);
        }
        Ok(Header { nonce, public_key, device, software, format, start, about, checkpoint, prev })
    }
}

struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, HeaderFault> {
        let (line, rest) = self.rest.split_once('\n').ok_or(HeaderFault::Malformed)?;
        self.rest = rest;
        Ok(line)
    }

    fn value(&mut self, key: &str) -> Result<&'a str, HeaderFault> {
        self.next()?.strip_prefix(key).and_then(|rest| rest.strip_prefix(": ")).ok_or(HeaderFault::Malformed)
    }
}

fn parse_about(lines: &mut Lines<'_>) -> Result<Vec<(AboutField, [u8; 32])>, HeaderFault> {
    let mut about: Vec<(AboutField, [u8; 32])> = Vec::new();
    while lines.rest.starts_with("about: ") {
        let (field, commitment) = lines.value("about")?.split_once(' ').ok_or(HeaderFault::Malformed)?;
        let field = AboutField::from_name(field).ok_or(HeaderFault::Malformed)?;
        if about.last().is_some_and(|(before, _)| *before >= field) {
            return Err(HeaderFault::Malformed);
        }
        about.push((field, unhex32(commitment).ok_or(HeaderFault::Malformed)?));
    }
    Ok(about)
}

fn ed25519(value: &str) -> Result<&str, HeaderFault> {
    match value.split_once(' ') {
        Some(("ed25519", rest)) => Ok(rest),
        _ => Err(HeaderFault::Malformed),
    }
}

/// Whether a text is of a version or names an algorithm this reader does not know, whatever else is wrong with it
/// (`spec/seal.md` section 6, `version`): the lines that say so, in their places.
fn is_of_another_version(text: &str) -> bool {
    let mut lines = text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let (key, device) = (lines.nth(1).unwrap_or_default(), lines.next().unwrap_or_default());
    let checkpoint = lines.skip(7).find(|line| !line.starts_with("about")).unwrap_or_default();
    let other = |line: &str, name: &str, known: &[&str]| {
        line.starts_with(name) && !known.iter().any(|known| line[name.len()..].starts_with(known))
    };
    first != VERSION_LINE
        || other(key, "key: ", &["ed25519 "])
        || (other(device, "device: ", &["ed25519 "]) && device != "device: none")
        || checkpoint.strip_prefix("checkpoint: ").is_some_and(|value| value != "none" && unb64(value).is_none())
}

fn parse_device(value: &str) -> Result<Option<Device>, HeaderFault> {
    if value == "none" {
        return Ok(None);
    }
    let (key, device_name) = ed25519(value)?.split_once(' ').ok_or(HeaderFault::Malformed)?;
    Ok(Some(Device { public_key: unb64_32(key).ok_or(HeaderFault::Malformed)?, name: name(device_name)? }))
}

fn name(value: &str) -> Result<String, HeaderFault> {
    let fits = !value.is_empty() && value.len() <= NAME_BYTES_MAX && is_clean(value);
    if fits { Ok(value.to_owned()) } else { Err(HeaderFault::Malformed) }
}

/// A decimal number without sign or leading zero.
fn decimal(value: &str) -> Result<u32, HeaderFault> {
    let number: u32 = value.parse().map_err(|_| HeaderFault::Malformed)?;
    if number.to_string() == value { Ok(number) } else { Err(HeaderFault::Malformed) }
}

/// `YYYY-MM-DDTHH:MM:SS+HH:MM` or `-HH:MM`, each field within its range (RFC 3339, without `Z` and fractions).
fn is_local_time(text: &str) -> bool {
    let shape = "dddd-dd-ddTdd:dd:ddsdd:dd";
    let shaped = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(c, wanted)| match wanted {
            b'd' => c.is_ascii_digit(),
            b's' => c == b'+' || c == b'-',
            _ => c == wanted,
        });
    let field = |at: usize, least: u32, most: u32| {
        text.get(at..at + 2).and_then(|t| t.parse::<u32>().ok()).is_some_and(|n| (least..=most).contains(&n))
    };
    shaped
        && field(5, 1, 12)
        && field(8, 1, 31)
        && field(11, 0, 23)
        && field(14, 0, 59)
        && field(17, 0, 60)
        && field(20, 0, 23)
        && field(23, 0, 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Header {
        Header {
            nonce: [1; 32],
            public_key: [2; 32],
            device: Some(Device { public_key: [3; 32], name: "room 4 north".into() }),
            software: "counterpart 0.1.0".into(),
            format: Format::new(16_000, 16, 2).expect("in range"),
            start: "2026-11-21T09:30:00+00:00".into(),
            about: vec![(AboutField::Parties, [4; 32]), (AboutField::Agreement, [5; 32])],
            checkpoint: None,
            prev: Some(RecordingId([6; 32])),
        }
    }

    #[test]
    fn a_header_reads_back() {
        let mut bare = sample();
        (bare.device, bare.prev, bare.about) = (None, None, Vec::new());
        let anchored = Header { checkpoint: Some(vec![7; CHECKPOINT_BYTES_MAX]), ..sample() };
        for header in [sample(), bare, anchored] {
            assert_eq!(Header::parse(&header.text()), Ok(header.clone()));
            assert!(header.check().is_ok());
        }
    }

    #[test]
    fn changed_texts_are_refused_or_print_back() {
        let text = sample().text();
        for (from, to, fault) in [
            ("v1", "v2", HeaderFault::Version),
            ("key: ed25519", "key: ml-dsa", HeaderFault::Version),
            ("device: ed25519", "device: p256", HeaderFault::Version),
            ("checkpoint: none", "checkpoint: x", HeaderFault::Version),
            ("checkpoint: none", "checkpoint: drand 12", HeaderFault::Version),
            ("checkpoint: none", "checkpoint: ", HeaderFault::Malformed),
            ("rate: 16000", "rate: 016000", HeaderFault::Malformed),
            ("rate: 16000", "rate: +16000", HeaderFault::Malformed),
            ("tracks: 2", "tracks: 258", HeaderFault::Malformed),
            ("bits: 16", "bits: 17", HeaderFault::Malformed),
            ("T09:30", "T24:30", HeaderFault::Malformed),
            ("about: parties", "about: agreement", HeaderFault::Malformed),
            ("prev: ", "prev:  ", HeaderFault::Malformed),
            ("software: counterpart 0.1.0", "software: ", HeaderFault::Malformed),
        ] {
            assert!(text.contains(from), "{from}");
            assert_eq!(Header::parse(&text.replacen(from, to, 1)), Err(fault), "{from} -> {to}");
        }
        assert_eq!(Header::parse(&format!("{text}more\n")), Err(HeaderFault::Malformed));
    }

    #[test]
    fn what_the_caller_chose_is_checked() {
        for (software, start) in
            [("", "2026-11-21T09:30:00+00:00"), ("a\nb", "2026-11-21T09:30:00+00:00"), ("a", "2026-11-21")]
        {
            let header = Header { software: software.into(), start: start.into(), ..sample() };
            assert!(header.check().is_err(), "{software:?} {start:?}");
        }
    }
}

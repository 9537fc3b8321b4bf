//! What can be wrong with a source of sound, who can mend it, and how.
//!
//! Every variant prints as one line that says what is wrong and has a hint that says what to do.
//! None of them leaves anything behind: a source only reads.

use std::fmt;
use std::io;

/// How long an ID3v1 tag is.
pub(super) const TAG_BYTES: u64 = 128;

/// Why a source could not be opened. Each variant is the input's fault unless it says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file; the caller gave a wrong path.
    Missing {
        /// The path given.
        name: String,
    },
    /// The path is a folder; the caller gave a wrong path.
    Directory {
        /// The path given.
        name: String,
    },
    /// The path is a pipe, a socket or a device; the caller can feed a pipe to standard input.
    NotAFile {
        /// The path given.
        name: String,
        /// Whether it is a pipe.
        is_pipe: bool,
    },
    /// The system refused to read; the caller may try again when its cause is gone.
    Unreadable {
        /// The file or stream.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// There is not one byte in it.
    Empty {
        /// The file or stream.
        name: String,
    },
    /// It is no format of sound that is known here.
    NotSound {
        /// The file or stream.
        name: String,
    },
    /// It is sound, in a format or codec that cannot be decoded here.
    Unsupported {
        /// The file or stream.
        name: String,
        /// What is not supported in it.
        what: String,
    },
    /// Its rate is not recorded.
    Rate {
        /// The file or stream.
        name: String,
        /// Its rate.
        rate_hz: u32,
    },
    /// It has more tracks than are recorded.
    Tracks {
        /// The file or stream.
        name: String,
        /// Its number of tracks.
        tracks: u16,
    },
    /// Its header contradicts itself or the file it is in.
    Malformed {
        /// The file or stream.
        name: String,
        /// The contradiction.
        what: String,
    },
    /// It says it is longer than it is.
    Truncated {
        /// The file or stream.
        name: String,
        /// What it said and what was there.
        what: String,
    },
    /// Something in the middle of it could not be decoded.
    Damaged {
        /// The file or stream.
        name: String,
        /// Where, and what is wrong.
        what: String,
    },
    /// It is FLAC with a tag of another kind of file behind its sound; without the tag it may be well.
    Tagged {
        /// The file.
        name: String,
        /// Bytes before the tag.
        sound_bytes: u64,
    },
    /// It is sound of no length at all.
    NoSound {
        /// The file or stream.
        name: String,
    },
    /// The sound server cannot be reached or refuses: the machine's fault; try again when it runs.
    Server {
        /// What is wrong with it.
        what: String,
    },
    /// The sound server has no such microphone: the caller named a wrong one, or none is plugged in.
    Microphone {
        /// The name asked for, or `None` for the default one.
        name: Option<String>,
        /// The names there are.
        known: Vec<String>,
    },
}

impl Error {
    /// What the person at the keyboard can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => "check the name and the folder; put quotes around a name with spaces".into(),
            Self::Directory { .. } => "name one file of sound inside it".into(),
            Self::NotAFile { is_pipe: false, .. } => "name a file of sound; a microphone is --input mic".into(),
            Self::NotAFile { name, .. } => {
                format!("feed it to standard input: counterpart record --input - … < {}", quoted(name))
            }
            Self::Unreadable { .. } => "check its permissions and that its disk is well".into(),
            Self::Empty { .. } | Self::NoSound { .. } => "choose a file with sound in it".into(),
            Self::NotSound { .. } => "WAV, FLAC, MP3, Ogg Vorbis, M4A, AIFF, CAF and MKV are understood".into(),
            Self::Unsupported { name, .. } => {
                format!("convert it first: ffmpeg -i {} sound.flac", quoted(name))
            }
            Self::Rate { name, rate_hz } => {
                let near =
                    if *rate_hz > *super::RATES_HZ.end() { super::RATES_HZ.end() } else { super::RATES_HZ.start() };
                format!(
                    "rates from 8000 to 48000 Hz are recorded; convert it first: sox {} -r {near} sound.wav",
                    quoted(name)
                )
            }
            Self::Tracks { name, .. } => {
                format!(
                    "1 to 8 tracks are recorded; choose some first: sox {} sound.wav remix 1 2 3 4 5 6 7 8",
                    quoted(name)
                )
            }
            Self::Malformed { name, .. } | Self::Truncated { name, .. } | Self::Damaged { name, .. } => {
                format!(
                    "fetch it again from where it came, or keep what can be read: ffmpeg -i {} sound.wav",
                    quoted(name)
                )
            }
            Self::Tagged { name, sound_bytes } => {
                format!(
                    "take the file without it: (umask 077; set -C; head -c {sound_bytes} {} > untagged.flac)",
                    quoted(name)
                )
            }
            Self::Server { .. } => {
                "start PipeWire or PulseAudio, or set $PULSE_SERVER to unix:PATH of its socket".into()
            }
            Self::Microphone { known, .. } if known.is_empty() => {
                "plug a microphone in, then look for it: pactl list short sources".into()
            }
            Self::Microphone { known, .. } => format!(
                "use one of these: {}",
                known.iter().map(|name| format!("mic:{name}")).collect::<Vec<_>>().join(", ")
            ),
        }
    }

    pub(super) fn server(what: impl Into<String>) -> Self {
        Self::Server { what: what.into() }
    }

    pub(super) fn opening(name: &str, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing { name: name.to_owned() },
            _ => Self::unreadable(name, cause),
        }
    }

    pub(super) fn unreadable(name: &str, cause: io::Error) -> Self {
        Self::Unreadable { name: name.to_owned(), cause }
    }

    pub(super) fn malformed(name: &str, what: impl Into<String>) -> Self {
        Self::Malformed { name: name.to_owned(), what: what.into() }
    }

    pub(super) fn truncated(name: &str, what: impl Into<String>) -> Self {
        Self::Truncated { name: name.to_owned(), what: what.into() }
    }

    pub(super) fn damaged(name: &str, what: impl Into<String>) -> Self {
        Self::Damaged { name: name.to_owned(), what: what.into() }
    }

    pub(super) fn unsupported(name: &str, what: impl Into<String>) -> Self {
        Self::Unsupported { name: name.to_owned(), what: what.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "{name}: no such file"),
            Self::Directory { name } => write!(f, "{name}: is a folder, not a file of sound"),
            Self::NotAFile { name, is_pipe: true } => write!(f, "{name}: is a pipe, not a file"),
            Self::NotAFile { name, .. } => write!(f, "{name}: is a device or a socket, not a file"),
            Self::Tagged { name, .. } => {
                write!(f, "{name}: another program put a tag (ID3) of {TAG_BYTES} bytes behind its sound")
            }
            Self::Unreadable { name, cause } => write!(f, "{name}: cannot be read: {cause}"),
            Self::Empty { name } => write!(f, "{name}: is empty"),
            Self::NotSound { name } => write!(f, "{name}: is not sound in a format known here"),
            Self::Unsupported { name, what } => write!(f, "{name}: cannot be decoded here: {what}"),
            Self::Rate { name, rate_hz } => write!(f, "{name}: unsupported rate {rate_hz} Hz"),
            Self::Tracks { name, tracks } => {
                write!(f, "{name}: unsupported number of tracks: {tracks}")
            }
            Self::Malformed { name, what } => write!(f, "{name}: is malformed: {what}"),
            Self::Truncated { name, what } => write!(f, "{name}: is cut short: {what}"),
            Self::Damaged { name, what } => write!(f, "{name}: could not be decoded: {what}"),
            Self::Server { what } => write!(f, "microphone: {what}"),
            Self::Microphone { name: Some(name), .. } => write!(f, "microphone {name}: there is none of that name"),
            Self::Microphone { name: None, .. } => write!(f, "microphone: there is none"),
            Self::NoSound { name } => write!(f, "{name}: has no sound in it, its length is zero"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// A name as a shell takes it, for hints that can be pasted; a stream stands for the file it was, and so does
/// a name that is not here as it was given.
fn quoted(name: &str) -> String {
    if name == super::STANDARD_INPUT || name.contains(char::REPLACEMENT_CHARACTER) {
        return "FILE".to_owned();
    }
    crate::shell::word(name)
}

//! The closed lists of the format: about fields, event kinds, reasons to end; and the recording id.
//!
//! Not here: what a kind means for a procedure. Source: `spec/seal.md` sections 3 and 4.
//! Invariant: numbers and names are those of the specification and never change within a version;
//! each list is one table, so that a new row touches one place.

use std::fmt;
use std::str::FromStr;

macro_rules! closed_list {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $number:literal, $word:literal;)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$inner])* $variant = $number,)+ }

        impl $name {
            /// Every member, in the order of its number.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word for it, everywhere.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The member with this word.
            #[must_use]
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|member| member.name() == name)
            }

            /// Its number in the format.
            #[must_use]
            pub fn number(self) -> u8 {
                self as u8
            }

            /// The member with this number.
            #[must_use]
            pub fn from_number(number: u8) -> Option<$name> {
                $name::ALL.iter().copied().find(|member| member.number() == number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

closed_list! {
    /// What a header note may commit to besides the sound.
    AboutField {
        /// Who takes part.
        Parties = 1, "parties";
        /// Where it is recorded.
        Place = 2, "place";
        /// The appointment it belongs to.
        Appointment = 3, "appointment";
        /// The agreement the parties signed.
        Agreement = 4, "agreement";
    }
}

closed_list! {
    /// What can happen while a recording is made.
    EventKind {
        /// The sound was paused; nothing is recorded until resume.
        Pause = 1, "pause";
        /// The sound goes on after a pause.
        Resume = 2, "resume";
        /// Somebody came in.
        Entrant = 3, "entrant";
        /// A mark set by a person, to find a place again.
        Marker = 4, "marker";
        /// Something in the recorder failed.
        Fault = 5, "fault";
        /// Sound is missing; the range is filler that keeps the time.
        Gap = 6, "gap";
        /// The recorder could not keep up; the range is filler.
        Overrun = 7, "overrun";
        /// The source of sound went away.
        SourceLost = 8, "source-lost";
        /// One copy's medium went away or failed.
        MediumLost = 9, "medium-lost";
        /// The wall clock was set while recording.
        ClockStep = 10, "clock-step";
        /// The sound was converted before it was recorded.
        Conversion = 11, "conversion";
        /// Packets of a call were lost; the range is filler.
        PacketLoss = 12, "packet-loss";
        /// A medium was changed.
        MediaChange = 13, "media-change";
        /// What the source of sound is.
        Source = 14, "source";
        /// The source of sound came back.
        SourceBack = 15, "source-back";
    }
}

closed_list! {
    /// Why a recording ended.
    EndReason {
        /// The people recording ended it.
        Finished = 1, "finished";
        /// The recorder stopped without being asked to, and was recovered.
        Crash = 2, "crash";
        /// No medium had room left.
        DiskFull = 3, "disk-full";
        /// The source of sound went away for good.
        SourceLost = 4, "source-lost";
        /// The system told the recorder to stop.
        Stopped = 5, "stopped";
        /// The recorder could not go on.
        Fault = 6, "fault";
    }
}

/// A recording's id: SHA-256 of its header text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(pub(crate) [u8; 32]);

impl RecordingId {
    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for RecordingId {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        unhex32(text)
            .map(RecordingId)
            .ok_or_else(|| crate::Error::Value("a recording id is 64 hexadecimal digits in lower case".into()))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly 64 lower-case digits, nothing else.
pub(crate) fn unhex32(text: &str) -> Option<[u8; 32]> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    for (at, pair) in bytes.chunks_exact(2).enumerate() {
        out[at] = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

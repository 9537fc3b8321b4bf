//! What a rule is about, by name: `retention.consultation-recording`, `hold.review`, `approvals.destruction`, `recording.media.interview`.
//!
//! Not here: the values (`rule.rs`).
//! Invariants: the groups are closed, so that a slip of the pen in a pack is an error and not a rule that nobody asks for; only the
//! kinds of things kept and the names of offices are open, because they differ from office to office. What parses prints back to the same text.

use std::fmt;
use std::str::FromStr;

use crate::recording::{Aspect, Meeting};

const KIND_BYTES_MAX: usize = 64;

/// Words of an office's own choice: small letters, digits and single hyphens.
macro_rules! open_words {
    ($($(#[$about:meta])* $name:ident, $what:literal;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Its word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let otherwise = || format!(concat!("`{}` is not ", $what, ": a-z, 0-9 and hyphens"), text);
                is_word(text).then(|| Self(text.to_owned())).ok_or_else(otherwise)
            }
        }
    )*};
}

open_words! {
    /// A kind of thing that is kept.
    Kind, "a kind";
    /// An office that has closures and extra days of its own.
    OfficeName, "the name of an office";
}

/// Whether `text` is small letters, digits and single hyphens, beginning with a letter.
pub(crate) fn is_word(text: &str) -> bool {
    let piece = |piece: &str| !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= KIND_BYTES_MAX && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(piece)
}

/// An enum whose every member has one word. Whoever uses it has `fmt` and `FromStr` at hand.
macro_rules! words {
    ($(#[$about:meta])* $name:ident, $what:literal { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// Its word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|one| one.as_str() == text);
                found.ok_or_else(|| format!(concat!("`{}` is not ", $what, " known here"), text))
            }
        }
    };
}

pub(crate) use words;

words! {
    /// Something that needs a number of different people, or that a hold blocks.
    Act, "an act" {
        /// Destroying what is kept, in every copy, with its key.
        Destruction = "destruction",
        /// Ending a hold.
        HoldRelease = "hold-release",
        /// Passing a recording on to somebody who does not normally get it.
        Transfer = "transfer",
        /// Opening a sealed master copy.
        Unsealing = "unsealing",
        /// Changing how long something is kept.
        RetentionChange = "retention-change",
        /// Rotating, exporting or replacing a key.
        KeyOperation = "key-operation",
        /// Taking out many things at once.
        BulkExport = "bulk-export",
    }
}

words! {
    /// A day in the life of a thing from which a rule may count.
    Fact, "a fact" {
        /// The day it was made: of a recording, the day of the meeting or call.
        Made = "made",
        /// The day it came in.
        Received = "received",
        /// The day it was signed or agreed.
        Agreed = "agreed",
        /// The day the matter it belongs to ended.
        Ended = "ended",
        /// The day of the answer to a request.
        Answered = "answered",
        /// The day a hold was placed or, if it has been reviewed since, of its last review.
        HoldPlacedOrReviewed = "hold-placed-or-reviewed",
        /// The last day of a retention term.
        LastDayKept = "last-day-kept",
    }
}

impl Fact {
    /// The beginning of a sentence that ends with the day: "It was made on".
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Fact::Made => "It was made on",
            Fact::Received => "It was received on",
            Fact::Agreed => "It was agreed on",
            Fact::Ended => "The matter ended on",
            Fact::Answered => "The request was answered on",
            Fact::HoldPlacedOrReviewed => "The hold was placed or last reviewed on",
            Fact::LastDayKept => "The last day of the term was",
        }
    }
}

/// The name of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuleName {
    /// How long a kind of thing is kept.
    Retention(Kind),
    /// How soon after that it must be destroyed.
    DestructionComplete,
    /// Which acts a hold blocks.
    HoldBlocks,
    /// How long a hold may stand before it is looked at again.
    HoldReview,
    /// How long the hold of a request stands after its answer.
    HoldAfterAnswer,
    /// How many different people must approve an act.
    Approvals(Act),
    /// What a month is.
    ReckoningMonth,
    /// Which clock tells when a day ends.
    ReckoningZone,
    /// What holds for one aspect of recording a kind of meeting.
    Recording(Aspect, Meeting),
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleName::Retention(kind) => write!(f, "retention.{kind}"),
            RuleName::DestructionComplete => f.write_str("destruction.complete"),
            RuleName::HoldBlocks => f.write_str("hold.blocks"),
            RuleName::HoldReview => f.write_str("hold.review"),
            RuleName::HoldAfterAnswer => f.write_str("hold.after-answer"),
            RuleName::Approvals(act) => write!(f, "approvals.{act}"),
            RuleName::ReckoningMonth => f.write_str("reckoning.month"),
            RuleName::ReckoningZone => f.write_str("reckoning.zone"),
            RuleName::Recording(aspect, meeting) => write!(f, "recording.{aspect}.{meeting}"),
        }
    }
}

impl FromStr for RuleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some(("retention", kind)) => Ok(RuleName::Retention(kind.parse()?)),
            Some(("destruction", "complete")) => Ok(RuleName::DestructionComplete),
            Some(("hold", "blocks")) => Ok(RuleName::HoldBlocks),
            Some(("hold", "review")) => Ok(RuleName::HoldReview),
            Some(("hold", "after-answer")) => Ok(RuleName::HoldAfterAnswer),
            Some(("approvals", act)) => Ok(RuleName::Approvals(act.parse()?)),
            Some(("reckoning", "month")) => Ok(RuleName::ReckoningMonth),
            Some(("reckoning", "zone")) => Ok(RuleName::ReckoningZone),
            Some(("recording", rest)) => {
                let (aspect, meeting) = rest.split_once('.').ok_or_else(|| format!("`{text}` names no meeting"))?;
                Ok(RuleName::Recording(aspect.parse()?, meeting.parse()?))
            }
            _ => Err(format!("`{text}` is not the name of a rule known here")),
        }
    }
}

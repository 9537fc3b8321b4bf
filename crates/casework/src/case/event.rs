//! One event of a case as it is stored: which case, its number, when, by whom, and its two parts.
//!
//! Not here: what can happen (`what.rs`), whether it may (`decide.rs`), what follows (`state.rs`). Invariants: the clear part holds no name, address,
//! reason or word that somebody said, but accounts of staff; an event says which case it is of and its number there, so that none can be moved.

use serde::{Deserialize, Serialize};

use super::what::What;
use super::word::{Carrier, Channel};
use crate::custody::{Private, Words};
use crate::hex::{CaseId, Digest};
use crate::moment::Clock;
use crate::name::{Account, Name};
use crate::stored::{self, Malformed, text, texts};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A member of staff, in their own name or noting what the person said.
    Staff(Account),
    /// The person whose matter it is, in their own pages or on the room's screen.
    Person,
    /// The program by itself.
    Program,
}

/// One event of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which case.
    pub case: CaseId,
    /// Its number among the case's events, from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Who says that it was then.
    pub clocks: Vec<Clock>,
    /// By how much it lies before an earlier event, where that is more than clocks are set now and then.
    pub behind_micros: Option<i64>,
    /// Who did it.
    pub by: By,
    /// What.
    pub what: What,
    /// Words about people.
    pub private: Private,
}

/// The clear part, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clear {
    case: CaseId,
    number: u64,
    at: i64,
    clocks: Vec<Clock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<i64>,
    by: By,
    what: What,
    private: bool,
}

/// The private part, as it is encrypted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    case: CaseId,
    number: u64,
    words: Words,
}

impl Event {
    /// The clear bytes to be stored and committed to, and the private ones to be encrypted under the case's key.
    #[must_use]
    pub fn split(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let clear = Clear {
            case: self.case,
            number: self.number,
            at: self.at_micros,
            clocks: self.clocks.clone(),
            behind: self.behind_micros,
            by: self.by.clone(),
            what: self.what.clone(),
            private: self.private != Private::None,
        };
        let closed = |words: &Words| Closed { case: self.case, number: self.number, words: words.clone() };
        let private = match &self.private {
            Private::Words(words) => Some(stored::print(&closed(words))),
            Private::None | Private::Closed => None,
        };
        (stored::print(&clear), private)
    }

    /// The event that was stored. Without its private bytes it is the same event, closed.
    ///
    /// # Errors
    /// The bytes are damaged, of a later version, or do not belong together.
    pub fn join(clear: &[u8], private: Option<&[u8]>) -> Result<Self, Malformed> {
        let Clear { case, number, at, clocks, behind, by, what, private: has_private } = stored::parse(clear)?;
        let private = match private {
            None if has_private => Private::Closed,
            None => Private::None,
            Some(_) if !has_private => return Err(Malformed::Private),
            Some(bytes) => {
                let closed: Closed = stored::parse(bytes)?;
                let is_ours = closed.case == case && closed.number == number && !closed.words.is_empty();
                if is_ours { Private::Words(Box::new(closed.words)) } else { return Err(Malformed::Private) }
            }
        };
        Ok(Self { case, number, at_micros: at, clocks, behind_micros: behind, by, what, private })
    }
}

/// When and where somebody is expected, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The office's name in the configuration.
    pub office: Name,
    /// When it begins, in microseconds since 1970.
    pub starts_micros: i64,
    /// When it ends.
    pub ends_micros: i64,
    /// Who holds it.
    pub staff: Account,
}

/// What somebody asks to have recorded, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// How they asked.
    pub channel: Channel,
    /// Whose device.
    #[serde(with = "text")]
    pub device_of: rules::Side,
    /// What their device is and can do, as far as packs of rules have words for it.
    #[serde(with = "texts", default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<rules::Device>,
    /// What is to be done.
    #[serde(with = "text")]
    pub doing: rules::Doing,
    /// Whether it is asked for as a reasonable adjustment.
    pub adjustment: bool,
}

/// One side's copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidesCopy {
    /// Whose it is.
    #[serde(with = "text")]
    pub side: rules::Side,
    /// What it is on.
    pub carrier: Carrier,
    /// The digest of its bytes, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// The earlier case in whose place this one stands, and what of it stands here too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// Which.
    pub case: CaseId,
    /// The request to record that nobody answered with a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<Asking>,
    /// Since when that stands, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_micros: Option<i64>,
    /// Whether the person does not want the office to record.
    pub opted_out: bool,
    /// Whether the person said there in which form they read, which is private and is brought over by itself.
    pub form: bool,
}

/// Who agrees or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The person, in the room or before it.
    Person,
    /// Somebody else in the room, by the number that they got when they came in.
    Present(u32),
}

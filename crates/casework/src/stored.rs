//! Events as bytes: one line of JSON each, with the version of its form, and the way from older versions to this one.
//!
//! Not here: where the bytes are kept, and encrypting the private ones, which is `desk`'s. Invariants: an event of this version that
//! parses prints back to the same bytes, so that there is one text to commit to; an unknown field, name or version is a refusal.
//! An older event is lifted by a pure function, and its stored bytes stay what was committed to.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// The version of the form in which events are written.
pub const VERSION: u32 = 1;

/// Why bytes are no event. They are damaged, or were written by a later program: nothing of this stream may be decided upon.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// They are not the JSON of an event.
    Unreadable {
        /// The place in the line.
        column: usize,
    },
    /// They are of a version this program does not know.
    Version(u64),
    /// They are readable and not as they would be written.
    NotCanonical,
    /// The private part is not that of this event.
    Private,
}

impl Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Unreadable { column } => {
                write!(f, "the stored event is not readable from character {column} on; it is damaged, restore it")
            }
            Malformed::Version(version) => {
                write!(
                    f,
                    "the stored event is of version {version} and this program knows up to {VERSION}; use the later program"
                )
            }
            Malformed::NotCanonical => {
                f.write_str("the stored event is not as it was written; it is damaged, restore it")
            }
            Malformed::Private => f.write_str("the private part is not that of this event; it is damaged, restore it"),
        }
    }
}

impl std::error::Error for Malformed {}

/// A line with its version in front.
#[derive(Serialize)]
struct Line<'a, T> {
    v: u32,
    event: &'a T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<T> {
    #[serde(rename = "v")]
    _version: u32,
    event: T,
}

#[derive(Deserialize)]
struct Peek {
    v: u64,
}

/// The bytes of an event.
pub(crate) fn print<T: Serialize>(event: &T) -> Vec<u8> {
    serde_json::to_vec(&Line { v: VERSION, event })
        .expect("an event has only text keys, and writing to memory does not fail")
}

/// The event that the bytes are.
pub(crate) fn parse<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let unreadable = |error: serde_json::Error| Malformed::Unreadable { column: error.column() };
    let peek: Peek = serde_json::from_slice(bytes).map_err(unreadable)?;
    if peek.v == u64::from(VERSION) {
        let read: Read<T> = serde_json::from_slice(bytes).map_err(unreadable)?;
        return if print(&read.event) == bytes { Ok(read.event) } else { Err(Malformed::NotCanonical) };
    }
    let lifted = upgrade(peek.v, serde_json::from_slice(bytes).map_err(unreadable)?)?;
    let read: Read<T> = serde_json::from_value(lifted).map_err(unreadable)?;
    Ok(read.event)
}

/// The same event in the form of this version. There was none before version 1.
fn upgrade(version: u64, line: Value) -> Result<Value, Malformed> {
    if version == u64::from(VERSION) { Ok(line) } else { Err(Malformed::Version(version)) }
}

/// Fields of other crates' types, as the one text each of them has.
pub(crate) mod text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// The same for a field that may be missing.
pub(crate) mod maybe_text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
    }
}

/// The same for a list, without order or number being changed.
pub(crate) mod texts {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let texts = Vec::<std::borrow::Cow<'de, str>>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
    }
}

//! Words about people, titles and places: the private part of an event, which is encrypted under the thing's own key.
//!
//! Not here: encrypting it. Invariants: nothing decides by these words, so that after the key is erased the state is the same; they are
//! printed nowhere by accident; what is empty is not there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lists::lists;

lists! {
    /// A field of an event's words.
    Field, "a field of words" {
        /// Somebody's name.
        Name = "name",
        /// How to reach them.
        Contact = "contact",
        /// What the thing is called.
        Title = "title",
        /// What is written on the disc or tape.
        Label = "label",
        /// Where the disc or tape lies.
        Place = "place",
        /// Who got it.
        Receiver = "receiver",
        /// Why, in free words.
        Reason = "reason",
        /// A reference of another system.
        Reference = "reference",
        /// A salt of a digest.
        Salt = "salt",
        /// A signature as it was drawn.
        Drawing = "drawing",
        /// Anything else.
        Note = "note",
    }
}

/// Words of one event. Which of them an event has is the command's affair.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Somebody's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What the thing is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is written on the disc or tape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where the disc or tape lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who got it: the person, or the body it was passed on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// Why, in free words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A reference of another system: of a request, a court, a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The salt of the digest of label or content that stands in clear, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// A signature as it was drawn ([`crate::Drawing`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawing: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Words {
    /// Only a reason.
    #[must_use]
    pub fn reason(reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::default() }
    }

    /// Those of one field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        // Named one by one, so that a field without a name in the list does not build.
        let Words { name, contact, title, label, place, receiver, reason, reference, salt, drawing, note } = self;
        let found = match field {
            Field::Name => name,
            Field::Contact => contact,
            Field::Title => title,
            Field::Label => label,
            Field::Place => place,
            Field::Receiver => receiver,
            Field::Reason => reason,
            Field::Reference => reference,
            Field::Salt => salt,
            Field::Drawing => drawing,
            Field::Note => note,
        };
        found.as_deref()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}

/// The private part of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Private {
    /// It has none.
    #[default]
    None,
    /// These.
    Words(Box<Words>),
    /// It has one, which cannot be read: not yet decrypted, or the key is erased.
    Closed,
}

impl From<Words> for Private {
    fn from(words: Words) -> Self {
        if words.is_empty() { Private::None } else { Private::Words(Box::new(words)) }
    }
}

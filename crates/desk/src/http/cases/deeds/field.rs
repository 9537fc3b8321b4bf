//! What a field of a form is: its name, the kind of control, its words, and whether it must be filled in.
//!
//! Not which fields there are (`fields.rs`) and not reading one (`reading.rs`). Invariants: a name in a form is one field's; a field's words are messages of the
//! catalogue, so that no label stands in the code.

use pages::wording::{Language, Words};

use super::value::Values;
use super::words::Labelled;

/// A message of the catalogue.
pub(crate) type Say = fn(Language) -> Words;

/// A field.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// Its name in what the form sends, or what its names begin with.
    pub(crate) name: &'static str,
    /// The kind of control.
    pub(crate) control: Control,
    /// What it is called.
    pub(crate) label: Say,
    /// A line that helps.
    pub(crate) hint: Option<Say>,
    /// What is said where it is missing.
    pub(crate) missing: Say,
    /// Whether it must be filled in.
    pub(crate) need: Need,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// Whatever else is said.
    Always,
    /// It may be left empty.
    Never,
    /// Where staff note what the person said: this or a reference, so that somebody else can look from where it is known.
    Heard,
    /// Where staff act, and not the person by themselves.
    OfStaff,
    /// Where what else was said asks for it.
    If(fn(&Values) -> bool),
    /// Where staff note it and what else was said asks for it: this or a reference.
    HeardIf(fn(&Values) -> bool),
}

/// The kind of control that a field is.
#[derive(Clone, Copy)]
pub(crate) enum Control {
    /// One of a closed list.
    OneOf(fn(Language) -> Vec<Labelled>),
    /// Yes or no.
    YesNo,
    /// Any of a closed list.
    SeveralOf(fn(Language) -> Vec<Labelled>),
    /// A line.
    Line,
    /// Many words.
    Area,
    /// A name in clear: a reference, a part of the office.
    Name,
    /// A day.
    Day,
    /// A day and a time of it, by the clock on the wall.
    When,
    /// A time later on the day of the field of this name.
    Until(&'static str),
    /// Somebody of the staff.
    Staff,
    /// An office.
    Office,
    /// A room.
    Room,
    /// A text that is given out, with its version.
    Text,
    /// Something in the case that has a number.
    Number(Of),
    /// The person, or somebody else in the room.
    Who,
    /// Another case, by its reference.
    Case,
    /// The case that this one follows, by its reference.
    Follows,
    /// A signature that is drawn, where a browser can.
    Drawing,
    /// A SHA-256 digest.
    Digest,
    /// The id of something that is kept.
    Thing,
    /// Nothing that is asked: the form's reading makes it.
    Made,
}

/// What in a case has numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// An offer that waits for an answer.
    Offer,
    /// A request to record.
    Request,
    /// A recording.
    Recording,
    /// Something that the person is to be told of.
    Told,
    /// Something that was noted as the person's word.
    Noted,
    /// Somebody in the room.
    Present,
    /// A glass that was broken and waits for its review.
    Glass,
}

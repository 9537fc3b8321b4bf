//! What was typed, as typed values, and how the parts of a command are made of them and become them again.
//!
//! Not reading a form (`reading.rs`). Invariant: a part that is made of values gives the same values back, so that a command fills the form
//! that makes it.

use std::collections::BTreeMap;

use casework::case::{
    Asking, Attempt, Carrier, Cause, Channel, Check, Consent, Dispatch, Ending, Follows, Format, Incident, Language,
    Outcome, Party, Pause, RefusalGround, Reply, SidesCopy, Slot, Stop, Who, Withdrawal,
};
use casework::custody::{Verdict, Words};
use casework::{Account, CaseId, Digest, Name, ThingId};
use rules::{Date, Device, Doing, Jurisdiction, Letter, Meeting, Side};

use super::field::{Control, Field};
use super::words::ALL;

/// A typed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A word of a list, a name, a number or free words.
    Word(String),
    /// Yes or no.
    Flag(bool),
    /// Words of a list.
    Several(Vec<String>),
    /// A day.
    Day(Date),
    /// A moment, in microseconds since 1970.
    Moment(i64),
    /// Another case.
    Case(CaseId),
    /// What of an earlier case stands in this one.
    Follows(Box<Follows>),
}

/// Typed values by the name of their field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(BTreeMap<&'static str, Value>);

impl Values {
    pub(super) fn put(&mut self, name: &'static str, value: Value) {
        self.0.insert(name, value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn moment(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Value::Moment(at_micros)) => Some(*at_micros),
            _ => None,
        }
    }
}

/// A part of a command that one field or several make.
pub(super) trait Part: Sized {
    /// Made of what was typed.
    fn read(fields: &[Field], values: &Values) -> Option<Self>;
    /// Typed again.
    fn fill(&self, fields: &[Field], values: &mut Values);
}

/// Whatever has one spelling.
macro_rules! spelt {
    ($($part:ty),*) => {$(
        impl Part for $part {
            fn read(fields: &[Field], values: &Values) -> Option<Self> {
                values.word(fields.first()?.name)?.parse().ok()
            }

            fn fill(&self, fields: &[Field], values: &mut Values) {
                if let Some(field) = fields.first() {
                    values.put(field.name, Value::Word(self.to_string()));
                }
            }
        }
    )*};
}

spelt!(
    u32,
    u64,
    Name,
    Account,
    Digest,
    ThingId,
    Meeting,
    Jurisdiction,
    Letter,
    Side,
    Doing,
    Attempt,
    Carrier,
    Cause,
    Channel,
    Check,
    Consent,
    Dispatch,
    Ending,
    Format,
    Incident,
    Language,
    Outcome,
    Party,
    Pause,
    RefusalGround,
    Reply,
    Stop,
    Verdict,
    Withdrawal
);

impl<T: Part> Part for Option<T> {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.get(fields.first()?.name) {
            None => Some(None),
            Some(Value::Word(word)) if word == ALL => Some(None),
            Some(_) => T::read(fields, values).map(Some),
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        match (self, fields.first()) {
            (Some(part), _) => part.fill(fields, values),
            (None, Some(field)) if matches!(field.control, Control::OneOf(_)) => {
                values.put(field.name, Value::Word(ALL.to_owned()));
            }
            (None, _) => {}
        }
    }
}

impl Part for bool {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        values.flag(fields.first()?.name)
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Flag(*self));
        }
    }
}

impl Part for Date {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.get(fields.first()?.name)? {
            Value::Day(day) => Some(*day),
            _ => None,
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Day(*self));
        }
    }
}

/// A moment.
impl Part for i64 {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        values.moment(fields.first()?.name)
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Moment(*self));
        }
    }
}

impl Part for CaseId {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.get(fields.first()?.name)? {
            Value::Case(id) => Some(*id),
            _ => None,
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Case(*self));
        }
    }
}

impl Part for Follows {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.get(fields.first()?.name)? {
            Value::Follows(follows) => Some((**follows).clone()),
            _ => None,
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Follows(Box::new(self.clone())));
        }
    }
}

impl Part for Vec<Device> {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.get(fields.first()?.name) {
            Some(Value::Several(words)) => words.iter().map(|word| word.parse().ok()).collect(),
            _ => None,
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Several(self.iter().map(ToString::to_string).collect()));
        }
    }
}

/// The word for the person among those in the room.
pub(super) const PERSON: &str = "person";

impl Part for Who {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        match values.word(fields.first()?.name)? {
            PERSON => Some(Who::Person),
            number => number.parse().ok().map(Who::Present),
        }
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        let word = match self {
            Who::Person => PERSON.to_owned(),
            Who::Present(number) => number.to_string(),
        };
        if let Some(field) = fields.first() {
            values.put(field.name, Value::Word(word));
        }
    }
}

/// Office, beginning, end and staff, in this order.
impl Part for Slot {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        let [office, starts, ends, staff] = fields else { return None };
        Some(Slot {
            office: Part::read(&[*office], values)?,
            starts_micros: Part::read(&[*starts], values)?,
            ends_micros: Part::read(&[*ends], values)?,
            staff: Part::read(&[*staff], values)?,
        })
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        let [office, starts, ends, staff] = fields else { return };
        self.office.fill(&[*office], values);
        self.starts_micros.fill(&[*starts], values);
        self.ends_micros.fill(&[*ends], values);
        self.staff.fill(&[*staff], values);
    }
}

/// Channel, whose device, what it can do, what is to be done, adjustment, in this order.
impl Part for Asking {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        let [channel, device_of, devices, doing, adjustment] = fields else { return None };
        Some(Asking {
            channel: Part::read(&[*channel], values)?,
            device_of: Part::read(&[*device_of], values)?,
            devices: Part::read(&[*devices], values)?,
            doing: Part::read(&[*doing], values)?,
            adjustment: Part::read(&[*adjustment], values)?,
        })
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        let [channel, device_of, devices, doing, adjustment] = fields else { return };
        self.channel.fill(&[*channel], values);
        self.device_of.fill(&[*device_of], values);
        self.devices.fill(&[*devices], values);
        self.doing.fill(&[*doing], values);
        self.adjustment.fill(&[*adjustment], values);
    }
}

/// Carrier and digest of the person's copy, then of the office's.
impl Part for Vec<SidesCopy> {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        let sides = [Side::Person, Side::Office].into_iter().zip(fields.chunks_exact(2));
        let copy = |(side, pair): (Side, &[Field])| {
            let (carrier, digest): (Carrier, _) = (Part::read(&pair[..1], values)?, Part::read(&pair[1..], values)?);
            Some(SidesCopy { side, carrier, digest })
        };
        sides.map(copy).collect()
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        for (side, pair) in [Side::Person, Side::Office].into_iter().zip(fields.chunks_exact(2)) {
            if let Some(copy) = self.iter().find(|copy| copy.side == side) {
                copy.carrier.fill(&pair[..1], values);
                copy.digest.fill(&pair[1..], values);
            }
        }
    }
}

/// Each field fills the words of its own name.
impl Part for Words {
    fn read(fields: &[Field], values: &Values) -> Option<Self> {
        let mut words = Words::default();
        for field in fields {
            *of(&mut words, field.name)? = values.word(field.name).map(str::to_owned);
        }
        Some(words)
    }

    fn fill(&self, fields: &[Field], values: &mut Values) {
        let mut words = self.clone();
        for field in fields {
            if let Some(said) = of(&mut words, field.name).and_then(Option::take) {
                values.put(field.name, Value::Word(said));
            }
        }
    }
}

fn of<'w>(words: &'w mut Words, name: &str) -> Option<&'w mut Option<String>> {
    match name {
        "name" => Some(&mut words.name),
        "contact" => Some(&mut words.contact),
        "receiver" => Some(&mut words.receiver),
        "reason" => Some(&mut words.reason),
        "reference" => Some(&mut words.reference),
        "salt" => Some(&mut words.salt),
        "drawing" => Some(&mut words.drawing),
        "note" => Some(&mut words.note),
        _ => None,
    }
}

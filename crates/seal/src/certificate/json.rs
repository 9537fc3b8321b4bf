//! The JSON form of a certificate file: the same lines as fields, salt and proof beside them.
//!
//! Not another certificate: it is put back into lines and read as they are, so that the two can never disagree. Source:
//! `spec/certificate.md` section 4. Invariants: a name twice, a name that is not known and a value with a line end are faults; the order of
//! names means nothing.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::file::before_the_rest;
use super::lines::is_odd;
use super::text::{KEYS, OF_APPROVER, SEVERAL, other_version};
use super::{Certificate, CertificateFile, Fault, FaultKind};
use crate::note::b64;

const SCHEMA: &str = "counterpart.certificate/1";
const SCHEMA_NAME: &str = "counterpart.certificate/";
const FIRST_LINE: &str = "counterpart/certificate/v1\n";
const APPROVERS: &str = "approvers";

#[derive(serde::Serialize)]
struct Written<'a> {
    schema: &'static str,
    certificate: Fields,
    salt: &'a str,
    proof: Option<&'a str>,
}

/// What of a newer version can be read.
#[derive(serde::Deserialize)]
struct Head {
    schema: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    schema: String,
    certificate: Fields,
    salt: String,
    proof: Option<String>,
}

/// Names and values, in the order in which they are written.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

enum Value {
    Text(String),
    Texts(Vec<String>),
    Several(Vec<Fields>),
}

/// The one line of JSON.
pub(super) fn print(file: &CertificateFile) -> Result<String, Fault> {
    let text = file.certificate.text()?;
    let salt = b64(&file.salt);
    let proof = file.proof.as_ref().map(crate::tlog::Proof::print);
    let written = Written { schema: SCHEMA, certificate: Fields::of(&text), salt: &salt, proof: proof.as_deref() };
    let json = serde_json::to_string(&written).expect("strings and lists always serialize");
    Ok(json + "\n")
}

pub(super) fn parse(text: &str) -> Result<CertificateFile, Fault> {
    if let Ok(head) = serde_json::from_str::<Head>(text) {
        other_version(head.schema.strip_prefix(SCHEMA_NAME))?;
    }
    let read: Read = serde_json::from_str(text)
        .map_err(|err| Fault::new(FaultKind::Malformed, format!("the JSON does not read: {}", plain(&err))))?;
    if read.schema != SCHEMA {
        return Err(Fault::new(FaultKind::Malformed, "its schema is not that of a certificate"));
    }
    let lines = read.certificate.lines().map_err(|what| Fault::new(FaultKind::Malformed, what))?;
    let certificate = Certificate::parse(&lines).map_err(|fault| match fault.kind {
        FaultKind::Malformed => Fault { detail: format!("put into lines, {}", fault.detail), ..fault },
        _ => fault,
    });
    before_the_rest(&certificate)?;
    CertificateFile::of_parts(certificate, &read.salt, read.proof.as_deref())
}

/// Where and of what kind, without what a hostile file says.
fn plain(err: &serde_json::Error) -> String {
    let what = match err.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a name is missing, not known, twice, or has another kind of value",
        _ => "it is no JSON",
    };
    format!("{what}, line {} column {}", err.line(), err.column())
}

impl Fields {
    /// Of the lines of a certificate that was printed.
    fn of(text: &str) -> Fields {
        let (mut fields, mut approvers) = (Fields::default(), Vec::<Fields>::new());
        for (key, value) in text.lines().filter_map(|line| line.split_once(": ")) {
            if key == OF_APPROVER[0] {
                approvers.push(Fields::default());
            }
            let of_approver = OF_APPROVER.contains(&key).then(|| approvers.last_mut()).flatten();
            of_approver.unwrap_or(&mut fields).add(key, value);
        }
        let subject = fields.0.pop();
        fields.0.push((APPROVERS.to_owned(), Value::Several(approvers)));
        fields.0.extend(subject);
        fields
    }

    fn add(&mut self, key: &str, value: &str) {
        let (name, value) = (key.replace('-', "_"), value.to_owned());
        match self.0.last_mut() {
            Some((last, Value::Texts(values))) if *last == name => values.push(value),
            _ if SEVERAL.contains(&key) => self.0.push((name, Value::Texts(vec![value]))),
            _ => self.0.push((name, Value::Text(value))),
        }
    }

    /// The text that the fields stand for; a clause of what is wrong otherwise.
    fn lines(self) -> Result<String, String> {
        let mut by_name = self.by_name();
        let approvers = match by_name.remove(APPROVERS) {
            Some(Value::Several(approvers)) => approvers,
            _ => return Err(format!("`{APPROVERS}` is not a list of objects")),
        };
        let at = KEYS.iter().position(|key| *key == OF_APPROVER[0]).unwrap_or(KEYS.len());
        let (before, rest) = KEYS.split_at(at);
        let mut text = FIRST_LINE.to_owned();
        put_all(&mut text, &mut by_name, before)?;
        for approver in approvers {
            let mut by_name = approver.by_name();
            put_all(&mut text, &mut by_name, OF_APPROVER)?;
            nothing_left(&by_name)?;
        }
        put_all(&mut text, &mut by_name, &rest[OF_APPROVER.len()..])?;
        nothing_left(&by_name)?;
        Ok(text)
    }

    fn by_name(self) -> BTreeMap<String, Value> {
        self.0.into_iter().collect()
    }
}

fn put_all(text: &mut String, by_name: &mut BTreeMap<String, Value>, keys: &[&str]) -> Result<(), String> {
    for key in keys {
        let name = key.replace('-', "_");
        let values = match by_name.remove(&name) {
            None => continue,
            Some(Value::Text(value)) if !SEVERAL.contains(key) => vec![value],
            Some(Value::Texts(values)) if SEVERAL.contains(key) => values,
            Some(_) => return Err(format!("`{name}` has another kind of value")),
        };
        for value in values {
            if value.chars().any(is_odd) {
                return Err(format!("`{name}` has a character that does not belong there"));
            }
            super::lines::put(text, key, value);
        }
    }
    Ok(())
}

fn nothing_left(by_name: &BTreeMap<String, Value>) -> Result<(), String> {
    match by_name.is_empty() {
        true => Ok(()),
        false => Err("there is a name that a certificate does not have".to_owned()),
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Several(several) => {
                let mut list = serializer.serialize_seq(Some(several.len()))?;
                several.iter().try_for_each(|fields| list.serialize_element(fields))?;
                list.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            // Few enough names that looking through all of them costs nothing.
            if fields.len() > KEYS.len() || fields.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("a name twice, or too many"));
            }
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of texts or a list of objects")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let (mut texts, mut several) = (Vec::new(), Vec::new());
        while let Some(element) = seq.next_element::<Element>()? {
            match element {
                Element::Text(text) => texts.push(text),
                Element::Fields(fields) => several.push(fields),
            }
        }
        match (texts.is_empty(), several.is_empty()) {
            (_, true) if !texts.is_empty() => Ok(Value::Texts(texts)),
            (true, _) => Ok(Value::Several(several)),
            _ => Err(A::Error::custom("a list of two kinds")),
        }
    }
}

/// What stands in a list.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Element {
    Text(String),
    Fields(Fields),
}

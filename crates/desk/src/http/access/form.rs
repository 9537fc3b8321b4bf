//! A form as a browser sends it: names and values.
//!
//! Not what they mean. Invariants: a name counts once, and what is sent twice is no form of ours; values are wiped when dropped, for there is
//! a password among them.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use zeroize::{Zeroize as _, Zeroizing};

/// The most fields of any form of ours.
const FIELDS_MAX: usize = 32;

/// A form.
#[derive(Clone, Default)]
pub(crate) struct Form {
    fields: BTreeMap<String, String>,
}

impl Drop for Form {
    fn drop(&mut self) {
        self.fields.values_mut().for_each(|value| value.zeroize());
    }
}

impl Form {
    /// The form of a body.
    pub(crate) fn parse(headers: &HeaderMap, bytes: &[u8]) -> Option<Form> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let mut form = Form::default();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = (decoded(&pair[..at])?, decoded(pair.get(at + 1..).unwrap_or_default())?);
            if form.fields.len() >= FIELDS_MAX || form.fields.insert(name, value).is_some() {
                return None;
            }
        }
        Some(form)
    }

    /// The same form with this value.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Form {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A value; nothing where it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// What somebody typed in a line, without the blanks around it.
    pub(crate) fn line(&self, name: &str) -> &str {
        self.get(name).trim()
    }

    /// A secret.
    pub(crate) fn secret(&self, name: &str) -> Zeroizing<String> {
        Zeroizing::new(self.get(name).to_owned())
    }
}

/// Every name that was sent, with its value.
impl<'f> IntoIterator for &'f Form {
    type Item = (&'f String, &'f String);
    type IntoIter = std::collections::btree_map::Iter<'f, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.iter()
    }
}

impl FromIterator<(String, String)> for Form {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Form {
        Form { fields: fields.into_iter().collect() }
    }
}

/// One value out of a query such as `to=%2Fpeople`.
pub(crate) fn of_query(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| decoded(value.as_bytes()))
}

fn decoded(bytes: &[u8]) -> Option<String> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            other => *other,
        });
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn parse(text: &str) -> Option<Form> {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        Form::parse(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]), text.as_bytes())
    }

    #[test]
    fn names_and_values_come_as_they_were_typed() {
        let form = parse("account=+anna%2B1+&password=%C3%A9%26%3D&empty=&bare").unwrap();
        assert_eq!((form.get("account"), form.line("account")), (" anna+1 ", "anna+1"));
        assert_eq!((form.get("password"), form.get("empty"), form.get("bare"), form.get("none")), ("é&=", "", "", ""));
        for wrong in ["a=1&a=2", "a=%4", "a=%zz", "a=%ff"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
        assert!(Form::parse(&HeaderMap::new(), b"a=1").is_none());
        let many: String = (0..40).map(|number| format!("f{number}=1&")).collect();
        assert!(parse(&many).is_none());
        assert_eq!(of_query(Some("x=1&to=%2Fpeople"), "to").as_deref(), Some("/people"));
        assert_eq!(of_query(None, "to"), None);
    }
}

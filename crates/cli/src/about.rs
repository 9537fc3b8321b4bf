//! The `--about` file: parties, place, appointment, agreement, as TOML.
//!
//! Not the commitments made from it (`seal`). Invariant: a key that is not known is an error that
//! names it, so that a misspelt field is never left out of a recording quietly.

use std::path::Path;

use seal::AboutField;
use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::files;

/// The longest value a seal can reveal (`spec/seal.md` section 5.1).
const VALUE_BYTES_MAX: usize = 65_535;
/// Room for every value, its escapes and comments.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Reads the fields in the order of the format.
pub(crate) fn read(path: &Path) -> Result<Vec<(AboutField, String)>> {
    let file = files::open(path).map_err(|err| Error::io(path, &err))?;
    let bytes = files::read_small(path, file, FILE_BYTES_MAX)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned());
    text.and_then(parse).map_err(|what| {
        Error::of(format_args!("{}: {what}", path.display()))
            .hint("it may hold parties, place, appointment and agreement, each a text or a list of texts")
    })
}

fn parse(text: &str) -> std::result::Result<Vec<(AboutField, String)>, String> {
    let table: Table = text.parse().map_err(|err: toml::de::Error| one_line(&err, text))?;
    let mut about = Vec::new();
    for (key, value) in &table {
        let field = AboutField::from_name(key).ok_or_else(|| format!("{key:?} is not a field that is known"))?;
        let value = words(value).ok_or_else(|| format!("{key:?} is neither a text nor a list of texts"))?;
        if value.len() > VALUE_BYTES_MAX {
            return Err(format!("{key:?} is longer than {VALUE_BYTES_MAX} bytes"));
        }
        about.push((field, value));
    }
    about.sort_by_key(|(field, _)| *field);
    Ok(about)
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            Some(texts?.join("; "))
        }
        _ => None,
    }
}

fn one_line(err: &toml::de::Error, text: &str) -> String {
    let at = err.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("line {line}: {}", err.message().replace('\n', ", "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_the_order_of_the_format() {
        let about = parse("place = \"Room 4\"\nparties = [\"A. Person\", \"B. Officer\"]\n").unwrap();
        assert_eq!(
            about,
            [(AboutField::Parties, "A. Person; B. Officer".to_owned()), (AboutField::Place, "Room 4".to_owned())]
        );
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn a_value_that_no_seal_can_hold_is_refused() {
        assert!(parse(&format!("place = {:?}", "x".repeat(65_535))).is_ok());
        assert!(parse(&format!("place = {:?}", "x".repeat(65_536))).unwrap_err().contains("longer than"));
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (text, named) in [
            ("partys = \"A\"", "\"partys\" is not a field"),
            ("place = 4", "\"place\" is neither"),
            ("place = [\"a\", 4]", "\"place\" is neither"),
            ("\nplace = ", "line 2: "),
        ] {
            let err = parse(text).unwrap_err();
            assert!(err.contains(named), "{text:?}: {err}");
            assert!(!err.contains('\n'));
        }
    }
}

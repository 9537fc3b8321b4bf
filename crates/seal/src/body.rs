//! The text of an event or of the closing acts: lines `key: value`.
//!
//! Not here: which keys an event has (that is the recorder's). Source: `spec/seal.md` section 4.
//! Invariant: a `Body` always parses, holds no control character and stays within its limit, so what
//! the writer accepts no verifier refuses.

/// Longest body of an event, bytes.
pub(crate) const EVENT_BYTES_MAX: usize = 4_096;
/// Longest closing text, bytes.
pub(crate) const CLOSING_BYTES_MAX: usize = 65_535;

/// An event's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    /// An empty body.
    #[must_use]
    pub fn new() -> Body {
        Body::default()
    }

    /// Adds one line. Control characters in the value become spaces; characters of the key outside `a-z` and `-` become `-`;
    /// a line that would make the body too long is cut to what fits.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Body {
        let key: String = key.chars().map(|c| if c.is_ascii_lowercase() { c } else { '-' }).take(32).collect();
        let key = if key.is_empty() { "-".to_owned() } else { key };
        let overhead = key.len() + ": \n".len();
        let Some(mut room) = EVENT_BYTES_MAX.checked_sub(self.0.len() + overhead) else { return self };
        self.0.push_str(&key);
        self.0.push_str(": ");
        for c in value.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            let Some(left) = room.checked_sub(c.len_utf8()) else { break };
            room = left;
            self.0.push(c);
        }
        self.0.push('\n');
        self
    }

    /// A body as it stands in a seal, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Body> {
        (text.len() <= EVENT_BYTES_MAX && is_lines(text)).then(|| Body(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of the first line with this key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.lines().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The lines as (key, value).
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(": "))
    }
}

/// Text without control characters (U+0000–U+001F, U+007F–U+009F).
pub(crate) fn is_clean(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Zero or more lines `key: value`, each ended by a line feed.
pub(crate) fn is_lines(text: &str) -> bool {
    let Some(all) = text.strip_suffix('\n') else { return text.is_empty() };
    all.split('\n').all(|line| {
        line.split_once(": ").is_some_and(|(key, value)| {
            !key.is_empty() && key.bytes().all(|c| c.is_ascii_lowercase() || c == b'-') && is_clean(value)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_put_in_parses() {
        let long = "é".repeat(5_000);
        for (key, value) in [("reason", "tea"), ("", ""), ("Réason", "a\nb\u{9b}c"), ("a", &long)] {
            let body = Body::new().with("at", "now").with(key, value).with("more", &long);
            assert!(Body::parse(body.as_str()).is_some(), "{key:?}");
        }
    }

    #[test]
    fn lines_are_strict() {
        for bad in ["a", "a: b", ": b\n", "a:b\n", "A: b\n", "a: b\n\n", "a: \u{7f}\n", "\n", "a: b\r\n"] {
            assert!(!is_lines(bad), "{bad:?}");
        }
        for good in ["", "a: \n", "a-b: c: d\ne: f\n"] {
            assert!(is_lines(good), "{good:?}");
        }
    }
}

//! Where mail reaches a person: an address, read from what somebody typed.
//!
//! Not how it is kept, nor sent (`desk`).
//! Invariants: it breaks no line of a mail and names one mailbox; `Debug` does not print it.

use std::fmt;

/// The longest address (RFC 5321).
const ADDRESS_LEN_MAX: usize = 254;
const LOCAL_LEN_MAX: usize = 64;

/// An address of a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress(String);

impl MailAddress {
    /// The address that somebody typed, if it is one that mail can be sent to.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let (local, domain) = typed.split_once('@')?;
        let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
        let is_dotted = |text: &str| text.split('.').all(|part| !part.is_empty());
        let is_label = |label: &str| {
            let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            is_plain && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_address = typed.len() <= ADDRESS_LEN_MAX
            && local.len() <= LOCAL_LEN_MAX
            && local.bytes().all(is_local)
            && is_dotted(local)
            && is_dotted(domain)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        is_address.then(|| Self(typed.to_owned()))
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one spelling of it, by which it is found again.
    #[must_use]
    pub fn spelling(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The machine that it is at.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_mailbox_and_breaks_no_line() {
        for (typed, spelling) in [
            (" Ann.Example@Mail.Example.org ", "ann.example@mail.example.org"),
            ("a+b@x.uk", "a+b@x.uk"),
            ("o'hara@xn--bcher-kva.example", "o'hara@xn--bcher-kva.example"),
        ] {
            assert_eq!(MailAddress::read(typed).map(|one| one.spelling()).as_deref(), Some(spelling));
        }
        let long = format!("{}@x.uk", "a".repeat(65));
        let wrong = [
            "",
            "a",
            "@",
            "a@",
            "@x.uk",
            "a@x",
            "a@b@x.uk",
            "a b@x.uk",
            "a@x..uk",
            "a@.uk",
            ".a@x.uk",
            "a..b@x.uk",
            "a@x.uk\r\nBcc: b@x.uk",
            "a@x.uk\0",
            "a,b@x.uk",
            "a<b@x.uk",
            "\"a\"@x.uk",
            "a@-x.uk",
            "a@x-.uk",
            "é@x.uk",
            "a@[127.0.0.1]",
            "a@x.uk,b@x.uk",
            &long,
        ];
        for typed in wrong {
            assert_eq!(MailAddress::read(typed), None, "{typed:?}");
        }
        let one = MailAddress::read("Ann@Example.org").unwrap();
        assert_eq!(
            (one.as_str(), one.domain(), format!("{one:?}")),
            ("Ann@Example.org", "Example.org", "MailAddress(..)".into())
        );
    }
}

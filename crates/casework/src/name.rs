//! Names that stand in clear in events: accounts, persons, and names of stores and places in the configuration.
//!
//! Not here: names of people, which belong in private parts. Invariant: 1 to 64 of a–z, 0–9, `.`, `-`, `_` and `@`, beginning with a
//! letter or digit, so that no name steers a terminal, breaks a line of a certificate or is spelled in two ways.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const BYTES_MAX: usize = 64;

macro_rules! names {
    ($($(#[$about:meta])* $name:ident, $what:literal;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let wrong = || concat!("not ", $what, ": 1 to 64 of a-z, 0-9, `.`, `-`, `_` and `@`").to_owned();
                if is_name(text) { Ok(Self(text.to_owned())) } else { Err(wrong()) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

names! {
    /// An account of a member of staff. It is in clear and stays after everything else is destroyed.
    Account, "an account";
    /// A person, who may have several accounts: a staff number, never a name.
    Person, "a person's id";
    /// Something the configuration names: a store, a folder of caches, a log.
    Name, "a name";
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let first = text.bytes().next().is_some_and(plain);
    first && text.len() <= BYTES_MAX && text.bytes().all(|byte| plain(byte) || b".-_@".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_names() {
        for good in ["a", "j.smith", "e-1_2@office", "0", &"a".repeat(64)] {
            assert_eq!(good.parse::<Account>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", ".a", "A", "a b", "a\n", "é", "a/b", "a\u{1b}", &"a".repeat(65)] {
            let error = bad.parse::<Person>().expect_err("no name");
            assert_eq!(error, "not a person's id: 1 to 64 of a-z, 0-9, `.`, `-`, `_` and `@`");
        }
    }
}

//! The code that is a person's second proof: how it is made, read out, and read from what somebody typed.
//!
//! Not how it is tried (`signing_in.rs`). Invariants: it is digits alone, so that it can be read out and typed on the oldest telephone, with or without its gaps; `Debug` prints none of
//! it, and it is wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Result;
use crate::office::fresh;

/// How many digits it has.
const CODE_LEN: usize = 16;
/// How many of them say which of the accounts of one address it is of, and are no secret; 13 are left, which are 43 bits.
const PLACE_LEN: usize = 3;
const GROUP_LEN: usize = 4;
/// The largest byte out of which a digit can be made so that each is as likely.
const FAIR: u8 = 249;

/// The code of an account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Code(Zeroizing<String>);

impl Code {
    /// A code out of chance.
    pub(crate) fn fresh() -> Result<Code> {
        let mut digits = Zeroizing::new(String::with_capacity(CODE_LEN));
        while digits.len() < CODE_LEN {
            let chance = Zeroizing::new(fresh::<32>()?);
            let fair = chance.iter().filter(|byte| **byte <= FAIR).take(CODE_LEN - digits.len());
            digits.extend(fair.map(|byte| char::from(b'0' + byte % 10)));
        }
        Ok(Code(digits))
    }

    /// The code that somebody typed, with or without gaps and hyphens.
    pub(crate) fn read(typed: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(CODE_LEN));
        for sign in typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-') {
            if !sign.is_ascii_digit() || digits.len() == CODE_LEN {
                return None;
            }
            digits.push(sign);
        }
        (digits.len() == CODE_LEN).then_some(Self(digits))
    }

    /// Which of the accounts of one address it is of. It is no secret.
    pub(crate) fn place(&self) -> &str {
        self.0.get(..PLACE_LEN).unwrap_or_default()
    }

    /// Its digits, to be hashed.
    pub(crate) fn digits(&self) -> Zeroizing<String> {
        self.0.clone()
    }

    /// As it is read out: in groups of four.
    pub(crate) fn shown(&self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(CODE_LEN + CODE_LEN / GROUP_LEN));
        for (at, digit) in self.0.chars().enumerate() {
            if at > 0 && at % GROUP_LEN == 0 {
                shown.push(' ');
            }
            shown.push(digit);
        }
        shown
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_read_out() {
        let code = Code::read("1234567890123456").unwrap();
        assert_eq!((code.shown().as_str(), code.place()), ("1234 5678 9012 3456", "123"));
        assert_eq!(code.digits().as_str(), "1234567890123456");
        let typed = ["1234 5678 9012 3456", " 1234-5678-9012-3456\t", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6"];
        assert!(typed.iter().all(|typed| Code::read(typed).as_ref() == Some(&code)));
        let wrong = ["", "123456789012345", "12345678901234567", "1234 5678 9012 345O", "\u{661}234567890123456"];
        assert!(wrong.iter().all(|typed| Code::read(typed).is_none()));
        assert_eq!(format!("{code:?}"), "Code(..)");
    }

    #[test]
    fn a_code_is_chance() {
        let codes: Vec<Code> = (0..200).map(|_| Code::fresh().unwrap()).collect();
        for digit in '0'..='9' {
            let seen: usize = codes.iter().map(|code| code.digits().matches(digit).count()).sum();
            assert!((200..450).contains(&seen), "{digit}: {seen} of 3200");
        }
        assert!(codes.iter().enumerate().all(|(at, code)| !codes[..at].contains(code)));
    }
}

//! What is sent to a time-stamping authority, and what comes back (RFC 3161, 2.4; over HTTP as `application/timestamp-query`).
//!
//! Not here: the sending; whether the token holds (`mod.rs`): one may be kept that only its later readers trust.
//! Invariants: the request asks for SHA-256 and for the authority's certificate; a token is given out only if it is over the bytes and
//! the nonce that were sent; an authority's words are shown as clean text.

use std::fmt;

use super::der::{self, BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, UTF8_STRING};
use super::is_over;
use super::name::clean;
use super::token::{TOKEN_BYTES_MAX, Token};

/// The longest response that is looked at, bytes: a token and what is said around it.
const RESPONSE_BYTES_MAX: usize = TOKEN_BYTES_MAX + 4_096;
const TEXT_CHARACTERS_MAX: usize = 200;
/// 2.16.840.1.101.3.4.2.1
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// Why there is no token in a response. Ask again, or ask another authority.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseFault {
    /// It is not a response, or is longer than any should be: the authority's fault, or its address is another thing's.
    Malformed,
    /// The authority would not stamp; its words, or what its codes mean.
    Refused(String),
    /// The token is over other bytes, or answers another request (its nonce differs): the authority's fault, or somebody's between.
    OtherRequest,
}

impl fmt::Display for ResponseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResponseFault::Malformed => write!(f, "the answer is no time-stamp response"),
            ResponseFault::Refused(words) => write!(f, "the time-stamping authority refused: {words}"),
            ResponseFault::OtherRequest => write!(f, "the time stamp answers another request"),
        }
    }
}

impl std::error::Error for ResponseFault {}

/// A TimeStampReq for a stamp over `imprint_of`, with its certificate inside.
#[must_use]
pub fn request(imprint_of: &[u8], nonce: u64) -> Vec<u8> {
    use sha2::Digest as _;
    let algorithm = der::made(SEQUENCE, &[&der::made(OID, &[SHA_256]), &[der::NULL, 0]]);
    let digest = der::made(OCTET_STRING, &[&sha2::Sha256::digest(imprint_of)]);
    let imprint = der::made(SEQUENCE, &[&algorithm, &digest]);
    let nonce = der::made(INTEGER, &[&integer(nonce)]);
    der::made(SEQUENCE, &[&der::made(INTEGER, &[&[1]]), &imprint, &nonce, &der::made(BOOLEAN, &[&[0xff]])])
}

/// The token in a TimeStampResp that answers `request(imprint_of, nonce)`.
///
/// # Errors
/// The response holds no token, or one that answers something else.
pub fn token_from_response(response: &[u8], imprint_of: &[u8], nonce: u64) -> Result<Vec<u8>, ResponseFault> {
    let (status, token) = read(response).ok_or(ResponseFault::Malformed)?;
    if status.code > 1 {
        return Err(ResponseFault::Refused(status.words()));
    }
    let token = token.ok_or(ResponseFault::Malformed)?;
    let parts = Token::read(token).ok_or(ResponseFault::Malformed)?;
    let answers = parts.info.nonce == Some(&integer(nonce)) && is_over(&parts.info, imprint_of) == Ok(true);
    if answers { Ok(token.to_vec()) } else { Err(ResponseFault::OtherRequest) }
}

struct Status {
    code: u32,
    texts: Vec<String>,
    failures: u32,
}

impl Status {
    fn words(&self) -> String {
        const FAILURES: &[(u32, &str)] = &[
            (0, "it does not know the hash"),
            (2, "it does not allow the request"),
            (5, "the request is in a wrong form"),
            (14, "its clock is not available"),
            (15, "it does not have the policy asked for"),
            (16, "it does not have the extension asked for"),
            (17, "it does not have what was asked for besides"),
            (25, "it has a fault"),
        ];
        let known =
            FAILURES.iter().filter(|(bit, _)| self.failures >> bit & 1 == 1).map(|(_, words)| (*words).to_owned());
        let words: Vec<String> = self.texts.iter().cloned().chain(known).filter(|words| !words.is_empty()).collect();
        if words.is_empty() { format!("status {}", self.code) } else { words.join("; ") }
    }
}

fn read(response: &[u8]) -> Option<(Status, Option<&[u8]>)> {
    if response.len() > RESPONSE_BYTES_MAX {
        return None;
    }
    let mut outer = Reader::new(der::only(response, SEQUENCE)?.body);
    let mut inside = outer.inside(SEQUENCE)?;
    let code = inside.small()?;
    let mut texts = Vec::new();
    let mut row = Reader::new(inside.optional(SEQUENCE)?.unwrap_or_default());
    while !row.is_empty() {
        let text = String::from_utf8_lossy(row.body(UTF8_STRING)?);
        if texts.len() < 4 {
            texts.push(clean(&text).chars().take(TEXT_CHARACTERS_MAX).collect());
        }
    }
    let bits = inside.optional(BIT_STRING)?.unwrap_or(&[0]).get(1..)?;
    // Bit 0 of a named bit list is the highest of its first byte.
    let set = |bit: &u32| bits.get(*bit as usize / 8).is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1);
    let failures = (0..32).filter(set).fold(0, |mask, bit| mask | 1 << bit);
    inside.end()?;
    let token = if outer.is_empty() { None } else { Some(outer.take(SEQUENCE)?.whole) };
    outer.end().map(|()| (Status { code, texts, failures }, token))
}

/// The body of an INTEGER.
fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    let padding: &[u8] = if bytes[start] & 0x80 != 0 { &[0] } else { &[] };
    [padding, &bytes[start..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_in_words() {
        let answer = |status: &[&[u8]]| der::made(SEQUENCE, &[&der::made(SEQUENCE, status)]);
        let said = |text: &str| der::made(SEQUENCE, &[&der::made(UTF8_STRING, &[text.as_bytes()])]);
        let table: &[(Vec<u8>, &str)] = &[
            (answer(&[&[2, 1, 2]]), "status 2"),
            (answer(&[&[2, 1, 2], &said("not\u{1b}[2J today")]), "not\u{fffd}[2J today"),
            (answer(&[&[2, 1, 2], &[3, 2, 7, 0x80]]), "it does not know the hash"),
            (answer(&[&[2, 1, 2], &said("no"), &[3, 3, 0, 0, 2]]), "no; its clock is not available"),
        ];
        for (response, words) in table {
            let refused = Err(ResponseFault::Refused((*words).to_owned()));
            assert_eq!(token_from_response(response, b"", 1), refused);
        }
        for bad in [answer(&[&[2, 1, 0]]), answer(&[]), Vec::new(), vec![0x30; 80_000]] {
            assert_eq!(token_from_response(&bad, b"", 1), Err(ResponseFault::Malformed));
        }
    }

    #[test]
    fn numbers_are_written_in_their_shortest_form() {
        let table: &[(u64, &[u8])] = &[
            (0, &[0]),
            (1, &[1]),
            (0x80, &[0, 0x80]),
            (0x1234, &[0x12, 0x34]),
            (u64::MAX, &[0, 255, 255, 255, 255, 255, 255, 255, 255]),
        ];
        for (value, bytes) in table {
            assert_eq!(integer(*value), *bytes);
        }
    }
}

//! A time-stamp authority asked about the end of a recording (RFC 3161 over HTTP).
//!
//! Not here: what a token is worth to a reader (`seal::timestamp`). Invariants: what is sent is a hash of a signed checkpoint, nothing of
//! the sound; a token is kept only where it is over that very text, answers this very
//! request and is signed by the certificate in it.

use std::time::Duration;

use seal::timestamp::TokenFault;

use super::{ServiceUrl, client};

/// The longest response, bytes: a token is at most 64 KiB.
const RESPONSE_BYTES_MAX: u64 = (64 + 4) << 10;

/// A token over `text`; why there is none, in words.
pub(super) fn token(url: &ServiceUrl, text: &str, whole: Duration) -> Result<Vec<u8>, String> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
    let nonce = u64::from_be_bytes(nonce);
    let request = seal::timestamp::request(text.as_bytes(), nonce);
    let asked = client::agent(whole).post(url.as_str()).content_type("application/timestamp-query");
    let answer = client::answered(asked.send(&request[..]), RESPONSE_BYTES_MAX).map_err(|fault| fault.why)?;
    match answer.status.as_u16() {
        200 => {
            let token = seal::timestamp::token_from_response(&answer.body, text.as_bytes(), nonce);
            sound(token.map_err(|fault| fault.to_string())?, text)
        }
        status => Err(format!("it answers {status}")),
    }
}

/// A token, unless nobody can believe it. Whose it is, is for its readers: they may know an authority, a certificate or an algorithm more.
fn sound(token: Vec<u8>, text: &str) -> Result<Vec<u8>, String> {
    match seal::timestamp::verify(&token, text.as_bytes(), &[]) {
        Ok(_) | Err(TokenFault::Authority | TokenFault::Certificate | TokenFault::Algorithm) => Ok(token),
        Err(fault) => Err(format!("its time stamp is of no use: {fault}")),
    }
}

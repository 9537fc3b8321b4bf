//! Time stamps by authorities (RFC 3161): what is asked of one, and whether a token holds.
//!
//! Specified in `spec/log.md`. [`verify`] takes the token as it lies in the file, the bytes it should be over, and the authorities
//! that the reader trusts; everything else is in the token. Not here: the clock (a stamp is judged at the time it names), the network,
//! revocation lists.
//! Invariants:
//! - A [`Stamp`] is given out only where every check passed; a fault is named by the first check that fails, in the order of [`TokenFault`].
//! - Any bytes end in an answer, after at most 65 signatures checked, in memory a few times the token's.
//!
//! ```
//! let request = seal::timestamp::request(b"what is stamped", 7);
//! assert_eq!(request.len(), 62);
//! let fault = seal::timestamp::verify(&request, b"what is stamped", &[]);
//! assert_eq!(fault, Err(seal::timestamp::TokenFault::Malformed));
//! ```

mod certificate;
mod chain;
mod der;
mod name;
mod request;
mod signature;
mod time;
mod token;

use std::fmt;

use sha1::Digest as _;

use certificate::Certificate;
use chain::Trusted;
pub use request::{ResponseFault, request, token_from_response};
use signature::{Hash, Unsupported};
use token::{Info, Named, Signer, Token, Who};

/// An authority that the reader trusts: a root, or the certificate that signs stamps itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// What the reader calls it.
    pub name: String,
    /// Its certificate, X.509 in DER. Nothing comes from one that cannot be read; [`Authority::new`] says so at once.
    pub certificate_der: Vec<u8>,
}

impl Authority {
    /// An authority, or `None` if the certificate cannot be read.
    #[must_use]
    pub fn new(name: &str, certificate_der: &[u8]) -> Option<Authority> {
        Certificate::read(certificate_der)?;
        Some(Authority { name: name.to_owned(), certificate_der: certificate_der.to_vec() })
    }
}

/// A token in which every check passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The time it names, in seconds since 1970 (UTC); a fraction is dropped.
    pub time_s: i64,
    /// The earliest second it can mean by the accuracy it declares (none declared: as if exact).
    pub earliest_s: i64,
    /// The latest second it can mean.
    pub latest_s: i64,
    /// The name of the [`Authority`] that it comes from.
    pub authority: String,
    /// The subject of the certificate that signed, as one line of clean text.
    pub signer: String,
    /// The stamp's serial number, in hexadecimal.
    pub serial: String,
    /// The policy it was made under, as a dotted object identifier.
    pub policy: String,
}

/// Why a token counts for nothing; in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TokenFault {
    /// It is not a token in DER with one signer and the signed attributes there must be, or it is longer than 65,535 bytes.
    Malformed,
    /// It uses a hash, key or kind of signature that this reader does not have. Its maker may be in the right.
    Algorithm,
    /// It is over something else.
    Imprint,
    /// The certificate that signed is missing, or is not the one that the signed attributes name.
    Certificate,
    /// The signature is not one of these bytes by that certificate.
    Signature,
    /// The certificate is not for time stamps, or not for them alone.
    Usage,
    /// No chain of certificates leads to an authority the reader trusts. Another reader may trust it.
    Authority,
    /// A certificate of the chain had expired, or was not valid yet, at the time in the token.
    Expired,
    /// A certificate of the chain may not issue others, or not so many, or it or the token asks for what this reader does not know.
    Constraints,
}

impl TokenFault {
    /// Every fault, in the order in which they are looked for.
    pub const ALL: &'static [TokenFault] = &[
        TokenFault::Malformed,
        TokenFault::Algorithm,
        TokenFault::Imprint,
        TokenFault::Certificate,
        TokenFault::Signature,
        TokenFault::Usage,
        TokenFault::Authority,
        TokenFault::Expired,
        TokenFault::Constraints,
    ];

    /// Its name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TokenFault::Malformed => "malformed",
            TokenFault::Algorithm => "algorithm",
            TokenFault::Imprint => "imprint",
            TokenFault::Certificate => "certificate",
            TokenFault::Signature => "signature",
            TokenFault::Usage => "usage",
            TokenFault::Authority => "authority",
            TokenFault::Expired => "expired",
            TokenFault::Constraints => "constraints",
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenFault::Malformed => "it is no time stamp, or a damaged one",
            TokenFault::Algorithm => "it uses an algorithm that is not known here",
            TokenFault::Imprint => "it is over something else",
            TokenFault::Certificate => "the certificate it names is not there",
            TokenFault::Signature => "its signature is wrong",
            TokenFault::Usage => "it was signed by a certificate that is not for time stamps alone",
            TokenFault::Authority => "it comes from no authority that is trusted here",
            TokenFault::Expired => "a certificate behind it was not valid at the time it names",
            TokenFault::Constraints => "a certificate behind it may not be used so",
        })
    }
}

impl std::error::Error for TokenFault {}

impl From<Unsupported> for TokenFault {
    fn from(_: Unsupported) -> Self {
        TokenFault::Algorithm
    }
}

/// Checks a TimeStampToken (a ContentInfo in DER) over `imprint_of` against the authorities that the reader trusts.
///
/// # Errors
/// The first check that fails.
pub fn verify(token: &[u8], imprint_of: &[u8], authorities: &[Authority]) -> Result<Stamp, TokenFault> {
    let token = Token::read(token).ok_or(TokenFault::Malformed)?;
    let info = &token.info;
    let digest = token.signer.digest_algorithm.hash()?;
    let scheme = token.signer.signature_algorithm.scheme(Some(digest))?;
    if !is_over(info, imprint_of)? {
        return Err(TokenFault::Imprint);
    }
    let trusted = Trusted::new(authorities);
    let signer = signing_certificate(&token, &trusted)?;
    let is_of_content = digest.of(&[token.content]) == token.signer.message_digest;
    let signed = der::made(der::SET, &[token.signer.attributes]);
    if !is_of_content || !signer.key.signed(scheme, &[&signed], token.signer.signature)? {
        return Err(TokenFault::Signature);
    }
    if !signer.extensions.is_for_stamps_only() {
        return Err(TokenFault::Usage);
    }
    let authority = chain::authority(signer, &token.certificates, &trusted, info.time.second())?;
    if info.unknown_extension {
        return Err(TokenFault::Constraints);
    }
    let (earliest_s, latest_s) = info.time.bounds(info.accuracy_us);
    Ok(Stamp {
        time_s: info.time.second(),
        earliest_s,
        latest_s,
        authority: authority.to_owned(),
        signer: name::shown(signer.subject),
        serial: info.serial.iter().map(|byte| format!("{byte:02x}")).collect(),
        policy: der::dotted(info.policy),
    })
}

fn is_over(info: &Info<'_>, imprint_of: &[u8]) -> Result<bool, Unsupported> {
    Ok(info.imprint_algorithm.hash()?.of(&[imprint_of]) == info.imprint)
}

/// The certificate that the signer's identifier and the signed attributes both name.
fn signing_certificate<'t, 'a>(
    token: &'t Token<'a>,
    trusted: &'t Trusted<'a>,
) -> Result<&'t Certificate<'a>, TokenFault> {
    for candidate in token.certificates.iter().chain(trusted.certificates()) {
        if is_identified(candidate, &token.signer) && is_named(candidate, &token.signer.named)? {
            return Ok(candidate);
        }
    }
    Err(TokenFault::Certificate)
}

fn is_identified(certificate: &Certificate<'_>, signer: &Signer<'_>) -> bool {
    match signer.who {
        Who::Serial { issuer, serial } => certificate.issuer == issuer && certificate.serial == serial,
        Who::KeyId(id) => certificate.extensions.key_id == Some(id),
    }
}

/// Whether ESSCertID, ESSCertIDv2, or both where both are there, name this certificate (RFC 5816, 2.2.1).
fn is_named(certificate: &Certificate<'_>, named: &[Option<Named<'_>>; 2]) -> Result<bool, Unsupported> {
    let [old, new] = named;
    if let Some(old) = old
        && (sha1::Sha1::digest(certificate.whole)[..] != *old.digest || !is_issued(certificate, old))
    {
        return Ok(false);
    }
    if let Some(new) = new {
        let hash = new.hash.map_or(Ok(Hash::Sha256), |algorithm| algorithm.hash())?;
        if hash.of(&[certificate.whole]) != new.digest || !is_issued(certificate, new) {
            return Ok(false);
        }
    }
    Ok(old.is_some() || new.is_some())
}

/// Whether issuer and serial number, where they are given beside the digest, are the certificate's.
fn is_issued(certificate: &Certificate<'_>, named: &Named<'_>) -> bool {
    let Some((mut names, serial)) = named.issuer_serial else { return true };
    let mut same = false;
    while let Some(name) = names.element() {
        same |= name.tag == 0xa4 && name.body == certificate.issuer;
    }
    same && serial == certificate.serial
}

//! A time-stamp token (RFC 3161, 2.4.2) as its parts: signed data with one signer, and what was signed.
//!
//! Not here: whether anything of it holds (`mod.rs`). Read is DER only, at most [`TOKEN_BYTES_MAX`] bytes, [`CERTIFICATES_MAX`]
//! certificates and [`ATTRIBUTES_MAX`] signed attributes.
//! Invariant: what is missing, doubled, left over or out of order makes the whole token unreadable.

use super::certificate::Certificate;
use super::der::{self, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET};
use super::signature::Algorithm;
use super::time::{self, Instantaneous};

/// The longest token that is looked at, bytes.
pub(super) const TOKEN_BYTES_MAX: usize = 65_535;
const CERTIFICATES_MAX: usize = 10;
const ATTRIBUTES_MAX: usize = 32;
const SERIAL_BYTES_MAX: usize = 64;
const ACCURACY_S_MAX: u32 = 86_400 * 366;

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// 1.2.840.113549.1.9, under which the signed attributes lie.
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9];
/// 1.2.840.113549.1.9.16.1.4
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];

pub(super) struct Token<'a> {
    /// What was signed, as its bytes.
    pub(super) content: &'a [u8],
    pub(super) info: Info<'a>,
    pub(super) certificates: Vec<Certificate<'a>>,
    pub(super) signer: Signer<'a>,
}

/// TSTInfo.
pub(super) struct Info<'a> {
    pub(super) policy: &'a [u8],
    pub(super) imprint_algorithm: Algorithm<'a>,
    pub(super) imprint: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) time: Instantaneous,
    pub(super) accuracy_us: i64,
    pub(super) nonce: Option<&'a [u8]>,
    /// One that is critical: this reader knows none.
    pub(super) unknown_extension: bool,
}

/// SignerInfo with its signed attributes.
pub(super) struct Signer<'a> {
    pub(super) who: Who<'a>,
    pub(super) digest_algorithm: Algorithm<'a>,
    pub(super) signature_algorithm: Algorithm<'a>,
    pub(super) signature: &'a [u8],
    /// What is in the set of signed attributes; it was signed with the tag of a set.
    pub(super) attributes: &'a [u8],
    pub(super) message_digest: &'a [u8],
    /// The certificate named in ESSCertID and in ESSCertIDv2.
    pub(super) named: [Option<Named<'a>>; 2],
}

/// How a SignerInfo says whose it is.
pub(super) enum Who<'a> {
    Serial { issuer: &'a [u8], serial: &'a [u8] },
    KeyId(&'a [u8]),
}

/// The first ESSCertID or ESSCertIDv2 of an attribute.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    /// `None`: SHA-1 in ESSCertID, SHA-256 in ESSCertIDv2.
    pub(super) hash: Option<Algorithm<'a>>,
    pub(super) digest: &'a [u8],
    /// The issuer's names and the serial number.
    pub(super) issuer_serial: Option<(Reader<'a>, &'a [u8])>,
}

impl<'a> Token<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Token<'a>> {
        if bytes.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let mut outer = Reader::new(der::only(bytes, SEQUENCE)?.body);
        let is_signed_data = outer.oid()? == SIGNED_DATA;
        let mut wrapped = outer.inside(0xa0).filter(|_| is_signed_data)?;
        outer.end()?;
        let mut data = wrapped.inside(SEQUENCE)?;
        wrapped.end()?;

        let version = data.small()?;
        let mut hashes = data.inside(SET)?;
        while !hashes.is_empty() {
            Algorithm::read(&mut hashes)?;
        }
        let content = content(data.inside(SEQUENCE)?)?;
        let certificates = match data.optional(0xa0)? {
            Some(set) => certificates(Reader::new(set))?,
            None => Vec::new(),
        };
        data.optional(0xa1)?;
        let mut signers = data.inside(SET)?;
        data.end()?;
        let signer = signer(signers.inside(SEQUENCE)?)?;
        signers.end()?;
        let info = info(content)?;
        (version == 3).then_some(Token { content, info, certificates, signer })
    }
}

fn content(mut encapsulated: Reader<'_>) -> Option<&[u8]> {
    let is_info = encapsulated.oid()? == TST_INFO;
    let wrapped = encapsulated.body(0xa0).filter(|_| is_info)?;
    encapsulated.end()?;
    der::only(wrapped, OCTET_STRING).map(|octets| octets.body)
}

fn certificates<'a>(mut set: Reader<'a>) -> Option<Vec<Certificate<'a>>> {
    let mut found = Vec::new();
    while !set.is_empty() {
        if found.len() == CERTIFICATES_MAX {
            return None;
        }
        found.push(Certificate::read(set.element()?.whole)?);
    }
    Some(found)
}

fn info(content: &[u8]) -> Option<Info<'_>> {
    let mut info = Reader::new(der::only(content, SEQUENCE)?.body);
    let version = info.small()?;
    let policy = info.oid()?;
    let mut message = info.inside(SEQUENCE)?;
    let imprint_algorithm = Algorithm::read(&mut message)?;
    let imprint = message.body(OCTET_STRING)?;
    message.end()?;
    let serial = info.integer().filter(|serial| serial.len() <= SERIAL_BYTES_MAX)?;
    let time = time::of_token(info.body(der::GENERALIZED_TIME)?)?;
    let accuracy_us = match info.optional(SEQUENCE)? {
        Some(accuracy) => accuracy_us(Reader::new(accuracy))?,
        None => 0,
    };
    info.boolean_or_false()?; // ordering
    let nonce = if info.has(INTEGER) { Some(info.integer()?) } else { None };
    info.optional(0xa0)?; // the name of the authority: who signed says it better
    let unknown_extension = match info.optional(0xa1)? {
        Some(extensions) => has_critical(Reader::new(extensions))?,
        None => false,
    };
    info.end()?;
    (version == 1).then_some(Info {
        policy,
        imprint_algorithm,
        imprint,
        serial,
        time,
        accuracy_us,
        nonce,
        unknown_extension,
    })
}

fn accuracy_us(mut accuracy: Reader<'_>) -> Option<i64> {
    let seconds = if accuracy.has(INTEGER) { accuracy.small()? } else { 0 };
    let below = |body: Option<&[u8]>| match body {
        Some(body) => der::small(body).filter(|value| (1..=999).contains(value)),
        None => Some(0),
    };
    let milliseconds = below(accuracy.optional(0x80)?)?;
    let microseconds = below(accuracy.optional(0x81)?)?;
    accuracy.end()?;
    let whole = (seconds <= ACCURACY_S_MAX).then_some(i64::from(seconds))?;
    Some(whole * 1_000_000 + i64::from(milliseconds) * 1_000 + i64::from(microseconds))
}

fn has_critical(mut extensions: Reader<'_>) -> Option<bool> {
    let mut any = false;
    while !extensions.is_empty() {
        let mut one = extensions.inside(SEQUENCE)?;
        one.oid()?;
        any |= one.boolean_or_false()?;
        one.body(OCTET_STRING)?;
        one.end()?;
    }
    Some(any)
}

fn signer<'a>(mut info: Reader<'a>) -> Option<Signer<'a>> {
    let who = match (info.small()?, info.element()?) {
        (1, element) if element.tag == SEQUENCE => {
            let mut pair = Reader::new(element.body);
            let who = Who::Serial { issuer: pair.take(SEQUENCE)?.whole, serial: pair.integer()? };
            pair.end().map(|()| who)?
        }
        (3, element) if element.tag == 0x80 => Who::KeyId(element.body),
        _ => return None,
    };
    let digest_algorithm = Algorithm::read(&mut info)?;
    let attributes = info.body(0xa0)?;
    let signature_algorithm = Algorithm::read(&mut info)?;
    let signature = info.body(OCTET_STRING)?;
    info.optional(0xa1)?; // attributes that nobody signed
    info.end()?;
    let (message_digest, named) = read_attributes(Reader::new(attributes))?;
    Some(Signer { who, digest_algorithm, signature_algorithm, signature, attributes, message_digest, named })
}

type Attributes<'a> = (&'a [u8], [Option<Named<'a>>; 2]);

fn read_attributes<'a>(mut row: Reader<'a>) -> Option<Attributes<'a>> {
    let (mut content_type, mut message_digest, mut named) = (None, None, [None; 2]);
    let mut seen: Vec<&[u8]> = Vec::new();
    while !row.is_empty() {
        let mut one = row.inside(SEQUENCE)?;
        let oid = one.oid()?;
        let values = one.body(SET)?;
        one.end()?;
        if seen.contains(&oid) || seen.len() == ATTRIBUTES_MAX {
            return None;
        }
        seen.push(oid);
        match oid.strip_prefix(PKCS9) {
            Some([3]) => content_type = Some(der::only(values, OID)?.body),
            Some([4]) => message_digest = Some(der::only(values, OCTET_STRING)?.body),
            Some([16, 2, 12]) => named[0] = Some(named_certificate(values, false)?),
            Some([16, 2, 47]) => named[1] = Some(named_certificate(values, true)?),
            _ => {}
        }
    }
    (content_type? == TST_INFO).then_some((message_digest?, named))
}

/// SigningCertificate (RFC 2634, 5.4) and SigningCertificateV2 (RFC 5035, 3): the first of those they name is the signer's.
fn named_certificate(values: &[u8], names_hash: bool) -> Option<Named<'_>> {
    let mut attribute = Reader::new(der::only(values, SEQUENCE)?.body);
    let mut row = attribute.inside(SEQUENCE)?;
    attribute.optional(SEQUENCE)?; // policies
    attribute.end()?;
    let mut first = row.inside(SEQUENCE)?;
    let hash = if names_hash && first.has(SEQUENCE) { Some(Algorithm::read(&mut first)?) } else { None };
    let digest = first.body(OCTET_STRING)?;
    let issuer_serial = match first.optional(SEQUENCE)? {
        Some(pair) => {
            let mut pair = Reader::new(pair);
            let (issuer, serial) = (pair.inside(SEQUENCE)?, pair.integer()?);
            pair.end().map(|()| Some((issuer, serial)))?
        }
        None => None,
    };
    first.end().map(|()| Named { hash, digest, issuer_serial })
}

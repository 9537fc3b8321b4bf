//! One X.509 certificate (RFC 5280, section 4), taken apart.
//!
//! Not here: whether to believe it (`chain.rs`). A name is compared as its bytes, not as letters.
//! Invariants: the signed bytes are the bytes as they came; no extension appears twice; an extension that would narrow what the certificate
//! is good for, and that this reader does not carry out, is remembered as `unknown`.

use super::der::{self, BIT_STRING, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::signature::{Algorithm, PublicKey};
use super::time;

const EXTENSIONS_MAX: usize = 64;
const KEY_PURPOSES_MAX: usize = 64;
/// 1.3.6.1.5.5.7.3.8
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// The bits of keyUsage that matter here, in its first byte.
const DIGITAL_SIGNATURE: u8 = 0x80;
const NON_REPUDIATION: u8 = 0x40;
const KEY_CERT_SIGN: u8 = 0x04;

/// A certificate, believed in nothing yet.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    pub(super) whole: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) not_before_s: i64,
    pub(super) not_after_s: i64,
    pub(super) key: PublicKey<'a>,
    pub(super) extensions: Extensions<'a>,
    pub(super) signed: &'a [u8],
    pub(super) algorithm: Algorithm<'a>,
    pub(super) signature: &'a [u8],
}

/// What the extensions say of what the certificate is good for.
#[derive(Debug, Default)]
pub(super) struct Extensions<'a> {
    /// Whether it may issue certificates.
    pub(super) is_authority: bool,
    /// How many authorities may come between it and the end.
    pub(super) path_len_max: Option<u32>,
    pub(super) key_id: Option<&'a [u8]>,
    /// One that is critical and unknown, or that constrains names.
    pub(super) unknown: bool,
    key_usage: Option<(u8, u8)>,
    purposes: Option<Purposes>,
}

#[derive(Debug)]
struct Purposes {
    is_critical: bool,
    count: usize,
    time_stamping: bool,
    any: bool,
}

impl Extensions<'_> {
    /// For stamps and nothing else: RFC 3161, 2.3, and signatures as the only use of the key.
    pub(super) fn is_for_stamps_only(&self) -> bool {
        let signs = DIGITAL_SIGNATURE | NON_REPUDIATION;
        let usage_fits =
            self.key_usage.is_none_or(|(first, second)| first & signs != 0 && first & !signs | second == 0);
        let purposes = self.purposes.as_ref();
        usage_fits && purposes.is_some_and(|found| found.is_critical && found.count == 1 && found.time_stamping)
    }

    /// Whether certificates for stamps may come from it.
    pub(super) fn may_issue(&self) -> bool {
        let purposes = self.purposes.as_ref();
        self.is_authority
            && self.key_usage.is_none_or(|(first, _)| first & KEY_CERT_SIGN != 0)
            && purposes.is_none_or(|found| found.time_stamping || found.any)
    }
}

impl<'a> Certificate<'a> {
    /// `None`: it is not DER, or not a certificate.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Certificate<'a>> {
        let whole = der::only(bytes, SEQUENCE)?;
        let mut outer = Reader::new(whole.body);
        let signed = outer.take(SEQUENCE)?;
        let algorithm = Algorithm::read(&mut outer)?;
        let signature = outer.whole_bits()?;
        outer.end()?;

        let mut inner = Reader::new(signed.body);
        let version = if inner.has(0xa0) { inner.inside(0xa0).and_then(|mut version| version.small())? } else { 0 };
        let serial = inner.integer()?;
        let same_algorithm = Algorithm::read(&mut inner)? == algorithm;
        let issuer = inner.take(SEQUENCE)?.whole;
        let mut validity = inner.inside(SEQUENCE)?;
        let not_before_s = time::of_certificate(validity.element()?)?;
        let not_after_s = time::of_certificate(validity.element()?)?;
        validity.end()?;
        let subject = inner.take(SEQUENCE)?.whole;
        let key = PublicKey::read(&mut inner)?;
        inner.optional(0x81)?;
        inner.optional(0x82)?;
        let extensions = match inner.optional(0xa3)? {
            Some(wrapped) => extensions(Reader::new(der::only(wrapped, SEQUENCE)?.body))?,
            None => Extensions::default(),
        };
        inner.end()?;
        if version > 2 || !same_algorithm {
            return None;
        }
        let (whole, signed) = (whole.whole, signed.whole);
        Some(Certificate {
            whole,
            serial,
            issuer,
            subject,
            not_before_s,
            not_after_s,
            key,
            extensions,
            signed,
            algorithm,
            signature,
        })
    }
}

fn extensions<'a>(mut row: Reader<'a>) -> Option<Extensions<'a>> {
    let mut found = Extensions::default();
    let mut seen: Vec<&[u8]> = Vec::new();
    while !row.is_empty() {
        let mut one = row.inside(SEQUENCE)?;
        let (oid, is_critical) = (one.oid()?, one.boolean_or_false()?);
        let value = one.body(OCTET_STRING)?;
        one.end()?;
        if seen.contains(&oid) || seen.len() == EXTENSIONS_MAX {
            return None;
        }
        seen.push(oid);
        match oid.strip_prefix(&[0x55, 0x1d]) {
            Some([14]) => found.key_id = Some(der::only(value, OCTET_STRING)?.body),
            Some([15]) => found.key_usage = Some(key_usage(der::only(value, BIT_STRING)?)?),
            // Other names of the subject and certificate policies narrow nothing for a reader that asks for none.
            Some([17 | 32]) => {}
            Some([19]) => (found.is_authority, found.path_len_max) = basic_constraints(value)?,
            Some([30]) => found.unknown = true,
            Some([37]) => found.purposes = Some(purposes(value, is_critical)?),
            _ => found.unknown |= is_critical,
        }
    }
    Some(found)
}

/// The first two bytes of a named bit list.
fn key_usage(element: Element<'_>) -> Option<(u8, u8)> {
    let (&unused, bits) = element.body.split_first()?;
    let last = bits.last().copied().unwrap_or_default();
    let is_sound = unused < 8 && bits.len() <= 2 && u32::from(last).trailing_zeros() >= u32::from(unused);
    is_sound.then(|| (bits.first().copied().unwrap_or_default(), bits.get(1).copied().unwrap_or_default()))
}

fn basic_constraints(value: &[u8]) -> Option<(bool, Option<u32>)> {
    let mut inside = Reader::new(der::only(value, SEQUENCE)?.body);
    let is_authority = inside.boolean_or_false()?;
    let path_len_max = if inside.has(INTEGER) { Some(inside.small()?) } else { None };
    inside.end().map(|()| (is_authority, path_len_max))
}

fn purposes(value: &[u8], is_critical: bool) -> Option<Purposes> {
    let mut row = Reader::new(der::only(value, SEQUENCE)?.body);
    let mut found = Purposes { is_critical, count: 0, time_stamping: false, any: false };
    while !row.is_empty() {
        let oid = if row.has(OID) { row.oid()? } else { return None };
        found.count += 1;
        found.time_stamping |= oid == TIME_STAMPING;
        found.any |= oid == ANY_PURPOSE;
        if found.count > KEY_PURPOSES_MAX {
            return None;
        }
    }
    Some(found)
}

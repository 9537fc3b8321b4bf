//! A time-stamp authority whose keys are known: certificates and tokens, byte by byte (RFC 3161, 5652, 5280).
//!
//! Not here: what is done with them (`stamp_cases.rs`). Shares no code with the library, on purpose. Invariant: the same bytes on
//! every run, for P-256 signatures are made without chance (RFC 6979).

use crate::forge::sha;
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer as _};

const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA_1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const ECDSA_SHA_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
/// What an authority's certificate is for, and what a web server's is.
pub(crate) const STAMPING: u8 = 8;
pub(crate) const SERVER: u8 = 1;

/// An element: tag, length, content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let len = body.len();
    let head = match len {
        0..=127 => vec![tag, len as u8],
        128..=255 => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [head, body].concat()
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

fn oid(arcs: &[u8]) -> Vec<u8> {
    der(6, &[arcs])
}

fn name(text: &str) -> Vec<u8> {
    seq(&[&der(0x31, &[&seq(&[&oid(&[0x55, 4, 3]), &der(12, &[text.as_bytes()])])])])
}

fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key.sign(message);
    signature.as_bytes().to_vec()
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_slice(&sha(&[b"authority ", name.as_bytes()])).expect("the digest is a scalar")
}

/// One certificate and how to make it.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) subject: &'static str,
    pub(crate) issuer: &'static str,
    /// The last two digits of the years it is good from and to, January 1st.
    pub(crate) years: (u8, u8),
    /// The last arc of what it is for; nothing for one that signs others.
    pub(crate) purpose: Option<u8>,
}

impl Certificate {
    /// The root that the policy trusts.
    pub(crate) fn root() -> Certificate {
        Certificate { subject: "Example Root", issuer: "Example Root", years: (20, 40), purpose: None }
    }

    /// The authority under it.
    pub(crate) fn authority() -> Certificate {
        Certificate { subject: "Example Stamps", purpose: Some(STAMPING), ..Certificate::root() }
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        let algorithm = seq(&[&oid(ECDSA_SHA_256)]);
        let year = |year: u8| der(0x17, &[format!("{year:02}0101000000Z").as_bytes()]);
        let point = key(self.subject).verifying_key().to_encoded_point(false);
        let public = seq(&[&seq(&[&oid(EC_KEY), &oid(P_256)]), &der(3, &[&[0], point.as_bytes()])]);
        let extension = |arc: u8, value: &[u8]| seq(&[&oid(&[0x55, 0x1d, arc]), &[1, 1, 0xff], &der(4, &[value])]);
        let extensions = match self.purpose {
            None => [extension(19, &seq(&[&[1, 1, 0xff]])), extension(15, &[3, 2, 2, 4])].concat(),
            Some(arc) => {
                let purpose = seq(&[&oid(&[0x2b, 6, 1, 5, 5, 7, 3, arc])]);
                [extension(15, &[3, 2, 7, 0x80]), extension(37, &purpose)].concat()
            }
        };
        let body = seq(&[
            &der(0xa0, &[&[2, 1, 2]]),
            &[2, 1, 1 + self.years.1],
            &algorithm,
            &name(self.issuer),
            &seq(&[&year(self.years.0), &year(self.years.1)]),
            &name(self.subject),
            &public,
            &der(0xa3, &[&seq(&[&extensions])]),
        ]);
        seq(&[&body, &algorithm, &der(3, &[&[0], &sign(&key(self.issuer), &body)])])
    }
}

/// One token and how to make it.
pub(crate) struct Token {
    /// What is stamped.
    pub(crate) over: Vec<u8>,
    /// `YYYYMMDDhhmmssZ`.
    pub(crate) time: &'static str,
    pub(crate) signer: Certificate,
    /// The certificate that the signed attributes name.
    pub(crate) named: Certificate,
    /// Who signs, by the subject of the certificate.
    pub(crate) key: &'static str,
    pub(crate) old_digest: bool,
}

impl Token {
    /// A good one, of a second more or less.
    pub(crate) fn over(text: &str, time: &'static str) -> Token {
        let signer = Certificate::authority();
        let (named, key) = (signer.clone(), signer.subject);
        Token { over: text.as_bytes().to_vec(), time, signer, named, key, old_digest: false }
    }

    pub(crate) fn by(self, signer: Certificate) -> Token {
        Token { named: signer.clone(), key: signer.subject, signer, ..self }
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        let digest = seq(&[&oid(SHA_256)]);
        let info = seq(&[
            &[2, 1, 1],
            &oid(&[0x2a, 3, 4, 5]),
            &seq(&[&digest, &der(4, &[&sha(&[&self.over])])]),
            &[2, 1, 7],
            &der(0x18, &[self.time.as_bytes()]),
            &seq(&[&[2, 1, 1]]),
        ]);
        let attribute = |arcs: &[u8], value: &[u8]| seq(&[&oid(arcs), &der(0x31, &[value])]);
        let certificate = self.signer.print();
        let named = seq(&[&seq(&[&seq(&[&der(4, &[&sha(&[&self.named.print()])])])])]);
        let attributes = [
            attribute(CONTENT_TYPE, &oid(TST_INFO)),
            attribute(MESSAGE_DIGEST, &der(4, &[&sha(&[&info])])),
            attribute(SIGNING_CERTIFICATE, &named),
        ]
        .concat();
        let signature = sign(&key(self.key), &der(0x31, &[&attributes]));
        let signer = seq(&[
            &[2, 1, 1],
            &seq(&[&name(self.signer.issuer), &[2, 1, 1 + self.signer.years.1]]),
            &seq(&[&oid(if self.old_digest { SHA_1 } else { SHA_256 })]),
            &der(0xa0, &[&attributes]),
            &seq(&[&oid(ECDSA_SHA_256)]),
            &der(4, &[&signature]),
        ]);
        let content = seq(&[&oid(TST_INFO), &der(0xa0, &[&der(4, &[&info])])]);
        let signed =
            seq(&[&[2, 1, 3], &der(0x31, &[&digest]), &content, &der(0xa0, &[&certificate]), &der(0x31, &[&signer])]);
        seq(&[&oid(SIGNED_DATA), &der(0xa0, &[&signed])])
    }
}

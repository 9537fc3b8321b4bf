//! Hashes and signatures that tokens and certificates may use, and their one check.
//!
//! SHA-256, SHA-384 and SHA-512; RSA with PKCS #1 v1.5 from 2,048 to 4,096 bits; ECDSA on P-256 and P-384. SHA-1 only names a
//! certificate (RFC 3161), it signs nothing. Not here: which key is whose (`certificate.rs`, `chain.rs`).
//! Invariants: public keys only; the algorithm named beside a signature and the hash it stands with must agree.

use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::der::{self, NULL, Reader, SEQUENCE};

/// RSA keys, bits of the modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0, 0x22];

/// The algorithms this reader has not: named by a token that may be sound all the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported;

/// An AlgorithmIdentifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Algorithm<'a> {
    oid: &'a [u8],
    /// The parameters with tag and length; empty where they are left out.
    parameters: &'a [u8],
}

impl<'a> Algorithm<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Algorithm<'a>> {
        let mut inside = reader.inside(SEQUENCE)?;
        let oid = inside.oid()?;
        let parameters = if inside.is_empty() { &[] } else { inside.element()?.whole };
        inside.end().map(|()| Algorithm { oid, parameters })
    }

    fn has_null_or_nothing(&self) -> bool {
        self.parameters.is_empty() || self.parameters == [NULL, 0]
    }

    /// The hash that this names.
    pub(super) fn hash(&self) -> Result<Hash, Unsupported> {
        let arc = self.oid.strip_prefix(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2]).filter(|_| self.has_null_or_nothing());
        match arc {
            Some([1]) => Ok(Hash::Sha256),
            Some([2]) => Ok(Hash::Sha384),
            Some([3]) => Ok(Hash::Sha512),
            _ => Err(Unsupported),
        }
    }

    /// The kind of signature and the hash under it; `beside` is the hash that a SignerInfo names apart from it.
    pub(super) fn scheme(&self, beside: Option<Hash>) -> Result<Scheme, Unsupported> {
        let scheme = match (self.oid, beside) {
            ([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b], _) => Scheme::Rsa(Hash::Sha256),
            ([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c], _) => Scheme::Rsa(Hash::Sha384),
            ([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d], _) => Scheme::Rsa(Hash::Sha512),
            (RSA_ENCRYPTION, Some(hash)) => Scheme::Rsa(hash),
            ([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], _) => Scheme::Ecdsa(Hash::Sha256),
            ([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], _) => Scheme::Ecdsa(Hash::Sha384),
            ([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], _) => Scheme::Ecdsa(Hash::Sha512),
            _ => return Err(Unsupported),
        };
        let (parameters_fit, hash) = match scheme {
            Scheme::Rsa(hash) => (self.has_null_or_nothing(), hash),
            Scheme::Ecdsa(hash) => (self.parameters.is_empty(), hash),
        };
        let agree = parameters_fit && beside.is_none_or(|beside| beside == hash);
        if agree { Ok(scheme) } else { Err(Unsupported) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let message = parts.concat();
        match self {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha384 => Sha384::digest(message).to_vec(),
            Hash::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    fn padding(self) -> Pkcs1v15Sign {
        match self {
            Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Rsa(Hash),
    Ecdsa(Hash),
}

/// A SubjectPublicKeyInfo: what it says, not yet whether this reader can use it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicKey<'a> {
    algorithm: Algorithm<'a>,
    bits: &'a [u8],
}

enum Usable {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
}

impl<'a> PublicKey<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<PublicKey<'a>> {
        let mut inside = reader.inside(SEQUENCE)?;
        let algorithm = Algorithm::read(&mut inside)?;
        let bits = inside.whole_bits()?;
        inside.end().map(|()| PublicKey { algorithm, bits })
    }

    /// Whether `signature` is one of the parts, one after the other, by this key.
    pub(super) fn signed(&self, scheme: Scheme, parts: &[&[u8]], signature: &[u8]) -> Result<bool, Unsupported> {
        use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
        Ok(match (self.usable().ok_or(Unsupported)?, scheme) {
            (Usable::Rsa(key), Scheme::Rsa(hash)) => key.verify(hash.padding(), &hash.of(parts), signature).is_ok(),
            (Usable::P256(key), Scheme::Ecdsa(hash)) => scalars::<p256::FieldBytes>(signature)
                .and_then(|(r, s)| p256::ecdsa::Signature::from_scalars(r, s).ok())
                .is_some_and(|signature| key.verify_prehash(&hash.of(parts), &signature).is_ok()),
            (Usable::P384(key), Scheme::Ecdsa(hash)) => scalars::<p384::FieldBytes>(signature)
                .and_then(|(r, s)| p384::ecdsa::Signature::from_scalars(r, s).ok())
                .is_some_and(|signature| key.verify_prehash(&hash.of(parts), &signature).is_ok()),
            _ => false,
        })
    }

    fn usable(&self) -> Option<Usable> {
        if self.algorithm.oid == RSA_ENCRYPTION && self.algorithm.parameters == [NULL, 0] {
            return self.rsa().map(Usable::Rsa);
        }
        let curve = der::only(self.algorithm.parameters, der::OID).filter(|_| self.algorithm.oid == EC_PUBLIC_KEY)?;
        match (curve.body, self.bits.first(), self.bits.len()) {
            (P256, Some(4), 65) => p256::ecdsa::VerifyingKey::from_sec1_bytes(self.bits).ok().map(Usable::P256),
            (P384, Some(4), 97) => p384::ecdsa::VerifyingKey::from_sec1_bytes(self.bits).ok().map(Usable::P384),
            _ => None,
        }
    }

    fn rsa(&self) -> Option<RsaPublicKey> {
        let mut numbers = Reader::new(der::only(self.bits, SEQUENCE)?.body);
        let (modulus, exponent) = (der::unsigned(numbers.integer()?)?, der::unsigned(numbers.integer()?)?);
        numbers.end()?;
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let modulus_bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
        let fits = RSA_BITS.contains(&modulus_bits) && exponent.len() <= 4 && exponent != [1];
        if !fits || !is_odd(modulus) || !is_odd(exponent) {
            return None;
        }
        RsaPublicKey::new(BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent)).ok()
    }
}

/// The two numbers of an ECDSA signature, at the width of the curve's order.
fn scalars<T: Default + AsMut<[u8]>>(signature: &[u8]) -> Option<(T, T)> {
    let mut numbers = Reader::new(der::only(signature, SEQUENCE)?.body);
    let mut scalar = || {
        let magnitude = der::unsigned(numbers.integer()?).filter(|magnitude| !magnitude.is_empty())?;
        let mut wide = T::default();
        let start = wide.as_mut().len().checked_sub(magnitude.len())?;
        wide.as_mut()[start..].copy_from_slice(magnitude);
        Some(wide)
    };
    let pair = (scalar()?, scalar()?);
    numbers.end().map(|()| pair)
}

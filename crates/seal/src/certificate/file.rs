//! A certificate file: the certificate's text, the salt of its commitment, and the log's proof once there is one.
//!
//! Not here: whether any of it is true (`judge.rs`). Source: `spec/certificate.md` section 4, `spec/log.md` section 2.
//! Invariants: `print(parse(x)) = x` of the text form; both forms of one file are read as the same value, and the commitment is always
//! that of the text.

use sha2::{Digest as _, Sha256};

use super::{Certificate, Fault, FaultKind, json};
use crate::note::{b64, unb64_32};
use crate::tlog::{Entry, EntryKind, Proof};

/// The longest text of a certificate, bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 16;
/// The longest certificate file in either form, bytes.
pub const FILE_BYTES_MAX: usize = 1 << 18;

/// A certificate with its salt and, once the log has it, the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// What it says.
    pub certificate: Certificate,
    /// 32 bytes of chance, fresh for each event.
    pub salt: [u8; 32],
    /// That the log has it.
    pub proof: Option<Proof>,
}

/// The commitment to an event: of a certificate, to its text.
#[must_use]
pub fn salted(salt: &[u8; 32], stored: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update("counterpart/event/v1\n").chain_update(salt).chain_update(stored).finalize().into()
}

/// Whether a file that begins so is meant as a certificate; its first 4 KiB are enough.
#[must_use]
pub fn is_certificate(head: &[u8]) -> bool {
    let in_json = || head.trim_ascii_start().starts_with(b"{") && contains(head, b"\"counterpart.certificate/");
    head.starts_with(b"counterpart/certificate/") || in_json()
}

/// The faults that come before those of salt and proof: all but a subject that is not that of the lines.
pub(super) fn before_the_rest(certificate: &Result<Certificate, Fault>) -> Result<(), Fault> {
    match certificate {
        Err(fault) if fault.kind != FaultKind::Subject => Err(fault.clone()),
        _ => Ok(()),
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

impl CertificateFile {
    /// Reads a file in either form.
    ///
    /// # Errors
    /// [`FaultKind::Version`], [`FaultKind::Malformed`] or [`FaultKind::Subject`].
    pub fn parse(bytes: &[u8]) -> Result<CertificateFile, Fault> {
        let malformed = |what: &str| Fault::new(FaultKind::Malformed, what);
        if bytes.len() > FILE_BYTES_MAX {
            return Err(malformed("the file is longer than 256 KiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not text in UTF-8"))?;
        if text.trim_ascii_start().starts_with('{') {
            return json::parse(text);
        }
        let (certificate, rest) = text.split_at(text.find("\n\n").map_or(text.len(), |at| at + 1));
        let certificate = Certificate::parse(certificate);
        let is_malformed = certificate.as_ref().is_err_and(|fault| fault.kind == FaultKind::Malformed);
        if is_malformed && text.contains("\r\n") {
            return Err(malformed("its lines end as those of Windows do, with a carriage return"));
        }
        before_the_rest(&certificate)?;
        let rest = rest.strip_prefix("\nsalt ").ok_or_else(|| malformed("the line of the salt is missing"))?;
        let (salt, proof) = rest.split_once('\n').ok_or_else(|| malformed("the line of the salt is cut"))?;
        CertificateFile::of_parts(certificate, salt, Some(proof).filter(|proof| !proof.is_empty()))
    }

    /// Its parts; the certificate is one that was read, or that names another subject.
    pub(super) fn of_parts(
        certificate: Result<Certificate, Fault>,
        salt: &str,
        proof: Option<&str>,
    ) -> Result<CertificateFile, Fault> {
        let malformed = |what: &str| Fault::new(FaultKind::Malformed, what);
        let salt = unb64_32(salt).ok_or_else(|| malformed("the salt is not base64 of 32 bytes"))?;
        let proof = match proof {
            None => None,
            Some(text) => {
                Some(Proof::parse(text.as_bytes()).ok_or_else(|| malformed("the log's proof does not read"))?)
            }
        };
        Ok(CertificateFile { certificate: certificate?, salt, proof })
    }

    /// The file as text.
    ///
    /// # Errors
    /// As [`Certificate::text`].
    pub fn text(&self) -> Result<String, Fault> {
        let proof = self.proof.as_ref().map(Proof::print).unwrap_or_default();
        Ok(format!("{}\nsalt {}\n{proof}", self.certificate.text()?, b64(&self.salt)))
    }

    /// The file as JSON, one line.
    ///
    /// # Errors
    /// As [`Certificate::text`].
    pub fn json(&self) -> Result<String, Fault> {
        json::print(self)
    }

    /// What the log is given.
    ///
    /// # Errors
    /// As [`Certificate::text`].
    pub fn entry(&self) -> Result<Entry, Fault> {
        let commitment = salted(&self.salt, self.certificate.text()?.as_bytes());
        Ok(Entry { kind: EntryKind::Event, commitment })
    }
}

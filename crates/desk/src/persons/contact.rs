//! Where mail reaches a person, as it is kept: a hash by which it is found again, and itself, sealed. And the seal of mail that waits.
//!
//! Not which addresses are some (`casework::access`). Invariants: without the office key neither says anything, nor can an address be tried against the hash; a seal is bound to
//! what it is for and whose it is, so that none can be put in another's place.

use casework::PersonId;
use casework::access::MailAddress;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::access::sealing::derived;
use crate::error::{Error, Result};
use crate::office::{Office, fresh};

const FOUND_BY: &[u8] = b"counterpart/person-contact/v1\n";

/// What a seal is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum For<'a> {
    /// The address of an account.
    Account(PersonId),
    /// A mail that waits, by its id.
    Mail(&'a str),
}

impl For<'_> {
    fn label(self) -> &'static [u8] {
        match self {
            For::Account(_) => b"counterpart/person-contact-seal/v1\n",
            For::Mail(_) => b"counterpart/mail-seal/v1\n",
        }
    }

    fn bound_to(self) -> Aad<Vec<u8>> {
        let whose = match self {
            For::Account(person) => person.to_string(),
            For::Mail(id) => id.to_owned(),
        };
        Aad::from([self.label(), whose.as_bytes()].concat())
    }
}

fn found_by(mail: &MailAddress) -> Vec<u8> {
    [FOUND_BY, mail.spelling().as_bytes()].concat()
}

/// By what an address is found again.
pub(crate) fn name_of(office: &Office, mail: &MailAddress) -> Vec<u8> {
    office.tag(&found_by(mail))
}

fn key(secret: &[u8], what: For<'_>) -> LessSafeKey {
    let key = derived(secret, what.label());
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).expect("32 bytes are a key of AES-256"))
}

/// Seals words under the office key.
pub(crate) fn seal(office: &Office, what: For<'_>, words: &str) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = fresh()?;
    let mut sealed = words.as_bytes().to_vec();
    let secret = Zeroizing::new(office.tag(what.label()));
    key(&secret, what)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), what.bound_to(), &mut sealed)
        .map_err(|_| Error::of("an address cannot be sealed").hint("report this"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Opens them; nothing where they were sealed for something else, or under another office key.
pub(crate) fn open(office: &Office, what: For<'_>, sealed: &[u8]) -> Option<Zeroizing<String>> {
    opened(&Zeroizing::new(office.tag(what.label())), what, sealed)
}

/// Opens an account's address that was sealed under the office key before this one.
pub(crate) fn open_before(office: &Office, person: PersonId, sealed: &[u8]) -> Option<MailAddress> {
    let what = For::Account(person);
    let secret = Zeroizing::new(office.tag_before(what.label())?);
    MailAddress::read(&opened(&secret, what, sealed)?)
}

/// Where an account's mail goes.
pub(crate) fn address(office: &Office, person: PersonId, sealed: &[u8]) -> Option<MailAddress> {
    MailAddress::read(&open(office, For::Account(person), sealed)?)
}

fn opened(secret: &[u8], what: For<'_>, sealed: &[u8]) -> Option<Zeroizing<String>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let words =
        key(secret, what).open_in_place(Nonce::assume_unique_for_key(*nonce), what.bound_to(), &mut bytes).ok()?;
    Some(Zeroizing::new(str::from_utf8(words).ok()?.to_owned()))
}

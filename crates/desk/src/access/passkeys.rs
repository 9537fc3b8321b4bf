//! Passkeys and security keys: challenges that go through the browser and come back, and what is made of the answers.
//!
//! Not where keys are kept (`db/access.rs`). Invariants: a challenge comes back under the office's tag, for what it was asked for and in its time, so that no
//! process keeps any; the person is verified by the key itself (PIN or finger); every challenge has one shape, since the key says whose it is.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::CHALLENGE_MICROS;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::error::{Error, Result};
use crate::office::Office;

/// The most bytes of an answer, and of a challenge on its way back.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What challenges are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum For<'a> {
    /// To sign in.
    SigningIn,
    /// To set an account up by this link.
    Link(&'a [u8; 32]),
    /// To add a key to this account.
    Adding(&'a str),
}

impl For<'_> {
    fn bytes(self) -> Vec<u8> {
        match self {
            For::SigningIn => b"signing-in".to_vec(),
            For::Link(name) => [&b"link/"[..], name].concat(),
            For::Adding(account) => [&b"adding/"[..], account.as_bytes()].concat(),
        }
    }
}

/// A challenge: what the browser's script is told, and what the form brings back.
pub(crate) struct Challenge {
    pub(crate) options: String,
    pub(crate) state: String,
}

/// The state of a challenge, as it goes through the browser: the key's side of it is public.
#[derive(Serialize, Deserialize)]
struct Carried<S> {
    until_us: i64,
    handle: Uuid,
    state: S,
}

/// A key that was just made.
pub(crate) struct Made {
    pub(crate) handle: Uuid,
    /// Its id, in base64.
    pub(crate) id: String,
    pub(crate) passkey: Passkey,
    pub(crate) answered: Answered,
}

/// A challenge that was answered, to be noted so that it is not answered again.
pub(crate) struct Answered {
    pub(crate) challenge: [u8; 32],
    pub(crate) until_us: i64,
}

/// An answer of a key, before it is held against what is known of that key.
pub(crate) struct Shown {
    answer: PublicKeyCredential,
    state: DiscoverableAuthentication,
    /// What the key calls its account.
    pub(crate) handle: Uuid,
    /// Its id, in base64.
    pub(crate) id: String,
    pub(crate) answered: Answered,
}

/// Asks keys, and judges their answers.
pub(crate) struct Passkeys {
    webauthn: Webauthn,
}

fn failed(what: &'static str) -> impl Fn(webauthn_rs::prelude::WebauthnError) -> Error {
    move |err| Error::of(format_args!("{what}: {err}")).hint("report this")
}

impl Passkeys {
    /// For keys that are bound to the host of this origin.
    pub(crate) fn new(origin: &Url) -> Result<Passkeys> {
        let wrong = |what: String| Error::of(what).hint("name an origin such as https://desk.example.org");
        let host =
            origin.domain().ok_or_else(|| wrong(format!("{origin}: keys are bound to a name, not an address")))?;
        let builder = WebauthnBuilder::new(host, origin).map_err(|err| wrong(format!("{origin}: {err}")))?;
        let minutes = Duration::from_micros(CHALLENGE_MICROS.unsigned_abs());
        let webauthn = builder.rp_name("Counterpart").timeout(minutes).build();
        Ok(Passkeys { webauthn: webauthn.map_err(|err| wrong(format!("{origin}: {err}")))? })
    }

    /// A challenge to sign in: the same for everybody.
    pub(crate) fn ask(&self, office: &Office, now_us: i64) -> Result<Challenge> {
        let started = self.webauthn.start_discoverable_authentication();
        let (options, state) = started.map_err(failed("no challenge can be made"))?;
        let carried = Carried { until_us: now_us.saturating_add(CHALLENGE_MICROS), handle: Uuid::nil(), state };
        Ok(Challenge { options: json(&options.public_key)?, state: close(office, For::SigningIn, &carried)? })
    }

    /// What a form brought back of it; nothing where it is not an answer to a challenge of ours that still holds.
    pub(crate) fn shown(&self, office: &Office, state: &str, answer: &str, now_us: i64) -> Option<Shown> {
        let (carried, answered) = open::<DiscoverableAuthentication>(office, For::SigningIn, state, now_us)?;
        let answer: PublicKeyCredential = parse(answer)?;
        let (handle, id) = self.webauthn.identify_discoverable_authentication(&answer).ok()?;
        let id = BASE64.encode(id);
        Some(Shown { handle, id, state: carried.state, answer, answered })
    }

    /// Whether that key answered; then the key as it is from now on, its counter among it.
    pub(crate) fn is_theirs(&self, shown: &Shown, passkey: &Passkey) -> Option<Passkey> {
        let state: DiscoverableAuthentication = parse(&json(&shown.state).ok()?)?;
        let known = DiscoverableKey::from(passkey);
        let result = self.webauthn.finish_discoverable_authentication_v2(&shown.answer, state, &known).ok()?;
        let mut passkey = passkey.clone();
        passkey.update_credential(&result)?;
        result.user_verified().then_some(passkey)
    }

    /// A challenge to make a key.
    pub(crate) fn ask_new(
        &self,
        office: &Office,
        of: For<'_>,
        (handle, account): (Uuid, &str),
        others: &[Passkey],
        now_us: i64,
    ) -> Result<Challenge> {
        let others = others.iter().map(|other| other.cred_id().clone()).collect();
        let started = self.webauthn.start_passkey_registration(handle, account, account, Some(others));
        let (options, state) = started.map_err(failed("no challenge can be made"))?;
        let mut options = serde_json::to_value(&options.public_key).map_err(unprintable)?;
        // The key says whose it is, so that a challenge to sign in names nobody.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        let carried = Carried { until_us: now_us.saturating_add(CHALLENGE_MICROS), handle, state };
        Ok(Challenge { options: options.to_string(), state: close(office, of, &carried)? })
    }

    /// The key that was made of it; nothing where it was not.
    pub(crate) fn made(&self, office: &Office, of: For<'_>, state: &str, answer: &str, now_us: i64) -> Option<Made> {
        let (carried, answered) = open::<PasskeyRegistration>(office, of, state, now_us)?;
        let answer: RegisterPublicKeyCredential = parse(answer)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &carried.state).ok()?;
        let id = BASE64.encode(passkey.cred_id());
        Some(Made { handle: carried.handle, id, passkey, answered })
    }
}

fn unprintable(err: serde_json::Error) -> Error {
    Error::of(err).hint("report this")
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(unprintable)
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok().filter(|_| text.len() <= ANSWER_BYTES_MAX)
}

/// What the tag of a challenge is over.
fn tagged(of: For<'_>, text: &str) -> Vec<u8> {
    let of = of.bytes();
    [&b"counterpart/access-challenge/v1\n"[..], &(of.len() as u64).to_be_bytes(), &of, text.as_bytes()].concat()
}

fn close<S: Serialize>(office: &Office, of: For<'_>, carried: &Carried<S>) -> Result<String> {
    let text = BASE64.encode(json(carried)?);
    Ok(format!("{}.{text}", BASE64.encode(office.tag(&tagged(of, &text)))))
}

fn open<S: DeserializeOwned>(
    office: &Office,
    of: For<'_>,
    closed: &str,
    now_us: i64,
) -> Option<(Carried<S>, Answered)> {
    let (tag, text) = closed.split_once('.').filter(|_| closed.len() <= ANSWER_BYTES_MAX)?;
    if !office.is_tag(&tagged(of, text), &BASE64.decode(tag).ok()?) {
        return None;
    }
    let carried: Carried<S> = serde_json::from_slice(&BASE64.decode(text).ok()?).ok()?;
    let answered = Answered { challenge: Sha256::digest(text).into(), until_us: carried.until_us };
    (now_us < carried.until_us).then_some((carried, answered))
}

//! A passkey without hardware: makes keys and answers challenges as a browser with one would (WebAuthn level 2, P-256, no attestation).
//!
//! Not a judge of answers. Invariants: every answer is over the challenge that it was given; what a test wants wrong, it makes
//! wrong by name.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Present, verified.
const SHOWN: u8 = 0x05;
/// A key is attached.
const ATTACHED: u8 = 0x40;

/// One key, once it was made.
#[derive(Clone)]
pub struct Authenticator {
    secret: SigningKey,
    id: Vec<u8>,
    handle: Vec<u8>,
    counter: u32,
    origin: String,
    /// Whether it counts its answers. Passkeys that several machines share do not.
    pub counts: bool,
    /// What it says of the person: present, and verified by PIN or finger.
    pub shown: u8,
}

fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

impl Authenticator {
    /// One without a key, in a browser that shows a page of this origin.
    pub fn new(origin: &str) -> Authenticator {
        let secret = SigningKey::from_slice(&chance::<32>()).unwrap();
        let (id, origin) = (chance::<32>().to_vec(), origin.to_owned());
        Authenticator { secret, id, handle: Vec::new(), counter: 0, origin, counts: false, shown: SHOWN }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn data(&mut self, host: &str, attached: &[u8]) -> Vec<u8> {
        self.counter += u32::from(self.counts);
        let flags = if attached.is_empty() { self.shown } else { self.shown | ATTACHED };
        [&Sha256::digest(host)[..], &[flags], &self.counter.to_be_bytes(), attached].concat()
    }

    /// Makes the key that a page asks for.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        self.handle = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let point = self.secret.verifying_key().to_encoded_point(false);
        let cose = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            point.x().unwrap(),
            &[0x22, 0x58, 0x20],
            point.y().unwrap(),
        ];
        let len = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let attached = [&[0; 16][..], &len, &self.id, &cose.concat()].concat();
        let data = self.data(options["rp"]["id"].as_str().unwrap(), &attached);
        let len = u16::try_from(data.len()).unwrap().to_be_bytes();
        let start: &[u8] = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59";
        let attestation = [start, &len, &data].concat();
        let client = self.client_data("webauthn.create", options["challenge"].as_str().unwrap());
        let response =
            json!({"clientDataJSON": BASE64.encode(client), "attestationObject": BASE64.encode(attestation)});
        self.answer(&response)
    }

    /// Answers a challenge.
    pub fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["allowCredentials"].as_array().map_or(0, Vec::len), 0, "a challenge names nobody");
        let data = self.data(options["rpId"].as_str().unwrap(), &[]);
        let client = self.client_data("webauthn.get", options["challenge"].as_str().unwrap());
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = self.secret.sign(&signed);
        let response = json!({
            "clientDataJSON": BASE64.encode(client),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": BASE64.encode(&self.handle),
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}

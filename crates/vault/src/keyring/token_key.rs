//! An office key that stays inside a PKCS#11 token: the token wraps and unwraps by AES-256-GCM, and never gives the key out.
//!
//! Not here: asking for the PIN, nor the module and the login (`token_module.rs`). Invariants: a key that the token would give out is refused; exactly one token
//! and one key of the labels is used; calls, which block, are made on threads for that.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::SecretString;
use async_trait::async_trait;
use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use ring::aead::NONCE_LEN;
use zeroize::Zeroizing;

use super::error::OfficeKeyError;
use super::office_key::{OfficeKey, Wrapped, chance, is_name};
use super::token_module::{InUse, session, words};
use crate::cipher::ObjectKey;

const KEY_LEN_BYTES: u64 = 32;
const TAG_LEN_BITS: u64 = 128;

/// Where a token is, and which of its keys is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The maker's PKCS#11 module, a shared library. It is loaded into this process: only from where others cannot write.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The key's label.
    pub key: String,
}

/// An office key in a token, with its session.
pub struct TokenKey {
    name: String,
    open: Arc<Mutex<Open>>,
}

struct Open {
    session: Session,
    /// As long as the session is.
    _in_use: InUse,
    key: ObjectHandle,
}

impl TokenKey {
    /// Makes a fresh key inside the token, that cannot leave it, and opens it.
    ///
    /// # Errors
    /// [`OfficeKeyError::NoKey`] with those found when the token has a key of this label, and those of [`TokenKey::open`].
    pub async fn generate(token: Token, pin: SecretString) -> Result<TokenKey, OfficeKeyError> {
        blocking(move || {
            let (session, in_use) = session(&token, &pin)?;
            let found = find(&session, &token)?.len();
            if found > 0 || !is_name(&token.key) {
                let (token, key) = (token.token, token.key);
                return Err(if found > 0 {
                    OfficeKeyError::NoKey { token, key, found }
                } else {
                    OfficeKeyError::BadName
                });
            }
            session.generate_key(&Mechanism::AesKeyGen, &template(&token)?).map_err(|error| failed(&error))?;
            TokenKey::of(session, in_use, &token)
        })
        .await
    }

    /// Opens the token with its PIN, and finds the key.
    ///
    /// # Errors
    /// One for each of: no module, no such token, a token that does not answer, wrong or locked PIN, no such key, a key that can be taken out. What another
    /// program that has the token may be the reason of is tried again, for half a minute at most.
    pub async fn open(token: Token, pin: SecretString) -> Result<TokenKey, OfficeKeyError> {
        blocking(move || {
            let (session, in_use) = session(&token, &pin)?;
            TokenKey::of(session, in_use, &token)
        })
        .await
    }

    fn of(session: Session, in_use: InUse, token: &Token) -> Result<TokenKey, OfficeKeyError> {
        let found = find(&session, token)?;
        let [key] = found[..] else {
            let found = found.len();
            return Err(OfficeKeyError::NoKey { token: token.token.clone(), key: token.key.clone(), found });
        };
        let asked = [AttributeType::Extractable, AttributeType::Sensitive, AttributeType::Id];
        let mut id = String::new();
        let (mut stays, mut hides) = (false, false);
        for attribute in session.get_attributes(key, &asked).map_err(|error| failed(&error))? {
            match attribute {
                Attribute::Extractable(is_extractable) => stays = !is_extractable,
                Attribute::Sensitive(is_sensitive) => hides = is_sensitive,
                Attribute::Id(bytes) => id = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
                _ => {}
            }
        }
        if !(stays && hides) {
            return Err(OfficeKeyError::Extractable { token: token.token.clone(), key: token.key.clone() });
        }
        let name = format!("token key \"{}\" {id} in \"{}\"", token.key, token.token);
        Ok(TokenKey { name, open: Arc::new(Mutex::new(Open { session, _in_use: in_use, key })) })
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Open) -> Result<T, OfficeKeyError> + Send + 'static,
    ) -> Result<T, OfficeKeyError> {
        let open = Arc::clone(&self.open);
        // A thread that ended within a call has changed nothing here.
        blocking(move || work(&open.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OfficeKeyError> + Send + 'static,
) -> Result<T, OfficeKeyError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OfficeKeyError::Failed(format!("asking the token: {error}")))?
}

fn ulong(value: u64) -> Ulong {
    Ulong::try_from(usize::try_from(value).expect("a small number")).expect("a small number")
}

/// What the key that is meant looks like.
fn wanted(token: &Token) -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen(ulong(KEY_LEN_BYTES)),
        Attribute::Label(token.key.clone().into_bytes()),
    ]
}

fn find(session: &Session, token: &Token) -> Result<Vec<ObjectHandle>, OfficeKeyError> {
    session.find_objects(&wanted(token)).map_err(|error| failed(&error))
}

/// A key that stays in the token, also when the token is copied by its own means, and does nothing but encrypt and decrypt.
fn template(token: &Token) -> Result<Vec<Attribute>, OfficeKeyError> {
    let mut template = wanted(token);
    let id: [u8; 8] = chance()?;
    template.extend([
        Attribute::Id(id.to_vec()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
        Attribute::Sign(false),
        Attribute::Verify(false),
    ]);
    Ok(template)
}

fn failed(error: &Error) -> OfficeKeyError {
    OfficeKeyError::Failed(words(error))
}

#[async_trait]
impl OfficeKey for TokenKey {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn office(&self) -> Option<&str> {
        None
    }

    async fn wrap(&self, key: &ObjectKey, aad: &[u8]) -> Result<Wrapped, OfficeKeyError> {
        let (key, aad) = (Zeroizing::new(*key.bytes()), aad.to_vec());
        self.with(move |open| {
            let nonce: [u8; NONCE_LEN] = chance()?;
            // A module may write its own choice into the nonce it is given: what is there afterwards is stored.
            let mut used = nonce;
            let params = GcmParams::new(&mut used, &aad, ulong(TAG_LEN_BITS)).map_err(|error| failed(&error))?;
            let sealed = open.session.encrypt(&Mechanism::AesGcm(params), open.key, &*key);
            let sealed = sealed.map_err(|error| failed(&error))?;
            let is_odd = || OfficeKeyError::Failed("the token made a wrapping of another length".to_owned());
            Wrapped::new(&used, &sealed).ok_or_else(is_odd)
        })
        .await
    }

    async fn unwrap(&self, wrapped: &Wrapped, aad: &[u8]) -> Result<ObjectKey, OfficeKeyError> {
        let (wrapped, aad) = (wrapped.clone(), aad.to_vec());
        self.with(move |open| {
            let mut nonce: [u8; NONCE_LEN] = wrapped.nonce().try_into().expect("twelve bytes");
            let params = GcmParams::new(&mut nonce, &aad, ulong(TAG_LEN_BITS)).map_err(|error| failed(&error))?;
            let opened = open.session.decrypt(&Mechanism::AesGcm(params), open.key, wrapped.sealed());
            let opened = Zeroizing::new(opened.map_err(|error| not_opened(&error))?);
            let key = Zeroizing::new(<[u8; 32]>::try_from(&opened[..]).map_err(|_| OfficeKeyError::DoesNotOpen)?);
            Ok(ObjectKey::new(*key))
        })
        .await
    }
}

/// Tokens differ in what they call a tag that does not fit; SoftHSM calls it a general error.
fn not_opened(error: &Error) -> OfficeKeyError {
    match error {
        Error::Pkcs11(
            RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange | RvError::GeneralError,
            Function::Decrypt,
        ) => OfficeKeyError::DoesNotOpen,
        other => failed(other),
    }
}

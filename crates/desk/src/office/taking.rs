//! Taking something into custody: checked, encrypted into every store, read back, and its event.
//!
//! Not flags and words (`vault/intake.rs`), nor what is checked in a recording (`seal`). Invariants: what does not verify is refused with its verdict and kept
//! nowhere; "kept" is said when ciphertext was read back from every store and the event with its commitment is durable; a crash before that leaves a
//! key without an event, which the next opening forgets with whatever it encrypted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use casework::custody::{Body, Command, Commitment, FactDay, Medium, Phase, Thing, Verdict, Words};
use casework::{Digest, Moment, ThingId};
use rules::{Jurisdiction, Kind};
use seal::{Check, Outcome};
use vault::Plain;
use vault::cipher::{Label, ObjectKey};
use vault::private;
use vault::regular::NotAFile;

use super::{Actor, Carried, FilePlain, Office, fresh, keyring_failed, reading};
use crate::error::{Error, Result};
use crate::vault::commitment;
use crate::{codes, out, text};

/// Something that is to come into custody.
pub(crate) struct Arrival {
    pub(crate) kind: Kind,
    pub(crate) jurisdiction: Jurisdiction,
    pub(crate) facts: Vec<FactDay>,
    pub(crate) words: Words,
    pub(crate) what: Arriving,
}

/// What it is, before anybody has looked at it.
pub(crate) enum Arriving {
    /// A file. `unverified`: also a sealed recording that does not verify, as another kind of thing.
    File { path: PathBuf, unverified: bool },
    /// What is held in the hand, and the recording that it is a copy of.
    Item { medium: Medium, recording: Option<Digest> },
}

impl Arrival {
    fn receive(&self, body: Body) -> Command {
        Command::Receive {
            kind: self.kind.clone(),
            jurisdiction: self.jurisdiction,
            facts: self.facts.clone(),
            body,
            words: self.words.clone(),
        }
    }
}

impl Office {
    /// Takes something into custody under an id that nothing has yet; the thing that it is from now on.
    pub(crate) async fn take_in(
        &self,
        actor: &Actor,
        id: ThingId,
        moment: &Moment,
        arrival: &Arrival,
    ) -> Result<Thing> {
        let key_bytes = zeroize::Zeroizing::new(fresh::<32>()?);
        let key = ObjectKey::new(*key_bytes);
        let _taking = self.taking()?;
        // Whoever may not take anything in is told so before anything is read or written.
        let probe = match &arrival.what {
            Arriving::Item { medium, .. } => {
                Body::Physical { medium: *medium, label: Digest([0; 32]), recording: None }
            }
            Arriving::File { .. } => unread(),
        };
        self.may(actor, id, moment, &arrival.receive(probe)).await?;
        let kind = arrival.kind.to_string();
        let body = match &arrival.what {
            Arriving::File { path, unverified } => {
                let checked = check(path, &arrival.kind, *unverified).await?;
                self.keyring.add(&id.0, &kind, &key).await.map_err(|err| keyring_failed(&err))?;
                stored(self, checked, id, &arrival.kind, &key).await?
            }
            Arriving::Item { medium, recording } => {
                self.keyring.add(&id.0, &kind, &key).await.map_err(|err| keyring_failed(&err))?;
                item(self, (*medium, *recording), id, &key, &arrival.words).await?
            }
        };
        let (digest, len) = match &body {
            Body::Electronic { object, sealed_len_bytes, .. } => (object.0, *sealed_len_bytes),
            Body::Physical { .. } => ([0; 32], 0),
        };
        let recorded = match self.act_with((Some(actor), None), id, moment, &[arrival.receive(body)], Some(key)).await {
            Ok(recorded) => recorded,
            Err(error) => {
                // The event may be there all the same, and what failed came after it: then it is kept. Only what has none is removed; where
                // that cannot be told, the next opening sees to it.
                if matches!(self.walked(id).await, Ok(thing) if thing.phase() == Phase::Absent) {
                    if len > 0 {
                        let _ = self.vault.remove(&vault::store::Digest::new(digest)).await;
                    }
                    let _ = self.keyring.forget_pending(&id.0).await;
                }
                return Err(error);
            }
        };
        self.keyring.keep(&id.0, &digest, len).await.map_err(|err| keyring_failed(&err))?;
        Ok(recorded.thing)
    }
}

/// What is held in the hand, and is found again by what the keyring carries of it.
async fn item(
    office: &Office,
    (medium, recording): (Medium, Option<Digest>),
    id: ThingId,
    key: &ObjectKey,
    words: &Words,
) -> Result<Body> {
    let salt = private::content_salt(key, &id.0);
    let label = commitment::salted_words(words.label.as_deref().unwrap_or_default(), &salt);
    let body = Body::Physical { medium, label: Digest(label), recording };
    if let Some(carried) = Carried::of(&body, words) {
        office.carry(id, key, &carried).await?;
    }
    Ok(body)
}

/// What stands for a file before it is read.
fn unread() -> Body {
    let zeros = Digest([0; 32]);
    Body::Electronic {
        object: zeros,
        sealed_len_bytes: 1,
        plain_len_bytes: 1,
        commitment: Commitment::Salted(zeros),
        verdict: Verdict::Unchanged,
    }
}

/// A file that may be kept: what does not verify is refused before anything is written. Under whatever kind, a sealed recording is checked as one:
/// a kind named by mistake must not be a way round the check.
async fn check(path: &Path, kind: &Kind, unverified: bool) -> Result<Arc<FilePlain>> {
    let file = vault::regular::open(path).map_err(|err| match NotAFile::of(&err) {
        Some(_) => Error::of(format_args!("{}: not a file", path.display())).hint("name a file, once it is whole"),
        None => Error::io(path, &err),
    })?;
    let plain = Arc::new(FilePlain::new(file).map_err(|err| Error::io(path, &err))?);
    let is_sealed = !is_recording(kind) && seal::bears_seal(&mut &*plain);
    if !is_recording(kind) && (unverified || !is_sealed) {
        return Ok(plain);
    }
    let to_check = Arc::clone(&plain);
    let verdict = tokio::task::spawn_blocking(move || {
        seal::verify(&mut &*to_check, Check { deep: true, trust: None }, &mut |_, _| {})
    });
    let verdict = verdict.await.map_err(|err| Error::of(err).hint("try again"))?;
    match of_outcome(verdict.outcome()) {
        Some(_) if is_sealed => {
            out::notice(&format!(
                "note: {} is a sealed recording, and is kept as {kind}",
                text::visible(&path.display().to_string())
            ));
            Ok(plain)
        }
        Some(_) => Ok(plain),
        None => {
            let why = verdict.reason().map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
            let name = verdict.outcome().name();
            Err(Error::of(format_args!("{}: the check says {name}{why}, so it is not taken in", path.display()))
                .hint(if is_sealed {
                    "it is a sealed recording: name its kind and ask for the other copy; to keep it as something else all the same: --unverified"
                } else {
                    "\"counterpart verify\" says where; ask for the other copy"
                })
                .with_code(codes::REFUSED))
        }
    }
}

/// The root that a recording's final checkpoint signs (`spec/seal.md`, section 3.2).
pub(crate) fn root_of(checkpoint: &str) -> Option<Digest> {
    let root = BASE64_STANDARD.decode(checkpoint.lines().nth(2)?).ok()?;
    root.try_into().ok().map(Digest)
}

/// The verdict as events have it; `None` for what is not taken in.
pub(crate) fn of_outcome(outcome: Outcome) -> Option<Verdict> {
    outcome.name().parse().ok().filter(|verdict| !matches!(verdict, Verdict::NotIntact | Verdict::CannotSay))
}

/// Encrypts it into the stores, and looks at what lies there: the file may have changed since it was checked.
async fn stored(office: &Office, plain: Arc<FilePlain>, id: ThingId, kind: &Kind, key: &ObjectKey) -> Result<Body> {
    let plain: Arc<dyn Plain> = plain;
    let kind_word = kind.to_string();
    let taken = office.vault.take(&plain, Label { kind: &kind_word, id: &id.0 }, key, &fresh()?).await;
    let held = match taken {
        Ok(held) => held,
        Err(error) => {
            // Nothing was promised; what was written opens for nobody once the key is forgotten.
            let _ = office.keyring.forget_pending(&id.0).await;
            return Err(Error::of(format_args!("nothing is kept: {error}")).hint("see to it, and take it in again"));
        }
    };
    let looked = match office.vault.open(&held, key).await {
        Ok(object) => {
            let salt = private::content_salt(key, &id.0);
            tokio::task::block_in_place(|| reading::inside(&object, is_recording(kind), &salt))
        }
        Err(error) => Err(Error::of(error).hint("see to the store, and take it in again")),
    };
    let inside = match looked {
        Ok(inside) => inside,
        Err(error) => {
            let _ = office.vault.remove(&held.digest).await;
            let _ = office.keyring.forget_pending(&id.0).await;
            return Err(Error::of(format_args!("nothing is kept: {}", error.what()))
                .hint("the file changed while it was taken in, or the store is unwell: take it in again")
                .with_code(error.code()));
        }
    };
    Ok(Body::Electronic {
        object: Digest(*held.digest.bytes()),
        sealed_len_bytes: held.sealed_len_bytes,
        plain_len_bytes: inside.plain_len_bytes,
        commitment: inside.commitment,
        verdict: inside.verdict,
    })
}

/// Whether things of this kind are sealed recordings.
pub(crate) fn is_recording(kind: &Kind) -> bool {
    kind.to_string().ends_with("-recording")
}

//! What is kept, given out: opened, and found by range, for somebody whose access is on the record.
//!
//! Not decrypting (`vault`), nor where it goes (`vault/reading.rs`, `http/things`).
//! Invariant: nothing here is given out; whoever does that has written down first who asked for it, and why.

use std::ops::Range;

use casework::custody::{Body, Command, Commitment, Verdict};
use casework::{Digest, ThingId};
use rules::Kind;
use seal::Check;
use tokio::runtime::Handle;
use vault::cipher::ObjectKey;
use vault::{Held, Object, private};

use super::taking::{is_recording, of_outcome, root_of};
use super::{Actor, KeptPlain, Office, held, keyring_failed};
use crate::codes;
use crate::error::{Error, Result};
use crate::vault::commitment;

/// How much is fetched and given out at a time.
pub(crate) const PIECE_BYTES: u64 = 4 << 20;

/// What is to be given out: bytes before, and a range of the thing.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) before: Vec<u8>,
    pub(crate) range: Range<u64>,
    pub(crate) stretch: Stretch,
}

/// The stretch of it as it was named, for the record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stretch {
    pub(crate) range_ms: Option<(u64, u64)>,
    pub(crate) range_bytes: Option<(u64, u64)>,
}

/// What a thing turns out to be.
pub(crate) struct Inside {
    pub(crate) plain_len_bytes: u64,
    pub(crate) commitment: Commitment,
    pub(crate) verdict: Verdict,
}

/// Whether what is kept so is a recording.
pub(crate) fn is_sound(held: &Held) -> bool {
    held.kind.parse::<Kind>().is_ok_and(|kind| is_recording(&kind))
}

/// The sound of a recording between two times: a FLAC that plays by itself. To be called where a thread may wait.
pub(crate) fn sound_between(object: &Object, from_ms: u64, until_ms: u64) -> Result<Piece> {
    let mut kept = KeptPlain::new(object, Handle::current());
    let found = seal::stretch(&mut kept, from_ms, until_ms)
        .map_err(|err| Error::of(err).hint("read it whole, and verify it"))?;
    let found = found.ok_or_else(|| {
        Error::of("there is no sound between these times").hint("give a later end, or an earlier beginning")
    })?;
    let stretch = Stretch { range_ms: Some((found.from_ms, found.until_ms)), ..Stretch::default() };
    Ok(Piece { before: found.head, range: found.frames, stretch })
}

impl Office {
    /// The key of a thing, while it has one.
    pub(crate) async fn key_of(&self, id: ThingId) -> Result<ObjectKey> {
        self.keyring.key(&id.0).await.map_err(|err| keyring_failed(&err).with_code(codes::REFUSED))
    }

    /// Opens a thing's object.
    pub(crate) async fn open_kept(&self, id: ThingId) -> Result<(Held, Object)> {
        let thing = self.thing(id).await?;
        let held = held(&thing).ok_or_else(|| {
            Error::of(format_args!("{id}: there is nothing to read"))
                .hint("\"vault show\" says what it is and where it stands")
                .with_code(codes::REFUSED)
        })?;
        let key = self.key_of(id).await?;
        // It opens as it was encrypted: whoever described it since may have called it something else.
        let entry = self.keyring.entry(&id.0).await.map_err(|err| keyring_failed(&err))?;
        let object =
            self.vault.open(&Held { kind: entry.kind, ..held.clone() }, &key).await.map_err(|err| {
                Error::of(err).hint("look over the stores with \"vault scrub\"; nothing was given out")
            })?;
        Ok((held, object))
    }

    /// Opens a thing whole and says what it is: for a check, and for one whose events were lost.
    pub(crate) async fn look_inside(&self, id: ThingId, kind: &Kind) -> Result<Inside> {
        let entry = self.keyring.entry(&id.0).await.map_err(|err| keyring_failed(&err))?;
        let key = self.key_of(id).await?;
        let none = || Error::of(format_args!("{id}: there is nothing to read")).hint("\"vault show\" says what it is");
        let (digest, sealed_len_bytes) = entry.object().ok_or_else(none)?;
        let held =
            Held { id: id.0, kind: entry.kind.clone(), digest: vault::store::Digest::new(digest), sealed_len_bytes };
        let object = self
            .vault
            .open(&held, &key)
            .await
            .map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\""))?;
        let salt = private::content_salt(&key, &id.0);
        tokio::task::block_in_place(|| inside(&object, is_recording(kind), &salt))
    }

    /// Checks a thing again: reads it whole, opens it, holds it against what was received, and notes what was found.
    pub(crate) async fn verify_again(&self, actor: &Actor, id: ThingId, shown: Option<u64>) -> Result<Verdict> {
        let moment = Office::local_moment();
        self.may(actor, id, &moment, &Command::Verify { verdict: Verdict::CannotSay }).await?;
        let thing = self.thing(id).await?;
        let (Some(kind), Some(Body::Electronic { commitment, .. })) = (thing.kind(), thing.body()) else {
            return Err(Error::of("a disc or tape is verified with \"counterpart verify\"")
                .hint("put it in, and name its file"));
        };
        let verdict = match self.look_inside(id, kind).await {
            Ok(inside) if inside.commitment == *commitment => inside.verdict,
            Ok(_) => Verdict::NotIntact,
            Err(error) if error.code() == codes::REFUSED => Verdict::NotIntact,
            Err(error) => return Err(error),
        };
        self.act_as_shown(actor, id, &moment, Command::Verify { verdict }, shown).await?;
        Ok(verdict)
    }
}

/// The same of one that is open.
pub(crate) fn inside(object: &Object, is_sound: bool, salt: &[u8; 32]) -> Result<Inside> {
    let mut kept = KeptPlain::new(object, Handle::current());
    let plain_len_bytes = object.len_bytes();
    if !is_sound {
        let digest = commitment::salted_reading(&mut kept, salt)
            .map_err(|err| Error::of(err).hint("look over the stores with \"vault scrub\""))?;
        return Ok(Inside {
            plain_len_bytes,
            commitment: Commitment::Salted(Digest(digest)),
            verdict: Verdict::Unchanged,
        });
    }
    let verdict = seal::verify(&mut kept, Check { deep: true, trust: None }, &mut |_, _| {});
    let name = verdict.outcome().name();
    let not_good =
        || Error::of(format_args!("the check says {name}")).hint("nothing was changed").with_code(codes::REFUSED);
    let found = of_outcome(verdict.outcome()).ok_or_else(not_good)?;
    let evidence = verdict.verified().ok_or_else(not_good)?.evidence();
    let root = root_of(&evidence.checkpoint).ok_or_else(not_good)?;
    let id = Digest(*evidence.id.as_bytes());
    Ok(Inside { plain_len_bytes, commitment: Commitment::Recording { id, root }, verdict: found })
}

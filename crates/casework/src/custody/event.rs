//! What happened to a thing: the record, of which everything else is made.
//!
//! Not here: whether it may happen (`decide.rs`), what follows (`thing.rs`). Invariants: the clear part holds no title, label, place, reason
//! or name but accounts of staff; an event says which thing it is of and its number there, so that none can be moved, and which rules applied.

use serde::{Deserialize, Serialize};

use super::word::{Authority, Basis, FactDay, How, Medium, Method, Purpose, RequestKind, Verdict, Way};
use super::words::{Private, Words};
use crate::cited::Cited;
use crate::hex::{Digest, HoldId, Signature, ThingId};
use crate::moment::Clock;
use crate::name::{Account, Name};
use crate::stored::{self, Malformed, maybe_text, text};

/// One event of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which thing.
    pub thing: ThingId,
    /// Its number among the thing's events, from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Who says that it was then.
    pub clocks: Vec<Clock>,
    /// By how much it lies before an earlier event, where that is more than clocks are set now and then.
    pub behind_micros: Option<i64>,
    /// Who did it; `None` is the program by itself.
    pub by: Option<Account>,
    /// What.
    pub what: What,
    /// Words about people, titles and places.
    pub private: Private,
}

/// The clear part, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clear {
    thing: ThingId,
    number: u64,
    at: i64,
    clocks: Vec<Clock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Account>,
    what: What,
    private: bool,
}

/// The private part, as it is encrypted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    thing: ThingId,
    number: u64,
    words: Words,
}

impl Event {
    /// The clear bytes to be stored and committed to, and the private ones to be encrypted under the thing's key.
    #[must_use]
    pub fn split(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let clear = Clear {
            thing: self.thing,
            number: self.number,
            at: self.at_micros,
            clocks: self.clocks.clone(),
            behind: self.behind_micros,
            by: self.by.clone(),
            what: self.what.clone(),
            private: self.private != Private::None,
        };
        let closed = |words: &Words| Closed { thing: self.thing, number: self.number, words: words.clone() };
        let private = match &self.private {
            Private::Words(words) => Some(stored::print(&closed(words))),
            Private::None | Private::Closed => None,
        };
        (stored::print(&clear), private)
    }

    /// The event that was stored. Without its private bytes it is the same event, closed.
    ///
    /// # Errors
    /// The bytes are damaged, of a later version, or do not belong together.
    pub fn join(clear: &[u8], private: Option<&[u8]>) -> Result<Self, Malformed> {
        let Clear { thing, number, at, clocks, behind, by, what, private: has_private } = stored::parse(clear)?;
        let private = match private {
            None if has_private => Private::Closed,
            None => Private::None,
            Some(_) if !has_private => return Err(Malformed::Private),
            Some(bytes) => {
                let closed: Closed = stored::parse(bytes)?;
                let is_ours = closed.thing == thing && closed.number == number && !closed.words.is_empty();
                if is_ours { Private::Words(Box::new(closed.words)) } else { return Err(Malformed::Private) }
            }
        };
        Ok(Self { thing, number, at_micros: at, clocks, behind_micros: behind, by, what, private })
    }
}

/// What is kept: an object in the stores, or a physical item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Body {
    /// Ciphertext in the stores.
    Electronic {
        /// The digest of the whole ciphertext, which names the object.
        object: Digest,
        /// Its length.
        sealed_len_bytes: u64,
        /// The length of what is encrypted in it.
        plain_len_bytes: u64,
        /// What commits to what is encrypted in it.
        commitment: Commitment,
        /// What the check before it was taken in found.
        verdict: Verdict,
    },
    /// A disc or a tape. What is written on it and where it lies is private.
    Physical {
        /// What it is.
        medium: Medium,
        /// A digest of its label with a salt that is kept beside the label and destroyed with it.
        label: Digest,
        /// The id of the recording that it is a copy of, if it is one.
        recording: Option<Digest>,
    },
}

/// What commits to a thing's content without telling it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Commitment {
    /// Of a sealed recording: its id and the root of its tree.
    Recording {
        /// The recording's id.
        id: Digest,
        /// The root that its final checkpoint signs.
        root: Digest,
    },
    /// Of anything else: a digest with a salt that is kept beside the content and destroyed with it, so that nobody can try guesses.
    Salted(Digest),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    // --- it comes in ---
    /// It was received, and checked before.
    Received {
        /// What kind of thing, which says the rule.
        #[serde(with = "text")]
        kind: rules::Kind,
        /// Where it belongs.
        #[serde(with = "text")]
        jurisdiction: rules::Jurisdiction,
        /// Its days, from which rules count.
        facts: Vec<FactDay>,
        /// What is kept.
        body: Body,
    },
    /// The keyring knew it and no event did: its events were lost. What it is must be said again.
    Recovered {
        /// The digest that names the object.
        object: Digest,
        /// Its length.
        sealed_len_bytes: u64,
    },
    /// The keyring knew a disc or tape and no event did. Title, label and place are private; what is on it must be said again.
    ItemRecovered {
        /// What it is.
        medium: Medium,
        /// A digest of its label with a salt that goes with the key.
        label: Digest,
        /// The id of the recording that it is a copy of, if it is one.
        recording: Option<Digest>,
    },
    /// What a recovered thing is.
    Described {
        /// What kind of thing.
        #[serde(with = "text")]
        kind: rules::Kind,
        /// Where it belongs.
        #[serde(with = "text")]
        jurisdiction: rules::Jurisdiction,
        /// Its days.
        facts: Vec<FactDay>,
        /// The length of what is encrypted.
        plain_len_bytes: u64,
        /// What commits to it.
        commitment: Commitment,
        /// What a check found.
        verdict: Verdict,
    },
    /// What a recovered disc or tape holds.
    ItemDescribed {
        /// What kind of thing.
        #[serde(with = "text")]
        kind: rules::Kind,
        /// Where it belongs.
        #[serde(with = "text")]
        jurisdiction: rules::Jurisdiction,
        /// Its days.
        facts: Vec<FactDay>,
    },
    /// Somebody said that it is of another kind than it was called.
    KindNamed {
        /// The right one.
        #[serde(with = "text")]
        kind: rules::Kind,
        /// The digest of exactly what was said.
        subject: Digest,
        /// The newest event of the staff then.
        staff_event: u64,
    },
    /// Enough people said so, and it is.
    KindCorrected {
        /// The right one.
        #[serde(with = "text")]
        kind: rules::Kind,
        /// What commits to it as a thing of that kind; nothing for a disc or tape.
        commitment: Option<Commitment>,
        /// What a check found.
        verdict: Option<Verdict>,
        /// Who said so.
        approved_by: Vec<Account>,
        /// The rules.
        cited: Vec<Cited>,
    },
    /// A day in its life that was not known before.
    FactLearned(FactDay),
    /// Somebody said that a day in its life is another one than was given.
    FactNamed {
        /// The right one.
        right: FactDay,
        /// The digest of exactly what was said.
        subject: Digest,
        /// The newest event of the staff then.
        staff_event: u64,
    },
    /// Enough people said so, and it is.
    FactCorrected {
        /// The right one.
        right: FactDay,
        /// The day that was given before.
        #[serde(with = "text")]
        was: rules::Date,
        /// Who said so.
        approved_by: Vec<Account>,
        /// The rules.
        cited: Vec<Cited>,
    },

    // --- it is kept and used ---
    /// It was checked again.
    Verified(Verdict),
    /// It was looked at or listened to.
    Accessed {
        /// Which of them.
        how: How,
        /// For what, from the declared list.
        purpose: Purpose,
        /// The stretch, from and until, in milliseconds, where it was named by time.
        range_ms: Option<(u64, u64)>,
        /// The stretch, from and until, in bytes, where it was named by bytes. Without either it is all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range_bytes: Option<(u64, u64)>,
    },
    /// The person it is about got a copy.
    Copied {
        /// In which way.
        way: Way,
        /// The digest of the receipt that was signed or sent.
        receipt: Option<Digest>,
    },
    /// A disc or tape was moved. The new place is private.
    Moved,
    /// Somebody asks that it be passed on, which is not normally done.
    TransferAsked {
        /// This transfer.
        transfer: HoldId,
        /// What in law lets it.
        basis: Basis,
        /// The digest of exactly what is asked for.
        subject: Digest,
    },
    /// Somebody else approves that.
    TransferApproved {
        /// Which transfer.
        transfer: HoldId,
        /// The digest of exactly what is approved.
        subject: Digest,
        /// The number of the newest event of the staff when it was given.
        staff_event: u64,
    },
    /// It was passed on.
    Transferred {
        /// Which transfer.
        transfer: HoldId,
        /// The approvals in force.
        approved_by: Vec<Account>,
        /// Which rules.
        cited: Vec<Cited>,
    },

    // --- it is held ---
    /// Somebody asked for it: a hold until the answer and some time after.
    Asked {
        /// The request's hold.
        hold: HoldId,
        /// What kind of request.
        kind: RequestKind,
        /// By when it is to be looked at again, if a rule says so.
        #[serde(default, with = "maybe_text")]
        review_by: Option<rules::Date>,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// The request was answered. Its hold stands on.
    Answered {
        /// Which request.
        hold: HoldId,
        /// The day of the answer.
        #[serde(with = "text")]
        on: rules::Date,
    },
    /// A request's hold ended by itself, some time after the answer.
    HoldLapsed {
        /// Which hold.
        hold: HoldId,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// It is held.
    Held {
        /// This hold.
        hold: HoldId,
        /// On whose authority.
        authority: Authority,
        /// By when it is to be looked at again, if a rule says so.
        #[serde(default, with = "maybe_text")]
        review_by: Option<rules::Date>,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// A hold was looked at again and stays.
    HoldReviewed {
        /// Which hold.
        hold: HoldId,
        /// By when again, if a rule says so.
        #[serde(default, with = "maybe_text")]
        review_by: Option<rules::Date>,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// Somebody proposes that a hold end.
    ReleaseProposed {
        /// Which hold.
        hold: HoldId,
        /// The digest of exactly what is proposed.
        subject: Digest,
    },
    /// Somebody approves that.
    ReleaseApproved {
        /// Which hold.
        hold: HoldId,
        /// The digest of exactly what is approved.
        subject: Digest,
        /// The number of the newest event of the staff when it was given.
        staff_event: u64,
    },
    /// A hold ended by approval.
    Released {
        /// Which hold.
        hold: HoldId,
        /// The approvals in force.
        approved_by: Vec<Account>,
        /// Which rules.
        cited: Vec<Cited>,
    },

    // --- it is destroyed ---
    /// Its term is over. Nothing follows from that by itself.
    DueNoted {
        /// The last day on which it is kept.
        #[serde(with = "text")]
        last_day: rules::Date,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// Somebody proposes that exactly this be destroyed.
    DestructionProposed {
        /// The canonical text of what is to be destroyed.
        text: String,
        /// Its digest, which approvals sign.
        subject: Digest,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// Somebody approves that.
    DestructionApproved {
        /// The digest of exactly what is approved.
        subject: Digest,
        /// A signature of that digest's 32 bytes by the approver's own key.
        signature: Signature,
        /// The number of the newest event of the staff when it was given.
        staff_event: u64,
    },
    /// Who approved does so no longer.
    ApprovalWithdrawn,
    /// All approvals of everything end, because something happened that nobody approved: a restore.
    ApprovalsVoided,
    /// Destruction began. From here it only goes forward.
    Destroying {
        /// The digest of exactly what is destroyed.
        subject: Digest,
        /// The approvals in force.
        approved_by: Vec<Account>,
        /// The earliest moment that it can be, which lies after the term.
        earliest_micros: i64,
        /// The latest.
        latest_micros: i64,
        /// The stores from which the object must go.
        stores: Vec<Name>,
        /// The places that must be swept: journals and caches.
        places: Vec<Name>,
        /// Which rules.
        cited: Vec<Cited>,
    },
    /// It goes back to being kept, its key not being erased.
    DestructionStopped {
        /// The hold that had come before it, as the keyring knows; `None` when the state was restored.
        hold: Option<HoldId>,
    },
    /// The key was erased in every copy of the keyring.
    KeyErased {
        /// How many copies there are.
        copies: u32,
    },
    /// The object went from a store, in every version.
    ObjectGone {
        /// Which store.
        store: Name,
        /// How many versions went.
        versions: u32,
    },
    /// Journals or caches were searched for it.
    Swept {
        /// Where.
        place: Name,
        /// How much was found and removed.
        removed: u32,
    },
    /// The disc or tape was destroyed. All of it stands in the certificate, so none of it is private.
    ItemDestroyed {
        /// How.
        method: Method,
        /// By whom, as somebody said.
        by: String,
        /// Where.
        place: String,
        /// By which standard, if one was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standard: Option<String>,
    },
    /// All of it is gone, and a certificate says so.
    Destroyed {
        /// The certificate's digest.
        certificate: Digest,
    },
    /// The certificate's commitment is in a log.
    CertificateLogged {
        /// Which log.
        log: Name,
        /// At which index.
        index: u64,
    },

    // --- it is looked after ---
    /// A store does not have the object.
    Missing {
        /// Which store.
        store: Name,
    },
    /// A store has it again.
    Found {
        /// Which store.
        store: Name,
    },
    /// What a store has is not the object.
    Rotten {
        /// Which store.
        store: Name,
    },
    /// It was put right from another store.
    Repaired {
        /// Which store.
        store: Name,
        /// From which.
        from: Name,
    },

    // --- after a restore ---
    /// The keyring knew a hold that no event did. It stands.
    HoldReplayed {
        /// Which hold.
        hold: HoldId,
    },
    /// The keyring knew that the key is erased, and no event did. What came back must go again.
    DestructionReplayed {
        /// When the key was erased.
        erased_at_micros: i64,
        /// What was destroyed, if the keyring knows.
        subject: Option<Digest>,
        /// The certificate's digest, if there is one.
        certificate: Option<Digest>,
        /// The stores from which the object must go.
        stores: Vec<Name>,
        /// The places that must be swept.
        places: Vec<Name>,
    },
}

//! What somebody wants done to a thing, and what that is called in the table of rights.
//!
//! Not here: whether it may be (`decide.rs`).
//! Invariant: chance comes in with the command: ids of holds and transfers, digests of what was made.

use super::event::{Body, Commitment};
use super::word::{Authority, Basis, FactDay, How, Medium, Method, Purpose, RequestKind, Verdict, Way};
use super::words::Words;
use crate::commands::commands;
use crate::hex::{Digest, HoldId, Signature};
use crate::name::Name;

commands! {
    /// Take a thing in that was checked.
    Receive {
        /// What kind of thing.
        kind: rules::Kind,
        /// Where it belongs.
        jurisdiction: rules::Jurisdiction,
        /// Its days.
        facts: Vec<FactDay>,
        /// What is kept.
        body: Body,
        /// Title; of a physical item its label and place too.
        words: Words,
    },
    /// Take note of a key without events.
    Recover {
        /// The digest that names the object.
        object: Digest,
        /// Its length.
        sealed_len_bytes: u64,
    },
    /// Take note of a disc or tape of which the keyring knows and no event does.
    RecoverItem {
        /// What it is.
        medium: Medium,
        /// The digest of its label.
        label: Digest,
        /// The id of the recording that it is a copy of, if it is one.
        recording: Option<Digest>,
        /// Title, label and place.
        words: Words,
    },
    /// Say what a recovered thing is.
    Describe {
        /// What kind of thing.
        kind: rules::Kind,
        /// Where it belongs.
        jurisdiction: rules::Jurisdiction,
        /// Its days.
        facts: Vec<FactDay>,
        /// The length of what is encrypted.
        plain_len_bytes: u64,
        /// What commits to it.
        commitment: Commitment,
        /// What a check found.
        verdict: Verdict,
        /// Title.
        words: Words,
    },
    /// Say what a recovered disc or tape holds.
    DescribeItem {
        /// What kind of thing.
        kind: rules::Kind,
        /// Where it belongs.
        jurisdiction: rules::Jurisdiction,
        /// Its days.
        facts: Vec<FactDay>,
        /// Title.
        words: Words,
    },
    /// Say that it is of another kind than it was called. It is when enough people have said so.
    CorrectKind {
        /// The right one.
        kind: rules::Kind,
        /// Of what is in the stores: what commits to it as a thing of that kind, and what a check found.
        checked: Option<(Commitment, Verdict)>,
        /// Why.
        words: Words,
    },
    /// Add a day that was not known.
    LearnFact {
        /// The fact and its day.
        fact: FactDay,
    },
    /// Say that a day in its life is another one than was given. It is when enough people have said so.
    CorrectFact {
        /// The right one.
        right: FactDay,
        /// Why.
        words: Words,
    },
    /// Note what a later check found.
    Verify {
        /// What it found.
        verdict: Verdict,
    },
    /// Look or listen.
    Access {
        /// Which of them.
        how: How,
        /// For what.
        purpose: Purpose,
        /// From and until, in milliseconds.
        range_ms: Option<(u64, u64)>,
        /// From and until, in bytes.
        range_bytes: Option<(u64, u64)>,
        /// The reference of what it is for.
        words: Words,
    },
    /// Give the person a copy.
    Copy {
        /// In which way.
        way: Way,
        /// The receipt's digest.
        receipt: Option<Digest>,
        /// Who received it.
        words: Words,
    },
    /// Move a disc or tape.
    Move {
        /// The new place.
        words: Words,
    },
    /// Ask that it be passed on.
    AskTransfer {
        /// This transfer: 16 bytes of chance.
        transfer: HoldId,
        /// What in law lets it.
        basis: Basis,
        /// To whom and why.
        words: Words,
    },
    /// Approve that.
    ApproveTransfer {
        /// Which transfer.
        transfer: HoldId,
        /// The digest of what is approved.
        subject: Digest,
    },
    /// Pass it on.
    Transfer {
        /// Which transfer.
        transfer: HoldId,
    },
    /// Note a request for it.
    Ask {
        /// The request's hold: 16 bytes of chance.
        hold: HoldId,
        /// What kind of request.
        kind: RequestKind,
        /// The request's reference.
        words: Words,
    },
    /// Note that it was answered.
    Answer {
        /// Which request.
        hold: HoldId,
    },
    /// Note that an answered request's hold is over.
    LapseHold {
        /// Which hold.
        hold: HoldId,
    },
    /// Hold it.
    Hold {
        /// This hold: 16 bytes of chance.
        hold: HoldId,
        /// On whose authority.
        authority: Authority,
        /// Why, and whose reference.
        words: Words,
    },
    /// Look at a hold again, and keep it.
    ReviewHold {
        /// Which hold.
        hold: HoldId,
        /// Why it stays.
        words: Words,
    },
    /// Propose that a hold end.
    ProposeRelease {
        /// Which hold.
        hold: HoldId,
        /// Why.
        words: Words,
    },
    /// Approve that. With the last approval it ends.
    ApproveRelease {
        /// Which hold.
        hold: HoldId,
        /// The digest of what is approved.
        subject: Digest,
    },
    /// Note that its term is over.
    NoteDue,
    /// Propose that it be destroyed.
    ProposeDestruction,
    /// Approve that.
    ApproveDestruction {
        /// The digest of what is approved.
        subject: Digest,
        /// A signature of that digest's 32 bytes by the approver's own key.
        signature: Signature,
    },
    /// Approve no longer.
    WithdrawApproval,
    /// End all approvals, because the state was restored.
    VoidApprovals,
    /// Begin to destroy.
    BeginDestruction {
        /// The stores from which the object must go.
        stores: Vec<Name>,
        /// The places that must be swept.
        places: Vec<Name>,
    },
    /// Note that the key is erased.
    EraseKey {
        /// In how many copies of the keyring.
        copies: u32,
    },
    /// Note that a store has it no more.
    RemoveObject {
        /// Which store.
        store: Name,
        /// How many versions went.
        versions: u32,
    },
    /// Note that a place was swept.
    Sweep {
        /// Which place.
        place: Name,
        /// How much was removed.
        removed: u32,
    },
    /// Note that the disc or tape was destroyed.
    DestroyItem {
        /// How.
        method: Method,
        /// By whom.
        by: String,
        /// Where.
        place: String,
        /// By which standard, if by one.
        standard: Option<String>,
    },
    /// Note the certificate, when everything is gone.
    Certify {
        /// Its digest.
        certificate: Digest,
    },
    /// Note that the certificate is in a log.
    LogCertificate {
        /// Which log.
        log: Name,
        /// At which index.
        index: u64,
    },
    /// Note that a store does not have it.
    NoteMissing {
        /// Which store.
        store: Name,
    },
    /// Note that a store has it again.
    NoteFound {
        /// Which store.
        store: Name,
    },
    /// Note that what a store has is not it.
    NoteRotten {
        /// Which store.
        store: Name,
    },
    /// Note that it was put right.
    NoteRepaired {
        /// Which store.
        store: Name,
        /// From which.
        from: Name,
    },
    /// Let a hold stand that the keyring knows and no event does.
    ReplayHold {
        /// Which hold.
        hold: HoldId,
    },
    /// Destroy again what the keyring knows to be destroyed.
    ReplayDestruction {
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

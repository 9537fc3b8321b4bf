//! The closed lists of words that stand in clear in events: kinds of requests, purposes, media, methods.
//!
//! Not here: free words, which are private (`words.rs`).
//! Invariant: each has one word; what is on no list cannot be said in clear.

use serde::{Deserialize, Serialize};

use crate::lists::lists;
use crate::stored::text;

lists! {
    /// What a check found, in the words of the verdict.
    Verdict, "a verdict" {
        /// All there, from the beginning to the end.
        Complete = "complete",
        /// It stopped before its end and says why; all that is there holds.
        Interrupted = "interrupted",
        /// An excerpt that holds.
        Excerpt = "excerpt",
        /// A redaction that holds.
        Redacted = "redacted",
        /// Not sealed by its nature (a letter): the same bytes as were received.
        Unchanged = "unchanged",
        /// Not as it was sealed or received.
        NotIntact = "not-intact",
        /// Nothing can be said.
        CannotSay = "cannot-say",
    }

    /// Looked at or listened to.
    How, "a way of access" {
        /// Read or seen.
        Looked = "looked",
        /// Heard.
        Listened = "listened",
    }

    /// Why somebody looks or listens. Deciding about entitlement or award is none of them.
    Purpose, "a purpose" {
        /// To answer a request for information or for a person's own data.
        Request = "request",
        /// To look into a complaint.
        Complaint = "complaint",
        /// For a review, an appeal or a tribunal.
        Appeal = "appeal",
        /// For a legal claim.
        Claim = "claim",
        /// To see that it is fit to be heard, or to make an excerpt or a redaction.
        Preparation = "preparation",
        /// To look at how a meeting was held.
        Quality = "quality",
        /// To look into a breach or an incident.
        Incident = "incident",
    }

    /// How a copy went to the person.
    Way, "a way" {
        /// Into the person's hands.
        Hand = "hand",
        /// By post.
        Post = "post",
        /// By download, with a code.
        Download = "download",
    }

    /// What a physical item is.
    Medium, "a medium" {
        /// A compact disc or DVD.
        Disc = "disc",
        /// A tape.
        Tape = "tape",
    }

    /// How a physical item was destroyed.
    Method, "a method" {
        /// Cut into small pieces.
        Shredded = "shredded",
        /// Ground to powder or dust.
        Ground = "ground",
        /// Burnt.
        Burnt = "burnt",
        /// Demagnetised and then cut.
        Demagnetised = "demagnetised",
    }

    /// A request for the thing. While it is open, and some time after, nothing is destroyed.
    RequestKind, "a kind of request" {
        /// For information (Freedom of Information Act).
        Information = "information-request",
        /// For a person's own data.
        Access = "access-request",
        /// A complaint.
        Complaint = "complaint",
        /// A review, an appeal, a tribunal.
        Appeal = "appeal",
        /// A claim in a court.
        Claim = "legal-claim",
    }

    /// On whose authority a thing is held.
    Authority, "an authority" {
        /// A court or tribunal orders it.
        Court = "court",
        /// A regulator asks for it.
        Regulator = "regulator",
        /// The police ask for it.
        Police = "police",
        /// An inquiry or audit.
        Inquiry = "inquiry",
        /// The office itself decides so.
        Office = "office",
    }

    /// What in law lets a thing be passed on.
    Basis, "a basis" {
        /// The person it is about agrees.
        Consent = "consent",
        /// A court or tribunal orders it.
        Order = "order",
        /// A statute asks for it.
        Statute = "statute",
        /// To prevent or look into crime.
        Crime = "crime",
        /// To save a life.
        Vital = "vital-interest",
    }
}

/// A fact and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactDay {
    /// The fact.
    #[serde(with = "text")]
    pub fact: rules::Fact,
    /// Its day.
    #[serde(with = "text")]
    pub day: rules::Date,
}

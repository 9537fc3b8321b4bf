//! The closed lists of words about seeing a case: for what, as what, what of it, and of what nature words about people are.
//!
//! Not here: who sees what (`table.rs`). Invariants: each has one word; to decide about entitlement or award is no purpose, so that
//! nobody can look for that (S4-18); there is no word for "anything" or "other".

use crate::lists::lists;

lists! {
    /// For what somebody looks at a case.
    Purpose, "a purpose" {
        /// To see one's own: the person's alone.
        OwnCase = "own-case",
        /// To find room, time, staff and letters for it (S1-16, S2-14 to S2-16, S2-24, S2-29 to S2-32).
        Arrange = "arrange",
        /// To decide a request to record, or look at a refusal as the second person (S1-15, S4-07).
        DecideRequest = "decide-request",
        /// To hold the meeting (S2-22, S4-13).
        HoldMeeting = "hold-meeting",
        /// To make, check, hand over and keep the copies (S4-08 to S4-11).
        HandOver = "hand-over",
        /// To say whether recording is a reasonable adjustment (S2-17 to S2-20).
        Advise = "advise",
        /// To look into what the person is unhappy about (S2-26 to S2-28).
        Resolve = "resolve",
        /// To say what became of it, and put that right.
        Account = "account",
        /// To answer a complaint or a review (S1-26, S1-27).
        Complaint = "complaint",
        /// To answer a request for information or for one's own data (S1-01, S1-11).
        RightsRequest = "rights-request",
        /// To keep and to destroy what is kept (S4-14 to S4-16).
        Records = "records",
        /// To look at how meetings are held.
        Quality = "quality",
        /// To look into a breach or an incident (S1-23, S2-13).
        Incident = "incident",
        /// To look at what was done, without a word of anybody's.
        Audit = "audit",
        /// To look at whether an emergency was one.
        Review = "review",
        /// Somebody would come to harm: after the glass was broken, and as long as it stays so.
        Emergency = "emergency",
    }

    /// As what somebody sees a case.
    Audience, "as what somebody sees a case" {
        /// The person whose case it is.
        Person = "person",
        /// The interviewer who holds the meeting.
        Holder = "holder",
        /// An interviewer who held it, before it was moved or somebody else took it.
        Former = "former",
        /// A team leader.
        Leader = "leader",
        /// An adviser, once an adviser was asked in this case.
        Adviser = "adviser",
        /// An information rights officer.
        Rights = "rights",
        /// A records officer.
        Records = "records",
        /// A privacy officer.
        Privacy = "privacy",
        /// A privacy officer while somebody else's broken glass waits for review.
        Reviewer = "reviewer",
        /// An auditor.
        Auditor = "auditor",
        /// Whoever broke the glass, while it is broken.
        Emergency = "emergency",
    }

    /// Of what nature words are: why one sees them and another does not.
    Nature, "a nature of words" {
        /// Who the person is.
        Identity = "identity",
        /// How to reach them.
        Contact = "contact",
        /// What the person said or asked for, and where that is known from.
        Said = "said",
        /// What they are unhappy about.
        Grievance = "grievance",
        /// What they need, and what was advised about it: it may tell of their health.
        Need = "need",
        /// The name of somebody else who was in the room.
        Attendee = "attendee",
        /// Anything else about others, or what they said.
        Third = "third",
        /// Why one of the staff is uneasy: theirs, and the management's.
        Unease = "unease",
        /// Why the office did what it did.
        Office = "office",
        /// Why the glass was broken, and what the review found.
        Glass = "glass",
        /// A salt, which opens a commitment and tells nobody anything.
        Secret = "secret",
        /// Words where no command puts any.
        Stray = "stray",
    }
}

//! Why something is not done: what is wrong, and what to do.
//!
//! Not here: bytes that are no event (`stored.rs`). Invariants: one line each, without personal data; what is wrong and what to do are two halves of
//! it, so that a terminal can show the second as a hint; a rule that stands behind it is named.

use std::fmt;

use crate::cited::Cited;
use crate::custody::{Deed, Phase, Verdict};
use crate::hex::{HoldId, PersonId, ThingId};
use crate::name::{Account, Name};
use crate::role::Role;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    // --- the record itself: whoever keeps it restores it ---
    /// An event is not the next one.
    OutOfOrder {
        /// The number the next one has.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// An event could not be decided where it stands.
    Undecided {
        /// Why.
        what: &'static str,
    },
    /// An event speaks of a person's account that is not there, or makes one that is.
    NoPerson {
        /// Which.
        person: PersonId,
    },
    /// An event is of another thing.
    OtherThing {
        /// This one.
        expected: ThingId,
        /// That of the event.
        found: ThingId,
    },

    // --- people: the actor asks somebody else ---
    /// There is no such account.
    NoAccount {
        /// Which.
        account: Account,
    },
    /// The first two persons are not confirmed yet.
    NotFounded,
    /// There is such an account already, or was.
    AccountExists {
        /// Which.
        account: Account,
    },
    /// It is not an Ed25519 key that can verify anything.
    BadKey,
    /// Another account has that key.
    KeyInUse,
    /// Only a person can do that.
    NeedsPerson,
    /// Only the program does that.
    ProgramOnly {
        /// What.
        deed: Deed,
    },
    /// The account was left.
    HasLeft {
        /// Which.
        account: Account,
    },
    /// It is so already.
    AlreadySo,
    /// The account does not count.
    NotConfirmed {
        /// Which.
        account: Account,
    },
    /// It needs another person than whoever began it.
    SamePerson,
    /// Fewer than two people would be left, who could be joined by nobody.
    TooFewPeople,
    /// The account has no role that may.
    NotYours {
        /// Whose.
        account: Account,
        /// Roles that may.
        roles: Vec<Role>,
    },

    // --- the thing: the actor looks at where it stands ---
    /// Not in this part of its life.
    WrongPhase {
        /// What.
        deed: Deed,
        /// Where it stands.
        phase: Phase,
    },
    /// Its destruction began and only goes forward.
    DestructionBegan {
        /// When, in microseconds since 1970.
        at_micros: i64,
    },
    /// The check found that it is not as it should be, so it is not taken in.
    DoesNotVerify {
        /// What it found.
        verdict: Verdict,
    },
    /// No rule knows that kind of thing.
    UnknownKind {
        /// The word.
        kind: rules::Kind,
        /// A kind that is spelt like it.
        nearest: Option<rules::Kind>,
    },
    /// Words are missing.
    NoWords {
        /// Which.
        what: &'static str,
    },
    /// What was said cannot stand on a certificate.
    NotWords {
        /// It.
        said: String,
    },
    /// One fact was given two days.
    FactTwice {
        /// Which.
        fact: rules::Fact,
    },
    /// That day is not over or not there yet.
    FactAhead {
        /// Its fact.
        fact: rules::Fact,
        /// The day.
        day: rules::Date,
    },
    /// That day is known already.
    FactKnown {
        /// Its fact.
        fact: rules::Fact,
    },
    /// That day was never given, so that it cannot be wrong.
    FactUnknown {
        /// Its fact.
        fact: rules::Fact,
    },
    /// That day lies before the first rule of how long such a thing is kept.
    BeforeRules {
        /// The rule.
        rule: rules::RuleName,
        /// The day.
        day: rules::Date,
        /// The first day for which there is such a rule.
        first: rules::Date,
    },
    /// It is of the other nature: an object where a disc or tape is meant, or a disc or tape where an object is.
    OtherBody,
    /// What was recovered is not described yet.
    Undescribed,
    /// Lists of stores or places do not fit.
    Stores {
        /// What is wrong with them.
        what: &'static str,
    },
    /// It is not gone from everywhere.
    NotGone {
        /// What is still there.
        what: String,
    },

    // --- holds ---
    /// No such hold or transfer stands.
    UnknownHold {
        /// Which.
        hold: HoldId,
    },
    /// That id was used before.
    IdUsed {
        /// Which.
        hold: HoldId,
    },
    /// The hold is not a request's, or is one.
    OtherHold {
        /// What it has to be.
        needed: &'static str,
    },
    /// The request is not answered yet.
    RequestOpen {
        /// Which.
        hold: HoldId,
    },
    /// The hold stands some time after the answer.
    HoldStands {
        /// The last day.
        last_day: rules::Date,
        /// The rule.
        cited: Vec<Cited>,
    },
    /// It is held.
    Held {
        /// By how many.
        holds: usize,
    },

    // --- approvals ---
    /// Nothing is proposed.
    NotProposed,
    /// It is not what was proposed any more.
    SubjectChanged,
    /// The signature is not that of the approver's key over it.
    BadSignature,
    /// Too few different people approve.
    TooFewApprovals {
        /// How many are needed.
        needed: u8,
        /// How many there are.
        found: u8,
        /// Why others do not count.
        void: Vec<String>,
        /// The rule.
        cited: Vec<Cited>,
    },

    // --- time ---
    /// One clock alone says so.
    OneClock,
    /// The clock says it is before something that has happened.
    ClockBack {
        /// By how much.
        behind_micros: i64,
    },
    /// The term is not over.
    NotDue {
        /// Its last day.
        last_day: rules::Date,
        /// The rules.
        cited: Vec<Cited>,
    },
    /// The rules do not cover it.
    Rules(rules::Refusal),

    // --- stores ---
    /// No scrub found that store unwell.
    StoreWell {
        /// Which.
        store: Name,
    },
}

impl Refusal {
    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Refusal::OutOfOrder { expected, found } => format!("event {found} came where event {expected} is next"),
            Refusal::Undecided { what } => format!("nobody could decide that: {what}"),
            Refusal::OtherThing { expected, found } => format!("an event of {found} stands among those of {expected}"),
            Refusal::NoAccount { account } => format!("there is no account {account}"),
            Refusal::NoPerson { person } => format!("no event fits a person's account {person}"),
            Refusal::NotFounded => "the first two people have not confirmed each other yet".to_owned(),
            Refusal::AccountExists { account } => format!("the account name {account} is or was in use"),
            Refusal::BadKey => "that is not a usable Ed25519 public key".to_owned(),
            Refusal::KeyInUse => "another account has that key".to_owned(),
            Refusal::NeedsPerson => "that is for a person to do".to_owned(),
            Refusal::ProgramOnly { deed } => format!("{deed} is done by the program alone"),
            Refusal::HasLeft { account } => format!("the account {account} was left"),
            Refusal::AlreadySo => "it is so already".to_owned(),
            Refusal::NotConfirmed { account } => format!("the account {account} is not confirmed, or was left"),
            Refusal::SamePerson => "it needs another person than the one who began it".to_owned(),
            Refusal::TooFewPeople => "fewer than two people would be left, and nobody could ever join them".to_owned(),
            Refusal::NotYours { account, .. } => format!("the account {account} may not do that"),
            Refusal::WrongPhase { deed, phase } => format!("{deed} cannot be while the thing is {phase}"),
            Refusal::DestructionBegan { at_micros } => format!("destruction began at {}", instant(*at_micros)),
            Refusal::DoesNotVerify { verdict } => format!("the check says {verdict}, so it is not taken in"),
            Refusal::UnknownKind { kind, .. } => format!("no rule knows the kind `{kind}`"),
            Refusal::NoWords { what } => format!("the {what} is missing"),
            Refusal::FactAhead { fact, day } => format!("{fact} on {day} has not come yet"),
            Refusal::NotWords { said } => {
                format!(
                    "\"{}\" cannot stand on a certificate",
                    said.chars().take(60).collect::<String>().escape_debug()
                )
            }
            Refusal::FactTwice { fact } => format!("`{fact}` is given two days"),
            Refusal::FactKnown { fact } => format!("the day of `{fact}` is known already"),
            Refusal::FactUnknown { fact } => format!("no day of `{fact}` was given, so there is none to put right"),
            Refusal::BeforeRules { rule, day, first } => {
                format!("{day} lies before {first}, the first day for which there is a rule {rule}")
            }
            Refusal::OtherBody => "an object in a store and a disc or tape are not handled alike".to_owned(),
            Refusal::Undescribed => "nothing is known of it but its key".to_owned(),
            Refusal::Stores { what } => (*what).to_owned(),
            Refusal::NotGone { what } => format!("it is not gone: {what}"),
            Refusal::UnknownHold { hold } => format!("no hold or transfer {hold} stands on this thing"),
            Refusal::IdUsed { hold } => format!("the id {hold} was used before"),
            Refusal::OtherHold { needed } => format!("the hold is not {needed}"),
            Refusal::RequestOpen { hold } => format!("the request {hold} is not answered, and its hold stands (P9)"),
            Refusal::HoldStands { last_day, .. } => {
                format!("the hold stands until the end of {last_day}{}", self.rule())
            }
            Refusal::Held { holds: 1 } => "the thing is held (P9)".to_owned(),
            Refusal::Held { holds } => format!("the thing is held by {holds} holds (P9)"),
            Refusal::NotProposed => "nothing is proposed".to_owned(),
            Refusal::SubjectChanged => "that is not what is proposed, or it has changed since".to_owned(),
            Refusal::BadSignature => "the signature is not that of the account's key over the subject".to_owned(),
            Refusal::TooFewApprovals { needed, found, void, .. } => {
                let why = if void.is_empty() { String::new() } else { format!(" ({})", void.join("; ")) };
                format!("{found} of {needed} approvals count{why}{}", self.rule())
            }
            Refusal::OneClock => "one kind of clock alone says what time it is".to_owned(),
            Refusal::ClockBack { behind_micros } => {
                format!("the clock is {} s behind what has happened already", behind_micros / 1_000_000)
            }
            Refusal::NotDue { last_day, .. } => format!("it is kept until the end of {last_day}{}", self.rule()),
            Refusal::Rules(refusal) => refusal.to_string(),
            Refusal::StoreWell { store } => format!("nothing was found wrong in {store}"),
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Refusal::OutOfOrder { .. } | Refusal::OtherThing { .. } | Refusal::Undecided { .. } | Refusal::NoPerson { .. } => "the record is damaged: restore it".to_owned(),
            Refusal::NoAccount { .. } => "enrol it first, or look at its spelling".to_owned(),
            Refusal::NotFounded => "enrol two people and let each confirm the other".to_owned(),
            Refusal::AccountExists { .. } => "choose another name".to_owned(),
            Refusal::BadKey | Refusal::KeyInUse => "make a fresh key for this account".to_owned(),
            Refusal::NeedsPerson => "name the account that does it".to_owned(),
            Refusal::ProgramOnly { .. } => "nothing is to be done by hand".to_owned(),
            Refusal::HasLeft { .. } => "enrol a new account".to_owned(),
            Refusal::AlreadySo => "nothing is to be done".to_owned(),
            Refusal::NotConfirmed { .. } => "another person confirms it first".to_owned(),
            Refusal::SamePerson => "ask a colleague; another account of the same person does not count".to_owned(),
            Refusal::TooFewPeople => "enrol and confirm somebody else first".to_owned(),
            Refusal::NotYours { roles, .. } => {
                let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
                format!("ask one of these: {}", roles.join(", "))
            }
            Refusal::WrongPhase { .. } => "look at where the thing stands".to_owned(),
            Refusal::DestructionBegan { .. } => {
                "say to whoever asks that it came too late, and when it began".to_owned()
            }
            Refusal::DoesNotVerify { .. } => "ask for the other copy".to_owned(),
            Refusal::UnknownKind { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Refusal::UnknownKind { nearest: None, .. } => {
                "use a kind that docs/rules.md lists, or write a pack that says how long it is kept".to_owned()
            }
            Refusal::NoWords { what } => format!("give the {what}"),
            Refusal::FactAhead { .. } => "look at the date, and at the clock".to_owned(),
            Refusal::NotWords { .. } => {
                "say it in one line of 1 to 200 bytes, without characters that cannot be seen".to_owned()
            }
            Refusal::FactTwice { .. } => "give one".to_owned(),
            Refusal::FactKnown { .. } => {
                "a day given by mistake is put right by two people who say the same".to_owned()
            }
            Refusal::FactUnknown { .. } => "add it".to_owned(),
            Refusal::BeforeRules { .. } => {
                "look at the date; for what is older write a pack with a kind of its own, which says how long it is kept"
                    .to_owned()
            }
            Refusal::OtherBody => "use the command for its nature".to_owned(),
            Refusal::Undescribed => "describe it first".to_owned(),
            Refusal::Stores { .. } => "look at the configuration".to_owned(),
            Refusal::NotGone { .. } => "finish that first".to_owned(),
            Refusal::UnknownHold { .. } => "look at what stands on the thing".to_owned(),
            Refusal::IdUsed { .. } => "draw a fresh one".to_owned(),
            Refusal::OtherHold { .. } => "a request's hold ends by its answer, another by release".to_owned(),
            Refusal::RequestOpen { .. } => "answer it first".to_owned(),
            Refusal::HoldStands { .. } => "wait until then".to_owned(),
            Refusal::Held { .. } => "it stays until every hold is released or over".to_owned(),
            Refusal::NotProposed => "propose it first".to_owned(),
            Refusal::SubjectChanged => "propose it anew, and approve what is proposed then".to_owned(),
            Refusal::BadSignature => "sign the subject that is shown, with the key that was enrolled".to_owned(),
            Refusal::TooFewApprovals { .. } => "ask another person to approve".to_owned(),
            Refusal::OneClock => "reach a log, a time server or a time-stamping authority".to_owned(),
            Refusal::ClockBack { .. } => "put the clock right".to_owned(),
            Refusal::NotDue { .. } => "wait until it is over".to_owned(),
            Refusal::Rules(_) => "nothing is destroyed until a rule pack or a missing day covers it".to_owned(),
            Refusal::StoreWell { .. } => "scrub first".to_owned(),
        }
    }

    /// The rules behind it.
    #[must_use]
    pub fn cited(&self) -> &[Cited] {
        match self {
            Refusal::HoldStands { cited, .. }
            | Refusal::TooFewApprovals { cited, .. }
            | Refusal::NotDue { cited, .. } => cited,
            _ => &[],
        }
    }

    fn rule(&self) -> String {
        let first = self.cited().first();
        first.map(|one| format!(" ({}, {} version {})", one.clause, one.pack, one.version)).unwrap_or_default()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what(), self.hint())
    }
}

impl std::error::Error for Refusal {}

impl From<rules::Refusal> for Refusal {
    fn from(refusal: rules::Refusal) -> Self {
        Refusal::Rules(refusal)
    }
}

/// The day of a moment in Greenwich.
pub(crate) fn day(micros: i64) -> Option<rules::Date> {
    instant(micros).split('T').next()?.parse().ok()
}

/// A moment as text, to the second.
pub(crate) fn instant(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    rules::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |instant| instant.to_string())
}

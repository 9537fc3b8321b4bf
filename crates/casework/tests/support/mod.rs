//! An office for tests: its people with their keys, its rules, its clocks, and a recording that it keeps.
//!
//! Not here: any test.
//! Invariant: everything follows from constants, so that a failure can be seen again.
#![allow(dead_code, clippy::disallowed_methods, clippy::panic, clippy::unwrap_used)]

pub(crate) mod states;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use casework::custody::{
    Authority, Body, Command, Commitment, Event, FactDay, Ground, RequestKind, Thing, Verdict, Words, decide,
};
use casework::staff::{self, Staff};
use casework::{Account, Clock, Digest, HoldId, Moment, Name, PublicKey, Refusal, Role, Signature, ThingId};
use ed25519_dalek::{Signer as _, SigningKey};
use rules::{Book, Date, Fact, Jurisdiction};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;
/// 1 July 2026, noon.
pub(crate) const START: i64 = 1_782_907_200 * SECOND;

pub(crate) static BOOK: LazyLock<Book> = LazyLock::new(|| Book::built_in().unwrap());
/// Its people: account, person, roles.
pub(crate) const PEOPLE: &[(&str, &str, &[Role])] = &[
    ("ann", "p1", &[Role::Administrator, Role::RecordsOfficer]),
    ("bob", "p2", &[Role::Administrator, Role::PrivacyOfficer]),
    ("cat", "p3", &[Role::InformationRightsOfficer]),
    ("dan", "p4", &[Role::Interviewer]),
    ("lea", "p5", &[Role::TeamLeader]),
    ("ada", "p6", &[Role::Adviser]),
    ("aud", "p7", &[Role::Auditor]),
    ("sys", "p8", &[Role::Administrator]),
    // A second account of the first person.
    ("ann2", "p1", &[Role::PrivacyOfficer]),
];
pub(crate) static OFFICE: LazyLock<Office> = LazyLock::new(Office::found);

pub(crate) fn account(name: &str) -> Account {
    name.parse().unwrap()
}

pub(crate) fn name(name: &str) -> Name {
    name.parse().unwrap()
}

pub(crate) fn hold_id(number: u8) -> HoldId {
    HoldId([number; 16])
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon of a day in Greenwich, by two kinds of clocks to the second.
pub(crate) fn noon(text: &str) -> Moment {
    let noon: rules::Timestamp = format!("{text}T12:00:00Z").parse().unwrap();
    agreed(noon.as_microsecond())
}

pub(crate) fn agreed(at: i64) -> Moment {
    Moment::agreed(at - SECOND, at + SECOND, &[Clock::Local, Clock::Log]).unwrap()
}

pub(crate) fn key_of(account: &str) -> SigningKey {
    let mut secret = [7; 32];
    secret[..account.len()].copy_from_slice(account.as_bytes());
    SigningKey::from_bytes(&secret)
}

pub(crate) fn public_key(account: &str) -> PublicKey {
    PublicKey(key_of(account).verifying_key().to_bytes())
}

pub(crate) fn sign(account: &str, subject: Digest) -> Signature {
    Signature(key_of(account).sign(&subject.0).to_bytes())
}

/// The office's people and what made them so.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) staff: Staff,
    pub(crate) events: Vec<staff::Event>,
    pub(crate) history: staff::History,
}

impl Office {
    fn found() -> Self {
        let mut office = Self { staff: Staff::new(), events: Vec::new(), history: staff::History::new() };
        let moment = agreed(START - 30 * DAY);
        let enrol = |name: &str, person: &str| staff::Command::Enrol {
            account: account(name),
            person: person.parse().unwrap(),
            key: public_key(name),
        };
        for (name, person, _) in &PEOPLE[..2] {
            office.act(&enrol(name, person), None, &moment).unwrap();
        }
        for (by, of) in [("ann", "bob"), ("bob", "ann")] {
            office.act(&staff::Command::Confirm { account: account(of) }, Some(by), &moment).unwrap();
        }
        for admin in ["ann", "bob"] {
            office.grant(admin, Role::Administrator);
        }
        for (name, person, _) in &PEOPLE[2..] {
            office.act(&enrol(name, person), Some("ann"), &moment).unwrap();
            office.act(&staff::Command::Confirm { account: account(name) }, Some("bob"), &moment).unwrap();
        }
        for (name, _, roles) in PEOPLE {
            for role in *roles {
                if !office.staff.who(&account(name)).unwrap().has(*role) {
                    office.grant(name, *role);
                }
            }
        }
        office
    }

    /// Gives a role, by the first two.
    pub(crate) fn grant(&mut self, name: &str, role: Role) {
        for by in ["ann", "bob"] {
            let command = staff::Command::Grant { account: account(name), role };
            self.act(&command, Some(by), &agreed(START - 20 * DAY)).unwrap();
        }
    }

    pub(crate) fn act(
        &mut self,
        command: &staff::Command,
        by: Option<&str>,
        moment: &Moment,
    ) -> Result<Vec<staff::Event>, Refusal> {
        let by = by.map(account);
        let events = staff::decide(&self.staff, command, by.as_ref(), moment)?;
        for event in &events {
            self.staff.apply(event).unwrap();
            // What is decided is read again as what it is.
            self.history.read(event).unwrap();
            self.events.push(event.clone());
        }
        Ok(events)
    }

    pub(crate) fn revoke(&mut self, name: &str, role: Role) {
        let command = staff::Command::Revoke { account: account(name), role };
        self.act(&command, Some("sys"), &agreed(START)).unwrap();
    }
}

/// A thing, its events and the office that keeps it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) office: Office,
    pub(crate) thing: Thing,
    pub(crate) events: Vec<Event>,
}

impl Case {
    pub(crate) fn new() -> Self {
        let thing = Thing::new(ThingId([9; 16]));
        Self { office: OFFICE.clone(), thing, events: Vec::new() }
    }

    /// A recording of 1 July 2026, received that day; its term ends with 1 September 2027.
    pub(crate) fn kept() -> Self {
        let mut case = Self::new();
        case.ok("dan", &receive(recording()), "2026-07-01");
        case
    }

    /// A disc of the same day.
    pub(crate) fn kept_disc() -> Self {
        let mut case = Self::new();
        case.ok("ann", &receive(disc()), "2026-07-01");
        case
    }

    /// The same, approved by two when it is due.
    pub(crate) fn approved(self) -> Self {
        let mut case = self;
        case.ok("ann", &Command::ProposeDestruction, "2027-09-02");
        for by in ["ann", "bob"] {
            let command = case.approval(by);
            case.ok(by, &command, "2027-09-03");
        }
        case
    }

    /// The same, with its destruction begun.
    pub(crate) fn destroying(self) -> Self {
        let mut case = self.approved();
        let stores = if is_item(&case.thing) { vec![] } else { vec![name("main")] };
        case.ok("ann", &Command::BeginDestruction { stores, places: vec![name("cache")] }, "2027-09-04");
        case
    }

    /// The same, destroyed.
    pub(crate) fn destroyed(self) -> Self {
        let mut case = self.destroying();
        if is_item(&case.thing) {
            case.ok("ann", &destroy_item(), "2027-09-04");
        }
        case.ok("", &Command::EraseKey { copies: 2 }, "2027-09-04");
        if !is_item(&case.thing) {
            case.ok("", &Command::RemoveObject { store: name("main"), versions: 1 }, "2027-09-04");
        }
        case.ok("", &Command::Sweep { place: name("cache"), removed: 0 }, "2027-09-04");
        case.ok("", &Command::Certify { certificate: Digest([5; 32]) }, "2027-09-04");
        case
    }

    pub(crate) fn approval(&self, by: &str) -> Command {
        let subject = self.thing.subject(&BOOK).unwrap().digest();
        Command::ApproveDestruction { subject, signature: sign(by, subject) }
    }

    /// Carries a command out; "" is the program.
    pub(crate) fn act(&mut self, by: &str, command: &Command, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let by = (!by.is_empty()).then(|| account(by));
        let events = decide(&self.thing, command, &self.ground(by.as_ref(), moment))?;
        for event in &events {
            self.may_have(event).unwrap();
            self.thing.apply(event).unwrap();
            self.events.push(event.clone());
        }
        Ok(events)
    }

    /// Whether an event could be decided now.
    pub(crate) fn may_have(&self, event: &Event) -> Result<(), Refusal> {
        self.thing.may_have(event, &self.office.history, self.office.staff.number())
    }

    pub(crate) fn ground<'a>(&'a self, actor: Option<&'a Account>, moment: &'a Moment) -> Ground<'a> {
        Ground { book: &BOOK, moment, staff: &self.office.staff, actor }
    }

    pub(crate) fn ok(&mut self, by: &str, command: &Command, at: &str) {
        self.act(by, command, &noon(at)).unwrap_or_else(|why| panic!("{by:?} {:?} on {at}: {why}", command.deed()));
    }

    /// Why a command is refused.
    pub(crate) fn no(&mut self, by: &str, command: &Command, at: &str) -> Refusal {
        self.act(by, command, &noon(at)).expect_err("it is refused")
    }
}

fn is_item(thing: &Thing) -> bool {
    matches!(thing.body(), Some(Body::Physical { .. }))
}

pub(crate) fn recording() -> Body {
    Body::Electronic {
        object: Digest([1; 32]),
        sealed_len_bytes: 1_000_016,
        plain_len_bytes: 1_000_000,
        commitment: Commitment::Recording { id: Digest([2; 32]), root: Digest([3; 32]) },
        verdict: Verdict::Complete,
    }
}

pub(crate) fn disc() -> Body {
    Body::Physical { medium: casework::custody::Medium::Disc, label: Digest([7; 32]), recording: None }
}

/// A disc, as the keyring alone knows it.
pub(crate) fn recover_item() -> Command {
    let medium = casework::custody::Medium::Disc;
    Command::RecoverItem { medium, label: Digest([7; 32]), recording: None, words: words() }
}

pub(crate) fn made() -> Vec<FactDay> {
    vec![FactDay { fact: Fact::Made, day: day("2026-07-01") }]
}

pub(crate) fn receive(body: Body) -> Command {
    Command::Receive {
        kind: "consultation-recording".parse().unwrap(),
        jurisdiction: Jurisdiction::Scotland,
        facts: made(),
        body,
        words: words(),
    }
}

/// Words of every sort, each a canary.
pub(crate) fn words() -> Words {
    let word = |word: &str| Some(format!("CANARY {word}"));
    Words {
        title: word("title"),
        label: word("label"),
        place: word("place"),
        receiver: word("receiver"),
        reason: word("reason"),
        reference: word("reference"),
        salt: word("salt"),
        note: word("note"),
        // Those are of people, whom a case has and no thing.
        ..Words::default()
    }
}

/// One command of each kind, in the order of the table, with ids of a hold and a transfer.
pub(crate) fn commands(case: &Case, hold: HoldId, transfer: HoldId) -> BTreeMap<casework::custody::Deed, Command> {
    use casework::custody::{Basis, How, Purpose, Way};
    let subject = case.thing.subject(&BOOK).map_or(Digest([0; 32]), |subject| subject.digest());
    let of = |proposal: Option<&casework::custody::Proposal>| proposal.map_or(Digest([0; 32]), |one| one.subject);
    let release = of(case.thing.holds().get(&hold).and_then(|hold| hold.release.as_ref()));
    let asked = of(case.thing.transfers().get(&transfer));
    let (stores, places) = (vec![name("main")], vec![name("cache")]);
    let all = [
        receive(recording()),
        Command::Recover { object: Digest([1; 32]), sealed_len_bytes: 1_000_016 },
        recover_item(),
        Command::Describe {
            kind: "letter".parse().unwrap(),
            jurisdiction: Jurisdiction::Scotland,
            facts: made(),
            plain_len_bytes: 9,
            commitment: Commitment::Salted(Digest([4; 32])),
            verdict: Verdict::Unchanged,
            words: words(),
        },
        Command::DescribeItem {
            kind: "consultation-recording".parse().unwrap(),
            jurisdiction: Jurisdiction::Scotland,
            facts: made(),
            words: words(),
        },
        Command::CorrectKind {
            kind: "attachment".parse().unwrap(),
            checked: Some((Commitment::Salted(Digest([4; 32])), Verdict::Unchanged)),
            words: words(),
        },
        Command::LearnFact { fact: FactDay { fact: Fact::Ended, day: day("2026-07-02") } },
        correct_fact(),
        Command::Verify { verdict: Verdict::Complete },
        Command::Access {
            how: How::Listened,
            purpose: Purpose::Appeal,
            range_ms: Some((0, 1_000)),
            range_bytes: None,
            words: words(),
        },
        Command::Copy { way: Way::Hand, receipt: Some(Digest([6; 32])), words: words() },
        Command::Move { words: words() },
        Command::AskTransfer { transfer: HoldId([77; 16]), basis: Basis::Order, words: words() },
        Command::ApproveTransfer { transfer, subject: asked },
        Command::Transfer { transfer },
        Command::Ask { hold: HoldId([78; 16]), kind: RequestKind::Access, words: words() },
        Command::Answer { hold },
        Command::LapseHold { hold },
        Command::Hold { hold: HoldId([79; 16]), authority: Authority::Court, words: words() },
        Command::ReviewHold { hold, words: words() },
        Command::ProposeRelease { hold, words: words() },
        Command::ApproveRelease { hold, subject: release },
        Command::NoteDue,
        Command::ProposeDestruction,
        Command::ApproveDestruction { subject, signature: sign("cat", subject) },
        Command::WithdrawApproval,
        Command::VoidApprovals,
        Command::BeginDestruction { stores: stores.clone(), places: places.clone() },
        Command::EraseKey { copies: 2 },
        Command::RemoveObject { store: name("main"), versions: 1 },
        Command::Sweep { place: name("cache"), removed: 0 },
        destroy_item(),
        Command::Certify { certificate: Digest([5; 32]) },
        Command::LogCertificate { log: name("log.example"), index: 7 },
        Command::ReplayHold { hold: HoldId([80; 16]) },
        Command::ReplayDestruction { erased_at_micros: START, subject: None, certificate: None, stores, places },
    ];
    all.into_iter().chain(notes()).map(|command| (command.deed(), command)).collect()
}

/// A day said to be another one than was given.
fn correct_fact() -> Command {
    Command::CorrectFact { right: FactDay { fact: Fact::Made, day: day("2026-06-30") }, words: words() }
}

/// What a scrub notes.
fn notes() -> [Command; 4] {
    let (store, from) = (name("main"), name("second"));
    [
        Command::NoteMissing { store: store.clone() },
        Command::NoteFound { store: store.clone() },
        Command::NoteRotten { store: store.clone() },
        Command::NoteRepaired { store, from },
    ]
}

/// A disc destroyed by a contractor.
pub(crate) fn destroy_item() -> Command {
    let (by, place) = ("Example Shredding Ltd".to_owned(), "Unit 1, Example Park".to_owned());
    Command::DestroyItem {
        method: casework::custody::Method::Shredded,
        by,
        place,
        standard: Some("BS EN 15713:2023".to_owned()),
    }
}

//! One life: a thing, the program that keeps it, its keyring, store, backup and clocks.
//!
//! Not here: what must hold (`observer.rs`). Invariants: events are stored all together or not at all; the keyring takes a hold before its event and lets
//! it go after; a death may come at every step between; after each step all three sides are compared.

mod agreement;

use std::collections::BTreeSet;

use casework::custody::{
    Authority, Command, Event, FactDay, How, Known, KnownItem, Medium, Phase, Private, Purpose, RequestKind, Thing,
    What, Why, Words, decide,
};
use casework::staff;
use casework::{Account, Clock, Digest, HoldId, Moment, PublicKey, Refusal, Role, ThingId};

use crate::chance::Chance;
use crate::observer::{Observer, TERM_ENDS, TERMS};
use crate::support::{
    BOOK, DAY, OFFICE, Office, SECOND, START, account, destroy_item, disc, name, receive, recording, sign, words,
};

macro_rules! counts {
    ($($field:ident: $words:literal,)*) => {
        /// How often what happened.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Counts { $(pub(crate) $field: u64,)* }

        impl Counts {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)*
            }

            pub(crate) fn line(&self) -> String {
                [$(format!("{} {}", self.$field, $words)),*].join(", ")
            }

            pub(crate) fn each_happened(&self) {
                $(assert!(self.$field > 0, "no {}", $words);)*
            }
        }
    };
}

counts! {
    events: "events",
    refusals: "refusals",
    destroyed: "destroyed to the end",
    held: "holds",
    released: "releases",
    lapsed: "holds of requests over",
    crashes: "crashes",
    restores: "restores",
    replayed_holds: "holds replayed",
    replayed_destructions: "destructions replayed",
    recovered: "recovered without events",
    recovered_items: "discs recovered without events",
    items: "discs destroyed to the end",
    items_back: "discs destroyed and kept by a backup",
    stopped: "destructions stopped",
    upgrades: "upgrades",
    jumps: "jumps of the clock",
    one_clock: "destructions refused to one clock",
    behind: "acts refused to a clock behind",
    too_late: "holds too late",
    revoked: "roles revoked",
    put_right: "days put right",
    void: "destructions refused for approvals that do not count",
}

/// The keyring: it refuses to erase what is held, and no restore touches it.
#[derive(Default)]
struct Keyring {
    has_key: bool,
    /// Of a disc: where it lies, and that somebody said it is destroyed.
    item: Option<KnownItem>,
    holds: BTreeSet<HoldId>,
    erased_at: Option<i64>,
    certificate: Option<Digest>,
}

struct Backup {
    events: Vec<Event>,
    office: Office,
    has_object: bool,
}

pub(crate) struct World {
    chance: Chance,
    /// Whether it is a disc.
    is_item: bool,
    now: i64,
    /// By how much this machine's clock is wrong.
    wrong_by: i64,
    /// Whether any other clock can be reached.
    has_others: bool,
    office: Office,
    events: Vec<Event>,
    thing: Thing,
    keyring: Keyring,
    has_object: bool,
    backup: Option<Backup>,
    observer: Observer,
    counts: Counts,
}

/// The program died, and whatever it was doing ended there.
struct Died;

const EVERYBODY: [&str; 9] = ["ann", "bob", "cat", "dan", "lea", "ada", "aud", "sys", "ann2"];
const KEEPERS: [&str; 4] = ["ann", "bob", "cat", "ann2"];
const CERTIFICATE: Digest = Digest([5; 32]);

impl World {
    /// One life from its seed.
    pub(crate) fn live(seed: u64) -> Counts {
        let mut chance = Chance::new(seed);
        let (is_item, is_early) = (chance.one_in(3), chance.one_in(3));
        let before = Backup { events: Vec::new(), office: OFFICE.clone(), has_object: false };
        let mut world = Self {
            chance,
            is_item,
            now: START,
            wrong_by: 0,
            has_others: true,
            office: OFFICE.clone(),
            events: Vec::new(),
            thing: Thing::new(ThingId([9; 16])),
            keyring: Keyring::default(),
            has_object: false,
            // Of a day on which it was not there yet, or none.
            backup: is_early.then_some(before),
            observer: Observer::default(),
            counts: Counts::default(),
        };
        world.keep(Self::receive);
        for _ in 0..20 + world.chance.below(30) {
            world.step();
            world.check();
        }
        if !world.chance.one_in(4) {
            world.orderly();
            for _ in 0..world.chance.below(8) {
                if world.chance.one_in(4) {
                    world.restore()
                } else {
                    world.step()
                }
                world.check();
            }
        }
        world.counts
    }

    /// The way to a proper destruction, with anything at all in between.
    fn orderly(&mut self) {
        (self.wrong_by, self.has_others) = (0, true);
        self.now = self.now.max(TERM_ENDS);
        for round in 0..14 {
            if self.chance.one_in(4) {
                self.step();
                self.check();
            }
            match round {
                0..4 => self.end_holds(),
                4 => drop(self.act("ann", &Command::ProposeDestruction)),
                5..8 => {
                    let by = *self.chance.pick(&KEEPERS);
                    self.approve(by, false);
                }
                8 if self.chance.one_in(3) => {
                    // A hold comes and goes when all is approved: the approvals went with it.
                    self.keep(|world| world.hold("cat", false));
                    self.end_holds();
                }
                8 if self.chance.one_in(4) => self.put_right_and_back(),
                8 if self.chance.one_in(2) => self.take_and_give("bob", Role::PrivacyOfficer),
                _ => self.keep(Self::destroy),
            }
            self.check();
        }
    }

    /// A role goes and comes back: to whoever looks only at the end nothing has changed.
    fn take_and_give(&mut self, of: &str, role: Role) {
        let moment = self.moment();
        let (revoke, grant) = (
            staff::Command::Revoke { account: account(of), role },
            staff::Command::Grant { account: account(of), role },
        );
        self.counts.revoked += u64::from(self.office.act(&revoke, Some("sys"), &moment).is_ok());
        for by in ["ann", "sys"] {
            self.office.act(&grant, Some(by), &moment).ok();
        }
    }

    fn end_holds(&mut self) {
        let holds: Vec<(HoldId, Why)> = self.thing.holds().iter().map(|(hold, held)| (*hold, held.why)).collect();
        for (hold, why) in holds {
            if let Why::Request(..) = why {
                self.act("cat", &Command::Answer { hold }).ok();
                self.now += 70 * DAY;
                self.keep(|world| world.let_go("", &Command::LapseHold { hold }));
            } else {
                self.act("ann", &Command::ProposeRelease { hold, words: Words::reason("over") }).ok();
                for by in ["bob", "cat"] {
                    self.keep(|world| world.approve_release(by, hold));
                }
            }
        }
    }

    fn step(&mut self) {
        let by = *self.chance.pick(&EVERYBODY);
        let keeper = *self.chance.pick(&KEEPERS);
        let hold = self.some_hold();
        match self.chance.below(100) {
            0..12 => self.now += *self.chance.pick(&[3_600 * SECOND, 3 * DAY, 20 * DAY, 100 * DAY, 200 * DAY]),
            12..16 => {
                self.counts.jumps += 1;
                self.wrong_by = *self.chance.pick(&[0, 456 * DAY, -2 * DAY]);
            }
            16..19 => self.has_others = !self.chance.one_in(3),
            19..24 => self.keep(|world| world.hold(keeper, true)),
            24..28 => self.keep(|world| world.hold(keeper, false)),
            28..34 => drop(self.act("cat", &Command::Answer { hold })),
            34..39 => self.keep(|world| world.let_go("", &Command::LapseHold { hold })),
            39..43 => drop(self.act(keeper, &Command::ProposeRelease { hold, words: Words::reason("over") })),
            43..51 => self.keep(|world| world.approve_release(by, hold)),
            51..53 => drop(self.act(keeper, &Command::ReviewHold { hold, words: Words::reason("still") })),
            53..57 => drop(self.act("ann", &Command::ProposeDestruction)),
            57..67 => {
                let wrong = self.chance.one_in(6);
                self.approve(by, wrong);
            }
            67..69 => drop(self.act(keeper, &Command::WithdrawApproval)),
            69..74 => self.staff(by),
            74..82 => self.keep(Self::destroy),
            82..85 => self.crash(),
            85..88 => {
                let (events, office, has_object) = (self.events.clone(), self.office.clone(), self.has_object);
                self.backup = Some(Backup { events, office, has_object });
            }
            88..91 => self.restore(),
            91..93 => self.upgrade(),
            93 => self.keep(Self::put_elsewhere),
            94..96 => drop(self.act("", &Command::NoteDue)),
            96 => {
                let is_sure = self.chance.one_in(2);
                self.put_right(is_sure);
            }
            97 => {
                let (how, purpose) = (How::Listened, Purpose::Appeal);
                self.act(
                    by,
                    &Command::Access { how, purpose, range_ms: None, range_bytes: None, words: Words::default() },
                )
                .ok();
            }
            _ => self.describe(),
        }
    }

    fn moment(&self) -> Moment {
        if self.has_others {
            // Clocks agree when this one is right; otherwise the others agree without it.
            let clocks: &[Clock] =
                if self.wrong_by == 0 { &[Clock::Local, Clock::Log] } else { &[Clock::Log, Clock::Server] };
            Moment::agreed(self.now - 2 * SECOND, self.now + 2 * SECOND, clocks).unwrap()
        } else {
            Moment::local(self.now + self.wrong_by)
        }
    }

    /// What follows from a command, not yet stored.
    fn decide(&mut self, by: &str, command: &Command) -> Result<Vec<Event>, Refusal> {
        let actor: Option<Account> = (!by.is_empty()).then(|| account(by));
        let moment = self.moment();
        let ground = casework::custody::Ground {
            book: &BOOK,
            moment: &moment,
            staff: &self.office.staff,
            actor: actor.as_ref(),
        };
        let decided = decide(&self.thing, command, &ground);
        if let Err(refusal) = &decided {
            self.counts.refusals += 1;
            match refusal {
                Refusal::OneClock => self.counts.one_clock += 1,
                Refusal::ClockBack { .. } => self.counts.behind += 1,
                Refusal::DestructionBegan { .. } => self.counts.too_late += 1,
                Refusal::TooFewApprovals { void, .. } if !void.is_empty() => self.counts.void += 1,
                _ => {}
            }
        }
        decided
    }

    fn store(&mut self, events: &[Event]) {
        self.observer.see(&self.events, events, &self.office.events, self.now);
        for event in events {
            let read = self.thing.may_have(event, &self.office.history, self.office.staff.number());
            read.unwrap_or_else(|why| panic!("what was decided is not read: {event:?}: {why}"));
            self.thing.apply(event).unwrap();
            self.events.push(event.clone());
            self.counts.events += 1;
            match event.what {
                What::Held { .. } | What::Asked { .. } => self.counts.held += 1,
                What::Released { .. } => self.counts.released += 1,
                What::FactCorrected { .. } => {
                    self.counts.put_right += 1;
                    let stands = |hold| self.thing.holds().contains_key(hold);
                    assert!(self.observer.holds.iter().all(stands), "a hold went with a day put right");
                }
                What::HoldLapsed { .. } => self.counts.lapsed += 1,
                What::HoldReplayed { .. } => self.counts.replayed_holds += 1,
                What::DestructionReplayed { .. } => self.counts.replayed_destructions += 1,
                What::DestructionStopped { .. } => self.counts.stopped += 1,
                What::Recovered { .. } => self.counts.recovered += 1,
                What::ItemRecovered { .. } => {
                    self.counts.recovered_items += 1;
                    let known = self.keyring.item.clone().unwrap();
                    assert_eq!(event.private, Private::Words(Box::new(known.words)), "a disc that nobody finds");
                }
                What::Destroyed { .. } => {
                    self.counts.destroyed += 1;
                    self.counts.items += u64::from(self.is_item);
                }
                _ => {}
            }
        }
    }

    /// A command that touches nothing but events.
    fn act(&mut self, by: &str, command: &Command) -> Result<(), Refusal> {
        let events = self.decide(by, command)?;
        self.store(&events);
        Ok(())
    }

    /// Does something of several steps; where the program dies in it, it starts again.
    fn keep(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Died>) {
        if act(self).is_err() {
            self.crash();
        }
    }

    fn may_die(&mut self) -> Result<(), Died> {
        if self.chance.one_in(12) { Err(Died) } else { Ok(()) }
    }

    fn receive(&mut self) -> Result<(), Died> {
        (self.keyring.has_key, self.has_object) = (true, !self.is_item);
        if self.is_item {
            let (label, words) = (Digest([7; 32]), words());
            let (medium, recording) = (Medium::Disc, None);
            self.keyring.item = Some(KnownItem { medium, label, recording, words, destroyed_at_micros: None });
        }
        self.may_die()?;
        self.act("dan", &receive(if self.is_item { disc() } else { recording() })).ok();
        Ok(())
    }

    /// A disc is put elsewhere: the keyring first.
    fn put_elsewhere(&mut self) -> Result<(), Died> {
        let place = format!("cupboard {}", self.chance.below(1_000));
        let moved = Command::Move { words: Words { place: Some(place.clone()), ..Words::default() } };
        let Ok(events) = self.decide("dan", &moved) else { return Ok(()) };
        if let Some(item) = &mut self.keyring.item {
            item.words.place = Some(place);
        }
        self.may_die()?;
        self.store(&events);
        Ok(())
    }

    fn hold(&mut self, by: &str, is_request: bool) -> Result<(), Died> {
        let hold = HoldId(self.chance.id());
        let command = if is_request {
            Command::Ask { hold, kind: *self.chance.pick(RequestKind::ALL), words: Words::default() }
        } else {
            Command::Hold { hold, authority: Authority::Court, words: Words::reason("order") }
        };
        let Ok(events) = self.decide(by, &command) else { return Ok(()) };
        self.keyring.holds.insert(hold);
        self.may_die()?;
        self.store(&events);
        Ok(())
    }

    fn approve_release(&mut self, by: &str, hold: HoldId) -> Result<(), Died> {
        let release = self.thing.holds().get(&hold).and_then(|hold| hold.release.as_ref());
        let subject = release.map_or(Digest([0; 32]), |release| release.subject);
        self.let_go(by, &Command::ApproveRelease { hold, subject })
    }

    /// A command by which a hold may end: the event first, then the keyring.
    fn let_go(&mut self, by: &str, command: &Command) -> Result<(), Died> {
        let Ok(events) = self.decide(by, command) else { return Ok(()) };
        self.store(&events);
        self.may_die()?;
        for event in &events {
            if let What::Released { hold, .. } | What::HoldLapsed { hold, .. } = &event.what {
                self.keyring.holds.remove(hold);
            }
        }
        Ok(())
    }

    fn approve(&mut self, by: &str, wrong: bool) {
        let current = self.thing.subject(&BOOK).map_or(Digest([0; 32]), |subject| subject.digest());
        let subject = if wrong { Digest([8; 32]) } else { current };
        let signer = if wrong && self.chance.one_in(2) { "sys" } else { by };
        self.act(by, &Command::ApproveDestruction { subject, signature: sign(signer, subject) }).ok();
    }

    /// Destruction from where it stands, as far as it gets.
    fn destroy(&mut self) -> Result<(), Died> {
        if self.thing.phase() == Phase::Kept {
            let (stores, places) = (self.stores(), vec![name("cache")]);
            let Ok(events) = self.decide("ann", &Command::BeginDestruction { stores, places }) else { return Ok(()) };
            self.store(&events);
            self.may_die()?;
        }
        if self.thing.phase() != Phase::Destroying {
            return Ok(());
        }
        if self.keyring.erased_at.is_none() {
            let is_noted = self.thing.destruction().is_some_and(|destruction| destruction.is_item_destroyed);
            let is_said = self.keyring.item.as_ref().is_some_and(|item| item.destroyed_at_micros.is_some());
            let may_stop = !is_noted && !is_said;
            if may_stop && self.chance.one_in(20) {
                // Another program took a hold before this one began, and has not stored its event.
                self.keyring.holds.insert(HoldId(self.chance.id()));
            }
            if let Some(hold) = self.keyring.holds.first().copied().filter(|_| may_stop) {
                self.act("", &Command::ReplayHold { hold }).ok();
                return Ok(());
            }
            if self.is_item && !self.shred()? {
                return Ok(());
            }
            // What came between was told that it came too late.
            self.keyring.holds.clear();
            assert!(self.observer.holds.is_empty(), "the key of a held thing is erased");
            self.keyring.erased_at = Some(self.now);
            self.keyring.item = None;
            self.may_die()?;
        }
        self.act("", &Command::EraseKey { copies: 2 }).ok();
        self.may_die()?;
        self.has_object = false;
        self.may_die()?;
        self.act("", &Command::RemoveObject { store: name("main"), versions: 1 }).ok();
        self.may_die()?;
        self.act("", &Command::Sweep { place: name("cache"), removed: 1 }).ok();
        self.keyring.certificate = Some(CERTIFICATE);
        self.may_die()?;
        self.act("", &Command::Certify { certificate: CERTIFICATE }).ok();
        self.may_die()?;
        self.act("", &Command::LogCertificate { log: name("log.example"), index: 7 }).ok();
        Ok(())
    }

    /// By hand, and said to the keyring first. Whether it is on the record.
    fn shred(&mut self) -> Result<bool, Died> {
        if self.thing.destruction().is_some_and(|destruction| destruction.is_item_destroyed) {
            return Ok(true);
        }
        let command = destroy_item();
        let Ok(events) = self.decide("ann", &command) else { return Ok(false) };
        if let Some(item) = &mut self.keyring.item {
            item.destroyed_at_micros = Some(self.now);
        }
        if self.chance.one_in(10) && self.backup.is_some() {
            // The office is lost here, and an earlier day of it comes back.
            self.restore();
            return Ok(false);
        }
        self.may_die()?;
        self.store(&events);
        if self.chance.one_in(20) {
            // Another program takes a hold that is refused, and dies before it lets it go.
            self.keyring.holds.insert(HoldId(self.chance.id()));
        }
        self.may_die()?;
        Ok(true)
    }

    /// The stores from which it must go.
    fn stores(&self) -> Vec<casework::Name> {
        if self.is_item { Vec::new() } else { vec![name("main")] }
    }

    fn staff(&mut self, of: &str) {
        let role = *self.chance.pick(&[Role::RecordsOfficer, Role::PrivacyOfficer, Role::InformationRightsOfficer]);
        let moment = self.moment();
        if self.chance.one_in(2) {
            let revoke = staff::Command::Revoke { account: account(of), role };
            self.counts.revoked += u64::from(self.office.act(&revoke, Some("sys"), &moment).is_ok());
            return;
        }
        for by in ["ann", "bob", "sys"] {
            self.office.act(&staff::Command::Grant { account: account(of), role }, Some(by), &moment).ok();
        }
        if self.chance.one_in(20) {
            self.office.act(&staff::Command::Leave { account: account(of) }, Some("sys"), &moment).ok();
        }
        let enrol =
            staff::Command::Enrol { account: account("eve"), person: "p1".parse().unwrap(), key: PublicKey([0; 32]) };
        assert!(self.office.act(&enrol, Some("sys"), &moment).is_err(), "a key that verifies anything");
    }

    fn describe(&mut self) {
        let Command::Receive { kind, jurisdiction, facts, body, words } = receive(recording()) else { return };
        if self.is_item {
            self.act("ann", &Command::DescribeItem { kind, jurisdiction, facts, words }).ok();
            return;
        }
        let casework::custody::Body::Electronic { plain_len_bytes, commitment, verdict, .. } = body else { return };
        let described = Command::Describe { kind, jurisdiction, facts, plain_len_bytes, commitment, verdict, words };
        self.act("ann", &described).ok();
    }

    /// The day from which its term counts is said to be another one, by one keeper or by two.
    fn put_right(&mut self, by_two: bool) {
        let (day, ..) = *self.chance.pick(&TERMS);
        self.say_right(day, by_two);
    }

    /// What was approved before counts no more, also when the day is the same again.
    fn put_right_and_back(&mut self) {
        TERMS.iter().rev().for_each(|(day, ..)| self.say_right(day, true));
    }

    fn say_right(&mut self, day: &str, by_two: bool) {
        let right = FactDay { fact: rules::Fact::Made, day: day.parse().unwrap() };
        for _ in 0..if by_two { 3 } else { 1 } {
            let by = *self.chance.pick(&KEEPERS);
            self.act(by, &Command::CorrectFact { right, words: Words::reason("a slip") }).ok();
        }
    }

    fn some_hold(&mut self) -> HoldId {
        let holds: Vec<HoldId> = self.thing.holds().keys().copied().collect();
        if holds.is_empty() { HoldId([0; 16]) } else { *self.chance.pick(&holds) }
    }

    /// The program dies and starts again: only what is stored is left.
    fn crash(&mut self) {
        self.counts.crashes += 1;
        self.start(false);
    }

    /// The state of the last backup comes back, objects and staff too; the keyring does not.
    fn restore(&mut self) {
        let Some(backup) = &self.backup else { return };
        self.counts.restores += 1;
        (self.events, self.office) = (backup.events.clone(), backup.office.clone());
        self.has_object |= backup.has_object;
        let stood = self.observer.holds.clone();
        self.start(true);
        if self.keyring.erased_at.is_none() {
            let lost: Vec<_> = stood.iter().filter(|hold| !self.thing.holds().contains_key(hold)).collect();
            assert!(lost.is_empty(), "holds lost in a restore: {lost:?}");
        }
        self.observer.restored(self.thing.number(), self.thing.holds().keys().copied());
    }

    fn known(&self) -> Known {
        Known {
            object: (self.keyring.has_key && !self.is_item).then_some((Digest([1; 32]), 1_000_016)),
            item: self.keyring.item.clone(),
            holds: self.keyring.holds.clone(),
            erased_at_micros: self.keyring.erased_at,
            subject: None,
            certificate: self.keyring.certificate,
            copies: 2,
        }
    }

    fn start(&mut self, is_restored: bool) {
        self.thing = Thing::from_events(self.thing.id(), &self.events).unwrap();
        let (stores, places) = (self.stores(), [name("cache")]);
        let replay = self.thing.replay(&self.known(), is_restored, &stores, &places);
        let said_at = self.keyring.item.as_ref().and_then(|item| item.destroyed_at_micros);
        assert!(!replay.to_erase || said_at.is_some(), "the events know of an erasure and the keyring does not");
        if replay.to_erase {
            self.counts.items_back += 1;
            (self.keyring.erased_at, self.keyring.item) = (said_at, None);
        }
        for command in &replay.commands {
            self.act("", command).unwrap_or_else(|why| panic!("{:?}: {why}", command.deed()));
        }
        self.keyring.holds.extend(replay.to_hold);
        self.keyring.holds.retain(|hold| !replay.to_let_go.contains(hold));
        let again = self.thing.replay(&self.known(), false, &stores, &places);
        assert_eq!(again, casework::custody::Replay::default(), "starting once is not enough");
    }
}

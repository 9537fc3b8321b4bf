//! Chance that follows from a seed, and the command of each deed by it.
//!
//! Not for secrets. Invariants: the same seed gives the same command; what is made is what a form can say: times of whole minutes that are on the wall once, on one day, and
//! words as they are kept.

use casework::case::{
    Asking, Attempt, Carrier, Cause, Channel, Check, Command, Consent, Deed, Dispatch, Ending, Format, Incident,
    Language, Outcome, Party, Pause, RefusalGround, Reply, SidesCopy, Slot, Stop, Who, Withdrawal,
};
use casework::custody::{Verdict, Words};
use casework::{Account, CaseId, Digest, ThingId};
use rules::{Device, Doing, Jurisdiction, Letter, Meeting, Side};

use super::world::{at, name};
use crate::http::cases::deeds::Known;
use crate::text::hex;
use crate::vault::commitment::salted_words;

/// A small generator (SplitMix64).
pub(super) struct Chance(u64);

const LETTERS: &[char] =
    &['a', 'B', 'z', '0', ' ', '.', '&', '=', '+', '%', '<', '\'', '"', 'é', 'Ŵ', '日', 'ש', '–', '\u{301}'];

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(super) fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    pub(super) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }

    /// Words of up to so many letters, in lines or in one.
    fn words(&mut self, most: usize, has_lines: bool) -> String {
        let len = self.below(most - 1);
        let mut words = String::from("x");
        for _ in 0..len {
            let line_ends = has_lines && self.below(8) == 0;
            words.push(if line_ends { '\n' } else { self.of(LETTERS) });
        }
        words.push('x');
        words
    }

    fn line(&mut self) -> Option<String> {
        Some(self.words(200, false))
    }

    fn area(&mut self) -> Option<String> {
        let most = self.of(&[2, 20, 4_000]);
        Some(self.words(most, true))
    }

    fn maybe<T>(&mut self, one: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.flag() { one(self) } else { None }
    }

    fn account(&mut self) -> Account {
        self.of(&["dan", "lea", "ada"]).parse().unwrap()
    }

    fn digest(&mut self) -> Option<Digest> {
        self.maybe(|chance| Some(Digest(chance.bytes())))
    }

    /// A minute of a day after three in the morning, when no clock changes.
    fn minute(&mut self, from: usize) -> (i64, usize) {
        const MINUTE: i64 = 60_000_000;
        let day = self.below(20_000);
        let minute = from + self.below(22 * 60 - from);
        (at("2003-02-01 00:00") + (i64::try_from(day * 24 * 60 + minute).unwrap()) * MINUTE, minute)
    }

    fn slot(&mut self) -> Slot {
        let (starts_micros, minute) = self.minute(3 * 60);
        let length = 1 + self.below((22 * 60 + 59 - minute).max(1));
        let ends_micros = starts_micros + i64::try_from(length).unwrap() * 60_000_000;
        Slot { office: name(self.of(&["north", "south"])), starts_micros, ends_micros, staff: self.account() }
    }

    fn asking(&mut self) -> Asking {
        Asking {
            channel: self.of(Channel::ALL),
            device_of: self.of(Side::ALL),
            devices: self.devices(),
            doing: self.of(Doing::ALL),
            adjustment: self.flag(),
        }
    }

    fn devices(&mut self) -> Vec<Device> {
        Device::ALL.iter().copied().filter(|_| self.flag()).collect()
    }

    fn copy(&mut self, side: Side) -> SidesCopy {
        SidesCopy { side, carrier: self.of(Carrier::ALL), digest: self.digest() }
    }

    /// What the person said, as staff note it: these, a reference, or both.
    fn heard(&mut self) -> Words {
        let reference = self.maybe(Self::line);
        let reason = if reference.is_none() || self.flag() { self.area() } else { None };
        Words { reason, reference, ..Words::default() }
    }

    fn reason(&mut self) -> Words {
        Words { reason: self.area(), ..Words::default() }
    }

    fn maybe_reason(&mut self, must: bool) -> Words {
        if must || self.flag() { self.reason() } else { Words::default() }
    }

    fn note(&mut self) -> Words {
        Words { note: self.maybe(Self::area), ..Words::default() }
    }

    /// A command of this deed.
    pub(super) fn command(&mut self, deed: Deed, known: &Known<'_>) -> Command {
        let channel = self.of(Channel::ALL);
        match deed {
            Deed::Plan => Command::Plan {
                reference: name("c-2026-0009"),
                meeting: self.of(Meeting::ALL),
                jurisdiction: self.of(&Jurisdiction::ALL),
                business: name("benefits"),
                slot: self.slot(),
                adjustment_from: self.maybe(|_| Some(CaseId([2; 16]))),
                follows: self.maybe(|_| Some(known.others[&name("c-2026-0003")].carried.clone())),
                words: Words { name: self.line(), contact: self.maybe(Self::area), ..Words::default() },
            },
            Deed::AssignRoom => {
                Command::AssignRoom { room: name(self.of(&["room-1", "room-2"])), is_private: self.flag() }
            }
            Deed::LoseRoom => Command::LoseRoom { words: self.reason() },
            Deed::SayContent => Command::SayContent { content: self.flag(), words: self.note() },
            Deed::Acknowledge => Command::Acknowledge { words: self.reason() },
            Deed::Swap => Command::Swap { to: self.account(), words: self.reason() },
            Deed::Try => Command::Try { attempt: self.of(Attempt::ALL), found: self.flag(), words: self.reason() },
            Deed::Offer => Command::Offer { slot: self.slot(), cause: self.of(Cause::ALL) },
            Deed::AnswerOffer => Command::AnswerOffer { offer: 4, accepted: self.flag(), channel, words: self.heard() },
            Deed::Move => Command::Move { slot: self.slot(), cause: self.of(Cause::ALL), words: self.reason() },
            Deed::AskAnother => Command::AskAnother { channel, words: self.heard() },
            Deed::DeclineAnother => Command::DeclineAnother { channel, words: self.heard() },
            Deed::Ask => Command::Ask { asking: self.asking(), words: self.note() },
            Deed::ChangeRequest => Command::ChangeRequest { request: 2, asking: self.asking(), words: self.heard() },
            Deed::Accept => Command::Accept { request: 2 },
            Deed::ProposeRefusal => {
                Command::ProposeRefusal { request: 2, ground: self.of(RefusalGround::ALL), words: self.reason() }
            }
            Deed::ApproveRefusal => Command::ApproveRefusal { request: 2, ground: self.of(RefusalGround::ALL) },
            Deed::Withdraw => {
                Command::Withdraw { request: 2, why: self.of(Withdrawal::ALL), channel, words: self.heard() }
            }
            Deed::ExplainOptOut => Command::ExplainOptOut { channel },
            Deed::OptOut => Command::OptOut { channel, words: self.heard() },
            Deed::OptIn => Command::OptIn { channel, words: self.heard() },
            Deed::Forgo => Command::Forgo { channel, words: self.heard() },
            Deed::ClaimAdjustment => Command::ClaimAdjustment { channel, words: self.heard() },
            Deed::AskAdviser => {
                let by_day = rules::Date::new(2026, 7, 30).unwrap();
                Command::AskAdviser { by_day, words: self.note() }
            }
            Deed::DecideAdjustment => Command::DecideAdjustment { granted: self.flag(), words: self.reason() },
            Deed::CarryAdjustment => Command::CarryAdjustment { from: CaseId([2; 16]) },
            Deed::OfferResolution => Command::OfferResolution { words: self.reason() },
            Deed::AnswerResolution => Command::AnswerResolution { reply: self.of(Reply::ALL), words: self.note() },
            Deed::Tell => Command::Tell { about: 3, channel, words: self.note() },
            Deed::Confirm => Command::Confirm { of: self.of(&[5, 6]), words: self.heard() },
            Deed::Disown => Command::Disown { of: self.of(&[5, 6]), words: self.heard() },
            other => self.later(other, known),
        }
    }

    /// The papers, the day itself and what follows.
    fn later(&mut self, deed: Deed, known: &Known<'_>) -> Command {
        let salt = Some(hex(&known.salt));
        match deed {
            Deed::ChooseFormat => {
                Command::ChooseFormat { format: self.of(Format::ALL), language: self.of(Language::ALL) }
            }
            Deed::IssueLetter => {
                let (fits, note) = (self.flag(), self.area());
                let digest = Digest(salted_words(note.as_deref().unwrap(), &known.salt));
                let reason = self.maybe_reason(!fits).reason;
                let words = Words { note, reason, salt, ..Words::default() };
                let (letter, dispatch) = (self.of(Letter::ALL), self.of(Dispatch::ALL));
                Command::IssueLetter { letter, template: name("letter-2"), digest, fits, dispatch, words }
            }
            Deed::Agree => {
                let (who, signed, consent) = (self.who(), self.words(20, false), self.of(Consent::ALL));
                let digest = Digest(salted_words(&format!("{signed}\nI agree\nto this."), &known.salt));
                let words = Words { name: Some(signed), salt, ..Words::default() };
                Command::Agree { who, template: name("agreement-1"), digest, consent, words }
            }
            Deed::RefuseAgreement => {
                let who = self.who();
                let words = if who == Who::Person || self.flag() { self.heard() } else { Words::default() };
                Command::RefuseAgreement { who, words }
            }
            Deed::Look => {
                let good = self.flag();
                let words = self.maybe_reason(!good);
                Command::Look { check: self.of(Check::ALL), good, devices: self.devices(), words }
            }
            Deed::Enter => {
                let party = self.of(Party::ALL);
                let is_staff = matches!(party, Party::Professional | Party::Colleague);
                let account = is_staff.then(|| self.account());
                let name = if is_staff { None } else { self.line() };
                Command::Enter { party, account, words: Words { name, ..Words::default() } }
            }
            Deed::HandOver => {
                let (side, receiver) = (self.of(Side::ALL), self.maybe(Self::line));
                let signed = receiver.as_ref().map(|receiver| format!("1\n{side}\n{receiver}"));
                let receipt = signed.as_ref().map(|signed| Digest(salted_words(signed, &known.salt)));
                let words = Words { receiver, salt: salt.filter(|_| receipt.is_some()), ..Words::default() };
                Command::HandOver { recording: 1, side, receipt, words }
            }
            other => self.at_last(other),
        }
    }

    fn at_last(&mut self, deed: Deed) -> Command {
        let channel = self.of(Channel::ALL);
        match deed {
            Deed::Depart => Command::Depart { present: self.of(&[1, 2, 3]) },
            Deed::Start => Command::Start { recorded: self.flag() },
            Deed::StartRecording => Command::StartRecording,
            Deed::Pause => Command::Pause { pause: self.of(Pause::ALL), words: self.note() },
            Deed::Resume => Command::Resume,
            Deed::StopRecording => {
                let side = self.maybe(|chance| Some(chance.of(Side::ALL)));
                Command::StopRecording { side, stop: self.of(Stop::ALL), words: self.reason() }
            }
            Deed::GoOn => Command::GoOn { goes_on: self.flag(), channel, words: self.heard() },
            Deed::NoteIncident => Command::NoteIncident { incident: self.of(Incident::ALL), words: self.reason() },
            Deed::End => {
                let ended_micros = self.maybe(|chance| Some(chance.minute(3 * 60).0));
                let words = self.maybe_reason(ended_micros.is_some());
                Command::End { ending: self.of(Ending::ALL), ended_micros, words }
            }
            Deed::UndoStart => Command::UndoStart { words: self.reason() },
            Deed::MakeCopies => Command::MakeCopies {
                recording: 1,
                id: self.digest(),
                copies: vec![self.copy(Side::Person), self.copy(Side::Office)],
                compared: self.flag(),
            },
            Deed::CheckCopy => {
                Command::CheckCopy { recording: 1, side: self.of(Side::ALL), verdict: self.of(Verdict::ALL) }
            }
            Deed::RefuseCopy => Command::RefuseCopy { recording: 1, channel, words: self.heard() },
            Deed::Keep => Command::Keep { recording: 1, thing: ThingId(self.bytes()) },
            Deed::GiveUp => Command::GiveUp { recording: 1, words: self.reason() },
            Deed::Close => {
                let outcome = self.of(Outcome::ALL);
                let is_plain = matches!(outcome, Outcome::Recorded | Outcome::NotRecorded);
                Command::Close { outcome, words: self.maybe_reason(!is_plain) }
            }
            Deed::Cancel => Command::Cancel { channel, words: self.heard() },
            Deed::Continue => Command::Continue {
                outcome: self.of(Outcome::ALL),
                slot: self.slot(),
                cause: self.of(Cause::ALL),
                words: self.reason(),
            },
            Deed::CorrectOutcome => Command::CorrectOutcome { outcome: self.of(Outcome::ALL), words: self.reason() },
            Deed::BreakGlass => Command::BreakGlass { words: self.reason() },
            Deed::ReviewGlass => Command::ReviewGlass { of: 12, justified: self.flag(), words: self.reason() },
            Deed::Reopen => Command::Reopen { words: self.reason() },
            Deed::NoteFollowed => Command::NoteFollowed { by: CaseId([2; 16]) },
            other => panic!("{other} has a form and no command here"),
        }
    }

    fn who(&mut self) -> Who {
        self.of(&[Who::Person, Who::Present(1), Who::Present(2), Who::Present(3)])
    }
}

//! One case's life in a demonstration: somebody who answers what is to be done, step by step, as far as the day has come.
//!
//! Not which lives there are (`lives.rs`), nor what may be done (`casework::case`). Invariants: what lies after the moment at which the demonstration is made is not done; what
//! the person alone can say, the person says; a refusal where none was meant ends the making.

use casework::case::{
    Before, By, Carrier, Case, Channel, Command, Consent, Dispatch, Ending, Ground, Intent, Need, Outcome, Party,
    Refusal, SidesCopy, Slot, Who,
};
use casework::custody::{Verdict, Words};
use casework::{CaseId, Digest, Moment, Name, ThingId};
use jiff::civil::Date;
use rules::{Jurisdiction, Meeting, Side};
use sha2::{Digest as _, Sha256};

use super::almanac::MINUTE;
use super::people;
use super::world::{Deed, Step, World, account, name, unfit};
use crate::error::Result;

/// More answers than any list is long.
const ANSWERS_MAX: usize = 60;
const HOUR: i64 = 60 * MINUTE;

/// When a day has an hour.
pub(super) type At = (i32, (i8, i8));

/// What is planned.
pub(super) struct Planned<'t> {
    pub(super) meeting: Meeting,
    pub(super) site: &'t str,
    pub(super) staff: &'t str,
    /// When it is planned, and for when: days from today, and the hour.
    pub(super) on: At,
    pub(super) starts: At,
}

/// A case in the making.
pub(super) struct Life<'w, 'a> {
    pub(super) world: &'w mut World<'a>,
    pub(super) case: Case,
    /// What the clock says.
    pub(super) at_us: i64,
    /// The person's name.
    person: String,
}

/// Why, in words.
pub(super) fn because(reason: &str) -> Words {
    Words::reason(reason)
}

impl<'w, 'a> Life<'w, 'a> {
    /// A meeting is planned.
    pub(super) fn planned(world: &'w mut World<'a>, planned: &Planned<'_>) -> Result<Life<'w, 'a>> {
        let (day, hour) = planned.starts;
        let starts_us = world.almanac.at(world.almanac.day(day), hour);
        Life::planned_for(world, planned, starts_us, None)
    }

    /// The same for that moment; in the place of another case, or with the adjustment of one.
    pub(super) fn planned_for(
        world: &'w mut World<'a>,
        planned: &Planned<'_>,
        starts_us: i64,
        before: Option<&Case>,
    ) -> Result<Life<'w, 'a>> {
        let (day, hour) = planned.on;
        let at_us = world.almanac.at(world.almanac.day(day), hour);
        Life::planned_at(world, (planned.meeting, planned.site, planned.staff), (at_us, starts_us), before)
    }

    /// The same of a meeting that somebody wants at once.
    pub(super) fn at_once(world: &'w mut World<'a>, site: &str, staff: &str) -> Result<Life<'w, 'a>> {
        let now_us = world.almanac.now_us();
        world.stands_still = true;
        Life::planned_at(world, (Meeting::Interview, site, staff), (now_us, now_us), None)
    }

    fn planned_at(
        world: &'w mut World<'a>,
        (meeting, site, staff): (Meeting, &str, &str),
        (at_us, starts_us): (i64, i64),
        before: Option<&Case>,
    ) -> Result<Life<'w, 'a>> {
        let number = world.cases.len();
        let mut id = [0xd0; 16];
        id[15] = u8::try_from(number).map_err(unfit)?;
        let follows = before.filter(|case| case.outcome() == Some(Outcome::CancelledByOffice));
        let adjustment_from = before.filter(|_| follows.is_none()).map(Case::id);
        let of = before.map_or(number, |case| usize::from(case.id().0[15]));
        let (person, contact) = people::person(of);
        let plan = Command::Plan {
            reference: world.sources.reference()?,
            meeting,
            jurisdiction: Jurisdiction::EnglandAndWales,
            business: name("benefits-example")?,
            slot: slot(site, starts_us, staff)?,
            adjustment_from,
            follows: follows.map(Case::carried),
            words: Words { name: Some(person.clone()), contact: Some(contact), ..Words::default() },
        };
        let mut life = Life { world, case: Case::absent(CaseId(id)), at_us, person };
        life.by(staff, plan)?;
        Ok(life)
    }

    /// A case that was told already goes on.
    pub(super) fn again(world: &'w mut World<'a>, case: &Case) -> Result<Life<'w, 'a>> {
        let at = world.cases.iter().position(|one| one.id() == case.id()).ok_or_else(|| unfit("no such case"))?;
        let case = world.cases[at].clone();
        let (person, _) = people::person(usize::from(case.id().0[15]));
        Ok(Life { world, case, at_us: 0, person })
    }

    /// The end of the story, as far as it goes.
    pub(super) fn done(self) -> Case {
        match self.world.cases.iter_mut().find(|one| one.id() == self.case.id()) {
            Some(told) => *told = self.case.clone(),
            None => self.world.cases.push(self.case.clone()),
        }
        self.case
    }

    /// Whether the rest lies in the future.
    pub(super) fn is_over(&self) -> bool {
        self.at_us > self.world.almanac.now_us()
    }

    /// Somebody of the staff does something.
    pub(super) fn by(&mut self, who: &str, command: Command) -> Result<()> {
        let who = account(who)?;
        self.act(By::Staff(who), command)
    }

    /// Whoever holds it does.
    pub(super) fn hold(&mut self, command: Command) -> Result<()> {
        let holder = self.holder();
        self.by(&holder, command)
    }

    /// The person does.
    pub(super) fn person(&mut self, command: Command) -> Result<()> {
        self.act(By::Person, command)
    }

    pub(super) fn act(&mut self, by: By, command: Command) -> Result<()> {
        let deed = command.deed();
        self.attempt(by, command).map_err(|refusal| unfit(format_args!("{}: {deed}: {refusal}", self.case.id())))
    }

    /// The same where it may be refused, which changes nothing.
    pub(super) fn attempt(&mut self, by: By, command: Command) -> std::result::Result<(), Refusal> {
        if self.is_over() {
            return Ok(());
        }
        let moment = Moment::local(self.at_us);
        let actor = match &by {
            By::Staff(account) => casework::case::Actor::Staff(account),
            By::Person => casework::case::Actor::Person,
            By::Program => casework::case::Actor::Program,
        };
        let ground = Ground { book: self.world.book, moment: &moment, staff: &self.world.staff, actor };
        let mut then = self.case.clone();
        for event in casework::case::decide(&self.case, &command, &ground)? {
            then.apply(&event)?;
        }
        self.case = then;
        let (at_us, case) = (self.at_us, self.case.id());
        if matches!(command, Command::Plan { .. }) {
            self.world.steps.push(Step { at_us, by, case, deed: Deed::Plan(Box::new(command)) });
            return Ok(());
        }
        // What one does at one moment is one act.
        match self.world.steps.last_mut() {
            Some(Step { at_us: then_us, by: who, case: of, deed: Deed::Act(commands) })
                if (*then_us, &*who, *of) == (at_us, &by, case) =>
            {
                commands.push(command);
            }
            _ => self.world.steps.push(Step { at_us, by, case, deed: Deed::Act(vec![command]) }),
        }
        Ok(())
    }

    /// The clock goes on.
    pub(super) fn wait(&mut self, minutes: i64) -> &mut Self {
        self.at_us += if self.world.stands_still { 0 } else { minutes * MINUTE };
        self
    }

    /// It goes on to that day and hour, if that is later.
    pub(super) fn on(&mut self, (day, hour): At) -> &mut Self {
        let at_us = self.world.almanac.at(self.world.almanac.day(day), hour);
        self.at_us = self.at_us.max(at_us);
        self
    }

    pub(super) fn holder(&self) -> String {
        self.case.appointment().map_or_else(String::new, |now| now.slot.staff.to_string())
    }

    pub(super) fn leader(&self) -> &'static str {
        people::leader_of(&self.holder())
    }

    /// The request that stands.
    pub(super) fn request(&self) -> u64 {
        self.case.request().map_or(0, |request| request.number)
    }

    fn slot(&self) -> Option<&Slot> {
        self.case.appointment().map(|now| &now.slot)
    }

    fn needs(&self, before: Before) -> Vec<Need> {
        let todo = self.case.todo(self.world.book, self.at_us);
        todo.into_iter().filter(|one| one.before == before).map(|one| one.need).collect()
    }

    /// Answers what must be before something, as far as it is of that kind.
    fn answer_all(&mut self, before: Before, is_now: impl Fn(&Need) -> bool) -> Result<()> {
        for _ in 0..ANSWERS_MAX {
            let need = self.needs(before).into_iter().find(&is_now);
            let Some(need) = need.filter(|_| !self.is_over()) else { return Ok(()) };
            self.answer(need)?;
        }
        Err(unfit(format_args!("{}: there is no end to it", self.case.id())))
    }

    /// All that can be done before the day: decision, room, letters, what the staff say.
    pub(super) fn prepare(&mut self) -> Result<()> {
        self.wait(5);
        let on_the_day = |need: &Need| matches!(need, Need::Look(_) | Need::Agreement | Need::AgreementOf(_));
        self.answer_all(Before::Start, |need| !on_the_day(need))
    }

    /// The day has come: both are in the room, and all is looked at.
    pub(super) fn arrive(&mut self) -> Result<()> {
        let starts_us = self.slot().map_or(0, |slot| slot.starts_micros);
        self.at_us = self.at_us.max(starts_us - 10 * MINUTE);
        let holder = self.holder();
        for party in [Party::Person, Party::Professional] {
            let staff = (party == Party::Professional).then(|| account(&holder)).transpose()?;
            let name = staff.is_none().then(|| self.person.clone());
            self.hold(Command::Enter { party, account: staff, words: Words { name, ..Words::default() } })?;
        }
        self.answer_all(Before::Start, |_| true)?;
        self.at_us = self.at_us.max(starts_us);
        Ok(())
    }

    /// The meeting begins as things stand.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.arrive()?;
        let recorded = !matches!(self.case.intent(self.case.ruling(self.world.book).as_ref()), Intent::NotRecorded);
        self.hold(Command::Start { recorded })
    }

    /// It goes on for so long, and is over.
    pub(super) fn end(&mut self, minutes: i64) -> Result<()> {
        self.wait(2).answer_all(Before::End, |_| true)?;
        self.wait(minutes);
        self.hold(Command::End { ending: Ending::Finished, ended_micros: None, words: Words::default() })
    }

    /// From the plan to the end.
    pub(super) fn hold_it(&mut self, minutes: i64) -> Result<()> {
        self.prepare()?;
        self.begin()?;
        self.end(minutes)
    }

    /// Copies made, looked at, in both hands and in the vault.
    pub(super) fn hand_over(&mut self) -> Result<()> {
        self.wait(3).answer_all(Before::Close, |need| *need != Need::Continue)
    }

    /// What became of it is said, and whoever is to be told is told.
    pub(super) fn close(&mut self, outcome: Outcome, why: &str) -> Result<()> {
        self.wait(10).answer_all(Before::Nothing, |need| matches!(need, Need::Tell(_) | Need::Letter(_)))?;
        let words = if why.is_empty() { Words::default() } else { because(why) };
        self.hold(Command::Close { outcome, words })
    }

    /// Recorded from beginning to end, and everything given out.
    pub(super) fn recorded(&mut self, minutes: i64) -> Result<()> {
        self.hold_it(minutes)?;
        self.hand_over()?;
        self.close(Outcome::Recorded, "")
    }

    fn salted(&mut self, text: &str) -> Result<(Digest, Words)> {
        let salt = self.world.sources.chance()?;
        let digest = Sha256::new().chain_update(salt).chain_update(text).finalize();
        let salt = Some(crate::text::hex(&salt));
        Ok((Digest(digest.into()), Words { salt, name: Some(self.person.clone()), ..Words::default() }))
    }

    fn agree(&mut self, who: Who, consent: Consent) -> Result<()> {
        let (digest, words) = self.salted("agreement-example-1")?;
        self.hold(Command::Agree { who, template: name("agreement-example-1")?, digest, consent, words })
    }

    /// Does what the list asks for.
    pub(super) fn answer(&mut self, need: Need) -> Result<()> {
        let request = self.request();
        match need {
            Need::DecideRequest => self.hold(Command::Accept { request }),
            Need::PrivateRoom => self.find_room(),
            Need::AskStaff => self.hold(Command::SayContent { content: true, words: Words::default() }),
            Need::Letter(letter) => {
                let template = name("letter-example-1")?;
                let (digest, words) = self.salted("letter-example-1")?;
                let dispatch = Dispatch::Post;
                self.hold(Command::IssueLetter { letter, template, digest, fits: true, dispatch, words })
            }
            Need::ExplainOptOut => self.hold(Command::ExplainOptOut { channel: Channel::Telephone }),
            Need::Agreement => self.agree(Who::Person, Consent::Signed),
            Need::AgreementOf(present) => self.agree(Who::Present(present), Consent::Signed),
            Need::SpokenAgreement => self.agree(Who::Person, Consent::Spoken),
            Need::Look(check) => {
                self.hold(Command::Look { check, good: true, devices: Vec::new(), words: Words::default() })
            }
            Need::Tell(about) => {
                let words = because("Explained, with the rule behind it (example).");
                self.hold(Command::Tell { about, channel: Channel::Telephone, words })
            }
            Need::Acknowledge => {
                let words = because("Spoken with; somebody else holds it (example).");
                self.by(self.leader(), Command::Acknowledge { words })
            }
            Need::Confirm(of) => {
                let words = because("The person said the same when rung back (example).");
                let leader = self.leader();
                self.wait(30).by(leader, Command::Confirm { of, words })
            }
            Need::MakeCopies(recording) => self.make_copies(recording),
            Need::CheckCopy(recording, side) => {
                self.hold(Command::CheckCopy { recording, side, verdict: Verdict::Complete })
            }
            Need::HandOver(recording, side) => {
                let words = Words { receiver: Some(self.person.clone()), ..Words::default() };
                let command = Command::HandOver { recording, side, receipt: None, words };
                if side == Side::Person { self.wait(1).person(command) } else { self.wait(1).hold(command) }
            }
            Need::Keep(recording) => self.keep(recording),
            other => Err(unfit(format_args!("{}: nobody answers this: {other}", self.case.id()))),
        }
    }

    fn find_room(&mut self) -> Result<()> {
        let Some(slot) = self.slot().cloned() else { return Ok(()) };
        let room = self.world.free_room(&slot.office, slot.starts_micros, slot.ends_micros);
        let room = room.ok_or_else(|| unfit(format_args!("{}: no room is free", self.case.id())))?;
        self.hold(Command::AssignRoom { room, is_private: true })
    }

    fn make_copies(&mut self, recording: u32) -> Result<()> {
        let began_us = self.case.held().map_or(self.at_us, |held| held.started_micros);
        let start = self.world.almanac.text(began_us);
        let sound = self.world.sources.sound(&start)?;
        let copy = |side| SidesCopy { side, carrier: Carrier::File, digest: Some(sound.digest) };
        let (id, copies) = (Some(sound.id), vec![copy(Side::Person), copy(Side::Office)]);
        self.world.sounds.push(sound);
        self.hold(Command::MakeCopies { recording, id, copies, compared: false })
    }

    /// The office's copy goes into the vault.
    fn keep(&mut self, recording: u32) -> Result<()> {
        let ours = self.case.recordings().iter().find(|one| one.number == recording);
        let id = ours.and_then(|one| one.copies.as_ref()?.id);
        let sound = self.world.sounds.iter().position(|sound| Some(sound.id) == id);
        let (Some(sound), Some(plan)) = (sound, self.case.plan()) else {
            return Err(unfit(format_args!("{}: nothing is there to be kept", self.case.id())));
        };
        let (meeting, chance) = (plan.meeting, self.world.sources.chance()?);
        let thing = ThingId(*chance.first_chunk().unwrap_or(&[0; 16]));
        let began_us = self.case.held().map_or(self.at_us, |held| held.started_micros);
        let began = rules::Timestamp::from_microsecond(began_us).unwrap_or_default();
        let day: Date = self.world.book.day_of(began, Jurisdiction::EnglandAndWales).map_err(unfit)?;
        let (at_us, by) = (self.wait(1).at_us, By::Staff(account(&self.holder())?));
        if self.is_over() {
            return Ok(());
        }
        let case = self.case.id();
        self.world.steps.push(Step { at_us, by, case, deed: Deed::Take { thing, sound, meeting, day } });
        self.world.kept.push((case, thing));
        self.hold(Command::Keep { recording, thing })
    }

    /// Another time for it: so many days from today.
    pub(super) fn other(&self, site: &str, (day, hour): At, staff: &str) -> Result<Slot> {
        slot(site, self.world.almanac.at(self.world.almanac.day(day), hour), staff)
    }
}

fn slot(site: &str, starts_micros: i64, staff: &str) -> Result<Slot> {
    let office: Name = name(site)?;
    Ok(Slot { office, starts_micros, ends_micros: starts_micros + HOUR, staff: account(staff)? })
}

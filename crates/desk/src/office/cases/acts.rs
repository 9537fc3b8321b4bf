//! The one way in which something is done in a case: state and staff read, decided on, written and committed to in one transaction.
//!
//! Not what may be done (`casework::case`). Invariants: nothing is decided on a state that another act could change meanwhile; a reference names one case, and
//! a room has one meeting at a time; who was shown an older state than the one that is acted on is told so before anything is done.

use casework::case::{self, Case, Command, Event, Ground, Phase, Purpose, Refusal, Viewer};
use casework::{CaseId, Moment, ThingId};
use vault::cipher::ObjectKey;
use vault::keyring::KeyringError;
use vault::private;

use super::CASE;
use crate::codes;
use crate::db::Tx;
use crate::db::cases::{self, Row};
use crate::db::events::{self, NewEvent};
use crate::error::{Error, Result};
use crate::office::acts::{Stream, has_their_key};
use crate::office::history::ByOffice;
use crate::office::record::People;
use crate::office::{Actor, Office, fresh, keyring_failed};

/// Who does something in a case.
#[derive(Clone, Copy)]
pub(crate) enum Doer<'a> {
    /// A member of staff, who signs it.
    Staff(&'a Actor),
    /// The person whose matter it is: the session of this name is what shows it, and the program with the office key vouches for that. A demonstration is
    /// made without.
    Person(Option<&'a [u8; 32]>),
    /// The program by itself.
    Program,
}

impl<'a> Doer<'a> {
    fn actor(self) -> Option<&'a Actor> {
        match self {
            Doer::Staff(actor) => Some(actor),
            Doer::Person(_) | Doer::Program => None,
        }
    }

    fn of_case(self) -> case::Actor<'a> {
        match self {
            Doer::Staff(actor) => case::Actor::Staff(&actor.account),
            Doer::Person(_) => case::Actor::Person,
            Doer::Program => case::Actor::Program,
        }
    }
}

/// Why nothing was done.
#[derive(Debug)]
pub(crate) enum CaseError {
    /// The procedure says no.
    Refused(Refusal),
    /// Somebody did something since the state was shown on which this was decided.
    Stale,
    /// The room has another meeting then: its reference.
    RoomTaken(String),
    /// Another case has that reference.
    ReferenceTaken,
    /// Something else.
    Failed(Error),
}

impl From<Error> for CaseError {
    fn from(error: Error) -> CaseError {
        CaseError::Failed(error)
    }
}

impl From<CaseError> for Error {
    fn from(error: CaseError) -> Error {
        let refused = |what: String, hint: &str| Error::of(what).hint(hint).with_code(codes::REFUSED);
        match error {
            CaseError::Failed(error) => error,
            CaseError::Refused(Refusal::AlreadySo) => {
                refused(Refusal::AlreadySo.what(), "nothing is to be done").already_so()
            }
            CaseError::Refused(refusal) => refused(refusal.what(), &refusal.hint()),
            CaseError::Stale => refused("something happened in this case meanwhile".to_owned(), "look at it again"),
            CaseError::RoomTaken(reference) => {
                refused(format!("the room has another meeting then: {reference}"), "take another room, or another time")
            }
            CaseError::ReferenceTaken => {
                refused("another case has that reference".to_owned(), "give it another reference")
            }
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// These, by somebody who was shown the case up to an event, or was shown nothing.
    Commands { commands: &'a [Command], shown: Option<u64> },
    /// Look at it.
    Look(Purpose),
}

type Done<T> = std::result::Result<T, CaseError>;

/// A room for a time, which nobody else has then.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    office: String,
    room: String,
    /// From and to, microseconds since 1970.
    time: (i64, i64),
}

/// What a case holds until its meeting is over.
fn held(case: &Case) -> Option<Held> {
    if matches!(case.phase(), Phase::Ended | Phase::Closed) {
        return None;
    }
    let now = case.appointment()?;
    let room = now.room.as_ref()?.name.to_string();
    Some(Held { office: now.slot.office.to_string(), room, time: (now.slot.starts_micros, now.slot.ends_micros) })
}

/// Whoever was shown the case up to that event was shown all of it, and nothing that is still to come.
pub(crate) fn is_as_shown(case: &Case, shown: Option<u64>) -> Done<()> {
    match shown {
        Some(shown) if !(case.newest_change()..=case.number()).contains(&shown) => Err(CaseError::Stale),
        _ => Ok(()),
    }
}

/// How a case is referred to: chance that can be read out on a telephone. Guessing one of them takes a trillion tries for each case that there is.
pub(crate) fn fresh_reference() -> Result<casework::Name> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let chance: [u8; 12] = fresh()?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups: Vec<String> = chance.chunks(4).map(|group| group.iter().map(letter).collect()).collect();
    groups.join("-").parse().map_err(|err| Error::of(err).hint("report this"))
}

impl Office {
    /// Plans a meeting: a new case with a key of its own.
    pub(crate) async fn plan_case(&self, doer: Doer<'_>, moment: &Moment, plan: &Command) -> Done<Case> {
        let id = CaseId(fresh()?);
        let key_bytes = zeroize::Zeroizing::new(fresh::<32>()?);
        let key = ObjectKey::new(*key_bytes);
        let _taking = self.taking()?;
        // Whoever may not is told so before a key is made.
        let staff = self.staff().await?;
        let ground = Ground { book: &self.book, moment, staff: &staff, actor: doer.of_case() };
        case::decide(&Case::absent(id), plan, &ground).map_err(CaseError::Refused)?;
        self.keyring.add(&id.0, CASE, &key).await.map_err(|err| keyring_failed(&err))?;
        let wanted = Wanted::Commands { commands: std::slice::from_ref(plan), shown: None };
        let planned = Box::pin(self.act_with_key(doer, id, moment, wanted, Some(key))).await;
        match planned {
            Ok(case) => {
                self.keyring.keep(&id.0, &[0; 32], 0).await.map_err(|err| keyring_failed(&err))?;
                Ok(case)
            }
            Err(error) => {
                // The event may be there all the same, and what failed came after it; the next opening sees to what cannot be told here.
                if matches!(self.case(id).await, Ok(case) if case.number() == 0) {
                    let _ = self.keyring.forget_pending(&id.0).await;
                }
                Err(error)
            }
        }
    }

    /// Does something in a case: all of it or nothing. `shown` is the number of the event up to which the doer was shown it, if they were shown anything.
    pub(crate) async fn act_on_case(
        &self,
        doer: Doer<'_>,
        id: CaseId,
        moment: &Moment,
        commands: &[Command],
        shown: Option<u64>,
    ) -> Done<Case> {
        let wanted = Wanted::Commands { commands, shown };
        Box::pin(self.act_with_key(doer, id, moment, wanted, None)).await
    }

    /// Puts a look on the record, where none stands that is young enough: before anything is shown.
    pub(crate) async fn look_at_case(
        &self,
        actor: &Actor,
        id: CaseId,
        moment: &Moment,
        purpose: Purpose,
    ) -> Done<Case> {
        Box::pin(self.act_with_key(Doer::Staff(actor), id, moment, Wanted::Look(purpose), None)).await
    }

    /// What a case would be after this, as things stand: before anything else is moved for it.
    pub(crate) async fn would_be(
        &self,
        doer: Doer<'_>,
        case: &Case,
        moment: &Moment,
        commands: &[Command],
    ) -> Done<Case> {
        let staff = self.staff().await?;
        has_their_key(doer.actor(), &staff)?;
        self.is_still(&mut self.db.moment().await?, doer, case.id()).await?;
        let ground = Ground { book: &self.book, moment, staff: &staff, actor: doer.of_case() };
        let mut after = case.clone();
        for command in commands {
            for event in case::decide(&after, command, &ground).map_err(CaseError::Refused)? {
                after.apply(&event).map_err(CaseError::Refused)?;
            }
        }
        Ok(after)
    }

    /// That whoever does something by a session is still signed in by it, as this transaction sees it.
    async fn is_still(&self, at: &mut Tx, doer: Doer<'_>, case: CaseId) -> Result<()> {
        match doer {
            Doer::Staff(actor) => self.is_in_still(at, actor).await,
            Doer::Person(Some(session)) => self.is_person_in_still(at, session, Some(case)).await.map(|_| ()),
            Doer::Person(None) | Doer::Program => Ok(()),
        }
    }

    async fn act_with_key(
        &self,
        doer: Doer<'_>,
        id: CaseId,
        moment: &Moment,
        wanted: Wanted<'_>,
        given: Option<ObjectKey>,
    ) -> Done<Case> {
        let clocks = match doer {
            Doer::Program => self.not_backdated(None, moment).await?,
            Doer::Staff(_) | Doer::Person(_) => self.is_not_behind(moment).await?,
        };
        let is_new = given.is_some();
        // Before the transaction: it may have to wait for a device.
        let key = match given {
            Some(key) => Ok(key),
            None => self.keyring.key(&id.0).await,
        };
        let mut at = self.db.begin().await?;
        let (people, mut case, newest_us) = self.case_walked_in(&mut at, id).await?;
        clocks.bear_out(newest_us, moment, self.config.tolerance())?;
        has_their_key(doer.actor(), people.now())?;
        self.is_still(&mut at, doer, id).await?;
        if is_new {
            self.is_announced(ThingId(id.0)).await?;
        }
        if let Wanted::Commands { shown, .. } = wanted {
            is_as_shown(&case, shown)?;
        }
        let ground = Ground { book: &self.book, moment, staff: people.now(), actor: doer.of_case() };
        let mut done = Vec::new();
        match wanted {
            Wanted::Commands { commands, .. } => {
                for command in commands {
                    let before = held(&case);
                    for event in case::decide(&case, command, &ground).map_err(CaseError::Refused)? {
                        case.apply(&event).map_err(CaseError::Refused)?;
                        done.push(event);
                    }
                    self.is_free(&mut at, &people, before, &case, command).await?;
                }
            }
            Wanted::Look(purpose) => {
                let Doer::Staff(actor) = doer else { return Ok(case) };
                let (viewer, around) = (Viewer::Staff(&actor.account), self.around(moment, people.now()));
                let look = case::look(&case, &viewer, purpose, &around).map_err(CaseError::Refused)?;
                let Some(event) = look else { return Ok(case) };
                case.apply(&event).map_err(CaseError::Refused)?;
                done.push(event);
            }
        }
        self.write_case(&mut at, &case, key, &done, doer).await?;
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(case)
    }

    /// What only the other cases know: that a reference is free, and a room that it had not before, or not then.
    async fn is_free(
        &self,
        at: &mut Tx,
        people: &People,
        before: Option<Held>,
        case: &Case,
        command: &Command,
    ) -> Done<()> {
        let is_plan = matches!(command, Command::Plan { .. });
        let wanted = held(case).filter(|held| before.as_ref() != Some(held));
        if !is_plan && wanted.is_none() {
            return Ok(());
        }
        let rows = self.case_rows_right_in(at, people).await?;
        let others = || rows.iter().filter(|(id, _)| **id != case.id()).map(|(_, row)| row);
        if let Command::Plan { reference, .. } = command
            && others().any(|row| row.reference == reference.as_str())
        {
            return Err(CaseError::ReferenceTaken);
        }
        let Some(held) = wanted else { return Ok(()) };
        let is_then = |row: &&Row| row.starts_us < held.time.1 && row.ends_us > held.time.0;
        let is_there = |row: &&Row| (row.office.as_str(), row.room.as_deref()) == (&held.office, Some(&held.room));
        match others().filter(is_there).filter(is_then).min_by_key(|row| row.starts_us) {
            Some(row) => Err(CaseError::RoomTaken(row.reference.clone())),
            None => Ok(()),
        }
    }

    /// Writes decided events of a case, which they have made what it is now, into a transaction.
    async fn write_case(
        &self,
        at: &mut Tx,
        case: &Case,
        key: std::result::Result<ObjectKey, KeyringError>,
        done: &[Event],
        doer: Doer<'_>,
    ) -> Result<()> {
        let id = case.id();
        let mut rows = Vec::new();
        for event in done {
            let (clear, words) = event.split();
            let private = match (words, &key) {
                (None, _) => None,
                (Some(words), Ok(key)) => Some(private::close(key, &id.0, event.number, &fresh()?, &words)),
                (Some(_), Err(error)) => return Err(keyring_failed(error)),
            };
            let account = doer.actor().map(|actor| actor.account.to_string());
            let position = event.number;
            rows.push(NewEvent { position, at_us: event.at_micros, account, clear, private, salt: fresh()? });
        }
        cases::put(&self.db, at, case, &ByOffice { keyring: &self.keyring, actor: None }).await?;
        self.append(at, Stream::Case(id), &rows, doer.actor()).await
    }
}

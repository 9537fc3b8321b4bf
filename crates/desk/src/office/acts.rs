//! The one way in which something is done: state and staff read, decided on, written and committed to in one transaction.
//!
//! Not what may be done (`casework`). Invariants: nothing is decided on a state that another act could change meanwhile; the private part
//! of an event is encrypted before it is anywhere but in memory; who acts signs what is written.

use casework::custody::{self, Command, Event, Ground, Thing};
use casework::{CaseId, Moment, Refusal, ThingId, staff};
use vault::cipher::ObjectKey;
use vault::keyring::{Head as KeyringHead, KeyringError};
use vault::private;

use super::history::{ByOffice, changed};
use super::holding::is_as_shown;
use super::record::People;
use super::{Actor, Note, Office};
use crate::db::Tx;
use crate::db::events::{self, Head, NewEvent};
use crate::db::things;
use crate::error::{Error, Result};

/// Which stream an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Office,
    Staff,
    /// How people sign in.
    Access,
    Thing(ThingId),
    Case(CaseId),
}

impl Stream {
    /// How it is called in the event store.
    pub(crate) fn name(self) -> String {
        match self {
            Stream::Office => "office".to_owned(),
            Stream::Staff => "staff".to_owned(),
            Stream::Access => "access".to_owned(),
            Stream::Thing(id) => format!("{THINGS}{id}"),
            Stream::Case(id) => format!("{CASES}{id}"),
        }
    }
}

/// What the streams of things begin with.
pub(super) const THINGS: &str = "thing/";
/// What the streams of cases begin with.
pub(super) const CASES: &str = "case/";

/// What came of an act.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The thing after it.
    pub(crate) thing: Thing,
    /// The events it added.
    pub(crate) events: Vec<Event>,
}

/// So many bytes of chance.
pub(crate) fn fresh<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|err| Error::of(format_args!("no chance to be had: {err}")).hint("check the system"))?;
    Ok(bytes)
}

/// What `casework` refuses, as this program says it.
pub(crate) fn refused(refusal: &Refusal) -> Error {
    if matches!(refusal, Refusal::WrongPhase { phase: custody::Phase::Absent, .. }) {
        return Error::of("there is no such thing")
            .hint("\"vault list\" shows what there is")
            .with_code(crate::codes::REFUSED);
    }
    let code = match refusal {
        // Nobody refuses it: it was mistyped.
        Refusal::BeforeRules { .. } => crate::codes::COULD_NOT,
        _ => crate::codes::REFUSED,
    };
    let error = Error::of(refusal.what()).hint(refusal.hint()).with_code(code);
    if matches!(refusal, Refusal::AlreadySo) { error.already_so() } else { error }
}

/// What the keyring refuses.
pub(crate) fn keyring_failed(error: &KeyringError) -> Error {
    let otherwise = match error {
        KeyringError::Lost(_) => {
            return Error::of(error)
                .hint("mount its disk; if it is lost for good, \"counterpartd vault keyring\" makes another copy");
        }
        KeyringError::Changed { .. } => {
            return Error::of(error).hint(
                "keep the file: where the keyring has another, move this one away, and \"counterpartd vault keyring\" makes a copy of that one; where it is the only one, copy it first of all, and try the office key's other copies",
            );
        }
        KeyringError::NotWritten { reason, .. } if reason.contains("full") => {
            "make room on its disk; the next command tells the keyring what it has not heard yet"
        }
        KeyringError::Damaged { .. } | KeyringError::Superseded(_) => {
            return Error::of(error)
                .hint("move the file away; then \"counterpartd vault keyring\" makes another copy from the other one");
        }
        KeyringError::Key(_)
        | KeyringError::Missing(_)
        | KeyringError::NotAKeyring(_)
        | KeyringError::NotCopies(..)
        | KeyringError::OtherOffice { .. } => "check which keyring and which key office.toml names",
        _ => "check the keyring's files and their disks",
    };
    Error::of(error).hint(error.hint().unwrap_or(otherwise))
}

impl Office {
    /// Does something to a thing: all of it or nothing.
    pub(crate) async fn act(
        &self,
        actor: Option<&Actor>,
        id: ThingId,
        moment: &Moment,
        commands: &[Command],
    ) -> Result<Recorded> {
        // It holds a whole walk's state: on the heap, so that no caller carries it.
        Box::pin(self.act_with((actor, None), id, moment, commands, None)).await
    }

    /// The same for somebody who was shown it as it was after so many events, if nothing happened to it since.
    pub(crate) async fn act_as_shown(
        &self,
        actor: &Actor,
        id: ThingId,
        moment: &Moment,
        command: Command,
        shown: Option<u64>,
    ) -> Result<Recorded> {
        Box::pin(self.act_with((Some(actor), shown), id, moment, &[command], None)).await
    }

    /// The same for a thing whose key is only announced yet.
    pub(crate) async fn act_with(
        &self,
        (actor, shown): (Option<&Actor>, Option<u64>),
        id: ThingId,
        moment: &Moment,
        commands: &[Command],
        given: Option<ObjectKey>,
    ) -> Result<Recorded> {
        let clocks = self.not_backdated(actor, moment).await?;
        // Before the transaction: it may have to wait for a device. Erased keys are no error, for the program's own steps need none.
        let is_new = given.is_some();
        let key = match given {
            Some(key) => Ok(key),
            None => self.keyring.key(&id.0).await,
        };
        let mut at = self.db.begin().await?;
        // What a person does, and what cannot be undone, is decided on rows out of a history that holds in this very transaction: the file may have been
        // written to since the office was opened. The program's other steps follow from what was decided so.
        let begins = commands.iter().any(|one| matches!(one, Command::BeginDestruction { .. }));
        let (people, mut thing) = if actor.is_some() || begins {
            let (people, thing, newest_us) = self.walked_in(&mut at, id).await?;
            clocks.bear_out(newest_us, moment, self.config.tolerance())?;
            (people, thing)
        } else {
            let people = self.people_in(&mut at).await?;
            let thing = self.thing_in(&mut at, id, &people).await?;
            (people, thing)
        };
        has_their_key(actor, people.now())?;
        if let Some(actor) = actor {
            self.is_in_still(&mut at, actor).await?;
        }
        is_as_shown(&thing, shown)?;
        if begins {
            self.no_twin_is_held(&mut at, &thing, &people).await?;
        }
        if is_new {
            self.is_announced(id).await?;
        }
        let ground = Ground { book: &self.book, moment, staff: people.now(), actor: actor.map(|actor| &actor.account) };
        let mut done = Vec::new();
        for command in commands {
            for event in custody::decide(&thing, command, &ground).map_err(|refusal| refused(&refusal))? {
                thing.apply(&event).map_err(|refusal| refused(&refusal))?;
                done.push(event);
            }
        }
        self.write(&mut at, &thing, key, &done, actor).await?;
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(Recorded { thing, events: done })
    }

    /// A step of the program that may have been taken by another process meanwhile.
    pub(crate) async fn step(&self, id: ThingId, moment: &Moment, command: Command) -> Result<()> {
        match self.act(None, id, moment, &[command]).await {
            Err(error) if !error.is_already_so() => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether something could be done now. Whoever may not is told so before a file is read or a disk is written.
    pub(crate) async fn may(&self, actor: &Actor, id: ThingId, moment: &Moment, command: &Command) -> Result<()> {
        self.not_backdated(Some(actor), moment).await?;
        let (staff, thing) = (self.staff().await?, self.thing(id).await?);
        could(&thing, &staff, &self.book, (actor, moment, command))
    }

    /// The same, out of a history that holds: before the keyring is told of what somebody says. The thing as it is.
    pub(crate) async fn may_surely(
        &self,
        actor: &Actor,
        id: ThingId,
        moment: &Moment,
        command: &Command,
    ) -> Result<Thing> {
        let clocks = self.not_backdated(Some(actor), moment).await?;
        let mut at = self.db.begin().await?;
        let (people, thing, newest_us) = self.walked_in(&mut at, id).await?;
        clocks.bear_out(newest_us, moment, self.config.tolerance())?;
        self.is_in_still(&mut at, actor).await?;
        could(&thing, people.now(), &self.book, (actor, moment, command)).map(|()| thing)
    }

    /// That an account is theirs who acts, still somebody's, and that they are signed in: before anything is written for them, be it only a question to the clocks.
    pub(crate) async fn is_theirs(&self, actor: &Actor) -> Result<()> {
        self.is_in_still(&mut self.db.moment().await?, actor).await?;
        let staff = self.staff().await?;
        has_their_key(Some(actor), &staff)?;
        match staff.who(&actor.account) {
            Some(standing) if !standing.has_left => Ok(()),
            _ => Err(refused(&Refusal::NoAccount { account: actor.account.clone() })),
        }
    }

    /// Writes decided events of a thing, which they have made what it is now, into a transaction.
    pub(crate) async fn write(
        &self,
        at: &mut Tx,
        thing: &Thing,
        key: std::result::Result<ObjectKey, KeyringError>,
        done: &[Event],
        actor: Option<&Actor>,
    ) -> Result<()> {
        let id = thing.id();
        let mut rows = Vec::new();
        for event in done {
            let (clear, words) = event.split();
            let private = match (words, &key) {
                (None, _) => None,
                (Some(words), Ok(key)) => Some(private::close(key, &id.0, event.number, &fresh()?, &words)),
                (Some(_), Err(error)) => return Err(keyring_failed(error)),
            };
            rows.push(NewEvent {
                position: event.number,
                at_us: event.at_micros,
                account: event.by.as_ref().map(ToString::to_string),
                clear,
                private,
                salt: fresh()?,
            });
        }
        things::put(&self.db, at, thing, &ByOffice { keyring: &self.keyring, actor: None }).await?;
        self.append(at, Stream::Thing(id), &rows, actor).await
    }

    pub(super) async fn append(
        &self,
        at: &mut Tx,
        stream: Stream,
        rows: &[NewEvent],
        actor: Option<&Actor>,
    ) -> Result<()> {
        let by = ByOffice { keyring: &self.keyring, actor };
        // Whoever changes the office key holds these events as this does: after it what this program tags would be refused for ever.
        self.keyring.is_current().await.map_err(|err| keyring_failed(&err))?;
        self.has_the_known_head(at).await?;
        self.is_next(at, &stream.name(), rows).await?;
        let head = events::head(&self.db, at).await?;
        events::append(&self.db, at, &stream.name(), rows, head, &by).await.map(|_| ())
    }

    /// Does something about the staff.
    pub(crate) async fn act_on_staff(
        &self,
        actor: Option<&Actor>,
        moment: &Moment,
        commands: &[staff::Command],
    ) -> Result<staff::Staff> {
        Box::pin(self.act_on_staff_for(actor, actor, moment, commands)).await
    }

    /// The same for somebody who asks for it by a session and does not sign it: until the first two are enrolled nobody's signature could be held against anything.
    pub(crate) async fn act_on_staff_for(
        &self,
        asks: Option<&Actor>,
        actor: Option<&Actor>,
        moment: &Moment,
        commands: &[staff::Command],
    ) -> Result<staff::Staff> {
        let clocks = self.not_backdated(actor, moment).await?;
        let mut at = self.db.begin().await?;
        let walked = self.walk_in(&mut at, &[&Stream::Staff.name()]).await?;
        clocks.bear_out(walked.newest_us, moment, self.config.tolerance())?;
        let mut people = People::read(&walked.rows[0])?.now().clone();
        has_their_key(actor, &people)?;
        if let Some(asks) = asks {
            self.is_in_still(&mut at, asks).await?;
        }
        let mut rows = Vec::new();
        for command in commands {
            let account = actor.map(|actor| &actor.account);
            for event in staff::decide(&people, command, account, moment).map_err(|refusal| refused(&refusal))? {
                people.apply(&event).map_err(|refusal| refused(&refusal))?;
                rows.push(NewEvent {
                    position: event.number,
                    at_us: event.at_micros,
                    account: event.by.as_ref().map(ToString::to_string),
                    clear: event.bytes(),
                    private: None,
                    salt: fresh()?,
                });
            }
        }
        self.append(&mut at, Stream::Staff, &rows, actor).await?;
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(people)
    }

    /// Notes something about the office; what the log is given for it.
    pub(crate) async fn note(&self, note: &Note, at_us: i64) -> Result<[u8; 32]> {
        let mut at = self.db.begin().await?;
        let commitment = self.note_in(&mut at, note, at_us).await?;
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(commitment)
    }

    /// The same in a transaction.
    pub(super) async fn note_in(&self, at: &mut Tx, note: &Note, at_us: i64) -> Result<[u8; 32]> {
        let row = NewEvent {
            position: self.end_in(at, &Stream::Office.name()).await?.position + 1,
            at_us,
            account: None,
            clear: note.bytes(),
            private: None,
            salt: fresh()?,
        };
        let commitment = events::commitment(&Stream::Office.name(), &row);
        self.append(at, Stream::Office, &[row], None).await?;
        Ok(commitment)
    }

    /// Tells the keyring how far the events have come. Another process may have told it of more meanwhile.
    pub(crate) async fn advance(&self, head: Head) -> Result<()> {
        if let Some(written) = &self.restoring {
            return match written.advance(head) {
                true => Ok(()),
                false => Err(changed("what this restore wrote is not there any more")),
            };
        }
        let head = KeyringHead { number: head.number, hash: head.hash };
        match self.keyring.advance(head).await {
            Ok(()) | Err(KeyringError::HeadBehind { .. }) => Ok(()),
            Err(error) => Err(keyring_failed(&error)),
        }
    }

    /// That no event was changed, taken out or put in behind the program's back: before anything is done that cannot be undone.
    pub(crate) async fn is_whole(&self) -> Result<()> {
        self.is_untouched().await?;
        self.check_signatures().await?.map_err(|what| changed(&what))?;
        self.is_all_accounted().await
    }
}

/// Whether a command is decided well.
fn could(
    thing: &Thing,
    staff: &staff::Staff,
    book: &rules::Book,
    (actor, moment, command): (&Actor, &Moment, &Command),
) -> Result<()> {
    has_their_key(Some(actor), staff)?;
    let ground = Ground { book, moment, staff, actor: Some(&actor.account) };
    custody::decide(thing, command, &ground).map(|_| ()).map_err(|refusal| refused(&refusal))
}

/// Whoever acts shows by their key that the account is theirs.
pub(super) fn has_their_key(actor: Option<&Actor>, staff: &staff::Staff) -> Result<()> {
    let Some(actor) = actor else { return Ok(()) };
    match staff.who(&actor.account) {
        // What has no account is refused with its reason by the decision.
        Some(standing) if standing.key != actor.public_key() => {
            Err(Error::of(format_args!("the key is not the one enrolled for {}", actor.account))
                .hint("name the file of the key that was enrolled, or enrol a new account")
                .with_code(crate::codes::REFUSED))
        }
        _ => Ok(()),
    }
}

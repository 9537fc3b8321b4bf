//! The steps of a meeting in its room: what is done in the case, with the recorder in step.
//!
//! Not what may be done (`casework::case`), nor what is put right after a crash (`settling.rs`). Invariants, in the order of a step: it is decided as things stand before
//! the recorder is touched; the recorder begins, pauses or goes on before that is noted, and pauses before it is noted that it is over; what could not be noted is
//! undone, and where nobody can tell whether it was noted nobody is recorded; what is saved only afterwards never undoes what was noted.

use casework::CaseId;
use casework::case::{Case, Command};

use super::recorder::{Order, Standing};
use super::{Finding, Room, Ticket, sound};
use crate::codes;
use crate::error::{Error, Result};
use crate::office::Office;
use crate::office::cases::{CaseError, Doer, is_as_shown};

/// What came of a step.
#[derive(Debug)]
pub(crate) struct Stepped {
    /// The case after it.
    pub(crate) case: Case,
    /// What did not go as it should, a line each; the step was done all the same.
    pub(crate) notes: Vec<String>,
}

type Done<T> = std::result::Result<T, CaseError>;

/// What a step asks of the recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    Begin(u32),
    Pause,
    Resume,
    /// `was_heard`: it did not pause.
    End {
        was_heard: bool,
    },
}

impl Change {
    fn between(before: &Case, after: &Case) -> Result<Change> {
        Ok(match (sound(before), sound(after)) {
            (None, None) => Change::Nothing,
            (None, Some((number, false))) => Change::Begin(number),
            (Some((before, is_paused)), Some((after, pauses))) if before == after => match (is_paused, pauses) {
                (false, true) => Change::Pause,
                (true, false) => Change::Resume,
                _ => Change::Nothing,
            },
            (Some((_, is_paused)), None) => Change::End { was_heard: !is_paused },
            (Some(_) | None, Some(_)) => {
                return Err(
                    Error::of("a recording is begun or ended in a step of its own").hint("do one after the other")
                );
            }
        })
    }
}

/// Whether it is somebody's no to being recorded.
fn is_no(command: &Command) -> bool {
    matches!(
        command,
        Command::OptOut { .. }
            | Command::RefuseAgreement { .. }
            | Command::Withdraw { .. }
            | Command::StopRecording { .. }
    )
}

impl Office {
    /// Does something in a case whose meeting is planned or held in a room, its recorder in step. `shown` as in [`Office::act_on_case`].
    pub(crate) async fn act_in_room(
        &self,
        doer: Doer<'_>,
        id: CaseId,
        commands: &[Command],
        shown: Option<u64>,
    ) -> Done<Stepped> {
        let case = self.case(id).await?;
        let Some(room) = self.room_of(&case)? else { return self.act_by_hand(doer, &case, commands, shown).await };
        let _alone = room.recorder.notes.alone().await?;
        // What is found of another's meeting is not this one's affair.
        let is_ours = room.recorder.notes.now()?.is_some_and(|ticket| ticket.case == id);
        let found = Box::pin(self.settle_alone(&room)).await?;
        self.settle_case(&room, id).await?;
        let case = self.case(id).await?;
        is_as_shown(&case, shown)?;
        let after = self.would_be(doer, &case, &Office::local_moment(), commands).await?;
        let change = Change::between(&case, &after)?;
        let ticket = room.prepare(&case, change).await?;
        let acted = Box::pin(self.act_on_case(doer, id, &Office::local_moment(), commands, Some(case.number()))).await;
        let mut notes: Vec<String> = found.iter().filter(|_| is_ours).map(ToString::to_string).collect();
        let case = match acted {
            Ok(case) => case,
            Err(error) => match self.case(id).await {
                // It is noted, and what failed came after that: a refusal is no such failure, and a look no such event.
                Ok(now)
                    if matches!(error, CaseError::Failed(_))
                        && now.newest_change() > case.newest_change()
                        && sound(&now) == sound(&after) =>
                {
                    notes.push(Error::from(error).what().to_owned());
                    now
                }
                // Whoever said no is heard by nobody from then on, noted or not.
                read => {
                    let goes_on = read.is_ok() && !commands.iter().any(is_no);
                    return Err(room.undo(ticket.as_ref(), change, goes_on, error).await);
                }
            },
        };
        if let (Change::End { .. }, Some(ticket)) = (change, &ticket) {
            let found = Box::pin(self.wind_up(&room, ticket)).await;
            let is_trouble = |one: &&Finding| !matches!(one, Finding::Saved(_));
            notes.extend(found.iter().filter(is_trouble).map(ToString::to_string));
        }
        notes.extend(room.mark_entrants(commands, &case).await);
        Ok(Stepped { case: self.case(id).await.unwrap_or(case), notes })
    }

    /// The same where the room has no recorder of ours: what records there is moved by hand, and looked at by hand.
    async fn act_by_hand(
        &self,
        doer: Doer<'_>,
        case: &Case,
        commands: &[Command],
        shown: Option<u64>,
    ) -> Done<Stepped> {
        let shown = shown.or(Some(case.number()));
        let case = Box::pin(self.act_on_case(doer, case.id(), &Office::local_moment(), commands, shown)).await?;
        Ok(Stepped { case, notes: Vec::new() })
    }
}

impl Room<'_> {
    /// What comes before the event. The recording that it is of.
    async fn prepare(&self, case: &Case, change: Change) -> Result<Option<Ticket>> {
        if let Change::Begin(number) = change {
            let plan = case.plan().ok_or_else(|| Error::of("nothing is planned").hint("look at the case again"))?;
            return self.recorder.start(case.id(), &plan.reference, number).await.map(Some);
        }
        if change == Change::Nothing {
            return Ok(None);
        }
        let ours = self.recorder.notes.now()?.filter(|ticket| ticket.case == case.id());
        let ticket = ours.ok_or_else(|| {
            Error::of("the room's recorder knows nothing of this recording").hint("look at the room again")
        })?;
        match change {
            Change::Pause => self.recorder.order(&ticket, Order::Pause, "").await?,
            Change::Resume if !self.is_of(case) => {
                return Err(Error::of(format_args!(
                    "the recorder stands in another room, {}/{}",
                    self.site, self.name
                ))
                .hint("stop that recording, and begin one in this room")
                .with_code(codes::REFUSED));
            }
            Change::Resume => self.recorder.order(&ticket, Order::Resume, "").await?,
            Change::End { .. } => self.hush(&ticket).await?,
            Change::Begin(_) | Change::Nothing => {}
        }
        Ok(Some(ticket))
    }

    /// Sees to it that nobody is heard any more: a recorder that does not do as it is told is ended, which saves what it has.
    pub(super) async fn hush(&self, ticket: &Ticket) -> Result<()> {
        if self.recorder.order(ticket, Order::Pause, "").await.is_ok() {
            return Ok(());
        }
        match self.recorder.standing(ticket).await? {
            Standing::Live(live) if live.state == "ending" => Ok(()),
            Standing::Ended(_) | Standing::Broken(_) => Ok(()),
            Standing::Live(_) | Standing::Silent(_) if self.recorder.ended_hard(ticket).await => Ok(()),
            Standing::Live(_) | Standing::Silent(_) => Err(Error::of("the recorder does not stop")
                .hint("take its microphone away and end its process on that machine; then look at the room again")),
        }
    }

    /// Takes back what was prepared for an event that was not written. `is_known`: that it was not can be told.
    async fn undo(&self, ticket: Option<&Ticket>, change: Change, goes_on: bool, error: CaseError) -> CaseError {
        let Some(ticket) = ticket else { return error };
        let (undone, what) = match change {
            Change::Begin(_) => {
                let ended = self.recorder.finish(ticket).await.map(|_| ());
                let what = format!("the recording {} that had begun was ended: it is in no event", ticket.name);
                (ended.and_then(|()| self.recorder.notes.over()), what)
            }
            Change::Resume => {
                (self.recorder.order(ticket, Order::Pause, "").await, "the recorder pauses again".to_owned())
            }
            Change::Pause | Change::End { was_heard: true } if goes_on => {
                (self.recorder.order(ticket, Order::Resume, "").await, "the recorder goes on".to_owned())
            }
            Change::Pause | Change::End { .. } | Change::Nothing => return error,
        };
        match (undone, error) {
            // Whoever is shown the newer state begins anew.
            (Ok(()), error @ (CaseError::Stale | CaseError::Refused(_))) if !matches!(change, Change::Begin(_)) => {
                error
            }
            (Ok(()), error) => told(error, &what),
            (Err(why), error) => told(error, &format!("{}; look at the room's recorder", why.what())),
        }
    }

    /// Whoever comes in is marked on the recording, too, by what they are and not by their name.
    async fn mark_entrants(&self, commands: &[Command], case: &Case) -> Vec<String> {
        let parties = commands.iter().filter_map(|command| match command {
            Command::Enter { party, .. } => Some(party.to_string()),
            _ => None,
        });
        let Some(ticket) = self.recorder.notes.now().ok().flatten() else { return Vec::new() };
        let mut notes = Vec::new();
        for party in parties.filter(|_| ticket.case == case.id() && sound(case).is_some()) {
            if let Err(error) = self.recorder.order(&ticket, Order::Entrant, &party).await {
                notes.push(error.what().to_owned());
            }
        }
        notes
    }
}

/// An error that says what became of the recorder, too.
fn told(error: CaseError, what: &str) -> CaseError {
    Error::from(error).beside(what, "look at the room again").into()
}

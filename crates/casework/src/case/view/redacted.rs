//! What may be shown of a case, and making it.
//!
//! Not here: whether somebody may see it at all (`mod.rs`). Invariants: its fields are private and it has no other maker; of words it owns those that its audience may see
//! for its purpose, and for the rest says that there are some and of what nature; the person is not told no before two people have said so.

use std::fmt;

use super::kind::Kind;
use super::relation::{Admitted, Around, Viewer};
use super::table::{LOOKS_SEEN_BY, is_seen, nature, purpose};
use super::word::{Audience, Nature, Purpose};
use crate::case::appointment::{Appointment, Present};
use crate::case::event::{By, Event};
use crate::case::need::{Need, Todo};
use crate::case::state::{Adjustment, Asked, Case, Held, Noted, NotedOf, Phase, Plan, Recording, Request};
use crate::case::what::What;
use crate::case::word::{Incident, Outcome, Reply};
use crate::custody::{Field, Private};
use crate::hex::CaseId;
use crate::name::Account;

/// One field of an event's words.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// As it was said.
    Shown(String),
    /// There is something, of that nature, which is not for this view.
    KeptBack(Nature),
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Shown(_) => f.write_str("Shown(..)"),
            Text::KeptBack(nature) => write!(f, "KeptBack({nature})"),
        }
    }
}

/// One event, as far as it may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Who.
    pub by: By,
    /// What.
    pub what: What,
    /// Its words, field by field: those that it has and that are somewhere to be seen.
    pub words: Vec<(Field, Text)>,
    /// Whether it has words that nobody can read: the key is gone, or not here.
    pub is_closed: bool,
}

/// A look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The number of its event.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Who.
    pub by: Account,
    /// For what.
    pub purpose: Purpose,
    /// As what.
    pub seen_as: Audience,
}

/// What somebody may see of a case, for a purpose. [`view`](super::view()) alone makes one:
///
/// ```compile_fail
/// fn forged(case: casework::CaseId) -> casework::case::RedactedView {
///     casework::case::RedactedView { case }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactedView {
    case: CaseId,
    purpose: Purpose,
    seen_as: Audience,
    phase: Phase,
    plan: Option<Plan>,
    appointments: Vec<Appointment>,
    requests: Vec<Request>,
    opted_out: bool,
    adjustment: Adjustment,
    resolution: Option<Option<Reply>>,
    letters: Vec<rules::Letter>,
    present: Vec<Present>,
    held: Option<Held>,
    undone: Vec<Held>,
    recordings: Vec<Recording>,
    incidents: Vec<(u64, Incident)>,
    noted: Vec<Noted>,
    followed_by: Option<CaseId>,
    todo: Vec<Todo>,
    history: Vec<Entry>,
    looks: Vec<Look>,
}

/// Declares what can be read of a view.
macro_rules! shown {
    ($($(#[$about:meta])* $name:ident: $type:ty = $from:expr;)*) => {
        impl RedactedView {
            $($(#[$about])* #[must_use] pub fn $name(&self) -> $type { let read: fn(&Self) -> $type = $from; read(self) })*
        }
    };
}

shown! {
    /// Which case.
    case: CaseId = |view| view.case;
    /// For what it is seen.
    purpose: Purpose = |view| view.purpose;
    /// As what.
    seen_as: Audience = |view| view.seen_as;
    /// Where the case stands in its life.
    phase: Phase = |view| view.phase;
    /// What was planned.
    plan: Option<&Plan> = |view| view.plan.as_ref();
    /// Every appointment, in order, with its room, looks at the room, offers and outcome; the last of them stands.
    appointments: &[Appointment] = |view| &view.appointments;
    /// The appointment that stands.
    appointment: Option<&Appointment> = |view| view.appointments.last();
    /// What became of it.
    outcome: Option<Outcome> = |view| view.appointment().and_then(|one| one.outcome);
    /// Every request to record, in order, and where it stands.
    requests: &[Request] = |view| &view.requests;
    /// Whether the person does not want the office to record.
    has_opted_out: bool = |view| view.opted_out;
    /// Whether recording is a reasonable adjustment for this person.
    adjustment: Adjustment = |view| view.adjustment;
    /// Whether it was offered to look into what the person is unhappy about, and what they answered.
    resolution: Option<Option<Reply>> = |view| view.resolution;
    /// The letters that went out.
    letters: &[rules::Letter] = |view| &view.letters;
    /// Who is in the room, or on the line.
    present: &[Present] = |view| &view.present;
    /// The meeting, once it began.
    held: Option<&Held> = |view| view.held.as_ref();
    /// Beginnings that were mistakes.
    undone: &[Held] = |view| &view.undone;
    /// Every recording, in order, with its copies.
    recordings: &[Recording] = |view| &view.recordings;
    /// What ought not to have happened, each with the number of its event.
    incidents: &[(u64, Incident)] = |view| &view.incidents;
    /// What staff noted as the person's word and the person has not confirmed.
    noted: &[Noted] = |view| &view.noted;
    /// The case that stands in the place of this one.
    followed_by: Option<CaseId> = |view| view.followed_by;
    /// What is still to be done, in the order in which it is best done.
    todo: &[Todo] = |view| &view.todo;
    /// What happened, in order. Looks stand by themselves.
    history: &[Entry] = |view| &view.history;
    /// Who looked.
    looks: &[Look] = |view| &view.looks;
}

impl RedactedView {
    /// Whether words of that nature are shown in it.
    #[must_use]
    pub fn shows(&self, nature: Nature) -> bool {
        purpose(self.purpose).is_some_and(|row| is_seen(nature, self.seen_as, row))
    }
}

/// The view. Nothing else calls it but `view`, which has asked whether it may.
pub(super) fn made(
    case: &Case,
    events: &[Event],
    viewer: &Viewer<'_>,
    admitted: &Admitted,
    around: &Around<'_>,
) -> RedactedView {
    let is_person = *viewer == Viewer::Person;
    let waits = |event: &&Event| is_person && is_proposal_undecided(event, events);
    let happened = events.iter().filter(|event| !matches!(event.what, What::Looked { .. }) && !waits(event));
    RedactedView {
        case: case.id,
        purpose: admitted.row.purpose,
        seen_as: admitted.audience,
        phase: case.phase,
        plan: case.plan.clone(),
        appointments: case.appointments.clone(),
        requests: case.requests.iter().cloned().map(|one| if is_person { undecided(one) } else { one }).collect(),
        opted_out: case.opted_out,
        adjustment: case.adjustment,
        resolution: case.resolution,
        letters: case.letters().collect(),
        present: case.present.clone(),
        held: case.held.clone(),
        undone: case.undone.clone(),
        recordings: case.recordings.clone(),
        incidents: case.incidents.clone(),
        noted: case.noted.iter().cloned().map(|one| if is_person { noted(one) } else { one }).collect(),
        followed_by: case.followed_by,
        todo: todo(case, viewer, around),
        history: happened.map(|event| entry(event, admitted)).collect(),
        looks: events.iter().filter_map(seen_look).filter(|one| sees_look(one, viewer, admitted.audience)).collect(),
    }
}

fn entry(event: &Event, admitted: &Admitted) -> Entry {
    let kind = Kind::of(&event.what);
    let text = |field: Field, said: &str| match nature(kind, field) {
        nature if is_seen(nature, admitted.audience, admitted.row) => Some((field, Text::Shown(said.to_owned()))),
        // Of these nobody needs to know that they are there.
        Nature::Secret | Nature::Stray => None,
        nature => Some((field, Text::KeptBack(nature))),
    };
    let words = match &event.private {
        Private::Words(words) => {
            let said = |field: &Field| words.get(*field).and_then(|said| text(*field, said));
            Field::ALL.iter().filter_map(said).collect()
        }
        Private::None | Private::Closed => Vec::new(),
    };
    Entry {
        number: event.number,
        at_micros: event.at_micros,
        by: event.by.clone(),
        what: event.what.clone(),
        words,
        is_closed: event.private == Private::Closed,
    }
}

fn seen_look(event: &Event) -> Option<Look> {
    let (What::Looked { purpose, seen_as }, By::Staff(by)) = (&event.what, &event.by) else { return None };
    let (number, at_micros, by) = (event.number, event.at_micros, by.clone());
    Some(Look { number, at_micros, by, purpose: *purpose, seen_as: *seen_as })
}

fn sees_look(look: &Look, viewer: &Viewer<'_>, audience: Audience) -> bool {
    LOOKS_SEEN_BY.contains(&audience) || *viewer == Viewer::Staff(&look.by)
}

/// What is to be done. For the person, a refusal that waits for its second look is a request that waits.
pub(super) fn todo(case: &Case, viewer: &Viewer<'_>, around: &Around<'_>) -> Vec<Todo> {
    let mut list = case.todo(around.book, around.moment.at_micros());
    if *viewer == Viewer::Person {
        let was_accepted = case.request().is_some_and(|request| undecided(request.clone()).asked == Asked::Accepted);
        list.retain(|todo| todo.need != Need::SecondLook || !was_accepted);
        let second = list.iter_mut().filter(|todo| todo.need == Need::SecondLook);
        second.for_each(|todo| todo.need = Need::DecideRequest);
    }
    list
}

/// Whether it proposes to say no and nobody has decided since.
fn is_proposal_undecided(event: &Event, events: &[Event]) -> bool {
    let What::RefusalProposed { request, .. } = &event.what else { return false };
    let decides = |later: &Event| match &later.what {
        What::Accepted { request: of, .. } | What::Refused { request: of, .. } => of == request,
        _ => false,
    };
    !events.iter().any(|later| later.number > event.number && decides(later))
}

/// Where it stands without what one person alone has proposed.
fn before_proposal(asked: Asked) -> Asked {
    match asked {
        Asked::RefusalProposed { was_accepted: true, .. } => Asked::Accepted,
        Asked::RefusalProposed { was_accepted: false, .. } => Asked::Open,
        other => other,
    }
}

fn undecided(request: Request) -> Request {
    Request { asked: before_proposal(request.asked), ..request }
}

fn noted(noted: Noted) -> Noted {
    let of = match noted.of {
        NotedOf::Withdrawal { request, before } => NotedOf::Withdrawal { request, before: before_proposal(before) },
        NotedOf::Change { of, before } => NotedOf::Change { of, before: before_proposal(before) },
        other => other,
    };
    Noted { of, ..noted }
}

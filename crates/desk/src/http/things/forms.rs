//! The forms of a thing: for each deed that is done at the desk what is asked, how it becomes a command, and how it is shown.
//!
//! Not deciding (`casework::custody`) and not doing (`doing.rs`). Invariants: there is one table, and a deed that is not in it is done by the command line alone; what was not on the page is not taken; a message stands beside its
//! field and nothing that was typed is lost; of the holds that a form offers each can be gone on with so.

use casework::custody::{
    Authority, Body, Command, Deed, How, Method, Phase, Purpose, RequestKind, Thing, Why, Words as Said,
};
use casework::{Digest, HoldId, Signature};
use pages::cases::{Choice, Control, Field, Wrong};
use pages::wording::{self, Language, Words};

use super::{context, lines};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::LANGUAGE;
use crate::http::access::form::Form;
use crate::http::cases::deeds::Listed;
use crate::office::taking::is_recording;
use crate::vault::words as typed;

/// The most characters of a line.
const LINE_CHARS_MAX: usize = 200;
/// The most characters of a reason. Events have it in one line of 1,000 bytes.
const REASON_CHARS_MAX: usize = 250;

/// Fields of every form of ours that are not the deed's.
const BESIDE: [&str; 2] = ["form_token", "shown"];
/// What is approved, as it was shown.
pub(super) const SUBJECT: &str = "subject";

type Say = fn(Language) -> Words;

/// The form of a deed.
pub(super) struct Row {
    pub(super) deed: Deed,
    /// What it is called, on the page and on its button.
    pub(super) title: Say,
    /// What whoever does it should know.
    pub(super) about: Option<Say>,
    /// What is asked, in order.
    asks: &'static [Ask],
    /// Whether password and key are shown just before: what two people decide, and what cannot be undone.
    pub(super) is_fresh: bool,
}

/// Something that is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Purpose,
    Reference,
    From,
    Until,
    RequestKind,
    TheirReference,
    Authority,
    MaybeReference,
    Reason,
    Hold,
    Method,
    By,
    Where,
    Standard,
}

const fn row(deed: Deed, title: Say, about: Option<Say>, asks: &'static [Ask]) -> Row {
    Row { deed, title, about, asks, is_fresh: false }
}

const fn fresh(row: Row) -> Row {
    Row { is_fresh: true, ..row }
}

use Ask::{
    Authority as OnAuthority, By, From, Hold, MaybeReference, Method as InWhichWay, Purpose as ForWhat, Reason,
    Reference, RequestKind as OfKind, Standard, TheirReference, Until, Where,
};

/// The table.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row(Deed::Access, wording::thing_do_listen, Some(wording::thing_do_listen_about), &[ForWhat, Reference, From, Until]),
    row(Deed::Verify, wording::thing_do_verify, Some(wording::thing_do_verify_about), &[]),
    row(Deed::Ask, wording::thing_do_ask, Some(wording::thing_do_ask_about), &[OfKind, TheirReference]),
    row(Deed::Answer, wording::thing_do_answer, None, &[Hold]),
    row(Deed::LapseHold, wording::thing_do_lapse, None, &[Hold]),
    row(Deed::Hold, wording::thing_do_hold, Some(wording::thing_do_hold_about), &[OnAuthority, Reason, MaybeReference]),
    row(Deed::ReviewHold, wording::thing_do_review, None, &[Hold, Reason]),
    row(Deed::ProposeRelease, wording::thing_do_release, Some(wording::thing_do_release_about), &[Hold, Reason]),
    fresh(row(Deed::ApproveRelease, wording::thing_do_approve_release, None, &[Hold])),
    row(Deed::ProposeDestruction, wording::thing_do_propose, Some(wording::thing_do_propose_about), &[]),
    fresh(row(Deed::ApproveDestruction, wording::thing_do_approve, Some(wording::thing_do_approve_about), &[])),
    row(Deed::WithdrawApproval, wording::thing_do_withdraw, None, &[]),
    fresh(row(Deed::BeginDestruction, wording::thing_do_destroy, Some(wording::thing_do_destroy_about), &[])),
    fresh(row(Deed::DestroyItem, wording::thing_do_destroyed, Some(wording::thing_do_destroyed_about), &[InWhichWay, By, Where, Standard])),
];

/// The form of a deed; none of what is not done at the desk.
pub(super) fn of(deed: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.deed.to_string() == deed)
}

/// The forms that are open to somebody now: what the table of rights lets them, and what would not be refused for where the thing stands.
pub(super) fn open_to(desk: &Desk, who: &SignedIn, thing: &Thing) -> Vec<&'static Row> {
    let moment = context::as_if_agreed();
    let ground = context::ground(desk, who, &moment);
    let could = |row: &&Row| {
        let samples = samples(row.deed, desk, who, thing);
        samples.iter().any(|command| casework::custody::decide(thing, command, &ground).is_ok())
    };
    let is_readable = |row: &&Row| match row.deed {
        Deed::Access | Deed::Verify => matches!(thing.body(), Some(Body::Electronic { .. })) && thing.kind().is_some(),
        _ => true,
    };
    ROWS.iter().filter(|row| is_readable(row) && could(row)).collect()
}

/// Commands of a deed such as its form could make, whatever is typed in it.
fn samples(deed: Deed, desk: &Desk, who: &SignedIn, thing: &Thing) -> Vec<Command> {
    let said =
        || Said { reason: Some("reason".to_owned()), reference: Some("reference".to_owned()), ..Said::default() };
    let none = HoldId([0; 16]);
    let of_holds =
        |make: &dyn Fn(HoldId) -> Option<Command>| thing.holds().keys().filter_map(|hold| make(*hold)).collect();
    let release = |hold: &HoldId| thing.holds().get(hold)?.release.as_ref().map(|one| one.subject);
    match deed {
        Deed::Access => vec![access(Purpose::Quality, None, said())],
        Deed::Verify => thing.verdict().map(|verdict| Command::Verify { verdict }).into_iter().collect(),
        Deed::Ask => vec![Command::Ask { hold: none, kind: RequestKind::Complaint, words: said() }],
        Deed::Hold => vec![Command::Hold { hold: none, authority: Authority::Office, words: said() }],
        Deed::Answer => of_holds(&|hold| Some(Command::Answer { hold })),
        Deed::LapseHold => of_holds(&|hold| Some(Command::LapseHold { hold })),
        Deed::ReviewHold => of_holds(&|hold| Some(Command::ReviewHold { hold, words: said() })),
        Deed::ProposeRelease => of_holds(&|hold| Some(Command::ProposeRelease { hold, words: said() })),
        Deed::ApproveRelease => of_holds(&|hold| Some(Command::ApproveRelease { hold, subject: release(&hold)? })),
        Deed::ProposeDestruction => vec![Command::ProposeDestruction],
        Deed::ApproveDestruction => approval(desk, who, thing).into_iter().collect(),
        Deed::WithdrawApproval => vec![Command::WithdrawApproval],
        Deed::BeginDestruction => vec![begin(desk, thing)],
        Deed::DestroyItem => {
            let (by, place) = ("somebody".to_owned(), "somewhere".to_owned());
            vec![Command::DestroyItem { method: Method::Shredded, by, place, standard: None }]
        }
        _ => Vec::new(),
    }
}

fn begin(desk: &Desk, thing: &Thing) -> Command {
    let is_item = matches!(thing.body(), Some(Body::Physical { .. }));
    let stores = if is_item { Vec::new() } else { desk.office.store_names.clone() };
    Command::BeginDestruction { stores, places: Vec::new() }
}

/// The approval of exactly what would be destroyed now.
pub(super) fn approval(desk: &Desk, who: &SignedIn, thing: &Thing) -> Option<Command> {
    let subject = thing.subject(&desk.office.book).ok()?.digest();
    Some(Command::ApproveDestruction { subject, signature: who.actor.approval(&subject) })
}

fn access(purpose: Purpose, range_ms: Option<(u64, u64)>, words: Said) -> Command {
    Command::Access { how: How::Listened, purpose, range_ms, range_bytes: None, words }
}

/// Whether a thing is a recording, which is listened to; anything else is looked at.
pub(super) fn is_sound(thing: &Thing) -> bool {
    thing.kind().is_some_and(is_recording)
}

/// What a form's title and what is to be known are, of this thing.
pub(super) fn titles(row: &Row, thing: &Thing) -> (Words, Option<Words>) {
    if row.deed == Deed::Access && !is_sound(thing) {
        return (wording::thing_do_look(LANGUAGE), Some(wording::thing_do_look_about(LANGUAGE)));
    }
    ((row.title)(LANGUAGE), row.about.map(|about| about(LANGUAGE)))
}

impl Row {
    fn asks(&self, thing: &Thing) -> impl Iterator<Item = Ask> {
        let is_sound = is_sound(thing);
        self.asks.iter().copied().filter(move |ask| is_sound || !matches!(ask, From | Until))
    }

    /// The fields with what was typed in them.
    pub(super) fn fields(&self, thing: &Thing, form: &Form) -> Vec<Field> {
        self.asks(thing).map(|ask| field(self.deed, ask, thing, form)).collect()
    }

    /// The command that a form is, with this id for a hold that it places; or all that is wrong with it.
    pub(super) fn read(&self, thing: &Thing, form: &Form, hold: HoldId) -> Result<Command, Wrong> {
        let mut reading = Reading { thing, form, wrong: Vec::new() };
        let command = reading.command(self.deed, hold);
        let is_asked = |name: &str| self.asks(thing).any(|ask| about(ask).0 == name);
        let is_shown = |name: &str| self.deed == Deed::ApproveDestruction && name == SUBJECT;
        if form.into_iter().any(|(name, _)| !BESIDE.contains(&name.as_str()) && !is_asked(name) && !is_shown(name)) {
            reading.wrong.push((String::new(), wording::case_wrong_foreign(LANGUAGE)));
        }
        match (command, reading.wrong.is_empty()) {
            (Some(command), true) => Ok(command),
            (_, false) => Err(reading.wrong),
            (None, true) => Err(vec![(String::new(), wording::case_wrong_foreign(LANGUAGE))]),
        }
    }
}

/// What a field is called, its hint, what is said where it is missing.
fn about(ask: Ask) -> (&'static str, Say, Option<Say>, Option<Say>) {
    use wording as w;
    match ask {
        ForWhat => ("purpose", w::thing_ask_purpose, None, Some(w::thing_missing_purpose)),
        Reference => {
            ("reference", w::thing_ask_reference, Some(w::thing_ask_reference_hint), Some(w::thing_missing_reference))
        }
        From => ("from", w::thing_ask_from, Some(w::thing_ask_from_hint), None),
        Until => ("until", w::thing_ask_until, Some(w::thing_ask_until_hint), None),
        OfKind => ("kind", w::thing_ask_kind, None, Some(w::thing_missing_kind)),
        TheirReference => ("reference", w::thing_ask_their_reference, None, Some(w::thing_missing_their_reference)),
        MaybeReference => ("reference", w::thing_ask_their_reference, None, None),
        OnAuthority => ("authority", w::thing_ask_authority, None, Some(w::thing_missing_authority)),
        Reason => ("reason", w::thing_ask_reason, None, Some(w::thing_missing_reason)),
        Hold => ("hold", w::thing_ask_hold, None, Some(w::thing_missing_hold)),
        InWhichWay => ("method", w::thing_ask_method, None, Some(w::thing_missing_method)),
        By => ("by", w::thing_ask_by, Some(w::thing_ask_by_hint), Some(w::thing_missing_by)),
        Where => ("where", w::thing_ask_where, None, Some(w::thing_missing_where)),
        Standard => ("standard", w::thing_ask_standard, Some(w::thing_ask_standard_hint), None),
    }
}

fn field(deed: Deed, ask: Ask, thing: &Thing, form: &Form) -> Field {
    let (name, label, hint, missing) = about(ask);
    let value = form.get(name).to_owned();
    let control = match ask {
        ForWhat => one_of::<Purpose>(value),
        OfKind => one_of::<RequestKind>(value),
        OnAuthority => one_of::<Authority>(value),
        InWhichWay => one_of::<Method>(value),
        Hold => {
            let mut choices = holds(deed, thing);
            match choices.len() {
                1 if value.is_empty() || value == choices[0].value => Control::Only(choices.remove(0)),
                _ => Control::OneOf { choices, chosen: value },
            }
        }
        From | Until => Control::Time(value),
        Reason => Control::Area { value, most: u32::try_from(REASON_CHARS_MAX).unwrap_or(u32::MAX) },
        _ => Control::Line(value),
    };
    let is_optional = missing.is_none() && hint.is_none();
    Field { name, label: label(LANGUAGE), hint: hint.map(|hint| hint(LANGUAGE)), is_optional, control }
}

fn one_of<T: Listed>(chosen: String) -> Control {
    let choices = T::all(LANGUAGE).into_iter().map(|one| Choice { value: one.word, label: one.label });
    Control::OneOf { choices: choices.collect(), chosen }
}

/// The holds with which a deed can go on.
fn holds(deed: Deed, thing: &Thing) -> Vec<Choice> {
    let fits = |hold: &casework::custody::Hold| match (deed, hold.why) {
        (Deed::Answer, Why::Request(_, None)) | (Deed::LapseHold, Why::Request(_, Some(_))) | (Deed::ReviewHold, _) => {
            true
        }
        (Deed::ProposeRelease, Why::Authority(_) | Why::Replayed) => true,
        (Deed::ApproveRelease, _) => hold.release.is_some(),
        _ => false,
    };
    let there = thing.holds().iter().filter(|(_, hold)| thing.phase() == Phase::Kept && fits(hold));
    there.map(|(id, hold)| Choice { value: id.to_string(), label: numbered(hold) }).collect()
}

/// A hold, told from another of the same kind by the event that placed it.
fn numbered(hold: &casework::custody::Hold) -> Words {
    let why = lines::why(hold);
    let event = wording::case_one_event(LANGUAGE, &hold.number.to_string());
    Words::said(LANGUAGE, format!("{} ({})", why.as_str(), event.as_str()))
}

/// A form that is read.
struct Reading<'a> {
    thing: &'a Thing,
    form: &'a Form,
    wrong: Wrong,
}

impl Reading<'_> {
    fn command(&mut self, deed: Deed, hold: HoldId) -> Option<Command> {
        match deed {
            Deed::Access => {
                let (purpose, reference) = (self.one::<Purpose>(ForWhat), self.line(Reference));
                let range_ms = self.range();
                let words = Said { reference: reference.clone(), ..Said::default() };
                reference.and(purpose).map(|purpose| access(purpose, range_ms, words))
            }
            // What was found is known once it was looked at.
            Deed::Verify => Some(Command::Verify { verdict: casework::custody::Verdict::CannotSay }),
            Deed::Ask => {
                let (kind, reference) = (self.one::<RequestKind>(OfKind), self.line(TheirReference));
                let words = Said { reference: reference.clone(), ..Said::default() };
                reference.and(kind).map(|kind| Command::Ask { hold, kind, words })
            }
            Deed::Hold => {
                let authority = self.one::<Authority>(OnAuthority);
                let (reason, reference) = (self.line(Reason), self.line(MaybeReference));
                let words = Said { reason: reason.clone(), reference, ..Said::default() };
                reason.and(authority).map(|authority| Command::Hold { hold, authority, words })
            }
            Deed::Answer => self.hold(deed).map(|(hold, _)| Command::Answer { hold }),
            Deed::LapseHold => self.hold(deed).map(|(hold, _)| Command::LapseHold { hold }),
            Deed::ReviewHold => {
                let (hold, reason) = (self.hold(deed), self.line(Reason));
                hold.zip(reason).map(|((hold, _), reason)| Command::ReviewHold { hold, words: Said::reason(&reason) })
            }
            Deed::ProposeRelease => {
                let (hold, reason) = (self.hold(deed), self.line(Reason));
                hold.zip(reason)
                    .map(|((hold, _), reason)| Command::ProposeRelease { hold, words: Said::reason(&reason) })
            }
            Deed::ApproveRelease => {
                let (hold, release) = self.hold(deed)?;
                release.map(|subject| Command::ApproveRelease { hold, subject })
            }
            Deed::ProposeDestruction => Some(Command::ProposeDestruction),
            // Signed once it is known to be what was shown.
            Deed::ApproveDestruction => {
                let subject = self.form.get(SUBJECT).parse::<Digest>().ok()?;
                Some(Command::ApproveDestruction { subject, signature: Signature([0; 64]) })
            }
            Deed::WithdrawApproval => Some(Command::WithdrawApproval),
            Deed::BeginDestruction => Some(Command::BeginDestruction { stores: Vec::new(), places: Vec::new() }),
            Deed::DestroyItem => {
                let (method, by, place) = (self.one::<Method>(InWhichWay), self.line(By), self.line(Where));
                let standard = self.line(Standard);
                let (method, (by, place)) = method.zip(by.zip(place))?;
                Some(Command::DestroyItem { method, by, place, standard })
            }
            _ => None,
        }
    }

    fn say(&mut self, ask: Ask, words: Words) {
        self.wrong.push((about(ask).0.to_owned(), words));
    }

    fn missing(&mut self, ask: Ask) {
        if let Some(missing) = about(ask).3 {
            self.say(ask, missing(LANGUAGE));
        }
    }

    fn one<T: Listed + std::str::FromStr>(&mut self, ask: Ask) -> Option<T> {
        let found = self.form.get(about(ask).0).parse().ok();
        if found.is_none() {
            self.missing(ask);
        }
        found
    }

    /// Words of one line: ends of lines in an area become blanks.
    fn line(&mut self, ask: Ask) -> Option<String> {
        let (name, label, ..) = about(ask);
        let (label, most) = (label(LANGUAGE), if ask == Reason { REASON_CHARS_MAX } else { LINE_CHARS_MAX });
        let text = self.form.get(name).split_whitespace().collect::<Vec<_>>().join(" ");
        let has = text.chars().count();
        if text.is_empty() {
            self.missing(ask);
            return None;
        }
        if has > most {
            self.say(ask, wording::case_wrong_long(LANGUAGE, label.as_str(), &most.to_string(), &has.to_string()));
            return None;
        }
        if let Some(c) = typed::hidden(&text).or_else(|| text.chars().find(|c| c.is_control())) {
            let code = format!("U+{:04X}", u32::from(c));
            self.say(ask, wording::case_wrong_hidden(LANGUAGE, label.as_str(), &code));
            return None;
        }
        Some(text)
    }

    /// The stretch that was typed; none where it is all of it, or is wrong.
    fn range(&mut self) -> Option<(u64, u64)> {
        if !is_sound(self.thing) {
            return None;
        }
        let (from, until) = (self.time(From), self.time(Until));
        match (from, until) {
            (None, None) => None,
            (Some(from), Some(until)) if until <= from => {
                self.say(Until, wording::thing_wrong_order(LANGUAGE));
                None
            }
            (from, until) => Some((from.unwrap_or(0), until.unwrap_or(u64::MAX))),
        }
    }

    fn time(&mut self, ask: Ask) -> Option<u64> {
        let (name, label, ..) = about(ask);
        let text = self.form.line(name).to_owned();
        if text.is_empty() {
            return None;
        }
        let read = typed::clock_ms(&text).ok();
        if read.is_none() {
            self.say(ask, wording::thing_wrong_time(LANGUAGE, label(LANGUAGE).as_str()));
        }
        read
    }

    /// One of the holds that the form offered, and the digest of its release.
    fn hold(&mut self, deed: Deed) -> Option<(HoldId, Option<Digest>)> {
        let value = self.form.get("hold").to_owned();
        if value.is_empty() {
            self.missing(Hold);
            return None;
        }
        let is_offered = holds(deed, self.thing).iter().any(|one| one.value == value);
        let id = value.parse::<HoldId>().ok().filter(|_| is_offered);
        let Some(id) = id else {
            let label = wording::thing_ask_hold(LANGUAGE);
            self.say(Hold, wording::case_wrong_gone(LANGUAGE, label.as_str()));
            return None;
        };
        let release = self.thing.holds().get(&id).and_then(|hold| hold.release.as_ref()).map(|one| one.subject);
        Some((id, release))
    }
}

//! What the reading of a form is told of the case and of the office: what there is to select from.
//!
//! Not where it comes from, which is the caller's.
//! Invariant: whatever can be selected is in here, so that nothing is taken from a form that was not on its page.

use std::collections::BTreeMap;

use casework::case::{Case, Follows, Need, NotedOf};
use casework::{CaseId, Name};
use pages::wording::{self, Language, Words};
use rules::{Book, Jurisdiction};

use super::field::{Control, Field, Of};
use super::moments;
use super::own;
use super::value::PERSON;
use super::words::{Labelled, Listed as _};

/// Something of the office's that can be selected: its name in clear, and how people call it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Its name.
    pub(crate) name: String,
    /// How people call it.
    pub(crate) called: String,
}

/// A text that is given out, in one version.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its name with its version.
    pub(crate) name: Name,
    /// How people call it.
    pub(crate) called: String,
    /// Its words.
    pub(crate) words: String,
}

/// Another case that whoever acts may name.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    /// Its id.
    pub(crate) id: CaseId,
    /// What of it stands in a case that follows it ([`Case::carried`]).
    pub(crate) carried: Follows,
}

/// All that the reading of a form is told.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The case.
    pub(crate) case: &'a Case,
    /// The rules in use.
    pub(crate) book: &'a Book,
    /// When it is, microseconds since 1970.
    pub(crate) at_micros: i64,
    /// Whether the person acts by themselves, and not staff for them.
    pub(crate) by_person: bool,
    /// Those of the staff who can be named.
    pub(crate) staff: &'a [Shown],
    /// The offices.
    pub(crate) offices: &'a [Shown],
    /// The rooms that can be given.
    pub(crate) rooms: &'a [Shown],
    /// The texts of letters and agreements.
    pub(crate) texts: &'a [Text],
    /// The cases of the references that the form names ([`references`](super::references)), as far as there are any.
    pub(crate) others: &'a BTreeMap<Name, Other>,
    /// Events of the case in words, by their number.
    pub(crate) events: &'a BTreeMap<u64, String>,
    /// Fields of the page's own, which are not the deed's: the form's token.
    pub(crate) beside: &'a [&'a str],
    /// 32 bytes of chance, for what is committed to.
    pub(crate) salt: [u8; 32],
    /// The page's language.
    pub(crate) language: Language,
}

impl Known<'_> {
    /// Whose clock counts.
    pub(super) fn place(&self) -> Jurisdiction {
        // They have one clock; before a case is planned any of them says which.
        self.case.plan().map_or(Jurisdiction::EnglandAndWales, |plan| plan.jurisdiction)
    }

    /// What can be chosen in a field; nothing for a field in which something is written.
    pub(super) fn choices(&self, field: &Field) -> Option<Vec<Labelled>> {
        let mut choices = self.listed(field)?;
        for choice in &mut choices {
            if let Some(label) = own::choice(self, field, &choice.word) {
                choice.label = label;
            }
        }
        Some(choices)
    }

    fn listed(&self, field: &Field) -> Option<Vec<Labelled>> {
        let said = |text: &str| Words::said(self.language, text.to_owned());
        let named = |all: &[Shown]| {
            all.iter().map(|one| Labelled { word: one.name.clone(), label: said(&one.called) }).collect()
        };
        Some(match field.control {
            Control::OneOf(list) | Control::SeveralOf(list) => list(self.language),
            Control::YesNo => vec![
                Labelled { word: YES.to_owned(), label: wording::case_yes(self.language) },
                Labelled { word: NO.to_owned(), label: wording::case_no(self.language) },
            ],
            Control::Staff => named(self.staff),
            Control::Office => named(self.offices),
            Control::Room => named(self.rooms),
            Control::Text => {
                let text = |one: &Text| Labelled { word: one.name.to_string(), label: said(&one.called) };
                self.texts.iter().map(text).collect()
            }
            Control::Number(of) => self.numbered(of),
            Control::Who => {
                let person = wording::case_party_person(self.language);
                let person = Labelled { word: PERSON.to_owned(), label: person };
                std::iter::once(person).chain(self.numbered(Of::Present)).collect()
            }
            Control::Line
            | Control::Area
            | Control::Name
            | Control::Day
            | Control::When
            | Control::Until(_)
            | Control::Case
            | Control::Follows
            | Control::Digest
            | Control::Drawing
            | Control::Thing
            | Control::Made => return None,
        })
    }

    /// What of the case has a number that can be named now, in words.
    fn numbered(&self, of: Of) -> Vec<Labelled> {
        let one = |number: &dyn std::fmt::Display, label| Labelled { word: number.to_string(), label };
        let case = self.case;
        match of {
            Of::Offer => {
                let offer = case.appointment().and_then(|now| now.offered());
                offer.map(|offer| one(&offer.number, self.offer(&offer.slot))).into_iter().collect()
            }
            Of::Request => {
                let request = case.request().filter(|request| request.is_owed());
                request.map(|request| one(&request.number, self.request(request))).into_iter().collect()
            }
            Of::Recording => {
                let label = |recording: &casework::case::Recording| {
                    let side = recording.side.label(self.language);
                    wording::case_one_recording(self.language, &recording.number.to_string(), side.as_str())
                };
                let over = case.recordings().iter().filter(|recording| recording.is_over && !recording.is_given_up);
                over.map(|recording| one(&recording.number, label(recording))).collect()
            }
            Of::Told => {
                let told = case.todo(self.book, self.at_micros).into_iter().filter_map(|todo| match todo.need {
                    Need::Tell(number) => Some(number),
                    _ => None,
                });
                told.map(|number| one(&number, self.event(number))).collect()
            }
            Of::Glass => {
                let waiting = case.glasses().iter().filter(|glass| glass.justified.is_none());
                waiting.map(|glass| one(&glass.number, self.glass(glass))).collect()
            }
            Of::Noted => case.noted().iter().map(|noted| one(&noted.number, self.noted(noted))).collect(),
            Of::Present => case.present().iter().map(|present| one(&present.number, self.present(present))).collect(),
        }
    }

    fn offer(&self, slot: &casework::case::Slot) -> Words {
        let when = moments::said(self, slot.starts_micros);
        let office = self.offices.iter().find(|office| office.name == slot.office.as_str());
        wording::case_one_offer(self.language, &when, office.map_or(slot.office.as_str(), |office| &office.called))
    }

    fn request(&self, request: &casework::case::Request) -> Words {
        let asking = &request.asking;
        let (doing, side) = (asking.doing.label(self.language), asking.device_of.label(self.language));
        let day = moments::said(self, request.since_micros);
        wording::case_one_request(self.language, doing.as_str(), side.as_str(), &day)
    }

    fn event(&self, number: u64) -> Words {
        let event = self.events.get(&number).map(|event| Words::said(self.language, event.clone()));
        event.unwrap_or_else(|| wording::case_one_event(self.language, &number.to_string()))
    }

    fn noted(&self, noted: &casework::case::Noted) -> Words {
        let say = match noted.of {
            NotedOf::Withdrawal { .. } => wording::case_noted_withdrawal,
            NotedOf::Change { .. } => wording::case_noted_change,
            NotedOf::OptOut => wording::case_noted_opt_out,
            NotedOf::OptIn => wording::case_noted_opt_in,
            NotedOf::Answer { .. } => wording::case_noted_answer,
            NotedOf::AgreementRefused { .. } => wording::case_noted_agreement_refused,
            NotedOf::Forgone => wording::case_noted_forgone,
            NotedOf::AnotherDeclined => wording::case_noted_another_declined,
            NotedOf::Cancelled => wording::case_noted_cancelled,
            NotedOf::CopyRefused { .. } => wording::case_noted_copy_refused,
            NotedOf::WentOn => wording::case_noted_went_on,
        };
        wording::case_one_noted(self.language, say(self.language).as_str(), noted.by.as_str())
    }

    fn glass(&self, glass: &casework::case::Glass) -> Words {
        let when = moments::said(self, glass.at_micros);
        wording::case_one_glass(self.language, glass.by.as_str(), &when)
    }

    fn present(&self, present: &casework::case::Present) -> Words {
        let (number, party) = (present.number.to_string(), present.party.label(self.language));
        match &present.account {
            None => wording::case_one_present(self.language, &number, party.as_str()),
            Some(account) => wording::case_one_present_staff(self.language, &number, party.as_str(), account.as_str()),
        }
    }
}

/// The word of a yes.
pub(super) const YES: &str = "yes";
/// The word of a no.
pub(super) const NO: &str = "no";

//! Date input: a date that somebody knows by heart, in three fields.
//!
//! Not a calendar. Invariants: three text fields, since number fields lose what they cannot read; where the date as a whole is wrong every part is
//! marked, where a part is wrong only that one.

use super::{Component, ErrorMessage, Field, Fieldset, Group, Hint, Input, Label, field, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// A date.
#[derive(Debug, Clone, Default)]
pub struct DateInput<'a> {
    /// With what the ids begin.
    pub id: &'a str,
    /// With what the names begin; empty for nothing.
    pub name_prefix: &'a str,
    /// Day, month, year, or those of them that are asked for.
    pub parts: Vec<DatePart<'a>>,
    /// What is asked; its content is made here.
    pub fieldset: Option<Fieldset<'a>>,
    /// A line that helps.
    pub hint: Option<Hint<'a>>,
    /// What is wrong with what was sent.
    pub error: Option<ErrorMessage<'a>>,
    /// What is around it.
    pub group: Group<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One of the fields.
#[derive(Debug, Clone, Default)]
pub struct DatePart<'a> {
    /// Its name: `day`, `month`, `year`, or another with a label of its own.
    pub name: &'a str,
    /// What it is called, if not "Day", "Month" or "Year".
    pub label: &'a str,
    /// Its id, if not made from the date's.
    pub id: &'a str,
    /// What is in it.
    pub value: Option<&'a str>,
    /// Whether this part is wrong; unsaid, it is when the date is.
    pub is_wrong: Option<bool>,
    /// Which keys a telephone shows, if not numbers.
    pub inputmode: &'a str,
    /// What the browser may fill in.
    pub autocomplete: &'a str,
    /// What the browser holds it against; our forms leave that to the service.
    pub pattern: &'a str,
    /// More classes; a width among them replaces the usual one.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl<'a> DateInput<'a> {
    /// Day, month and year, as they were typed.
    pub fn parts(day: &'a str, month: &'a str, year: &'a str) -> Vec<DatePart<'a>> {
        let part = |name, value: &'a str| DatePart { name, value: Some(value), ..DatePart::default() };
        vec![part("day", day), part("month", month), part("year", year)]
    }
}

impl Component for DateInput<'_> {
    fn html(&self, language: Language) -> Html {
        let others = self.fieldset.as_ref().map_or("", |set| set.described_by);
        let described_by = field::described_by(others, self.id, self.hint.is_some(), self.error.is_some());
        let list = el("div")
            .class("govuk-date-input")
            .class(self.classes)
            .attrs(&self.attributes)
            .attr_unless_empty("id", self.id)
            .child(&self.group.before)
            .children(self.parts.iter().map(|part| self.part(part, language)))
            .child(&self.group.after);
        let content = field::hint_and_error(self.id, self.hint.as_ref(), self.error.as_ref(), language).then(list);
        let inner = match &self.fieldset {
            // With this role JAWS reads the legend before text fields too.
            Some(set) => Fieldset { described_by: &described_by, role: "group", content, ..set.clone() }.html(language),
            None => content,
        };
        self.group.around(self.error.is_some(), inner)
    }
}

impl DateInput<'_> {
    fn is_wrong(&self, part: &DatePart<'_>) -> bool {
        let any = self.parts.iter().any(|part| part.is_wrong == Some(true));
        part.is_wrong.unwrap_or(self.error.is_some() && !any)
    }

    fn part(&self, part: &DatePart<'_>, language: Language) -> Html {
        let own = match part.name {
            "month" => wording::month(language),
            "year" => wording::year(language),
            _ => wording::day(language),
        };
        let width = if part.name == "year" { "govuk-input--width-4" } else { "govuk-input--width-2" };
        let mut classes = "govuk-date-input__input".to_owned();
        let usual =
            [(self.is_wrong(part), "govuk-input--error"), (!part.classes.contains("govuk-input--width-"), width)];
        let all = usual.iter().filter(|(holds, _)| *holds).map(|(_, class)| *class).chain([part.classes]);
        for class in all.filter(|class| !class.is_empty()) {
            classes.push(' ');
            classes.push_str(class);
        }
        let id = format!("{}-{}", self.id, part.name);
        let name = if self.name_prefix.is_empty() {
            part.name.to_owned()
        } else {
            format!("{}-{}", self.name_prefix, part.name)
        };
        let label = Label {
            text: first(&[part.label, own.as_str()]).into(),
            classes: "govuk-date-input__label",
            ..Label::default()
        };
        let input = Input {
            field: Field { name: &name, id: first(&[part.id, &id]), label, ..Field::default() },
            value: part.value,
            inputmode: first(&[part.inputmode, "numeric"]),
            autocomplete: part.autocomplete,
            pattern: part.pattern,
            classes: &classes,
            attributes: part.attributes.clone(),
            ..Input::default()
        };
        el("div").class("govuk-date-input__item").child(input.html(language)).into()
    }
}

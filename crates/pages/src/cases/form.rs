//! The form of a deed: its title, why, every field with what was typed, a button.
//!
//! Not which fields a deed has, nor reading them (`desk`). Invariants: the id of a control is the name of its field, so that a summary's link leads to it; what is
//! optional says so; up to six choices are radios, and more are a list to select from.

use super::{Frame, Wrong, drawing};
use crate::access::{button, form, heading, hidden, paragraph};
use crate::components::{
    CharacterCount, Checkboxes, Choice as Item, Choices, Component as _, Counted, DateInput, DatePart, ErrorMessage,
    Field as Around, Fieldset, Hint, Input, Label, Legend, Radios, Select, SelectItem, Textarea,
};
use crate::html::el;
use crate::things::exactly;
use crate::wording::{self, Language, Words};
use crate::{Html, assets};

/// As many choices are radios.
const RADIOS_MAX: usize = 6;

/// The page.
#[derive(Debug)]
pub struct FormPage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// What is done, which the button says too.
    pub title: Words,
    /// What it is done in or to, as people name it.
    pub of: Option<Words>,
    /// What whoever does it should know.
    pub about: Option<Words>,
    /// The rules that ask for it, each a clause with its source.
    pub clauses: Vec<String>,
    /// What it is about exactly, line by line; nothing where it is empty.
    pub exactly: &'a str,
    /// The fields.
    pub fields: Vec<Field>,
    /// What goes with them unseen: names and values.
    pub unseen: Vec<(&'static str, String)>,
    /// Where it is sent.
    pub action: &'a str,
    /// What is wrong.
    pub wrong: Wrong,
}

/// A field with what was typed.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name, and the id of its control.
    pub name: &'static str,
    /// What it is called.
    pub label: Words,
    /// A line that helps.
    pub hint: Option<Words>,
    /// Whether its label says that it may be left empty.
    pub is_optional: bool,
    /// The control.
    pub control: Control,
}

/// A control with what was typed.
#[derive(Debug, Clone)]
pub enum Control {
    /// One of these.
    OneOf {
        /// What there is.
        choices: Vec<Choice>,
        /// The value that was chosen.
        chosen: String,
    },
    /// Any of these; each sends its own name, `field.value`.
    SeveralOf {
        /// What there is.
        choices: Vec<Choice>,
        /// The values that were chosen.
        chosen: Vec<String>,
    },
    /// What there is only one of, and is not asked.
    Only(Choice),
    /// A line.
    Line(String),
    /// A reference, an id, a digest: something that is spelt.
    Code(String),
    /// Many words.
    Area {
        /// What was typed.
        value: String,
        /// The most characters.
        most: u32,
    },
    /// Day, month and year.
    Day([String; 3]),
    /// Day, month, year and time.
    When([String; 4]),
    /// A signature that is drawn.
    Drawing(String),
    /// A time.
    Time(String),
}

/// Something to choose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it says.
    pub label: Words,
}

impl FormPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let caption = |of: Words| el("span").class("govuk-caption-l govuk-!-text-break-word").child(of);
        let unseen = self.unseen.iter().map(|(name, value)| hidden(name, value));
        let form = form(self.action, self.frame.token)
            .children(unseen)
            .children(self.fields.iter().map(|field| field.html(language, &self.wrong)))
            .child(button(language, self.title.clone(), ""));
        let body = self
            .of
            .clone()
            .map_or(Html::NONE, |of| caption(of).into())
            .then(heading(&self.title))
            .then(self.about.clone().map_or(Html::NONE, |about| paragraph(about).into()))
            .then(clauses(language, &self.clauses))
            .then(if self.exactly.is_empty() { Html::NONE } else { exactly(self.exactly) })
            .then(form);
        let draws = self.fields.iter().any(|field| matches!(field.control, Control::Drawing(_)));
        let script = el("script").attr("type", "module").attr("src", assets::path("room.js"));
        let body = body.then(if draws { script.into() } else { Html::NONE });
        self.frame.document(&self.title, &self.wrong, false, body)
    }
}

/// The clauses that ask for something, small.
pub(super) fn clauses(language: Language, clauses: &[String]) -> Html {
    small(clauses, |clauses| wording::case_clauses(language, clauses))
}

/// Clauses in a sentence, small.
pub(crate) fn small(clauses: &[String], say: impl FnOnce(&str) -> Words) -> Html {
    if clauses.is_empty() {
        return Html::NONE;
    }
    let said = say(&clauses.join("; "));
    el("p").class("govuk-hint govuk-!-font-size-16 govuk-!-margin-bottom-2").child(said).into()
}

impl Field {
    fn html(&self, language: Language, wrong: &Wrong) -> Html {
        let error = wrong.iter().find(|(id, _)| is_of(id, self.name)).map(|(_, words)| words.clone());
        let error = error.map(|words| ErrorMessage { text: words.into(), ..ErrorMessage::default() });
        let hint = self.hint.clone().map(|hint| Hint { text: hint.into(), ..Hint::default() });
        let around = || Around {
            name: self.name,
            label: Label { text: self.label(language), classes: "govuk-label--s", ..Label::default() },
            hint: hint.clone(),
            error: error.clone(),
            ..Around::default()
        };
        match &self.control {
            Control::OneOf { choices, chosen } if choices.len() > RADIOS_MAX || choices.is_empty() => {
                select(language, around(), choices, chosen)
            }
            Control::OneOf { choices, chosen } => {
                let choices = self.choices(language, choices, hint, error);
                Radios { choices, value: chosen }.html(language)
            }
            Control::SeveralOf { choices, chosen } => self.several(language, (choices, chosen), hint, error),
            Control::Only(choice) => {
                let said = el("p").class("govuk-body").child(choice.label.clone());
                let label = el("p").class("govuk-label govuk-label--s").child(self.label(language));
                let group = el("div").class("govuk-form-group").attr("id", self.name);
                let group = group.class_if(error.is_some(), "govuk-form-group--error");
                let error = error.map(|error| error.html(language));
                group.child(label).children(error).child(said).child(hidden(self.name, &choice.value)).into()
            }
            Control::Line(value) => line(language, around(), value, Input::default()),
            Control::Code(value) => {
                let code = Input { spellcheck: Some(false), autocapitalize: "none", ..Input::default() };
                line(language, around(), value, Input { autocomplete: "off", ..code })
            }
            Control::Time(value) => {
                line(language, around(), value, Input { classes: "govuk-input--width-5", ..Input::default() })
            }
            Control::Drawing(value) => self.drawing(language, value, hint, error),
            Control::Area { value, most } => {
                let area = Textarea { field: around(), value, ..Textarea::default() };
                let unit = Some(Counted::Characters);
                CharacterCount { area, limit: Some(*most), unit, threshold: Some(75), ..CharacterCount::default() }
                    .html(language)
            }
            Control::Day(parts) => self.date(language, parts, wrong, (hint, error)),
            Control::When(parts) => self.date(language, parts, wrong, (hint, error)),
        }
    }

    fn label(&self, language: Language) -> Html {
        if self.is_optional {
            wording::case_optional(language, self.label.as_str()).into()
        } else {
            self.label.clone().into()
        }
    }

    fn fieldset<'a>(&self, language: Language) -> Fieldset<'a> {
        let legend = Legend { text: self.label(language), classes: "govuk-fieldset__legend--s", ..Legend::default() };
        Fieldset { legend, ..Fieldset::default() }
    }

    fn choices<'a>(
        &self,
        language: Language,
        choices: &'a [Choice],
        hint: Option<Hint<'a>>,
        error: Option<ErrorMessage<'a>>,
    ) -> Choices<'a> {
        let item = |choice: &'a Choice| {
            let label = Label { text: choice.label.clone().into(), ..Label::default() };
            Item { label, value: &choice.value, ..Item::default() }.into()
        };
        Choices {
            name: self.name,
            fieldset: Some(self.fieldset(language)),
            items: choices.iter().map(item).collect(),
            hint,
            error,
            ..Choices::default()
        }
    }

    /// Each choice with a name of its own: a name that came twice would be no form of ours.
    fn several(
        &self,
        language: Language,
        (choices, chosen): (&[Choice], &[String]),
        hint: Option<Hint<'_>>,
        error: Option<ErrorMessage<'_>>,
    ) -> Html {
        let names: Vec<String> = choices.iter().map(|choice| format!("{}.{}", self.name, choice.value)).collect();
        let items = choices.iter().zip(&names).map(|(choice, name)| {
            let label = Label { text: choice.label.clone().into(), ..Label::default() };
            let checked = Some(chosen.contains(&choice.value));
            Item { label, name, value: "yes", checked, ..Item::default() }.into()
        });
        let items = items.collect();
        let choices = Choices { items, ..self.choices(language, &[], hint, error) };
        Checkboxes { choices, values: Vec::new() }.html(language)
    }

    /// Where a script can, a field to draw in. Without one there is nothing to be filled in.
    fn drawing(
        &self,
        language: Language,
        value: &str,
        hint: Option<Hint<'_>>,
        error: Option<ErrorMessage<'_>>,
    ) -> Html {
        let label = el("p").class("govuk-label govuk-label--s").child(self.label(language));
        let label_id = format!("{}-label", self.name);
        let canvas = el("canvas")
            .class("signature__field")
            .attr("width", drawing::WIDTH)
            .attr("height", drawing::HEIGHT)
            .attr("role", "img")
            .attr("aria-labelledby", &label_id);
        let clear = el("button")
            .class("govuk-button govuk-button--secondary")
            .attr("type", "button")
            .attr("data-clear", "")
            .child(wording::field_drawing_clear(language));
        el("div")
            .class("govuk-form-group signature")
            .class_if(error.is_some(), "govuk-form-group--error")
            .attr("id", self.name)
            .attr("data-signature", "")
            .flag("hidden", error.is_none())
            .child(label.attr("id", &label_id))
            .children(hint.map(|hint| hint.html(language)))
            .children(error.map(|error| error.html(language)))
            .child(canvas)
            .child(el("div").child(clear))
            .child(hidden(self.name, value))
            .into()
    }

    fn date(
        &self,
        language: Language,
        parts: &[String],
        wrong: &Wrong,
        (hint, error): (Option<Hint<'_>>, Option<ErrorMessage<'_>>),
    ) -> Html {
        let time = wording::case_time(language);
        let is_wrong = |part: &str| wrong.iter().any(|(id, _)| *id == format!("{}-{part}", self.name));
        let parts = ["day", "month", "year", "time"].into_iter().zip(parts).map(|(name, value)| DatePart {
            name,
            label: if name == "time" { time.as_str() } else { "" },
            value: Some(value),
            is_wrong: Some(is_wrong(name)),
            inputmode: if name == "time" { "text" } else { "" },
            classes: if name == "time" { "govuk-input--width-5" } else { "" },
            ..DatePart::default()
        });
        let fieldset = Some(self.fieldset(language));
        DateInput {
            id: self.name,
            name_prefix: self.name,
            parts: parts.collect(),
            fieldset,
            hint,
            error,
            ..DateInput::default()
        }
        .html(language)
    }
}

/// Whether a message is of this field: of its control, or of a part of it.
fn is_of(id: &str, name: &str) -> bool {
    id.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "-day" | "-month" | "-year" | "-time"))
}

fn select(language: Language, field: Around<'_>, choices: &[Choice], chosen: &str) -> Html {
    let nothing = wording::case_select(language);
    let first = SelectItem { text: nothing.as_str(), value: Some(""), ..SelectItem::default() };
    let items = std::iter::once(first).chain(choices.iter().map(option)).collect();
    Select { field, items, value: chosen, ..Select::default() }.html(language)
}

fn option(choice: &Choice) -> SelectItem<'_> {
    SelectItem { text: choice.label.as_str(), value: Some(&choice.value), ..SelectItem::default() }
}

fn line(language: Language, field: Around<'_>, value: &str, input: Input<'_>) -> Html {
    let value = Some(value).filter(|value| !value.is_empty());
    Input { field, value, ..input }.html(language)
}

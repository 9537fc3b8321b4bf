//! Pages beside the cases: why somebody looks, the totals, and the rules that applied.
//!
//! Not the counting and not the rules. Invariants: whoever looks says why before they see anything; totals say whether they add up; each rule says where it
//! stands.

use super::{Frame, Wrong};
use crate::Html;
use crate::access::{button, form, heading, hidden, paragraph};
use crate::components::{
    Cell, CharacterCount, Choice, Choices, Component as _, Counted, ErrorMessage, Field, Fieldset, Hint, InsetText,
    Label, Legend, Radios, Row, SummaryList, Table, TableCell, Textarea, WarningText,
};
use crate::html::el;
use crate::wording::{self, Words};

/// Why somebody looks.
#[derive(Debug)]
pub struct PurposePage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// What they would look at: the case's reference.
    pub case: &'a str,
    /// The purposes: word and words.
    pub purposes: Vec<(&'a str, Words)>,
    /// The one that breaks the glass, for which a reason is given.
    pub breaks_glass: &'a str,
    /// What was chosen.
    pub chosen: &'a str,
    /// The reason that was typed.
    pub reason: &'a str,
    /// Where it is sent.
    pub action: &'a str,
    /// Where they wanted to go.
    pub to: &'a str,
    /// What is wrong: `purpose`, `reason`.
    pub wrong: Wrong,
}

/// The most characters of a reason.
const REASON_CHARS_MAX: u32 = 4_000;

impl PurposePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::purpose(language);
        let error = |name: &str| {
            let error = self.wrong.iter().find(|(id, _)| id == name);
            error.map(|(_, words)| ErrorMessage { text: words.clone().into(), ..ErrorMessage::default() })
        };
        let item = |(value, words): &(&'_ str, Words)| {
            let is_glass = *value == self.breaks_glass;
            let reveals = if is_glass { self.reason(error("reason")) } else { Html::NONE };
            let label = Label { text: words.clone().into(), ..Label::default() };
            (label, reveals)
        };
        let items = self.purposes.iter().map(|purpose| {
            let (label, reveals) = item(purpose);
            Choice { label, value: purpose.0, reveals, ..Choice::default() }.into()
        });
        let legend = Legend { text: title.clone().into(), is_page_heading: true, classes: "govuk-fieldset__legend--l" };
        let choices = Choices {
            name: "purpose",
            fieldset: Some(Fieldset { legend, ..Fieldset::default() }),
            items: items.collect(),
            hint: Some(Hint { text: wording::purpose_hint(language).into(), ..Hint::default() }),
            error: error("purpose"),
            ..Choices::default()
        };
        let form = form(self.action, self.frame.token)
            .child(hidden("to", self.to))
            .child(Radios { choices, value: self.chosen }.html(language))
            .child(button(language, wording::purpose_button(language), ""));
        let caption = el("span").class("govuk-caption-l").child(wording::case_caption(language, self.case));
        self.frame.document(&title, &self.wrong, false, Html::from(caption).then(form))
    }

    fn reason(&self, error: Option<ErrorMessage<'_>>) -> Html {
        let language = self.frame.language;
        let field = Field {
            name: "reason",
            label: Label { text: wording::purpose_reason(language).into(), ..Label::default() },
            hint: Some(Hint { text: wording::purpose_reason_hint(language).into(), ..Hint::default() }),
            error,
            ..Field::default()
        };
        let area = Textarea { field, value: self.reason, ..Textarea::default() };
        let (limit, unit) = (Some(REASON_CHARS_MAX), Some(Counted::Characters));
        CharacterCount { area, limit, unit, threshold: Some(75), ..CharacterCount::default() }.html(language)
    }
}

/// The totals.
#[derive(Debug)]
pub struct TotalsPage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// As of when.
    pub when: String,
    /// The columns, each with its count: the outcomes, to come, under way, overdue.
    pub columns: Vec<(Words, u64)>,
    /// Those that were ever planned, as the cases have them.
    pub planned: u64,
    /// The same, counted by events.
    pub counted: u64,
    /// Whether each is in exactly one column.
    pub adds_up: bool,
    /// Of these: other counts that are no columns.
    pub of_these: Vec<(Words, u64)>,
}

impl TotalsPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::totals(language);
        let row = |words: &Words, count: u64, is_sum: bool| {
            let weight = if is_sum { "govuk-!-font-weight-bold" } else { "" };
            let count = el("span").class(weight).child(count.to_string());
            vec![
                TableCell { content: words.clone().into(), ..TableCell::default() },
                TableCell { content: count.into(), format: "numeric", ..TableCell::default() },
            ]
        };
        let sum = self.columns.iter().map(|(_, count)| count).sum();
        let mut rows: Vec<_> = self.columns.iter().map(|(words, count)| row(words, *count, false)).collect();
        rows.push(row(&wording::totals_sum(language), sum, true));
        rows.push(row(&wording::totals_planned(language), self.planned, true));
        rows.push(row(&wording::totals_counted(language), self.counted, true));
        let head = |words: Words, format| TableCell { content: words.into(), format, ..TableCell::default() };
        let table = |caption: Words, rows| Table {
            caption: caption.into(),
            caption_classes: "govuk-table__caption--m",
            head: Some(vec![
                head(wording::totals_what(language), ""),
                head(wording::totals_count(language), "numeric"),
            ]),
            rows,
            first_cell_is_header: true,
            ..Table::default()
        };
        let verdict = if self.adds_up {
            let content = paragraph(wording::totals_adds_up(language)).into();
            InsetText { content, ..InsetText::default() }.html(language)
        } else {
            WarningText { text: wording::totals_differs(language).into(), ..WarningText::default() }.html(language)
        };
        let of_these: Vec<_> = self.of_these.iter().map(|(words, count)| row(words, *count, false)).collect();
        let body = Html::from(heading(&title))
            .then(paragraph(wording::totals_when(language, &self.when)))
            .then(verdict)
            .then(table(wording::totals_appointments(language), rows).html(language))
            .then(if of_these.is_empty() {
                Html::NONE
            } else {
                table(wording::totals_of_these(language), of_these).html(language)
            });
        self.frame.document(&title, &Wrong::new(), false, body)
    }
}

/// The rules that applied.
#[derive(Debug)]
pub struct RulesPage<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// The case's reference.
    pub case: &'a str,
    /// The day whose rules these are, in words.
    pub day: String,
    /// Question by question.
    pub lines: Vec<RuleLine>,
}

/// One question and what the rules say.
#[derive(Debug)]
pub enum RuleLine {
    /// A rule applies.
    Applies {
        /// What it is about, and what it says.
        says: (String, String),
        /// Its pack with its version.
        version: String,
        /// When it is in force.
        valid: String,
        /// Its clause, and the source of that.
        clause: (String, String),
        /// Why this one.
        why: String,
        /// Why it is not confirmed, if it is not.
        unconfirmed: Option<String>,
    },
    /// None does.
    NotCovered(String),
}

impl RulesPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::rules_page(language);
        let not_covered: Vec<&str> = self
            .lines
            .iter()
            .filter_map(|line| match line {
                RuleLine::NotCovered(what) => Some(what.as_str()),
                RuleLine::Applies { .. } => None,
            })
            .collect();
        let items = not_covered.iter().map(|what| el("li").child(*what));
        let not_covered = (!not_covered.is_empty()).then(|| {
            Html::from(el("h2").class("govuk-heading-m").child(wording::rules_not_covered(language)))
                .then(el("ul").class("govuk-list govuk-list--bullet govuk-!-text-break-word").children(items))
        });
        let body = Html::from(el("span").class("govuk-caption-l").child(wording::case_caption(language, self.case)))
            .then(heading(&title))
            .then(paragraph(wording::rules_day(language, &self.day)))
            .then(paragraph(wording::rules_no_advice(language)))
            .then(self.lines.iter().map(|line| self.line(line)).collect::<Html>())
            .then(not_covered.unwrap_or_default());
        self.frame.document(&title, &Wrong::new(), false, body)
    }

    fn line(&self, line: &RuleLine) -> Html {
        let language = self.frame.language;
        let RuleLine::Applies { says: (what, says), version, valid, clause: (clause, source), why, unconfirmed } = line
        else {
            return Html::NONE;
        };
        let row = |key: Words, value: &str| Row {
            key: Cell { content: key.into(), ..Cell::default() },
            value: Cell { content: value.into(), classes: "govuk-!-text-break-word" },
            ..Row::default()
        };
        let mut rows = vec![
            row(wording::rules_says(language), says),
            row(wording::rules_clause(language), &format!("{clause}, {source}")),
            row(wording::rules_version(language), &format!("{version}, {valid}")),
            row(wording::rules_why(language), why),
        ];
        rows.extend(unconfirmed.as_deref().map(|reason| row(wording::rules_unconfirmed(language), reason)));
        let title = el("h2").class("govuk-heading-s govuk-!-text-break-word").child(what.as_str());
        Html::from(title).then(SummaryList { rows, ..SummaryList::default() }.html(language))
    }
}

//! Textarea: more than a line of text.
//!
//! Not the count of what is left (`character_count.rs`).
//! Invariant: what was sent comes back unchanged, also when it begins with an empty line.

use super::{Component, Field};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A text field of several lines.
#[derive(Debug, Clone, Default)]
pub struct Textarea<'a> {
    /// What is around it.
    pub field: Field<'a>,
    /// What is in it.
    pub value: &'a str,
    /// How many lines are seen; five unless said.
    pub rows: Option<u16>,
    /// Whether the browser looks at the spelling.
    pub spellcheck: Option<bool>,
    /// Whether it cannot be written in.
    pub disabled: bool,
    /// What the browser may fill in.
    pub autocomplete: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Textarea<'_> {
    fn html(&self, language: Language) -> Html {
        let field = &self.field;
        let area = el("textarea")
            .class("govuk-textarea")
            .class_if(field.error.is_some(), "govuk-textarea--error")
            .class(self.classes)
            .attr("id", field.id())
            .attr("name", field.name)
            .attr("rows", self.rows.unwrap_or(5))
            .attr_maybe("spellcheck", self.spellcheck)
            .flag("disabled", self.disabled)
            .attr_unless_empty("aria-describedby", &field.described_by())
            .attr_unless_empty("autocomplete", self.autocomplete)
            .attrs(&self.attributes)
            // The parser takes away one newline at the beginning; this one.
            .child_if(self.value.starts_with('\n'), || Html::trusted("\n"))
            .child(self.value);
        field.around(area, language)
    }
}

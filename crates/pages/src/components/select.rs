//! Select: one of a list that is too long for radios.
//!
//! Not for a few choices (`choices.rs`).
//! Invariant: what is sent is an option's value, or its text where it has none.

use super::{Component, Field};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// A list to select from.
#[derive(Debug, Clone, Default)]
pub struct Select<'a> {
    /// What is around it.
    pub field: Field<'a>,
    /// The options.
    pub items: Vec<SelectItem<'a>>,
    /// The value that is selected; empty for none.
    pub value: &'a str,
    /// Whether nothing can be selected.
    pub disabled: bool,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One option.
#[derive(Debug, Clone, Default)]
pub struct SelectItem<'a> {
    /// What it says.
    pub text: &'a str,
    /// What is sent, if not the text.
    pub value: Option<&'a str>,
    /// Whether it is selected, whatever the list's value is.
    pub selected: Option<bool>,
    /// Whether it cannot be selected.
    pub disabled: bool,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Select<'_> {
    fn html(&self, language: Language) -> Html {
        let field = &self.field;
        let select = el("select")
            .class("govuk-select")
            .class(self.classes)
            .class_if(field.error.is_some(), "govuk-select--error")
            .attr("id", field.id())
            .attr("name", field.name)
            .flag("disabled", self.disabled)
            .attr_unless_empty("aria-describedby", &field.described_by())
            .attrs(&self.attributes)
            .children(self.items.iter().map(|item| item.html(self.value)));
        field.around(select, language)
    }
}

impl SelectItem<'_> {
    fn html(&self, value: &str) -> Html {
        let is_value = !value.is_empty() && self.value.unwrap_or(self.text) == value;
        el("option")
            .attr_maybe("value", self.value)
            .flag("selected", self.selected.unwrap_or(is_value))
            .flag("disabled", self.disabled)
            .attrs(&self.attributes)
            .child(self.text)
            .into()
    }
}

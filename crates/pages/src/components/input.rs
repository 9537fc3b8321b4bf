//! Input: a line of text.
//!
//! Not its check, which is the service's.
//! Invariant: what was sent comes back unchanged.

use super::{Component, Field};
use crate::Html;
use crate::html::{Attributes, Element, el};
use crate::wording::Language;

/// A text field of one line.
#[derive(Debug, Clone, Default)]
pub struct Input<'a> {
    /// What is around it.
    pub field: Field<'a>,
    /// What is in it.
    pub value: Option<&'a str>,
    /// Its type, if not "text".
    pub kind: &'a str,
    /// Which keys a telephone shows.
    pub inputmode: &'a str,
    /// What the browser may fill in.
    pub autocomplete: &'a str,
    /// Which letters become capitals.
    pub autocapitalize: &'a str,
    /// Whether the browser looks at the spelling.
    pub spellcheck: Option<bool>,
    /// What the browser holds it against; our forms leave that to the service.
    pub pattern: &'a str,
    /// Whether it cannot be written in.
    pub disabled: bool,
    /// What stands before what is typed, such as £.
    pub prefix: Option<Affix<'a>>,
    /// What stands after it, such as a unit.
    pub suffix: Option<Affix<'a>>,
    /// What is around the control and what stands beside it.
    pub wrapper: Wrapper<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// A sign or a unit; not read aloud, so the label says it too.
#[derive(Debug, Clone, Default)]
pub struct Affix<'a> {
    /// What it says.
    pub text: Html,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// What is around a control that something stands beside.
#[derive(Debug, Clone, Default)]
pub struct Wrapper<'a> {
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Input<'_> {
    fn html(&self, language: Language) -> Html {
        self.field.around_bare(self.wrapped(), language)
    }
}

impl Input<'_> {
    fn wrapped(&self) -> Html {
        let (before, after) = (&self.field.group.before, &self.field.group.after);
        if self.prefix.is_none() && self.suffix.is_none() && before.is_empty() && after.is_empty() {
            return self.control().into();
        }
        el("div")
            .class("govuk-input__wrapper")
            .class(self.wrapper.classes)
            .attrs(&self.wrapper.attributes)
            .child(before)
            .children(self.prefix.iter().map(|affix| affix.html("govuk-input__prefix")))
            .child(self.control())
            .children(self.suffix.iter().map(|affix| affix.html("govuk-input__suffix")))
            .child(after)
            .into()
    }

    fn control(&self) -> Element {
        let field = &self.field;
        el("input")
            .class("govuk-input")
            .class(self.classes)
            .class_if(field.error.is_some(), "govuk-input--error")
            .attr("id", field.id())
            .attr("name", field.name)
            .attr("type", super::first(&[self.kind, "text"]))
            .attr_maybe("spellcheck", self.spellcheck)
            .attr_maybe("value", self.value)
            .flag("disabled", self.disabled)
            .attr_unless_empty("aria-describedby", &field.described_by())
            .attr_unless_empty("autocomplete", self.autocomplete)
            .attr_unless_empty("autocapitalize", self.autocapitalize)
            .attr_unless_empty("pattern", self.pattern)
            .attr_unless_empty("inputmode", self.inputmode)
            .attrs(&self.attributes)
    }
}

impl Affix<'_> {
    fn html(&self, class: &str) -> Html {
        el("div")
            .class(class)
            .class(self.classes)
            .attr("aria-hidden", "true")
            .attrs(&self.attributes)
            .child(&self.text)
            .into()
    }
}

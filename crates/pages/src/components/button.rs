//! Button: what acts; or a link that looks so.
//!
//! Not what decides that acting twice acts once: that is the service's, the attribute only spares a try. Invariants: a button sends unless told
//! otherwise; with an address it is a link.

use super::Component;
use crate::Html;
use crate::html::{Attributes, Element, el};
use crate::wording::Language;

/// What a button does when it is pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonType {
    /// Sends the form.
    #[default]
    Submit,
    /// Nothing by itself: a script's.
    Button,
    /// Empties the form.
    Reset,
}

impl ButtonType {
    fn value(self) -> &'static str {
        match self {
            ButtonType::Submit => "submit",
            ButtonType::Button => "button",
            ButtonType::Reset => "reset",
        }
    }
}

/// A button.
#[derive(Debug, Clone, Default)]
pub struct Button<'a> {
    /// What it says.
    pub text: Html,
    /// An address makes a link of it.
    pub href: &'a str,
    /// What it does.
    pub kind: ButtonType,
    /// Its name in what the form sends.
    pub name: &'a str,
    /// Its value in what the form sends.
    pub value: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Whether it cannot be pressed.
    pub disabled: bool,
    /// Whether the start arrow is behind its text.
    pub start: bool,
    /// Whether the script swallows a second press within a second.
    pub prevent_double_click: Option<bool>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
    /// Attributes without a value, such as `hidden`.
    pub flags: &'a [&'static str],
}

impl Component for Button<'_> {
    fn html(&self, _: Language) -> Html {
        let element = if self.href.is_empty() {
            el("button")
                .attr("type", self.kind.value())
                .attr_unless_empty("value", self.value)
                .attr_unless_empty("name", self.name)
                .flag("disabled", self.disabled)
                .attr_maybe("aria-disabled", self.disabled.then_some("true"))
                .attr_maybe("data-prevent-double-click", self.prevent_double_click)
        } else {
            el("a").attr("href", self.href).attr("role", "button").attr("draggable", "false")
        };
        self.finished(element)
    }
}

impl Button<'_> {
    fn finished(&self, element: Element) -> Html {
        let element = element
            .class("govuk-button")
            .class(self.classes)
            .class_if(self.start, "govuk-button--start")
            .attr("data-module", "govuk-button")
            .attrs(&self.attributes)
            .attr_unless_empty("id", self.id);
        self.flags
            .iter()
            .fold(element, |element, flag| element.flag(flag, true))
            .child(self.content())
            .child_if(self.start, arrow)
            .into()
    }

    /// A start button is laid out as boxes, which takes the spaces between its elements away; in a box of their own they stay.
    fn content(&self) -> Html {
        if self.start && self.text.has_elements() { el("span").child(&self.text).into() } else { self.text.clone() }
    }
}

fn arrow() -> Html {
    el("svg")
        .class("govuk-button__start-icon")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("width", "17.5")
        .attr("height", 19)
        .attr("viewBox", "0 0 33 40")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child(el("path").attr("fill", "currentColor").attr("d", "M0 0h13l20 20-20 20H0l20-20z"))
        .into()
}

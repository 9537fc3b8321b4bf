//! Error summary: all that is wrong with a form, at the top of the page, each with a link to its field.
//!
//! Not the messages beside the fields (`error_message.rs`), which say the same in the same words. Invariant: it is read aloud when the page
//! comes, and a script puts the focus there.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::{self, Language};

/// All that is wrong.
#[derive(Debug, Clone, Default)]
pub struct ErrorSummary<'a> {
    /// Its heading, if not "There is a problem".
    pub title: Option<Html>,
    /// A line before the list.
    pub description: Html,
    /// What is wrong.
    pub faults: Vec<Fault<'a>>,
    /// Whether the script leaves the focus where it is.
    pub disable_auto_focus: Option<bool>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Default)]
pub struct Fault<'a> {
    /// What is wrong, as beside the field.
    pub text: Html,
    /// Where: `#` and the id of the field.
    pub href: &'a str,
    /// More attributes of the link.
    pub attributes: Attributes<'a>,
}

impl Component for ErrorSummary<'_> {
    fn html(&self, language: Language) -> Html {
        let title = self.title.clone().unwrap_or_else(|| wording::there_is_a_problem(language).into());
        let list =
            || el("ul").class("govuk-list govuk-error-summary__list").children(self.faults.iter().map(Fault::html));
        let body = el("div")
            .class("govuk-error-summary__body")
            .child_if(!self.description.is_empty(), || el("p").child(&self.description))
            .child_if(!self.faults.is_empty(), list);
        el("div")
            .class("govuk-error-summary")
            .class(self.classes)
            .attr_maybe("data-disable-auto-focus", self.disable_auto_focus)
            .attrs(&self.attributes)
            .attr("data-module", "govuk-error-summary")
            .child(
                el("div")
                    .attr("role", "alert")
                    .child(el("h2").class("govuk-error-summary__title").child(title))
                    .child(body),
            )
            .into()
    }
}

impl Fault<'_> {
    fn html(&self) -> Html {
        if self.href.is_empty() {
            return el("li").child(&self.text).into();
        }
        let link = el("a").attr("href", self.href).attrs(&self.attributes).child(&self.text);
        el("li").child(link).into()
    }
}

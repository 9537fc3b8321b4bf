//! Error message: what is wrong with a field, beside it.
//!
//! Not the list at the top (`error_summary.rs`).
//! Invariant: whoever has the page read aloud hears "Error:" before it, in the page's language.

use super::Component;
use crate::Html;
use crate::html::{Attributes, el, space};
use crate::wording::{self, Language};

/// An error message.
#[derive(Debug, Clone, Default)]
pub struct ErrorMessage<'a> {
    /// What is wrong and what to do.
    pub text: Html,
    /// Its id; a field gives its own.
    pub id: &'a str,
    /// What is heard before it, if not "Error"; `Some("")` for nothing.
    pub hidden_text: Option<&'a str>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for ErrorMessage<'_> {
    fn html(&self, language: Language) -> Html {
        let own = wording::error(language);
        let hidden = self.hidden_text.unwrap_or(own.as_str());
        el("p")
            .attr_unless_empty("id", self.id)
            .class("govuk-error-message")
            .class(self.classes)
            .attrs(&self.attributes)
            .child_if(!hidden.is_empty(), || {
                Html::from(el("span").class("govuk-visually-hidden").child(format!("{hidden}:"))).then(space())
            })
            .child(&self.text)
            .into()
    }
}

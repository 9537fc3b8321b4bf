//! File upload: a file from the person's device.
//!
//! Not what reads it, which takes nothing for granted.
//! Invariants: without a script it is the browser's own field; enhanced it can be dropped on.

use super::{Component, Field, Translations};
use crate::Html;
use crate::html::{Attributes, Element, el};
use crate::wording::Language;

/// A field for files.
#[derive(Debug, Clone, Default)]
pub struct FileUpload<'a> {
    /// What is around it.
    pub field: Field<'a>,
    /// Whether it may be several.
    pub multiple: bool,
    /// Whether it cannot be used.
    pub disabled: bool,
    /// What a script makes of it; `None` for nothing.
    pub enhanced: Option<Enhanced<'a>>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// A place to drop files on.
#[derive(Debug, Clone, Default)]
pub struct Enhanced<'a> {
    /// What the script says.
    pub translations: Translations<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for FileUpload<'_> {
    fn html(&self, language: Language) -> Html {
        let control = match &self.enhanced {
            Some(enhanced) => enhanced.around(self.control()),
            None => self.control(),
        };
        self.field.around(control, language)
    }
}

impl FileUpload<'_> {
    fn control(&self) -> Element {
        let field = &self.field;
        el("input")
            .class("govuk-file-upload")
            .class(self.classes)
            .class_if(field.error.is_some(), "govuk-file-upload--error")
            .attr("id", field.id())
            .attr("name", field.name)
            .attr("type", "file")
            .flag("disabled", self.disabled)
            .flag("multiple", self.multiple)
            .attr_unless_empty("aria-describedby", &field.described_by())
            .attrs(&self.attributes)
    }
}

impl Enhanced<'_> {
    fn around(&self, control: Element) -> Element {
        let wrapper = el("div").class("govuk-file-upload-wrapper").class(self.classes);
        let wrapper = wrapper.attr("data-module", "govuk-file-upload");
        let wrapper = self.translations.iter().fold(wrapper, |wrapper, (key, text)| wrapper.attr(key, text));
        wrapper.attrs(&self.attributes).child(control)
    }
}

//! Character count: several lines of text, and how many characters or words are left.
//!
//! Not the limit itself, which the service holds.
//! Invariants: without a script the limit is said in words; the control names that line.

use super::{Component, Field, Group, Hint, Textarea, Translations, first};
use crate::Html;
use crate::html::Attributes;
use crate::wording::{self, Language};

/// A text field with a limit.
#[derive(Debug, Clone, Default)]
pub struct CharacterCount<'a> {
    /// The text field; what is around it is the field's.
    pub area: Textarea<'a>,
    /// How much may be written; `None` where a script says it.
    pub limit: Option<u32>,
    /// What is counted; code units of UTF-16 unless said.
    pub unit: Option<Counted>,
    /// At how many per cent of the limit the count begins to be seen.
    pub threshold: Option<u8>,
    /// What says the limit, if not the catalogue; `%{count}` is the limit.
    pub description: &'a str,
    /// More classes of the line that counts.
    pub message_classes: &'a str,
    /// What the script says.
    pub translations: Translations<'a>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Code units of UTF-16, as `maxlength` does.
    Length,
    /// Characters as people count them.
    Characters,
    /// Words.
    Words,
}

impl Counted {
    fn name(self) -> &'static str {
        match self {
            Counted::Length => "length",
            Counted::Characters => "characters",
            Counted::Words => "words",
        }
    }
}

impl Component for CharacterCount<'_> {
    fn html(&self, language: Language) -> Html {
        let area = &self.area;
        let info = format!("{}-info", area.field.id());
        let message = Hint {
            text: self.message(language).into(),
            id: &info,
            classes: &format!("govuk-character-count__message {}", self.message_classes),
            ..Hint::default()
        };
        let (limit, threshold) = (self.limit.map(|n| n.to_string()), self.threshold.map(|n| n.to_string()));
        let mut attributes: Attributes<'_> = vec![("data-module", "govuk-character-count")];
        attributes.extend(limit.as_deref().map(|limit| ("data-maxlength", limit)));
        attributes.extend(threshold.as_deref().map(|threshold| ("data-threshold", threshold)));
        attributes.extend(self.unit.map(|unit| ("data-count-type", unit.name())));
        if self.limit.is_none() && !self.description.is_empty() {
            attributes.push(("data-i18n.textarea-description.other", self.description));
        }
        attributes.extend(self.translations.iter().chain(&area.field.group.attributes));
        let (group_classes, classes) = (
            format!("govuk-character-count {}", area.field.group.classes),
            format!("govuk-js-character-count {}", area.classes),
        );
        let group = Group {
            classes: group_classes.trim_end(),
            attributes,
            before: area.field.group.before.clone(),
            after: message.html(language).then(&area.field.group.after),
        };
        let field = Field { group, described_by: &info, ..area.field.clone() };
        Textarea { field, classes: classes.trim_end(), ..area.clone() }.html(language)
    }
}

impl CharacterCount<'_> {
    fn message(&self, language: Language) -> String {
        let Some(limit) = self.limit else {
            return String::new();
        };
        let own = match self.unit {
            Some(Counted::Words) => wording::limit_in_words(language, limit.into()),
            _ => wording::limit_in_characters(language, limit.into()),
        };
        first(&[&self.description.replace("%{count}", &limit.to_string()), own.as_str()]).to_owned()
    }
}

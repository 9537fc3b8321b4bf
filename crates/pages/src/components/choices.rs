//! Checkboxes and radios: any of a few, or one of a few.
//!
//! Not a long list (`select.rs`). Invariants: the first choice has the question's own id, so that an error summary leads to it; a divider counts
//! as a choice in the numbering of ids; what a choice reveals follows it, and is shown to everybody without a script.

use super::{Component, ErrorMessage, Fieldset, Group, Hint, Label, field, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// Any of a few.
#[derive(Debug, Clone, Default)]
pub struct Checkboxes<'a> {
    /// The question.
    pub choices: Choices<'a>,
    /// The values that are checked.
    pub values: Vec<&'a str>,
}

/// One of a few.
#[derive(Debug, Clone, Default)]
pub struct Radios<'a> {
    /// The question.
    pub choices: Choices<'a>,
    /// The value that is chosen; empty for none.
    pub value: &'a str,
}

/// A question with choices.
#[derive(Debug, Clone, Default)]
pub struct Choices<'a> {
    /// Its name in what the form sends.
    pub name: &'a str,
    /// With what the ids begin, if not with the name.
    pub id_prefix: &'a str,
    /// What is asked; its content is made here.
    pub fieldset: Option<Fieldset<'a>>,
    /// The choices.
    pub items: Vec<ChoiceItem<'a>>,
    /// A line that helps.
    pub hint: Option<Hint<'a>>,
    /// What is wrong with what was sent.
    pub error: Option<ErrorMessage<'a>>,
    /// Ids of what else says something about the choices, where there is no fieldset.
    pub described_by: &'a str,
    /// What is around it.
    pub group: Group<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// What stands in the list.
#[derive(Debug, Clone)]
pub enum ChoiceItem<'a> {
    /// Something to choose.
    Choice(Box<Choice<'a>>),
    /// A word between, such as "or".
    Divider(&'a str),
}

/// One choice.
#[derive(Debug, Clone, Default)]
pub struct Choice<'a> {
    /// What it says.
    pub label: Label<'a>,
    /// What is sent.
    pub value: &'a str,
    /// Its id, if not made from the question's.
    pub id: &'a str,
    /// Its name, if not the question's.
    pub name: &'a str,
    /// Whether it is chosen, whatever the question's value is.
    pub checked: Option<bool>,
    /// Whether it cannot be chosen.
    pub disabled: bool,
    /// Whether choosing it takes the others back.
    pub exclusive: bool,
    /// A line that helps.
    pub hint: Option<Hint<'a>>,
    /// What is asked only of who chooses it.
    pub reveals: Html,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl<'a> From<Choice<'a>> for ChoiceItem<'a> {
    fn from(choice: Choice<'a>) -> ChoiceItem<'a> {
        ChoiceItem::Choice(Box::new(choice))
    }
}

impl Component for Checkboxes<'_> {
    fn html(&self, language: Language) -> Html {
        self.choices.html(&Kind { name: "checkbox", plural: "checkboxes", values: &self.values }, language)
    }
}

impl Component for Radios<'_> {
    fn html(&self, language: Language) -> Html {
        let values: Vec<&str> = Some(self.value).filter(|value| !value.is_empty()).into_iter().collect();
        self.choices.html(&Kind { name: "radio", plural: "radios", values: &values }, language)
    }
}

struct Kind<'a> {
    name: &'static str,
    plural: &'static str,
    values: &'a [&'a str],
}

impl Kind<'_> {
    fn class(&self, part: &str) -> String {
        format!("govuk-{}__{part}", self.plural)
    }
}

impl Choices<'_> {
    fn html(&self, kind: &Kind<'_>, language: Language) -> Html {
        let id = first(&[self.id_prefix, self.name]);
        let others =
            self.fieldset.as_ref().map_or(self.described_by, |set| first(&[set.described_by, self.described_by]));
        let list = el("div")
            .class(&format!("govuk-{}", kind.plural))
            .class(self.classes)
            .attrs(&self.attributes)
            .attr("data-module", format!("govuk-{}", kind.plural))
            .child(&self.group.before)
            .children((1..).zip(&self.items).map(|(number, item)| self.item(kind, id, number, item, language)))
            .child(&self.group.after);
        let content = field::hint_and_error(id, self.hint.as_ref(), self.error.as_ref(), language).then(list);
        let described_by = field::described_by(others, id, self.hint.is_some(), self.error.is_some());
        let inner = match &self.fieldset {
            Some(set) => Fieldset { described_by: &described_by, content, ..set.clone() }.html(language),
            None => content,
        };
        self.group.around(self.error.is_some(), inner)
    }

    fn item(&self, kind: &Kind<'_>, id: &str, number: usize, item: &ChoiceItem<'_>, language: Language) -> Html {
        let choice = match item {
            ChoiceItem::Divider(text) => return el("div").class(&kind.class("divider")).child(*text).into(),
            ChoiceItem::Choice(choice) => choice,
        };
        let numbered = if number > 1 { format!("{id}-{number}") } else { id.to_owned() };
        let id = first(&[choice.id, &numbered]);
        let is_checked = choice.checked.unwrap_or(kind.values.contains(&choice.value));
        let revealed = format!("conditional-{id}");
        let item = el("div").class(&kind.class("item")).child(self.control(kind, choice, id, is_checked, &revealed));
        let label_classes = format!("{} {}", kind.class("label"), choice.label.classes);
        let label = Label { to: id, classes: label_classes.trim_end(), ..choice.label.clone() };
        let hint = choice.hint.as_ref().map(|hint| {
            let classes = format!("{} {}", kind.class("hint"), hint.classes);
            Hint { id: &format!("{id}-item-hint"), classes: classes.trim_end(), ..hint.clone() }.html(language)
        });
        let item = Html::from(item.child(label.html(language)).children(hint));
        if choice.reveals.is_empty() {
            return item;
        }
        let reveals = el("div")
            .class(&kind.class("conditional"))
            .class_if(!is_checked, &kind.class("conditional--hidden"))
            .attr("id", revealed);
        item.then(reveals.child(&choice.reveals))
    }

    fn control(&self, kind: &Kind<'_>, choice: &Choice<'_>, id: &str, is_checked: bool, revealed: &str) -> Html {
        // A fieldset says for all of its checkboxes what describes them; without one each has to.
        let others = if self.fieldset.is_none() && kind.name == "checkbox" {
            field::described_by(
                self.described_by,
                first(&[self.id_prefix, self.name]),
                self.hint.is_some(),
                self.error.is_some(),
            )
        } else {
            String::new()
        };
        let hint = choice.hint.is_some().then(|| format!("{id}-item-hint"));
        let described_by = [others, hint.unwrap_or_default()].join(" ");
        el("input")
            .class(&kind.class("input"))
            .attr("id", id)
            .attr("name", first(&[choice.name, self.name]))
            .attr("type", kind.name)
            .attr("value", choice.value)
            .flag("checked", is_checked)
            .flag("disabled", choice.disabled)
            .attr_maybe("data-aria-controls", (!choice.reveals.is_empty()).then_some(revealed))
            .attr_maybe("data-behaviour", choice.exclusive.then_some("exclusive"))
            .attr_unless_empty("aria-describedby", described_by.trim())
            .attrs(&choice.attributes)
            .into()
    }
}

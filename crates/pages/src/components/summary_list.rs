//! Summary list: what is known of one thing, with links to change it.
//!
//! Not a table (`table.rs`).
//! Invariants: a link is heard with what it changes; rows without a link keep the room for one where others have one.

use super::{Component, Heading};
use crate::Html;
use crate::html::{Attributes, Element, el, space};
use crate::wording::Language;

/// What is known of one thing.
#[derive(Debug, Clone, Default)]
pub struct SummaryList<'a> {
    /// Its rows.
    pub rows: Vec<Row<'a>>,
    /// A card around it.
    pub card: Option<Card<'a>>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One row.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    /// What is known.
    pub key: Cell<'a>,
    /// What it is.
    pub value: Cell<'a>,
    /// What can be done; `Some` of none is a row that could have had some.
    pub actions: Option<Actions<'a>>,
    /// More classes.
    pub classes: &'a str,
}

/// A key or a value.
#[derive(Debug, Clone, Default)]
pub struct Cell<'a> {
    /// What it says.
    pub content: Html,
    /// More classes.
    pub classes: &'a str,
}

/// What can be done.
#[derive(Debug, Clone, Default)]
pub struct Actions<'a> {
    /// The links.
    pub items: Vec<Action<'a>>,
    /// More classes.
    pub classes: &'a str,
}

/// One link.
#[derive(Debug, Clone, Default)]
pub struct Action<'a> {
    /// What it says.
    pub text: Html,
    /// Where it leads.
    pub href: &'a str,
    /// What is heard after it: what it changes.
    pub hidden_text: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// A card around the list.
#[derive(Debug, Clone, Default)]
pub struct Card<'a> {
    /// Its title.
    pub title: Option<Cell<'a>>,
    /// How deep the title stands; the second unless said.
    pub heading: Option<Heading>,
    /// What can be done with all of it.
    pub actions: Actions<'a>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for SummaryList<'_> {
    fn html(&self, _: Language) -> Html {
        let title = self.card.as_ref().and_then(|card| card.title.as_ref());
        let any_actions = self.rows.iter().flat_map(|row| &row.actions).any(|actions| !actions.items.is_empty());
        let list = el("dl")
            .class("govuk-summary-list")
            .class(self.classes)
            .attrs(&self.attributes)
            .children(self.rows.iter().map(|row| row.html(any_actions, title)));
        match &self.card {
            Some(card) => card.around(list),
            None => list.into(),
        }
    }
}

impl Row<'_> {
    fn html(&self, any_actions: bool, card: Option<&Cell<'_>>) -> Html {
        let actions = self.actions.as_ref().filter(|actions| !actions.items.is_empty());
        el("div")
            .class("govuk-summary-list__row")
            .class_if(any_actions && self.actions.is_none(), "govuk-summary-list__row--no-actions")
            .class(self.classes)
            .child(self.key.put_into(el("dt").class("govuk-summary-list__key")))
            .child(self.value.put_into(el("dd").class("govuk-summary-list__value")))
            .children(actions.map(|actions| actions.in_row(card)))
            .into()
    }
}

impl Cell<'_> {
    fn put_into(&self, element: Element) -> Element {
        element.class(self.classes).child(&self.content)
    }
}

impl Actions<'_> {
    fn in_row(&self, card: Option<&Cell<'_>>) -> Html {
        let root = el("dd").class("govuk-summary-list__actions").class(self.classes);
        if let [only] = self.items.as_slice() {
            return root.child(only.html(card)).into();
        }
        let item =
            |action: &Action<'_>| el("li").class("govuk-summary-list__actions-list-item").child(action.html(card));
        root.child(el("ul").class("govuk-summary-list__actions-list").children(self.items.iter().map(item))).into()
    }

    fn on_card(&self, card: Option<&Cell<'_>>) -> Html {
        match self.items.as_slice() {
            [] => Html::NONE,
            [only] => el("div").class("govuk-summary-card__actions").class(self.classes).child(only.html(card)).into(),
            several => {
                let item = |action: &Action<'_>| el("li").class("govuk-summary-card__action").child(action.html(card));
                el("ul")
                    .class("govuk-summary-card__actions")
                    .class(self.classes)
                    .children(several.iter().map(item))
                    .into()
            }
        }
    }
}

impl Action<'_> {
    fn html(&self, card: Option<&Cell<'_>>) -> Html {
        let hidden = || {
            let own = if self.hidden_text.is_empty() { Html::NONE } else { space().then(self.hidden_text) };
            let card = card.map(|title| Html::trusted(" (").then(&title.content).then(")"));
            el("span").class("govuk-visually-hidden").child(own).children(card)
        };
        el("a")
            .class("govuk-link")
            .class(self.classes)
            .attr("href", self.href)
            .attrs(&self.attributes)
            .child(&self.text)
            .child_if(!self.hidden_text.is_empty() || card.is_some(), hidden)
            .into()
    }
}

impl Card<'_> {
    fn around(&self, list: Element) -> Html {
        let heading = self.heading.unwrap_or(Heading::H2).name();
        let title = self.title.as_ref().map(|title| title.put_into(el(heading).class("govuk-summary-card__title")));
        let wrapper = el("div")
            .class("govuk-summary-card__title-wrapper")
            .children(title)
            .child(self.actions.on_card(self.title.as_ref()));
        el("div")
            .class("govuk-summary-card")
            .class(self.classes)
            .attrs(&self.attributes)
            .child(wrapper)
            .child(el("div").class("govuk-summary-card__content").child(list))
            .into()
    }
}

//! Task list: what there is to do, and how far it is.
//!
//! Not in which order it must be done.
//! Invariant: each link is heard with its hint and its status.

use super::{Component, Tag, first};
use crate::Html;
use crate::html::{Attributes, el};
use crate::wording::Language;

/// What there is to do.
#[derive(Debug, Clone, Default)]
pub struct TaskList<'a> {
    /// The tasks.
    pub tasks: Vec<Task<'a>>,
    /// With what ids begin, if not with "task-list".
    pub id_prefix: &'a str,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One task.
#[derive(Debug, Clone, Default)]
pub struct Task<'a> {
    /// What is to be done.
    pub title: Html,
    /// More classes of the title.
    pub title_classes: &'a str,
    /// Where it is done; empty while it cannot be.
    pub href: &'a str,
    /// A line that helps.
    pub hint: Html,
    /// How far it is.
    pub status: Status<'a>,
    /// More classes of its status.
    pub status_classes: &'a str,
    /// More classes.
    pub classes: &'a str,
}

/// How far a task is.
#[derive(Debug, Clone)]
pub enum Status<'a> {
    /// In words, for what is done.
    Words(Html),
    /// As a tag, for what is not.
    Tag(Tag<'a>),
}

impl Default for Status<'_> {
    fn default() -> Self {
        Status::Words(Html::NONE)
    }
}

impl Component for TaskList<'_> {
    fn html(&self, language: Language) -> Html {
        let prefix = first(&[self.id_prefix, "task-list"]);
        let tasks = (1..).zip(&self.tasks).map(|(number, task)| task.html(&format!("{prefix}-{number}"), language));
        el("ul").class("govuk-task-list").class(self.classes).attrs(&self.attributes).children(tasks).into()
    }
}

impl Task<'_> {
    fn html(&self, id: &str, language: Language) -> Html {
        let (hint_id, status_id) = (format!("{id}-hint"), format!("{id}-status"));
        let has_hint = !self.hint.is_empty();
        let described_by = if has_hint { format!("{hint_id} {status_id}") } else { status_id.clone() };
        let title = if self.href.is_empty() {
            el("div").class(self.title_classes)
        } else {
            el("a")
                .class("govuk-link govuk-task-list__link")
                .class(self.title_classes)
                .attr("href", self.href)
                .attr("aria-describedby", described_by)
        };
        let hint = || el("div").attr("id", hint_id).class("govuk-task-list__hint").child(&self.hint);
        let status = match &self.status {
            Status::Words(words) => words.clone(),
            Status::Tag(tag) => tag.html(language),
        };
        el("li")
            .class("govuk-task-list__item")
            .class_if(!self.href.is_empty(), "govuk-task-list__item--with-link")
            .class(self.classes)
            .child(
                el("div")
                    .class("govuk-task-list__name-and-hint")
                    .child(title.child(&self.title))
                    .child_if(has_hint, hint),
            )
            .child(
                el("div")
                    .class("govuk-task-list__status")
                    .class(self.status_classes)
                    .attr("id", status_id)
                    .child(status),
            )
            .into()
    }
}

//! One case: what is next, what is known, what waits to be confirmed, what happened, and who looked.
//!
//! Not what of it somebody may see, which is decided before it comes here. Invariants: whatever is next says why and who can do it; words that can no longer be read
//! are said to be so; people's words stand as they were said.

use super::Frame;
use super::drawing::{Strokes, picture};
use super::form::{clauses, small};
use super::list::Colour;
use crate::Html;
use crate::access::{heading, paragraph};
use crate::components::{
    Action, Actions, Button, Cell, Component as _, Details, NotificationBanner, Prose, Row, Status, SummaryList, Tag,
    Task, TaskList,
};
use crate::html::el;
use crate::things::{OwnThing, own};
use crate::wording::{self, Language, Words};

/// The page.
#[derive(Debug)]
pub struct One<'a> {
    /// What stands around it.
    pub frame: Frame<'a>,
    /// The case's reference.
    pub reference: &'a str,
    /// What kind of meeting it is.
    pub meeting: Words,
    /// Where it stands, and the tag's colour.
    pub state: (Words, Colour),
    /// What did not go as it should.
    pub notes: Option<Words>,
    /// What is still to be done, in order.
    pub next: Vec<Next<'a>>,
    /// The appointment, the request, the room, the copies: each a title with what is known.
    pub parts: Vec<Known>,
    /// What was noted as the person's word and waits for them.
    pub noted: Vec<Noted<'a>>,
    /// Everything else that whoever looks may do: its title and where.
    pub others: Vec<(Words, String)>,
    /// What is kept of it, for the person whose case it is.
    pub kept: Vec<OwnThing>,
    /// Where the page of the meeting is, for whoever is in the room; empty where there is none for whoever looks.
    pub room_href: &'a str,
    /// Where the rules that applied are.
    pub rules_href: &'a str,
    /// What happened, the newest first.
    pub history: Vec<Happened>,
    /// Who looked, the newest first; nothing where whoever looks may not see that.
    pub looks: Option<Vec<Looked>>,
}

/// Something that is still to be done.
#[derive(Debug)]
pub struct Next<'a> {
    /// What.
    pub what: Words,
    /// Before what it must be done.
    pub before: Option<Words>,
    /// The rules that ask for it, each a clause with its source.
    pub clauses: Vec<String>,
    /// Who can do it.
    pub who: Words,
    /// By when, or since when.
    pub when: Option<Words>,
    /// Where it is done; empty where whoever looks may not.
    pub href: &'a str,
    /// Whether it is late.
    pub is_late: bool,
}

/// A part of what is known.
#[derive(Debug)]
pub struct Known {
    /// What of.
    pub title: Words,
    /// What.
    pub facts: Vec<Fact>,
}

/// Something that is known.
#[derive(Debug)]
pub struct Fact {
    /// Of what.
    pub key: Words,
    /// What it is, a line each.
    pub lines: Vec<String>,
    /// A tag beside it.
    pub tag: Option<(Words, Colour)>,
    /// What can be done about it, and where.
    pub act: Option<(Words, String)>,
}

/// What was noted as the person's word.
#[derive(Debug)]
pub struct Noted<'a> {
    /// What.
    pub what: Words,
    /// Who noted it, and when.
    pub by: Words,
    /// Where it is confirmed; empty where whoever looks may not.
    pub confirm_href: &'a str,
    /// Where it is undone.
    pub disown_href: &'a str,
}

/// An event.
#[derive(Debug)]
pub struct Happened {
    /// Its number.
    pub number: u64,
    /// When.
    pub when: String,
    /// Who.
    pub who: Words,
    /// What.
    pub what: Words,
    /// What was said: of what, and the words.
    pub words: Vec<(Words, String)>,
    /// A signature that was drawn.
    pub drawn: Option<Strokes>,
    /// Whether there were words and they cannot be read any more.
    pub is_closed: bool,
    /// The clauses that it rests on.
    pub clauses: Vec<String>,
}

/// A look.
#[derive(Debug)]
pub struct Looked {
    /// When.
    pub when: String,
    /// Who.
    pub who: String,
    /// For what.
    pub purpose: Words,
    /// Why, where it was out of the ordinary.
    pub reason: Option<String>,
}

impl One<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let language = self.frame.language;
        let title = wording::case_caption(language, self.reference);
        let notes = self.notes.clone().map(|words| {
            let content = Prose::Line(words.into());
            NotificationBanner { content, ..NotificationBanner::default() }.html(language)
        });
        // Whoever sees none of it is told what they can do.
        let thin = if self.looks.is_none() { paragraph(wording::case_thin(language)).into() } else { Html::NONE };
        let state = el("p").class("govuk-body").child(tag(language, &self.state));
        let body = notes
            .unwrap_or_default()
            .then(el("span").class("govuk-caption-l").child(self.meeting.clone()))
            .then(heading(&title))
            .then(state)
            .then(self.room(language))
            .then(thin)
            .then(self.next(language))
            .then(self.noted(language))
            .then(self.parts.iter().map(|part| part.html(language)).collect::<Html>())
            .then(own(language, &self.kept))
            .then(self.rules(language))
            .then(self.others(language))
            .then(self.history(language))
            .then(self.looks(language));
        self.frame.document(&title, &Vec::new(), false, body)
    }

    fn room(&self, language: Language) -> Html {
        if self.room_href.is_empty() {
            return Html::NONE;
        }
        let (text, classes) = (wording::room_link(language).into(), "govuk-button--secondary");
        Button { text, href: self.room_href, classes, ..Button::default() }.html(language)
    }

    fn next(&self, language: Language) -> Html {
        let title = h2(wording::case_next(language), "next");
        if self.next.is_empty() {
            return title.then(paragraph(wording::case_next_none(language)));
        }
        title.then(tasks(language, &self.next))
    }

    fn noted(&self, language: Language) -> Html {
        if self.noted.is_empty() {
            return Html::NONE;
        }
        let (confirm, disown) = (wording::case_noted_confirm(language), wording::case_noted_disown(language));
        let rows = self.noted.iter().map(|noted| {
            let acts = [(noted.confirm_href, &confirm), (noted.disown_href, &disown)];
            let acts = acts.into_iter().filter(|(href, _)| !href.is_empty());
            let items = acts.map(|(href, words)| action(words, href, noted.what.as_str())).collect();
            Row {
                key: Cell { content: noted.what.clone().into(), ..Cell::default() },
                value: Cell { content: noted.by.clone().into(), ..Cell::default() },
                actions: Some(Actions { items, ..Actions::default() }),
                ..Row::default()
            }
        });
        h2(wording::case_noted(language), "noted")
            .then(paragraph(wording::case_noted_why(language)))
            .then(SummaryList { rows: rows.collect(), ..SummaryList::default() }.html(language))
    }

    fn rules(&self, language: Language) -> Html {
        if self.rules_href.is_empty() {
            return Html::NONE;
        }
        let link = el("a").class("govuk-link").attr("href", self.rules_href).child(wording::case_rules_link(language));
        el("p").class("govuk-body").child(link).into()
    }

    fn others(&self, language: Language) -> Html {
        if self.others.is_empty() {
            return Html::NONE;
        }
        let link = |(words, href): &(Words, String)| {
            el("li").child(el("a").class("govuk-link").attr("href", href).child(words.clone()))
        };
        let list = el("ul").class("govuk-list govuk-list--spaced").children(self.others.iter().map(link));
        let summary = wording::case_others(language).into();
        Details { summary, content: list.into(), ..Details::default() }.html(language)
    }

    fn history(&self, language: Language) -> Html {
        let events = self.history.iter().map(|happened| happened.html(language));
        h2(wording::case_history(language), "history")
            .then(el("ol").class("govuk-list").flag("reversed", true).children(events))
    }

    fn looks(&self, language: Language) -> Html {
        let Some(looks) = &self.looks else { return Html::NONE };
        let title = h2(wording::case_looks(language), "looks");
        if looks.is_empty() {
            return title.then(paragraph(wording::case_looks_none(language)));
        }
        let look = |look: &Looked| {
            let reason = look.reason.as_ref().map(|reason| said(reason));
            let line = wording::case_look(language, &look.who, &look.when);
            el("li").child(el("div").child(line)).child(el("div").child(look.purpose.clone())).children(reason)
        };
        title.then(el("ul").class("govuk-list govuk-list--spaced").children(looks.iter().map(look)))
    }
}

/// What is still to be done, in order.
pub(super) fn tasks(language: Language, next: &[Next<'_>]) -> Html {
    let tasks = next.iter().map(|next| next.task(language)).collect();
    TaskList { tasks, id_prefix: "next", ..TaskList::default() }.html(language)
}

impl Next<'_> {
    fn task(&self, language: Language) -> Task<'_> {
        let line = |words: Words| Html::from(el("div").child(words));
        let hint = self
            .before
            .clone()
            .map_or(Html::NONE, line)
            .then(line(self.who.clone()))
            .then(self.when.clone().map_or(Html::NONE, line))
            .then(clauses(language, &self.clauses));
        let (words, colour) = match (self.is_late, self.href.is_empty()) {
            (true, _) => (wording::case_next_late(language), Colour::Red),
            (false, false) => (wording::case_next_yours(language), Colour::Blue),
            (false, true) => (wording::case_next_others(language), Colour::Grey),
        };
        let tag = Tag { text: words.into(), classes: colour.class(), ..Tag::default() };
        Task { title: self.what.clone().into(), href: self.href, hint, status: Status::Tag(tag), ..Task::default() }
    }
}

impl Known {
    pub(crate) fn html(&self, language: Language) -> Html {
        let row = |fact: &'_ Fact| -> (Html, Html) {
            let lines = fact.lines.iter().map(|line| Html::from(el("div").child(line.as_str())));
            let tag = fact.tag.as_ref().map(|state| Html::from(el("div").child(tag(language, state))));
            (fact.key.clone().into(), lines.chain(tag).collect())
        };
        let rows = self.facts.iter().map(|fact| {
            let (key, value) = row(fact);
            let acts = fact.act.iter().map(|(words, href)| action(words, href, fact.key.as_str()));
            Row {
                key: Cell { content: key, ..Cell::default() },
                value: Cell { content: value, classes: "govuk-!-text-break-word" },
                actions: Some(Actions { items: acts.collect(), ..Actions::default() }),
                ..Row::default()
            }
        });
        Html::from(el("h2").class("govuk-heading-m").child(self.title.clone()))
            .then(SummaryList { rows: rows.collect(), ..SummaryList::default() }.html(language))
    }
}

impl Happened {
    pub(crate) fn html(&self, language: Language) -> Html {
        let words = self.words.iter().map(|(key, words)| {
            let key = el("span").class("govuk-!-font-weight-bold").child(wording::case_said(language, key.as_str()));
            Html::from(el("div").child(key)).then(said(words))
        });
        let closed = self.is_closed.then(|| el("div").class("govuk-hint").child(wording::case_closed(language)));
        let line = wording::case_happened(language, &self.when);
        el("li")
            .attr("value", self.number)
            .class("govuk-!-margin-bottom-4")
            .child(el("div").class("govuk-!-font-weight-bold").child(self.what.clone()))
            .child(el("div").child(self.who.clone()).child(" ").child(line))
            .children(words)
            .children(self.drawn.as_ref().map(|drawn| picture(language, drawn)))
            .children(closed)
            .child(small(&self.clauses, |clauses| wording::case_rests_on(language, clauses)))
            .into()
    }
}

/// People's words, with the ends of their lines.
fn said(words: &str) -> Html {
    let lines = words.split('\n').map(|line| Html::from(el("div").child(line)));
    el("div").class("govuk-!-text-break-word govuk-!-margin-bottom-1").children(lines).into()
}

pub(crate) fn tag(language: Language, (words, colour): &(Words, Colour)) -> Html {
    Tag { text: words.clone().into(), classes: colour.class(), ..Tag::default() }.html(language)
}

fn h2(words: Words, id: &'static str) -> Html {
    el("h2").class("govuk-heading-m").attr("id", id).child(words).into()
}

fn action<'a>(words: &Words, href: &'a str, of: &'a str) -> Action<'a> {
    Action { text: words.clone().into(), href, hidden_text: of, ..Action::default() }
}

/// A page that says of a thing that it was not found, or is somebody else's: the same of both.
pub fn gone(frame: &Frame<'_>) -> String {
    let title = wording::case_gone(frame.language);
    let body = Html::from(heading(&title)).then(paragraph(wording::case_gone_why(frame.language)));
    frame.document(&title, &Vec::new(), false, body)
}

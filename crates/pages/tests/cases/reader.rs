//! A reader of our own HTML: elements with their attributes, and what is wrong with them.
//!
//! Not a browser: what our pages never have it does not know.
//! Invariant: every element that is begun is ended, or the reader says so.

use std::collections::BTreeMap;

/// An element.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
    /// The text in it, down to its last element.
    text: String,
    /// The elements that it is in.
    within: Vec<String>,
}

/// A document, as a list of its elements.
pub(crate) struct Document {
    tags: Vec<Tag>,
    faults: Vec<String>,
}

const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

impl Document {
    pub(crate) fn read(html: &str) -> Document {
        let mut document = Document { tags: Vec::new(), faults: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
        while let Some(at) = rest.find('<') {
            let (text, after) = rest.split_at(at);
            open.iter().for_each(|tag| document.tags[*tag].text.push_str(text.trim()));
            let (tag, after) = split_tag(&after[1..]);
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                match open.pop().map(|at| document.tags[at].name.clone()) {
                    Some(opened) if opened == name => {}
                    opened => document.faults.push(format!("{name} closes {}", opened.unwrap_or_default())),
                }
                continue;
            }
            let (name, attributes) = attributes(tag);
            let within = open.iter().map(|at| document.tags[*at].name.clone()).collect();
            document.tags.push(Tag { name: name.clone(), attributes, text: String::new(), within });
            if name == "script" {
                rest = &rest[rest.find("</script>").unwrap() + "</script>".len()..];
            } else if !VOID.contains(&name.as_str()) {
                open.push(document.tags.len() - 1);
            }
        }
        document
    }

    /// All that is wrong.
    pub(crate) fn faults(mut self) -> Vec<String> {
        let mut faults = std::mem::take(&mut self.faults);
        let ids: Vec<&str> = self.tags.iter().filter_map(|tag| tag.of("id")).collect();
        let is_there = |id: &str| ids.contains(&id);
        for (at, id) in ids.iter().enumerate() {
            if ids[..at].contains(id) {
                faults.push(format!("id {id} is there twice"));
            }
        }
        let labelled: Vec<&str> = self.named("label").filter_map(|tag| tag.of("for")).collect();
        faults.extend(
            labelled.iter().filter(|id| !is_there(id)).map(|id| format!("a label is for {id}, which is not there")),
        );
        for tag in &self.tags {
            let is_hidden = tag.of("type") == Some("hidden");
            let is_control = matches!(tag.name.as_str(), "input" | "select" | "textarea") && !is_hidden;
            if is_control && !tag.of("id").is_some_and(|id| labelled.contains(&id)) {
                faults.push(format!("{} has no label", tag.of("name").unwrap_or_default()));
            }
            let link = tag.of("href").and_then(|href| href.strip_prefix('#'));
            faults.extend(link.filter(|id| !is_there(id)).map(|id| format!("#{id} leads nowhere")));
            let described = tag.of("aria-describedby").into_iter().flat_map(str::split_whitespace);
            faults.extend(described.filter(|id| !is_there(id)).map(|id| format!("{id} describes and is not there")));
            let inline = ["style", "onclick", "onload"].iter().filter(|name| tag.of(name).is_some());
            faults.extend(inline.map(|name| format!("{name} is not allowed by the policy")));
            if matches!(tag.name.as_str(), "button" | "a" | "label" | "legend" | "h1" | "h2" | "th")
                && tag.text.is_empty()
            {
                faults.push(format!("a {} says nothing", tag.name));
            }
            if tag.name == "li" && !tag.within.last().is_some_and(|list| list == "ul" || list == "ol") {
                faults.push("an li is in no list".to_owned());
            }
        }
        if self.named("fieldset").count() != self.named("legend").count() {
            faults.push("a fieldset has no legend".to_owned());
        }
        faults.extend(self.headings());
        faults
    }

    fn named(&self, name: &'static str) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.name == name)
    }

    /// One first heading, and none that comes two levels below the one before it. The summary of what is wrong stands above the first.
    fn headings(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let levels = self.tags.iter().filter_map(|tag| {
            let level = tag.name.strip_prefix('h')?.parse::<u32>().ok()?;
            (!tag.of("class").is_some_and(|class| class.contains("error-summary"))).then_some(level)
        });
        let levels: Vec<u32> = levels.collect();
        let first = levels.iter().filter(|level| **level == 1).count();
        if first != 1 {
            faults.push(format!("{first} first headings"));
        }
        let jumps = levels.windows(2).filter(|pair| pair[1] > pair[0] + 1);
        faults.extend(jumps.map(|pair| format!("h{} comes after h{}", pair[1], pair[0])));
        faults
    }
}

impl Tag {
    fn of(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// What stands up to the end of a tag, where a value may hold its sign.
fn split_tag(rest: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, c) in rest.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return (&rest[..at], &rest[at + 1..]),
            _ => {}
        }
    }
    panic!("a tag has no end: {rest}")
}

fn attributes(tag: &str) -> (String, BTreeMap<String, String>) {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut all = BTreeMap::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix("=\"") else {
            all.insert(key.to_owned(), String::new());
            rest = after;
            continue;
        };
        let (value, after) = value.split_once('"').unwrap();
        assert!(all.insert(key.to_owned(), value.to_owned()).is_none(), "{key} is there twice in {tag}");
        rest = after;
    }
    (name.to_owned(), all)
}

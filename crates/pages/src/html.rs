//! HTML that escapes by construction: whatever is not the program's own text becomes text.
//!
//! Not a template language and not a parser. Invariants: markup comes from [`el`] and from [`Html::trusted`], which takes only what lives as
//! long as the program; names of elements and attributes do too; a value is always quoted and escaped.

use std::fmt::{Display, Write as _};

use crate::wording::Words;

/// A piece of a page: balanced, escaped, ready to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing.
    pub const NONE: Html = Html(String::new());

    /// Markup that the program itself brings. A value that came from outside does not live long enough to get in here.
    pub fn trusted(markup: &'static str) -> Html {
        Html(markup.to_owned())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is an element in it, or only text.
    pub(crate) fn has_elements(&self) -> bool {
        self.0.contains('<')
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The markup, to be sent.
    pub fn into_string(self) -> String {
        self.0
    }

    /// This, and then that.
    #[must_use]
    pub fn then(mut self, next: impl Into<Html>) -> Html {
        self.0.push_str(&next.into().0);
        self
    }

    /// This, or that when there is nothing in this.
    pub(crate) fn or(&self, other: impl FnOnce() -> Html) -> Html {
        if self.is_empty() { other() } else { self.clone() }
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Html {
        let mut escaped = String::with_capacity(text.len());
        escape(text, &mut escaped);
        Html(escaped)
    }
}

impl From<String> for Html {
    fn from(text: String) -> Html {
        text.as_str().into()
    }
}

impl From<&Html> for Html {
    fn from(html: &Html) -> Html {
        html.clone()
    }
}

/// Words in a language that is not the page's say so, for whoever has the page read aloud.
impl From<Words> for Html {
    fn from(words: Words) -> Html {
        match words.foreign() {
            None => words.as_str().into(),
            Some(language) => el("span").attr("lang", language.tag()).child(words.as_str()).into(),
        }
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Html {
        pieces.into_iter().fold(Html::NONE, Html::then)
    }
}

/// `&` and the four characters that end a text or a value.
fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            c => into.push(c),
        }
    }
}

/// Attributes that a page adds to a component: names are the program's, values are anybody's.
pub type Attributes<'a> = Vec<(&'static str, &'a str)>;

/// Elements that have no end.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

/// One element under construction.
#[derive(Debug, Clone)]
pub struct Element {
    name: &'static str,
    classes: String,
    attributes: String,
    content: String,
}

/// Begins an element.
pub fn el(name: &'static str) -> Element {
    Element { name, classes: String::new(), attributes: String::new(), content: String::new() }
}

impl Element {
    /// With these classes too; an empty text adds none.
    #[must_use]
    pub fn class(mut self, classes: &str) -> Element {
        if !classes.is_empty() {
            if !self.classes.is_empty() {
                self.classes.push(' ');
            }
            self.classes.push_str(classes);
        }
        self
    }

    /// With this class if it holds.
    #[must_use]
    pub fn class_if(self, holds: bool, classes: &str) -> Element {
        if holds { self.class(classes) } else { self }
    }

    /// With an attribute of this value, which may be empty.
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Display) -> Element {
        let _ = write!(self.attributes, " {name}=\"");
        escape(&value.to_string(), &mut self.attributes);
        self.attributes.push('"');
        self
    }

    /// With an attribute, unless its value is empty.
    #[must_use]
    pub fn attr_unless_empty(self, name: &'static str, value: &str) -> Element {
        if value.is_empty() { self } else { self.attr(name, value) }
    }

    /// With an attribute, if there is a value.
    #[must_use]
    pub fn attr_maybe(self, name: &'static str, value: Option<impl Display>) -> Element {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// With an attribute that has no value, if it holds.
    #[must_use]
    pub fn flag(mut self, name: &'static str, holds: bool) -> Element {
        if holds {
            let _ = write!(self.attributes, " {name}");
        }
        self
    }

    /// With the attributes a page adds.
    #[must_use]
    pub fn attrs(self, attributes: &[(&'static str, &str)]) -> Element {
        attributes.iter().fold(self, |element, (name, value)| element.attr(name, value))
    }

    /// With this inside, after what is inside already.
    #[must_use]
    pub fn child(mut self, child: impl Into<Html>) -> Element {
        self.content.push_str(&child.into().0);
        self
    }

    /// With this inside, if it holds.
    #[must_use]
    pub fn child_if<C: Into<Html>>(self, holds: bool, child: impl FnOnce() -> C) -> Element {
        if holds { self.child(child()) } else { self }
    }

    /// With all of these inside.
    #[must_use]
    pub fn children<C: Into<Html>>(self, children: impl IntoIterator<Item = C>) -> Element {
        children.into_iter().fold(self, Element::child)
    }
}

impl From<Element> for Html {
    fn from(element: Element) -> Html {
        let Element { name, classes, attributes, content } = element;
        let mut html = format!("<{name}");
        if !classes.is_empty() {
            html.push_str(" class=\"");
            escape(&classes, &mut html);
            html.push('"');
        }
        html.push_str(&attributes);
        html.push('>');
        if !VOID.contains(&name) {
            let _ = write!(html, "{content}</{name}>");
        }
        Html(html)
    }
}

/// Text beside an element keeps its distance from it.
pub(crate) fn space() -> Html {
    Html::trusted(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_from_outside_is_text() {
        let hostile = "\"'><script>alert(1)</script>&amp;";
        let escaped = "&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;";
        assert_eq!(Html::from(hostile).as_str(), escaped);
        assert_eq!(Html::from(el("p").child(hostile)).as_str(), format!("<p>{escaped}</p>"));
        assert_eq!(Html::from(el("p").attr("title", hostile)).as_str(), format!("<p title=\"{escaped}\"></p>"));
        assert_eq!(Html::from(el("p").class(hostile)).as_str(), format!("<p class=\"{escaped}\"></p>"));
        assert_eq!(Html::from(el("p").attrs(&[("data-x", hostile)])).as_str(), format!("<p data-x=\"{escaped}\"></p>"));
    }

    #[test]
    fn elements_are_closed_unless_they_have_no_end() {
        let html: Html = el("div").child(el("br")).child(el("input").flag("disabled", true)).child("x").into();
        assert_eq!(html.as_str(), "<div><br><input disabled>x</div>");
    }
}

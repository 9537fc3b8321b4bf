//! What an S3 service says in XML, as a small tree.
//!
//! Not a validating reader: names, texts and nesting are all that S3 needs. Invariants: a document that does not end is none; depth is
//! bounded, length is by whoever read it; nothing but the predefined entities is resolved.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Deeper than anything S3 answers.
const DEPTH_MAX: usize = 16;

/// One element, without its attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The one element that a whole document is; `None` for anything else.
    pub(super) fn parse(document: &[u8]) -> Option<Element> {
        let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            let closed = match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEPTH_MAX => {
                    open.push(Element::named(start.local_name().as_ref())?);
                    continue;
                }
                Event::Empty(start) => Element::named(start.local_name().as_ref())?,
                Event::End(_) => open.pop()?,
                Event::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text.decode().ok()?);
                    }
                    continue;
                }
                Event::GeneralRef(name) => {
                    open.last_mut()?.text.push_str(&resolve(&name)?);
                    continue;
                }
                Event::Decl(_) | Event::Comment(_) => continue,
                Event::Eof => return root.filter(|_| open.is_empty()),
                _ => return None,
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None if root.is_none() => root = Some(closed),
                None => return None,
            }
        }
    }

    fn named(name: &[u8]) -> Option<Element> {
        Some(Element { name: std::str::from_utf8(name).ok()?.to_owned(), ..Element::default() })
    }

    /// The text of the first child of that name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(|child| child.text.as_str())
    }

    /// The children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

fn resolve(name: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = name.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(&name.decode().ok()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_documents_are_read() {
        let whole = "<?xml version=\"1.0\"?><List xmlns=\"x\"><Key>a&amp;b&#x21;</Key><Empty/><Version><Key>2</Key></Version></List>";
        let list = Element::parse(whole.as_bytes()).unwrap();
        assert_eq!((list.name.as_str(), list.text_of("Key"), list.text_of("Empty")), ("List", Some("a&b!"), Some("")));
        assert_eq!(list.all("Version").map(|version| version.text_of("Key")).collect::<Vec<_>>(), [Some("2")]);
        for cut in 0..whole.len() {
            assert_eq!(Element::parse(&whole.as_bytes()[..cut]), None, "{cut}");
        }
        let deep = "<a>".repeat(17) + &"</a>".repeat(17);
        for other in ["", "text", "<a/><b/>", "<a></b>", "<!DOCTYPE a><a/>", "<a>&other;</a>", "\u{ff}", &deep] {
            assert_eq!(Element::parse(other.as_bytes()), None, "{other}");
        }
    }
}

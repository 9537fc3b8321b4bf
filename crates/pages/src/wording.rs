//! The wording: a function for each message of `wording/en` and `wording/cy`, with the message's parameters as its own.
//!
//! Not markup: [`Words`] become HTML by being escaped. Invariants: English has every message, or the crate does not build; what Welsh lacks is said
//! in English and marked so; what it lacks is listed in [`MISSING_IN_WELSH`] and held by a test.

// The functions, made by `build/wording.rs`.
include!(concat!(env!("OUT_DIR"), "/wording.rs"));

/// A language that pages are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Welsh.
    Welsh,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::Welsh];

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Welsh => "cy",
        }
    }

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Welsh => "Cymraeg",
        }
    }

    /// The language with this tag.
    pub fn of_tag(tag: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

/// A message, said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    text: String,
    page: Language,
    written: Language,
}

impl Words {
    fn of(page: Language, written: Language, text: String) -> Words {
        Words { text, page, written }
    }

    /// What another part of the program says, in English.
    pub fn said(page: Language, text: String) -> Words {
        Words::of(page, Language::English, text)
    }

    /// The text, for where there can be no markup: an attribute, a title.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The language of the text where it is not the page's.
    pub fn foreign(&self) -> Option<Language> {
        Some(self.written).filter(|written| *written != self.page)
    }
}

/// The plural forms of the two languages, as CLDR has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plural {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

impl Plural {
    fn english(count: u64) -> Plural {
        if count == 1 { Plural::One } else { Plural::Other }
    }

    fn welsh(count: u64) -> Plural {
        match count {
            0 => Plural::Zero,
            1 => Plural::One,
            2 => Plural::Two,
            3 => Plural::Few,
            6 => Plural::Many,
            _ => Plural::Other,
        }
    }
}

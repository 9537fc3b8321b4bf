//! A paper as a list of parts, before it is text or HTML: both say the same because both are made of this.
//!
//! Not the wording (`texts.rs`, `build.rs`). Invariant: every text here may come from a hostile file; `plain.rs` and
//! `html.rs` make each of them harmless, whatever it holds.

/// Which program and version wrote a paper: at its end, so that another version knows its words to be others.
pub(super) const MAKER: &str = concat!("Counterpart ", env!("CARGO_PKG_VERSION"));

/// One paper.
pub(crate) struct Page {
    /// The language, as HTML names it.
    pub(crate) lang: String,
    pub(crate) title: String,
    /// The sentence below the title.
    pub(crate) lead: String,
    pub(crate) parts: Vec<Part>,
    /// The last line but one.
    pub(crate) foot: Option<String>,
}

pub(crate) enum Part {
    Heading(String),
    Text(String),
    /// The one sentence that matters.
    Verdict(String),
    /// The copy words, to be read aloud.
    Words {
        label: String,
        words: String,
    },
    /// Labels and values.
    Rows(Vec<(String, String)>),
    List(Vec<String>),
    /// Typed by the reader as it stands.
    Command(String),
    /// A short text as a QR code, and as it stands.
    Code {
        label: String,
        caption: String,
        payload: String,
    },
}

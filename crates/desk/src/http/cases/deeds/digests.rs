//! What stands in clear of words that are private: a digest of them with a salt that is kept beside them.
//!
//! Not the chance of the salt, which comes in. Invariants: the words, and with them the salt, are in the private part of the same event, or in the text
//! that it names; what comes first has no line break, so that two contents are never one.

use casework::Digest;

use super::reading::Checked;
use super::value::Value;
use crate::text::hex;
use crate::vault::commitment;

/// Of a letter: its words, as they were sent.
pub(super) fn letter(checked: &mut Checked<'_>) {
    let letter = checked.values.word("note").map(str::to_owned);
    make(checked, letter);
}

/// Of an agreement: the name that was signed or said, a line break, and the text that was agreed to; before them a line for a signature that was drawn.
pub(super) fn agreement(checked: &mut Checked<'_>) {
    let text = checked.values.word("template");
    let text = checked.known.texts.iter().find(|one| Some(one.name.as_str()) == text);
    let signed = checked.values.word("name").zip(text).map(|(name, text)| format!("{name}\n{}", text.words));
    let signed = signed.map(|signed| drawn(checked, signed));
    make(checked, signed);
}

/// Of a receipt: the recording, the side and the name that was signed, each a line. The same of a signature that was drawn. Where nobody signed there is none.
pub(super) fn receipt(checked: &mut Checked<'_>) {
    let values = &checked.values;
    let signed = values.word("recording").zip(values.word("side")).zip(values.word("receiver"));
    let signed = signed.map(|((recording, side), receiver)| format!("{recording}\n{side}\n{receiver}"));
    let signed = signed.map(|signed| drawn(checked, signed));
    make(checked, signed);
}

/// With what was drawn, in a line of its own that names it.
fn drawn(checked: &Checked<'_>, signed: String) -> String {
    match checked.values.word("drawing") {
        Some(drawing) => format!("drawn {drawing}\n{signed}"),
        None => signed,
    }
}

fn make(checked: &mut Checked<'_>, content: Option<String>) {
    let Some(content) = content else { return };
    let salt = checked.known.salt;
    checked.values.put("salt", Value::Word(hex(&salt)));
    let digest = Digest(commitment::salted_words(&content, &salt));
    checked.values.put("digest", Value::Word(digest.to_string()));
}

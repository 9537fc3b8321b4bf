//! The texts that are signed or sent in a case, in their versions: until letters are made from templates of an office's own.
//!
//! Not the events about them (`casework::case`).
//! Invariant: a text is never changed under its name, for events name it; a new one gets the next number.

use casework::Name;

use super::deeds::Text;

const TEXTS: [(&str, &str, &str); 3] = [
    ("agreement-1", "Agreement about recording, version 1", include_str!("../../../papers/agreement-1.txt")),
    ("recording-1", "Letter before a recording, version 1", include_str!("../../../papers/recording-1.txt")),
    ("publication-1", "Letter about a publication, version 1", include_str!("../../../papers/publication-1.txt")),
];

/// All of them.
pub(super) fn texts() -> Vec<Text> {
    let text = |(name, called, words): &(&str, &str, &str)| {
        let name: Name = name.parse().ok()?;
        Some(Text { name, called: (*called).to_owned(), words: (*words).to_owned() })
    };
    TEXTS.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    #[test]
    fn a_text_is_never_changed_under_its_name() {
        let digests = [
            ("agreement-1", "3f4013a81354e6e9129cfc0ce0d32e5ba1c890d6183d439fb049e1f3478be1c7"),
            ("recording-1", "a387540c25b552305407d65cb1d15090d6fab4a27c0cd21d70c0ad635d0d19f9"),
            ("publication-1", "5c6da50133a72ebe9019b1f7b744f31a165bd209b79e687cf249241091e5342e"),
        ];
        let texts = super::texts();
        assert_eq!(texts.len(), digests.len());
        for (text, (name, expected)) in texts.iter().zip(digests) {
            let digest: String = Sha256::digest(&text.words).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!((text.name.as_str(), digest.as_str()), (name, expected));
        }
    }
}

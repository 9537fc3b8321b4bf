//! Copy words: eight words that both sides can read out to see that their copies are the same.
//!
//! Not here: the list's origin (`spec/words.txt`, the word list of Zimmermann and Juola, chosen so that neighbours do not
//! sound alike). Source: `spec/seal.md` section 3.2. Invariant: 64 bits of the final checkpoint's hash, no more, no less.

use sha2::{Digest as _, Sha256};
use std::fmt;

const LIST: &str = include_str!("../../../spec/words.txt");

/// The words of one final checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyWords([u8; 8]);

impl CopyWords {
    /// Words of the checkpoint with this text.
    pub(crate) fn of(checkpoint_text: &str) -> CopyWords {
        let digest = Sha256::new().chain_update("counterpart/words/v1\n").chain_update(checkpoint_text).finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        CopyWords(first)
    }

    /// The same value as twenty digits in groups of five.
    #[must_use]
    pub fn digits(&self) -> String {
        let all = format!("{:020}", u64::from_be_bytes(self.0));
        [&all[..5], &all[5..10], &all[10..15], &all[15..]].join(" ")
    }
}

impl fmt::Display for CopyWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let line = LIST.lines().nth(usize::from(*byte)).unwrap_or_default();
            let word = line.split(' ').nth(at % 2).unwrap_or_default();
            write!(f, "{}{word}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_256_lines_of_two_words_none_twice() {
        let lines: Vec<_> = LIST.lines().map(|line| line.split(' ').collect::<Vec<_>>()).collect();
        assert_eq!(lines.len(), 256);
        for column in 0..2 {
            let mut words: Vec<_> = lines.iter().map(|line| line[column]).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), 256);
        }
    }

    #[test]
    fn words_and_digits_tell_the_same_value() {
        assert_eq!(CopyWords([0, 0, 0, 0, 0, 0, 0, 1]).digits(), "00000 00000 00000 00001");
        assert_eq!(CopyWords([255; 8]).digits(), "18446 74407 37095 51615");
        let words = CopyWords([0, 1, 255, 255, 2, 2, 3, 3]).to_string();
        assert_eq!(words, "aardvark adviser zulu yucatan accrue aftermath acme aggregate");
    }
}

//! Letters five rows high, to be read from two metres.
//!
//! Only those that the screen needs, and not where they stand.
//! Invariants: every letter has five rows of five columns; a text with any other letter is not drawn.

/// Columns of a letter and the gap behind it.
const ADVANCE: usize = 6;
/// What fills them: a character every terminal has.
const INK: char = '#';

#[rustfmt::skip]
const FONT: &[(char, [&str; 5])] = &[
    ('0', [" ### ", "#   #", "#   #", "#   #", " ### "]),
    ('1', ["  #  ", " ##  ", "  #  ", "  #  ", " ### "]),
    ('2', [" ### ", "#   #", "  ## ", " #   ", "#####"]),
    ('3', ["#### ", "    #", " ### ", "    #", "#### "]),
    ('4', ["#   #", "#   #", "#####", "    #", "    #"]),
    ('5', ["#####", "#    ", "#### ", "    #", "#### "]),
    ('6', [" ### ", "#    ", "#### ", "#   #", " ### "]),
    ('7', ["#####", "    #", "   # ", "  #  ", "  #  "]),
    ('8', [" ### ", "#   #", " ### ", "#   #", " ### "]),
    ('9', [" ### ", "#   #", " ####", "    #", " ### "]),
    (':', ["     ", "  #  ", "     ", "  #  ", "     "]),
    (' ', ["     ", "     ", "     ", "     ", "     "]),
    ('A', [" ### ", "#   #", "#####", "#   #", "#   #"]),
    ('C', [" ####", "#    ", "#    ", "#    ", " ####"]),
    ('D', ["#### ", "#   #", "#   #", "#   #", "#### "]),
    ('E', ["#####", "#    ", "#### ", "#    ", "#####"]),
    ('L', ["#    ", "#    ", "#    ", "#    ", "#####"]),
    ('M', ["#   #", "## ##", "# # #", "#   #", "#   #"]),
    ('N', ["#   #", "##  #", "# # #", "#  ##", "#   #"]),
    ('P', ["#### ", "#   #", "#### ", "#    ", "#    "]),
    ('R', ["#### ", "#   #", "#### ", "#  # ", "#   #"]),
    ('S', [" ####", "#    ", " ### ", "    #", "#### "]),
    ('U', ["#   #", "#   #", "#   #", "#   #", " ### "]),
];

/// Columns that a text needs.
pub(super) fn width(text: &str) -> usize {
    text.chars().count() * ADVANCE
}

/// The rows of a text, or nothing when there is a letter that cannot be drawn.
pub(super) fn drawn(text: &str) -> Option<[String; 5]> {
    let mut rows: [String; 5] = Default::default();
    for c in text.chars() {
        let (_, letter) = FONT.iter().find(|(of, _)| *of == c)?;
        for (row, ink) in rows.iter_mut().zip(letter) {
            row.extend(ink.chars().map(|c| if c == '#' { INK } else { ' ' }));
            row.push(' ');
        }
    }
    Some(rows.map(|row| row.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_size_and_every_word_is_drawn() {
        assert!(FONT.iter().all(|(_, rows)| rows.iter().all(|row| row.len() == ADVANCE - 1)));
        for text in ["REC 0:12:34", "PAUSE 5:06:07", "END 8:09:00", "ALARM 1:00:00"] {
            assert!(drawn(text).is_some_and(|rows| rows.iter().all(|row| row.len() <= width(text))), "{text}");
        }
        assert_eq!(drawn("x"), None);
    }
}

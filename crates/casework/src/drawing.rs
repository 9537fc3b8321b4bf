//! A signature as somebody drew it: strokes of points in a field of 600 by 200, as text.
//!
//! Not whose it is, nor a picture (`pages` makes one of it).
//! Invariants: a text that is read is printed as the same text; nothing in it is markup or leaves the field; it is bounded.

use std::fmt;
use std::str::FromStr;

/// How wide the field is.
pub const WIDTH: u16 = 600;
/// How high it is.
pub const HEIGHT: u16 = 200;
/// The longest text.
pub const CHARS_MAX: usize = 6_000;

/// A drawing: `12,30 14,33;50,60 51,61` is two strokes of two points each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing(Vec<Vec<(u16, u16)>>);

impl Drawing {
    /// Its strokes, each of one point or more, across and down from the upper left.
    #[must_use]
    pub fn strokes(&self) -> &[Vec<(u16, u16)>] {
        &self.0
    }
}

impl FromStr for Drawing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a drawing is strokes of points in a field of 600 by 200: 12,30 14,33;50,60".to_owned();
        if text.len() > CHARS_MAX {
            return Err(format!("a drawing has {CHARS_MAX} characters at most"));
        }
        let point = |text: &str| {
            let (x, y) = text.split_once(',')?;
            Some((number(x, WIDTH)?, number(y, HEIGHT)?))
        };
        let stroke = |text: &str| text.split(' ').map(point).collect::<Option<Vec<_>>>();
        text.split(';').map(stroke).collect::<Option<Vec<_>>>().map(Drawing).ok_or_else(wrong)
    }
}

/// A number as it is printed, and no more than that.
fn number(text: &str, most: u16) -> Option<u16> {
    let number = text.parse::<u16>().ok().filter(|number| *number <= most)?;
    (number.to_string() == text).then_some(number)
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, stroke) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ";" })?;
            for (at, (x, y)) in stroke.iter().enumerate() {
                write!(f, "{}{x},{y}", if at == 0 { "" } else { " " })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_points_in_the_field_are_a_drawing() {
        for text in ["0,0", "600,200", "1,2 3,4;5,6", "1,1;1,1"] {
            assert_eq!(text.parse::<Drawing>().unwrap().to_string(), text);
        }
        let hostile = [
            "", ";", "1", "1,", ",1", "1,2,3", "601,0", "0,201", "-1,0", "+1,0", "01,2", "1,2 ", " 1,2", "1,2;",
            "1.5,2", "1,2\n3,4", "<svg>", "1,2\"", "१,२",
        ];
        for text in hostile {
            assert!(text.parse::<Drawing>().is_err(), "{text}");
        }
        let long = vec!["100,100"; 800].join(" ");
        assert!(long.len() > CHARS_MAX && long.parse::<Drawing>().is_err());
    }
}

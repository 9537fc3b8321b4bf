//! A distinguished name in one line that a terminal can be shown, for people: `CN=…, O=…`.
//!
//! Not here: comparing names, which is done on their bytes. Control characters are replaced, what is long is cut.
//! Invariant: the line is clean text of at most [`CHARACTERS_MAX`] characters.

use super::der::{self, Reader, SEQUENCE, SET};

const CHARACTERS_MAX: usize = 200;

/// The name in its own order.
pub(super) fn shown(name: &[u8]) -> String {
    let text = parts(name).unwrap_or_default().join(", ");
    text.chars().take(CHARACTERS_MAX).collect()
}

fn parts(name: &[u8]) -> Option<Vec<String>> {
    let mut row = Reader::new(der::only(name, SEQUENCE)?.body);
    let mut parts = Vec::new();
    while !row.is_empty() {
        let mut set = row.inside(SET)?;
        while !set.is_empty() {
            let mut pair = set.inside(SEQUENCE)?;
            let (oid, value) = (pair.oid()?, pair.element()?);
            parts.push(format!("{}={}", label(oid), clean(&text(value))));
        }
    }
    Some(parts)
}

fn label(oid: &[u8]) -> String {
    let short = match oid.strip_prefix(&[0x55, 4]) {
        Some([3]) => "CN",
        Some([5]) => "serialNumber",
        Some([6]) => "C",
        Some([7]) => "L",
        Some([8]) => "ST",
        Some([10]) => "O",
        Some([11]) => "OU",
        _ => return der::dotted(oid),
    };
    short.to_owned()
}

fn text(value: der::Element<'_>) -> String {
    match value.tag {
        der::UTF8_STRING | der::PRINTABLE_STRING | der::IA5_STRING => String::from_utf8_lossy(value.body).into_owned(),
        der::TELETEX_STRING => value.body.iter().copied().map(char::from).collect(),
        der::BMP_STRING => {
            let units: Vec<u16> =
                value.body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => "?".to_owned(),
    }
}

pub(super) fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_clean_line() {
        let pair = |arc: u8, tag: u8, value: &[u8]| {
            let pair = [der::made(der::OID, &[&[0x55, 4, arc]]), der::made(tag, &[value])].concat();
            der::made(SET, &[&der::made(SEQUENCE, &[&pair])])
        };
        let name = |pairs: &[Vec<u8>]| shown(&der::made(SEQUENCE, &[&pairs.concat()]));
        assert_eq!(name(&[pair(6, 0x13, b"GB"), pair(3, 0x0c, "Cloc Ŵyn".as_bytes())]), "C=GB, CN=Cloc Ŵyn");
        assert_eq!(name(&[pair(3, 0x1e, &[0, 65, 1, 0x74]), pair(42, 0x14, &[0xe9])]), "CN=AŴ, 2.5.4.42=é");
        assert_eq!(name(&[pair(3, 0x0c, "a\u{1b}[31m\u{202e}b\n".as_bytes())]), "CN=a\u{fffd}[31m\u{fffd}b\u{fffd}");
        assert_eq!(name(&[pair(3, 0x0c, &[b'x'; 500])]).len(), CHARACTERS_MAX);
        assert_eq!(shown(&[1, 2, 3]), "");
    }
}

//! What tiles and bundles are called in a request: `<L>/<N>[.p/<W>]` and `entries/<N>[.p/<W>]` below `tile/` (C2SP tlog-tiles).
//!
//! Not whether there is such a tile. Invariants: what is accepted has one spelling, stays below `tile/`, and names nothing but a
//! tile: no dots but `.p`, no empty parts, no number written in two ways; bytes that fit are a tile or a bundle of that width, whoever put them there.

use seal::tlog::Hash;

use super::{TILE_WIDTH, bundle};

/// The name of a tile or bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileName {
    is_bundle: bool,
    width: u64,
}

impl TileName {
    /// What stands behind `tile/`, if it is the name of a tile or bundle.
    #[must_use]
    pub fn parse(path: &str) -> Option<TileName> {
        let (level, place) = path.split_once('/')?;
        let (number, width) = match place.split_once(".p/") {
            Some((number, width)) if is_decimal(width, 1, 255) => (number, width.parse().ok()?),
            Some(_) => return None,
            None => (place, TILE_WIDTH),
        };
        let is_bundle = level == "entries";
        ((is_bundle || is_decimal(level, 0, 63)) && is_number(number)).then_some(TileName { is_bundle, width })
    }

    /// Whether these bytes are one: as many hashes, or entries, as it is wide.
    #[must_use]
    pub fn fits(self, bytes: &[u8]) -> bool {
        match self.is_bundle {
            true => bundle::parse(bytes, self.width).is_ok(),
            false => bytes.len() as u64 == self.width * size_of::<Hash>() as u64,
        }
    }
}

fn is_decimal(text: &str, min: u8, max: u8) -> bool {
    text.parse::<u8>().is_ok_and(|number| (min..=max).contains(&number) && number.to_string() == text)
}

/// Three digits a part, all but the last behind an `x`; no leading part that says nothing.
fn is_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let Some((last, before)) = parts.split_last() else { return false };
    let digits = |part: &str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit());
    let in_order = before.iter().all(|part| part.strip_prefix('x').is_some_and(digits));
    digits(last) && in_order && before.first() != Some(&"x000") && before.len() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_a_tile_is_a_path() {
        for good in ["0/000", "63/001", "entries/000", "0/x001/x234/067", "1/000.p/1", "entries/x999/255.p/255"] {
            assert!(TileName::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "0",
            "0/",
            "0/0",
            "00/000",
            "64/000",
            "-1/000",
            "+1/000",
            "0/0000",
            "0/001/002",
            "0/x000/001",
            "0/x001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/000.p/1/2",
            "0/000.p/1.p/2",
            "0/../0/000",
            "../checkpoint",
            "entries/../000",
            "Entries/000",
            "0//000",
            "0/x001//000",
            "0/\u{661}\u{661}\u{661}",
            "staging/000",
            "0/000/",
            "0/x001/x001/x001/x001/x001/x001/x001/000",
        ] {
            assert!(TileName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_fits_is_as_wide_as_it_is_called() {
        let name = |path| TileName::parse(path).unwrap();
        assert!(name("0/000.p/2").fits(&[7; 64]) && name("1/000").fits(&[7; 8192]));
        for bytes in
            [&[7; 63][..], &[7; 65], &[7; 96], &[], b"PRIVATE+KEY+log.example+0123456789abcdef+AAAAAAAAAAAAAAAAAAAAAA"]
        {
            assert!(!name("0/000.p/2").fits(bytes) && !name("entries/000.p/2").fits(bytes));
        }
        let entry = seal::tlog::Entry { kind: seal::tlog::EntryKind::Event, commitment: [7; 32] };
        let mut two = Vec::new();
        bundle::push(&mut two, &entry);
        bundle::push(&mut two, &entry);
        assert!(name("entries/000.p/2").fits(&two) && !name("entries/000.p/3").fits(&two));
        assert!(!name("entries/000.p/2").fits(&two[1..]));
    }
}

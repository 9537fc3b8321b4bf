//! The paths of tiles and bundles: `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]` (C2SP tlog-tiles).
//!
//! Not whether there is such a tile. Invariant: what is accepted has one spelling, stays below `tile/`, and names nothing but a
//! tile: no dots but `.p`, no empty parts, no number written in two ways.

/// Whether what stands behind `tile/` is the path of a tile or bundle.
pub(crate) fn is_tile(path: &str) -> bool {
    let Some((level, place)) = path.split_once('/') else { return false };
    let number = match place.split_once(".p/") {
        Some((number, width)) if is_decimal(width, 1, 255) => number,
        Some(_) => return false,
        None => place,
    };
    (level == "entries" || is_decimal(level, 0, 63)) && is_number(number)
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
            assert!(is_tile(good), "{good}");
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
            assert!(!is_tile(bad), "{bad}");
        }
    }
}

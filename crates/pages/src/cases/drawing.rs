//! A signature as it was drawn, as a picture in the page.
//!
//! Not whose it is, nor drawing it (`web/room.js`).
//! Invariant: nothing but numbers within the field comes into the picture; what is no drawing is no picture.

use crate::Html;
use crate::html::el;
use crate::wording::{self, Language};

/// How wide the field is, as `casework` has it.
pub(super) const WIDTH: u16 = 600;
/// How high it is.
pub(super) const HEIGHT: u16 = 200;

/// Strokes of points in that field.
pub type Strokes = Vec<Vec<(u16, u16)>>;

/// The picture.
pub(super) fn picture(language: Language, strokes: &Strokes) -> Html {
    let path: String = strokes
        .iter()
        .map(|stroke| {
            let points: Vec<String> =
                stroke.iter().map(|(x, y)| format!("{} {}", x.min(&WIDTH), y.min(&HEIGHT))).collect();
            // A stroke of one point is a dot.
            let end = if points.len() == 1 { format!("L{}", points[0]) } else { String::new() };
            format!("M{}{end}", points.join("L"))
        })
        .collect();
    let name = wording::words_drawing(language);
    let path = el("path").attr("d", path).attr("fill", "none").attr("stroke", "currentColor").attr("stroke-width", "3");
    el("svg")
        .class("signature__picture")
        .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .attr("role", "img")
        .attr("aria-label", name.as_str())
        .child(path.attr("stroke-linecap", "round"))
        .into()
}

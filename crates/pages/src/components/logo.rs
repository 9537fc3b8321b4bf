//! The drawings of the GOV.UK logo: the crown, and the name beside it.
//!
//! Only for a service on GOV.UK; others have [`super::GenericHeader`] and a footer without a crown. Invariants: the drawings are govuk-frontend's own,
//! taken from it by `cargo xtask web`; where the logo stands for a name, the name is there in words.

use crate::Html;
use crate::html::el;

const CROWN: &str = include_str!("../../assets/inline/crown.svg");
const LOGOTYPE: &str = include_str!("../../assets/inline/logotype.svg");

/// The crown alone, which says nothing.
pub(super) fn crown(classes: &str) -> Html {
    drawing(64, classes, "presentation", "").child(Html::trusted(CROWN)).into()
}

/// The crown and "GOV.UK".
pub(super) fn logotype(classes: &str, name: &'static str) -> Html {
    drawing(324, classes, "img", name)
        .child(el("title").child(name))
        .child(Html::trusted(CROWN))
        .child(Html::trusted(LOGOTYPE))
        .into()
}

/// The view box is twice the size on the page.
fn drawing(width: u16, classes: &str, role: &str, name: &str) -> crate::html::Element {
    el("svg")
        .attr("focusable", "false")
        .attr("role", role)
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("viewBox", format!("0 0 {width} 60"))
        .attr("height", 30)
        .attr("width", width / 2)
        .attr("fill", "currentcolor")
        .class(classes)
        .attr_unless_empty("aria-label", name)
}

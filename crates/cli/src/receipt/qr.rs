//! A short text as a QR code drawn in SVG.
//!
//! Not the encoding (`qrcode`). Invariants: one path of whole modules, dark on a white ground with the quiet margin of
//! four modules that readers need; nothing in it comes from a file but through the modules.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

const MARGIN: usize = 4;

/// The picture; `label` says in words what it is, escaped already.
pub(crate) fn svg(payload: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN);
        }
    }
    let side = width + 2 * MARGIN;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

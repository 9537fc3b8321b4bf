//! What every page of the service is made of: HTML, components, wording, assets, and the frame around a page's content.
//!
//! Not the service: no request comes here and no file is read. Invariants: HTML escapes by construction ([`Html`]); every text is a function of the
//! catalogue ([`wording`]); an asset's address changes with its bytes ([`assets`]); a page works without its script.

pub mod access;
pub mod assets;
pub mod cases;
pub mod components;
mod html;
pub mod page;
pub mod policy;
pub mod things;
pub mod welcome;
pub mod wording;

pub use components::Component;
pub use html::{Attributes, Element, Html, el};

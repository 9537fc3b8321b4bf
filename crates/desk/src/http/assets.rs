//! `/assets`: what pages are drawn with.
//!
//! Not made here and not read from a disk (`pages::assets`).
//! Invariant: an address means the same bytes for ever.

pub(crate) mod show;

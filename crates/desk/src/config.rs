//! What the roles are told: one struct per concern, each field a flag whose comment is its reference.
//!
//! Not what is done with it.
//! Invariants: read once, at the start; anything wrong is an error before a port is opened.

pub(crate) mod access;
pub(crate) mod lines;
pub(crate) mod listen;
pub(crate) mod mail;
pub(crate) mod office;
pub(crate) mod places;
pub(crate) mod rate;
pub(crate) mod recorders;
pub(crate) mod sites;
pub(crate) mod span;
pub(crate) mod tokens;

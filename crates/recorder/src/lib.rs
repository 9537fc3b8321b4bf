//! Sound to sealed copies.

pub mod source;

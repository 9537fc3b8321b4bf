//! Sound to sealed copies.

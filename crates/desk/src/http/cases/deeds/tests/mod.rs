//! Tests of the forms of a case: the table, the way there and back, what is wrong, and hostile bodies.
//!
//! Not of what is decided.
//! Invariant: every test asks the one table, of one case that has something of everything that has a number.

#![allow(clippy::unwrap_used, clippy::panic)]

mod back;
mod chance;
mod hostile;
mod page;
mod world;
mod wrong;

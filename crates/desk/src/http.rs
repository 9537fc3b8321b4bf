//! Requests and answers: `http/<noun>/<verb>.rs` is one handler with all that it alone needs.
//!
//! Not which route leads where (`router.rs`). Invariants: whatever is wrong is answered through [`problem::Problem`], one clear line of
//! text; bodies are read through [`body`], which bounds size and time.

pub(crate) mod access;
pub(crate) mod assets;
pub(crate) mod body;
pub(crate) mod cases;
pub(crate) mod checkpoints;
pub(crate) mod entries;
pub(crate) mod health;
pub(crate) mod me;
pub(crate) mod metrics;
pub(crate) mod problem;
pub(crate) mod things;
pub(crate) mod tiles;
pub(crate) mod welcome;

//! Checkpoints: the log's newest, and those a witness cosigns.
//!
//! Not entries (`entries`) and not tiles (`tiles`).
//! Invariant: nothing here is kept by a cache: a checkpoint is news.

pub(crate) mod cosign;
pub(crate) mod latest;
pub(crate) mod show;

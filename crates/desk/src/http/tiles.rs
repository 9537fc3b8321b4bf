//! Tiles and bundles of entries: the log as files that never change (C2SP tlog-tiles).
//!
//! Not checkpoints, which do.
//! Invariant: a path is answered only when it is the one spelling of a tile (`ledger::TileName`).

pub(crate) mod show;

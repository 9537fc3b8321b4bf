//! `/health`: whether the role does its work.
//!
//! Not how well (`/metrics`).
//! Invariant: 200 only while what the role is for would be done now.

pub(crate) mod show;

//! The rules that an event of a thing says were kept.
//!
//! Not what it means (`event.rs`).
//! Invariant: each kind of event that cites rules is in the list below.

use super::event::What;
use crate::cited::Cited;

impl What {
    /// The rules that applied, as they were when it happened.
    #[must_use]
    pub fn cited(&self) -> &[Cited] {
        match self {
            What::KindCorrected { cited, .. }
            | What::FactCorrected { cited, .. }
            | What::Transferred { cited, .. }
            | What::Asked { cited, .. }
            | What::HoldLapsed { cited, .. }
            | What::Held { cited, .. }
            | What::HoldReviewed { cited, .. }
            | What::Released { cited, .. }
            | What::DueNoted { cited, .. }
            | What::DestructionProposed { cited, .. }
            | What::Destroying { cited, .. } => cited,
            _ => &[],
        }
    }
}

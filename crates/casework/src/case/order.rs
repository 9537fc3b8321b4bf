//! Which events can stand at which part of a case's life, so that a row that was changed or taken out is noticed when events are read.
//!
//! Not here: whether somebody might decide it (`decide.rs`), which also asks for rules and staff of that time. Invariants: every event has its
//! place in one exhaustive match; what is decided is always in its place.

use super::state::Phase;
use super::what::What;

use Phase::{Absent, Begun, Closed, Ended, Planned};

/// The parts of a case's life in which an event can stand.
pub(super) fn phases(what: &What) -> &'static [Phase] {
    match what {
        What::Planned { .. } => &[Absent],
        What::Tried { .. }
        | What::Offered { .. }
        | What::OfferAnswered { .. }
        | What::Moved { .. }
        | What::Forgone { .. }
        | What::Started { .. }
        | What::Cancelled { .. } => &[Planned],
        What::AnotherAsked { .. } | What::AnotherDeclined { .. } | What::Closed { .. } => &[Planned, Ended],
        What::RoomAssigned { .. }
        | What::RoomLost { .. }
        | What::ContentSaid { .. }
        | What::Swapped { .. }
        | What::Asked { .. }
        | What::OptOutExplained { .. }
        | What::OptedOut { .. }
        | What::OptedIn { .. }
        | What::Agreed { .. }
        | What::AgreementRefused { .. }
        | What::Checked { .. }
        | What::Entered { .. }
        | What::Left { .. } => &[Planned, Begun],
        What::RecordingStarted { .. } | What::Paused { .. } | What::Resumed | What::Ended { .. } => &[Begun],
        What::Stopped { .. } | What::WentOn { .. } | What::IncidentNoted { .. } | What::StartUndone => &[Begun, Ended],
        What::Continued { .. } => &[Ended],
        What::Accepted { .. }
        | What::RefusalProposed { .. }
        | What::Refused { .. }
        | What::RequestReopened { .. }
        | What::Withdrawn { .. }
        | What::AdjustmentClaimed { .. }
        | What::AdviserAsked { .. }
        | What::AdjustmentDecided { .. }
        | What::AdjustmentCarried { .. }
        | What::ResolutionOffered
        | What::ResolutionAnswered { .. }
        | What::CopiesMade { .. }
        | What::CopyChecked { .. }
        | What::HandedOver { .. }
        | What::CopyRefused { .. }
        | What::Kept { .. }
        | What::GiveUpProposed { .. }
        | What::GivenUp { .. }
        | What::Overdue => &[Planned, Begun, Ended],
        What::Escalated { .. }
        | What::Acknowledged
        | What::Told { .. }
        | What::Confirmed { .. }
        | What::Disowned { .. }
        | What::FormatChosen
        | What::LetterIssued { .. }
        | What::Looked { .. }
        | What::GlassBroken { .. }
        | What::GlassReviewed { .. } => &[Planned, Begun, Ended, Closed],
        What::OutcomeCorrected { .. } | What::Reopened { .. } | What::Followed { .. } => &[Closed],
    }
}

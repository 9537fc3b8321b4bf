//! Kinds of events, as far as it matters for who sees their words: an event that has words of another nature for another cause is another kind.
//!
//! Not here: of what nature the words of each are (`table.rs`). Invariants: every event is of exactly one kind, which an exhaustive match says; where it depends
//! on the event whose words they are, what is not known to be the person's own is taken for somebody else's.

use crate::case::event::Who;
use crate::case::what::What;
use crate::case::word::{Cause, Check, Incident, Party, Pause, Stop};
use crate::lists::lists;

/// Declares kinds, and which event is of which.
macro_rules! kinds {
    ($($variant:ident = $word:literal: $($pattern:pat_param)|+ $(if $guard:expr)?,)*) => {
        lists! {
            /// A kind of event.
            Kind, "a kind of event" {
                $(#[doc = $word] $variant = $word,)*
            }
        }

        impl Kind {
            /// That of an event.
            #[must_use]
            pub fn of(what: &What) -> Kind {
                match what {
                    $($($pattern)|+ $(if $guard)? => Kind::$variant,)*
                }
            }
        }
    };
}

kinds! {
    Planned = "planned": What::Planned { .. },
    RoomAssigned = "room-assigned": What::RoomAssigned { .. },
    RoomLost = "room-lost": What::RoomLost { .. },
    ContentSaid = "content-said": What::ContentSaid { .. },
    Escalated = "escalated": What::Escalated { .. },
    Acknowledged = "acknowledged": What::Acknowledged,
    Swapped = "swapped": What::Swapped { .. },
    Tried = "tried": What::Tried { .. },
    Offered = "offered": What::Offered { .. },
    OfferAnswered = "offer-answered": What::OfferAnswered { .. },
    MovedForStaff = "moved-for-staff": What::Moved { cause: Cause::Staff, .. },
    Moved = "moved": What::Moved { .. },
    AnotherAsked = "another-asked": What::AnotherAsked { .. },
    AnotherDeclined = "another-declined": What::AnotherDeclined { .. },
    AskedAsAdjustment = "asked-as-adjustment": What::Asked { asking, .. } if asking.adjustment,
    Asked = "asked": What::Asked { .. },
    Accepted = "accepted": What::Accepted { .. },
    RefusalProposed = "refusal-proposed": What::RefusalProposed { .. },
    Refused = "refused": What::Refused { .. },
    RequestReopened = "request-reopened": What::RequestReopened { .. },
    Withdrawn = "withdrawn": What::Withdrawn { .. },
    OptOutExplained = "opt-out-explained": What::OptOutExplained { .. },
    OptedOut = "opted-out": What::OptedOut { .. },
    OptedIn = "opted-in": What::OptedIn { .. },
    Forgone = "forgone": What::Forgone { .. },
    AdjustmentClaimed = "adjustment-claimed": What::AdjustmentClaimed { .. },
    AdviserAsked = "adviser-asked": What::AdviserAsked { .. },
    AdjustmentDecided = "adjustment-decided": What::AdjustmentDecided { .. },
    AdjustmentCarried = "adjustment-carried": What::AdjustmentCarried { .. },
    ResolutionOffered = "resolution-offered": What::ResolutionOffered,
    ResolutionAnswered = "resolution-answered": What::ResolutionAnswered { .. },
    Told = "told": What::Told { .. },
    Confirmed = "confirmed": What::Confirmed { .. },
    Disowned = "disowned": What::Disowned { .. },
    FormatChosen = "format-chosen": What::FormatChosen,
    LetterIssued = "letter-issued": What::LetterIssued { .. },
    Agreed = "agreed": What::Agreed { who: Who::Person, .. },
    OtherAgreed = "other-agreed": What::Agreed { who: Who::Present(_), .. },
    AgreementRefused = "agreement-refused": What::AgreementRefused { who: Who::Person },
    OtherRefused = "other-refused": What::AgreementRefused { who: Who::Present(_) },
    OthersLookedFor = "others-looked-for": What::Checked { check: Check::PrivateRoom | Check::NobodyElseHeard, .. },
    Checked = "checked": What::Checked { .. },
    Entered = "entered": What::Entered { party: Party::Person, .. },
    OtherEntered = "other-entered": What::Entered { .. },
    Left = "left": What::Left { .. },
    Started = "started": What::Started { .. },
    RecordingStarted = "recording-started": What::RecordingStarted { .. },
    PausedForOthers = "paused-for-others": What::Paused { pause: Pause::Entrant | Pause::Refused | Pause::Room },
    PausedForStaff = "paused-for-staff": What::Paused { pause: Pause::Staff },
    Paused = "paused": What::Paused { .. },
    Resumed = "resumed": What::Resumed,
    StoppedForOthers = "stopped-for-others": What::Stopped { stop: Stop::AgreementWithdrawn, .. },
    Stopped = "stopped": What::Stopped { .. },
    WentOn = "went-on": What::WentOn { .. },
    OthersHeard = "others-heard": What::IncidentNoted { incident: Incident::OthersHeard },
    UneaseNoted = "unease-noted": What::IncidentNoted { incident: Incident::Unease },
    IncidentNoted = "incident-noted": What::IncidentNoted { .. },
    Ended = "ended": What::Ended { .. },
    StartUndone = "start-undone": What::StartUndone,
    CopiesMade = "copies-made": What::CopiesMade { .. },
    CopyChecked = "copy-checked": What::CopyChecked { .. },
    HandedOver = "handed-over": What::HandedOver { side: rules::Side::Person, .. },
    OfficeHasCopy = "office-has-copy": What::HandedOver { .. },
    CopyRefused = "copy-refused": What::CopyRefused { .. },
    Kept = "kept": What::Kept { .. },
    GiveUpProposed = "give-up-proposed": What::GiveUpProposed { .. },
    GivenUp = "given-up": What::GivenUp { .. },
    Overdue = "overdue": What::Overdue,
    Closed = "closed": What::Closed { .. },
    Cancelled = "cancelled": What::Cancelled { .. },
    ContinuedForStaff = "continued-for-staff": What::Continued { cause: Cause::Staff, .. },
    Continued = "continued": What::Continued { .. },
    OutcomeCorrected = "outcome-corrected": What::OutcomeCorrected { .. },
    Reopened = "reopened": What::Reopened { .. },
    Followed = "followed": What::Followed { .. },
    Looked = "looked": What::Looked { .. },
    GlassBroken = "glass-broken": What::GlassBroken { .. },
    GlassReviewed = "glass-reviewed": What::GlassReviewed { .. },
}

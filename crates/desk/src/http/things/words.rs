//! The closed lists of custody as people read them: to each word its label.
//!
//! Not which words there are (`casework::custody`, `rules`).
//! Invariant: every word of a closed list has a label, or this does not compile.

use casework::custody::{Authority, Basis, Medium, Method, Purpose, RequestKind, Way};
use pages::wording::{self, Language, Words};
use rules::Fact;

use crate::http::cases::deeds::{Labelled, Listed, listed};

listed! {
    Purpose {
        Request => thing_purpose_request,
        Complaint => thing_purpose_complaint,
        Appeal => thing_purpose_appeal,
        Claim => thing_purpose_claim,
        Preparation => thing_purpose_preparation,
        Quality => thing_purpose_quality,
        Incident => thing_purpose_incident,
    }
    Authority {
        Court => thing_authority_court,
        Regulator => thing_authority_regulator,
        Police => thing_authority_police,
        Inquiry => thing_authority_inquiry,
        Office => thing_authority_office,
    }
    RequestKind {
        Information => thing_request_information,
        Access => thing_request_access,
        Complaint => thing_request_complaint,
        Appeal => thing_request_appeal,
        Claim => thing_request_claim,
    }
    Medium {
        Disc => thing_medium_disc,
        Tape => thing_medium_tape,
    }
    Method {
        Shredded => thing_method_shredded,
        Ground => thing_method_ground,
        Burnt => thing_method_burnt,
        Demagnetised => thing_method_demagnetised,
    }
    Way {
        Hand => thing_way_hand,
        Post => thing_way_post,
        Download => thing_way_download,
    }
    Basis {
        Consent => thing_basis_consent,
        Order => thing_basis_order,
        Statute => thing_basis_statute,
        Crime => thing_basis_crime,
        Vital => thing_basis_vital,
    }
    [other] Fact {
        Made => thing_day_made,
        Received => thing_day_received,
        Agreed => thing_day_agreed,
        Ended => thing_day_ended,
        Answered => thing_day_answered,
    }
}

/// A kind of thing, as people read it: kinds are an office's own.
pub(super) fn kind(kind: Option<&rules::Kind>, language: Language) -> String {
    let Some(kind) = kind else { return wording::things_not_described(language).as_str().to_owned() };
    let mut letters = kind.as_str().chars().map(|c| if c == '-' { ' ' } else { c });
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

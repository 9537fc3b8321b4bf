//! `GET /cases/totals`: every appointment that was planned, and what became of it.
//!
//! Not the counting (`cases.rs`).
//! Invariant: it says of nobody anything.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pages::cases::TotalsPage;
use pages::wording;
use rules::Jurisdiction;

use super::deeds::Listed as _;
use super::frame;
use super::lines::Lines;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::cases::Totals;
use crate::clock::local_us;
use crate::http::access::answers::{self, Broken, LANGUAGE};

pub(crate) async fn show(State(desk): State<Desk>, Extension(who): Extension<SignedIn>) -> Result<Response, Broken> {
    let at_us = local_us();
    let totals = Totals::of(&desk.office, at_us).await?;
    let tally = &totals.tally;
    let outcomes = tally.by_outcome.iter().map(|(outcome, count)| (outcome.label(LANGUAGE), *count));
    let others = [
        (wording::totals_to_come(LANGUAGE), tally.to_come),
        (wording::totals_under_way(LANGUAGE), tally.under_way),
        (wording::totals_overdue(LANGUAGE), tally.overdue),
    ];
    let page = TotalsPage {
        frame: frame::of(&who, "/cases", "/cases"),
        when: Lines::of(&desk, Jurisdiction::EnglandAndWales).when(at_us),
        columns: outcomes.chain(others).collect(),
        planned: tally.planned,
        counted: totals.planned,
        adds_up: totals.add_up(),
        of_these: vec![
            (wording::totals_were_overdue(LANGUAGE), tally.of_these_overdue),
            (wording::totals_owed(LANGUAGE), tally.of_these_owed),
        ],
    };
    Ok(answers::page(StatusCode::OK, page.html()))
}

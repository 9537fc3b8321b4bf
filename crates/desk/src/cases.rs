//! `counterpartd cases totals`: every appointment that was planned, and what became of it.
//!
//! Not the cases themselves, which people work in by the desk's pages. Invariants: what is planned is counted in the events themselves, beside the state that they make; nothing
//! is said of anybody but references.

use casework::case::{Case, Phase, Tally, What};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::error::Result;
use crate::office::Office;
use crate::vault::Place;
use crate::{codes, out};

/// The meetings of an office
#[derive(Args, Debug)]
pub(crate) struct CasesArgs {
    #[command(subcommand)]
    command: CasesCommand,
}

#[derive(Subcommand, Debug)]
enum CasesCommand {
    Totals(TotalsArgs),
}

/// Account for every appointment that was planned: what became of it, and which are overdue
#[derive(Args, Debug)]
struct TotalsArgs {
    #[command(flatten)]
    place: Place,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What came of counting.
pub(crate) struct Totals {
    pub(crate) tally: Tally,
    /// How many events made an appointment.
    pub(crate) planned: u64,
    /// References of those whose time went by without an outcome.
    pub(crate) overdue: Vec<String>,
    /// Cases whose events are not believed, and why.
    pub(crate) unbelieved: Vec<String>,
}

impl Totals {
    /// Whether each is accounted for.
    pub(crate) fn add_up(&self) -> bool {
        self.tally.reconciles_with(self.planned) && self.unbelieved.is_empty()
    }

    /// Whether the time of the appointment that stands went by without an outcome.
    pub(crate) fn is_overdue(case: &Case, at_us: i64) -> bool {
        case.appointment().is_some_and(|one| {
            one.outcome.is_none()
                && (one.is_overdue || (case.phase() == Phase::Planned && one.slot.ends_micros < at_us))
        })
    }

    /// Those of an office at a moment, in microseconds since 1970.
    pub(crate) async fn of(office: &Office, at_us: i64) -> Result<Totals> {
        let (mut cases, mut unbelieved, mut planned) = (Vec::new(), Vec::new(), 0);
        for id in office.case_ids().await? {
            match office.case_with_events(id).await {
                Ok((case, events)) => {
                    planned += events.iter().filter(|event| makes_appointment(&event.what)).count() as u64;
                    cases.push(case);
                }
                Err(error) => unbelieved.push(format!("{id}: {}", error.what())),
            }
        }
        for id in office.cases_without_events().await? {
            unbelieved.push(format!("{id}: its key is there, and its events are not"));
        }
        let overdue = cases.iter().filter(|case| Totals::is_overdue(case, at_us)).filter_map(Case::plan);
        let overdue = overdue.map(|plan| plan.reference.to_string()).collect();
        Ok(Totals { tally: Tally::of(&cases, at_us), planned, overdue, unbelieved })
    }
}

fn makes_appointment(what: &What) -> bool {
    matches!(what, What::Planned { .. } | What::Moved { .. } | What::Continued { .. })
}

/// `counterpartd cases …`.
pub(crate) async fn run(args: CasesArgs) -> Result<u8> {
    let CasesCommand::Totals(args) = args.command;
    let office = Box::pin(args.place.open()).await?;
    let totals = Totals::of(&office, crate::clock::local_us()).await;
    office.close().await;
    let totals = totals?;
    let is_well = totals.add_up() && totals.overdue.is_empty();
    let code = if is_well { codes::DONE } else { codes::DISAGREES };
    if args.json {
        let tally = &totals.tally;
        let outcomes: serde_json::Map<String, serde_json::Value> =
            tally.by_outcome.iter().map(|(outcome, count)| (outcome.to_string(), json!(count))).collect();
        return Ok(out::json(
            &json!({
                "schema": "counterpart.cases-totals/1", "planned": tally.planned, "planned_in_events": totals.planned,
                "outcomes": outcomes, "to_come": tally.to_come, "under_way": tally.under_way, "overdue": totals.overdue,
                "had_been_overdue": tally.of_these_overdue, "owed_a_recording": tally.of_these_owed,
                "unbelieved": totals.unbelieved, "add_up": totals.add_up(),
            }),
            code,
        ));
    }
    let mut text = format!("{}\n", totals.tally);
    for reference in &totals.overdue {
        text += &format!("overdue: {reference}\n");
    }
    for one in &totals.unbelieved {
        text += &format!("not known: {}\n", crate::text::visible(one));
    }
    text += match totals.add_up() {
        true => "every appointment is in exactly one column\n",
        false => "the columns do not add up\n",
    };
    Ok(out::result(&text, code))
}

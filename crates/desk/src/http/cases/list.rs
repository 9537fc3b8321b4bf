//! `GET /cases`: the cases that somebody can see, in the order of their appointments.
//!
//! Not one case (`show.rs`).
//! Invariants: a list shows no word about a person, so that it asks for no purpose; what is in it is asked of each case itself, and not of its row.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::CaseId;
use casework::case::{Actor, Case, Deed, Ground, Phase, Viewer, listed};
use pages::cases::{Colour, Filter, Line, List};
use pages::wording::{self, Words};

use super::deeds::Listed as _;
use super::frame;
use super::lines::{self, Lines};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::cases::Totals;
use crate::db::cases::{self as rows, Row, Wanted};
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::of_query;
use crate::office::Office;

/// How many stand on one page.
const ON_A_PAGE: u32 = 50;

pub(crate) async fn show(
    State(desk): State<Desk>,
    RawQuery(query): RawQuery,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let office = &desk.office;
    let asked = |name: &str| of_query(query.as_deref(), name).unwrap_or_default();
    let (whose, which) = (asked("whose"), asked("which"));
    let page = asked("page").parse::<u32>().unwrap_or(1).clamp(1, 10_000);
    let mine = (whose == "mine").then(|| who.account.as_str());
    let wanted = Wanted { staff: mine, is_open: which != "all" && whose != "all" };
    let (there, count) = rows::page(&office.db, &wanted, ON_A_PAGE, (page - 1) * ON_A_PAGE).await?;
    let mut shown = shown(&desk, &who, &there).await?;
    // Those of which somebody may only note what a person says are asked for, and are in nobody's way.
    shown.retain(|one| if one.is_theirs { !one.is_closed || which == "all" } else { whose == "all" });
    let pages = count.div_ceil(u64::from(ON_A_PAGE)).max(1);
    let address = |page: u64| (page, format!("/cases?whose={}&which={}&page={page}", known(&whose), known(&which)));
    let list = List {
        frame: frame::of(&who, "/cases", ""),
        filters: filters(&whose, &which),
        action: "/cases",
        cases: shown
            .iter()
            .map(|one| Line {
                reference: &one.reference,
                href: &one.href,
                about: one.about.clone(),
                next: one.next.clone(),
                state: one.state.clone(),
            })
            .collect(),
        is_filtered: !whose.is_empty() || !which.is_empty(),
        totals: wording::cases_totals(LANGUAGE),
        totals_href: "/cases/totals",
        plan_href: if may_plan(&desk, &who) { "/cases/plan" } else { "" },
        pages: (1..=pages).map(address).collect(),
        page: u64::from(page),
    };
    Ok(answers::page(StatusCode::OK, list.html()))
}

/// What a line says.
struct Shown {
    reference: String,
    href: String,
    about: Vec<String>,
    next: Option<Words>,
    state: (Words, Colour),
    /// Whether they have more to do with it than to note what a person asks or says.
    is_theirs: bool,
    is_closed: bool,
}

/// Those of these rows whose case somebody may see in a list.
async fn shown(desk: &Desk, who: &SignedIn, there: &[Row]) -> Result<Vec<Shown>, Broken> {
    let office = &desk.office;
    let moment = Office::local_moment();
    let (viewer, around) = (Viewer::Staff(&who.account), office.around(&moment, &who.staff));
    let mut shown = Vec::new();
    for row in there {
        let Ok(id) = row.id.parse::<CaseId>() else { continue };
        // One that is not believed keeps nobody from the others; `cases totals` names it.
        let Ok(case) = office.case(id).await else { continue };
        let Some(listed) = listed(&case, &viewer, &around) else { continue };
        let href = format!("/cases/{id}");
        let Some(plan) = case.plan() else { continue };
        let lines = Lines::of(desk, plan.jurisdiction);
        let mut about = vec![lines.when(listed.starts_micros()), lines.office(listed.office().as_str())];
        let (mut next, mut state) = (None, lines::others());
        if let Some(course) = listed.course() {
            about.push(plan.meeting.label(LANGUAGE).as_str().to_owned());
            about.push(course.holder.to_string());
            let todo = case.todo(&office.book, moment.at_micros());
            next = todo.first().map(|todo| lines::need(todo.need));
            state = lines::state(course.phase, is_overdue(&case, moment.at_micros()));
        }
        let (reference, is_theirs) = (listed.reference().to_string(), listed.course().is_some());
        let is_closed = case.phase() == Phase::Closed;
        shown.push(Shown { reference, href, about, next, state, is_theirs, is_closed });
    }
    Ok(shown)
}

/// What the list can be asked for.
fn filters<'a>(whose: &'a str, which: &'a str) -> Vec<Filter<'a>> {
    vec![
        Filter {
            name: "whose",
            label: wording::cases_whose(LANGUAGE),
            choices: vec![
                ("", wording::cases_theirs(LANGUAGE)),
                ("mine", wording::cases_mine(LANGUAGE)),
                ("all", wording::cases_all(LANGUAGE)),
            ],
            chosen: whose,
        },
        Filter {
            name: "which",
            label: wording::cases_which(LANGUAGE),
            choices: vec![("", wording::cases_open(LANGUAGE)), ("all", wording::cases_closed_too(LANGUAGE))],
            chosen: which,
        },
    ]
}

/// A word of a filter, or nothing: what somebody typed in an address does not come back in one.
fn known(word: &str) -> &str {
    match word {
        "mine" => "mine",
        "all" => "all",
        _ => "",
    }
}

fn is_overdue(case: &Case, at_us: i64) -> bool {
    Totals::is_overdue(case, at_us)
}

/// Whether they may plan a meeting at all, by the table of rights.
pub(super) fn may_plan(desk: &Desk, who: &SignedIn) -> bool {
    let moment = Office::local_moment();
    let actor = Actor::Staff(&who.account);
    let ground = Ground { book: &desk.office.book, moment: &moment, staff: &who.staff, actor };
    Case::absent(CaseId([0; 16])).may(Deed::Plan, &ground).is_ok()
}

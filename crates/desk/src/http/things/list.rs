//! `GET /things`: what is kept, for those who keep it: all of it, what is due, what is held, what was destroyed.
//!
//! Not one thing (`show.rs`).
//! Invariant: a list shows no title and no word of anybody's, so that it asks for no purpose.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::custody::{Standing, Thing};
use pages::cases::Filter;
use pages::things::{Line, List};
use pages::wording;
use rules::Fact;

use super::{context, lines, words};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::of_query;
use crate::http::cases::deeds::moments::said_day;
use crate::http::cases::frame;

/// How many stand on one page.
const ON_A_PAGE: usize = 50;

pub(crate) async fn show(
    State(desk): State<Desk>,
    RawQuery(query): RawQuery,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let asked = |name: &str| of_query(query.as_deref(), name).unwrap_or_default();
    let which = Which::of(&asked("which"));
    let overview = Box::pin(desk.office.overview()).await?;
    let moment = context::as_if_agreed();
    let ground = context::ground(&desk, &who, &moment);
    let all = overview.things.len();
    let standings = overview.things.iter().map(|thing| (thing, thing.standing(&ground)));
    let mut found: Vec<(&Arc<Thing>, Standing)> = standings.filter(|(_, stands)| which.has(stands)).collect();
    // What was due first is first; what has no end known is last.
    found.sort_by_cached_key(|(thing, stands)| (until(&desk, thing, stands), thing.received_micros(), thing.id()));
    let pages = found.len().div_ceil(ON_A_PAGE).max(1);
    let page = asked("page").parse::<usize>().unwrap_or(1).clamp(1, pages);
    let count = wording::things_count(LANGUAGE, &found.len().to_string(), &all.to_string());
    let shown = found.iter().skip((page - 1) * ON_A_PAGE).take(ON_A_PAGE);
    let address = |page: usize| (page as u64, format!("/things?which={}&page={page}", which.as_str()));
    let unbelieved = (overview.unbelieved > 0).then(|| overview.unbelieved.to_string());
    let list = List {
        frame: frame::of(&who, "/things", ""),
        filters: vec![filter(which)],
        action: "/things",
        things: shown.map(|(thing, stands)| line(thing, stands)).collect(),
        count,
        trouble: unbelieved.map(|count| wording::things_unbelieved(LANGUAGE, &count)),
        is_any: all > 0,
        pages: (1..=pages).map(address).collect(),
        page: page as u64,
    };
    Ok(answers::page(StatusCode::OK, list.html()))
}

/// Which of them are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Kept,
    Due,
    Held,
    Destroyed,
    All,
}

impl Which {
    /// What somebody typed in an address does not come back in one.
    fn of(word: &str) -> Which {
        match word {
            "due" => Which::Due,
            "held" => Which::Held,
            "destroyed" => Which::Destroyed,
            "all" => Which::All,
            _ => Which::Kept,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Which::Kept => "",
            Which::Due => "due",
            Which::Held => "held",
            Which::Destroyed => "destroyed",
            Which::All => "all",
        }
    }

    fn has(self, standing: &Standing) -> bool {
        let is_over = matches!(standing, Standing::Destroyed { .. });
        match self {
            Which::Kept => !is_over,
            // Whatever waits for somebody because its term is over.
            Which::Due => {
                matches!(standing, Standing::Due { .. } | Standing::Ready { .. } | Standing::Destroying { .. })
            }
            Which::Held => matches!(standing, Standing::Held { .. }),
            Which::Destroyed => is_over,
            Which::All => true,
        }
    }
}

fn filter(chosen: Which) -> Filter<'static> {
    let l = LANGUAGE;
    Filter {
        name: "which",
        label: wording::things_which(l),
        choices: vec![
            ("", wording::things_which_kept(l)),
            ("due", wording::things_which_due(l)),
            ("held", wording::things_which_held(l)),
            ("destroyed", wording::things_which_destroyed(l)),
            ("all", wording::things_which_all(l)),
        ],
        chosen: chosen.as_str(),
    }
}

/// By what day it stands in the list: its last day; of what is over, none.
fn until(desk: &Desk, thing: &Thing, standing: &Standing) -> rules::Date {
    let day = match standing {
        Standing::Kept { until: Ok(until) } => Some(*until),
        Standing::Due { since, .. } | Standing::Ready { since } => Some(*since),
        Standing::Held { .. } => thing.due(&desk.office.book).ok().map(|due| due.last_day()),
        _ => None,
    };
    day.unwrap_or(rules::Date::MAX)
}

fn line(thing: &Thing, standing: &Standing) -> Line {
    let mut about = vec![thing.id().to_string()];
    let made = thing.ruled().and_then(|ruled| ruled.facts.day(Fact::Made));
    about.extend(made.map(|day| wording::things_made(LANGUAGE, &said_day(day)).as_str().to_owned()));
    about.push(lines::in_short(thing, standing));
    Line {
        kind: words::kind(thing.kind(), LANGUAGE),
        href: format!("/things/{}", thing.id()),
        about,
        state: lines::state(standing),
    }
}

//! `vault strays`: rows that no program of the office wrote, taken out of its events.
//!
//! Not the taking out (`office/history.rs`). Invariants: what somebody has looked at is an event, so that only a program with the office key says so; rows
//! that are taken out later are told again; nothing is removed here.

use clap::Args;
use serde_json::json;

use super::{Place, words};
use crate::clock::local_us;
use crate::db::events;
use crate::error::Result;
use crate::office::{Note, Office};
use crate::text::visible;
use crate::{codes, out};

/// So many characters of what a row said are shown.
const SHOWN_MAX: usize = 200;

/// Show rows that somebody else wrote into the events and that were taken out; with --seen, status is content with those until now
#[derive(Args, Debug)]
pub(crate) struct StraysArgs {
    #[command(flatten)]
    place: Place,
    /// Note that these were looked at
    #[arg(long)]
    seen: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How many were taken out since somebody last looked at them.
pub(super) async fn unseen(office: &Office) -> Result<u64> {
    let seen = events::notes(&office.db).await?.into_iter().find_map(|note| match note {
        Note::StraysSeen { count } => Some(count),
        _ => None,
    });
    Ok(events::strays(&office.db).await?.saturating_sub(seen.unwrap_or(0)))
}

/// `vault strays`.
pub(crate) async fn strays(args: StraysArgs) -> Result<u8> {
    let office = args.place.open().await?;
    let rows = events::all_strays(&office.db).await?;
    if args.seen && unseen(&office).await? > 0 {
        office.note(&Note::StraysSeen { count: rows.len() as u64 }, local_us()).await?;
    }
    let left = unseen(&office).await?;
    office.close().await;
    let said = |row: &events::Stray| {
        let text = String::from_utf8_lossy(&row.clear).chars().take(SHOWN_MAX).collect::<String>();
        visible(&text)
    };
    let code = if left == 0 { codes::DONE } else { codes::DISAGREES };
    if args.json {
        let one = |row: &events::Stray| {
            json!({
                "found": words::instant(row.found_us), "number": row.number, "stream": row.stream, "account": row.account, "says": said(row),
            })
        };
        let rows: Vec<_> = rows.iter().map(one).collect();
        return Ok(out::json(&json!({ "schema": "counterpart.vault-strays/1", "unseen": left, "rows": rows }), code));
    }
    let line = |row: &events::Stray| {
        let account = row.account.as_deref().map(|account| format!(" by {}", visible(account))).unwrap_or_default();
        let (found, stream) = (words::instant(row.found_us), visible(&row.stream));
        format!("{found}  row {} of {stream}{account}: {}\n", row.number, said(row))
    };
    let lines: String = rows.iter().map(line).collect();
    let end = match (rows.len(), left) {
        (0, _) => "none was ever taken out\n".to_owned(),
        (_, 0) => "all of them were looked at\n".to_owned(),
        _ => format!("{left} were not looked at; find out who wrote them, then \"vault strays --seen\"\n"),
    };
    Ok(out::result(&(lines + &end), code))
}

//! `counterpartd rules explain`: what applied to a case, from which version, and why.
//!
//! Not what applies (`rules`), nor what was decided (`office/cases/explained.rs`). Invariants: nothing is said of anybody; every line that a rule stands behind
//! names its version, clause and source.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::error::Result;
use crate::office::Office;
use crate::office::cases::explained::Explained;
use crate::vault::Place;
use crate::{codes, out};

/// The rules in use
#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Subcommand, Debug)]
enum RulesCommand {
    Explain(ExplainArgs),
}

/// Say what applied to a case: the rules of each of its days, and those that its decisions named
#[derive(Args, Debug)]
struct ExplainArgs {
    #[command(flatten)]
    place: Place,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// The case's reference
    case: String,
}

/// `counterpartd rules …`.
pub(crate) async fn run(args: RulesArgs) -> Result<u8> {
    let RulesCommand::Explain(args) = args.command;
    let office = Box::pin(args.place.open()).await?;
    let explained = explained(&office, args.case.trim()).await;
    office.close().await;
    let explained = explained?;
    match args.json {
        true => Ok(out::json(&as_json(&args.case, &explained), codes::DONE)),
        false => Ok(out::result(&as_text(&explained), codes::DONE)),
    }
}

async fn explained(office: &Office, reference: &str) -> Result<Explained> {
    let (case, events) = office.case_referred_to(reference).await?;
    office.explained(&case, &events).await
}

fn as_text(explained: &Explained) -> String {
    let mut text = String::new();
    for one in &explained.appointments {
        let outcome = one.outcome.as_deref().unwrap_or("stands");
        let _ = writeln!(text, "appointment {} on {}: {outcome}\n", one.number, one.day);
        let _ = writeln!(text, "{}", one.explanation);
    }
    for one in &explained.decided {
        let _ = writeln!(text, "decided: event {}, {}, {}", one.number, at(one.at_us), one.word);
        for cited in &one.cited {
            let _ = writeln!(text, "  {}: {}", cited.rule, cited.value);
            let _ = writeln!(text, "    {} version {}, sha256 {}", cited.pack, cited.version, cited.digest);
            let _ = writeln!(text, "    {} of {}", cited.clause, cited.source);
            if let Some(reason) = &cited.unconfirmed {
                let _ = writeln!(text, "    unconfirmed: {reason}");
            }
        }
        if !one.is_known {
            let _ = writeln!(text, "  a pack that it names is not in use here with that text");
        }
    }
    text
}

fn as_json(reference: &str, explained: &Explained) -> serde_json::Value {
    let entry = |entry: &rules::Entry| match entry {
        rules::Entry::Applies { applied, why } => json!({
            "rule": applied.what, "value": applied.value, "pack": applied.pack.name, "version": applied.pack.version,
            "sha256": applied.pack.digest_hex(), "clause": applied.clause, "source": applied.source.title,
            "unconfirmed": applied.unconfirmed, "why": why,
        }),
        rules::Entry::Refused(refusal) => json!({ "not_covered": refusal.to_string() }),
    };
    let appointments: Vec<_> = explained
        .appointments
        .iter()
        .map(|one| {
            let rules: Vec<_> = one.explanation.entries().iter().map(entry).collect();
            json!({ "number": one.number, "day": one.day.to_string(), "outcome": one.outcome, "rules": rules })
        })
        .collect();
    let decided: Vec<_> = explained
        .decided
        .iter()
        .map(|one| {
            json!({
                "event": one.number, "at": at(one.at_us), "what": one.word, "is_known": one.is_known,
                "cited": serde_json::to_value(&one.cited).unwrap_or_default(),
            })
        })
        .collect();
    json!({
        "schema": "counterpart.rules-explain/1", "case": reference, "appointments": appointments, "decided": decided,
    })
}

fn at(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| "?".to_owned(), |at| at.strftime("%FT%TZ").to_string())
}

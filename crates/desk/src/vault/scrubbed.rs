//! How the scrub stands, as `vault status` shows it: what was looked at and when, what was found, whether one runs on.
//!
//! Not a look itself (`office/scrubbing.rs`). Invariants: it says what looks found when they were made, and never that anything is whole now;
//! what is written of a role that does not run is not shown as if it did.

use std::time::Duration;

use serde_json::{Value, json};

use super::concerns;
use super::words::instant;
use crate::clock::local_us;
use crate::config::rate::Rate;
use crate::config::span;
use crate::db::scrubs::{self, Look, Overview, RoleRow};
use crate::error::Result;
use crate::office::{Office, locks};

/// All of it.
pub(super) struct Scrubbed {
    overview: Overview,
    newest: Option<Look>,
    /// What the last look found rotten or missing.
    unwell: Vec<Look>,
    /// The role that runs now.
    role: Option<RoleRow>,
}

impl Scrubbed {
    pub(super) async fn of(office: &Office) -> Result<Scrubbed> {
        let is_running = locks::is_scrubbed(&office.folder)?;
        let role = scrubs::role(&office.db).await?.filter(|_| is_running);
        let since_us = role.as_ref().map_or(0, |role| local_us().saturating_sub(role.every_us));
        let overview = scrubs::overview(&office.db, since_us).await?;
        let (newest, unwell) = (scrubs::newest(&office.db).await?, scrubs::unwell(&office.db).await?);
        Ok(Scrubbed { overview, newest, unwell, role })
    }

    /// Whether the last look at each object found it whole, or made it so.
    pub(super) fn is_well(&self) -> bool {
        self.overview.rotten == 0 && self.overview.missing == 0
    }

    pub(super) fn json(&self) -> Value {
        let Overview { things, never, rotten, missing, repairs, bytes, since, oldest_us } = self.overview.clone();
        let look = |look: &Look| json!({ "thing": look.thing, "at": instant(look.looked_us), "found": look.found, "bytes": look.bytes });
        let (newest, unwell) = (self.newest.as_ref().map(look), self.unwell.iter().map(look).collect::<Vec<_>>());
        let role = self.role.as_ref().map(|role| {
            json!({
                "since": instant(role.began_us), "every_ms": role.every_us / 1000, "rate_bytes": role.rate_bytes, "things": role.things,
                "bytes": role.bytes, "within": since, "trouble": role.trouble,
            })
        });
        json!({
            "objects": things, "never": never, "rotten": rotten, "missing": missing, "repairs": repairs, "bytes": bytes,
            "oldest": oldest_us.map(instant), "newest": newest, "unwell": unwell, "running": role,
        })
    }

    /// The same in lines, each with room for its name in front.
    pub(super) fn text(&self) -> String {
        let Overview { things, never, rotten, missing, repairs, bytes, since, oldest_us } = self.overview.clone();
        let mut lines = Vec::new();
        match &self.role {
            Some(role) => {
                let every = span::print(Duration::from_micros(u64::try_from(role.every_us).unwrap_or(0)));
                let rate = Rate { bytes: u64::try_from(role.rate_bytes).unwrap_or(0) };
                lines.push(format!(
                    "runs since {}, at {rate}: {since} of {things} objects looked at within {every}",
                    instant(role.began_us)
                ));
                lines.push(format!("{} looks since then, {} MB read", role.things, role.bytes / 1_000_000));
                lines.extend(role.trouble.as_ref().map(|why| format!("waits: {why}")));
            }
            None => lines.push("does not run on".to_owned()),
        }
        lines.push(match (oldest_us, &self.newest) {
            (Some(oldest), Some(newest)) => format!(
                "last {} at {}, {}; the oldest look is of {}",
                newest.thing,
                instant(newest.looked_us),
                newest.found,
                instant(oldest)
            ),
            _ => "nothing was looked at yet".to_owned(),
        });
        lines.push(format!(
            "{things} objects, {} MB: {never} never looked at, {rotten} rotten, {missing} missing; repaired {repairs} times",
            bytes / 1_000_000
        ));
        let unwell = |look: &Look| {
            format!("{} is {} since {} or before, and not repaired", look.thing, look.found, instant(look.looked_us))
        };
        let unwell = concerns::named(self.unwell.iter().map(unwell));
        lines.extend((!unwell.is_empty()).then(|| unwell.trim().to_owned()));
        lines.join("\n           ")
    }
}

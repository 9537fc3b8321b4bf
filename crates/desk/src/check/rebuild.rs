//! `counterpartd check --rebuild`: what an office made of its events is made of them anew, and held against what stood there.
//!
//! Not the making (`office/rebuilding.rs`). Invariants: nothing that a command puts right in passing is put right before it was looked at; an office whose
//! events do not hold is not rebuilt from them.

use std::path::Path;

use crate::error::Result;
use crate::office::{Keys, Office, StoreUse};
use crate::vault::passphrase;
use crate::{codes, out};

pub(super) async fn run(office: &Path, passphrase_file: Option<&Path>) -> Result<u8> {
    let passphrase = passphrase(passphrase_file, "Passphrase of the office key: ")?;
    let keys = Keys { passphrase, keys_lost: None, claimed: None };
    let office = Office::open_as_it_is(office, &keys, StoreUse::WhenNeeded).await?;
    office.is_untouched().await?;
    let rebuilt = office.rebuild().await?;
    office.close().await;
    let is_same = (rebuilt.other_things, rebuilt.other_cases, rebuilt.other_entries) == (0, 0, 0);
    let came = match is_same {
        true => "all was the same, to the byte".to_owned(),
        false => format!(
            "{} rows of things, {} of cases and {} of the outbox were not what the events say, and are now",
            rebuilt.other_things, rebuilt.other_cases, rebuilt.other_entries
        ),
    };
    let text = format!(
        "made anew from {} events: {} things, {} cases; {came}\n",
        rebuilt.events, rebuilt.things, rebuilt.cases
    );
    Ok(out::result(&text, if is_same { codes::DONE } else { codes::DISAGREES }))
}

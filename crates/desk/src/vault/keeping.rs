//! `vault scrub`, `rotate`: looking after what is kept.
//!
//! Not the steps of a look (`vault`) or of a destruction. Invariants: a scrub reads every object whole and holds it against its digest; what is
//! rotten is repaired only from a store in which it was seen whole; what belongs to nothing is removed only while nobody takes anything in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use casework::ThingId;
use casework::custody::Phase;
use clap::Args;
use serde_json::json;
use vault::keyring::{FileKey, KeyringError, OfficeKey, OfficeKeyError, State, Token, TokenKey};
use vault::store::Digest;

use super::{Place, passphrase};
use crate::clock::local_us;
use crate::config::rate::{self, Rate};
use crate::db::scrubs;
use crate::error::{Error, Result};
use crate::office::scrubbing::{Finding, Pace, Scrubber, Trouble};
use crate::office::{Office, keyring_failed, named, stores};
use crate::{codes, files, out};

/// How old a leftover is before it is taken for left.
const LEFT_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How many names a store is asked for at a time.
const PAGE: usize = 1000;

/// Read every object whole, hold it against its digest, repair what is rotten, remove what is destroyed and came back
#[derive(Args, Debug)]
pub(crate) struct ScrubArgs {
    #[command(flatten)]
    place: Place,
    /// How much is read in a second at most, of all stores together
    #[arg(long, value_name = "RATE", value_parser = rate::parse)]
    rate: Option<Rate>,
    /// Only what was not looked at for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    older_than: u32,
    /// Also remove objects that belong to nothing: what was left when something was taken in and the machine stopped
    #[arg(long)]
    remove_unknown: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Change the office key: every key is wrapped anew, no object is touched
#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    place: Place,
    /// Where the new office key is written
    #[arg(long, value_name = "FILE", required_unless_present = "new_token_module")]
    new_key: Option<PathBuf>,
    /// The passphrase for the new key, or the new token's PIN, in a file
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Instead of a file: the PKCS#11 module of the token that has the new key
    #[arg(long, value_name = "FILE", conflicts_with = "new_key", requires_all = ["new_token", "new_token_key"])]
    new_token_module: Option<PathBuf>,
    /// The token's label
    #[arg(long)]
    new_token: Option<String>,
    /// The key's label in it
    #[arg(long)]
    new_token_key: Option<String>,
}

/// What a scrub has seen.
#[derive(Default)]
struct Figures {
    things: u64,
    /// Looked at not long ago, and well.
    skipped: u64,
    bytes: u64,
    whole: u64,
    repaired: u64,
    rotten: u64,
    missing: u64,
    destroyed_removed: u64,
    unknown: u64,
    unknown_removed: u64,
    leftovers_removed: u64,
    certificates_left: u64,
    /// Not looked at, because an event of theirs is not believed.
    unbelieved: u64,
    lines: Vec<String>,
}

impl Figures {
    /// What it comes to, in one sentence.
    fn closing(&self) -> String {
        if self.unbelieved > 0 {
            let count = self.unbelieved;
            return format!(
                "{count} were not looked at, because an event of theirs is not believed; each line says which"
            );
        }
        match (self.rotten + self.missing, self.certificates_left, self.things, self.skipped) {
            (0, 0, 0, 0) => "there is nothing to look over".to_owned(),
            (0, 0, 0, _) => "nothing was due: all was looked at within --older-than days, and was whole".to_owned(),
            (0, 0, ..) => "every object that was looked at is whole in every store".to_owned(),
            (0, left, ..) => format!(
                "{left} certificates, or files among their copies, are not as the keyring knows them: each line says which"
            ),
            (bad, ..) => format!(
                "{bad} are not repaired, each for the reason in its line: what no store has whole, copy from a backup's \"objects\" into a store's, and scrub again"
            ),
        }
    }
}

/// `vault scrub`.
pub(crate) async fn scrub(args: ScrubArgs) -> Result<u8> {
    let office = args.place.open_with_stores().await?;
    let scrubber = Scrubber::open(&office.folder).await?;
    let (mut figures, mut pace) = (Figures::default(), Pace::new(args.rate));
    let looked: BTreeMap<String, scrubs::Look> =
        scrubs::all(&office.db).await?.into_iter().map(|look| (look.thing.clone(), look)).collect();
    let now_us = local_us();
    let before_us = now_us - i64::from(args.older_than) * 86_400_000_000;
    // A look that lies in the future was made under a clock that was ahead.
    let fresh_us = before_us + 1..=now_us;
    for id in office.things().await? {
        // What was rotten or missing is looked at each time: it goes on to be said, and may be repaired by now.
        let is_fresh = |look: &&scrubs::Look| fresh_us.contains(&look.looked_us) && look.is_well();
        let is_fresh = looked.get(&id.to_string()).filter(is_fresh).is_some();
        if is_fresh && args.older_than > 0 {
            figures.skipped += 1;
            continue;
        }
        match look_over(&scrubber, id, &mut pace, &mut figures).await {
            Ok(()) => {}
            Err(Trouble::Thing(error)) => {
                figures.unbelieved += 1;
                figures.lines.push(format!("{id}: not looked at: {}", crate::text::visible(error.what())));
            }
            Err(Trouble::Store(why)) => {
                return Err(Error::of(why).hint("see to the store; the scrub goes on where it was"));
            }
            Err(Trouble::Office(error)) => return Err(error),
        }
        if !args.json {
            out::progress(&format!("{} things, {} MB read", figures.things, figures.bytes / 1_000_000));
        }
    }
    tidy(&office, args.remove_unknown, &mut figures).await?;
    for odd in office.look_at_certificates(true).await? {
        figures.certificates_left += u64::from(!odd.is_mended);
        let end = if odd.is_mended { ": written anew" } else { "" };
        figures.lines.push(format!("{}{end}", crate::text::visible(&odd.what)));
    }
    scrubber.close().await;
    // The scrubber has no key: what it saw becomes events here.
    office.adopt_findings(None).await?;
    office.close().await;
    Ok(say(&figures, args.json))
}

async fn look_over(
    scrubber: &Scrubber,
    id: ThingId,
    pace: &mut Pace,
    figures: &mut Figures,
) -> std::result::Result<(), Trouble> {
    let Some(looked) = scrubber.look(id, pace).await? else { return Ok(()) };
    let Some(findings) = scrubber.settle(id, &looked, false).await? else { return Ok(()) };
    figures.things += 1;
    figures.bytes += looked.bytes();
    for finding in &findings {
        match finding {
            Finding::Repaired { .. } => figures.repaired += 1,
            Finding::Left { is_missing: true, .. } => figures.missing += 1,
            Finding::Left { .. } => figures.rotten += 1,
            Finding::WholeAgain { .. } => continue,
        }
        figures.lines.push(format!("{id}: {finding}"));
    }
    figures.whole += u64::from(findings.iter().all(|finding| matches!(finding, Finding::WholeAgain { .. })));
    Ok(())
}

/// Names of objects that are known.
#[derive(Default)]
struct Names {
    kept: BTreeSet<Digest>,
    destroyed: BTreeSet<Digest>,
}

/// The names that events and keyring know now.
async fn names(office: &Office) -> Result<Names> {
    let mut names = Names::default();
    for entry in office.keyring.entries().await.map_err(|err| keyring_failed(&err))? {
        // The keyring knows of things whose events are lost.
        let object = entry.object().map(|(digest, _)| Digest::new(digest));
        match entry.state {
            State::Erased { .. } => names.destroyed.extend(object),
            _ => names.kept.extend(object),
        }
    }
    // Of one whose events are not believed the keyring knows the object.
    for thing in office.all_things().await?.0 {
        let Some(named) = named(&thing) else { continue };
        match thing.phase() {
            Phase::Destroyed => names.destroyed.insert(named.digest),
            _ => names.kept.insert(named.digest),
        };
    }
    Ok(names)
}

/// Removes half-written leftovers, and what is destroyed and came back by a late write or a restored store. What belongs to nothing known
/// may be what another command takes in just now, so it is only counted unless that is asked for.
async fn tidy(office: &Office, removes_unknown: bool, figures: &mut Figures) -> Result<()> {
    // First the lock, then the names: what is taken in between would be in neither.
    let nobody_takes = if removes_unknown { office.nobody_takes()? } else { None };
    // A store may have been given away, or have lost its mark, since the office was opened.
    stores::own((&office.vault, &office.store_names), &office.keyring, &office.db, None).await?;
    let names = names(office).await?;
    for (name, store) in office.store_names.iter().zip(office.vault.stores()) {
        let failed = |err: vault::store::StoreError| {
            Error::of(format_args!("{name}: {err}")).hint("see to the store, and scrub again")
        };
        figures.leftovers_removed += store.tidy(LEFT_AFTER).await.map_err(failed)?;
        let mut after = None;
        loop {
            let page = store.list(after.as_ref(), PAGE).await.map_err(failed)?;
            for digest in page.iter().filter(|digest| !names.kept.contains(*digest)) {
                let counted = match names.destroyed.contains(digest) {
                    true => &mut figures.destroyed_removed,
                    // What is being taken in has no event yet.
                    false if removes_unknown && nobody_takes.is_some() => &mut figures.unknown_removed,
                    false => {
                        figures.unknown += 1;
                        continue;
                    }
                };
                *counted += 1;
                store.delete(digest).await.map_err(failed)?;
            }
            if page.len() < PAGE {
                break;
            }
            after = page.last().copied();
        }
    }
    Ok(())
}

fn say(figures: &Figures, is_json: bool) -> u8 {
    let bad = figures.rotten + figures.missing + figures.certificates_left + figures.unbelieved;
    let code = if bad == 0 { codes::DONE } else { codes::DISAGREES };
    if is_json {
        let value = json!({
            "schema": "counterpart.vault-scrub/1", "things": figures.things, "bytes": figures.bytes, "whole": figures.whole, "repaired": figures.repaired,
            "rotten": figures.rotten, "missing": figures.missing, "destroyed_removed": figures.destroyed_removed,
            "unknown": figures.unknown, "unknown_removed": figures.unknown_removed,
            "leftovers_removed": figures.leftovers_removed,
            "certificates_left": figures.certificates_left, "unbelieved": figures.unbelieved, "findings": figures.lines,
        });
        return out::json(&value, code);
    }
    let mut text: String = figures.lines.iter().map(|line| format!("{line}\n")).collect();
    text += &format!(
        "{} things, {} MB: {} whole, {} repaired, {} rotten, {} missing; removed: {} destroyed ones that came back, {} of nothing, {} leftovers; {} of nothing left\n{}\n",
        figures.things,
        figures.bytes / 1_000_000,
        figures.whole,
        figures.repaired,
        figures.rotten,
        figures.missing,
        figures.destroyed_removed,
        figures.unknown_removed,
        figures.leftovers_removed,
        figures.unknown,
        figures.closing()
    );
    out::result(&text, code)
}

/// `vault rotate`.
pub(crate) async fn rotate(args: RotateArgs) -> Result<u8> {
    let mut office = args.place.open().await?;
    if let Some(file) = &args.new_key {
        files::absent(file)?;
        office.config.check_outside(&office.folder, file)?;
    }
    let new = new_key(&args, &office).await?;
    let name = new.name();
    let version = office.rotate(new).await?.map_err(|error| not_rotated(&args, &name, &error))?;
    office.close().await;
    let next =
        "name the new key in office.toml, and destroy the old one: backups of the keyring's files then open for nobody";
    Ok(out::result(&format!("the office key has version {version} now; {next}\n"), codes::DONE))
}

/// The key that the office is to have: in a file that is made for it, or in a token.
async fn new_key(args: &RotateArgs, office: &Office) -> Result<Arc<dyn OfficeKey>> {
    let secret = passphrase(args.new_passphrase_file.as_deref(), "Passphrase for the new office key: ")?;
    let failed = |error: OfficeKeyError| Error::of(&error).hint("check the key's place");
    match (&args.new_key, &args.new_token_module) {
        (Some(file), _) => {
            let key = FileKey::generate(&office.config.name).map_err(failed)?;
            let file = file.clone();
            let written = tokio::task::spawn_blocking(move || key.write(&file, secret).map(|()| key)).await;
            Ok(Arc::new(written.map_err(|err| Error::of(err).hint("try again"))?.map_err(failed)?))
        }
        (None, Some(module)) => {
            let label = args.new_token.clone().unwrap_or_default();
            let key = args.new_token_key.clone().unwrap_or_default();
            let key = TokenKey::open(Token { module: module.clone(), token: label, key }, secret).await;
            Ok(Arc::new(key.map_err(|error| Error::of(&error).hint(error.hint()))?))
        }
        (None, None) => Err(Error::of("no new key is named").hint("name --new-key, or a token")),
    }
}

/// Why the office key is not another one. The file that was made for it goes only where the keyring surely has nothing under it.
fn not_rotated(args: &RotateArgs, name: &str, error: &KeyringError) -> Error {
    let Some(file) = &args.new_key else { return keyring_failed(error) };
    match error {
        KeyringError::Rotated { needs } if needs != name && fs::remove_file(file).is_ok() => {
            Error::of(error).hint("somebody else changed it; name the key that they made in office.toml")
        }
        _ => Error::of(error).hint(format_args!(
            "the new key lies in {}: keep it until you have seen which key the keyring asks for",
            file.display()
        )),
    }
}

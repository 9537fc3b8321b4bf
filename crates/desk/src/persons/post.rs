//! The post: mail that waits in the database, and the job that puts it into the folder from which the office's mail goes.
//!
//! Not what stands in it (`message.rs`). Invariants: a mail waits in the transaction that makes its link, or there is none; whom it is for lies sealed, and whether they have an account is
//! asked here and nowhere before; each is tried a few times and no longer than its link holds; two processes send none twice, but for a crash right behind the sending.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use casework::PersonId;
use casework::access::{MailAddress, person_link_holds};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::contact::{self, For};
use super::message::Message;
use crate::clock::local_us;
use crate::config::mail::MailConfig;
use crate::db::Tx;
use crate::db::persons::{self as rows, MailRow};
use crate::error::{Error, Result};
use crate::files;
use crate::office::{Office, fresh};

/// How often the database is asked. It does not hang on what is asked for, so that nobody learns from it whether something was sent.
const EVERY: Duration = Duration::from_secs(1);
/// How many at once.
const AT_ONCE: i64 = 50;
/// How often one is tried.
const TRIES_MAX: i64 = 6;
/// How long after the first try comes the second; then twice as long each time.
const AGAIN_US: i64 = 4 * 1_000_000;

/// What lies sealed.
#[derive(Serialize, Deserialize)]
struct Waiting {
    to: String,
    /// What the link ends with; none where no mail was due.
    end: Option<String>,
}

/// Lets a mail wait. Without a link it is thrown away when its turn comes.
pub(super) async fn put(office: &Office, at: &mut Tx, to: &MailAddress, end: Option<&str>, now_us: i64) -> Result<()> {
    let id = crate::text::hex(&fresh::<16>()?);
    let waiting = Waiting { to: to.as_str().to_owned(), end: end.map(str::to_owned) };
    let words = serde_json::to_string(&waiting).map(Zeroizing::new);
    let words = words.map_err(|err| Error::of(err).hint("report this"))?;
    let sealed = contact::seal(office, For::Mail(&id), &words)?;
    rows::add_mail(&office.db, at, &MailRow { id, sealed, made_us: now_us, tries: 0, next_us: now_us }).await
}

/// Begins the job; nothing where the office sends no mail.
pub(crate) fn start(office: &Arc<Office>, origin: &Arc<str>) -> Option<JoinHandle<()>> {
    let config = office.config.mail.clone()?;
    let (office, origin) = (Arc::clone(office), Arc::clone(origin));
    Some(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(send_due(&office, &config, &origin)).await {
                tracing::error!(what = error.what(), "mail could not be sent");
            }
        }
    }))
}

/// Sends what is due. What fails is tried again later, and keeps nothing else from being sent.
async fn send_due(office: &Office, config: &MailConfig, origin: &str) -> Result<()> {
    let now_us = local_us();
    let mut at = office.db.moment().await?;
    let due = rows::mails_due(&office.db, &mut at, now_us, AT_ONCE).await?;
    drop(at);
    for mail in due {
        let mut at = office.db.begin().await?;
        let is_over = mail.tries >= TRIES_MAX || !person_link_holds(mail.made_us, now_us);
        let next_us = now_us.saturating_add(AGAIN_US << mail.tries.clamp(0, TRIES_MAX));
        let is_ours = match is_over {
            true => rows::remove_mail(&office.db, &mut at, &mail.id).await.map(|()| false)?,
            false => rows::take_mail(&office.db, &mut at, &mail, next_us).await?,
        };
        at.commit().await.map_err(|err| office.db.failed(&err))?;
        if is_over {
            tracing::error!("a mail was given up: it could not be sent while its link held");
        }
        if is_ours && let Err(error) = send(office, config, origin, &mail).await {
            tracing::error!(what = error.what(), "a mail could not be sent");
        }
    }
    Ok(())
}

async fn send(office: &Office, config: &MailConfig, origin: &str, mail: &MailRow) -> Result<()> {
    if let Some((to, end)) = addressed(office, mail).await? {
        let link = Zeroizing::new(format!("{origin}/me/link/{}", end.as_str()));
        let message = Message { from: &config.from, to: to.as_str(), id: &mail.id, at_us: mail.made_us, link: &link };
        let (text, path) = (message.text()?, config.folder.join(format!("{}.eml", mail.id)));
        let put = tokio::task::spawn_blocking(move || put_file(&path, &text));
        put.await.map_err(|err| Error::of(err).hint("try again"))??;
    }
    let mut at = office.db.begin().await?;
    rows::remove_mail(&office.db, &mut at, &mail.id).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))
}

/// Whoever takes mail out of the folder finds a file whole, or not at all.
fn put_file(path: &Path, text: &str) -> Result<()> {
    if matches!(path.try_exists(), Ok(true)) {
        // A crash came between the sending and the note of it.
        return Ok(());
    }
    let mut draft = files::draft(path)?;
    draft.file().write_all(text.as_bytes()).map_err(|err| Error::io(path, &err))?;
    draft.keep(path)
}

/// Whom a mail is for, and what its link ends with, if somebody has an account at that address. It goes to the address as staff noted it, not as it was typed by whoever asked.
async fn addressed(office: &Office, mail: &MailRow) -> Result<Option<(MailAddress, Zeroizing<String>)>> {
    let opened = contact::open(office, For::Mail(&mail.id), &mail.sealed);
    let waiting = opened.and_then(|words| serde_json::from_str::<Waiting>(&words).ok());
    let Some(Waiting { to, end: Some(end) }) = waiting else { return Ok(None) };
    let Some(to) = MailAddress::read(&to) else { return Ok(None) };
    let mut at = office.db.moment().await?;
    let all = rows::accounts_at(&office.db, &mut at, &contact::name_of(office, &to)).await?;
    let ways = office.ways_in(&mut at).await?;
    let known = all.iter().filter(|row| office.is_person(&ways, row));
    let noted = |row: &rows::PersonRow| contact::address(office, row.person.parse::<PersonId>().ok()?, &row.sealed);
    Ok(known.filter_map(noted).next().map(|noted| (noted, Zeroizing::new(end))))
}

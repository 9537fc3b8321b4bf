//! `counterpartd serve`: the desk of an office, for browsers.
//!
//! Not its routes (`http/access`), nor how connections are held (`serve.rs`). Invariants: it keeps no state of its own, so that any number of them may serve one
//! office; the link that makes the first account is printed once, on standard output, and stored as its hash.

use std::sync::Arc;

use clap::Args;
use zeroize::Zeroizing;

use crate::access::passkeys::Passkeys;
use crate::access::passwords::Passwords;
use crate::access::{Desk, links};
use crate::config::access::AccessConfig;
use crate::config::lines::LinesConfig;
use crate::config::listen::ListenConfig;
use crate::config::mail::MailConfig;
use crate::demonstration::links::{self as demonstration, Somebody};
use crate::error::{Error, Result};
use crate::numbers::Numbers;
use crate::office::Office;
use crate::persons::post;
use crate::vault::Place;
use crate::{codes, out, router, serve, signals};

/// Serve an office's desk to browsers: signing in, accounts, people
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    listen: ListenConfig,
    #[command(flatten)]
    access: AccessConfig,
    #[command(flatten)]
    lines: LinesConfig,
}

/// `counterpartd serve`.
pub(crate) async fn run(args: ServeArgs) -> Result<u8> {
    args.lines.start();
    let stop = signals::stop()?;
    let listener = serve::listen(&args.listen)?;
    let address = listener.local_addr().map_err(|err| Error::of(err).hint("choose another port"))?;
    let url = args.access.origin(address)?;
    let passkeys = Passkeys::new(&url)?;
    let office = Box::pin(args.place.open()).await?;
    if let Some((what, hint)) = office.config.mail.as_ref().and_then(MailConfig::fault) {
        return Err(Error::of(what).hint(hint));
    }
    let first = Box::pin(links::first(&office)).await?;
    let demonstrators = Box::pin(demonstrators(&office)).await?;
    let origin: Arc<str> = url.origin().ascii_serialization().into();
    let desk = Desk {
        office: Arc::new(office),
        passkeys: Arc::new(passkeys),
        passwords: Arc::new(Passwords::new()?),
        terms: args.access.terms(),
        origin: Arc::clone(&origin),
        proxies: args.access.proxies.clone().into(),
        body_timeout: args.listen.body_timeout,
    };
    // A recovery may take minutes, and nobody waits for it but its room.
    let settled = Arc::clone(&desk.office);
    tokio::spawn(async move {
        for found in settled.settle_rooms().await {
            tracing::warn!(found = found.to_string(), "a room was left as no event says");
        }
    });
    let posting = post::start(&desk.office, &origin);
    let numbers = Numbers::new();
    let app = router::desk(&desk, numbers.clone());
    serve::announce(&listener);
    if let Some(end) = first {
        let words = "the first account of this office is made here, once, within a day";
        out::result(&format!("{words}: {origin}/set-up/{}\n", *end), codes::DONE);
    }
    for (somebody, end) in &demonstrators {
        let roles: Vec<&str> = somebody.roles.iter().map(|role| role.as_str()).collect();
        let (account, roles) = (&somebody.account, roles.join(", "));
        out::result(&format!("sign in as {account} ({roles}): {origin}/demonstration/{}\n", **end), codes::DONE);
    }
    if !demonstrators.is_empty() {
        out::result(&format!("record a meeting now: {origin}/sign-in\n"), codes::DONE);
    }
    if !serve::serve(listener, app, &args.listen, numbers.connections, stop).await {
        tracing::warn!("some requests were not finished within the grace");
    }
    if let Some(posting) = posting {
        posting.abort();
        // Whatever came of it: what was not sent waits in the database.
        let _ = posting.await;
    }
    if let Ok(office) = Arc::try_unwrap(desk.office) {
        office.close().await;
    }
    Ok(codes::DONE)
}

/// In a demonstration: everybody whom one can sign in as, each with what a one-time link ends with.
async fn demonstrators(office: &Office) -> Result<Vec<(Somebody, Zeroizing<String>)>> {
    let all = demonstration::everybody(office).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<_> = all.iter().map(|one| one.account.clone()).collect();
    let ends = demonstration::make(office, &accounts).await?;
    Ok(all.into_iter().zip(ends).collect())
}

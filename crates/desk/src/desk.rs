//! `counterpartd serve`: the desk of an office, for browsers.
//!
//! Not its routes (`http/access`), nor how connections are held (`serve.rs`). Invariants: it keeps no state of its own, so that any number of them may serve one
//! office; the link that makes the first account is printed once, on standard output, and stored as its hash.

use std::sync::Arc;

use clap::Args;

use crate::access::passkeys::Passkeys;
use crate::access::passwords::Passwords;
use crate::access::{Desk, links};
use crate::config::access::AccessConfig;
use crate::config::lines::LinesConfig;
use crate::config::listen::ListenConfig;
use crate::error::{Error, Result};
use crate::numbers::Numbers;
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
    let first = Box::pin(links::first(&office)).await?;
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
    let numbers = Numbers::new();
    let app = router::desk(&desk, numbers.clone());
    serve::announce(&listener);
    if let Some(end) = first {
        let words = "the first account of this office is made here, once, within a day";
        out::result(&format!("{words}: {origin}/set-up/{}\n", *end), codes::DONE);
    }
    if !serve::serve(listener, app, &args.listen, numbers.connections, stop).await {
        tracing::warn!("some requests were not finished within the grace");
    }
    if let Ok(office) = Arc::try_unwrap(desk.office) {
        office.close().await;
    }
    Ok(codes::DONE)
}

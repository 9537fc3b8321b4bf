//! The signals that ask a role to stop.
//!
//! Not what stopping means (`serve.rs`). Invariant: SIGTERM and SIGINT are heard from the moment [`stop`] is called, before
//! anything is said on standard output.

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Result, plain};

/// Resolves when the process is asked to stop.
pub(crate) fn stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    let hear = |kind| {
        signal(kind).map_err(|err| {
            Error::of(format_args!("signals cannot be heard: {}", plain(&err))).hint("check the limits of the system")
        })
    };
    let (mut term, mut int) = (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

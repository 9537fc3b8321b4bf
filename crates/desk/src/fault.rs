//! A running role that may not go on: what happened, and how the process ends for it.
//!
//! Not an error of one request. Invariants: the first fault stands; once raised the role stops, and nothing that failed is
//! tried again in this process.

use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use crate::codes;

/// Raised once, seen by all clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault {
    held: Arc<(OnceLock<u8>, Notify)>,
}

impl Fault {
    /// A write the role relies on failed.
    pub(crate) fn raise(&self, what: &str) {
        self.raise_as(codes::STOPPED, what);
    }

    /// The role may not go on, and the process ends with this code.
    pub(crate) fn raise_as(&self, code: u8, what: &str) {
        if self.held.0.set(code).is_ok() {
            tracing::error!(what, "stopping: this role may not go on");
        }
        self.held.1.notify_one();
    }

    /// Whether it was raised.
    pub(crate) fn is_raised(&self) -> bool {
        self.held.0.get().is_some()
    }

    /// The exit code of a role that came to its end.
    pub(crate) fn code(&self) -> u8 {
        self.held.0.get().copied().unwrap_or(codes::DONE)
    }

    /// Resolves when it is raised, or when `stop` is.
    pub(crate) fn or<F: Future<Output = ()> + Send + 'static>(&self, stop: F) -> impl Future<Output = ()> + use<F> {
        let fault = self.clone();
        async move {
            tokio::select! {
                () = fault.held.1.notified() => {}
                () = stop => tracing::info!("asked to stop; finishing what was taken in"),
            }
        }
    }
}

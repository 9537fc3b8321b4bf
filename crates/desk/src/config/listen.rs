//! Where a role listens, and the bounds of what it takes from the network.
//!
//! Not how they are held (`serve.rs`, `http/body.rs`). Invariant: every bound is finite, and its product with the number of
//! connections is memory a small machine has.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::span;

/// The network side of a role.
#[derive(Args, Debug, Clone)]
pub(crate) struct ListenConfig {
    /// Address and port; with port 0 the system chooses one, and it is printed.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// Connections at a time; who comes above that is answered 503 and turned away.
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) connections: u32,
    /// How long the head of a request may take, and how long a connection may be idle.
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = span::parse)]
    pub(crate) header_timeout: Duration,
    /// How long the body of a request may take.
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = span::parse)]
    pub(crate) body_timeout: Duration,
    /// How long a caller may leave an answer unread.
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span::parse)]
    pub(crate) write_timeout: Duration,
    /// When asked to stop: how long requests that were taken in may still take.
    #[arg(long, value_name = "SPAN", default_value = "20s", value_parser = span::parse)]
    pub(crate) grace: Duration,
}

//! `counterpartd`: the service. So far the roles that a public log needs, `log`, `witness`, `check`, the `scrub` of an office, and what sets them up.
//!
//! Not a place for logic: what a log is and when it refuses is `ledger`'s, what a proof is `seal`'s; here are HTTP, flags,
//! words and exit codes (`docs/counterpartd.md`). Invariants: every route stands in `router.rs`; standard output is written only
//! by `out.rs`; no token, key or address of a caller is ever in a log line.

mod access;
mod account;
mod args;
mod backup;
mod cases;
mod check;
mod client;
mod clock;
mod codes;
mod config;
mod configuration;
mod db;
mod demonstration;
mod desk;
mod error;
mod explain;
mod fault;
mod files;
mod http;
mod init;
mod keys;
mod log;
mod numbers;
mod office;
mod out;
mod persons;
mod restore;
mod room;
mod rooms;
mod router;
mod s3;
mod scrub;
mod serve;
mod signals;
mod text;
mod token;
mod vault;
mod witness;

fn main() -> std::process::ExitCode {
    args::run()
}

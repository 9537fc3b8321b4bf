//! The tests' transparency log as a program of its own, for tasks that need one: it prints its address and the policy that trusts it, and serves
//! until its standard input is closed.
//!
//! Not a log to keep anything in: it forgets everything. Invariant: its keys are always the same, so that what trusts one run trusts the next.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/support/log.rs"]
mod log;

use std::io::Read as _;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    let log = log::TestLog::start();
    log.set_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    println!("{}\n{}", log.url(), log.policy_text());
    // Nobody writes there: it ends when whoever started it does.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

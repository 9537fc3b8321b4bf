//! Keeps one cluster for many test binaries: says its folder in a line, and ends it when standard input ends.
//!
//! Not a service: nobody's objects outlive it. `cargo xtask test` runs it, because each test is a process of its own there and
//! would wait for a cluster of its own. Invariant: the line is printed when the cluster answers, and not before.
#![allow(clippy::unwrap_used)] // Only tests run it.

use std::io::Read as _;

fn main() {
    let ceph = ceph::Ceph::start();
    println!("{}", ceph.folder().display());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

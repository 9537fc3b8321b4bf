//! How many cases a property test draws.
//!
//! Not here: any property. Invariants: `PROPTEST_CASES` overrules the number in the test, `PROPTEST_RNG_SEED` says where drawing
//! begins, and nothing is written beside the tests when one fails.

use proptest::prelude::ProptestConfig;

/// So many; `PROPTEST_CASES` asks for more.
pub fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

//! Any length and any range, against the plaintext itself.
//!
//! Not here: what goes wrong (`vault.rs`).
//! The oracle is a slice of what was given. Runs of one length share an object, since making it costs the most.
#![allow(clippy::unwrap_used, clippy::panic)]

mod vault_support;

use std::sync::Arc;

use proptest::prelude::*;
use vault::Vault;
use vault::store::Memory;
use vault_support::*;

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Lengths near the ends of chunks and pieces more often than any others.
fn length() -> impl Strategy<Value = usize> {
    let near = (0_usize..34, 0_usize..3).prop_map(|(chunks, more)| (chunks * 65_536 + more).saturating_sub(1));
    prop_oneof![near, 0_usize..2_300_000]
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn any_range_of_any_length_comes_back(len in length(), ranges in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 8)) {
        let given = plain(len);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = runtime.block_on(async {
            let vault = Vault::new(Arc::new(Memory::new()), None);
            let held = take(&vault, given.clone()).await.unwrap();
            let object = vault.open(&held, &key(1)).await.unwrap();
            let mut read = Vec::new();
            for ends in &ranges {
                let [one, other] = ends.map(|end| end.index(len + 1));
                let range = one.min(other)..one.max(other);
                let bytes = object.read(range.start as u64..range.end as u64).await.unwrap();
                read.push((range, bytes));
            }
            read
        });
        for (range, bytes) in read {
            prop_assert!(*bytes == given[range.clone()], "{range:?} of {len}");
        }
    }
}

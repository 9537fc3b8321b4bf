//! The texts of the packs that were released: each has the digest it was released with.
//!
//! Not here: what the packs say (`built_in.rs`, `recording.rs`). A decision names the digest of the text it rests on; were that text
//! edited, nobody could replay the decision.
//! A new version is a new row. A row is never changed: what was wrong is put right in the next version.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use rules::{BUILT_IN, Pack};

const RELEASED: &[(&str, &str)] = &[
    ("bank-holidays/1.toml", "38fa7f42244d059ae8e9ef65b7df83344e6c8022c5516ce64a645492c16d618c"),
    ("calendar/1.toml", "6203f1e5af2f05c8d22472df7cc92ca8fb4e82a8b0af339ae313b9fb66312848"),
    ("custody/1.toml", "da5499b35df8c13c43a6e95001f0a9c57fcf02bea8bf56d8d4c41fe6f3211882"),
    ("recording/1.toml", "582424d71af015c5d8cb91df4cd29873e07933ba2169f88d2c00216bcce36e39"),
    ("recording/2.toml", "361580be148e66f7fafcb0968158fb7f61b7a9b1bc5a94ab5ad2c76828f96e8b"),
    ("recording/3.toml", "7399376db00579dc34bdd6f69620d813e892ec5128ffc661a6b8f56c5fd49b0c"),
    ("recording/4.toml", "45490213dd42fa0ea6ca65d1709eb4b0c4a4dce8b7584f99938d2b5e116f4c00"),
    ("recording/5.toml", "1cd085ab6e694b81d5271f7023aff39b632dbf25dda4fe0f5b0c77b47859cd9b"),
    ("recording/6.toml", "b841f94386e93ef1fb954e607febc8e0528d162f0ba88d00e437f2e2a8b2e7ea"),
];

#[test]
fn a_released_pack_is_never_edited() {
    let released: BTreeMap<_, _> = RELEASED.iter().copied().collect();
    assert_eq!(released.len(), RELEASED.len(), "a pack stands there twice");
    for (path, text) in BUILT_IN {
        let digest = Pack::read(path, text).unwrap().id().digest_hex();
        let Some(expected) = released.get(path) else {
            unreachable!("{path} has no row yet: when it is released, add (\"{path}\", \"{digest}\")");
        };
        assert_eq!(
            digest, *expected,
            "{path} was released with another text: take the edit back, and write the next version"
        );
    }
    for path in released.keys() {
        assert!(BUILT_IN.iter().any(|(other, _)| other == path), "{path} was released and is gone");
    }
}

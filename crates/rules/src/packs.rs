//! The packs that come with Counterpart, as the texts they are in `/rules`.
//!
//! Not here: packs of an office's own, which the caller reads and hands in beside these.
//! Invariant: every file of `/rules` stands here (`tests/built_in.rs`).

/// Each pack's path below `/rules` and its text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("bank-holidays/1.toml", include_str!("../../../rules/bank-holidays/1.toml")),
    ("calendar/1.toml", include_str!("../../../rules/calendar/1.toml")),
    ("custody/1.toml", include_str!("../../../rules/custody/1.toml")),
    ("recording/1.toml", include_str!("../../../rules/recording/1.toml")),
    ("recording/2.toml", include_str!("../../../rules/recording/2.toml")),
    ("recording/3.toml", include_str!("../../../rules/recording/3.toml")),
    ("recording/4.toml", include_str!("../../../rules/recording/4.toml")),
    ("recording/5.toml", include_str!("../../../rules/recording/5.toml")),
    ("recording/6.toml", include_str!("../../../rules/recording/6.toml")),
];

//! The assets: style, script and pictures, below one digest, each ready to be sent as it is or compressed.
//!
//! Not read from a disk: they are in the program. Invariants: [`DIGEST`] is over all of them, so an address never means two things and may be kept
//! for ever; a style or script asks only for what lies beside it.

// The table, made by `build/assets.rs`.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Its bytes compressed with gzip, where that makes them fewer.
    pub gzipped: Option<&'static [u8]>,
}

/// How long a browser may keep an asset: as long as it likes.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Where an asset is.
pub fn path(name: &str) -> String {
    format!("/assets/{DIGEST}/{name}")
}

/// The asset at this address below `/assets/`, if there is one.
pub fn find(digest: &str, name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| digest == DIGEST && asset.name == name)
}

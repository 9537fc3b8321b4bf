//! A staging object, as the log writes it.
//!
//! Not the log's own printing: written down once more, so that a change of the format is seen.
//! Invariant: it is whole, whatever it holds, for nothing in it is secret.

use seal::tlog::leaf_hash;

pub(crate) fn staged(objects: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"counterpart/staging/v1\n".to_vec();
    for (path, bytes) in objects {
        out.extend((path.len() as u16).to_be_bytes());
        out.extend(path.as_bytes());
        out.extend((bytes.len() as u32).to_be_bytes());
        out.extend(*bytes);
    }
    let digest = leaf_hash(&out);
    out.extend(digest);
    out
}

//! The checksum that the image carries over itself, and the zeros behind it: no byte of a disc is looked after by nobody.
//!
//! Not a proof: whoever changes a disc on purpose can compute an MD5; the seal is what proves the sound. Checked here and
//! not by xorriso, which passes over a damaged checksum in silence. Invariant: every byte of the image is under the
//! checksum, or is the checksum's own page, which has its own, or must be zero.

use std::io;

use md5::{Digest as _, Md5};
use seal::ReadAt;

use super::iso::{BLOCK_BYTES, Volume};
use crate::reading::{copy, fill};
use crate::text::hex;

/// Images end at a multiple of this: drives write blocks of up to so many bytes.
pub(crate) const PAD_BYTES: u64 = 64 << 10;

/// The end of the padding.
pub(crate) fn image_len_bytes(volume: &Volume) -> u64 {
    volume.len_bytes().next_multiple_of(PAD_BYTES)
}

/// What of a disc is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Bytes under the checksum.
    Content,
    /// The checksum's own page.
    Tag,
    /// What should be zeros.
    Padding,
    /// It ends too early.
    Short,
    /// A file goes on behind the image.
    Behind,
}

impl Damage {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Damage::Content => "something on it was changed: its MD5 checksum does not match",
            Damage::Tag => "the page with its MD5 checksum is damaged or missing",
            Damage::Padding => "the empty space at its end is not empty",
            Damage::Short => "it ends too early",
            Damage::Behind => "something was added after its end",
        }
    }
}

/// Everything that is not as it was written, apart from what the files in it say. What is read for it is shown, in order.
pub(crate) fn check(
    disc: &mut dyn ReadAt,
    is_file: bool,
    volume: &Volume,
    seen: &mut dyn FnMut(u64, &[u8]),
) -> io::Result<Vec<Damage>> {
    let (tag_at, end) = (volume.len_bytes() - BLOCK_BYTES, image_len_bytes(volume));
    let len_bytes = disc.len_bytes()?;
    let mut damage = Vec::new();
    if len_bytes < end {
        return Ok(vec![Damage::Short]);
    }
    let mut page = vec![0; BLOCK_BYTES as usize];
    fill(disc, tag_at, &mut page)?;
    match tag(&page, tag_at / BLOCK_BYTES) {
        None => damage.push(Damage::Tag),
        Some(wanted) => {
            let (mut hasher, mut at) = (Md5::new(), 0);
            copy(disc, tag_at, &mut |chunk| {
                hasher.update(chunk);
                seen(at, chunk);
                at += chunk.len() as u64;
                Ok(())
            })?;
            if hex(&hasher.finalize()) != wanted {
                damage.push(Damage::Content);
            }
        }
    }
    let mut rest = vec![0; usize::try_from(end - volume.len_bytes()).unwrap_or_default()];
    fill(disc, volume.len_bytes(), &mut rest)?;
    if rest.iter().any(|byte| *byte != 0) {
        damage.push(Damage::Padding);
    }
    if is_file && len_bytes > end {
        damage.push(Damage::Behind);
    }
    Ok(damage)
}

/// The MD5 of all blocks before this page, if the page is exactly what libisofs writes at that block.
fn tag(page: &[u8], block: u64) -> Option<String> {
    let end = page.iter().position(|byte| *byte == b'\n')?;
    if page[end + 1..].iter().any(|byte| *byte != 0) {
        return None;
    }
    let line = std::str::from_utf8(&page[..end]).ok()?;
    let (text, own) = line.rsplit_once(" self=")?;
    let (place, md5) = text.rsplit_once(" md5=")?;
    let wanted = format!("libisofs_checksum_tag_v1 pos={block} range_start=0 range_size={block}");
    (place == wanted && md5.len() == 32 && hex(&Md5::digest(text)) == own).then(|| md5.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Vec<u8> {
        let own = hex(&Md5::digest(text));
        let mut page = format!("{text} self={own}\n").into_bytes();
        page.resize(BLOCK_BYTES as usize, 0);
        page
    }

    #[test]
    fn a_checksum_page_is_taken_whole_or_not_at_all() {
        let text = "libisofs_checksum_tag_v1 pos=9 range_start=0 range_size=9 \
                    md5=0123456789abcdef0123456789abcdef";
        assert_eq!(tag(&page(text), 9).as_deref(), Some("0123456789abcdef0123456789abcdef"));
        assert_eq!(tag(&page(text), 8), None);
        for at in 0..BLOCK_BYTES as usize {
            let mut flipped = page(text);
            flipped[at] ^= 1;
            assert_eq!(tag(&flipped, 9), None, "{at}");
        }
    }
}

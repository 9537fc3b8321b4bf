//! What follows the sound of a WAV: other chunks are let be, more sound is not.
//!
//! It decodes nothing and keeps nothing. Invariants: bounded by the number of chunks and, in a stream, of
//! bytes, whatever their sizes say; what is no chunk is let be, for much is appended to files.

use std::io::{self, Read, Seek, SeekFrom};

use super::Error;

/// What is wrong with more sound than one stretch.
pub(super) const SECOND: &str = "it has a second stretch of sound after its first";
/// More chunks than this after the sound are not believed.
const CHUNKS_MAX: usize = 4096;
/// The most that is read of a stream after its sound.
const STREAM_BYTES_MAX: u64 = 256 << 20;

/// Refuses a file with more sound after the first stretch of so many bytes.
pub(super) fn check_file(
    file: &mut (impl Read + Seek),
    sound_at: u64,
    sound_bytes: u64,
    name: &str,
) -> Result<(), Error> {
    let io = |cause| Error::unreadable(name, cause);
    // Some writers forget the pad byte that an odd chunk has.
    for pad in 0..=sound_bytes % 2 {
        let mut at = sound_at + sound_bytes + pad;
        for chunk in 0.. {
            file.seek(SeekFrom::Start(at)).map_err(io)?;
            let mut head = Vec::new();
            file.take(8).read_to_end(&mut head).map_err(io)?;
            match Chunk::of(&head) {
                Chunk::Sound => return Err(Error::malformed(name, SECOND)),
                Chunk::Other(_) if chunk == CHUNKS_MAX => {
                    return Err(Error::malformed(name, "there is no end to what follows its sound"));
                }
                Chunk::Other(len) => at = at.saturating_add(8 + len),
                Chunk::None => break,
            }
        }
    }
    Ok(())
}

/// Whether a stream goes on with more sound. Reads it to its end, as far as there are chunks.
pub(super) fn stream_goes_on(stream: &mut dyn Read, sound_bytes: u64) -> io::Result<bool> {
    let mut stream = stream.take(STREAM_BYTES_MAX);
    let mut head = Vec::new();
    if sound_bytes % 2 == 1 {
        stream.by_ref().take(1).read_to_end(&mut head)?;
        // A pad byte is zero, a chunk's name never begins so.
        head.retain(|&byte| byte != 0);
    }
    for _ in 0..CHUNKS_MAX {
        let missing = 8 - head.len() as u64;
        stream.by_ref().take(missing).read_to_end(&mut head)?;
        match Chunk::of(&head) {
            Chunk::Sound => return Ok(true),
            Chunk::Other(len) => io::copy(&mut stream.by_ref().take(len), &mut io::sink())?,
            Chunk::None => return Ok(false),
        };
        head.clear();
    }
    Ok(false)
}

/// What a chunk's head of eight bytes says.
enum Chunk {
    /// Sound, or another file with sound in it.
    Sound,
    /// Something else, of so many bytes with its pad.
    Other(u64),
    /// It is none.
    None,
}

impl Chunk {
    fn of(head: &[u8]) -> Chunk {
        let [a, b, c, d, size @ ..] = head else { return Chunk::None };
        let Ok(size) = <[u8; 4]>::try_from(size) else { return Chunk::None };
        let size = u64::from(u32::from_le_bytes(size));
        match &[*a, *b, *c, *d] {
            b"data" | b"RIFF" | b"RF64" | b"BW64" => Chunk::Sound,
            id if id.iter().all(|byte| (b' '..=b'~').contains(byte)) => Chunk::Other(size + size % 2),
            _ => Chunk::None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn only_more_sound_is_refused() {
        let list = b"LIST\x03\0\0\0abc\0";
        let junk = b"junk\0\0\0\0".repeat(CHUNKS_MAX + 1);
        let rows: [(&str, &[u8], Vec<u8>, bool); 10] = [
            ("nothing", b"1234", vec![], false),
            ("a list", b"1234", list.to_vec(), false),
            ("a tag that is no chunk", b"1234", b"\x01TAG and more".to_vec(), false),
            ("half a chunk", b"1234", b"data\0\0".to_vec(), false),
            ("a chunk that is cut short", b"1234", b"LIST\xff\xff\0\0".to_vec(), false),
            ("sound", b"1234", b"data\x02\0\0\0ab".to_vec(), true),
            ("sound after a list", b"1234", [&list[..], b"data\x02\0\0\0ab"].concat(), true),
            ("another file", b"1234", b"RIFF\x02\0\0\0WAVE".to_vec(), true),
            ("sound after a pad", b"123", b"\0data\x02\0\0\0ab".to_vec(), true),
            ("sound without a pad", b"123", b"data\x02\0\0\0ab".to_vec(), true),
        ];
        for (name, sound, rest, refused) in rows {
            let sound_bytes = sound.len() as u64;
            let mut file = Cursor::new([b"head", sound, &rest].concat());
            let says = check_file(&mut file, 4, sound_bytes, "a.wav").err().map(|error| error.to_string());
            assert_eq!(says, refused.then(|| format!("a.wav: is malformed: {SECOND}")), "{name}");
            assert_eq!(stream_goes_on(&mut rest.as_slice(), sound_bytes).unwrap(), refused, "{name}");
        }
        assert!(check_file(&mut Cursor::new(&junk), 0, 0, "a.wav").is_err());
        assert!(!stream_goes_on(&mut junk.as_slice(), 0).unwrap());
    }
}

//! Any bytes as a file or stream of sound that somebody wants recorded.
//!
//! First byte of an input: even, it comes as a stream; odd, as a regular file. The rest is the sound.
//! Promises: the look at the head ends; a source that opens gives whole instants within its width, as many as it said, and ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recorder::source::{self, Piece, Source};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

/// More than this from a small input is sound that unfolds without end.
const VALUES_MAX: u64 = 200_000_000;

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("counterpart-fuzz-{}", std::process::id()))
});

fuzz_target!(|data: &[u8]| {
    let Some((mode, sound)) = data.split_first() else { return };
    let _ = source::check::check_header(sound).map_err(|error| (error.to_string(), error.hint()));
    let opened = if mode % 2 == 0 {
        source::open_reader(Box::new(std::io::Cursor::new(sound.to_vec())), source::STANDARD_INPUT)
    } else {
        std::fs::File::create(&*PLACE).and_then(|mut file| file.write_all(sound)).expect("there is room");
        let opened = source::open_file(&PLACE);
        std::fs::remove_file(&*PLACE).expect("it was made");
        opened
    };
    match opened {
        Ok(source) => listen(source, mode % 2 == 1),
        Err(error) => {
            let (line, hint) = (error.to_string(), error.hint());
            assert!(!line.chars().chain(hint.chars()).any(char::is_control), "one line: {line:?} {hint:?}");
            assert!(!hint.is_empty());
        }
    }
});

fn listen(mut source: Box<dyn Source>, is_file: bool) {
    let shape = source.shape();
    assert!((8_000..=48_000).contains(&shape.rate_hz) && (1..=8).contains(&shape.tracks));
    assert!(shape.bits == 16 || shape.bits == 24);
    assert!(!source.describe().chars().any(char::is_control), "{:?}", source.describe());
    assert!(!source.conversion().is_some_and(|words| words.chars().any(char::is_control)));
    assert_eq!(source.total_samples().is_some(), is_file, "a file's length is known, a stream's is not");
    let (tracks, limit) = (u64::from(shape.tracks), 1i32 << (shape.bits - 1));
    let mut values = 0;
    loop {
        match source.next() {
            Ok(Piece::Samples(samples)) => {
                assert!(!samples.is_empty() && (samples.len() as u64).is_multiple_of(tracks));
                assert!(samples.iter().all(|sample| (-limit..limit).contains(sample)));
                values += samples.len() as u64;
                assert!(values < VALUES_MAX);
            }
            Ok(Piece::End) => {
                assert!(source.total_samples().is_none_or(|total| total * tracks == values), "{values}");
                break;
            }
            Ok(Piece::SourceLost(why)) => {
                assert!(!is_file, "a file was checked whole: {why}");
                break;
            }
            Ok(other) => panic!("of no live source: {other:?}"),
            Err(error) => panic!("it was open: {error}"),
        }
    }
    assert!(matches!(source.next(), Ok(Piece::End)));
}

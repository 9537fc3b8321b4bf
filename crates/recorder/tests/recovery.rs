//! Recordings that broke off: torn at every record and inside, in the journal and on either medium;
//! recoveries that were themselves broken off.
//!
//! Not here: kills of the real program, which another test delivers by the hundred.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use recorder::folder::{PART, PART2, RECORDING};
use recorder::{Away, CopyState, Done, Error, Pace};
use seal::EndReason;
use support::broken::{Broken, END, FRAME, frame_sizes, records};
use support::{Bench, Piped, memory, noise, shape};

const BLOCK: usize = 800;
const BLOCKS: usize = 23;

fn broken() -> Broken {
    Broken::new(shape(8_000, 16, 2), BLOCK, BLOCKS)
}

#[test]
fn nothing_torn_nothing_missing() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    let recovered = broken.recover(BLOCK, BLOCKS + 1);
    assert_eq!(recovered.frames_missing, 0);
    assert_eq!(recovered.outcome.reason, EndReason::Crash);
}

#[test]
fn the_journal_may_be_torn_anywhere() {
    let broken = broken();
    let [a, b] = &broken.parts;
    let mut frames = 0;
    for record in records(&broken.journal) {
        frames += usize::from(record.kind == FRAME);
        for extra in [0, 1, 7] {
            let cut = (record.end + extra).min(broken.journal.len());
            broken.restore(&broken.journal[..cut], [Some(a), Some(b)]);
            broken.recover(BLOCK, frames);
        }
        let mut garbage = broken.journal[..record.end].to_vec();
        garbage.extend([0; 100]);
        broken.restore(&garbage, [Some(a), Some(b)]);
        broken.recover(BLOCK, frames);
    }
    assert_eq!(frames, BLOCKS + 1);
}

#[test]
fn the_parts_may_be_torn_anywhere_and_each_mends_the_other() {
    let broken = broken();
    let [a, b] = &broken.parts;
    let mut end = broken.reserve();
    for (whole, size) in frame_sizes(&broken.journal).into_iter().enumerate() {
        for cut in [end, end + 1, end + size - 1] {
            broken.restore(&broken.journal, [Some(&a[..cut]), Some(b)]);
            broken.recover(BLOCK, BLOCKS + 1);
            broken.restore(&broken.journal, [Some(&a[..cut]), Some(&b[..end])]);
            let recovered = broken.recover(BLOCK, whole);
            assert_eq!(recovered.frames_missing, (BLOCKS + 1 - whole) as u64);
        }
        end += size;
    }
}

#[test]
fn a_frame_that_rotted_in_one_part_comes_from_the_other() {
    let broken = broken();
    let mut parts = broken.parts.clone();
    let sizes = frame_sizes(&broken.journal);
    let third = broken.reserve() + sizes[..3].iter().sum::<usize>();
    let fifth = third + sizes[3] + sizes[4];
    parts[0][third + 9] ^= 1;
    parts[1][fifth + 9] ^= 1;
    broken.restore(&broken.journal, [Some(&parts[0]), Some(&parts[1])]);
    broken.recover(BLOCK, BLOCKS + 1);
    parts[0][fifth + 9] ^= 1;
    broken.restore(&broken.journal, [Some(&parts[0]), Some(&parts[1])]);
    broken.recover(BLOCK, 5);
}

#[test]
fn no_sound_at_all_is_still_a_recording() {
    let broken = broken();
    let head = &broken.parts[0][..broken.reserve()];
    let start = records(&broken.journal)[0].end;
    broken.restore(&broken.journal[..start], [Some(head), Some(head)]);
    assert_eq!(broken.recover(BLOCK, 0).outcome.total_samples, 0);
    // Killed between the journal and the first part.
    broken.restore(&broken.journal[..start], [None, None]);
    broken.recover(BLOCK, 0);
}

#[test]
fn a_head_torn_while_it_was_written_is_written_again() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    let digest = broken.recover(BLOCK, BLOCKS + 1).outcome.digest;
    let whole = std::fs::read(broken.bench.path("a").join(RECORDING)).unwrap();
    for cut in [1, 5, 60, 700, broken.reserve() - 1, broken.reserve()] {
        let torn = [&whole[..cut], &a[cut..]].concat();
        broken.restore(&broken.journal, [Some(&torn), Some(&torn)]);
        assert_eq!(broken.recover(BLOCK, BLOCKS + 1).outcome.digest, digest, "{cut}");
    }
}

#[test]
fn a_recovery_that_broke_off_gives_the_same_bytes_the_next_time() {
    let broken = broken();
    let [a, b] = &broken.parts;
    // A recovery without the second medium leaves its journal, with END and the checkpoint in it.
    broken.restore(&broken.journal, [Some(a), None]);
    std::fs::remove_dir(broken.bench.path("b")).unwrap();
    let first = broken.bench.recover("a").unwrap();
    assert!(matches!(&first.outcome.copies[1].state, CopyState::Lost { why } if why == "its folder is not there"));
    assert_eq!(first.outcome.journal_kept.as_deref(), Some(broken.place.as_path()));
    let ended = std::fs::read(broken.place.join("journal")).unwrap();
    let whole = std::fs::read(broken.bench.path("a").join(RECORDING)).unwrap();

    // The medium comes back, with more sound on it or without any.
    let same = |what: &str| {
        broken.bench.clock.advance(std::time::Duration::from_secs(3_600));
        let recovered = broken.recover(BLOCK, BLOCKS + 1);
        assert_eq!(recovered.outcome.digest, first.outcome.digest, "{what}");
    };
    std::fs::create_dir(broken.bench.path("b")).unwrap();
    assert!(!broken.bench.recover("a").unwrap().outcome.is_whole(), "an empty folder is not the medium come back");
    let bench = &broken.bench;
    let given_up =
        recorder::recover_from(&bench.path("a"), &bench.state(), &*bench.clock, &*bench.notebook, Away::GiveUp);
    assert_eq!(given_up.unwrap().outcome.digest, first.outcome.digest);
    assert!(bench.path("b").join(RECORDING).exists());
    let ends: Vec<usize> = records(&ended).iter().filter(|record| record.kind >= 4).map(|record| record.end).collect();
    for end in &ends[ends.len() - 2..] {
        broken.restore(&ended[..*end], [Some(a), Some(b)]);
        same("killed after END");
        broken.restore(&ended[..*end], [Some(&whole[..900]), Some(b)]);
        same("killed in the head of the first copy");
        broken.restore(&ended[..*end], [None, Some(b)]);
        std::fs::write(broken.bench.path("a").join(RECORDING), &whole).unwrap();
        same("killed between the copies");
        broken.restore(&ended[..*end], [Some(a), Some(&b[..broken.reserve() + 10])]);
        std::fs::write(broken.bench.path("b").join(PART2), &whole[..whole.len() / 2]).unwrap();
        same("killed while the second copy was written anew");
        broken.restore(&ended[..*end], [Some(a), Some(b)]);
        std::fs::write(broken.bench.path("b").join(RECORDING), &whole).unwrap();
        same("killed before the part was cleared away");
    }
}

#[test]
fn what_was_signed_is_never_signed_shorter() {
    let broken = broken();
    let [a, _] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), None]);
    std::fs::remove_dir(broken.bench.path("b")).unwrap();
    broken.bench.recover("a").unwrap();
    let ended = std::fs::read(broken.place.join("journal")).unwrap();
    let short = &a[..a.len() - 1];
    broken.restore(&ended, [Some(short), Some(short)]);
    assert!(matches!(broken.bench.recover("a"), Err(Error::WillNotSign(..))));
    assert!(broken.bench.path("a").join(PART).exists());
    // Nor where damage in the journal hides how it went on.
    let mut damaged = ended.clone();
    let third = records(&ended)[3].end - 1;
    damaged[third] ^= 1;
    broken.restore(&damaged, [Some(a), None]);
    assert!(matches!(broken.bench.recover("a"), Err(Error::WillNotSign(..))));
    // END alone shows nothing to anybody: then the sound that is left is sealed.
    let end = records(&ended).iter().find(|record| record.kind == END).unwrap().end;
    broken.restore(&ended[..end], [Some(short), Some(short)]);
    assert_eq!(broken.recover(BLOCK, BLOCKS).frames_missing, 1);
}

#[test]
fn a_journal_that_disagrees_signs_nothing() {
    let broken = broken();
    let [a, b] = &broken.parts;
    // Another recording's checkpoint in the place of this one's.
    let other = self::broken();
    let find = |journal: &[u8]| {
        let all = records(journal);
        let at = all.iter().position(|record| record.kind == 4).unwrap();
        (all[at - 1].end, all[at].end)
    };
    let (from, to) = find(&broken.journal);
    let (other_from, other_to) = find(&other.journal);
    let mixed = [&broken.journal[..from], &other.journal[other_from..other_to], &broken.journal[to..]].concat();
    broken.restore(&mixed, [Some(a), Some(b)]);
    assert!(matches!(broken.bench.recover("b"), Err(Error::WillNotSign(..))));
}

#[test]
fn folders_that_cannot_be_recovered_say_why() {
    let broken = broken();
    let [a, b] = &broken.parts;
    let bench = &broken.bench;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    let elsewhere = bench.path("elsewhere");
    let result = recorder::recover(&bench.path("a"), &elsewhere, &*bench.clock, &*bench.notebook);
    assert!(matches!(result, Err(Error::NoJournal { .. })));
    broken.restore(&broken.journal[..10], [Some(a), Some(b)]);
    assert!(matches!(bench.recover("a"), Err(Error::JournalUnreadable(_))));
    std::fs::create_dir(bench.path("empty")).unwrap();
    assert!(matches!(bench.recover("empty"), Err(Error::NothingToRecover(_))));
    std::fs::write(bench.path("empty").join(RECORDING), "not sound").unwrap();
    assert!(matches!(bench.recover("empty"), Err(Error::NotWhole(..))));
    assert!(matches!(bench.recover("nowhere"), Err(Error::FolderMissing(_))));
}

#[test]
fn a_running_recording_is_left_alone() {
    let bench = Bench::new();
    let (sender, source) = Piped::new(shape(8_000, 16, 1));
    let session = bench.start(Pace::Live, source).unwrap();
    assert!(matches!(bench.recover("b"), Err(Error::Running(_))));
    sender.send(recorder::source::Piece::Samples(noise(shape(8_000, 16, 1), 900))).unwrap();
    drop(sender);
    let outcome = session.wait().unwrap();
    let verified = bench.check(&outcome);
    assert_eq!(outcome.reason, EndReason::Finished, "{:?}", verified.evidence().closing);
}

#[test]
fn media_may_come_back_under_another_path() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    let moved = broken.bench.path("moved");
    std::fs::rename(broken.bench.path("b"), &moved).unwrap();
    let recovered = broken.bench.recover("moved").unwrap();
    broken.bench.check(&recovered.outcome);
    assert_eq!(recovered.outcome.copies[1].folder, moved);
    assert_eq!(recovered.outcome.total_samples, ((BLOCKS + 1) * BLOCK) as u64);
}

#[test]
fn a_finished_copy_is_copied_where_an_older_journal_would_end_otherwise() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    let first = broken.recover(BLOCK, BLOCKS + 1);
    assert_eq!(first.done, Done::Sealed);
    let first = first.outcome;
    let whole = std::fs::read(broken.bench.path("a").join(RECORDING)).unwrap();
    let early = records(&broken.journal)[BLOCKS / 2].end;
    for (name, journal) in [("whole", &broken.journal[..]), ("early", &broken.journal[..early])] {
        for part in [None, Some(&b[..])] {
            broken.bench.clock.advance(std::time::Duration::from_secs(60));
            broken.restore(journal, [None, part]);
            std::fs::write(broken.bench.path("a").join(RECORDING), &whole).unwrap();
            let again = broken.bench.recover("a").unwrap();
            broken.bench.check(&again.outcome);
            assert_eq!((again.done, again.outcome.digest), (Done::Copied, first.digest), "{name}");
        }
    }
    // A journal that was left though every copy is whole: nothing is done but to take it away.
    broken.restore(&broken.journal, [None, None]);
    for name in ["a", "b"] {
        std::fs::write(broken.bench.path(name).join(RECORDING), &whole).unwrap();
    }
    assert_eq!(broken.bench.recover("a").unwrap().done, Done::Nothing);
    // The finished copy goes away while the journal waits for the other medium: still no second end.
    broken.restore(&broken.journal, [None, None]);
    std::fs::write(broken.bench.path("a").join(RECORDING), &whole).unwrap();
    std::fs::remove_dir_all(broken.bench.path("b")).unwrap();
    assert!(broken.bench.recover("a").unwrap().outcome.journal_kept.is_some());
    std::fs::remove_file(broken.bench.path("a").join(RECORDING)).unwrap();
    std::fs::write(broken.bench.path("a").join(PART), a).unwrap();
    assert!(matches!(broken.bench.recover("a"), Err(Error::WillNotSign(..))));
}

#[test]
fn a_saved_copy_whose_tags_were_edited_is_still_saved() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), None]);
    std::fs::remove_dir_all(broken.bench.path("b")).unwrap();
    broken.bench.recover("a").unwrap();
    let saved = broken.bench.path("a").join(RECORDING);
    let tagged = std::process::Command::new("metaflac").args(["--set-tag=TITLE=Tea"]).arg(&saved).status();
    assert!(tagged.unwrap().success());
    std::fs::create_dir(broken.bench.path("b")).unwrap();
    std::fs::write(broken.bench.path("b").join(PART), b).unwrap();
    let recovered = broken.bench.recover("a").unwrap();
    assert!(recovered.outcome.is_whole() && recovered.outcome.journal_kept.is_none(), "{:?}", recovered.outcome);
}

/// A mount point stays when its medium is taken away: an empty folder is no sign that the sound is gone.
#[test]
fn the_empty_place_of_a_medium_is_not_taken_for_the_medium() {
    let broken = broken();
    let [a, b] = &broken.parts;
    let bench = &broken.bench;
    broken.restore(&broken.journal, [None, None]);
    assert!(matches!(bench.recover("a"), Err(Error::MediumAway(_))));
    broken.restore(&broken.journal, [None, Some(&b[..broken.reserve()])]);
    assert!(matches!(bench.recover("b"), Err(Error::MediumAway(_))), "the other medium may have what is missing here");
    broken.restore(&broken.journal, [None, Some(b)]);
    let recovered = bench.recover("b").unwrap();
    assert!(matches!(recovered.outcome.copies[0].state, CopyState::Lost { .. }));
    assert!(!bench.path("a").join(RECORDING).exists() && recovered.outcome.journal_kept.is_some());
    std::fs::write(bench.path("a").join(PART), a).unwrap();
    let again = bench.recover("a").unwrap();
    assert!(again.outcome.is_whole());
    assert_eq!(again.outcome.digest, recovered.outcome.digest);

    broken.restore(&broken.journal, [None, Some(&b[..broken.reserve()])]);
    let given_up =
        recorder::recover_from(&bench.path("b"), &bench.state(), &*bench.clock, &*bench.notebook, Away::GiveUp);
    assert!(given_up.unwrap().outcome.is_whole());
}

#[test]
fn a_kill_while_the_journal_is_removed_leaves_no_folder_for_good() {
    let bench = Bench::new();
    let outcome = bench.record(memory(shape(8_000, 16, 1), 4_000)).unwrap();
    let place = bench.state().join("journals").join(&outcome.id.to_string()[..32]);
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("control"), "elsewhere").unwrap();
    assert_eq!(bench.recover("a").unwrap().done, Done::Nothing);
    bench.check(&outcome);
}

/// The wiping of a journal is a write like any other: a power cut leaves some sectors of it.
#[test]
fn a_power_cut_while_the_journal_is_wiped_takes_nothing_from_the_copies() {
    let broken = broken();
    let [a, b] = &broken.parts;
    broken.restore(&broken.journal, [Some(a), Some(b)]);
    // With the other medium away the journal stays, with its last checkpoint.
    std::fs::remove_dir_all(broken.bench.path("b")).unwrap();
    broken.bench.recover("a").unwrap();
    let left = std::fs::read(broken.place.join("journal")).unwrap();
    std::fs::create_dir(broken.bench.path("b")).unwrap();
    std::fs::write(broken.bench.path("b").join(PART), b).unwrap();
    let saved = broken.bench.recover("a").unwrap().outcome;
    assert!(saved.is_whole() && !broken.place.exists());
    for wiped in [0..32, 200..300] {
        let mut journal = left.clone();
        journal[wiped].fill(0);
        std::fs::create_dir_all(&broken.place).unwrap();
        std::fs::write(broken.place.join("journal"), &journal).unwrap();
        let again = broken.bench.recover("b").unwrap();
        assert_eq!((again.done, again.outcome.digest), (Done::Nothing, saved.digest));
        assert!(!broken.place.exists(), "the journal is left");
        // With the copy damaged the journal stays as it is, and the copy is not called whole.
        std::fs::create_dir_all(&broken.place).unwrap();
        std::fs::write(broken.place.join("journal"), &journal).unwrap();
        let copy = broken.bench.path("b").join(RECORDING);
        let whole = std::fs::read(&copy).unwrap();
        std::fs::write(&copy, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(broken.bench.recover("b"), Err(Error::NotWhole(..))));
        assert_eq!(std::fs::read(broken.place.join("journal")).unwrap(), journal);
        std::fs::write(&copy, &whole).unwrap();
        std::fs::remove_dir_all(&broken.place).unwrap();
    }
}

//! F4: what sealing and writing twice cost, against our encoder alone and against the reference `flac -5`.
//!
//! All three read the same WAV and write FLAC; the recorder also decodes every frame back, hashes, signs, journals,
//! flushes and reads back. The cost is CPU time, since a live microphone leaves the wall clock idle.

use std::process::Command;

use super::Bench;
use super::input::{SECONDS, empty_copies, record};
use super::measure::{Contender, interleaved};
use super::table::{Figure, Goal};

const ROUNDS: usize = 5;

/// Record from a file, against encoding it.
pub(super) fn f4(bench: &Bench) -> anyhow::Result<Figure> {
    let encoded = bench.folder.join("encoded.flac");
    let contenders = [
        Contender::new("counterpart record, two copies", || {
            Ok(record(&bench.counterpart, &bench.voices, &empty_copies(&bench.folder)?))
        }),
        Contender::new("our encoder alone", || {
            let mut command = Command::new(&bench.encode_only);
            command.arg(&bench.voices).arg(&encoded);
            Ok(command)
        }),
        Contender::new("flac -5", || {
            let mut command = Command::new("flac");
            command.args(["-5", "--silent", "--force", "-o"]).arg(&encoded).arg(&bench.voices);
            Ok(command)
        }),
    ];
    let measured = interleaved(&contenders, ROUNDS, &bench.folder)?;
    let (ours, encoder, flac) = (&measured[0], &measured[1], &measured[2]);
    let goals = vec![
        Goal::at_most("CPU added to our encoder", (ours.cpu_s / encoder.cpu_s - 1.0) * 100.0, 10.0, "%"),
        Goal::at_least("speed in all", SECONDS / ours.median_s(), 400.0, "× real time"),
    ];
    let speeds = measured.iter().map(|one| format!("{} {:.0} ×", one.name, SECONDS / one.median_s()));
    let remarks = vec![
        format!("Of real time: {}.", speeds.collect::<Vec<_>>().join(", ")),
        format!("Wall time: {:.2} × our encoder's, {:.2} × flac's.", ours.times(encoder), ours.times(flac)),
    ];
    Ok(Figure { title: "F4 · record one hour, one microphone", goals, remarks, measured })
}

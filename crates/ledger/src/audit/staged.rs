//! Staging objects that are left over: what they mean for the log they lie in.
//!
//! Not here: using them (`start.rs`). Whether the lock signed a batch cannot be seen from outside. Invariants: what no start can
//! need is a note; what the next start may need, and could not use, is damage; a whole one is held against the tiles of its batch.

use seal::tlog::Checkpoint;

use super::report::{Kind, Report};
use crate::error::StoreError;
use crate::objects::ReadSide;
use crate::staging::{self, STAGING_BYTES_MAX};
use crate::tiles::bundle::BUNDLE_BYTES_MAX;

/// Says of each staging object what it is. `newest` is the side's newest signed checkpoint.
pub(super) async fn look(
    source: &dyn ReadSide,
    prefix: &str,
    paths: &[String],
    newest: &Checkpoint,
    report: &mut Report,
) {
    for path in paths {
        let shown = format!("{prefix}{path}");
        let Some((_, size)) = sizes(path) else {
            report.note(shown, "a log does not call its staging objects so; nobody needs it");
            continue;
        };
        let staged = match source.read(path, STAGING_BYTES_MAX).await {
            Ok(Some(bytes)) => staging::parse(&bytes),
            // The batch was finished meanwhile.
            Ok(None) => continue,
            Err(StoreError::TooLarge { .. }) => None,
            Err(error) => {
                report.find_error(shown, &error);
                continue;
            }
        };
        report.objects += 1;
        let is_newer = size > newest.size;
        match staged {
            None if is_newer => report.find(
                Kind::Damaged,
                shown,
                None,
                "it is torn; if the lock has signed this batch already, the log cannot start without it",
            ),
            None => {
                report.note(shown, "left over and torn; its batch is not newer than the checkpoint, nobody needs it")
            }
            Some(_) if is_newer => report.note(
                shown,
                "a batch that is not published: it is under way, or the next start finishes it, or it was never signed",
            ),
            Some(objects) if staging::path(sizes(path).map_or(0, |(old, _)| old), newest) == *path => {
                hold(source, &shown, &objects, report).await;
            }
            Some(_) => report.note(shown, "left over from an earlier batch; it only takes room"),
        }
    }
}

/// The last batch's own: its tiles must be those that are served.
async fn hold(source: &dyn ReadSide, shown: &str, objects: &[(String, Vec<u8>)], report: &mut Report) {
    for (path, bytes) in objects {
        // What is missing or damaged among the tiles is found there.
        let there = source.read(path, BUNDLE_BYTES_MAX).await.ok().flatten();
        if there.is_some_and(|there| there != *bytes) {
            return report.note(shown, format!("left over from the last batch, and {path} is another there"));
        }
    }
    report.note(shown, "left over from the last batch, which is published; it only takes room");
}

/// From and to how many entries, by its path.
fn sizes(path: &str) -> Option<(u64, u64)> {
    let (old, rest) = path.strip_prefix("staging/")?.split_once('-')?;
    let (size, root) = rest.split_once('-')?;
    let is_root = root.len() == 64 && root.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let (old, size): (u64, u64) = (old.parse().ok()?, size.parse().ok()?);
    (is_root && old < size && path == format!("staging/{old}-{size}-{root}")).then_some((old, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staging_object_is_known_by_its_path() {
        let checkpoint = Checkpoint { origin: "a".into(), size: 9, root: [0xab; 32], extensions: String::new() };
        let path = staging::path(4, &checkpoint);
        assert_eq!(sizes(&path), Some((4, 9)));
        for bad in
            ["staging/", "staging/4-9-ab", &path.replace("4-9", "9-4"), &path.replace("4-9", "04-9"), &path[..20]]
        {
            assert_eq!(sizes(bad), None, "{bad}");
        }
    }
}

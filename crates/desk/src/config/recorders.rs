//! What records in a room: `[offices.rooms.recorder]` of `office.toml`.
//!
//! Not running it (`room/`), nor how its places lie to each other (`places.rs`). Invariants: no two rooms listen to one microphone; what is wrong is said in one line
//! that names the room; the key of a log's token is never a value here, only its file.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sites::SiteConfig;
use crate::text::visible;

/// A recorder: the program `counterpart`, its sound, and where the two copies go.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecorderConfig {
    /// The program `counterpart`; the one beside `counterpartd` where it is not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) program: Option<PathBuf>,
    /// `mic`, `mic:NAME`, or a file, which is taken in as if it were spoken now (for demonstrations). No two rooms have one microphone.
    pub(crate) input: PathBuf,
    /// The folder that the office's copies go into, best **below** the place where its medium is mounted, so that it is not there when the medium is not. Refused: in another of the three, in the office's folder or a store, with the keyring.
    pub(crate) office_copy: PathBuf,
    /// The folder, on the person's medium, that theirs go into; as `office_copy`, and no other room's.
    pub(crate) person_copy: PathBuf,
    /// Where journals and notes of the recorder are kept, on this machine's own disk. A `[[sweep]]` over it and over `office_copy` finds what is left there when a recording is destroyed.
    pub(crate) state: PathBuf,
    /// The log in which recordings are anchored while they are made: as `counterpart record --log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<String>,
    /// The file with a token for it: as `--log-token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_token: Option<PathBuf>,
    /// Whose anchors count: as `--trust`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<PathBuf>,
}

impl RecorderConfig {
    /// Whether it listens to a microphone.
    pub(crate) fn is_microphone(&self) -> bool {
        self.input.to_str().is_some_and(|input| input == "mic" || input.starts_with("mic:"))
    }

    /// Where it writes.
    pub(crate) fn folders(&self) -> [(&'static str, &Path); 3] {
        [("office_copy", &self.office_copy), ("person_copy", &self.person_copy), ("state", &self.state)]
    }

    /// Paths from the office's folder become whole ones.
    pub(super) fn root_at(&mut self, office: &Path) {
        let root = |path: &mut PathBuf| *path = office.join(&*path);
        self.program.iter_mut().chain(&mut self.log_token).chain(&mut self.trust).for_each(root);
        [&mut self.office_copy, &mut self.person_copy, &mut self.state].into_iter().for_each(root);
        if !self.is_microphone() {
            root(&mut self.input);
        }
    }
}

/// Every recorder, with what its room is called.
pub(crate) fn of(sites: &[SiteConfig]) -> impl Iterator<Item = (String, &RecorderConfig)> {
    let rooms = sites.iter().flat_map(|site| site.rooms.iter().map(move |room| (site, room)));
    rooms.filter_map(|(site, room)| Some((format!("{}/{}", site.name, room.name), room.recorder.as_ref()?)))
}

/// What is wrong with them, and what to do.
pub(super) fn fault(sites: &[SiteConfig]) -> Option<(String, &'static str)> {
    let all: Vec<(String, &RecorderConfig)> = of(sites).collect();
    for (at, (room, recorder)) in all.iter().enumerate() {
        let wrong = |key: &str, what: &str, hint| Some((format!("offices.rooms.recorder.{key}: {room}: {what}"), hint));
        let empty = recorder.folders().into_iter().find(|(_, path)| path.as_os_str().is_empty());
        if let Some((key, _)) = empty {
            return wrong(key, "no folder is named", "name a folder that is there");
        }
        if recorder.input.as_os_str().is_empty() || recorder.input == Path::new("-") {
            return wrong(
                "input",
                "no sound is named",
                "mic, mic:NAME as the system calls it, or a file for demonstrations",
            );
        }
        if recorder.log.is_none() && (recorder.log_token.is_some() || recorder.trust.is_some()) {
            return wrong("log", "a token or a policy, and no log", "name the log's address, or leave them out");
        }
        let other = all[..at].iter().find(|(_, other)| recorder.is_microphone() && other.input == recorder.input);
        if let Some((other, _)) = other {
            let what = format!("{other} listens to \"{}\" too", visible(&recorder.input.to_string_lossy()));
            return wrong("input", &what, "two rooms have two microphones: name each as the system calls it, mic:NAME");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::sites::RoomConfig;
    use super::*;

    fn recorder(input: &str) -> RecorderConfig {
        RecorderConfig {
            program: None,
            input: input.into(),
            office_copy: "a".into(),
            person_copy: "b".into(),
            state: "s".into(),
            log: None,
            log_token: None,
            trust: None,
        }
    }

    fn said(recorders: &[RecorderConfig]) -> Option<String> {
        let room = |(number, recorder): (usize, &RecorderConfig)| RoomConfig {
            name: format!("r{number}"),
            title: "Room".into(),
            private: true,
            recorder: Some(recorder.clone()),
        };
        let rooms = recorders.iter().enumerate().map(room).collect();
        fault(&[SiteConfig { name: "north".into(), title: "North".into(), rooms }]).map(|(what, _)| what)
    }

    #[test]
    fn no_two_rooms_listen_to_one_microphone_and_every_fault_names_its_room() {
        let line = |text: &str| Some(format!("offices.rooms.recorder.{text}"));
        assert_eq!(said(&[recorder("mic:a"), recorder("mic:b"), recorder("x.flac"), recorder("x.flac")]), None);
        assert_eq!(said(&[recorder("mic"), recorder("mic")]), line("input: north/r1: north/r0 listens to \"mic\" too"));
        assert_eq!(said(&[recorder("-")]), line("input: north/r0: no sound is named"));
        let unlogged = RecorderConfig { trust: Some("policy".into()), ..recorder("mic") };
        assert_eq!(said(&[unlogged]), line("log: north/r0: a token or a policy, and no log"));
        let nowhere = RecorderConfig { person_copy: PathBuf::new(), ..recorder("mic") };
        assert_eq!(said(&[nowhere]), line("person_copy: north/r0: no folder is named"));
    }

    #[test]
    fn a_microphone_is_no_path() {
        let (mut one, mut other) = (recorder("mic:USB"), recorder("demo.flac"));
        for recorder in [&mut one, &mut other] {
            recorder.root_at(Path::new("/office"));
        }
        assert_eq!((one.input.to_str(), other.input.to_str()), (Some("mic:USB"), Some("/office/demo.flac")));
        assert_eq!(one.state, Path::new("/office/s"));
    }
}

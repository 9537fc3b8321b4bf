//! Copies of certificates beside each file of the keyring: where no restore reaches, so that none is lost with the office.
//!
//! Not making them (`certifying.rs`). Invariants: a copy is durable in every place before the keyring notes that there is a certificate, or it is said where none could be written, which stops nothing; nothing in them is
//! believed but what the keyring's digest commits to; they lie apart from keys and hold none.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use casework::{Digest, ThingId};
use seal::certificate::{Certificate, CertificateFile, FILE_BYTES_MAX, salted};
use seal::tlog::{Entry as LogEntry, EntryKind};

use vault::keyring::{Entry, KeyringError, State};

use super::Office;
use super::acts::keyring_failed;
use crate::db::{events, outbox, sql};
use crate::error::{Error, Result, plain};
use crate::out;

/// How the folder beside a file of the keyring ends.
const FOLDER: &str = ".certificates";

fn name_of(id: ThingId) -> String {
    format!("{id}.cert")
}

impl Office {
    fn copies(&self) -> impl Iterator<Item = PathBuf> {
        self.config.keyring.files.iter().map(|file| {
            let mut folder = file.clone().into_os_string();
            folder.push(FOLDER);
            PathBuf::from(folder)
        })
    }

    /// Lays a certificate down beside every file of the keyring.
    pub(crate) fn copy_certificate(&self, id: ThingId, text: &str, salt: &[u8; 32]) -> Result<()> {
        let file = as_file(text, salt).map_err(|fault| Error::of(fault).hint("it was made by a newer program"))?;
        for folder in self.copies() {
            if let Err(err) = write(&folder, &name_of(id), file.as_bytes()) {
                not_copied(&folder, &err);
            }
        }
        Ok(())
    }

    /// Holds every certificate, the office's own and each copy, against the digest that the keyring has of it. With `mends`, what is another or
    /// is not there is replaced by one that is right.
    pub(crate) async fn look_at_certificates(&self, mends: bool) -> Result<Vec<WrongCertificate>> {
        let (mut odd, mut names) = (Vec::new(), BTreeSet::new());
        for entry in self.keyring.entries().await.map_err(|err| keyring_failed(&err))? {
            let State::Erased { certificate: Some(known), .. } = entry.state else { continue };
            let id = ThingId(entry.id);
            names.insert(name_of(id));
            odd.extend(self.look_at_certificate(id, Digest(known), mends).await?);
        }
        for folder in self.copies() {
            let strangers = strangers(&folder, &names)
                .unwrap_or_else(|err| vec![format!("certificates at {}: {}", folder.display(), plain(&err))]);
            odd.extend(strangers.into_iter().map(|what| WrongCertificate { what, is_mended: false }));
        }
        Ok(odd)
    }

    async fn look_at_certificate(&self, id: ThingId, known: Digest, mends: bool) -> Result<Vec<WrongCertificate>> {
        let own: Option<(String, Vec<u8>)> = sql::query_as("SELECT text, salt FROM certificate WHERE thing = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        let right_own = own.clone().and_then(|(text, salt)| {
            let salt = <[u8; 32]>::try_from(salt).ok()?;
            (salted(&salt, text.as_bytes()) == known.0).then_some((text, salt))
        });
        let own_is = match (&own, &right_own) {
            (_, Some(_)) => None,
            (Some(_), None) => Some("is not the one that the keyring knows"),
            (None, None) => Some("is not there"),
        };
        let right = right_own.or_else(|| self.copies().find_map(|folder| copy_in(&folder, id, known)));
        let file = right.as_ref().and_then(|(text, salt)| as_file(text, salt).ok());
        let mut odd = Vec::new();
        if let Some(how) = own_is {
            let what = format!("{id}: the office's certificate {how}");
            let is_mended = match &right {
                Some((text, salt)) if mends => self.replace_own(id, text, salt).await?,
                _ => false,
            };
            odd.push(WrongCertificate { what, is_mended });
        }
        for folder in self.copies() {
            let path = folder.join(name_of(id));
            let what = match (read(&path), &file) {
                (Ok(bytes), Some(file)) if bytes == file.as_bytes() => continue,
                (Err(err), _) if err.kind() == io::ErrorKind::NotFound => "is not there".to_owned(),
                (Err(err), _) => plain(&err),
                (Ok(_), _) => "is not the one that the keyring knows".to_owned(),
            };
            let written = match &file {
                Some(file) if mends => write(&folder, &name_of(id), file.as_bytes()),
                Some(_) => Err(io::Error::other("\"counterpartd vault scrub\" writes it anew")),
                None => Err(io::Error::other("none is left that is right")),
            };
            let why = written.as_ref().err().map(|why| format!("; {}", plain(why))).unwrap_or_default();
            let what = format!("{id}: the certificate at {} {what}{why}", path.display());
            odd.push(WrongCertificate { what, is_mended: written.is_ok() });
        }
        Ok(odd)
    }

    async fn replace_own(&self, id: ThingId, text: &str, salt: &[u8; 32]) -> Result<bool> {
        let put = "INSERT INTO certificate (thing, text, salt) VALUES ($1, $2, $3) \
                   ON CONFLICT (thing) DO UPDATE SET text = $2, salt = $3";
        let done = sql::query(put)
            .bind(id.to_string())
            .bind(text)
            .bind(salt.as_slice())
            .execute(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        Ok(done > 0)
    }

    /// The digest of a thing's certificate, where the keyring has one.
    pub(crate) async fn known_certificate(&self, id: ThingId) -> Result<Option<Digest>> {
        match self.keyring.entry(&id.0).await {
            Ok(Entry { state: State::Erased { certificate, .. }, .. }) => Ok(certificate.map(Digest)),
            Ok(_) | Err(KeyringError::Unknown(_)) => Ok(None),
            Err(error) => Err(keyring_failed(&error)),
        }
    }

    /// Lays down what an earlier program, or a crash, left out, wherever that can be written.
    pub(crate) async fn copy_certificates(&self) -> Result<()> {
        let made: Vec<String> = sql::query_scalar("SELECT thing FROM certificate ORDER BY thing")
            .fetch_all(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        let mut blocked = BTreeSet::new();
        for id in made.iter().filter_map(|id| id.parse::<ThingId>().ok()) {
            if self.copies().all(|folder| blocked.contains(&folder) || folder.join(name_of(id)).exists()) {
                continue;
            }
            // One that is not what the events name is named by "vault status", and keeps none of the others from being copied.
            if let Ok(Some(file)) = self.certificate_alone(id).await {
                let text = file.certificate.text().map_err(|fault| Error::of(fault).hint("use the newer program"))?;
                let is_it = |known: Digest| known.0 == salted(&file.salt, text.as_bytes());
                if !self.known_certificate(id).await?.is_none_or(is_it) {
                    // Another than the keyring knows: "vault status" says so, and a scrub mends it.
                    continue;
                }
                let file =
                    as_file(&text, &file.salt).map_err(|fault| Error::of(fault).hint("use the newer program"))?;
                for folder in self.copies() {
                    // One note for each place, however many there are to be.
                    if !blocked.contains(&folder)
                        && let Err(err) = write(&folder, &name_of(id), file.as_bytes())
                    {
                        not_copied(&folder, &err);
                        blocked.insert(folder);
                    }
                }
            }
        }
        Ok(())
    }

    /// The copy of the certificate that this digest commits to.
    pub(super) fn copy_of(&self, id: ThingId, known: Digest) -> Option<(String, [u8; 32])> {
        self.copies().find_map(|folder| copy_in(&folder, id, known))
    }

    /// A certificate that the keyring knows and the events do not, from its copy; whether it is there. Where no copy is left the digest stands.
    pub(crate) async fn bring_certificate_back(&self, id: ThingId, known: Digest) -> Result<bool> {
        let Some((text, salt)) = self.copy_of(id, known) else { return Ok(false) };
        let mut at = self.db.begin().await?;
        self.put_certificate(&mut at, id, &text, &salt).await?;
        // The log has it by now, or not yet: asked again it gives the same place.
        let entry = LogEntry { kind: EntryKind::Event, commitment: known.0 };
        let head = events::head(&self.db, &mut at).await?;
        outbox::add_again(&self.db, &mut at, head.number, "certificate", &entry.bytes()).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        Ok(true)
    }
}

/// Nothing that an office does waits for a copy: "vault status" names it until it is there.
fn not_copied(folder: &Path, err: &io::Error) {
    out::notice(&format!(
        "note: {}: no copy of the certificate is there: {}; mend that, and \"vault scrub\" writes it",
        folder.display(),
        plain(err)
    ));
}

/// A certificate that is not as it should be, in one line.
pub(crate) struct WrongCertificate {
    pub(crate) what: String,
    pub(crate) is_mended: bool,
}

/// As it lies beside a keyring: without the log's proof, to which the keyring's digest does not commit.
fn as_file(text: &str, salt: &[u8; 32]) -> std::result::Result<String, seal::certificate::Fault> {
    CertificateFile { certificate: Certificate::parse(text)?, salt: *salt, proof: None }.text()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    vault::regular::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What lies among the copies under the name of a certificate and is none of a thing that was destroyed here.
fn strangers(folder: &Path, names: &BTreeSet<String>) -> io::Result<Vec<String>> {
    let listed = match fs::read_dir(folder) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut strangers = Vec::new();
    for entry in listed {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".cert") && !names.contains(&*name) {
            strangers.push(format!(
                "{}: a certificate of nothing that was destroyed here; look at it, and move it away",
                path.display()
            ));
        }
    }
    strangers.sort();
    Ok(strangers)
}

/// The copy in one folder, if it is the one that this digest commits to.
fn copy_in(folder: &Path, id: ThingId, known: Digest) -> Option<(String, [u8; 32])> {
    let file = CertificateFile::parse(&read(&folder.join(name_of(id))).ok()?).ok()?;
    let text = file.certificate.text().ok()?;
    (salted(&file.salt, text.as_bytes()) == known.0).then_some((text, file.salt))
}

/// Whole or not at all, and durable. What is there under this name is of the same thing, or damaged.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    if folder.symlink_metadata().is_ok() && !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is not a folder"));
    }
    if !folder.is_dir() {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(above)?.sync_all()?;
    }
    let draft = folder.join(format!(".{name}.new"));
    // Whatever a crash, or somebody, left under that name is not written through.
    if let Err(err) = fs::remove_file(&draft)
        && err.kind() != io::ErrorKind::NotFound
    {
        return Err(err);
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}

//! Copies of certificates beside each file of the keyring: where no restore reaches, so that none is lost with the office.
//!
//! Not making them (`certifying.rs`). Invariants: a copy is durable in every place before the keyring notes that there is a certificate; nothing in them is
//! believed but what the keyring's digest commits to; they lie apart from keys and hold none.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use casework::{Digest, ThingId};
use seal::certificate::{Certificate, CertificateFile, salted};
use seal::tlog::{Entry, EntryKind};

use super::Office;
use crate::db::{events, outbox};
use crate::error::{Error, Result};

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
        let certificate = Certificate::parse(text);
        let certificate = certificate.map_err(|fault| Error::of(fault).hint("it was made by a newer program"))?;
        let file = CertificateFile { certificate, salt: *salt, proof: None };
        let file = file.text().map_err(|fault| Error::of(fault).hint("it was made by a newer program"))?;
        for folder in self.copies() {
            write(&folder, &name_of(id), file.as_bytes()).map_err(|err| Error::io(&folder, &err))?;
        }
        Ok(())
    }

    /// Lays down what an earlier program, or a crash, left out.
    pub(crate) async fn copy_certificates(&self) -> Result<()> {
        let made: Vec<String> = sqlx::query_scalar("SELECT thing FROM certificate ORDER BY thing")
            .fetch_all(self.db.pool())
            .await
            .map_err(|err| self.db.failed(&err))?;
        for id in made.iter().filter_map(|id| id.parse::<ThingId>().ok()) {
            if self.copies().all(|folder| folder.join(name_of(id)).exists()) {
                continue;
            }
            if let Some(file) = self.certificate(id).await? {
                let text = file.certificate.text().map_err(|fault| Error::of(fault).hint("use the newer program"))?;
                self.copy_certificate(id, &text, &file.salt)?;
            }
        }
        Ok(())
    }

    /// A certificate that the keyring knows and the events do not, from its copy. Where no copy is left nothing happens: the digest stands.
    pub(crate) async fn bring_certificate_back(&self, id: ThingId, known: Digest) -> Result<()> {
        let Some((text, salt)) = self.copies().find_map(|folder| copy_in(&folder, id, known)) else { return Ok(()) };
        let mut at = self.db.begin().await?;
        let written =
            sqlx::query("INSERT INTO certificate (thing, text, salt) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(id.to_string())
                .bind(&text)
                .bind(salt.as_slice())
                .execute(&mut *at)
                .await
                .map_err(|err| self.db.failed(&err))?;
        if written.rows_affected() > 0 {
            // The log has it by now, or not yet: asked again it gives the same place.
            let entry = Entry { kind: EntryKind::Event, commitment: known.0 };
            let head = events::head(&self.db, &mut at).await?;
            outbox::add(&self.db, &mut at, head.number, "certificate", &entry.bytes()).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))
    }
}

/// The copy in one folder, if it is the one that this digest commits to.
fn copy_in(folder: &Path, id: ThingId, known: Digest) -> Option<(String, [u8; 32])> {
    let file = CertificateFile::parse(&fs::read(folder.join(name_of(id))).ok()?).ok()?;
    let text = file.certificate.text().ok()?;
    (salted(&file.salt, text.as_bytes()) == known.0).then_some((text, file.salt))
}

/// Whole or not at all, and durable. What is there under this name is of the same thing, or damaged.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    if !folder.is_dir() {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(above)?.sync_all()?;
    }
    let draft = folder.join(format!(".{name}.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}

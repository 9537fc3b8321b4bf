//! Where the office's mail goes: a folder, out of which another program sends it.
//!
//! Not what is sent (`persons/`).
//! Invariants: without it nobody is mailed, and no person has an account; who it is from is one address.

use std::path::PathBuf;

use casework::access::MailAddress;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `[mail]` of `office.toml`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// The folder into which `serve` puts mail, one file a message, for another program that runs as the same user to send and take out. On a local disk.
    pub(crate) folder: PathBuf,
    /// The address that mail is from.
    #[schemars(with = "String")]
    #[serde(deserialize_with = "read", serialize_with = "print")]
    pub(crate) from: MailAddress,
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<MailAddress, D::Error> {
    let text = String::deserialize(from)?;
    MailAddress::read(&text)
        .ok_or_else(|| de::Error::custom("not the address of a mailbox, such as desk@office.example"))
}

fn print<S: Serializer>(address: &MailAddress, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(address.as_str())
}

impl MailConfig {
    /// What is wrong with it where mail is to be sent, and what to do.
    pub(crate) fn fault(&self) -> Option<(String, &'static str)> {
        let is_folder = self.folder.is_dir();
        let what = || format!("mail.folder: {}: no folder", self.folder.display());
        (!is_folder).then(|| (what(), "make it, for the user that the desk runs as"))
    }
}

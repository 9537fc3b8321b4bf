//! Where an office's events are: in a file of its folder, or on a server.
//!
//! Not what is in them, nor how they are reached (`sqlite.rs`, `postgres.rs`). Invariant: what is shown of a server has no password, because `office.toml` may
//! not name one (`config/office.rs`).

use std::fmt;
use std::path::PathBuf;

/// One of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An SQLite file.
    File(PathBuf),
    Server(Server),
}

/// A schema of a PostgreSQL database: the first one in which a name is looked for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) url: String,
    /// Whose events they are: no two offices have one schema.
    pub(crate) office: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(file) => file.display().fmt(f),
            Place::Server(server) => f.write_str(server.url.split('?').next().unwrap_or_default()),
        }
    }
}

/// Whether an address begins as PostgreSQL's do.
pub(crate) fn is_server(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Whether an address has a password in it, before its host or behind its question mark.
pub(crate) fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (before, asked) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = before.split('/').next().unwrap_or_default();
    let is_before = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    is_before || asked.split('&').any(|one| one.split('=').next().is_some_and(|key| key.contains("password")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_wherever_it_stands() {
        for url in
            ["postgres://u:p@h/d", "postgresql://u:@h", "postgres://h/d?password=p", "postgres://h/d?a=b&password"]
        {
            assert!(has_password(url), "{url}");
        }
        for url in ["postgres://u@h:5432/d", "postgres://h:5432/d?sslmode=verify-full", "postgres://u@%2Frun%2Fp:1/d"] {
            assert!(!has_password(url), "{url}");
        }
        let server = Server { url: "postgres://u@h/d?options=x".to_owned(), office: String::new() };
        assert_eq!(Place::Server(server).to_string(), "postgres://u@h/d");
    }
}

//! Every dependency's licence against the allow list of `deny.toml`, without cargo-deny.
//!
//! It reads the SPDX expression each crate declares; cargo-deny, where installed, also reads the licence texts. Any one
//! side of an OR will do, every side of an AND is needed, and a crate that declares nothing is refused.

use anyhow::{Context, bail, ensure};

/// Checks every package of the lock file and says how many there are.
pub(super) fn check() -> anyhow::Result<String> {
    let path = crate::repository::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).context("deny.toml cannot be read")?;
    let allowed = allow_list(&text)?;
    let metadata = crate::repository::metadata(&["--locked", "--all-features"])?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut refused = Vec::new();
    for package in packages {
        let declared = package["license"].as_str().unwrap_or_default();
        if !permits(declared, &allowed)? {
            let licence = if declared.is_empty() { "none" } else { declared };
            refused.push(format!("{} ({licence})", package["name"].as_str().unwrap_or("?")));
        }
    }
    ensure!(refused.is_empty(), "licences not allowed in deny.toml: {}", refused.join(", "));
    Ok(format!("{} packages", packages.len()))
}

fn allow_list(deny: &str) -> anyhow::Result<Vec<String>> {
    let table: toml::Table = toml::from_str(deny).context("deny.toml is not TOML")?;
    let allow = table.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(toml::Value::as_array);
    let allow = allow.context("deny.toml has no [licenses] allow")?;
    Ok(allow.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Whether an SPDX expression can be met with the allowed licences alone. `/` is crates.io's old spelling of OR.
fn permits(expression: &str, allowed: &[String]) -> anyhow::Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.is_empty() {
        return Ok(false);
    }
    let mut parser = Parser { words: &words, allowed };
    let permitted = parser.either()?;
    ensure!(parser.words.is_empty(), "`{expression}` is no SPDX expression");
    Ok(permitted)
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Parser<'_> {
    fn either(&mut self) -> anyhow::Result<bool> {
        let mut permitted = self.both()?;
        while self.take("OR") {
            permitted |= self.both()?;
        }
        Ok(permitted)
    }

    fn both(&mut self) -> anyhow::Result<bool> {
        let mut permitted = self.one()?;
        while self.take("AND") {
            permitted &= self.one()?;
        }
        Ok(permitted)
    }

    fn one(&mut self) -> anyhow::Result<bool> {
        if self.take("(") {
            let permitted = self.either()?;
            ensure!(self.take(")"), "a licence expression's bracket is not closed");
            return Ok(permitted);
        }
        let Some((name, rest)) = self.words.split_first() else { bail!("a licence expression ends too soon") };
        self.words = rest;
        let mut licence = (*name).to_owned();
        if self.take("WITH") {
            let Some((exception, rest)) = self.words.split_first() else { bail!("WITH what?") };
            self.words = rest;
            licence = format!("{licence} WITH {exception}");
        }
        Ok(self.allowed.contains(&licence))
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.words.first() == Some(&word);
        if taken {
            self.words = &self.words[1..];
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        let table = [
            ("MIT", true),
            ("MIT OR GPL-2.0-only", true),
            ("GPL-2.0-only", false),
            ("MIT/Apache-2.0", true),
            ("MIT AND GPL-2.0-only", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND LGPL-2.1-or-later", false),
            ("GPL-2.0-only OR MIT AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("", false),
        ];
        for (expression, expected) in table {
            assert_eq!(permits(expression, &allowed).unwrap(), expected, "for {expression}");
        }
        for wrong in ["(MIT", "MIT MIT", "MIT OR", "MIT WITH"] {
            assert!(permits(wrong, &allowed).is_err(), "{wrong} was read");
        }
    }

    #[test]
    fn the_allow_list_must_be_there() {
        assert_eq!(allow_list("[licenses]\nallow = [\"MIT\"]").unwrap(), ["MIT"]);
        assert!(allow_list("[licences]").is_err());
    }
}

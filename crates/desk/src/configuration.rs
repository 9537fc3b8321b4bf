//! `counterpartd configuration`: every key of `office.toml` and every variable of the environment, in the words that stand beside them where they are read.
//!
//! Not reading them (`config/`, each command's flags). Invariants: nothing is described twice; what is printed is `docs/configuration.md`, which a test holds against it; no value
//! of anybody's settings is read or shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::config::office::OfficeConfig;
use crate::error::Result;
use crate::{codes, out};

/// What variables of ours begin with.
const OURS: &str = "COUNTERPART_";

/// Print every key of office.toml and every variable of the environment, as Markdown
#[derive(Args, Debug)]
pub(crate) struct ConfigurationArgs {
    /// The keys of office.toml as a JSON Schema (2020-12), for editors
    #[arg(long)]
    schema: bool,
}

/// `counterpartd configuration`.
pub(crate) fn run(args: &ConfigurationArgs, definition: &clap::Command) -> Result<u8> {
    let schema = schema();
    Ok(match args.schema {
        true => out::json(&schema, codes::DONE),
        false => out::result(&page(&schema, definition), codes::DONE),
    })
}

/// `office.toml` as a JSON Schema.
fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<OfficeConfig>().to_value()
}

/// The page.
fn page(schema: &Value, definition: &clap::Command) -> String {
    let mut text = "# Configuration\n\nMade by `counterpartd configuration` out of the program itself; `counterpartd configuration --schema` says the keys as a JSON Schema, for editors.\n\n\
        ## office.toml\n\nWritten by `vault init` into the office's folder, read by every command. Unknown keys are errors. Paths are from the office's folder.\n\n\
        | key | must it be there? | |\n|---|---|---|\n"
        .to_owned();
    for row in keys(schema) {
        let _ = writeln!(text, "| `{}` | {} | {} |", row.key, row.presence, cell(&row.words));
    }
    text += "\n## Environment\n\nA flag on the command line goes before a variable.\n\n| variable | stands for | |\n|---|---|---|\n";
    for (variable, (flags, words)) in variables(definition) {
        let flags: Vec<String> = flags.iter().map(|flag| format!("`{flag}`")).collect();
        let _ = writeln!(text, "| `{variable}` | {} | {} |", flags.join(", "), cell(&words));
    }
    text += "\nHow an S3 service is reached is said by `AWS_…` ([A bucket](ledger.md#a-bucket)); a database's password is in `PGPASSWORD`, or in the file that `PGPASSFILE` names ([Events on PostgreSQL](vault.md#events-on-postgresql)).\n";
    text
}

/// One line of a table's cell.
fn cell(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// One key.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    /// As errors name it, from the file's beginning; a table in the brackets that begin it.
    key: String,
    presence: String,
    words: String,
}

/// Every key, those of a table behind it.
fn keys(schema: &Value) -> Vec<Key> {
    let mut rows = Vec::new();
    below("", schema, &mut rows);
    rows
}

fn below(before: &str, table: &Value, rows: &mut Vec<Key>) {
    let (Some(properties), required) = (table["properties"].as_object(), names(&table["required"])) else { return };
    let mut all: Vec<(&String, &Value)> = properties.iter().collect();
    // What stands directly in a table comes before the tables in it, as TOML has it.
    all.sort_by_key(|(name, property)| (inner(property).is_some(), *name));
    for (name, property) in all {
        let key = format!("{before}{name}");
        let presence = match property.get("default").filter(|default| !is_nothing(default)) {
            _ if required.contains(name.as_str()) => "yes".to_owned(),
            Some(default) => format!("no: `{default}`"),
            None => "no".to_owned(),
        };
        let words = property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        match inner(property) {
            None => rows.push(Key { key, presence, words }),
            Some((table, is_many)) => {
                let name = if is_many { format!("[[{key}]]") } else { format!("[{key}]") };
                let presence = if presence.starts_with("no") { "no".to_owned() } else { presence };
                rows.push(Key { key: name, presence, words });
                below(&format!("{key}."), table, rows);
            }
        }
    }
}

/// The table that a property is, or is a list of.
fn inner(property: &Value) -> Option<(&Value, bool)> {
    let is_table = |value: &&Value| value["properties"].is_object();
    let items = Some(&property["items"]).filter(is_table).map(|items| (items, true));
    items.or_else(|| Some(property).filter(is_table).map(|table| (table, false)))
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a default says nothing: no, none, an empty list.
fn is_nothing(default: &Value) -> bool {
    matches!(default, Value::Null | Value::Bool(false) | Value::Object(_)) || default == &Value::Array(Vec::new())
}

/// Every variable that a flag has, or says to be read where it is not given: the flags, and what they are for.
fn variables(definition: &clap::Command) -> BTreeMap<String, (BTreeSet<String>, String)> {
    let mut found = BTreeMap::new();
    of_command(definition, "", &mut found);
    found
}

fn of_command(command: &clap::Command, before: &str, found: &mut BTreeMap<String, (BTreeSet<String>, String)>) {
    for arg in command.get_arguments() {
        let (Some(long), words) = (arg.get_long(), arg.get_help().map(ToString::to_string).unwrap_or_default()) else {
            continue;
        };
        let own = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        let told = words.split('$').skip(1).map(|rest| {
            rest.chars().take_while(|letter| letter.is_ascii_uppercase() || *letter == '_').collect::<String>()
        });
        for variable in own.into_iter().chain(told).filter(|name| name.starts_with(OURS)) {
            let (flags, _) = found.entry(variable).or_insert_with(|| (BTreeSet::new(), words.clone()));
            let first = before.split(' ').next().unwrap_or_default();
            flags.insert(format!("{first} --{long}").trim_start().to_owned());
        }
    }
    for inner in command.get_subcommands() {
        of_command(inner, format!("{before} {}", inner.get_name()).trim_start(), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_said_and_what_it_is_for() {
        let keys = keys(&schema());
        for row in &keys {
            assert!(!row.words.is_empty(), "{}: nothing is said of it", row.key);
        }
        let has = |key: &str, presence: &str| keys.iter().any(|row| row.key == key && row.presence == presence);
        assert!(has("name", "yes") && has("[objects]", "yes") && has("objects.second", "no"), "{keys:?}");
        assert!(has("[[offices]]", "no") && has("offices.rooms.recorder.input", "yes"), "{keys:?}");
        assert!(has("clock.tolerance", "no: `\"5m\"`") && has("keyring.token.module", "yes"), "{keys:?}");
    }

    /// A file that has every key.
    const WHOLE: &str = r#"
name = "Office"
place = "1 North Street, Exampleton"
jurisdiction = "scotland"
demonstration = true
events = { database = "postgres://office@db.example/office" }
objects = { at = "objects", second = "second" }
log = { url = "https://log.example", token = "token", policy = "policy" }
clock = { witnesses = ["w"], timestamp = ["https://tsa.example"], policy = "policy", tolerance = "4m" }
rules = { packs = ["pack.toml"] }
mail = { folder = "mail", from = "desk@office.example" }
[keyring]
files = ["ring.sqlite"]
key = "office.key"
token = { module = "module.so", token = "office", key = "office" }
[[sweep]]
name = "recorders"
folder = "state"
[[offices]]
name = "north"
title = "North Street"
[[offices.rooms]]
name = "one"
title = "Room 1"
private = true
[offices.rooms.recorder]
program = "counterpart"
input = "mic"
office_copy = "ours"
person_copy = "theirs"
state = "state"
log = "https://log.example"
log_token = "token"
trust = "policy"
"#;

    /// Takes a key out of a file.
    fn without(file: &mut toml::Value, key: &str) -> bool {
        let file = match file {
            toml::Value::Array(all) => &mut all[0],
            other => other,
        };
        let Some(table) = file.as_table_mut() else { return false };
        match key.split_once('.') {
            None => table.remove(key).is_some(),
            Some((first, rest)) => table.get_mut(first).is_some_and(|inner| without(inner, rest)),
        }
    }

    #[test]
    fn what_must_be_there_is_missed_and_nothing_else() {
        let whole: toml::Value = toml::from_str(WHOLE).unwrap();
        whole.clone().try_into::<OfficeConfig>().unwrap();
        for row in keys(&schema()) {
            let mut file = whole.clone();
            assert!(without(&mut file, row.key.trim_matches(['[', ']'])), "{}: not in the whole file", row.key);
            let read = file.try_into::<OfficeConfig>();
            assert_eq!(read.is_err(), row.presence == "yes", "{}: {:?}", row.key, read.err());
        }
    }
}

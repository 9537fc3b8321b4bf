//! JSON output against the schemas of `docs/schemas`, with the few words of JSON Schema they use.
//!
//! Not a general validator. Invariant: a word of a schema that is not known here is a failure, so
//! nothing in a schema goes unchecked.

use std::path::Path;

use serde_json::Value;

/// Whether `text` is one document of the schema and holds what `has` says (`/pointer = value`).
pub(crate) fn check(name: &str, text: &str, has: &[String]) -> Vec<String> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(err) => return vec![format!("stdout is no JSON: {err}")],
    };
    let mut failures = Vec::new();
    let root = schema(&format!("urn:counterpart:schema:{name}:1"));
    against(&root, &root, &document, "", &mut failures);
    failures.extend(check_values(text, has));
    failures
}

/// Whether `text` is JSON and holds what `has` says.
pub(crate) fn check_values(text: &str, has: &[String]) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return vec![format!("this is no JSON: {text}")];
    };
    let mut failures = Vec::new();
    for line in has {
        let (pointer, value) = line.split_once(" = ").unwrap();
        let value: Value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        if document.pointer(pointer) != Some(&value) {
            failures.push(format!("{pointer} is {:?}, not {value}", document.pointer(pointer)));
        }
    }
    failures
}

/// The schema of that id, which names the file it is in and the version it is of.
fn schema(id: &str) -> Value {
    let (name, version) = id.strip_prefix("urn:counterpart:schema:").and_then(|rest| rest.split_once(':')).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/schemas/counterpart.{name}.json"));
    let bytes = std::fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let schema: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(schema["$id"], id, "{}", path.display());
    let document = &schema["properties"]["schema"]["const"];
    assert_eq!(document, &format!("counterpart.{name}/{version}"), "{}", path.display());
    schema
}

fn against(root: &Value, rule: &Value, value: &Value, at: &str, failures: &mut Vec<String>) {
    let mut wrong = |what: String| failures.push(format!("{at}: {what}"));
    let object = value.as_object();
    for (word, want) in rule.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "$id" | "title" | "description" | "$defs" => {}
            "const" if value == want => {}
            "enum" if want.as_array().unwrap().contains(value) => {}
            "type" if types(want).iter().any(|name| is(value, name)) => {}
            "const" | "enum" | "type" => wrong(format!("{value} is not {word} {want}")),
            "minimum" => {
                if value.as_f64().is_some_and(|n| n < want.as_f64().unwrap()) {
                    wrong(format!("{value} < {want}"));
                }
            }
            "minItems" | "maxItems" => {
                let count = value.as_array().map_or(0, Vec::len) as u64;
                let bound = want.as_u64().unwrap();
                if value.is_array() && if word == "minItems" { count < bound } else { count > bound } {
                    wrong(format!("{count} items, {word} {bound}"));
                }
            }
            "required" => {
                for key in want.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if object.is_some_and(|object| !object.contains_key(key)) {
                        wrong(format!("{key} is missing"));
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(want, &Value::Bool(false));
                let known = rule["properties"].as_object().unwrap();
                for key in object.iter().flat_map(|object| object.keys()).filter(|key| !known.contains_key(*key)) {
                    wrong(format!("{key} is not in the schema"));
                }
            }
            "properties" => {}
            "items" => {}
            "$ref" => {}
            "anyOf" => {
                let fits = |rule: &Value| {
                    let mut found = Vec::new();
                    against(root, rule, value, at, &mut found);
                    found.is_empty()
                };
                if !want.as_array().unwrap().iter().any(fits) {
                    wrong(format!("{value} fits none of anyOf"));
                }
            }
            other => panic!("a word this checker does not know: {other}"),
        }
    }
    within(root, rule, value, at, failures);
}

fn within(root: &Value, rule: &Value, value: &Value, at: &str, failures: &mut Vec<String>) {
    if let Some(target) = rule.get("$ref").and_then(Value::as_str) {
        match target.split_once('#') {
            Some(("", pointer)) => against(root, root.pointer(pointer).unwrap(), value, at, failures),
            Some((id, pointer)) => {
                let other = schema(id);
                against(&other, other.pointer(pointer).unwrap(), value, at, failures);
            }
            None => panic!("a reference needs a #"),
        }
    }
    for (key, rule) in rule.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.get(key) {
            against(root, rule, value, &format!("{at}/{key}"), failures);
        }
    }
    if let (Some(rule), Some(items)) = (rule.get("items"), value.as_array()) {
        for (number, item) in items.iter().enumerate() {
            against(root, rule, item, &format!("{at}/{number}"), failures);
        }
    }
}

fn types(want: &Value) -> Vec<&str> {
    match want {
        Value::String(name) => vec![name],
        names => names.as_array().unwrap().iter().filter_map(Value::as_str).collect(),
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

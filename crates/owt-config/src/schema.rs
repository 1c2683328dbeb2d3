//! The JSON schema of the configuration file, for editors: made of the declarations, so that it says what is checked.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::declaration::Declaration;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::declaration::declarations;

/// The part of a key that the person chooses.
const CHOSEN: &str = "<name>";

/// The schema, in the words of draft 2020-12.
pub fn json_schema() -> Value {
    let mut root = table();
    for declaration in declarations() {
        for key in declaration.keys() {
            insert(&mut root, key, &property(declaration));
        }
    }
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "Configuration of owt".into();
    root
}

fn table() -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": {}})
}

/// Puts a property where its key says; the tables on the way come into being.
fn insert(root: &mut Value, key: &str, property: &Value) {
    let (tables, last) = key.rsplit_once('.').map_or((None, key), |(tables, last)| (Some(tables), last));
    let mut inner = root;
    for name in tables.into_iter().flat_map(|tables| tables.split('.')) {
        inner = if name == CHOSEN { any_name(inner) } else { named(inner, name) };
    }
    match last {
        CHOSEN => inner["additionalProperties"] = property.clone(),
        last => inner["properties"][last] = property.clone(),
    }
}

fn named<'a>(outer: &'a mut Value, name: &str) -> &'a mut Value {
    let known = &mut outer["properties"][name];
    if known.is_null() {
        *known = table();
    }
    known
}

fn any_name(outer: &mut Value) -> &mut Value {
    let any = &mut outer["additionalProperties"];
    if !any.is_object() {
        *any = table();
    }
    any
}

fn property(declaration: &Declaration) -> Value {
    let mut property = Map::new();
    let text = json!({"type": "string"});
    let shape = match declaration.shape {
        Shape::Text => text,
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::TextList => json!({"type": "array", "items": text}),
        Shape::Commands => {
            json!({"type": "array", "items": {"type": "array", "items": text, "minItems": 1}})
        }
    };
    property.extend(shape.as_object().cloned().unwrap_or_default());
    let scope = match declaration.scope {
        Scope::UserAndRepository => String::new(),
        Scope::UserOnly(reason) => format!(" Only in your own file: {reason}."),
    };
    property.insert("description".to_owned(), format!("{}{scope}", declaration.doc()).into());
    if !declaration.words.is_empty() {
        property.insert("enum".to_owned(), declaration.words.into());
    } else if declaration.shape == Shape::Text {
        property.insert("examples".to_owned(), declaration.examples.into());
    }
    if let Some(default) = declaration.default {
        property.insert("default".to_owned(), default.into());
    }
    Value::Object(property)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a dotted key leads to a property.
    fn leads(schema: &Value, key: &str) -> bool {
        let step = |at: &Value, name: &str| match at["properties"][name].clone() {
            Value::Null => at["additionalProperties"].clone(),
            known => known,
        };
        key.split('.').fold(schema.clone(), |at, name| step(&at, name)).get("description").is_some()
    }

    #[test]
    fn it_has_each_setting_and_nothing_else() {
        let schema = json_schema();
        for declaration in declarations() {
            for key in declaration.keys() {
                assert!(leads(&schema, &key.replace(CHOSEN, "mine")), "{key}");
            }
        }
        assert!(!leads(&schema, "worktree.nonsense") && !leads(&schema, "nonsense"));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["permissions"]["enum"], json!(["ask", "edits", "bypass"]));
    }
}

//! The smallest value that a JSON schema accepts, for what a scenario leaves unsaid.
//!
//! It knows the part of JSON schema that agents use for tools and titles, and must not know what for.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// A minimal instance: required members only, the first choice of an enumeration, empty lists.
pub(super) fn instance(schema: &Value) -> Value {
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(first) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
        return instance(first);
    }
    match kind(schema) {
        "object" => object(schema),
        "array" => json!([]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(0)),
        "boolean" => json!(false),
        "null" => Value::Null,
        _ => json!("Scripted"),
    }
}

/// The type that a schema names first; `object` where it has members, else `string`.
pub(super) fn kind(schema: &Value) -> &str {
    let named = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    named.unwrap_or(if schema["properties"].is_object() { "object" } else { "string" })
}

/// The names of the members that an object schema requires.
pub(super) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn object(schema: &Value) -> Value {
    let members: Map<String, Value> =
        required(schema).map(|name| (name.to_owned(), instance(&schema["properties"][name]))).collect();
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimal_instance_has_what_is_required_and_no_more() {
        let schema = json!({
            "type": "object",
            "properties": {
                "title": {"type": "string"}, "kind": {"enum": ["bug", "idea"]}, "n": {"type": ["integer", "null"]},
                "tags": {"type": "array"}, "deep": {"properties": {"x": {"const": 3}}, "required": ["x"]}, "spare": {}
            },
            "required": ["title", "kind", "n", "tags", "deep"]
        });
        assert_eq!(
            instance(&schema),
            json!({"title": "Scripted", "kind": "bug", "n": 0, "tags": [], "deep": {"x": 3}})
        );
    }
}

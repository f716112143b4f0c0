//! Where things stand in a JSON document.

use serde_json::Value;

/// The JSON pointers of all values of a document, inner ones first; of each array only its first items.
#[must_use]
pub fn places(document: &Value, most_items: usize) -> Vec<String> {
    let mut out = Vec::new();
    collect(document, String::new(), most_items, &mut out);
    out
}

fn collect(value: &Value, place: String, most_items: usize, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let step = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{place}/{step}"), most_items, places);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate().take(most_items) {
                collect(value, format!("{place}/{at}"), most_items, places);
            }
        }
        _ => {}
    }
    places.push(place);
}

//! What an input says of itself alone, left out before it is joined with others.

use crate::tree::{Members, Value};

/// The property with which conversions carry what another standard said.
const RESIDUE: &str = "plimsoll:residue:v1";

/// Citations by pointer: the places are others in the result.
pub(super) fn drop_pointers(bom: &mut Members) -> usize {
    let Some(Value::Array(items)) = bom.get_mut("citations") else { return 0 };
    let before = items.len();
    items.retain(|item| item.get("pointers").is_none());
    let dropped = before.saturating_sub(items.len());
    if items.is_empty() {
        bom.remove("citations");
    }
    dropped
}

/// What a conversion carried is about one document as a whole.
pub(super) fn drop_residue(metadata: &mut Members) -> usize {
    let Some(Value::Array(items)) = metadata.get_mut("properties") else { return 0 };
    let before = items.len();
    items.retain(|item| item.text_of("name") != Some(RESIDUE));
    before.saturating_sub(items.len())
}

/// Tools as a list of names become components.
pub(super) fn modern_tools(metadata: &mut Members) {
    let Some(Value::Array(_)) = metadata.get("tools") else { return };
    let Some(Value::Array(items)) = metadata.remove("tools") else { return };
    let components = items.into_iter().map(|tool| {
        let mut component = Members::new();
        component.set_text("type", "application");
        if let Some(vendor) = tool.text_of("vendor").filter(|vendor| !vendor.is_empty()) {
            let mut supplier = Members::new();
            supplier.set_text("name", vendor);
            component.set("supplier", Value::Object(supplier));
        }
        component.set_text("name", tool.text_of("name").unwrap_or_default());
        for member in ["version", "hashes", "externalReferences"] {
            if let Some(value) = tool.get(member) {
                component.set(member, value.clone());
            }
        }
        Value::Object(component)
    });
    let mut tools = Members::new();
    tools.set_items("components", components.collect());
    metadata.set("tools", Value::Object(tools));
}

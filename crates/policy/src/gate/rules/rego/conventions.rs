//! Which rules of a Rego file mean what: conftest's and policy-controller's conventions.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;
use regorus::Engine;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value;

use super::builtins;
use super::declared::Declared;
use crate::gate::{GateCheck, GateCode};

/// How deep brackets may nest: the time to read them doubles with each.
const NESTED: usize = 12;
/// How long one evaluation may take.
const TIME: Duration = Duration::from_secs(10);
/// Steps between two looks at the clock.
const STEPS: u32 = 1000;
/// Characters of a message that are told.
const SHOWN: usize = 1000;
/// Messages of one rule that are told.
const MESSAGES: usize = 200;

/// Bytes of a file: what nests is read by recursion, on a stack of [`super::STACK`].
pub(super) const FILE: usize = 256 << 10;

/// Files that were read, and their rules.
pub(super) struct Program {
    engine: Engine,
    /// Package and rule: `data.main` and `deny_root`.
    rules: BTreeSet<(String, String)>,
}

impl Program {
    /// Reads files: as Rego v1, else as v0. With a time, they can be evaluated.
    pub(super) fn new(
        files: &[(String, String)],
        data: &[(String, String)],
        at: Option<Timestamp>,
    ) -> Result<Self, String> {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: TIME,
            check_interval: NonZeroU32::new(STEPS).unwrap_or(NonZeroU32::MIN),
        });
        if let Some(at) = at {
            builtins::add(&mut engine, at)?;
        }
        let (mut rules, mut declared) = (BTreeSet::new(), Declared::default());
        for (name, text) in files {
            if text.len() > FILE {
                return Err(format!("{name}: it is larger than {} KiB", FILE >> 10));
            }
            if nesting(text) > NESTED {
                return Err(format!("{name}: brackets nest deeper than {NESTED}"));
            }
            engine.set_rego_v0(false);
            let package = match engine.add_policy(name.clone(), text.clone()) {
                Ok(package) => package,
                Err(v1) => {
                    engine.set_rego_v0(true);
                    let older = engine.add_policy(name.clone(), text.clone());
                    older.map_err(|_| format!("{name}: it is no Rego: {}", short(&v1.to_string())))?
                }
            };
            let Some(module) = engine.get_modules().last() else { continue };
            let names = declared.add(module).into_iter().filter(|name| is_asked(name));
            rules.extend(names.map(|rule| (package.clone(), rule)));
        }
        declared.refuse_recursion()?;
        for (name, text) in data {
            let added = engine.add_data_json(text);
            added.map_err(|error| format!("{name}: {}", short(&error.to_string())))?;
        }
        Ok(Self { engine, rules })
    }

    /// Whether a package asks as policy-controller does.
    pub(super) fn asks_compliance(&self) -> bool {
        self.rules.contains(&("data.sigstore".to_owned(), "isCompliant".to_owned()))
    }

    /// Whether there is a rule that could refuse something.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.iter().any(|(_, rule)| rule != "exception")
    }

    /// What the rules of conftest say of an input.
    pub(super) fn judge(&mut self, input: &Value) -> Result<Vec<GateCheck>, String> {
        self.show(input)?;
        let mut checks = Vec::new();
        for (package, rule) in self.rules.clone() {
            let fails = match rule.split('_').next().unwrap_or_default() {
                "deny" | "violation" => true,
                "warn" => false,
                _ => continue,
            };
            let excepted = self.excepted(&package)?;
            let name = rule.split_once('_').map_or("", |(_, name)| name);
            let place = format!("{package}.{rule}");
            let messages = messages(&self.value(&place)?).map_err(|reason| format!("{place}: {reason}"))?;
            if messages.is_empty() {
                checks.push(GateCheck::passed("rego", "it refuses nothing").at(place));
                continue;
            }
            if excepted.contains(name) {
                checks.push(GateCheck::passed("rego", "the policy itself excepts it").at(place));
                continue;
            }
            let more = messages.len().saturating_sub(MESSAGES);
            let rest = (more > 0).then(|| format!("and {more} more"));
            for message in messages.into_iter().take(MESSAGES).chain(rest) {
                let message = short(&message);
                let check = if fails { GateCheck::failed } else { GateCheck::warned };
                checks.push(check("rego", GateCode::Rego, message).at(&place));
            }
        }
        Ok(checks)
    }

    /// Whether one of the statements complies, where a package of policy-controller asks.
    pub(super) fn compliant(&mut self, statements: &[Value], types: &[String]) -> Result<Vec<GateCheck>, String> {
        let asks: Vec<String> =
            self.rules.iter().filter(|(_, rule)| rule == "isCompliant").map(|(package, _)| package.clone()).collect();
        let mut checks = Vec::new();
        for package in asks {
            let place = format!("{package}.isCompliant");
            let (mut holds, mut said, mut warning) = (false, String::new(), String::new());
            for statement in statements.iter().filter(|statement| is_of(statement, types)) {
                self.show(statement)?;
                let answer = self.value(&place)?;
                let one = std::slice::from_ref(&answer);
                for answer in answer.as_array().map_or(one, Vec::as_slice) {
                    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                    if *answer == Value::Bool(true) || answer.get("result") == Some(&Value::Bool(true)) {
                        (holds, warning) = (true, text("warning"));
                        break;
                    }
                    said = text("error");
                }
                if holds {
                    break;
                }
            }
            if holds && !warning.is_empty() {
                checks.push(GateCheck::warned("rego", GateCode::Rego, short(&warning)).at(place));
                continue;
            }
            checks.push(match (holds, said.is_empty()) {
                (true, _) => GateCheck::passed("rego", "a signed statement complies").at(place),
                (false, true) => GateCheck::failed("rego", GateCode::Rego, "no signed statement complies").at(place),
                (false, false) => {
                    let message = format!("no signed statement complies: {}", short(&said));
                    GateCheck::failed("rego", GateCode::Rego, message).at(place)
                }
            });
        }
        Ok(checks)
    }

    fn show(&mut self, input: &Value) -> Result<(), String> {
        let input: regorus::Value = serde_json::from_value(input.clone()).map_err(|error| short(&error.to_string()))?;
        self.engine.set_input(input);
        Ok(())
    }

    /// What a rule says; nothing when it is undefined.
    fn value(&mut self, path: &str) -> Result<Value, String> {
        let failed = |error: String| format!("{path}: {}", short(&error));
        let value = self.engine.eval_rule(path.to_owned()).map_err(|error| failed(error.to_string()))?;
        if value == regorus::Value::Undefined {
            return Ok(Value::Null);
        }
        let text = value.to_json_str().map_err(|error| failed(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// The names of rules that a package excepts: `foo` for `deny_foo`, nothing for `deny`.
    fn excepted(&mut self, package: &str) -> Result<BTreeSet<String>, String> {
        if !self.rules.contains(&(package.to_owned(), "exception".to_owned())) {
            return Ok(BTreeSet::new());
        }
        let all = self.value(&format!("{package}.exception"))?;
        let names = all.as_array().into_iter().flatten().filter_map(Value::as_array).flatten();
        Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

/// How deep braces and brackets nest, outside of texts and comments.
fn nesting(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                most = most.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'#' => {
                rest.find(|byte| *byte == b'\n');
            }
            b'`' => {
                rest.find(|byte| *byte == b'`');
            }
            b'"' => while rest.next().is_some_and(|byte| byte != b'"' && (byte != b'\\' || rest.next().is_some())) {},
            _ => {}
        }
    }
    most
}

/// Whether a rule of this name says something here.
fn is_asked(name: &str) -> bool {
    let (first, rest) = name.split_once('_').map_or((name, None), |(first, rest)| (first, Some(rest)));
    match first {
        "deny" | "violation" | "warn" => rest.is_none_or(|rest| !rest.is_empty()),
        "exception" | "isCompliant" => rest.is_none(),
        _ => false,
    }
}

fn is_of(statement: &Value, types: &[String]) -> bool {
    let kind = statement.get("predicateType").and_then(Value::as_str).unwrap_or_default();
    let accepts = |name: &String| plimsoll_attest::PredicateType::parse(name).is_some_and(|known| known.accepts(kind));
    types.is_empty() || types.iter().any(accepts)
}

/// The messages of a rule: a set of texts or of objects with `msg`, one of them, or true.
fn messages(value: &Value) -> Result<Vec<String>, &'static str> {
    const OTHER: &str = "it has to be a set of texts, or of objects with msg";
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => object.get("msg").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    match value {
        Value::Null | Value::Bool(false) => Ok(Vec::new()),
        Value::Bool(true) => Ok(vec!["it is refused".to_owned()]),
        Value::Array(all) => all.iter().map(one).collect::<Option<_>>().ok_or(OTHER),
        Value::Object(object) if object.is_empty() => Ok(Vec::new()),
        other => one(other).map(|message| vec![message]).ok_or(OTHER),
    }
}

/// A text that is not long.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

//! What files of Rego declare, and whether a rule or function leads to itself.
//!
//! Rego forbids recursion, and whoever evaluates it relies on that: a function that calls itself takes the stack of the whole program. So
//! it is looked for before anything is evaluated, by names: what is not known for certain, as in `data.policies[_].deny`, counts as
//! everything that it may be.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{AssignOp, Expr, Literal, Module, Query, Rule, RuleAssign, RuleHead};

/// A part of a path: a name, or anything.
type Part = Option<String>;

/// A rule: its package, and the first name of its head.
type Node = (Vec<String>, String);

/// Rules of files.
#[derive(Debug, Default)]
pub(super) struct Declared {
    rules: BTreeMap<Node, BTreeSet<Node>>,
    /// What each rule names, until all files are read.
    names: BTreeMap<Node, BTreeSet<Vec<Part>>>,
}

impl Declared {
    /// Takes in a file, and gives the names of its rules.
    pub(super) fn add(&mut self, module: &Module) -> BTreeSet<String> {
        let package = literal(&path(&module.package.refr));
        let mut imports = BTreeMap::new();
        for import in &module.imports {
            let path = path(&import.refr);
            let last = path.last().cloned().flatten().unwrap_or_default();
            let name = import.r#as.as_ref().map_or(last, |name| name.text().to_owned());
            imports.insert(name, path);
        }
        let mut names = BTreeSet::new();
        for rule in &module.policy {
            let mut found =
                Names { package: &package, imports: &imports, local: BTreeSet::new(), all: BTreeSet::new() };
            let head = found.rule(rule);
            let Some(Some(name)) = path(head).into_iter().next() else { continue };
            names.insert(name.clone());
            self.names.entry((package.clone(), name)).or_default().extend(found.all);
        }
        names
    }

    /// When all files are there: whether a rule leads to itself. The reason is a fragment.
    pub(super) fn refuse_recursion(mut self) -> Result<(), String> {
        for (node, names) in &self.names {
            let to = names.iter().flat_map(|path| self.names.keys().filter(|other| may_be(path, other)));
            self.rules.insert(node.clone(), to.cloned().collect());
        }
        // Those from which nothing leads on are taken away until none is left: what remains leads to itself.
        let mut from: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
        let mut left: BTreeMap<&Node, usize> = BTreeMap::new();
        for (node, to) in &self.rules {
            left.insert(node, to.len());
            for one in to {
                from.entry(one).or_default().push(node);
            }
        }
        let mut ends: Vec<&Node> = left.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
        while let Some(end) = ends.pop() {
            left.remove(end);
            for node in from.get(end).into_iter().flatten() {
                let Some(count) = left.get_mut(*node) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ends.push(node);
                }
            }
        }
        // Of those that are left, some only lead to a circle: one that is in it is told.
        let mut seen = BTreeSet::new();
        let mut at = left.keys().next().copied();
        while let Some(node) = at {
            if !seen.insert(node) {
                return Err(format!("{}.{} leads to itself, which Rego forbids", node.0.join("."), node.1));
            }
            at = self.rules.get(node).into_iter().flatten().find(|to| left.contains_key(to));
        }
        Ok(())
    }
}

/// Whether a path below `data` may be this rule, or lead to it.
fn may_be(path: &[Part], (package, name): &Node) -> bool {
    let whole = package.iter().chain([name]);
    path.iter().zip(whole).all(|(part, known)| part.as_ref().is_none_or(|part| part == known))
}

fn literal(path: &[Part]) -> Vec<String> {
    path.iter().flatten().cloned().collect()
}

/// A reference as its parts.
fn path(mut reference: &Expr) -> Vec<Part> {
    let mut parts = Vec::new();
    loop {
        match reference {
            Expr::RefDot { refr, field, .. } => {
                parts.push(field.1.as_string().ok().map(|name| name.as_ref().to_owned()));
                reference = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                parts.push(match &**index {
                    Expr::String { value, .. } | Expr::RawString { value, .. } => {
                        value.as_string().ok().map(|name| name.as_ref().to_owned())
                    }
                    _ => None,
                });
                reference = refr;
            }
            Expr::Var { span, .. } => {
                parts.push(Some(span.text().to_owned()));
                break;
            }
            _ => {
                parts.push(None);
                break;
            }
        }
    }
    parts.reverse();
    parts
}

/// What one rule names.
struct Names<'m> {
    package: &'m [String],
    imports: &'m BTreeMap<String, Vec<Part>>,
    local: BTreeSet<String>,
    /// Paths below `data`.
    all: BTreeSet<Vec<Part>>,
}

impl Names<'_> {
    /// Gives the head.
    fn rule<'r>(&mut self, rule: &'r Rule) -> &'r Expr {
        match rule {
            Rule::Default { refr, value, .. } => {
                self.expression(value);
                refr
            }
            Rule::Spec { head, bodies, .. } => {
                let (refr, assign) = match head {
                    RuleHead::Compr { refr, assign, .. } => (refr, assign.as_ref()),
                    RuleHead::Set { refr, key, .. } => {
                        key.iter().for_each(|key| self.expression(key));
                        (refr, None)
                    }
                    RuleHead::Func { refr, args, assign, .. } => {
                        args.iter().for_each(|arg| self.declare(arg));
                        (refr, assign.as_ref())
                    }
                };
                for body in bodies {
                    self.query(&body.query);
                }
                for assign in assign.into_iter().chain(bodies.iter().filter_map(|body| body.assign.as_ref())) {
                    let RuleAssign { value, .. } = assign;
                    self.expression(value);
                }
                self.indexes(refr);
                refr
            }
        }
    }

    fn query(&mut self, query: &Query) {
        // What is declared anywhere in it is local before it too, as in Rego itself.
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { vars, .. } => self.local.extend(vars.iter().map(|name| name.text().to_owned())),
                Literal::SomeIn { key, value, .. } => key.iter().chain([value]).for_each(|one| self.declare(one)),
                Literal::Every { key, value, .. } => {
                    self.local.extend(key.iter().chain([value]).map(|name| name.text().to_owned()));
                }
                Literal::Expr { expr, .. } => {
                    if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = &**expr {
                        self.declare(lhs);
                    }
                }
                Literal::NotExpr { .. } => {}
            }
        }
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { collection, .. } => self.expression(collection),
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expression(expr),
                Literal::Every { domain, query, .. } => {
                    self.expression(domain);
                    self.query(query);
                }
            }
            for with in &statement.with_mods {
                self.expression(&with.refr);
                self.expression(&with.r#as);
            }
        }
    }

    /// Names that a pattern gives values to.
    fn declare(&mut self, pattern: &Expr) {
        match pattern {
            Expr::Var { span, .. } => {
                self.local.insert(span.text().to_owned());
            }
            Expr::Array { items, .. } => items.iter().for_each(|item| self.declare(item)),
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| self.declare(value)),
            _ => {}
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expression, false),
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| self.expression(item)),
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expression(key);
                    self.expression(value);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.query(query);
                self.expression(term);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.query(query);
                self.expression(key);
                self.expression(value);
            }
            Expr::Call { fcn, params, .. } => {
                self.reference(fcn, true);
                params.iter().for_each(|param| self.expression(param));
            }
            Expr::UnaryExpr { expr, .. } => self.expression(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expression(lhs);
                self.expression(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                for one in key.iter().chain([value, collection]) {
                    self.expression(one);
                }
            }
        }
    }

    /// A name that is called is never a local one.
    fn reference(&mut self, reference: &Expr, is_called: bool) {
        let mut path = path(reference);
        match path.first().cloned().flatten() {
            Some(root) if root == "data" => {
                path.remove(0);
                self.all.insert(path);
            }
            Some(root) if root == "input" || (!is_called && self.local.contains(&root)) => {}
            Some(root) => match self.imports.get(&root) {
                Some(import) if import.first() == Some(&Some("data".to_owned())) => {
                    let below = import.iter().skip(1).chain(path.iter().skip(1)).cloned();
                    self.all.insert(below.collect());
                }
                Some(_) => {}
                None => {
                    self.all.insert(self.package.iter().cloned().chain([root]).map(Some).collect());
                }
            },
            None => {}
        }
        self.indexes(reference);
    }

    /// What stands in brackets in a reference, and what it starts at, if that is no name.
    fn indexes(&mut self, mut reference: &Expr) {
        loop {
            match reference {
                Expr::RefDot { refr, .. } => reference = refr,
                Expr::RefBrack { refr, index, .. } => {
                    self.expression(index);
                    reference = refr;
                }
                Expr::Var { .. } => return,
                other => return self.expression(other),
            }
        }
    }
}

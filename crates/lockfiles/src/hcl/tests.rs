use super::*;

#[test]
fn blocks_attributes_and_literals() {
    let text = "terraform {\n  required_version = \">= 1.5\" # c\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }\n    old = \"1.0\"\n  }\n}\n\
                module \"a\" {\n  source = \"./x${var.y[\"k\"]}\"\n  count = length(var.z) > 1 ? 2 : 3\n  list = [\n    \"a\",\n    b.c,\n  ]\n  text = <<-EOT\n    }\n  EOT\n  last = \"yes\"\n}\n";
    let parsed = parse(text);
    assert_eq!(parsed.fault, None);
    let [terraform, module] = parsed.root.blocks.as_slice() else { panic!("{:?}", parsed.root) };
    assert_eq!(terraform.get_str("required_version"), Some(">= 1.5"));
    let providers = &terraform.blocks[0];
    assert_eq!(providers.get("aws").unwrap().get("version").unwrap(), &Value::Text("~> 5.0", 4));
    assert_eq!(providers.get_str("old"), Some("1.0"));
    assert_eq!((module.kind, module.labels.as_slice(), module.line), ("module", &["a"][..], 8));
    assert_eq!(module.get("source"), Some(&Value::Expression));
    assert_eq!(module.get("count"), Some(&Value::Expression));
    assert_eq!(module.get("list").unwrap().items(), [Value::Text("a", 12), Value::Expression]);
    assert_eq!(module.get_str("last"), Some("yes"));
}

#[test]
fn what_is_broken_ends() {
    for text in ["a {", "a = [", "a = {", "a = \"x", "a = <<E\nx", "}", "a \"b\" = 1", "a = f(", "= = =", "a {\n]\n}"] {
        assert!(parse(text).fault.is_some(), "{text}");
    }
    assert_eq!(parse("a {\nb = \"1\"").root.blocks[0].get_str("b"), Some("1"));
    for part in ["a {", "a = [", "[", "a = {b = ", "\"${", "a = f("] {
        parse(&part.repeat(20_000));
    }
}

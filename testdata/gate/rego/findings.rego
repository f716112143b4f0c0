package acme.vulnerabilities

violation[{"msg": msg}] {
	finding := input.findings[_]
	finding.state == "open"
	finding.severity == "critical"
	msg := sprintf("%s in %s", [finding.advisory, finding.component])
}

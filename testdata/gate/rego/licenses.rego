package main

deny contains msg if {
	some component in input.components
	some license in component.licenses
	not license in data.allowed
	msg := sprintf("%s is under %s", [component.name, license])
}

warn contains msg if {
	some component in input.components
	count(component.licenses) == 0
	msg := sprintf("nobody says the licence of %s", [component.name])
}

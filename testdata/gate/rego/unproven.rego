package main

deny contains msg if {
	some component in input.unproven.components
	component.name == "left-pad"
	msg := "somebody says that left-pad is in it"
}

deny contains "it is not signed" if count(input.signatures) == 0

package sigstore

default isCompliant = false

isCompliant {
	input.predicate.result == "PASSED"
}

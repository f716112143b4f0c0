name(cut). version('1.0'). requires(

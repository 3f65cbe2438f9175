/// "1 process", "2 processes": a number with its noun, for sentences.
func counted(_ number: some BinaryInteger, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
}

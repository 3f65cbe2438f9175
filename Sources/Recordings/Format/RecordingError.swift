/// Why a recording cannot be written or read.
package struct RecordingError: Error, Sendable, CustomStringConvertible {
    /// The file, or the folder.
    package let path: String
    /// The line, from 1; 0 where it is the whole file.
    package let line: Int
    /// What is wrong, and what to do.
    package let message: String

    init(_ path: String, line: Int = 0, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    /// Path, line and message.
    package var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}

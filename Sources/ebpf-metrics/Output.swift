import EBPFMetrics
import Glibc

let versionText = BuildInfo.version

/// Standard output and error, written whole.
enum Output {
    /// Writes all bytes; a reader that went away ends the program without a word, as with every tool in a pipe.
    static func write(_ bytes: [UInt8], to fd: Int32 = STDOUT_FILENO) {
        var offset = 0
        bytes.withUnsafeBytes { buffer in
            while offset < buffer.count {
                let count = Glibc.write(fd, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0 {
                    if errno == EINTR { continue }
                    // As if SIGPIPE had ended it: never a status that says all is well.
                    if errno == EPIPE { exit(141) }
                    perror("ebpf-metrics: output cannot be written")
                    exit(74)
                }
                offset += count
            }
        }
    }

    /// Says on standard error what may not be meant.
    static func warn(_ text: String) {
        write(Array("ebpf-metrics: warning: \(text)\n".utf8), to: STDERR_FILENO)
    }

    /// Whether to use colours: on a terminal, unless `NO_COLOR` is set to anything.
    static var isColoured: Bool {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        guard let value = getenv("NO_COLOR") else { return true }
        // SAFETY: getenv answers a NUL-terminated string.
        return value[0] == 0
    }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

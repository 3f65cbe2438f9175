import LinuxSystem

/// The few lines of `/proc/PID/status` that are used here.
struct ProcessStatus: Sendable {
    /// `Seccomp`: the mode.
    var seccomp: Int?
    /// `NSpid`: the process's ids, from the PID namespace of the procfs down to its own.
    var namespacePIDs: [Int32] = []

    /// Understands a status text.
    init(_ text: Span<UInt8>) {
        var lines = LineCursor()
        while let line = lines.nextPair(in: text) {
            if text.matches(line.key, "Seccomp") {
                seccomp = text.decimal(line.value).map(Int.init(clamping:))
            } else if text.matches(line.key, "NSpid") {
                namespacePIDs = text.text(line.value).split { $0 == "\t" || $0 == " " }.compactMap { Int32($0) }
            }
        }
    }

    static func read(_ path: String, through files: any FileCalls) -> Observed<ProcessStatus> {
        do throws(Errno) {
            let bytes = try FileContents.read(path, through: files)
            return Observed(ProcessStatus(bytes.span), by: path)
        } catch {
            return .unknown(by: "\(path): \(error)")
        }
    }
}

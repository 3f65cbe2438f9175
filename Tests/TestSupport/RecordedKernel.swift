import Foundation

/// A kernel of which recordings are among the fixtures: each by root, and beside it what the collector printed there
/// with fewer rights.
public struct RecordedKernel: Sendable, CustomStringConvertible {
    /// The name of its folder.
    public let name: String

    /// One by its name.
    public init(_ name: String) {
        self.name = name
    }

    /// All there are.
    public static let all: [RecordedKernel] =
        ((try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("kernels"))) ?? []).sorted()
        .map(RecordedKernel.init)

    /// The rows whose recordings are kept.
    public static let recorders = (PrivilegeRow.all + PrivilegeRow.forRecordings).filter {
        $0.isComplete && $0.assumed == nil
    }
    /// The rows whose output is kept: all that a recording can be replayed as.
    public static let rows = (PrivilegeRow.all + PrivilegeRow.forRecordings).filter {
        ($0.isComplete || $0.assumed != nil) && $0.recordedBy != nil
    }
    /// Programs whose output is kept, with their arguments.
    public static let commands = [
        GuestRows.Command("collect", ["/bin/ebpf-metrics", "collect", "--format", "json", "--holders"]),
        GuestRows.Command("doctor", ["/bin/ebpf-metrics", "doctor", "--format", "json"]),
    ]

    /// Where the recording of a row is.
    public func recording(_ row: PrivilegeRow) -> String { Fixtures.path("kernels/\(name)/\(row.slug)") }
    /// Where the list of what was made is.
    public func manifest(_ row: PrivilegeRow) -> String {
        Fixtures.path("kernels/\(name)/\(row.targetsNobody ? "nobody" : "root").manifest")
    }
    /// Where what is known of the kernel is.
    public var facts: String { Fixtures.path("kernels/\(name)/facts") }
    /// Where the output of a command is.
    public func golden(_ command: String, _ row: PrivilegeRow) -> String {
        Fixtures.path("golden/\(name)/\(row.slug).\(command).json")
    }

    /// The name.
    public var description: String { name }

    /// Output without what differs from run to run, a line for each object.
    public static func timeless(_ output: String) -> String {
        output
            .replacing(/"(collected_at|duration_ms)":[0-9.e+-]+/) { "\"\($0.output.1)\":0" }
            .replacing(/"version":"[^"]*"/) { _ in "\"version\":\"\"" }
            .replacing(/\ in [0-9.]+ ms\n/) { _ in " in 0 ms\n" }
            .replacing(/(_duration_(?:ms|seconds)(?:_bucket|_sum)?(?:{[^}]*})?|_timestamp_seconds) [0-9.e+-]+/) {
                "\($0.output.1) 0"
            }
            .replacing("},{\"", with: "},\n{\"")
    }
}

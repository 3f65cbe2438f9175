import KernelObjects
import KernelSources
import LinuxSystem

/// Takes out of a recording what tells about its owner: command names, paths, container ids. The same name becomes the
/// same stand-in everywhere, so that what belongs together still does. Names of BPF objects stay: they are what a
/// recording is about. A host name is not in it in the first place.
struct Redaction {
    private var commands = StandIns("comm")
    private var names = StandIns("name")
    private var containers = StandIns("")
    private let procfs: String
    private let sysfs: String

    init(_ paths: HostPaths) {
        procfs = paths.procfs
        sysfs = paths.sysfs
    }

    /// The same recording without them.
    static func of(_ recording: Recording) -> Recording {
        var redaction = Redaction(recording.about.paths)
        return redaction.redact(recording)
    }

    private mutating func redact(_ recording: Recording) -> Recording {
        var redacted = recording
        redacted.about.isRedacted = true
        if let bpffs = recording.about.paths.bpffs {
            redacted.about.paths.bpffs = String(decoding: path(Array(bpffs.utf8)), as: UTF8.self)
        }
        redacted.files = [:]
        // In a fixed order, so that the stand-ins are the same whenever it is done.
        for (place, file) in recording.files.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
            let isPins = isInBpffs(place)
            var changed = file
            if isPins, case .success(let entries) = file.entries {
                changed.entries = .success(
                    entries.map { RecordedFile.Entry(name: component($0.name[...]), type: $0.type) })
            }
            if place == RecordedPath("/proc/self/exe"), case .success(let target) = file.target {
                changed.target = .success(path(target))
            }
            if case .success(.bytes(let bytes)) = file.contents {
                changed.contents = .success(.bytes(contents(bytes, of: place)))
            }
            redacted.files[isPins ? RecordedPath(pins(place)) : place] = changed
        }
        return redacted
    }

    // MARK: Paths

    /// Whether a path is that of a bpffs, or below one.
    private func isInBpffs(_ place: RecordedPath) -> Bool {
        guard let components = place.components(below: procfs) else {
            return place.components(below: sysfs + "/kernel") == nil && place.bytes != Array("/proc/self/exe".utf8)
                && place.components(below: "/proc/self") == nil && place.bytes != Array(procfs.utf8)
        }
        return components.count > 1 && components[1].elementsEqual("root".utf8)
    }

    /// A path in a bpffs, behind `/proc/PID/root` where it is one of another mount namespace.
    private mutating func pins(_ place: RecordedPath) -> [UInt8] {
        guard let components = place.components(below: procfs) else { return path(place.bytes) }
        let start = Array(procfs.utf8) + [Self.slash] + components[0] + [Self.slash] + components[1]
        return start + path(Array(place.bytes.dropFirst(start.count)))
    }

    private mutating func path(_ bytes: [UInt8]) -> [UInt8] {
        bytes.split(separator: Self.slash, omittingEmptySubsequences: false).map { component($0) }.joined(
            separator: [Self.slash]
        ).map { $0 }
    }

    /// Names that every host has.
    private static let common: Set<String> = ["", "sys", "fs", "bpf", "proc", "host", "maps.debug", "progs.debug"]
    private static let slash = UInt8(ascii: "/")

    private mutating func component(_ name: ArraySlice<UInt8>) -> [UInt8] {
        if Self.common.contains(where: { name.elementsEqual($0.utf8) }) { return Array(name) }
        return Array(names.standIn(for: Array(name)).utf8)
    }

    // MARK: Contents

    private mutating func contents(_ bytes: [UInt8], of place: RecordedPath) -> [UInt8] {
        switch String(decoding: place.name, as: UTF8.self) {
        case "comm": return command(bytes)
        case "stat": return stat(bytes)
        case "status": return lines(bytes) { redaction, line in redaction.statusLine(line) }
        case "cgroup": return lines(bytes) { redaction, line in redaction.cgroupLine(line) }
        case "mountinfo": return lines(bytes) { redaction, line in redaction.mountLine(line) }
        default:
            let isText = place.parent.name.elementsEqual("fdinfo".utf8)
            return isText ? text(bytes) : bytes
        }
    }

    private mutating func lines(
        _ bytes: [UInt8], _ change: (inout Redaction, ArraySlice<UInt8>) -> [UInt8]?
    ) -> [UInt8] {
        var changed: [UInt8] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if let line = change(&self, line) { changed += line + [UInt8(ascii: "\n")] }
        }
        return changed
    }

    private mutating func command(_ bytes: [UInt8]) -> [UInt8] {
        let name = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        return Array("\(commands.standIn(for: Array(name)))\n".utf8)
    }

    /// `pid (command) state …`
    private mutating func stat(_ bytes: [UInt8]) -> [UInt8] {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return [] }
        let name = commands.standIn(for: Array(bytes[(open + 1)..<close]))
        return bytes[...open] + Array(name.utf8) + bytes[close...]
    }

    private mutating func statusLine(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let key = Array("Name:\t".utf8)
        guard line.starts(with: key) else { return Array(line) }
        return key + Array(commands.standIn(for: Array(line.dropFirst(key.count))).utf8)
    }

    /// `hierarchy:controllers:path`: of the path only the container's id is used.
    private mutating func cgroupLine(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return [] }
        // A hierarchy without controllers may have a name that somebody gave it.
        let isNamed = fields[1].contains(UInt8(ascii: "="))
        let start = Array(fields[0]) + [UInt8(ascii: ":")] + (isNamed ? [] : fields[1]) + [UInt8(ascii: ":")]
        guard let id = ContainerID.find(inCgroup: Array(line).span) else { return start + Array("/".utf8) }
        let number = containers.standIn(for: Array(id.utf8))
        return start + Array("/".utf8) + Array(String(repeating: "0", count: 64 - number.utf8.count).utf8)
            + Array(number.utf8)
    }

    /// Mounts that nobody here asks for are left out; of the others, what they are mounted from is.
    private mutating func mountLine(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        guard let mount = MountInfo.parse(Array(line).span).first, ["bpf", "proc"].contains(mount.type) else {
            return nil
        }
        var fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { Array($0) }
        fields[3] = path(mount.root)
        if mount.mountPoint != Array(procfs.utf8) { fields[4] = path(mount.mountPoint) }
        fields[fields.count - 2] = Array("none".utf8)
        return Array(fields.joined(separator: [UInt8(ascii: " ")]))
    }

    /// Of a link's text, the lines that are numbers: others can hold paths and symbols.
    private func text(_ bytes: [UInt8]) -> [UInt8] {
        switch FDInfo.parse(bytes.span) {
        case .map, .program: return bytes
        case .btf, .other, .malformed: return Array("pos:\t0\nmap_type:\tredacted\n".utf8)
        case .link:
            let kept = ["pos", "flags", "mnt_id", "ino", "link_type", "link_id", "prog_tag", "prog_id", "map_id"]
            let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { !$0.starts(with: "lock:".utf8) }
            let numbers = lines.prefix(9).prefix { line in kept.contains { line.starts(with: Array("\($0):".utf8)) } }
            return numbers.flatMap { $0 + [UInt8(ascii: "\n")] }
        }
    }
}

/// Stand-ins in the order in which names were met.
struct StandIns {
    private let prefix: String
    private var numbers: [[UInt8]: Int] = [:]

    init(_ prefix: String) {
        self.prefix = prefix
    }

    mutating func standIn(for name: [UInt8]) -> String {
        let number = numbers[name] ?? numbers.count + 1
        numbers[name] = number
        return "\(prefix)\(number)"
    }
}

extension Recording {
    /// The recording without command names, paths and container ids.
    package func redacted() -> Recording { Redaction.of(self) }
}

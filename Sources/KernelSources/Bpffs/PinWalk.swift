import KernelObjects
import LinuxSystem
import ObjectInventory

/// Walks one bpffs after another, by directory fds.
///
/// One directory is open at a time, whatever the depth: the way back up is `..`, proved by the inode. Symbolic links
/// are never followed, and no other file system is entered.
struct PinWalk: ~Copyable {
    private let calls: any ObjectCalls
    private let files: any FileCalls
    private var reader: ObjectReader
    private let canOpen: Bool
    private let context: ScanContext
    private var deadline: DeadlineCheck
    private var entries = DirectoryReader()
    private var path: [UInt8] = []
    private var levels: [Level] = []
    private var namesHeld = 0
    /// Directories that may not be listed.
    private(set) var refusedDirectories = 0
    /// Pins that may not be opened.
    private(set) var unopenedPins = 0
    /// Directories that were left out because there were too many to remember.
    private(set) var leftOut = 0
    /// Parts of a mount that were lost while they were walked, or have another mount on top.
    private(set) var lostBranches = 0

    /// A directory on the way down, with the names of those below it that are still to be visited.
    private struct Level {
        let inode: UInt64
        let pathLength: Int
        var pending: [[UInt8]]
    }

    /// The most bytes of names that are kept while walking.
    private static let mostNameBytes = 4 << 20

    /// - Parameter canOpen: whether bpf(2) can be reached; if not, pins are counted and not opened. A seccomp filter may
    ///   kill whoever tries.
    init(calls: any ObjectCalls, files: any FileCalls, canOpen: Bool, context: ScanContext) {
        self.calls = calls
        self.files = files
        self.canOpen = canOpen
        self.context = context
        reader = ObjectReader(calls: calls, files: files, findsFullNames: context.findsFullNames)
        deadline = DeadlineCheck(context.deadline)
    }

    mutating func run(_ mount: BpffsMount, into inventory: inout Inventory, _ report: inout ScanReport) {
        path = mount.path
        levels.removeAll(keepingCapacity: true)
        namesHeld = 0
        do throws(Errno) {
            var directory = OpenDirectory(try BpffsMounts.open(mount, through: files))
            let top = try files.status(of: directory.descriptor.number)
            try list(directory, inode: top.inode, into: &inventory, &report)
            // In place: a copy of a level would copy all of its names.
            while !levels.isEmpty, report.outcome == .finished {
                if isLate(&report) { break }
                path.removeLast(path.count - levels[levels.count - 1].pathLength)
                if let name = levels[levels.count - 1].pending.popLast() {
                    namesHeld -= Self.cost(of: name)
                    path.append(0x2F)
                    path.append(contentsOf: name)
                    if let below = descend(name, from: directory, device: top.device, &report) {
                        let inode = try files.status(of: below.descriptor.number).inode
                        directory = below
                        do throws(Errno) {
                            try list(directory, inode: inode, into: &inventory, &report)
                        } catch {
                            note(error, &report)
                            directory = try up(from: directory)
                        }
                    }
                } else {
                    levels.removeLast()
                    if !levels.isEmpty { directory = try up(from: directory) }
                }
            }
        } catch {
            // A mount that is gone has no pins any more. Otherwise something is mounted over it, or a directory was moved
            // while we were in it: what is below is lost to this walk.
            note(error, &report)
            if BpffsMounts.isThere(mount, through: files) { lostBranches += 1 }
        }
    }

    /// Lists a directory: pins at once, directories for later.
    private mutating func list(
        _ directory: OpenDirectory, inode: UInt64, into inventory: inout Inventory,
        _ report: inout ScanReport
    ) throws(Errno) {
        var level = Level(inode: inode, pathLength: path.count, pending: [])
        entries.rewind()
        while let entry = try entries.next(in: directory.descriptor.number, through: files) {
            if isLate(&report) { break }
            switch entry.type {
            case .directory:
                let name = entry.bytes
                guard namesHeld + Self.cost(of: name) <= Self.mostNameBytes else {
                    report.skipped[.deadline] += 1
                    leftOut += 1
                    continue
                }
                namesHeld += Self.cost(of: name)
                level.pending.append(name)
            case .regular, .unknown:
                addPin(entry, in: directory, to: &inventory, &report)
            case .symbolicLink:
                // What it leads to is met where it is.
                continue
            }
        }
        levels.append(level)
    }

    private mutating func isLate(_ report: inout ScanReport) -> Bool {
        guard deadline.hasPassed() else { return false }
        report.outcome = .cut
        report.skipped[.deadline] += 1
        report.limitations.append(Limitation(.deadline, "the walk of bpffs was cut short by its deadline"))
        return true
    }

    /// A name's bytes, and those of its allocation.
    private static func cost(of name: [UInt8]) -> Int { name.count + 48 }

    private mutating func descend(
        _ name: [UInt8], from directory: OpenDirectory, device: UInt64, _ report: inout ScanReport
    ) -> OpenDirectory? {
        do throws(Errno) {
            let terminated = name.map { CChar(bitPattern: $0) } + [0]
            // SAFETY: NUL-terminated above; an array is passed as a pointer for the time of the call.
            let below = try files.open(
                terminated, at: directory.descriptor.number, .directory, followLinks: false, crossMounts: false)
            guard try files.status(of: below.number).device == device else { throw Errno.crossesDevices }
            return OpenDirectory(below)
        } catch {
            // Something is mounted there. A bpffs is walked as a mount of its own; what it covers nobody sees.
            if error == .crossesDevices {
                lostBranches += 1
                return nil
            }
            // A directory that became a link is no directory any more.
            if error != .notDirectory, error != .symbolicLinkLoop { note(error, &report) }
            return nil
        }
    }

    private func up(from directory: OpenDirectory) throws(Errno) -> OpenDirectory {
        guard let level = levels.last else { throw Errno.notFound }
        let above = try files.open("..", at: directory.descriptor.number, .directory)
        guard try files.status(of: above.number).inode == level.inode else { throw Errno.notFound }
        return OpenDirectory(above)
    }

    // MARK: One pin

    private mutating func addPin(
        _ entry: DirectoryReader.Entry, in directory: OpenDirectory, to inventory: inout Inventory,
        _ report: inout ScanReport
    ) {
        let place = path + [0x2F] + entry.bytes
        do throws(Errno) {
            // Never opened as a file: that would dump a map or run an iterator.
            let pin = try files.open(entry.name, at: directory.descriptor.number, .path)
            guard try files.status(of: pin.number).isRegularFile else { return }
            guard
                let content = try open(
                    pin, at: place, isIterator: isPreloadedIterator(entry), into: &inventory, &report)
            else {
                return
            }
            inventory.add(BPFPin(path: place, content: content))
            report.found.pins += 1
        } catch {
            if error.isVanished {
                report.skipped[.vanished] += 1
            } else if error.isRefusal, !isPreloadedIterator(entry) {
                // Its name can be listed, so it counts; whatever else it is, is not for us to know.
                unopenedPins += 1
                inventory.add(BPFPin(path: place, content: .unopened(nil)))
                report.found.pins += 1
                note(.permission, place, error, &report)
            } else if !error.isRefusal {
                report.errors += 1
                note(nil, place, error, &report)
            }
        }
    }

    /// `maps.debug` and `progs.debug`, which the kernel itself puts into the top of a bpffs: no pins of objects.
    private func isPreloadedIterator(_ entry: DirectoryReader.Entry) -> Bool {
        levels.isEmpty && ["maps.debug", "progs.debug"].contains { entry.bytes == Array($0.utf8) }
    }

    /// Opens what is pinned, adds it to the inventory, and tells what it is; nil for a file that is no pin.
    private mutating func open(
        _ pin: borrowing FileDescriptor, at place: [UInt8], isIterator: Bool, into inventory: inout Inventory,
        _ report: inout ScanReport
    ) throws(Errno) -> BPFPin.Content? {
        guard canOpen else { return isIterator ? nil : try unopened(nil, place, .notImplemented, &report) }
        let object: FileDescriptor
        do throws(Errno) {
            object = try calls.open(pin: pin, readOnly: true)
        } catch .invalidArgument {
            // Only a link will not be opened for reading alone.
            do throws(Errno) {
                object = try calls.open(pin: pin, readOnly: false)
            } catch {
                return try unopened(.link, place, error, &report)
            }
        } catch {
            // The handle leads to a file that is there, so what is not found is an object behind it.
            if error == .notFound, try files.status(of: pin.number).linkCount > 0 { return nil }
            return isIterator ? nil : try unopened(nil, place, error, &report)
        }
        let key: ObjectKey
        switch reader.kind(of: object.number) {
        case .program:
            let program = try reader.program(
                object.number, seeksFullName: { inventory.wantsFullName(ofProgram: $0) })
            inventory.add(program)
            key = ObjectKey(.program, program.id)
        case .map:
            let map = try reader.map(object.number)
            inventory.add(map)
            key = ObjectKey(.map, map.id)
        case .link:
            let link = try reader.link(object.number)
            inventory.add(link)
            key = ObjectKey(.link, link.id)
        case nil:
            throw Errno.notFound
        }
        report.found.count(key.kind)
        return .object(key)
    }

    private mutating func unopened(
        _ kind: ObjectKind?, _ place: [UInt8], _ error: Errno, _ report: inout ScanReport
    ) throws(Errno) -> BPFPin.Content {
        guard error.isRefusal || error == .readOnlyFileSystem || error == .notImplemented else { throw error }
        unopenedPins += 1
        note(.permission, place, error, &report)
        return .unopened(kind)
    }

    // MARK: Bookkeeping

    private mutating func note(_ error: Errno, _ report: inout ScanReport) {
        if error.isVanished {
            report.skipped[.vanished] += 1
            return
        }
        if error.isRefusal { refusedDirectories += 1 } else { report.errors += 1 }
        note(error.isRefusal ? .permission : nil, path, error, &report)
    }

    /// Counts something that was left out, and tells whoever listens.
    private func note(_ reason: SkipReason?, _ place: [UInt8], _ error: Errno, _ report: inout ScanReport) {
        if let reason { report.skipped[reason] += 1 }
        context.observe(
            ScanEvent(source: report.source, place: PrintableText.of(place), reason: reason, detail: "\(error)"))
    }
}

/// The directory that is open at the moment. A class, so that the next one can take its place in a loop.
private final class OpenDirectory {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }
}

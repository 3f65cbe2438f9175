public import KernelObjects
internal import LinuxSystem
public import ObjectInventory

/// Walks the ids of all programs, maps and links: the one source that sees every object of the host.
///
/// Needs CAP_SYS_ADMIN in the initial user namespace, on every kernel to date (CAP_BPF does not do), and libbpf at
/// build time. Each object is opened for as long as it takes to read its record and its fdinfo.
public struct IDEnumerationSource: KernelSource {
    private let calls: any ObjectCalls
    let access: KernelAccess

    /// The source on this host.
    public init(access: KernelAccess) {
        self.init(calls: access.host.objects(for: .libbpf), access: access)
    }

    package init(calls: any ObjectCalls, access: KernelAccess) {
        self.calls = calls
        self.access = access
    }

    /// Which source this is.
    public var kind: SourceKind { .libbpf }

    /// Adds everything the source sees to the inventory.
    public func scan(into inventory: inout Inventory, _ context: ScanContext) -> ScanReport {
        ScanReport.timed(kind) { report in
            // What is known is not copied along: with two owners, its arrays would be copied at the first change.
            var known = KnownFacts.none
            swap(&known, &inventory.known)
            let (before, emptied) = (inventory, known.emptied)
            swap(&known, &inventory.known)
            guard walk(into: &inventory, context, &report) == .idsUsedAgain else { return }
            // What was recalled so far in this walk may be of objects that are gone.
            inventory = before
            inventory.known = emptied
            report = ScanReport(kind)
            _ = walk(into: &inventory, context, &report)
        }
    }

    private enum Ending { case done, idsUsedAgain }

    private func walk(
        into inventory: inout Inventory, _ context: ScanContext, _ report: inout ScanReport
    ) -> Ending {
        // Where a filter kills whoever calls bpf(2), not even a user who names this source gets the call.
        guard access.bpf.value == .reachable else {
            report.fail("bpf(2) cannot be reached: \(access.bpf.evidence)")
            return .done
        }
        do throws(IDWalkFailure) {
            var walk = IDWalk(
                calls: calls,
                reader: ObjectReader(
                    calls: calls, files: access.host.files, findsFullNames: context.findsFullNames),
                context: context)
            // Programs first: then it is known which maps a filter wants.
            let kinds: [ObjectKind] = [.program, .map, .link]
            let newest = try kinds.map { kind throws(IDWalkFailure) in try walk.newestID(of: kind) }
            for (kind, newest) in zip(kinds, newest) {
                guard try walk.run(kind, upTo: newest, into: &inventory, &report) else { return .done }
            }
            report.covered.insert(Coverage(.memory))
        } catch {
            switch error {
            case .kernel(let error) where error.isRefusal:
                report.outcome = .refused(error)
                report.limitations.append(
                    Limitation(.missingCapability, "walking ids was refused with \(error) in the middle of the scan"))
            case .kernel(let error):
                report.fail("walking ids ended with \(error)")
            case .noProgress(let kind, let id):
                report.fail("the id walk of \(kind.name)s made no progress behind id \(id)")
            case .usedAgain(let key):
                context.observe(
                    ScanEvent(
                        source: report.source, place: "\(key.kind.name) \(key.id)", reason: nil,
                        detail: "ids are used again for other objects, so everything is read anew"))
                return .idsUsedAgain
            }
        }
        return .done
    }
}

/// Why a walk over ids cannot go on.
private enum IDWalkFailure: Error {
    case kernel(Errno)
    /// The kernel answered an id that does not lie behind the one it was asked for.
    case noProgress(ObjectKind, ObjectID)
    /// An id means another object than in an earlier collection.
    case usedAgain(ObjectKey)
}

/// One walk over all ids.
private struct IDWalk: ~Copyable {
    let calls: any ObjectCalls
    var reader: ObjectReader
    let context: ScanContext
    var deadline: DeadlineCheck

    init(calls: any ObjectCalls, reader: consuming ObjectReader, context: ScanContext) {
        self.calls = calls
        self.reader = reader
        self.context = context
        deadline = DeadlineCheck(context.deadline)
    }

    /// The newest id of a kind; 0 when there is none.
    ///
    /// A walk ends there. Without an end it runs after the objects that others make meanwhile, and counts as living
    /// together what never did. Found by halving the range of ids: 31 calls at most, as NEXT_ID tells whether there is
    /// anything above a number.
    func newestID(of kind: ObjectKind) throws(IDWalkFailure) -> ObjectID {
        var low: ObjectID = 0
        var high = ObjectID(Int32.max)
        while low < high {
            let middle = low + (high - low) / 2
            // What was born above `high` since we asked is too young.
            if let id = try nextID(of: kind, after: middle) { low = min(id, high) } else { high = middle }
        }
        return high
    }

    /// Walks one kind up to an id; false when the deadline cut it short.
    mutating func run(
        _ kind: ObjectKind, upTo newest: ObjectID, into inventory: inout Inventory, _ report: inout ScanReport
    ) throws(IDWalkFailure) -> Bool {
        var id: ObjectID = 0
        var isWhole = true
        while id < newest, let next = try nextID(of: kind, after: id), next <= newest {
            if deadline.hasPassed() {
                report.outcome = .cut
                report.limitations.append(Limitation(.deadline, "the walk of ids was cut short by its deadline"))
                return false
            }
            id = next
            var isNewOrSame = true
            do throws(Errno) {
                isNewOrSame = try add(kind, id, to: &inventory, &report)
                report.found.count(kind)
            } catch {
                if !note(error, about: kind, id, in: &report) { isWhole = false }
                inventory.known.rememberUnreadable(ObjectKey(kind, id))
            }
            guard isNewOrSame else { throw .usedAgain(ObjectKey(kind, id)) }
        }
        inventory.known.finishWalk(of: kind, at: newest)
        if isWhole {
            report.covered.insert(kind.fact)
            inventory.close(kind)
        }
        return true
    }

    /// The next id of a kind, or nil behind the last.
    private func nextID(of kind: ObjectKind, after id: ObjectID) throws(IDWalkFailure) -> ObjectID? {
        let next: ObjectID
        do throws(Errno) {
            next = try calls.nextID(of: kind, after: id)
        } catch {
            // A kernel before 5.8 does not know link ids, and has no links to miss that others would show.
            guard error == .notFound || (kind == .link && error == .invalidArgument) else { throw .kernel(error) }
            return nil
        }
        // Ids are handed out in rising order; a kernel that answers otherwise would keep us here for ever.
        guard next > id else { throw .noProgress(kind, id) }
        return next
    }

    /// Adds an object. False when its id meant another one in an earlier collection.
    private mutating func add(
        _ kind: ObjectKind, _ id: ObjectID, to inventory: inout Inventory, _ report: inout ScanReport
    ) throws(Errno) -> Bool {
        switch kind {
        case .program: return try addProgram(id, to: &inventory, &report)
        case .map: return try addMap(id, to: &inventory, &report)
        case .link:
            // By which program it runs, and what it is attached to, can change at any time: nothing is remembered.
            let object = try calls.open(.link, id: id)
            inventory.add(try reader.link(object.number))
            return true
        }
    }

    private mutating func addProgram(
        _ id: ObjectID, to inventory: inout Inventory, _ report: inout ScanReport
    ) throws(Errno) -> Bool {
        let known = inventory.known.recall(program: id, for: calls.source)
        if known == nil, inventory.known.isOutOfOrder(ObjectKey(.program, id)) { return false }
        // What could not be read of it before may be readable now.
        guard let known, known.memlock != nil, known.mapIDs != nil else {
            let object = try calls.open(.program, id: id)
            let program = try reader.program(object.number)
            inventory.add(program)
            return inventory.known.remember(program)
        }
        report.recognized.programs += 1
        guard context.runStatisticsMove else {
            inventory.add(known)
            return true
        }
        let object = try calls.open(.program, id: id)
        var program = try reader.program(
            object.number, readsText: { _ in false },
            seeksFullName: { _ in known.fullName == nil && !known.wasFullNameSought })
        let isSame = program.isSame(as: known)
        program.merge(known)
        inventory.add(program)
        return isSame && inventory.known.remember(program)
    }

    private mutating func addMap(
        _ id: ObjectID, to inventory: inout Inventory, _ report: inout ScanReport
    ) throws(Errno) -> Bool {
        let known = inventory.known.recall(map: id, for: calls.source)
        if known == nil, inventory.known.isOutOfOrder(ObjectKey(.map, id)) { return false }
        if let known, known.isMemoryConstant {
            report.recognized.maps += 1
            inventory.add(known)
            return true
        }
        let object = try calls.open(.map, id: id)
        var map: BPFMap
        var isSame = true
        // What moves stands in its fdinfo.
        if let known, let moved = reader.mapText(object.number, of: id) {
            report.recognized.maps += 1
            map = moved
            isSame = map.isSame(as: known)
            map.merge(known)
        } else {
            map = try reader.map(object.number)
        }
        inventory.add(map)
        return inventory.known.remember(map) && isSame
    }

    /// Counts why an object was left out, and answers whether nothing that exists was missed.
    private func note(_ error: Errno, about kind: ObjectKind, _ id: ObjectID, in report: inout ScanReport) -> Bool {
        let reason: SkipReason?
        switch error {
        case .notFound, .tryAgain: reason = .vanished
        // A security module may refuse one object; a right that was lost altogether ends the walk at its next step.
        case _ where error.isRefusal: reason = .permission
        default: reason = nil
        }
        if let reason { report.skipped[reason] += 1 } else { report.errors += 1 }
        context.observe(
            ScanEvent(source: report.source, place: "\(kind.name) \(id)", reason: reason, detail: "\(error)"))
        return reason == .vanished
    }
}

extension ObjectKind {
    /// The fact that a full walk of this kind covers.
    var fact: Coverage {
        switch self {
        case .program: Coverage(.programs)
        case .map: Coverage(.maps)
        case .link: Coverage(.links)
        }
    }
}

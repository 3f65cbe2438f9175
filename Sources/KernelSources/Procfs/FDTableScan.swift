import KernelObjects
import LinuxSystem
import ObjectInventory

/// Looks through fd tables, one after another, with the same buffers.
struct FDTableScan: ~Copyable {
    private var copies: FDCopies
    /// Reading an fdinfo before it is known to be no link may crash this kernel.
    private let isGuarded: Bool
    private let context: ScanContext
    private var deadline: DeadlineCheck
    private var fdsLeft: Int
    private let files: any FileCalls
    private var fds: FDCursor
    private var path = PathBuilder()
    private var name = PathBuilder()
    private let reader: FDInfoReader
    /// The process whose table was looked through last: what a thread's table adds is put down to the same holder.
    private var process = Process()
    /// Processes of which no fd could be copied, though copies can be made in general.
    private(set) var refusedCopies = 0

    private struct Process {
        var pid: Int32 = 0
        var count = 0
        var holder: Int32?
        var isHolderTold = false
    }

    /// A scan of one table. The directory of texts is opened when first needed.
    private struct Table: ~Copyable {
        let owner: Owner
        let procfs: Int32
        var texts: FileDescriptor?
        var areCopiesRefused = false
        /// The holder's index, once it was told and fitted in.
        var holder: Int32?
        var isHolderTold = false
        var count = 0
    }

    /// - Parameter isProcfs: whether what is scanned is a kernel's procfs, and no tree that looks like one.
    init(
        files: any FileCalls, isProcfs: Bool, copies: consuming FDCopies, isGuarded: Bool, context: ScanContext
    ) {
        self.files = files
        fds = FDCursor(canGuess: isProcfs)
        reader = FDInfoReader(for: .procfs, through: files)
        self.copies = copies
        self.isGuarded = isGuarded
        self.context = context
        deadline = DeadlineCheck(context.deadline)
        fdsLeft = context.fdBudget.total
    }

    /// Whether the scan has to end; then the report says so.
    mutating func isExhausted(_ report: inout ScanReport) -> Bool {
        if report.outcome == .cut { return true }
        if deadline.hasPassed() {
            cut("the scan of processes was cut short by its deadline", &report)
        } else if fdsLeft <= 0 {
            cut("the scan of processes ended after \(context.fdBudget.total) file descriptors", &report)
        }
        return report.outcome == .cut
    }

    private func cut(_ why: String, _ report: inout ScanReport) {
        report.outcome = .cut
        report.skipped[.deadline] += 1
        report.limitations.append(Limitation(.deadline, why))
    }

    /// Looks through one table.
    mutating func scan(
        _ owner: Owner, in procfs: Int32, into inventory: inout Inventory, _ report: inout ScanReport
    ) -> Outcome {
        var table = Table(owner: owner, procfs: procfs)
        // A thread's table that may be the process's own counts as more of the same.
        if process.pid == owner.pid, !owner.isSeparate {
            (table.count, table.holder, table.isHolderTold) = (process.count, process.holder, process.isHolderTold)
        }
        copies.turn(to: owner.pid, thread: owner.thread)
        let outcome = scan(&table, into: &inventory, &report)
        if !owner.isSeparate {
            process = Process(
                pid: owner.pid, count: table.count, holder: table.holder, isHolderTold: table.isHolderTold)
        }
        if table.areCopiesRefused { refusedCopies += 1 }
        return outcome
    }

    private mutating func scan(
        _ table: inout Table, into inventory: inout Inventory, _ report: inout ScanReport
    ) -> Outcome {
        do throws(Errno) {
            let links = try files.open(directory("/fd", of: table.owner), at: table.procfs, .directory)
            if try scanLinks(links, &table, into: &inventory, &report) { return .scanned }
        } catch {
            if error.isVanished { return .vanished }
            guard error.isRefusal else { return unexpected(error, table.owner, &report) }
        }
        // fd/ is closed to us (it takes the owner's rights), but fdinfo/ may be open.
        return scanTexts(&table, into: &inventory, &report)
    }

    /// What an fd turned out to be.
    private enum Look {
        case object
        case other
        /// It could not be read, which was counted.
        case unread
        /// There is none of that number, or not any more.
        case absent
        /// Links cannot be followed.
        case closed
    }

    /// Lists `fd`, follows each link, and reads the text of BPF objects only. False when links cannot be followed.
    private mutating func scanLinks(
        _ directory: borrowing FileDescriptor, _ table: inout Table, into inventory: inout Inventory,
        _ report: inout ScanReport
    ) throws(Errno) -> Bool {
        fds.rewind()
        // BPF objects come in rows: behind one, the text is read at once, which tells as well what it is.
        var isInRow = false
        while let fd = try fds.next(in: directory, mayGuess: mayGuess(table), through: files) {
            if !fd.isGuess { guard spend(&table, &report) else { return true } }
            let look =
                isInRow
                ? addText(fd.number, isGuess: fd.isGuess, of: &table, to: &inventory, &report)
                : follow(fd, in: directory.number, &table, &inventory, &report, &isInRow)
            if look == .closed { return false }
            if look != .object { isInRow = false }
            guard conclude(look, fd, &table, &inventory, &report) else { return true }
        }
        return true
    }

    /// Follows the link of an fd, and adds what it leads to if that is a BPF object.
    private mutating func follow(
        _ fd: FDCursor.FD, in directory: Int32, _ table: inout Table, _ inventory: inout Inventory,
        _ report: inout ScanReport, _ isInRow: inout Bool
    ) -> Look {
        switch FDLink.read(fd.name, at: directory, through: files) {
        case .object(let kind):
            if isGuarded {
                addCopy(kind, fd.number, of: &table, to: &inventory, &report)
                return .object
            }
            if kind != .link, addOwnText(fd.number, of: &table, to: &inventory, &report) { return .object }
            let look = addText(fd.number, of: &table, to: &inventory, &report)
            isInRow = look == .object
            return look
        case .other: return .other
        case .unreadable(let error):
            if error.isRefusal { return .closed }
            if error.isVanished { return .absent }
            _ = unexpected(error, table.owner, &report)
            return .unread
        }
    }

    /// Lists `fdinfo` and reads every text.
    private mutating func scanTexts(
        _ table: inout Table, into inventory: inout Inventory, _ report: inout ScanReport
    ) -> Outcome {
        do throws(Errno) {
            let texts = try files.open(directory("/fdinfo", of: table.owner), at: table.procfs, .directory)
            if isGuarded { return .unsafe }
            fds.rewind()
            while let fd = try fds.next(in: texts, mayGuess: mayGuess(table), through: files) {
                if !fd.isGuess { guard spend(&table, &report) else { return .scanned } }
                let look = addText(
                    fd.number, isGuess: fd.isGuess, in: texts.number, of: &table, to: &inventory, &report)
                guard conclude(look, fd, &table, &inventory, &report) else { return .scanned }
            }
            return .scanned
        } catch {
            if error.isVanished { return .vanished }
            return error.isRefusal ? .refused(error) : unexpected(error, table.owner, &report)
        }
    }

    /// Whether there is room in the budgets for an fd that was not listed.
    private func mayGuess(_ table: borrowing Table) -> Bool {
        table.count < context.fdBudget.perProcess && fdsLeft > 0
    }

    /// Remembers what an fd was, and lets the cursor know. False when a budget is used up.
    private mutating func conclude(
        _ look: Look, _ fd: FDCursor.FD, _ table: inout Table, _ inventory: inout Inventory,
        _ report: inout ScanReport
    ) -> Bool {
        if look == .absent { return true }
        if fd.isGuess { guard spend(&table, &report) else { return false } }
        if look == .object {
            inventory.known.processes.add(fd.number)
            fds.foundObject(fd)
        } else {
            fds.foundOther(fd)
        }
        return true
    }

    /// Looks at the fds alone that were BPF objects when the process was last read. False when one is none any more. What a
    /// link may be is not asked, so only where texts crash nothing.
    mutating func scan(
        _ known: KnownProcesses.Process, of pid: Int32, in procfs: Int32, into inventory: inout Inventory,
        _ report: inout ScanReport
    ) -> Bool {
        var table = Table(owner: Owner(pid: pid, thread: nil), procfs: procfs)
        copies.turn(to: pid, thread: nil)
        defer { if table.areCopiesRefused { refusedCopies += 1 } }
        for place in known.objects {
            let fd = inventory.known.processes.fd(at: place)
            guard spend(&table, &report) else { return true }
            inventory.known.processes.add(fd)
            guard addText(fd, of: &table, to: &inventory, &report) == .object else { return false }
        }
        return true
    }

    // MARK: One fd

    /// Reads the text of an fd, and learns what it does not say.
    ///
    /// - Parameters:
    ///   - isGuess: whether it may well not be there, which is nothing to count.
    ///   - texts: the directory to read it in, when not the table's own.
    private mutating func addText(
        _ fd: Int32, isGuess: Bool = false, in texts: Int32? = nil, of table: inout Table,
        to inventory: inout Inventory, _ report: inout ScanReport
    ) -> Look {
        let info: FDInfo
        do throws(Errno) {
            info = try readText(fd, in: texts, of: &table)
        } catch {
            if error.isVanished {
                if !isGuess { report.skipped[.vanished] += 1 }
                return .absent
            }
            if error.isRefusal {
                note(.permission, "\(table.owner.place) fd \(fd)", "\(error)", &report)
            } else {
                _ = unexpected(error, table.owner, &report)
            }
            return .unread
        }
        return add(info, fd, copy: nil, of: &table, to: &inventory, &report) ? .object : .other
    }

    /// Copies an fd that was just seen to be a map or program, and reads our own text of it: one that is open already.
    /// False when that cannot be done, and the other process's text has to be read.
    private mutating func addOwnText(
        _ fd: Int32, of table: inout Table, to inventory: inout Inventory, _ report: inout ScanReport
    ) -> Bool {
        // Where another source told everything, holders are all that is looked for: that takes no copy.
        guard copies.showOwnTexts, !table.areCopiesRefused, !inventory.isClosed(.map) else { return false }
        do throws(Errno) {
            let copy = try copies.copy(fd)
            guard let info = copies.ownText(of: copy.number) else { return false }
            return add(info, fd, copy: copy.number, of: &table, to: &inventory, &report)
        } catch {
            if error.isRefusal || error == .invalidArgument { table.areCopiesRefused = true }
            return false
        }
    }

    /// Adds what a text tells. False when it is no BPF object's.
    ///
    /// - Parameter copy: our own copy of the fd, when there is one already.
    private mutating func add(
        _ info: FDInfo, _ fd: Int32, copy: Int32?, of table: inout Table, to inventory: inout Inventory,
        _ report: inout ScanReport
    ) -> Bool {
        switch info {
        case .map(let map):
            inventory.add(whole(map, fd, copy, &table, &inventory, &report))
            found(ObjectKey(.map, map.id), in: &table, &inventory, &report)
        case .program(let program):
            inventory.add(whole(program, fd, copy, &table, &inventory, &report))
            found(ObjectKey(.program, program.id), in: &table, &inventory, &report)
        case .link(let link):
            if inventory.wantsDetails(ofLink: link.id),
                let record = record(of: &table, { copies throws(Errno) in try copies.link(fd) }), record.id == link.id
            {
                inventory.add(record)
            }
            inventory.add(link)
            found(ObjectKey(.link, link.id), in: &table, &inventory, &report)
        case .malformed(let defect):
            report.errors += 1
            note(.malformed, "\(table.owner.place) fd \(fd)", defect.rawValue, &report)
        case .btf, .other:
            return false
        }
        return true
    }

    /// A map with its name, from an earlier collection or from a copy of the fd.
    private mutating func whole(
        _ map: BPFMap, _ fd: Int32, _ copy: Int32?, _ table: inout Table, _ inventory: inout Inventory,
        _ report: inout ScanReport
    ) -> BPFMap {
        guard inventory.wantsDetails(ofMap: map.id) else { return map }
        if let known = inventory.known.recall(map: map.id, for: .procfs), known.isSame(as: map) {
            report.recognized.maps += 1
            return map.merged(with: known)
        }
        guard let record = record(of: &table, { copies throws(Errno) in try copies.record(ofMap: fd, copy) }),
            record.isSame(as: map)
        else { return map }
        let whole = record.merged(with: map)
        _ = inventory.known.remember(whole)
        return whole
    }

    /// A program with its name and maps, from an earlier collection or from a copy of the fd.
    private mutating func whole(
        _ program: BPFProgram, _ fd: Int32, _ copy: Int32?, _ table: inout Table, _ inventory: inout Inventory,
        _ report: inout ScanReport
    ) -> BPFProgram {
        guard inventory.wantsDetails(ofProgram: program.id) else { return program }
        if let known = inventory.known.recall(program: program.id, for: .procfs), known.isSame(as: program) {
            report.recognized.programs += 1
            return program.merged(with: known)
        }
        guard let record = record(of: &table, { copies throws(Errno) in try copies.record(ofProgram: fd, copy) }),
            record.isSame(as: program)
        else { return program }
        let whole = record.merged(with: program)
        _ = inventory.known.remember(whole)
        return whole
    }

    /// What a copy of an fd tells. Where copies are refused, the next fd is not tried: with Yama, texts of one's own
    /// processes can be read, and their fds not copied.
    private mutating func record<Record>(
        of table: inout Table, _ read: (inout FDCopies) throws(Errno) -> Record
    ) -> Record? {
        guard copies.tellMoreThanTexts, !table.areCopiesRefused else { return nil }
        do throws(Errno) {
            return try read(&copies)
        } catch {
            // EINVAL: before kernel 6.9 there is no handle of a thread.
            if error.isRefusal || error == .invalidArgument { table.areCopiesRefused = true }
            return nil
        }
    }

    /// On a kernel where reading a link's text may crash the host: what a link in `fd` calls a BPF object is copied,
    /// the copy is looked at again, and then its record and our own fdinfo are read, which nobody can exchange.
    private mutating func addCopy(
        _ kind: ObjectKind, _ fd: Int32, of table: inout Table, to inventory: inout Inventory,
        _ report: inout ScanReport
    ) {
        do throws(Errno) {
            let key: ObjectKey
            switch kind {
            case .map:
                let map = try copies.map(fd, readsText: { !inventory.knowsMemory(ofMap: $0) })
                inventory.add(map)
                key = ObjectKey(.map, map.id)
            case .program:
                let program = try copies.program(
                    fd, readsText: { !inventory.knowsMemory(ofProgram: $0) },
                    seeksFullName: { inventory.wantsFullName(ofProgram: $0) })
                inventory.add(program)
                key = ObjectKey(.program, program.id)
            case .link:
                let link = try copies.link(fd)
                inventory.add(link)
                key = ObjectKey(.link, link.id)
            }
            found(key, in: &table, &inventory, &report)
        } catch {
            if error.isVanished || error == .badDescriptor {
                report.skipped[.vanished] += 1
            } else {
                note(.unsafe, "\(table.owner.place) fd \(fd)", "no copy to look at safely: \(error)", &report)
            }
        }
    }

    private mutating func readText(_ fd: Int32, in texts: Int32?, of table: inout Table) throws(Errno) -> FDInfo {
        let directory: Int32
        if let number = texts ?? table.texts?.number {
            directory = number
        } else {
            let opened = try files.open(self.directory("/fdinfo", of: table.owner), at: table.procfs, .directory)
            directory = opened.number
            table.texts = consume opened
        }
        return try reader.read(name.set(fd), in: directory)
    }

    // MARK: Bookkeeping

    private mutating func found(
        _ key: ObjectKey, in table: inout Table, _ inventory: inout Inventory, _ report: inout ScanReport
    ) {
        report.found.count(key.kind)
        guard context.collectsHolders else { return }
        if !table.isHolderTold {
            table.isHolderTold = true
            let owner = table.owner
            table.holder = inventory.add(
                Holder(
                    pid: owner.pid, thread: owner.isSeparate ? owner.thread : nil,
                    comm: ProcessFiles.comm(of: owner.pid, in: table.procfs, &name, through: files),
                    containerID: ProcessFiles.containerID(of: owner.pid, in: table.procfs, &name, through: files)))
        }
        if let holder = table.holder { inventory.add(holding: key, by: holder) }
    }

    /// Takes one fd from the budgets; false when one is used up.
    private mutating func spend(_ table: inout Table, _ report: inout ScanReport) -> Bool {
        table.count += 1
        fdsLeft -= 1
        if table.count > context.fdBudget.perProcess {
            note(
                .deadline, table.owner.place, "more than \(context.fdBudget.perProcess) file descriptors", &report)
            // Once is enough: a host may have many such processes.
            if !report.limitations.contains(where: { $0.code == .deadline }) {
                let most = context.fdBudget.perProcess
                report.limitations.append(
                    Limitation(
                        .deadline, "of processes with more than \(most) file descriptors only so many were looked at"))
            }
            return false
        }
        return !isExhausted(&report)
    }

    /// Counts something that was left out, and tells whoever listens.
    func note(_ reason: SkipReason, _ place: String, _ detail: String, _ report: inout ScanReport) {
        report.skipped[reason] += 1
        context.observe(ScanEvent(source: report.source, place: place, reason: reason, detail: detail))
    }

    private func unexpected(_ error: Errno, _ owner: Owner, _ report: inout ScanReport) -> Outcome {
        noteError(owner.place, "\(error)", &report)
        return .scanned
    }

    /// Counts something that should not have happened, and tells whoever listens.
    func noteError(_ place: String, _ detail: String, _ report: inout ScanReport) {
        report.errors += 1
        context.observe(ScanEvent(source: report.source, place: place, reason: nil, detail: detail))
    }

    private mutating func directory(_ suffix: StaticString, of owner: Owner) -> UnsafePointer<CChar> {
        owner.thread.map { path.set(owner.pid, "/task/", $0, suffix) } ?? path.set(owner.pid, suffix)
    }
}

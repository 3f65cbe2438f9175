import KernelObjects
import LinuxSystem
import ObjectInventory

/// One scan over all processes of a procfs. Buffers live as long as the scan; nothing is allocated for an fd.
struct ProcfsScan: ~Copyable {
    private let procfs: FileDescriptor
    private let access: KernelAccess
    private let files: any FileCalls
    private let context: ScanContext
    private var tables: FDTableScan
    private var processes = DirectoryReader(capacity: 64 * 1024)
    private var tasks = DirectoryReader(capacity: 16 * 1024)
    private var path = PathBuilder()
    private let canCompareTables: Bool
    /// Whether a process may be taken for unchanged. Not where holders are told: that all of them were seen could not be
    /// said then.
    private let recognizesProcesses: Bool
    /// What a link in `fd` calls a BPF object has to be looked at before its text is read.
    private let isGuarded: Bool
    /// Distinct fd tables of the process at hand, by a thread that has each.
    private var tableOwners: [Int32] = []

    init(
        procfs: consuming FileDescriptor, calls: any ObjectCalls, access: KernelAccess, canCopy: Bool, isGuarded: Bool,
        context: ScanContext
    ) {
        let isProcfs =
            access.host.isLive && (try? access.host.files.fileSystem(of: procfs.number)) == .procfs
        let areOurIDs = access.procfs.isOurPIDNamespace.value == true
        self.procfs = procfs
        self.access = access
        files = access.host.files
        self.context = context
        canCompareTables = areOurIDs && access.kcmp.value == .reachable
        self.isGuarded = isGuarded
        recognizesProcesses = !context.collectsHolders && access.host.countsOpenFiles
        tables = FDTableScan(
            files: access.host.files,
            isProcfs: isProcfs,
            copies: FDCopies(
                host: access.host, calls: calls, isPossible: canCopy, canAsk: access.bpf.value == .reachable,
                findsFullNames: context.findsFullNames),
            isGuarded: isGuarded, context: context)
    }

    mutating func run(into inventory: inout Inventory, _ report: inout ScanReport) {
        var isWhole = true
        while true {
            let (pid, inode): (Int32, UInt64)
            do throws(Errno) {
                guard let entry = try processes.next(in: procfs.number, through: files) else { break }
                guard let number = entry.number else { continue }
                (pid, inode) = (number, entry.inode)
            } catch {
                report.fail("listing \(access.paths.procfs) ended with \(error)")
                isWhole = false
                break
            }
            if recognizesProcesses {
                scanOrRecognize(pid, inode, into: &inventory, &report)
            } else {
                _ = scan(pid, into: &inventory, &report)
            }
            if tables.isExhausted(&report) { break }
        }
        conclude(isWhole: isWhole && report.outcome == .finished, &report)
    }

    /// Looks through a process, or takes it for unchanged when it has as many files and threads as when it was last read.
    /// What it held of BPF objects is read again all the same: nothing is told to be there that is gone.
    private mutating func scanOrRecognize(
        _ pid: Int32, _ inode: UInt64, into inventory: inout Inventory, _ report: inout ScanReport
    ) {
        inventory.known.processes.begin()
        guard let signs = signs(of: pid) else {
            _ = scan(pid, into: &inventory, &report)
            return
        }
        if let known = inventory.known.processes.recall(pid, inode: inode, signs),
            known.objects.isEmpty || !isGuarded
        {
            let before = report
            if tables.scan(known, of: pid, in: procfs.number, into: &inventory, &report) {
                report.recognized.processes += 1
                if report.outcome != .cut { inventory.known.processes.remember(pid, inode: inode, signs) }
                return
            }
            // It is read in full, and each object met once more.
            report = before
            inventory.known.processes.begin()
        }
        let before = report
        let isAll = scan(pid, into: &inventory, &report)
        // Whatever was left out has to be met, and told, again.
        if isAll, report.skipped == before.skipped, report.errors == before.errors, report.outcome != .cut {
            inventory.known.processes.remember(pid, inode: inode, signs)
        }
    }

    private mutating func signs(of pid: Int32) -> KnownProcesses.Signs? {
        var signs = KnownProcesses.Signs()
        do throws(Errno) {
            signs.openFiles = try files.status(of: path.set(pid, "/fd"), at: procfs.number).size
            signs.taskLinks = try files.status(of: path.set(pid, "/task"), at: procfs.number).linkCount
        } catch {
            return nil
        }
        return signs
    }

    /// Looks through a process. Answers whether all its files are in the one table that was read.
    private mutating func scan(_ pid: Int32, into inventory: inout Inventory, _ report: inout ScanReport) -> Bool {
        let holder = FDTableScan.Owner(pid: pid, thread: nil)
        let outcome = tables.scan(holder, in: procfs.number, into: &inventory, &report)
        if outcome.isClosed {
            // A kernel thread has no fds, and a zombie none any more: nothing is missed. A zombie's threads may have some.
            let stat = ProcessFiles.stat(of: pid, in: procfs.number, &path, through: files)
            if stat?.isKernelThread == true { return true }
            if stat?.isZombie != true {
                note(outcome, "\(access.paths.procfs)/\(pid)", &report)
                return false
            }
        }
        return scanThreads(of: pid, into: &inventory, &report) && outcome == .scanned
    }

    /// Counts a table that is closed to us.
    private func note(_ outcome: FDTableScan.Outcome, _ place: String, _ report: inout ScanReport) {
        switch outcome {
        case .scanned, .vanished: break
        case .refused(let error): tables.note(.permission, place, "\(error)", &report)
        case .unsafe: tables.note(.unsafe, place, "fd/ cannot be followed, so links cannot be told from maps", &report)
        }
    }

    // MARK: Threads

    /// A thread may have left the common fd table (`unshare(CLONE_FILES)`): its fds are in no listing of the process.
    /// Answers whether all threads were found to share it.
    private mutating func scanThreads(
        of pid: Int32, into inventory: inout Inventory, _ report: inout ScanReport
    ) -> Bool {
        var areAllShared = true
        do throws(Errno) {
            // "task" has one link for each thread beside its usual two: with one thread there is nothing to look for.
            guard try files.status(of: path.set(pid, "/task"), at: procfs.number).linkCount != 3 else { return true }
            let directory = try files.open(path.set(pid, "/task"), at: procfs.number, .directory)
            tableOwners.removeAll(keepingCapacity: true)
            tableOwners.append(pid)
            tasks.rewind()
            while let entry = try tasks.next(in: directory.number, through: files) {
                guard let tid = entry.number, tid != pid else { continue }
                let comparison = canCompareTables ? compare(tid) : .unknown
                if comparison == .shared { continue }
                areAllShared = false
                // Where it cannot be told whether a table is the process's own, what is in it is put down to the process.
                let owner = FDTableScan.Owner(pid: pid, thread: tid, isSeparate: comparison == .separate)
                let outcome = tables.scan(owner, in: procfs.number, into: &inventory, &report)
                if outcome.isClosed { note(outcome, "\(access.paths.procfs)/\(pid)/task/\(tid)", &report) }
                if tables.isExhausted(&report) { return false }
            }
            return areAllShared
        } catch {
            if error.isVanished { return false }
            if error.isRefusal {
                tables.note(.permission, "\(access.paths.procfs)/\(pid)/task", "\(error)", &report)
            } else {
                tables.noteError("\(access.paths.procfs)/\(pid)/task", "\(error)", &report)
            }
            return false
        }
    }

    private enum Comparison { case shared, separate, unknown }

    private mutating func compare(_ tid: Int32) -> Comparison {
        for owner in tableOwners {
            guard let areShared = try? access.host.shareFiles(owner, tid) else { return .unknown }
            if areShared { return .shared }
        }
        // A bound on comparisons; beyond it, tables are read more often than need be.
        if tableOwners.count < 64 { tableOwners.append(tid) }
        return .separate
    }

    // MARK: The end

    private func conclude(isWhole: Bool, _ report: inout ScanReport) {
        let procfs = access.procfs
        let skipped = report.skipped
        if skipped[.permission] > 0 {
            report.limitations.append(
                Limitation(
                    .otherProcesses,
                    "\(counted(skipped[.permission], "process", "processes")) refused to show file descriptors"))
        }
        if skipped[.unsafe] > 0 {
            report.limitations.append(
                Limitation(
                    .unsafeKernel,
                    "\(skipped[.unsafe]) file descriptors or processes were left alone, since reading them may crash this kernel"
                ))
        }
        if tables.refusedCopies > 0 {
            report.limitations.append(
                Limitation(
                    .pidfdGetfd,
                    "names and maps of programs could not be learnt from \(counted(tables.refusedCopies, "process", "processes")): copying fds takes CAP_SYS_PTRACE, or for one's own processes kernel.yama.ptrace_scope 0; of a thread with an fd table of its own it takes kernel 6.9"
                ))
        }
        let isHidden = procfs.isHiding(access)
        if isHidden {
            report.limitations.append(
                Limitation(
                    .hidepid, "\(procfs.path) is mounted with hidepid=\(procfs.hidepid.value.flatMap { $0 } ?? "")"))
        }
        if procfs.showsWholeHost.value != true {
            report.limitations.append(
                Limitation(.pidNamespace, "\(procfs.path) shows the processes of one PID namespace, not of the host"))
        }
        let nothingMissed = [SkipReason.permission, .unsafe, .malformed, .deadline].allSatisfy { skipped[$0] == 0 }
        if context.collectsHolders, isWhole, nothingMissed, report.errors == 0, !isHidden,
            procfs.showsWholeHost.value == true
        {
            report.covered.insert(Coverage(.holders))
        }
    }
}

extension ProcfsAccess {
    /// Whether the mount hides other users' processes from us. CAP_SYS_PTRACE sees through every kind of hidepid.
    func isHiding(_ access: KernelAccess) -> Bool {
        guard let mode = hidepid.value.flatMap({ $0 }), !["0", "off"].contains(mode) else { return false }
        return access.has(.sysPtrace) != true || access.isInitialUserNamespace.value == false
    }
}

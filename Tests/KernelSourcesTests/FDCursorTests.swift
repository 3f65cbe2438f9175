import Glibc
import LinuxSystem
import Testing

@testable import KernelSources

/// The way through a table of fds, on this process's own: every fd once, in order, whatever is guessed.
@Suite(.serialized) struct FDCursorTests {
    /// Far above what anything else here opens.
    private static let first: Int32 = 700

    /// What is open: numbers, and whether the scan takes them for objects.
    private static let tables: [[ClosedRange<Int32>]] = [
        [], [0...0], [0...299], [0...3, 5...5, 7...120, 122...290], [17...17, 250...299],
        // As many as fit into one listing, one less, one more.
        [0...83], [0...84], [0...85], [0...86],
    ]

    private enum Objects: CaseIterable { case all, none, even, thirds, rows }

    private static func isObject(_ fd: Int32, _ which: Objects) -> Bool {
        switch which {
        case .all: true
        case .none: false
        case .even: fd.isMultiple(of: 2)
        case .thirds: fd.isMultiple(of: 3)
        case .rows: (fd / 10).isMultiple(of: 2)
        }
    }

    private func walk(_ which: Objects, canGuess: Bool, mayGuess: (Int) -> Bool) throws -> (seen: [Int32], guesses: Int)
    {
        let directory = try FileDescriptor.open("/proc/self/fd", .directory)
        var cursor = FDCursor(canGuess: canGuess)
        var seen: [Int32] = []
        var guesses = 0
        var steps = 0
        while let fd = try cursor.next(in: directory, mayGuess: mayGuess(steps), through: LiveFiles()) {
            steps += 1
            #expect(DecimalName.parse(fd.name) == fd.number)
            if fd.isGuess, fcntl(fd.number, F_GETFD) < 0 { continue }
            if fd.isGuess { guesses += 1 }
            if fd.number >= Self.first { seen.append(fd.number) }
            if Self.isObject(fd.number, which) { cursor.foundObject(fd) } else { cursor.foundOther(fd) }
        }
        return (seen, guesses)
    }

    @Test(arguments: tables.indices) func meetsEachOnce(_ index: Int) throws {
        let numbers = Self.tables[index].flatMap { Array($0) }.map { $0 + Self.first }
        let source = try FileDescriptor.open("/dev/null", .read)
        for number in numbers { #expect(dup2(source.number, number) == number) }
        defer { for number in numbers { close(number) } }
        for which in Objects.allCases {
            #expect(try walk(which, canGuess: true) { _ in true }.seen == numbers, "\(which)")
            #expect(try walk(which, canGuess: true) { !$0.isMultiple(of: 7) }.seen == numbers, "\(which)")
            let listed = try walk(which, canGuess: false) { _ in true }
            #expect(listed.seen == numbers && listed.guesses == 0, "\(which)")
        }
        if index == 2 {
            // Of a row, little is listed.
            #expect(try walk(.all, canGuess: true) { _ in true }.guesses > 200)
            #expect(try walk(.none, canGuess: true) { _ in true }.guesses == 0)
        }
    }
}

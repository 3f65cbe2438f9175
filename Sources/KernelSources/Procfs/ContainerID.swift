/// The container id in a cgroup path.
package enum ContainerID {
    /// The id that the first line with one names, in a `/proc/PID/cgroup` text.
    ///
    /// Runtimes name the container's cgroup by its 64 hexadecimal digits: alone (docker, cgroup v1), or between a
    /// prefix that ends in `-` or `:` and `.scope` (`docker-…`, `cri-containerd-…`, `crio-…`, `libpod-…`). Anything
    /// shorter may be something else, so it is not taken.
    package static func find(inCgroup text: Span<UInt8>) -> String? {
        var lines = LineCursor()
        while let line = lines.next(in: text) {
            // The innermost container wins, for one that runs inside another.
            var end = line.upperBound
            if text.ends(line, with: " (deleted)") { end -= 10 }
            while end > line.lowerBound {
                var start = end
                while start > line.lowerBound, text[start - 1] != 0x2F { start -= 1 }
                if let id = id(in: start..<end, of: text) { return text.text(id) }
                end = start - 1
            }
        }
        return nil
    }

    private static let length = 64

    private static func id(in component: Range<Int>, of text: Span<UInt8>) -> Range<Int>? {
        var end = component.upperBound
        if text.ends(component, with: ".scope") { end -= 6 }
        let start = end - length
        guard start >= component.lowerBound, (start..<end).allSatisfy({ isHexDigit(text[$0]) }) else { return nil }
        // What stands before the id has to be a runtime's prefix. `conmon` watches a container; it is not in it.
        guard start > component.lowerBound else { return start..<end }
        let isSeparated = text[start - 1] == 0x2D || text[start - 1] == 0x3A
        guard isSeparated, !text.ends(component.lowerBound..<start, with: "conmon-") else { return nil }
        return start..<end
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
    }
}

extension Span<UInt8> {
    fileprivate func ends(_ range: Range<Int>, with literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        return range.count >= count && matches(range.upperBound - count..<range.upperBound, literal)
    }
}

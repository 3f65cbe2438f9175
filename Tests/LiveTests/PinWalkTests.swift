import Foundation
import Glibc
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// Walking a bpffs that somebody made awkward.
@Suite(.serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason))
struct PinWalkTests {
    private func collect(_ bpffs: PrivateBpffs, _ more: String...) throws -> JSON {
        let options = ["collect", "--format", "json", "--source", "bpffs", "--path.bpffs", bpffs.path]
        return try Program.collector.with(options + more).run().json()
    }

    @Test func reachesAnyDepthAndAnyName() throws {
        try PrivateBpffs.with { bpffs in
            try Workload.with(["--maps", "20", "--pin-dir", bpffs.path + "/w"]) { workload in
                let pinned = try #require(workload.objects.first { $0["held_by"].string == "pin" })
                let pin = try #require(pinned["pin"].string)
                // Deeper than a path can be long, one step after another.
                var directory = open(bpffs.path, O_RDONLY)
                for _ in 0..<600 {
                    #expect(mkdirat(directory, "a-rather-long-name", 0o755) == 0)
                    let below = openat(directory, "a-rather-long-name", O_RDONLY)
                    close(directory)
                    directory = below
                }
                defer { close(directory) }
                // A name with a newline, a quote, an escape and a byte that is no UTF-8.
                let name = [UInt8]("odd\n\"\u{1B}".utf8) + [0xFF]
                #expect(linkat(AT_FDCWD, pin, directory, name.map { CChar(bitPattern: $0) } + [0], 0) == 0)
                symlinkat(bpffs.path, directory, "loop")
                symlinkat("/nowhere", directory, "dangling")

                let json = try collect(bpffs)
                let hex = name.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
                let found = json["pins"].elements.filter { $0["path_hex"].string?.hasSuffix(hex) == true }
                #expect(found.count == 1)
                #expect(found.first?["id"] == pinned["id"] && found.first?["opened"].bool == true)
                // Each name counts once, links that lead round in circles do not.
                let names = workload.objects.filter { $0["held_by"].string == "pin" }.count + 1
                #expect(json["totals"]["pins"]["value"].int == names)
                #expect(json["sources"].elements.first { $0["name"].string == "bpffs" }?["errors"].int == 0)
            }
        }
    }

    @Test func aCrowdOfDirectoriesEndsAtTheDeadline() throws {
        try PrivateBpffs.with { bpffs in
            for number in 0..<5000 { mkdir("\(bpffs.path)/d\(number)", 0o755) }
            let json = try collect(bpffs)
            #expect(json["sources"].elements.first { $0["name"].string == "bpffs" }?["outcome"].string == "finished")
            let cut = try collect(bpffs, "--deadline", "0.001")
            #expect(cut["sources"].elements.first { $0["name"].string == "bpffs" }?["outcome"].string == "cut")
            #expect(cut["limitations"].elements.contains { $0["code"].string == "deadline" })
        }
    }

    @Test func whatIsMountedOverIsNotWalkedAndSaid() throws {
        try PrivateBpffs.with { bpffs in
            try Workload.with(["--maps", "20", "--pin-dir", bpffs.path + "/w"]) { workload in
                let names = workload.objects.filter { $0["held_by"].string == "pin" }.count
                mkdir(bpffs.path + "/other", 0o755)
                #expect(mount(bpffs.path + "/w", bpffs.path + "/other", nil, UInt(MS_BIND), nil) == 0)
                defer { umount(bpffs.path + "/other") }
                let json = try collect(bpffs)
                // By the bind mount the same names show again; they are no more pins for that.
                #expect(json["totals"]["pins"]["value"].int == names)
                #expect(
                    json["limitations"].elements.contains {
                        $0["text"].string?.contains("covered by another mount") == true
                    })
            }
        }
    }
}

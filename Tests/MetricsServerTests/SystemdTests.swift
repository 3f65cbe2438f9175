import Foundation
import Glibc
import LinuxSystem
import Testing

@testable import MetricsServer

@Suite struct SystemdTests {
    private func openSocket(_ type: __socket_type, listening: Bool) throws -> Int32 {
        let number = socket(AF_INET, Int32(type.rawValue), 0)
        guard number >= 0, !listening || listen(number, 1) == 0 else { throw Errno(rawValue: errno) }
        return number
    }

    @Test func socketsAreTakenAndClosedOnExec() throws {
        let number = try openSocket(SOCK_STREAM, listening: true)
        defer { close(number) }
        let environment = ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1"]
        #expect(try SocketActivation.sockets(environment: { environment[$0] }, first: number) == [number])
        #expect(fcntl(number, F_GETFD, 0) & FD_CLOEXEC != 0)
    }

    @Test(arguments: [[:], ["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"]])
    func whatIsNotForUsIsLeftAlone(_ environment: [String: String]) throws {
        #expect(try SocketActivation.sockets(environment: { environment[$0] }, first: 3) == [])
    }

    @Test(arguments: ["-1", "x", "", "100000"])
    func aCountThatIsNoneIsAnError(_ count: String) {
        let environment = ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": count]
        #expect(throws: SocketActivationError.unreadable(variable: "LISTEN_FDS", value: count)) {
            try SocketActivation.sockets(environment: { environment[$0] })
        }
    }

    @Test func whatTakesNoConnectionsIsAnError() throws {
        let environment = ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1"]
        for (type, listening) in [(SOCK_STREAM, false), (SOCK_DGRAM, false)] {
            let number = try openSocket(type, listening: listening)
            defer { close(number) }
            #expect(throws: SocketActivationError.notListening(descriptor: number)) {
                try SocketActivation.sockets(environment: { environment[$0] }, first: number)
            }
        }
        #expect(throws: SocketActivationError.unusable(descriptor: 1_000_000, .badDescriptor)) {
            try SocketActivation.sockets(environment: { environment[$0] }, first: 1_000_000)
        }
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(throws: SocketActivationError.unusable(descriptor: file, Errno(rawValue: ENOTSOCK))) {
            try SocketActivation.sockets(environment: { environment[$0] }, first: file)
        }
    }

    /// A datagram socket as the manager has one. Its name begins with `@` when it is abstract.
    private func withManager(_ name: String, _ body: (Int32) throws -> Void) throws {
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if name.hasPrefix("@") { bytes[0] = 0 } else { bytes.append(0) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        try #require(bound == 0)
        try body(number)
    }

    private func receive(_ socket: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? "nothing" : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    @Test func theManagerHearsWhatItIsTold() async throws {
        let id = UUID().uuidString
        for name in ["@ebpf-metrics-\(id)", FileManager.default.temporaryDirectory.path + "/notify-\(id)"] {
            defer { unlink(name) }
            try withManager(name) { socket in
                let manager = try #require(ServiceManager { ["NOTIFY_SOCKET": name][$0] })
                #expect(manager.watchdogInterval == nil)
                try manager.notify(.ready, .status("serving\non one line"))
                #expect(receive(socket) == "READY=1\nSTATUS=serving on one line")
                try manager.notify(.watchdog)
                #expect(receive(socket) == "WATCHDOG=1")
                try manager.notify(.stopping)
                #expect(receive(socket) == "STOPPING=1")
                let before = MonotonicTime.now.nanoseconds / 1000
                try manager.notify(.reloading)
                let words = receive(socket).split(separator: "\n")
                #expect(words.first == "RELOADING=1")
                let time = try #require(UInt64(words.last?.dropFirst("MONOTONIC_USEC=".count) ?? ""))
                #expect(time >= before && time <= MonotonicTime.now.nanoseconds / 1000)
            }
        }
    }

    @Test func aManagerThatIsGoneIsAnError() throws {
        let manager = try #require(ServiceManager { ["NOTIFY_SOCKET": "/nowhere/notify"][$0] })
        #expect(throws: Errno.notFound) { try manager.notify(.ready) }
    }

    @Test(arguments: ["", "@", "relative", "vsock:2:1", "/" + String(repeating: "x", count: 108)])
    func withoutAnAddressThereIsNoManager(_ address: String) {
        #expect(ServiceManager { ["NOTIFY_SOCKET": address][$0] } == nil)
        #expect(ServiceManager { _ in nil } == nil)
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], 30), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"], 30),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"], nil), (["WATCHDOG_USEC": "0"], nil),
        (["WATCHDOG_USEC": "x"], nil),
    ])
    func theWatchdogIsForWhomItNames(_ environment: [String: String], _ seconds: Int?) throws {
        let all = environment.merging(["NOTIFY_SOCKET": "@x"]) { $1 }
        let manager = try #require(ServiceManager { all[$0] })
        #expect(manager.watchdogInterval == seconds.map { Duration.seconds($0) })
    }
}

import CScene
import Glibc

/// Processes that hold objects, for as long as this lives.
public final class Scene {
    private var scene: OpaquePointer?
    private let plan: scene_plan

    /// Makes them.
    public init(maps: UInt32, programs: UInt32, processes: UInt32, movingEvery: UInt32 = 0, files: UInt32 = 0) throws {
        plan = scene_plan(
            maps: maps, programs: programs, processes: processes, moving_every: movingEvery, files: files)
        scene = withUnsafePointer(to: plan) { scene_start($0) }
        if scene == nil { throw Failure("objects cannot be made: \(String(cString: strerror(errno)))") }
    }

    deinit {
        end()
    }

    /// Makes this share of the objects anew.
    public func replace(_ share: Double) throws {
        guard scene_replace(scene, UInt32(Double(plan.maps) * share), UInt32(Double(plan.programs) * share)) == 0 else {
            throw Failure("objects cannot be replaced: \(String(cString: strerror(errno)))")
        }
    }

    /// Lets everything go.
    public func end() {
        if let scene { scene_end(scene) }
        scene = nil
    }
}

/// Why there are no figures.
public struct Failure: Error, CustomStringConvertible {
    /// One sentence.
    public let description: String

    /// - Parameter description: one sentence.
    public init(_ description: String) {
        self.description = description
    }
}

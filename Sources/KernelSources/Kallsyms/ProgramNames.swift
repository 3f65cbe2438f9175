import KernelObjects
import LinuxSystem
public import ObjectInventory

/// Mends programs' names from kallsyms, by their tags.
public struct ProgramNames: Sendable {
    private let path: String
    private let access: KernelAccess

    /// Reads the kallsyms of the procfs that was probed.
    public init(access: KernelAccess) {
        self.access = access
        path = access.paths.procfs + "/kallsyms"
    }

    /// Gives names to programs of which no source knew one, and full names to those whose kernel name is cut short.
    ///
    /// A program that is not compiled is not listed, so another's name under the same tag is not taken for its own.
    ///
    /// - Returns: why it could not be done, when it could not.
    public func mend(_ inventory: inout Inventory) -> Limitation? {
        var tags: Set<ProgramTag> = []
        for program in inventory.programs where Self.isMendable(program) {
            if let tag = program.tag { tags.insert(tag) }
        }
        guard !tags.isEmpty else { return nil }
        let names: [ProgramTag: Kallsyms.Names]
        do throws(Errno) {
            names = try Kallsyms.names(of: tags, path: path, through: access.host.files)
        } catch {
            return Limitation(.filePermission, "names cannot be taken from \(path): \(error)")
        }
        inventory.nameProgramsByTag { program in
            guard Self.isMendable(program), let tag = program.tag, let found = names[tag] else { return (nil, nil) }
            if program.name == nil { return (found.name, Self.fullName(found, for: found.name)) }
            return (nil, Self.fullName(found, for: program.name))
        }
        return whyNamesAreMissing(inventory, names)
    }

    private func whyNamesAreMissing(_ inventory: Inventory, _ names: [ProgramTag: Kallsyms.Names]) -> Limitation? {
        let nameless = inventory.programs.filter { $0.name == nil }
        guard !nameless.isEmpty else { return nil }
        if names.isEmpty {
            let isHidden = (access.jitHarden.value ?? 0) != 0 || access.jitKallsyms.value == 0
            let why = isHidden ? ": the JIT is hardened, or told not to list them" : ", for a reason that is not known"
            return Limitation(isHidden ? .jitHardening : .byNature, "\(path) lists none of these programs\(why)")
        }
        let shared = nameless.filter { $0.tag.flatMap { names[$0] } != nil }.count
        let unlisted = nameless.count - shared
        var parts: [String] = []
        if shared > 0 { parts.append("\(shared) share their tag with programs of other names") }
        if unlisted > 0 { parts.append("\(unlisted) are not listed in \(path)") }
        return Limitation(
            .byNature,
            "of \(counted(nameless.count, "program", "programs")) the name is not known: "
                + parts.joined(separator: ", "))
    }

    private static func isMendable(_ program: BPFProgram) -> Bool {
        guard program.tag != nil, program.jited != false else { return false }
        return program.name == nil || program.mayHaveFullName
    }

    /// A full name says something only where the kernel name is cut, and only if it continues that name.
    private static func fullName(_ names: Kallsyms.Names, for name: KernelName?) -> String? {
        guard let full = names.fullName, let name, name.isCut(from: full) else { return nil }
        return full
    }
}

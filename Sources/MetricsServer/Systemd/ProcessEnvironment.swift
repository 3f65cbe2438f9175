internal import Glibc

/// The process's environment, one variable at a time.
enum ProcessEnvironment {
    static func value(_ name: String) -> String? {
        // SAFETY: getenv answers a NUL-terminated string or NULL.
        getenv(name).map { String(cString: $0) }
    }
}

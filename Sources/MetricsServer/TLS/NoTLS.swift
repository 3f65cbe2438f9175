#if !TLS
    internal import NIOCore

    /// What stands for TLS in a build without it: none is ever made.
    struct ServerTLS: Sendable {
        /// Says that there is none.
        init(_ config: WebConfig.TLS, file: String) throws(WebConfigError) {
            throw WebConfigError(
                file: file, key: "tls_server_config",
                message: "this program was built without TLS; take this out, or use a build with the trait TLS")
        }

        func addHandler(to channel: any Channel) throws {}

        func closeBeneath(_ channel: any Channel) {}

        func finding(on channel: any Channel) -> CertificateFinding { .none }

        static func reason(of error: any Error) -> String { "\(error)" }
    }
#endif

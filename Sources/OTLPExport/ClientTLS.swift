#if OTLP && TLS
    internal import LinuxSystem
    internal import Logging
    internal import NIOSSL
    internal import Settings
    internal import Synchronization

    /// What TLS needs of files, read again when they change: certificates are renewed while this program runs.
    final class ClientTLS: Sendable {
        private struct State {
            var context: NIOSSLContext
            /// The files' look before they were read.
            var look: [FileStatus?]
            /// What the log has said is wrong with newer ones: it says so once.
            var told: OTLPSettingsError?
        }

        private let settings: OTLPSettings
        private let logger: Logger
        private let state: Mutex<State>

        init(_ settings: OTLPSettings, logger: Logger) throws(OTLPSettingsError) {
            self.settings = settings
            self.logger = logger
            let look = Self.look(settings)
            state = Mutex(State(context: try Self.context(settings), look: look))
        }

        /// What is in force. If the files are broken, that is what they said before.
        func current() -> NIOSSLContext {
            state.withLock { state in
                let look = Self.look(settings)
                guard look != state.look else { return state.context }
                do throws(OTLPSettingsError) {
                    state = State(context: try Self.context(settings), look: look)
                } catch {
                    // Tried again at the next push: a pair may be half renewed.
                    if state.told != error {
                        logger.error(
                            "a certificate or key for OpenTelemetry has changed and is broken; the old stays: \(error)")
                    }
                    state.told = error
                }
                return state.context
            }
        }

        private static func look(_ settings: OTLPSettings) -> [FileStatus?] {
            [settings.certificateFile, settings.clientCertificateFile, settings.clientKeyFile]
                .map { file in file.flatMap { try? FileStatus.of($0) } }
        }

        private static func context(_ settings: OTLPSettings) throws(OTLPSettingsError) -> NIOSSLContext {
            func wrong(_ what: String, _ file: String, _ error: any Error) -> OTLPSettingsError {
                OTLPSettingsError(
                    what, "'\(file)' cannot be used: \(error); give a PEM file that this program may read")
            }
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let file = settings.certificateFile {
                do {
                    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
                } catch { throw wrong("OTLP certificate", file, error) }
            }
            switch (settings.clientCertificateFile, settings.clientKeyFile) {
            case (nil, nil): break
            case (let certificate?, let key?):
                do {
                    configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate)
                        .map { .certificate($0) }
                } catch { throw wrong("OTLP client certificate", certificate, error) }
                do {
                    configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
                } catch { throw wrong("OTLP client key", key, error) }
            case (_?, nil):
                throw OTLPSettingsError("OTLP client key", "is missing; a client certificate needs its key")
            case (nil, _?):
                throw OTLPSettingsError("OTLP client certificate", "is missing; a client key needs its certificate")
            }
            do {
                return try NIOSSLContext(configuration: configuration)
            } catch {
                throw OTLPSettingsError("OTLP client certificate", "cannot be used with its key: \(error)")
            }
        }
    }
#endif

#if TLS
    internal import NIOCore
    internal import NIOSSL

    /// TLS for the connections of a server: one certificate, and what is asked of clients.
    struct ServerTLS: Sendable {
        private let context: NIOSSLContext
        private let authentication: WebConfig.ClientAuthentication
        private let allowedNames: Set<String>

        /// Reads certificate and key.
        init(_ config: WebConfig.TLS, file: String) throws(WebConfigError) {
            var settings = TLSConfiguration.makeServerConfiguration(
                certificateChain: try Self.certificates(config.certificate, key: "cert_file", file: file)
                    .map(NIOSSLCertificateSource.certificate),
                privateKey: .privateKey(try Self.privateKey(config.key, file: file)))
            settings.minimumTLSVersion = config.oldestVersion.ofNIO
            settings.maximumTLSVersion = config.newestVersion?.ofNIO
            settings.applicationProtocols = ["http/1.1"]
            if !config.cipherSuites.isEmpty { settings.cipherSuites = config.cipherSuites.joined(separator: ":") }
            if !config.curves.isEmpty { settings.curves = config.curves.map(\.ofNIO) }
            settings.certificateVerification =
                switch config.clientAuthentication {
                case .none: .none
                case .request, .verifyIfGiven: .optionalVerification
                case .requireAny, .requireAndVerify: .noHostnameVerification
                }
            if let authority = config.clientAuthority {
                let roots = try Self.certificates(authority, key: "client_ca_file", file: file)
                settings.trustRoots = .certificates(roots)
                settings.sendCANameList = true
            }
            do {
                context = try NIOSSLContext(configuration: settings)
            } catch NIOSSLError.failedToLoadPrivateKey {
                throw Self.error(file, "key_file", "it is not the key of the certificate in cert_file")
            } catch {
                throw Self.error(file, nil, "BoringSSL refuses certificate, key and settings together: \(error)")
            }
            authentication = config.clientAuthentication
            allowedNames = Set(config.allowedClientNames)
        }

        /// Makes a connection speak TLS.
        func addHandler(to channel: any Channel) throws {
            let handler =
                switch authentication {
                case .none, .verifyIfGiven, .requireAndVerify:
                    NIOSSLServerHandler(context: context)
                case .request, .requireAny:
                    // Any certificate will do; the handshake has shown that the client has its key.
                    NIOSSLServerHandler(
                        context: context, customVerificationCallback: { $1.succeed(.certificateVerified) })
                }
            try channel.pipeline.syncOperations.addHandler(handler)
        }

        /// Closes a connection without waiting for the client's end of TLS.
        func closeBeneath(_ channel: any Channel) {
            // From TLS's own place on, so that TLS is not asked.
            let context = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            context?.close(promise: nil)
        }

        /// What the client's certificate says, once the handshake is done. What cannot be found out allows nothing.
        func finding(on channel: any Channel) -> CertificateFinding {
            guard authentication.verifies else { return .none }
            let names: CertificateNames
            do {
                let handler = try channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
                guard let certificate = handler.peerCertificate else {
                    return authentication == .verifyIfGiven ? .none : .notAllowed
                }
                names = CertificateNames(der: try certificate.toDERBytes())
            } catch {
                return .notAllowed
            }
            guard allowedNames.isEmpty || !allowedNames.isDisjoint(with: names.alternatives) else { return .notAllowed }
            return .verified(names.common ?? names.alternatives.first)
        }

        /// What BoringSSL calls a failure, `HTTP_REQUEST` for one; not where in its source it found it.
        static func reason(of error: any Error) -> String {
            let text = "\(error)"
            guard let mark = text.firstRange(of: "OPENSSL_internal:") else { return text }
            return String(text[mark.upperBound...].prefix { $0 != " " })
        }

        private static func certificates(
            _ source: WebConfig.Source, key: String, file: String
        ) throws(WebConfigError) -> [NIOSSLCertificate] {
            let text = try source.contents(key: key, file: file)
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(text), !certificates.isEmpty else {
                throw error(file, key, "\(source.name(key)) holds no certificate as PEM")
            }
            return certificates
        }

        private static func privateKey(
            _ source: WebConfig.Source, file: String
        ) throws(WebConfigError) -> NIOSSLPrivateKey {
            let text = try source.contents(key: "key_file", file: file)
            do {
                return try NIOSSLPrivateKey(bytes: text, format: .pem)
            } catch {
                throw Self.error(
                    file, "key_file", "\(source.name("key_file")) holds no private key as PEM, or one behind a password"
                )
            }
        }

        private static func error(_ file: String, _ key: String?, _ message: String) -> WebConfigError {
            WebConfigError(file: file, key: "tls_server_config" + (key.map { "." + $0 } ?? ""), message: message)
        }
    }

    extension WebConfig.Version {
        fileprivate var ofNIO: TLSVersion {
            switch self {
            case .tls10: .tlsv1
            case .tls11: .tlsv11
            case .tls12: .tlsv12
            case .tls13: .tlsv13
            }
        }
    }

    extension WebConfig.Curve {
        fileprivate var ofNIO: NIOTLSCurve {
            switch self {
            case .p256: .secp256r1
            case .p384: .secp384r1
            case .p521: .secp521r1
            case .x25519: .x25519
            case .x25519MLKEM768: .x25519_MLKEM768
            }
        }
    }
#endif

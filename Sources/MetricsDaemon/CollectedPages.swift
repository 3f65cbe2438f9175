internal import EBPFMetrics
internal import Exposition
internal import MetricsServer
internal import NIOCore
internal import ProtobufExposition
internal import Synchronization

/// The pages of one collection: each rendered when it is first asked for, and sent as it is from then on.
final class CollectedPages: Sendable {
    let registry: MetricsRegistry
    private let bodies = Mutex<[ExpositionFormat: HTTPBody]>([:])
    private let objects = Mutex<HTTPBody?>(nil)

    init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    /// The metrics in a format.
    func metrics(_ format: ExpositionFormat) -> HTTPBody {
        // Whoever asks meanwhile waits for this rendering rather than making another.
        bodies.withLock { bodies in
            if let body = bodies[format] { return body }
            let body = HTTPBody(format.contentType, Self.render(registry, format))
            bodies[format] = body
            return body
        }
    }

    /// Every object, as JSON; nil before the first collection.
    func inventory() -> HTTPBody? {
        guard let snapshot = registry.last else { return nil }
        return objects.withLock { objects in
            if let body = objects { return body }
            let body = HTTPBody("application/json", Self.collect { SnapshotJSON.write(snapshot, to: $0) })
            objects = body
            return body
        }
    }

    private static func render(_ registry: MetricsRegistry, _ format: ExpositionFormat) -> ByteBuffer {
        switch format {
        case .prometheusText: collect { PrometheusText.write(registry, to: $0) }
        case .openMetricsText: collect { OpenMetricsText.write(registry, to: $0) }
        case .prometheusProtobuf:
            #if OTLP
                ByteBuffer(bytes: PrometheusProtobuf.bytes(of: registry))
            #else
                ByteBuffer()
            #endif
        }
    }

    /// What a writer writes.
    static func collect(_ write: (@escaping ([UInt8]) -> Void) -> Void) -> ByteBuffer {
        final class Sink { var buffer = ByteBuffer() }
        let sink = Sink()
        write { sink.buffer.writeBytes($0) }
        return sink.buffer
    }
}

extension ExpositionFormat {
    /// Whether this build has protobuf.
    static var offersProtobuf: Bool {
        #if OTLP
            true
        #else
            false
        #endif
    }
}

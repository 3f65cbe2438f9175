internal import CYAML

extension YAMLNode {
    /// How deep a document may be nested, and how many nodes it may have: a configuration is small, and a hostile text
    /// must not take the stack or the memory.
    private static let deepest = 32

    /// Reads one document with libyaml; nil when it is empty. Aliases are refused: nothing here needs them, and
    /// they let a short text grow without bound.
    public static func parse(_ bytes: [UInt8], mostNodes: Int = 100_000) throws(YAMLError) -> YAMLNode? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw YAMLError(line: 1, message: "there is not enough memory to read it")
        }
        defer { yaml_parser_delete(&parser) }
        // SAFETY: libyaml keeps pointers to the parser and the text; both live in this closure, where all parsing is.
        let result: Result<YAMLNode?, YAMLError> = bytes.withUnsafeBufferPointer { text in
            withUnsafeMutablePointer(to: &parser) { parser in
                yaml_parser_set_input_string(parser, text.baseAddress, text.count)
                yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
                var builder = Builder(parser: parser, text: text, most: mostNodes)
                do throws(YAMLError) {
                    return .success(try builder.document())
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// Makes a tree of the parser's events.
    private struct Builder {
        let parser: UnsafeMutablePointer<yaml_parser_t>
        let text: UnsafeBufferPointer<UInt8>
        let most: Int
        var count = 0

        mutating func document() throws(YAMLError) -> YAMLNode? {
            var root: YAMLNode?
            while true {
                let event = try next()
                switch event.kind {
                case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
                case YAML_DOCUMENT_START_EVENT:
                    guard root == nil else {
                        throw YAMLError(line: event.line, message: "a second document begins; one is read")
                    }
                    root = try node(try next(), depth: 0)
                default:
                    // An empty text has no document; a document with nothing in it is as empty.
                    return root.flatMap { $0.isNull ? nil : $0 }
                }
            }
        }

        private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
            count += 1
            guard depth < YAMLNode.deepest, count <= most else {
                throw YAMLError(line: event.line, message: "this is nested too deep, or too long, for a configuration")
            }
            let content: Content
            switch event.kind {
            case YAML_SCALAR_EVENT:
                content = .scalar(event.text, isQuoted: event.isQuoted)
            case YAML_SEQUENCE_START_EVENT:
                content = .sequence(try sequence(depth: depth + 1))
            case YAML_MAPPING_START_EVENT:
                content = .mapping(try mapping(depth: depth + 1))
            default:
                throw YAMLError(line: event.line, message: "an alias (*name) stands here; aliases are not read")
            }
            return YAMLNode(content: content, line: event.line, column: event.column)
        }

        private mutating func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
            var items: [YAMLNode] = []
            while true {
                let event = try next()
                if event.kind == YAML_SEQUENCE_END_EVENT { return items }
                items.append(try node(event, depth: depth))
            }
        }

        private mutating func mapping(depth: Int) throws(YAMLError) -> [Entry] {
            var entries: [Entry] = []
            var lines: [String: Int] = [:]
            while true {
                let event = try next()
                if event.kind == YAML_MAPPING_END_EVENT { return entries }
                guard event.kind == YAML_SCALAR_EVENT else {
                    throw YAMLError(line: event.line, message: "a key has to be a single word")
                }
                if let first = lines[event.text] {
                    throw YAMLError(
                        line: event.line, message: "'\(event.text)' is there twice; it stands in line \(first) already")
                }
                lines[event.text] = event.line
                let value = try node(try next(), depth: depth)
                entries.append(Entry(key: event.text, line: event.line, value: value))
            }
        }

        /// What is needed of an event, copied so that libyaml can have its memory back.
        private struct Event {
            let kind: yaml_event_type_t
            let line: Int
            let column: Int
            var text = ""
            var isQuoted = false
        }

        private func next() throws(YAMLError) -> Event {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
            defer { yaml_event_delete(&event) }
            var copy = Event(
                kind: event.type, line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1)
            guard event.type == YAML_SCALAR_EVENT else { return copy }
            let scalar = event.data.scalar
            // SAFETY: libyaml answers `length` bytes at `value`, which live until the event is deleted.
            copy.text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            copy.isQuoted = scalar.style != YAML_PLAIN_SCALAR_STYLE
            return copy
        }

        private func failure() -> YAMLError {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be understood"
            let context = parser.pointee.context.map { " (\(String(cString: $0)))" } ?? ""
            // Of bytes that are no text libyaml tells the place alone.
            let isOfBytes = parser.pointee.error == YAML_READER_ERROR
            let line = isOfBytes ? breaks(before: parser.pointee.problem_offset) : Int(parser.pointee.problem_mark.line)
            return YAMLError(line: line + 1, message: problem + context)
        }

        private func breaks(before end: Int) -> Int {
            let part = text.prefix(end)
            return part.indices.count { index in
                let isLone = part[index] == 0x0D && (index + 1 == part.endIndex || part[index + 1] != 0x0A)
                return part[index] == 0x0A || isLone
            }
        }
    }
}

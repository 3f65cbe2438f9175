import Foundation

/// The independent validator.
public enum SchemaValidator {
    /// Whether python3 has the jsonschema module.
    public static let isThere: Bool = {
        guard let result = try? Program("/usr/bin/env", ["python3", "-c", "import jsonschema"]).run() else {
            return false
        }
        return result.status == 0
    }()

    /// What is wrong with a document; empty when nothing is.
    public static func validate(_ json: String, schema: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString).json")
        try Data(json.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            errors = jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2])))
            print("\\n".join(e.json_path + ": " + e.message for e in errors), end="")
            """
        let path = Fixtures.root.appending(path: "docs/schema/\(schema).schema.json").path
        let result = try Program("/usr/bin/env", ["python3", "-c", script, path, file.path]).run()
        return result.text + result.errors
    }
}

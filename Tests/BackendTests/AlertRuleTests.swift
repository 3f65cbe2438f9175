import Foundation
import TestSupport
import Testing

extension Backends {
    /// The shipped rules and the scrape example, in the eyes of promtool.
    @Suite(.enabled(if: Needs.hasDistribution, Needs.distribution))
    struct AlertRuleTests {
        private static let builds = [PrometheusBuild.distribution, .newer].compactMap(\.self)

        @Test(arguments: [["check", "config", "scrape.yml"], ["test", "rules", "alerts_test.yml"]])
        func promtoolAcceptsThem(_ arguments: [String]) throws {
            let folder = Fixtures.root.appending(path: "deploy/prometheus")
            for build in Self.builds {
                let words = arguments.dropLast() + [folder.appending(path: arguments.last ?? "").path]
                let result = try build.promtool.with(Array(words)).run()
                #expect(result.status == 0, "\(build.version): \(result.text)\(result.errors)")
            }
        }
    }
}

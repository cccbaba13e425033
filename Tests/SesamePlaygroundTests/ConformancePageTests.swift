import Glibc
import SesamePlayground
import SesameSecrets
import SesameSystem
import Testing

/// docs/conformance.md says what the table of modules says, which the programs are held to.
@Suite struct `The page of the conformance suite` {
    private static let marker =
        "<!-- From here on a test writes: remove what follows this line, and run the tests of SesamePlayground twice. -->\n"

    private static let path =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/docs/conformance.md"

    /// Where nothing follows the marker, it is written for the next run, and this one fails.
    @Test func `lists every module, and counts them`() throws {
        let page = try PrivateFile.readShared(Self.path, limit: 1 << 20).dangerouslyRevealedText()
        let parts = page.split(separator: Self.marker, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "the line with the marker is not there once")
        let expected = "\n" + figures + sections + leftOut
        if parts[1].isEmpty { append(expected) }
        let shown = parts[1].split(separator: "\n", omittingEmptySubsequences: false)
        let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, want) in zip(shown, wanted) { try #require(line == want) }
        #expect(shown.count == wanted.count)
    }

    private var figures: String {
        let rows = SuiteModule.Plan.allCases.map { plan in
            let modules = SuiteModule.all.filter { $0.plan == plan }
            return row(plan.rawValue, modules)
        }
        return """
            | plan | modules | must be accepted | must be refused | either | passed |
            |---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))
            \(row("all", SuiteModule.all))


            """
    }

    private func row(_ title: String, _ modules: [SuiteModule]) -> String {
        func count(_ demand: SuiteModule.Demand) -> Int { modules.count { $0.demand == demand } }
        return
            "| \(title) | \(modules.count) | \(count(.accept)) | \(count(.reject)) | \(count(.either))"
            + " | \(modules.count) |"
    }

    private var sections: String {
        SuiteModule.Plan.allCases.map { plan in
            let rows = SuiteModule.all.filter { $0.plan == plan }.map {
                "| `\($0.name)` | \($0.does) | \($0.demand.rawValue) | \(words($0.end)) |"
            }
            return """
                ## \(plan.rawValue)

                | module | what the server does | a client must | Sesame |
                |---|---|---|---|
                \(rows.joined(separator: "\n"))


                """
        }.joined()
    }

    private var leftOut: String {
        let rows = SuiteModule.leftOut.flatMap { names, reason in
            names.map { "| `\($0)` | \(reason) |" }
        }
        return """
            ## Left out

            | module | why |
            |---|---|
            \(rows.joined(separator: "\n"))

            """
    }

    private func words(_ end: SuiteModule.End) -> String {
        switch end {
        case .tokens: "logs in, and renews twice"
        case .discovery: "asks for nothing but the metadata"
        case .callback: "sends no token request"
        case .forgedCallback: "takes it for a forgery, and waits in vain"
        case .tokenAnswer: "keeps nothing, and asks for nothing more"
        case .renewal: "uses nothing of the answer, and keeps the login"
        }
    }

    private func append(_ text: String) {
        guard let file = unsafe fopen(Self.path, "ae") else { return }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }
}

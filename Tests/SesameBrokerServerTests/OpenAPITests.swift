import Glibc
import SesameBrokerAPI
import SesameBrokerServer
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The lines of docs/openapi.yaml; the repository is above the build folder.
private struct OpenAPI {
    let lines: [Substring]

    init() throws {
        let parts = "\(#filePath)".split(separator: "/").dropLast(3)
        let path = "/" + parts.joined(separator: "/") + "/docs/openapi.yaml"
        let text = try PrivateFile.readShared(path, limit: 1 << 20).dangerouslyRevealedText()
        lines = text.split(separator: "\n")
    }

    /// `METHOD /path`, with `{}` for every parameter.
    var operations: Set<String> {
        var found: Set<String> = []
        var path = ""
        for line in lines {
            if line.hasPrefix("  /"), line.hasSuffix(":") {
                path = line.dropFirst(2).dropLast()
                    .split(separator: "/").map { $0.hasPrefix("{") ? "{}" : $0 }
                    .reduce("") { "\($0)/\($1)" }
            }
            let methods = ["get", "put", "post", "delete", "patch", "head", "options"]
            // Some are written once, and named by the others.
            for method in methods
            where line == "    \(method):" || line.hasPrefix("    \(method): &")
                || line.hasPrefix("    \(method): *")
            {
                found.insert("\(method.uppercased()) \(path)")
            }
        }
        return found
    }

    /// The entries of the list `enum:` behind the last `code:`.
    var codes: [Substring] {
        guard let start = lines.lastIndex(where: { $0.hasSuffix(" code:") }) else { return [] }
        return lines[start...].drop { !$0.hasSuffix(" enum:") }.dropFirst()
            .prefix { $0.contains(" - ") }.map { $0.drop { $0 == " " || $0 == "-" } }
    }
}

@Suite struct `The description of the API` {
    @Test func `has the operations that the broker has`() throws {
        let real = Set(
            Routes.operations.map { operation in
                "\(operation.method) \(operation.path.replacing("{…}", with: "{}"))"
            })
        #expect(try OpenAPI().operations == real)
        #expect(real.count == 55)
    }

    @Test func `has the codes that a problem may have`() throws {
        #expect(try OpenAPI().codes.map(String.init) == Problem.Code.allCases.map(\.rawValue))
    }

    @Test func `names every member of a problem`() async throws {
        let text = try OpenAPI().lines.joined(separator: "\n")
        let problem = try await Rig().call("GET", "/nothing").json
        let members = try #require(problem.members).map(\.name)
        #expect(text.contains("required: [\(members.joined(separator: ", "))]"))
    }

    @Test func `names every member of a status`() async throws {
        let text = try OpenAPI().lines.joined(separator: "\n")
        let profiles = try await Rig().call("GET", "/profiles").json["profiles"]
        let members = try #require(profiles?.elements?.first?.members).map(\.name)
        #expect(text.contains("required: [\(members.joined(separator: ", "))]"))
    }
}

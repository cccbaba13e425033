import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The examples of the page, as they stand there.
@Suite struct `The examples for any language` {
    private func practice() async throws -> (Practice, broker: ChildProcess.Running) {
        let practice = try await Practice("strict")
        return (practice, try await practice.sesame.startBroker())
    }

    @Test func `work in a shell`() async throws {
        let (practice, broker) = try await practice()
        defer { broker.kill() }
        let example = try #require(block("sh", of: try waysOut("any-language.md")))
        let printed = try await practice.sesame.shell(example)
        #expect(printed.status == 0, "\(printed.errors)")
        #expect(printed.output.contains(#""token_type":"Bearer""#))
        let token = try await practice.sesame.run("token", "work").dropLast()
        #expect(printed.output.contains(#""access_token":"\#(token)""#))
        let refused = try await practice.sesame.shell(example.replacing("/work/", with: "/none/"))
        #expect(refused.status == 22 && refused.output.contains("unknown_profile"))
    }

    @Test(.enabled(if: ChildProcess.path(of: "python3") != nil, "python3 is not installed"))
    func `work in Python`() async throws {
        let (practice, broker) = try await practice()
        defer { broker.kill() }
        let example = try #require(block("python", of: try waysOut("any-language.md")))
        let file = practice.sesame.folder.file("example.py")
        try PrivateFile.create(file, Secret(utf8: example))
        let printed = try await practice.sesame.shell("python3 example.py")
        #expect(printed.output.hasPrefix("Bearer token until 20"), "\(printed.errors)")
        try await practice.sesame.run("logout", "work")
        let refused = try await practice.sesame.shell("python3 example.py")
        #expect(refused.status == 1 && refused.errors.hasPrefix("login_required: "))
    }

    /// Compiled against the modules of this very build, where a compiler can be found.
    @Test func `work in Swift`() async throws {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let compiler = path.split(separator: ":").map { "\($0)/swiftc" }.first {
            ChildProcess.path(of: $0) != nil
        }
        guard let compiler else { try Test.cancel("swiftc is not on the path") }
        let (practice, broker) = try await practice()
        defer { broker.kill() }
        let folder = TemporaryFolder()
        let example = try #require(block("swift", of: try waysOut("any-language.md")))
        try PrivateFile.create(folder.file("Example.swift"), Secret(utf8: example))
        let built = PrivateFile.folder(of: BuiltPrograms.path(of: "sesame"))
        let modules = [
            "SesameBrokerAPI", "SesameHTTP", "SesameJSON", "SesameSystem", "SesameSecrets",
            "CLinux",
        ]
        let command = """
            cd '\(folder.path)' && '\(compiler)' -parse-as-library Example.swift -o example \
              -I '\(built)/Modules' -Xcc -fmodule-map-file='\(built)/CLinux.build/module.modulemap' \
              $(find \(modules.map { "'\(built)/\($0).build'" }.joined(separator: " ")) -name '*.o')
            """
        let compiled = try await ChildProcess.runAside(
            "sh", ["-c", command],
            environment: ChildProcess.plainEnvironment.merging(["PATH": path]) { $1 })
        try #require(compiled.status == 0, "\(compiled.errors)")
        let running = try practice.sesame.start(folder.file("example"), [])
        let printed = try await offPool { try running.wait() }
        #expect(printed.output.hasPrefix("Bearer token until 20"), "\(printed.errors)")
    }
}

import SesameJSON
import TestSupport
import Testing

/// A fresh glewlwyd, an authorization server that is not ours, for one test.
final class Glewlwyd: Sendable {
    /// How one of its clients is known to it.
    struct Client {
        let id: String
        let secret: String?
        /// The private key that it signs with, and what the server calls it.
        let keyFile: String?
        let keyID: String?
        /// What it shows in TLS.
        let certificateFile: String?
        let redirectURI: String
    }

    let issuer: String
    let certificateAuthorityFile: String?
    /// The program that signs in as its user and agrees.
    let browser: String
    private let folder = TemporaryFolder()
    private let description: JSON

    /// - Parameters:
    ///   - takesPushedOnly: whether authorization requests must be pushed (RFC 9126).
    ///   - proofs: `1` where it takes proofs of a key, `nonce` where its nonce must be in them (RFC 9449).
    ///   - registersClients: whether clients register themselves (RFC 7591).
    ///   - resources: what its tokens may be asked for, with the scope `read` (RFC 8707).
    init(
        overTLS: Bool = false, takesPushedOnly: Bool = false, proofs: String? = nil,
        registersClients: Bool = false, resources: [String] = []
    ) async throws {
        var environment = ChildProcess.plainEnvironment
        environment["TLS"] = overTLS ? "1" : "0"
        environment["PAR"] = takesPushedOnly ? "1" : "0"
        environment["DPOP"] = proofs
        environment["REGISTER"] = registersClients ? "1" : "0"
        environment["RESOURCES"] = resources.joined(separator: " ")
        let started = try await ChildProcess.runAside(
            Self.script, ["start", folder.path], environment: environment)
        try #require(started.status == 0, "\(started.errors)")
        let text = try await ChildProcess.runAside("cat", [folder.file("server.json")]).output
        description = try JSON(printed: text)
        issuer = try #require(description["issuer"]?.string)
        certificateAuthorityFile = description["ca_file"]?.string
        browser = folder.file("browser")
    }

    deinit {
        _ = try? ChildProcess.run(Self.script, ["stop", folder.path])
    }

    func client(_ id: String) throws -> Client {
        let client = try #require(description["clients"]?[id])
        return Client(
            id: id, secret: client["secret"]?.string, keyFile: client["key_file"]?.string,
            keyID: client["key_id"]?.string, certificateFile: client["certificate_file"]?.string,
            redirectURI: try #require(client["redirect_uri"]?.string))
    }

    /// What it has noted itself: one line an event.
    func log() async throws -> String {
        try await ChildProcess.runAside("cat", [folder.file("glewlwyd.log")]).output
    }

    private static let script = scriptPath("glewlwyd.sh")
}

/// The path of a script beside these tests.
func scriptPath(_ name: String, thisFile: String = #filePath) -> String {
    "/" + thisFile.split(separator: "/").dropLast().joined(separator: "/") + "/Scripts/\(name)"
}

import Glibc
import SesameSystem

/// A throw-away certificate authority in a folder of its own, made by the `openssl` program.
///
/// The folder goes when the value goes.
package final class CertificateAuthority: Sendable {
    /// A certificate with its key, as files.
    package struct Identity: Sendable {
        /// The certificate in PEM.
        package let certificate: String
        /// The key in PEM.
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Whether the programs that TLS tests need are there (Debian: openssl, socat).
    package static let isAvailable =
        ChildProcess.path(of: "openssl") != nil && ChildProcess.path(of: "socat") != nil

    /// The authority's certificate: what a client is told to trust.
    package var file: String { folder + "/authority.pem" }
    /// The folder of all files; tests may put more there.
    package let folder: String

    /// Makes the authority.
    package init() throws {
        folder = try temporaryFolder()
        try openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Sesame test authority"]
                + newKey("authority")
                + ["-out", file, "-addext", "keyUsage=critical,keyCertSign"])
    }

    deinit {
        _ = try? ChildProcess.run("rm", ["-r", folder])
    }

    /// A certificate for some names, such as `DNS:localhost` and `IP:127.0.0.1`.
    /// - Parameter days: how long it is valid; negative for one that has expired.
    package func issue(_ names: [String], days: Int = 1) throws -> Identity {
        let name = "leaf-\(random())"
        let (certificate, request) = ("\(folder)/\(name).pem", "\(folder)/\(name).csr")
        try openssl(
            ["req", "-new", "-subj", "/CN=\(name)", "-out", request]
                + ["-addext", "subjectAltName=" + names.joined(separator: ",")] + newKey(name))
        try openssl([
            "x509", "-req", "-in", request, "-CA", file, "-CAkey", "\(folder)/authority.key",
            "-copy_extensions", "copy", "-days", "\(days)", "-out", certificate,
        ])
        return Identity(certificate: certificate, key: "\(folder)/\(name).key")
    }

    /// A certificate that nobody but its own key vouches for.
    /// - Parameter subject: whom it names, as `openssl req` reads it.
    package func issueSelfSigned(
        _ names: [String], subject: String = "/CN=self-signed"
    ) throws -> Identity {
        let name = "self-signed"
        let certificate = "\(folder)/\(name).pem"
        try openssl(
            ["req", "-x509", "-days", "1", "-utf8", "-subj", subject, "-out", certificate]
                + ["-addext", "subjectAltName=" + names.joined(separator: ",")] + newKey(name))
        return Identity(certificate: certificate, key: "\(folder)/\(name).key")
    }

    private func newKey(_ name: String) -> [String] {
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        return curve + ["-keyout", "\(folder)/\(name).key"]
    }

    private func openssl(_ arguments: [String]) throws {
        let ended = try ChildProcess.run("openssl", arguments)
        if ended.status != 0 { throw ChildProcess.Failure(description: ended.errors) }
    }
}

/// A TLS server in front of a plain one on the same machine, by the `socat` program.
package final class TLSFront: Sendable {
    /// Where it listens on 127.0.0.1.
    package let port: UInt16
    private let process: ChildProcess.Running

    /// Starts it; further `options` go to socat's address.
    package init(
        _ identity: CertificateAuthority.Identity, before port: UInt16, options: [String] = []
    ) throws {
        let address = [
            "OPENSSL-LISTEN:0", "bind=127.0.0.1", "fork", "nodelay",
            "cert=\(identity.certificate)", "key=\(identity.key)",
        ]
        // It takes no option twice.
        let asks = options.contains { $0.hasPrefix("verify=") } ? [] : ["verify=0"]
        process = try ChildProcess.start(
            "socat",
            [
                "-d", "-d", (address + asks + options).joined(separator: ","),
                "TCP:127.0.0.1:\(port)",
            ])
        // … N listening on AF=2 127.0.0.1:40123
        while let line = try process.nextLine(.errors) {
            guard line.contains("listening on"), let digits = line.split(separator: ":").last,
                let port = UInt16(digits)
            else { continue }
            self.port = port
            return
        }
        throw ChildProcess.Failure(description: "socat ended at once")
    }
}

/// A new folder that only this user may enter.
package func temporaryFolder() throws -> String {
    var template = Array("/tmp/sesame-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemError("making a temporary folder") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

import Glibc
import SesameSecrets
import SesameSystem

/// A TLS server in front of a plain one that asks each client for a certificate, by the `nginx` program.
///
/// What the client has shown stands in the field `Client-Cert` of the request, as PEM with percent signs.
package final class CertificateFront: Sendable {
    /// What is asked of the client.
    package enum Demand: String, Sendable {
        /// A certificate of the authority's, or the connection has no answer but 400.
        case required = "on"
        /// Any certificate, or none: who is behind the front decides.
        case any = "optional_no_ca"
    }

    /// Whether the programs are there (Debian: nginx, openssl, socat).
    package static let isAvailable =
        CertificateAuthority.isAvailable && ChildProcess.path(of: "nginx") != nil

    /// Where it listens on 127.0.0.1.
    package let port: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess.Running

    /// Starts it.
    /// - Parameter authority: the file with the authorities of clients.
    package init(
        _ identity: CertificateAuthority.Identity, before port: UInt16, trusting authority: String,
        _ demand: Demand = .any
    ) throws {
        // Nothing tells which port will still be free when nginx binds it, so: try, and try another.
        for _ in 0..<10 {
            let (folder, own) = (TemporaryFolder(), try ScriptedServer.closedPort())
            try PrivateFile.create(
                folder.file("nginx.conf"),
                Secret(
                    utf8: configuration(folder, own, identity, before: port, authority, demand)))
            let process = try ChildProcess.start(
                "nginx", ["-e", "stderr", "-p", folder.path, "-c", folder.file("nginx.conf")])
            if try isListening(process) {
                (self.port, self.folder, self.process) = (own, folder, process)
                return
            }
        }
        throw ChildProcess.Failure(description: "nginx found no port")
    }

    deinit { process.terminate() }
}

/// Its own word for it: at this level of its log it tells when its workers begin.
private func isListening(_ process: ChildProcess.Running) throws -> Bool {
    while let line = try process.nextLine(.errors) {
        if line.contains("start worker process ") { return true }
    }
    return false
}

private func configuration(
    _ folder: TemporaryFolder, _ own: UInt16, _ identity: CertificateAuthority.Identity,
    before port: UInt16, _ authority: String, _ demand: CertificateFront.Demand
) -> String {
    let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
        "\($0)_temp_path \(folder.file($0));"
    }
    return """
        daemon off;
        worker_processes 1;
        \(geteuid() == 0 ? "user root;" : "")
        pid \(folder.file("pid"));
        error_log stderr notice;
        events {}
        http {
            access_log off;
            \(places.joined(separator: "\n"))
            server {
                listen 127.0.0.1:\(own) ssl;
                ssl_certificate \(identity.certificate);
                ssl_certificate_key \(identity.key);
                ssl_client_certificate \(authority);
                ssl_verify_client \(demand.rawValue);
                location / {
                    proxy_pass http://127.0.0.1:\(port);
                    proxy_set_header Host $http_host;
                    proxy_set_header Client-Cert $ssl_client_escaped_cert;
                }
            }
        }

        """
}

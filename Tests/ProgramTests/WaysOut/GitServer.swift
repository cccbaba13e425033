import SesameSecrets
import SesameSystem
import TestSupport

/// One connection of a git server: git's own `http-backend`, for whoever presents a good token as a password.
struct GitServer: Sendable {
    /// The folder of its repositories.
    let folder: TemporaryFolder
    /// Tokens that it refuses although they are good, as one that lacks a right.
    let refused = Locked<Set<String>>([])

    func serve(
        _ connection: borrowing ScriptedServer.Connection, _ presented: Locked<[String]>,
        _ isGood: (String) -> Bool
    ) {
        guard let request = connection.request() else { return }
        guard let pair = request.field("Authorization").flatMap(credentials) else {
            return challenge(connection)
        }
        presented.withLock { $0.append(pair) }
        let token = String(pair.drop { $0 != ":" }.dropFirst())
        guard isGood(token), !refused.withLock({ $0.contains(token) }) else {
            return challenge(connection)
        }
        guard let answer = try? backend(request) else { return }
        connection.write(answer)
    }

    private func challenge(_ connection: borrowing ScriptedServer.Connection) {
        connection.write(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n"
                + "Content-Length: 0\r\nConnection: close\r\n\r\n")
    }

    private func credentials(_ field: String) -> String? {
        field.hasPrefix("Basic ") ? decodedBase64(field.dropFirst(6)) : nil
    }

    /// What the backend answers (RFC 3875), as HTTP.
    private func backend(_ request: ScriptedServer.Request) throws -> [UInt8] {
        let words = request.line.split(separator: " ")
        let target = words[1].split(separator: "?", maxSplits: 1)
        let output = folder.file("answer-\(UInt64.random(in: 0...UInt64.max))")
        var environment = ChildProcess.plainEnvironment.merging([
            "GIT_PROJECT_ROOT": folder.path, "GIT_HTTP_EXPORT_ALL": "1",
            "HOME": folder.path, "OUTPUT": output,
            "REQUEST_METHOD": String(words[0]), "PATH_INFO": String(target[0]),
            "QUERY_STRING": target.count > 1 ? String(target[1]) : "",
            "CONTENT_LENGTH": String(request.body.count),
        ]) { $1 }
        environment["CONTENT_TYPE"] = request.field("Content-Type")
        environment["HTTP_CONTENT_ENCODING"] = request.field("Content-Encoding")
        environment["GIT_PROTOCOL"] = request.field("Git-Protocol")
        _ = try ChildProcess.run(
            "sh", ["-c", #"umask 077; exec git http-backend >"$OUTPUT""#],
            environment: environment, input: request.body)
        let answer = try PrivateFile.readShared(output, limit: 1 << 20).dangerouslyRevealedBytes()
        guard
            let end = answer.indices.first(where: {
                answer[$0...].starts(with: Array("\r\n\r\n".utf8))
            })
        else { return [] }
        let body = answer[(end + 4)...]
        let head = String(decoding: answer[..<end], as: UTF8.self)
        return Array(
            ("HTTP/1.1 200 OK\r\n\(head)\r\nContent-Length: \(body.count)\r\n"
                + "Connection: close\r\n\r\n").utf8) + body
    }
}

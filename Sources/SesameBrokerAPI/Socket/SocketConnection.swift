import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// The way to the broker over its socket; where nobody answers there, over a private socket pair to
/// a `sesamed` that runs for this connection only.
///
/// Connects when first used, and again when the broker has closed an idle connection.
public final class SocketConnection: BrokerConnection {
    private let paths: SesamePaths
    private let environment: [String: String]
    private let program: String?
    private let channel = Locked<Channel?>(nil)

    /// Names the socket and the program; nothing is opened yet.
    /// - Parameter program: the broker program; by default `sesamed` beside the running program, or
    ///   on `PATH`.
    public init(paths: SesamePaths, environment: [String: String], program: String? = nil) {
        self.paths = paths
        self.environment = environment
        self.program = program
    }

    /// Sends one request and waits for its answer.
    /// - Throws: ``Problem``.
    public func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        try channel.withLock { channel throws(Problem) in
            let held = channel.flatMap { $0.isStale ? nil : $0 }
            channel = nil
            let used = if let held { held } else { try open() }
            let (answer, isOpen) = try Self.exchange(request, over: used)
            if isOpen { channel = used }
            return answer
        }
    }

    /// Whether nobody listened, and a broker was started for this connection; known after the first exchange.
    public var isExclusive: Bool { channel.withLock { $0?.isOwn ?? false } }

    private static func exchange(
        _ request: BrokerRequest, over channel: Channel
    ) throws(Problem) -> (BrokerAnswer, isOpen: Bool) {
        do throws(Channel.Failure) {
            let deadline = SystemTime().uptime + .seconds(request.timeout)
            let (head, body) = try channel.exchange(
                request.encoded(), limit: 16 << 20, deadline: deadline)
            return (BrokerAnswer(status: head.status, body: body), !head.closes)
        } catch {
            throw switch error {
            case .timeout: Problem(.temporary, "the broker did not answer in time")
            case .closed(early: true): Problem(.internal, "the broker ended without an answer")
            case .closed(early: false): Problem(.internal, "the broker ended within an answer")
            case .malformed: Problem(.internal, "the broker's answer cannot be understood")
            }
        }
    }

    private func open() throws(Problem) -> Channel {
        let place = BrokerSocket(paths.socket, isNamed: paths.isSocketNamed)
        if let socket = try place.connect() { return Channel(socket) }
        guard
            let program = program ?? ProgramSearch.besideThisProgram("sesamed")
                ?? ProgramSearch.onPath("sesamed", environment: environment)
        else {
            throw Problem(
                .internal, "no broker answers, and the program sesamed was not found",
                hints: ["install sesamed beside sesame, or on PATH"])
        }
        return try Self.start(program, environment: environment)
    }
}

extension SocketConnection {
    /// Starts a broker with one end of a socket pair as its descriptor 3.
    ///
    /// As a companion it survives a Ctrl-C that is meant for us: it must never die between a server's
    /// answer and the store. It ends by itself when the socket closes.
    private static func start(
        _ program: String, environment: [String: String]
    ) throws(Problem) -> Channel {
        guard let pair = try? FileDescriptor.socketPair() else {
            throw Problem(.internal, "no socket pair can be made")
        }
        let ours = FileDescriptor(owning: pair.0)
        let theirs = FileDescriptor(owning: pair.1)
        let process = SpawnedProgram(
            program, ["--adopt", "3"], environment: BrokerEnvironment.passed(from: environment),
            .companion(descriptor: theirs.number))
        guard let process else {
            throw Problem(.internal, "the broker program \(program.sanitised()) cannot be started")
        }
        return Channel(ours, process: process)
    }
}

extension BrokerRequest {
    /// The request in HTTP/1.1.
    func encoded() -> Secret {
        var out = SecretBuffer(capacity: 256 + (body?.count ?? 0))
        out.append("\(method) \(target) HTTP/1.1\r\nHost: sesame\r\nAccept: application/json\r\n")
        if let body {
            out.append("Content-Type: application/json\r\nContent-Length: \(body.count)\r\n")
        }
        out.append("\r\n")
        if let body { out.append(body) }
        return Secret(out)
    }
}

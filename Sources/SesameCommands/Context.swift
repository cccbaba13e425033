import SesameBrokerAPI
import SesameSecrets
import SesameSystem

/// What a command works with while it runs.
package final class Context: Sendable {
    let arguments: Arguments
    let surroundings: Surroundings
    let output: Output
    let hasAsked = Locked(false)
    private let connected = Locked<BrokerClient?>(nil)

    init(arguments: Arguments, surroundings: Surroundings, output: Output) {
        self.arguments = arguments
        self.surroundings = surroundings
        self.output = output
    }

    var environment: [String: String] { surroundings.environment }
    var terminal: any Terminal { output.terminal }

    /// Asks the broker something; a problem becomes a failure.
    ///
    /// Where the store is locked and a person is there, the passphrase is asked for and the question
    /// repeated: a locked store has done nothing yet.
    func ask<Answer>(
        about profile: String? = nil, _ question: (BrokerClient) throws(Problem) -> Answer
    ) throws(Failure) -> Answer {
        do throws(Problem) {
            return try question(try broker())
        } catch {
            guard mayUnlock(after: error) else { throw Failure(error, profile: profile) }
            try unlock(after: error)
        }
        do throws(Problem) {
            return try question(try broker())
        } catch {
            throw Failure(error, profile: profile)
        }
    }

    /// So many clients of the broker, for requests at the same time, each with a connection of its own; the one that there
    /// is, where the broker knows of no other.
    func brokers(_ count: Int) throws(Failure) -> [BrokerClient] {
        do throws(Problem) {
            let first = try broker()
            if first.isExclusive { return [first] }
            var clients = [first]
            while clients.count < count { clients.append(try connect()) }
            return clients
        } catch {
            throw Failure(error, profile: nil)
        }
    }

    /// A path as the person means it: from the folder where they are, or from their home.
    func absolutePath(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = environment.given("HOME") else {
            return SesameCommands.absolutePath(path)
        }
        return home + path.dropFirst()
    }

    /// Lets go of the broker; one that ran for this command has ended when this returns.
    func leaveBroker() {
        connected.withLock { $0 = nil }
    }

    /// The broker, connected on first use.
    func broker() throws(Problem) -> BrokerClient {
        try connected.withLock { connected throws(Problem) in
            if let connected { return connected }
            let client = try connect()
            connected = client
            return client
        }
    }

    private func connect() throws(Problem) -> BrokerClient {
        let connection = try surroundings.connect(environment)
        return BrokerClient(
            over: output.isVerbose ? NarratedConnection(connection, output: output) : connection)
    }

    /// The profile that the person named, and the arguments behind it.
    ///
    /// With `--profile` or `SESAME_PROFILE` the command line may leave it out.
    /// - Parameter missing: what to say when what comes behind the profile is not there.
    func profile(
        arguments count: Int = 0, missing: String = "something is missing"
    ) throws(Failure) -> (name: String, arguments: [String]) {
        let words = arguments.positional
        guard words.count <= count + 1 else {
            throw Failure.usage("too many arguments: \(words[count + 1].sanitised(limit: 60))")
        }
        let named = arguments["profile"] ?? environment.given("SESAME_PROFILE")
        if words.count == count + 1 {
            try rejectSecondProfile(words[0])
            return (words[0], Array(words.dropFirst()))
        }
        guard words.count == count, let named else {
            throw Failure.usage(
                words.isEmpty ? "which profile?" : missing,
                hints: words.isEmpty ? ["sesame profiles lists the profiles"] : [])
        }
        return (named, words)
    }

    /// The profile of a command that can do without: its one argument, or `--profile`.
    func optionalProfile() throws(Failure) -> String? {
        let words = arguments.positional
        guard words.count <= 1 else {
            throw Failure.usage("too many arguments: \(words[1].sanitised(limit: 60))")
        }
        guard let word = words.first else { return arguments["profile"] }
        try rejectSecondProfile(word)
        return word
    }

    /// Of a command that takes options only.
    func expectNoArguments(of command: String) throws(Failure) {
        guard arguments.positional.isEmpty else {
            throw Failure.usage(
                "\(command) takes no argument: \(arguments.positional[0].sanitised(limit: 60))")
        }
    }

    private func rejectSecondProfile(_ word: String) throws(Failure) {
        guard arguments["profile"] == nil || arguments["profile"] == word else {
            throw Failure.usage("two profiles are named: one by --profile, one as an argument")
        }
    }
}

/// Tells on standard error what is asked of the broker: methods, paths and times, no content.
struct NarratedConnection: BrokerConnection {
    private let connection: any BrokerConnection
    private let output: Output

    init(_ connection: any BrokerConnection, output: Output) {
        self.connection = connection
        self.output = output
    }

    var isExclusive: Bool { connection.isExclusive }

    func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        let path = request.target.prefix { $0 != "?" }
        let start = SystemTime().uptime
        output.step("broker: \(request.method) \(String(path).sanitised())")
        let answer = try connection.exchange(request)
        let duration = (SystemTime().uptime - start) / .milliseconds(1)
        output.step("broker: status \(answer.status) after \(Int(duration)) ms")
        return answer
    }
}

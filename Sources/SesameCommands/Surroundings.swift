import Glibc
package import SesameBrokerAPI
package import SesameSecrets
package import SesameSystem

/// What a command may do to the machine, besides writing to the terminal: the machine's, or a test's.
package struct Surroundings: Sendable {
    /// The environment variables.
    package var environment: [String: String]
    /// The clocks.
    package var time: any TimeSource
    /// Finds the broker.
    package var connect: @Sendable ([String: String]) throws(Problem) -> any BrokerConnection
    /// Starts a program with its arguments and environment beside us; it may outlive us.
    package var start: @Sendable (String, [String], [String: String]) -> (any Companion)?
    /// Becomes a program; comes back with an error number only when that fails.
    package var become: @Sendable (String, [String], [String: String]) -> Int32
    /// Makes so many random bytes that nobody can guess.
    package var random: @Sendable (Int) throws(SystemError) -> Secret

    package init(
        environment: [String: String], time: any TimeSource,
        connect: @escaping @Sendable ([String: String]) throws(Problem) -> any BrokerConnection,
        start: @escaping @Sendable (String, [String], [String: String]) -> (any Companion)?,
        become: @escaping @Sendable (String, [String], [String: String]) -> Int32,
        random: @escaping @Sendable (Int) throws(SystemError) -> Secret
    ) {
        self.environment = environment
        self.time = time
        self.connect = connect
        self.start = start
        self.become = become
        self.random = random
    }

    /// The machine itself.
    static func machine(environment: [String: String]) -> Surroundings {
        Surroundings(
            environment: environment, time: SystemTime(),
            connect: { environment throws(Problem) in
                SocketConnection(
                    paths: try SesamePaths(environment: environment), environment: environment)
            },
            start: { program, arguments, environment in
                SpawnedProgram(program, arguments, environment: environment, .detached)
            },
            become: { program, arguments, environment in
                let assignments = environment.map { "\($0.key)=\($0.value)" }
                return unsafe withCStrings(arguments) { arguments in
                    unsafe withCStrings(assignments) { assignments in
                        unsafe execve(program, arguments, assignments)
                        return errno
                    }
                }
            },
            random: { count throws(SystemError) in try KernelRandom.bytes(count) })
    }
}

/// A program that runs beside us.
package protocol Companion: Sendable {
    /// Its exit status once it has ended.
    func exitStatus() -> Int32?
}

extension SpawnedProgram: Companion {}

extension [String: String] {
    /// The environment for programs of the user's own: all but what may be a secret of ours.
    var withoutSecrets: [String: String] {
        let harmless: Set<String> = [
            "SESAME_HOME", "SESAME_CONFIG", "SESAME_SOCKET", "SESAME_PROFILE",
        ]
        return filter { !$0.key.hasPrefix("SESAME_") || harmless.contains($0.key) }
    }

    /// A variable that is there and not empty.
    func given(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

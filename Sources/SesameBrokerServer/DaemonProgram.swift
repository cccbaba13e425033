import CLinux
import Glibc
import SesameAudit
import SesameBroker
package import SesameBrokerAPI
import SesameCrypto
import SesameCurl
import SesameHTTPServer
import SesameSecrets
import SesameStore
package import SesameSystem

/// What `sesamed` was asked to do.
package enum DaemonMode: Sendable, Equatable {
    /// Listen on the socket until a signal comes.
    case daemon
    /// Serve one connection, inherited as this descriptor, and end with it.
    case adopt(Int32)
    case help
    case version

    package init?(arguments: [String]) {
        switch arguments {
        case []: self = .daemon
        case ["--help"], ["-h"], ["help"]: self = .help
        case ["--version"], ["version"]: self = .version
        default:
            guard arguments.count == 2, arguments[0] == "--adopt", let number = Int32(arguments[1]),
                number > 2
            else { return nil }
            self = .adopt(number)
        }
    }
}

/// The broker as a process.
package struct DaemonProgram: Sendable {
    package static let help = """
        usage: sesamed

        Runs the Sesame broker in the foreground: it owns the store, talks to authorization servers
        and answers on a UNIX socket. `sesame` uses it when it runs, and starts one for a single
        command when it does not.

          --adopt N    serve one connection on descriptor N, then end (used by sesame)
          --version    print the version
          --help       print this text

        The socket is $SESAME_SOCKET, or $SESAME_HOME/broker.sock, or
        $XDG_RUNTIME_DIR/sesame/broker.sock; one that systemd hands over is taken instead. SIGTERM or
        Ctrl-C ends it once running renewals are saved. As a service, SIGHUP reads the configuration
        and the servers' metadata anew; on a terminal it ends the broker.

        """

    private let server: HTTPServer
    private let broker: Broker
    private let caretaker: Caretaker
    private let hooks: Hooks
    private let notices: NoticeBoard
    private let transport: CurlTransport
    private let trail: AuditTrail
    private let proxies: Proxies
    private let configuration: ConfigurationFile
    private let manager: ServiceManager

    package init(
        paths: SesamePaths, home: String, manager: ServiceManager
    ) throws(SystemError) {
        self.manager = manager
        let configuration = ConfigurationFile(path: paths.configuration, home: home)
        self.configuration = configuration
        let transport = CurlTransport()
        var vault = Vault.Parts(
            path: paths.store, usualKeyPath: paths.key, configuration: configuration,
            environment: ProcessEnvironment.current)
        vault.notice = { complain($0) }
        var parts = Broker.Parts(
            configuration: configuration, vault: Vault(vault), transport: transport)
        parts.alarm = { complain($0) }
        let metrics = Metrics()
        let notices = NoticeBoard(metrics)
        parts.notify = { notices.post($0) }
        trail = try Self.trail(paths, configuration)
        parts.trail = trail
        let broker = Broker(parts)
        let hooks = Hooks(configuration: configuration) { complain($0) }
        let caretaker = Caretaker(broker, parts: parts) { event in
            Task { await hooks.take(event) }
        }
        self.caretaker = caretaker
        self.hooks = hooks
        self.notices = notices
        let gate = Gate(configuration: configuration, owner: geteuid()) { complain($0) }
        let routes = Routes(
            broker: broker, gate: gate, trail: trail, metrics: metrics, caretaker: caretaker)
        proxies = Proxies(
            ProxyParts(broker: broker, gate: gate, trail: trail, metrics: metrics)
        ) { complain($0) }
        self.broker = broker
        self.transport = transport
        var limits = ServerLimits()
        limits.bodyBytes = 4 << 20
        limits.connections = ServerLimits.connections(ofDescriptors: DescriptorLimit.raise())
        server = try HTTPServer(
            limits: limits, arrival: { routes.expect($0, connectedAt: $1) },
            handler: { request in await routes.handle(request) })
    }

    private static func trail(
        _ paths: SesamePaths, _ configuration: ConfigurationFile
    ) throws(SystemError) -> AuditTrail {
        let environment = ProcessEnvironment.current
        // Where the configuration cannot be read nothing is handed out.
        var parts = AuditTrail.Parts(beside: paths.store) {
            (try? configuration.contents().audit) ?? AuditSettings()
        }
        parts.memory = { path in
            let anchor = (try? configuration.contents().store.anchor) ?? .automatic
            return anchor.auditMemory(for: path, environment: environment)
        }
        parts.journal = Journal.isThere() ? try? Journal(identifier: "sesamed") : nil
        parts.isService = environment["JOURNAL_STREAM"]?.isEmpty == false
        parts.alarm = { complain($0) }
        return try AuditTrail(parts)
    }

    /// Serves until a signal comes, or, with one adopted connection, until it ends.
    package func run(_ mode: DaemonMode, socket: String) throws(SystemError) {
        blockSignals()
        // A limit on the size of files makes a write fail; it must not end the process, which may be
        // holding tokens that only it knows.
        signal(SIGXFSZ, SIG_IGN)
        // A reader that went away is an error of the write; a background write to a terminal is no reason
        // to stand still.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGTTOU, SIG_IGN)
        switch mode {
        case .adopt(let number):
            server.adopt(connection: FileDescriptor(owning: number), peer: .parent)
            let (server, broker, trail) = (server, broker, trail)
            Task {
                await server.waitUntilIdle()
                await broker.settle()
                await trail.close()
                _exit(0)
            }
        default:
            Task { await listen(on: socket) }
        }
        // Where somebody runs it by hand, the hang-up is that of the terminal.
        let isService = mode == .daemon && isatty(STDERR_FILENO) == 0
        while waitForSignal() == SIGHUP && isService { reload() }
        finish()
    }

    /// Listens, once the runtime has opened the descriptors behind its timers and threads.
    ///
    /// It opens them at the first sleep, and stops the process when there is none left: clients must
    /// not be able to bring that about.
    private func listen(on socket: String) async {
        try? await SystemTime().sleep(for: .nanoseconds(1))
        do {
            try open(socket)
        } catch {
            complain("cannot listen on \(socket.sanitised()): \(error)")
            _exit(1)
        }
        await openProxies()
        manager.tell(.ready, .status("answers on \(socket)"))
        takeCare()
        // It will be needed; a command that finds its token in the store must not wait for it.
        transport.prepare()
        await showLife()
    }

    /// A mistake in the configuration leaves them as they are; whoever asks the broker for something is told.
    private func openProxies() async {
        guard let wanted = try? configuration.contents().proxies else { return }
        await proxies.apply(wanted)
    }

    /// Renews ahead of time, and runs hooks: what a broker for one command has no time for.
    private func takeCare() {
        let (caretaker, hooks) = (caretaker, hooks)
        // In the order in which they came.
        let (stream, line) = AsyncStream.makeStream(of: BrokerNotice.self)
        notices.listen { line.yield($0) }
        Task {
            for await notice in stream {
                await caretaker.take(notice)
                if case .renewed(let profile, _) = notice {
                    await hooks.take(BrokerEvent(.renewed, profile))
                }
            }
        }
        Task { await caretaker.run() }
    }

    private func open(_ socket: String) throws {
        // The manager's own stays open while the broker is started anew: nobody is turned away.
        if let given = manager.sockets.first {
            return try server.listen(inherited: FileDescriptor(owning: given))
        }
        try PrivateFile.makeDirectory(PrivateFile.folder(of: socket))
        try server.listen(unixSocket: socket)
    }

    /// Tells a watching manager that requests are served: on the very thread that serves them.
    private func showLife() async {
        guard let interval = manager.watchdogInterval else { return }
        let (loop, manager) = (server.loop, manager)
        while (try? await SystemTime().sleep(for: interval / 3)) != nil {
            loop.post { manager.tell(.watchdog) }
        }
    }

    /// Looks at the configuration and the servers anew; what is under way goes on.
    private func reload() {
        manager.tell(.reloading)
        let (broker, caretaker, manager) = (broker, caretaker, manager)
        Task { [self] in
            do throws(BrokerError) { try await broker.reload() } catch {
                complain("the configuration is not as it should be: \(error.message)")
            }
            await openProxies()
            await caretaker.lookAgain()
            manager.tell(.ready)
        }
    }

    /// Stops taking requests, answers those that run, and saves what is being renewed.
    private func finish() {
        manager.tell(.stopping)
        let (server, broker, caretaker) = (server, broker, caretaker)
        let (hooks, trail, proxies) = (hooks, trail, proxies)
        Task {
            await caretaker.stop()
            async let ended: Void = proxies.stop()
            await server.stop()
            await ended
            await broker.settle()
            await trail.close()
            await hooks.close(within: .seconds(5))
            _exit(0)
        }
        while true { pause() }
    }
}

/// Prints a line of the program's own to standard error.
package func complain(_ message: String) {
    let line = Array("sesamed: \(message)\n".utf8)
    try? FileDescriptor.writeAll(line.span, to: STDERR_FILENO)
}

private let awaitedSignals = [SIGTERM, SIGINT, SIGHUP]

private func signalSet() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in awaitedSignals { unsafe sigaddset(&set, signal) }
    return set
}

/// Before any thread starts: the signals wait for ``waitForSignal()``.
package func blockSignals() {
    var set = signalSet()
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
}

private func waitForSignal() -> Int32 {
    var set = signalSet()
    var received: Int32 = 0
    unsafe sigwait(&set, &received)
    return received
}

import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Sesame with profile `aivie`, which the practice server's Mautic knows by client credentials, and a broker that runs.
struct PracticeContacts {
    let sesame: Sesame
    let playground: Playground
    let broker: ChildProcess.Running
    /// The settings of the profile; ``change(_:)`` replaces some.
    private let settings: [String: String]

    init() async throws {
        playground = try Playground("--quiet", "--basic", "on")
        sesame = Sesame(server: playground)
        settings = [
            "provider": "mautic", "base_url": "\(playground.origin)/mautic",
            "client_id": PracticeClient.mauticService.id, "grant": "client_credentials",
        ]
        try PrivateFile.create(sesame.folder.file("config"), Self.configuration(settings))
        try await sesame.run(
            ["setup", "aivie", "--client-secret-stdin"],
            input: PracticeClient.mauticService.secret ?? "")
        broker = try await sesame.startBroker()
    }

    private static func configuration(_ settings: [String: String]) -> Secret {
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }
        return Secret(utf8: "[profile aivie]\n" + lines.joined())
    }

    /// Gives the profile other settings.
    func change(_ changes: [String: String]) throws {
        try PrivateFile.replace(
            sesame.folder.file("config"),
            Self.configuration(settings.merging(changes) { $1 }))
    }

    /// Writes a file into the home.
    func write(_ text: String, to name: String = "contacts.csv") throws -> String {
        let path = sesame.folder.file(name)
        try PrivateFile.create(path, Secret(utf8: text))
        return path
    }

    /// Installs a fault at the Mautic's API; these are its parts in JSON without the braces.
    func disturb(_ parts: String) async throws {
        _ = try await playground.control(
            "POST", "faults", #"{"issuer":"mautic","endpoint":"api",\#(parts)}"#)
    }

    /// A number of the server's own account of its Mautic.
    func count(_ name: String) async throws -> Int64? {
        let state = try JSON(printed: try await playground.control("GET", "state"))
        return state["issuers"]?["mautic"]?[name]?.integer
    }

    /// Waits until so many requests are held: one that comes later would not be released with them.
    func waitUntilHeld(_ count: Int64 = 1) async throws {
        try await eventually("requests are held") {
            try JSON(printed: try await playground.control("GET", "state"))["held"]?.integer ?? 0
                >= count
        }
    }

    /// Rows of so many contacts, with a header.
    static func rows(_ count: Int) -> String {
        "E-Mail;First Name;Tags\n"
            + (0..<count).map { "user\($0)@example.org;First \($0);import|batch\($0 % 3)\n" }
            .joined()
    }
}

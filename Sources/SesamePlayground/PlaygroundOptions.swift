import Glibc
package import SesameCrypto
import SesameJSON
import SesameSecrets
package import SesameSystem

/// How a playground is set up.
package struct PlaygroundOptions: Sendable {
    /// The port on 127.0.0.1; 0 means any free one.
    package var port: UInt16 = 0
    /// Whether the Mautic accepts HTTP Basic.
    package var acceptsBasic = false
    /// Replaces the life of access tokens of every issuer, in seconds.
    package var accessTokenLifetime: Int64?
    /// Replaces the rotation of every issuer.
    package var rotation: Scenario.Rotation?
    /// Takes one line for every token request.
    package var logFile: String?
    /// How long every token or API request takes at the least, in milliseconds.
    package var serviceTime: Int64 = 0
    /// The issuers, before the settings above are applied.
    package var scenarios = Scenario.builtIn
    package var time: any TimeSource = SystemTime()
    package var random: any RandomSource = SystemRandom()

    package init() {}

    /// The issuers with the settings applied.
    var allScenarios: [Scenario] {
        scenarios.map { scenario in
            var scenario = scenario
            scenario.acceptsBasic = scenario.acceptsBasic || acceptsBasic
            scenario.accessTokenLifetime = accessTokenLifetime ?? scenario.accessTokenLifetime
            scenario.rotation = rotation ?? scenario.rotation
            return scenario
        }
    }

    /// Appends to the log file; a log that cannot be written is no reason to fail.
    func record(_ entry: TokenLogEntry) {
        guard let logFile else { return }
        guard let file = unsafe fopen(logFile, "ae") else { return }
        let line = entry.json.encoded().dangerouslyRevealedText() + "\n"
        unsafe fputs(line, file)
        unsafe fclose(file)
    }
}

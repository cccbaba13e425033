/// The issuer that a path belongs to, and what it names there.
struct Route: Sendable {
    let scenario: Scenario
    /// The path below the issuer's own.
    let path: String

    /// `nil` when no issuer has that path.
    ///
    /// Metadata may stand in front of the issuer's path or behind it; where the scenario has none, there
    /// is nothing, except that a Mautic answers what is not there itself.
    init?(_ path: String, among scenarios: [String: Scenario]) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, parts[1] == ".well-known" {
            guard let scenario = scenarios[parts[3]],
                scenario.servesMetadata(parts[2], isInFront: true)
            else { return nil }
            self.scenario = scenario
            self.path = "/.well-known/" + parts[2]
            return
        }
        if parts.count == 5, path.hasPrefix(Issuer.metadataPath + "/"), parts[4] == "api",
            let scenario = scenarios[parts[3]], scenario.describesResource
        {
            self.scenario = scenario
            self.path = Issuer.metadataPath
            return
        }
        guard parts.count >= 2, let scenario = scenarios[parts[1]] else { return nil }
        if scenario.dialect == .rfc, parts.count == 4, parts[2] == ".well-known",
            !scenario.servesMetadata(parts[3], isInFront: false)
        {
            return nil
        }
        self.scenario = scenario
        self.path = String(path.dropFirst(parts[1].count + 1))
    }

    /// Which kind of endpoint it is, for faults.
    var endpoint: Fault.Endpoint {
        if path.hasSuffix("/token") { return .token }
        if path.hasPrefix("/api/") || path == "/api" { return .api }
        if path.hasPrefix("/register") { return .register }
        if path.hasSuffix("/revoke") { return .revoke }
        if path.hasSuffix("/par") { return .par }
        if path.hasSuffix("/device_authorization") { return .device }
        if path.hasPrefix("/.well-known/") { return .discovery }
        return .authorize
    }

    /// Whether it takes the service time.
    var isWork: Bool { endpoint == .token || endpoint == .api }
}

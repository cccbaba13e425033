/// Profiles as a whole: added where there is none, and taken away again.
extension ConfigurationFile {
    /// Adds a profile that there is not; where there is one, nothing changes.
    ///
    /// Under the lock that other processes respect, so that no two add the same.
    func add(_ settings: [String: [String]], as profile: String) throws(BrokerError) {
        try replace { () throws(BrokerError) in
            try requireFree(profile)
            return try changed(settings, of: profile).text
        }
    }

    /// Takes the section of a profile away; its comments go with it.
    func remove(profile: String) throws(BrokerError) {
        try replace { () throws(BrokerError) in
            var document = try document()
            do throws(INIDocument.Refusal) {
                guard try document.remove(Profile.heading + profile) else { return nil }
            } catch {
                throw BrokerError(.configuration, error.reason)
            }
            return document.text
        }
    }

    /// Refuses a name that is in use.
    func requireFree(_ profile: String) throws(BrokerError) {
        guard try contents().profiles.contains(profile) else { return }
        throw BrokerError(
            .usage, "there is a profile \(profile) already, and it stays as it is",
            hints: ["take another name: --as NAME"])
    }
}

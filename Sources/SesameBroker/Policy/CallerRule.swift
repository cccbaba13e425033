import SesameSystem

/// One `[caller NAME]` section: who it is about, and what they may do.
package struct CallerRule: Sendable {
    package let name: String
    /// Who: a caller must fit every list that is not empty, by one of its entries.
    var who = Who()
    /// The profiles it is about; empty for all.
    var profiles: Set<String> = []
    var access = Access.nothing
    /// The only scope that its tokens have; `nil` for what the profile got.
    var scope: String?
    var rate: Rate?
    /// A program that says yes or no, by its exit status, before anything is given.
    var confirmation: [String]?
    /// Seconds that its yes holds.
    var confirmationLifetime: Int64 = 300

    struct Who: Sendable {
        /// `nil` in it stands for everybody.
        var users: [UInt32?] = []
        var groups: [UInt32] = []
        var executables: [String] = []
        var units: [String] = []
        var userUnits: [String] = []

        var isEmpty: Bool { users.isEmpty && !needsProcess }

        /// Whether the process has to be looked at; its supplementary groups are known there only.
        var needsProcess: Bool {
            !(groups.isEmpty && executables.isEmpty && units.isEmpty && userUnits.isEmpty)
        }
    }

    /// So many requests in so many seconds.
    struct Rate: Sendable, Equatable {
        let count: Int64
        let seconds: Int64
    }

    /// Whether it decides about this caller and profile.
    /// - Parameter profile: `nil` for what concerns no profile, which only rules for all decide.
    func applies(to caller: Caller, _ process: PeerProcess?, profile: String?) -> Bool {
        if !profiles.isEmpty {
            guard let profile, profiles.contains(profile) else { return false }
        }
        return who.includes(caller, process)
    }
}

extension CallerRule.Who {
    func includes(_ caller: Caller, _ process: PeerProcess?) -> Bool {
        if !users.isEmpty, !users.contains(where: { $0 == nil || $0 == caller.uid }) {
            return false
        }
        if !groups.isEmpty, !groups.contains(caller.gid),
            process?.groups.contains(where: groups.contains) != true
        {
            return false
        }
        return fits(executables, process?.executable) && fits(units, process?.unit)
            && fits(userUnits, process?.userUnit)
    }

    /// What is not known fits nothing but an empty list.
    private func fits(_ wanted: [String], _ found: String?) -> Bool {
        wanted.isEmpty || found.map(wanted.contains) == true
    }
}

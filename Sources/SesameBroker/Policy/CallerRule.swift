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
    /// The line of each profile that it names, for what is said of one that there is not.
    var profileLines: [String: Int] = [:]
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

    /// Whether a caller fits.
    enum Fit: Sendable {
        case yes
        case no
        /// He would, as far as he is known; the rest cannot be found out.
        case unknown
    }

    /// Whether it decides about a profile; `nil` for what concerns no profile, which only rules for all decide.
    func concerns(_ profile: String?) -> Bool {
        profiles.isEmpty || profile.map(profiles.contains) == true
    }
}

extension CallerRule.Who {
    /// - Parameter process: `nil` where nothing can be found out.
    func fit(_ caller: Caller, _ process: PeerProcess?) -> CallerRule.Fit {
        if !users.isEmpty, !users.contains(where: { $0 == nil || $0 == caller.uid }) { return .no }
        var fits: [CallerRule.Fit] = []
        if !groups.isEmpty, !groups.contains(caller.gid) {
            fits.append(
                process.map { $0.groups.contains(where: groups.contains) ? .yes : .no } ?? .unknown)
        }
        if !executables.isEmpty {
            fits.append(
                process?.executable.map { executables.contains($0) ? .yes : .no } ?? .unknown)
        }
        for (wanted, found) in [(units, process?.unit), (userUnits, process?.userUnit)]
        where !wanted.isEmpty {
            guard process != nil else {
                fits.append(.unknown)
                continue
            }
            // A process that is known and in no unit is in none of these.
            fits.append(found.map(wanted.contains) == true ? .yes : .no)
        }
        if fits.contains(.no) { return .no }
        return fits.contains(.unknown) ? .unknown : .yes
    }
}

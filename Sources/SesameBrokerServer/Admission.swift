import SesameBroker
import SesameBrokerAPI
import SesameHTTPServer
import SesameSystem

/// Who asks, and whether they may.
extension Routes {
    /// Lets the caller in to a route, or throws.
    func admit(_ call: Call, to route: Route) async throws(Problem) -> Permit {
        guard let caller = try call.request.caller else { return .owner }
        switch route.need {
        case .anywhere: return try admitAnywhere(call)
        case .profile(let access): return try await admit(caller, to: access, of: call.name)
        case .login:
            let profile = await broker.profile(ofLogin: call.name)
            return try await admit(caller, to: .manage, of: profile)
        case .store: return try await admit(caller, to: .manage, of: nil)
        }
    }

    /// Lets in whoever may see anything at all.
    @discardableResult
    func admitAnywhere(_ call: Call) throws(Problem) -> Permit {
        guard let caller = try call.request.caller else { return .owner }
        do throws(BrokerError) { return try gate.admitAnywhere(caller) } catch {
            throw Problem(error)
        }
    }

    /// Which profiles the caller may see; `nil` stands for what concerns all of them.
    func sight(_ call: Call) throws(Problem) -> @Sendable (String?) -> Bool {
        try reach(call, .status)
    }

    /// Of which profiles the caller may have this much; who is let in for one of them is seen by
    /// ``admit(_:to:of:)``.
    func reach(
        _ call: Call, _ access: Access
    ) throws(Problem) -> @Sendable (String?) -> Bool {
        guard let caller = try call.request.caller else { return { _ in true } }
        do throws(BrokerError) { return try gate.reach(of: caller, access) } catch {
            throw Problem(error)
        }
    }

    /// Lets the caller in to a profile that the path does not name, or throws.
    func admit(
        _ call: Call, to access: Access, of profile: String
    ) async throws(Problem) -> Permit {
        guard let caller = try call.request.caller else { return .owner }
        return try await admit(caller, to: access, of: profile)
    }

    private func admit(
        _ caller: Caller, to access: Access, of profile: String?
    ) async throws(Problem) -> Permit {
        do throws(BrokerError) {
            return try await gate.admit(caller, to: access, of: profile)
        } catch {
            throw Problem(error)
        }
    }
}

extension ServerRequest {
    /// Who sent it; `nil` for the process that has started us for itself.
    var caller: Caller? {
        get throws(Problem) {
            switch peer {
            case .parent: return nil
            case .process(let pid, let uid, let gid):
                let connected = connectedAt
                return Caller(uid: uid, gid: gid, pid: pid) {
                    PeerProcess(pid: pid, connected: connected)
                }
            // Of the group and the process nothing is known: what a rule asks of them cannot be told.
            case .user(let uid): return Caller(uid: uid, gid: Caller.unknownGroup)
            case .loopback:
                throw Problem(
                    .callerRefused, "the kernel does not tell whose this connection is",
                    hints: ["where `AF_NETLINK` is forbidden, use a UNIX socket"])
            }
        }
    }
}

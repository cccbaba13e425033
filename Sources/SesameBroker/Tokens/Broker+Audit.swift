import SesameAudit
import SesameSecrets
import SesameStore

/// What happens to a login while nobody's request is being answered, for the audit trail.
///
/// Recording it does not fail: what the server gave must be kept, whether it can be recorded or not.
/// Handing it out is recorded again, and that may fail.
extension Broker {
    /// Records how a renewal ended.
    func recordRenewal(
        of profile: Profile, _ credential: Credential?, refusal: BrokerError? = nil
    ) async {
        await record(AuditEvent(.renewal), of: profile, credential, refusal)
    }

    /// Records how a login ended that a person has made.
    func recordLogin(
        of profile: Profile, _ credential: Credential?, refusal: BrokerError? = nil
    ) async {
        await record(AuditEvent(.login), of: profile, credential, refusal)
    }

    private func record(
        _ event: AuditEvent, of profile: Profile, _ credential: Credential?,
        _ refusal: BrokerError?
    ) async {
        guard let trail = parts.trail else { return }
        var event = event
        event.profile = profile.name
        event.outcome = refusal?.code.rawValue ?? AuditEvent.granted
        event.fingerprint = credential?.accessToken.flatMap { trail.fingerprint(of: $0) }
        event.scope = credential?.scope
        try? await trail.record(event)
    }
}

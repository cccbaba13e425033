import SesameHTTP
import SesameJSON
public import SesameSecrets
public import SesameSystem

/// The audit trail.
extension BrokerClient {
    /// The longest that a look at every record may take, in seconds.
    private static let patience: Int64 = 600

    /// Records that fit, the oldest first.
    /// - Parameters:
    ///   - after: only records behind this number, the first of them; without it the last ones.
    ///   - limit: not more than so many; 1000 at the most.
    public func auditRecords(
        after: Int64? = nil, limit: Int64 = 50, profile: String? = nil, since: Timestamp? = nil,
        fingerprint: String? = nil
    ) throws(Problem) -> [AuditRecordMessage] {
        var query = FormParameters()
        query.append("after", after.map { String($0) } ?? "")
        query.append("limit", String(limit))
        query.append("profile", profile ?? "")
        query.append("since", since?.description ?? "")
        query.append("fingerprint", fingerprint ?? "")
        let request = BrokerRequest(
            "GET", "/v1/audit?" + query.encodedText, timeout: Self.patience)
        return try read(request, AuditRecordsMessage.init(json:)).records
    }

    /// Looks at every record of the trail.
    public func verifyAudit() throws(Problem) -> AuditVerificationMessage {
        let request = BrokerRequest(
            "POST", "/v1/audit/verification", body: Secret(utf8: "{}"), timeout: Self.patience)
        return try read(request, AuditVerificationMessage.init(json:))
    }

    /// By which a token that was found can be recognised in the trail.
    public func fingerprint(of token: Secret) throws(Problem) -> String {
        let body = FingerprintMessage.question(about: token).encoded()
        let request = BrokerRequest("POST", "/v1/audit/fingerprint", body: body)
        return try read(request, FingerprintMessage.init(json:)).fingerprint
    }
}

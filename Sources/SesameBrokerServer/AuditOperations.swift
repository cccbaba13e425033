import SesameAudit
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// The operations on the audit trail; they only look, and leave no record.
extension Routes {
    func auditRecords(_ call: Call) async throws(Problem) -> ServerResponse {
        var query = AuditQuery(limit: Int(try call.number("limit", in: 1...1000) ?? 50))
        query.after = try call.number("after", in: 0...Int64.max - 1)
        query.profile = call.query["profile"]
        query.fingerprint = call.query["fingerprint"]
        if let since = call.query["since"] {
            guard let time = Timestamp(since) else { throw Problem(.usage, "since is not a time") }
            query.since = time
        }
        let records = try await fromTrail { trail throws(AuditError) in
            try await trail.records(query)
        }
        var messages: [AuditRecordMessage] = []
        for record in records {
            do throws(MalformedMessage) {
                messages.append(try AuditRecordMessage(json: record.json))
            } catch {
                throw Problem(
                    .storeDamaged, "a record of the audit trail cannot be understood",
                    hints: ["sesame audit --verify"])
            }
        }
        return .json(AuditRecordsMessage(records: messages).json)
    }

    func verifyAudit(_ call: Call) async throws(Problem) -> ServerResponse {
        let found = try await fromTrail { trail throws(AuditError) in try await trail.verify() }
        var message = AuditVerificationMessage(records: found.records)
        message.first = found.first
        message.last = found.head?.sequence
        message.hash = found.head?.hash
        message.files = found.files
        message.flaws = found.flaws.map { flaw in
            .init(file: flaw.file, line: flaw.line.map { Int64($0) }, reason: flaw.reason)
        }
        message.notes = found.notes
        message.anchor = found.anchor
        message.remembered = found.remembered
        return .json(message.json)
    }

    func fingerprint(_ call: Call) async throws(Problem) -> ServerResponse {
        let token = try call.message { json throws(MalformedMessage) in
            try FingerprintMessage.token(in: json)
        }
        guard let fingerprint = try keptTrail().fingerprint(of: token) else {
            throw Problem(.configuration, "the key of the fingerprints cannot be read")
        }
        return .json(FingerprintMessage(fingerprint: fingerprint).json)
    }

    private func keptTrail() throws(Problem) -> AuditTrail {
        guard let trail else { throw Problem(.configuration, "this broker keeps no audit trail") }
        return trail
    }

    private func fromTrail<Value>(
        _ body: (AuditTrail) async throws(AuditError) -> Value
    ) async throws(Problem) -> Value {
        let trail = try keptTrail()
        do throws(AuditError) { return try await body(trail) } catch {
            throw Problem(.configuration, error.description.sanitised(limit: 400))
        }
    }
}

package import SesameJSON
import SesameSecrets
package import SesameSystem

/// What somebody wants to see of the trail.
package struct AuditQuery: Sendable {
    /// Only records behind this number, the first of them; `nil` for the last ones.
    package var after: Int64?
    /// Only those of this profile.
    package var profile: String?
    /// Only those from this time on.
    package var since: Timestamp?
    /// Only those of a token with this fingerprint.
    package var fingerprint: String?
    /// Not more than so many.
    package var limit: Int

    package init(limit: Int) {
        self.limit = limit
    }
}

/// A record as it stands in the file.
package struct AuditRecord: Sendable {
    package let json: JSON
}

/// Reads the trail, on a thread of its own: it may be long.
actor AuditReader {
    private let executor: ThreadExecutor
    private let parts: AuditTrail.Parts

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(_ parts: AuditTrail.Parts) throws(SystemError) {
        executor = try ThreadExecutor(name: "audit-reader")
        self.parts = parts
    }

    func verify(seen: AuditHead?) throws(AuditError) -> AuditVerification {
        guard let path = parts.path(parts.settings()) else { throw Self.isOff }
        return try ChainCheck.run(at: path, memory: parts.memory(path), seen: seen)
    }

    func records(_ query: AuditQuery) throws(AuditError) -> [AuditRecord] {
        guard let path = parts.path(parts.settings()) else { throw Self.isOff }
        let files = ChainFiles(path: path)
        var paths = files.older.map(\.path) + [path]
        guard let after = query.after else { return try last(query, paths.reversed()) }
        // Files that hold earlier records only need not be read.
        if let first = files.older.lastIndex(where: { $0.first <= after + 1 }) {
            paths.removeFirst(first)
        }
        return try next(query, after, paths)
    }

    /// The last ones that fit.
    private func last(_ query: AuditQuery, _ paths: [String]) throws(AuditError) -> [AuditRecord] {
        var found: [AuditRecord] = []
        for path in paths {
            guard let file = try ChainFiles.open(path) else { continue }
            var lines = BackwardLines(of: file.number, endingAt: try file.size)
            while found.count < query.limit,
                let line = try file.reading({ () throws(SystemError) in try lines.next() })
            {
                guard let record = AuditRecord(line) else { continue }
                // Times go up as far as the clock does: what stands before is earlier.
                if record.isBefore(query.since) { return found.reversed() }
                if record.fits(query) { found.append(record) }
            }
        }
        return found.reversed()
    }

    /// The first ones behind a number that fit.
    private func next(
        _ query: AuditQuery, _ after: Int64, _ paths: [String]
    ) throws(AuditError) -> [AuditRecord] {
        var found: [AuditRecord] = []
        for path in paths {
            guard let file = try ChainFiles.open(path) else { continue }
            var lines = FileLines(of: file.number, 0..<(try file.size))
            while found.count < query.limit,
                let line = try file.reading({ () throws(SystemError) in try lines.next() })
            {
                guard let sequence = ChainLine.sequence(of: line.bytes), sequence > after,
                    let record = AuditRecord(line), !record.isBefore(query.since),
                    record.fits(query)
                else { continue }
                found.append(record)
            }
        }
        return found
    }

    private static let isOff = AuditError("there is no audit trail: the configuration says off")
}

extension AuditRecord {
    /// `nil` for a line that is none; to say so is for the verification.
    init?(_ line: FileLines.Line) {
        guard line.isEnded, (try? ChainLine(line.bytes)) != nil,
            let json = try? JSON(parsing: Secret(copying: line.bytes.span))
        else { return nil }
        self.json = json
    }

    fileprivate func isBefore(_ time: Timestamp?) -> Bool {
        guard let time, let own = json["time"]?.string.flatMap({ Timestamp($0) }) else {
            return false
        }
        return own < time
    }

    fileprivate func fits(_ query: AuditQuery) -> Bool {
        let wanted = [("profile", query.profile), ("fingerprint", query.fingerprint)]
        return wanted.allSatisfy { name, text in text == nil || json[name]?.string == text }
    }
}

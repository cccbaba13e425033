import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

/// A request with its path and query taken apart.
struct Call: Sendable {
    let request: ServerRequest
    let segments: [Substring]
    let query: ReceivedForm
    /// What the caller may do, once that is known.
    var permit = Permit.none
    /// What is noted of it for the audit trail.
    let slip: AuditSlip

    init(_ request: ServerRequest, _ slip: AuditSlip) throws(Problem) {
        self.request = request
        self.slip = slip
        segments = request.path.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        ).dropFirst().map { Substring($0) }
        do throws(ReceivedForm.Refusal) {
            // There it is what somebody has asked a proxy for, and none of ours.
            let isForeign = segments.count > 1 && segments[0] == "auth"
            query = try ReceivedForm(query: isForeign ? nil : request.query)
        } catch {
            throw Problem(.usage, "the query is malformed")
        }
        // Two readers could take two of the same for different ones.
        let names = query.names
        guard names.count < 2 || Set(names).count == names.count else {
            throw Problem(.usage, "a parameter of the query occurs twice")
        }
    }

    /// Which segment of the path is the name.
    var namePlace: Int?

    /// The name in the path, or else the profile in the query.
    ///
    /// In the path it is compared as sent: nothing in it is decoded.
    var name: String { namePlace.map { String(segments[$0]) } ?? query["profile"] ?? "" }

    /// The content as JSON; an empty one counts as an empty object.
    func json() throws(Problem) -> JSON {
        let body = request.body.isEmpty ? Secret(utf8: "{}") : request.body
        do throws(JSON.Refusal) {
            var limits = JSON.Limits()
            limits.bytes = 4 << 20
            let json = try JSON(parsing: body, limits: limits)
            if json.isObject { return json }
        } catch {
            throw Problem(.usage, "the content is \(error)")
        }
        throw Problem(.usage, "the content is no object")
    }

    /// A yes or no in the query; no where it is missing.
    func flag(_ name: String) throws(Problem) -> Bool {
        guard query.names.contains(name) else { return false }
        guard let value = query[name].flatMap({ Bool($0) }) else {
            throw Problem(.usage, "\(name) is neither true nor false")
        }
        return value
    }

    /// A whole number in the query; `nil` where it is missing.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard query.names.contains(name) else { return nil }
        guard let value = query[name].flatMap({ Int64($0) }), range.contains(value) else {
            throw Problem(.usage, "\(name) is not a number that can be")
        }
        return value
    }

    /// A number of seconds in the query.
    func seconds(_ name: String, default usual: Int64) throws(Problem) -> Int64 {
        guard query.names.contains(name) else { return usual }
        guard let value = query[name].flatMap({ Int64($0) }), (0...31_536_000).contains(value)
        else {
            throw Problem(.usage, "\(name) is not a number of seconds")
        }
        return value
    }
}

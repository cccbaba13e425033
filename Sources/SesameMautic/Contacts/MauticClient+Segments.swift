import SesameHTTP
import SesameJSON
import SesameSecrets

/// A segment, which is a list of contacts.
public struct Segment: Sendable, Hashable {
    /// Its number.
    public let id: Int64
    /// The name by which other programs know it.
    public let alias: String
    /// What people see.
    public let name: String

    init?(_ json: JSON) {
        guard let id = json["id"]?.wholeNumber else { return nil }
        self.id = id
        name = json["name"]?.text?.sanitised(limit: 200) ?? ""
        alias = json["alias"]?.text?.sanitised(limit: 200) ?? ""
    }
}

extension MauticClient {
    /// The segments that the credential may see, up to 10,000.
    public func segments() async throws(MauticError) -> [Segment] {
        var segments: [Segment] = []
        for page in 0..<20 {
            var request = request("GET", "/api/segments")
            request.url.query = "start=\(page * 500)&limit=500"
            let response = try await exchange.answer(to: request)
            guard let json = try? JSON(parsing: response.body, limits: .ofLists),
                let lists = json["lists"] ?? json["segments"]
            else {
                throw notMautic(response, "the answer is no list of segments")
            }
            segments += lists.list.compactMap { Segment($0) }
            if lists.list.count < 500 { break }
        }
        return segments
    }

    /// Puts a contact into a segment; it may be in it already.
    public func add(_ contact: Int64, to segment: Int64) async throws(MauticError) {
        try await place(contact, in: segment, "add")
    }

    /// Takes a contact out of a segment; it need not be in it.
    public func remove(_ contact: Int64, from segment: Int64) async throws(MauticError) {
        try await place(contact, in: segment, "remove")
    }

    private func place(
        _ contact: Int64, in segment: Int64, _ verb: String
    ) async throws(MauticError) {
        let path = "/api/segments/\(segment)/contact/\(contact)/\(verb)"
        let response = try await exchange.answer(to: request("POST", path))
        guard let json = try? JSON(parsing: response.body),
            json["success"]?.wholeNumber == 1 || json["success"]?.bool == true
        else {
            throw notMautic(response, "the answer does not say that it was done")
        }
    }
}

extension MauticError {
    /// There is no segment of this alias.
    package init(noSegment alias: String, nearest: String?) {
        self.init(
            .notFound, "there is no segment “\(alias.sanitised(limit: 60))”",
            hints: nearest.map { ["did you mean: \($0.sanitised(limit: 60))"] } ?? [])
    }

    /// A contact cannot be put into a segment and be taken out of it.
    package init(contradictory segment: String) {
        self.init(
            .invalidDraft,
            "the segment “\(segment.sanitised(limit: 60))” is to be added and removed",
            hints: ["choose one"])
    }
}

import SesameMautic
import Testing

@Suite struct `A hostile answer` {
    @Test(arguments: [200, 201, 400, 401, 403, 404, 429, 500])
    func `is a result or an error, never a trap`(_ status: Int) async throws {
        let draft = try ContactDraft(
            email: "ada@example.test",
            fields: [
                .init(alias: "seats", value: "5"), .init(alias: "interests", value: "red|blue"),
                .init(alias: "birthday", value: "1815-12-10"),
                .init(alias: "trial_end", value: "2026-12-01T08:00:00+00:00"),
            ], tags: ["vip"])
        var random = Mutation(seed: UInt64(status))
        var outcomes: Set<String> = []
        for original in [
            Captures.created, Captures.threeProblems, Captures.crash, Captures.offline,
        ] {
            for _ in 0..<100 {
                let body = random.mutated(original)
                let reset = String(Int64(bitPattern: random.next()))
                let answer = ContactServer.Answer(
                    status: status, fields: [("X-RateLimit-Reset", reset)], body: body)
                let server = ContactServer([answer, answer])
                let failure = await error(of: { try await client(server).create(draft) })
                outcomes.insert(failure.map { "\($0.status ?? 0)" } ?? "accepted")
                #expect(failure?.message.isEmpty != true)
            }
        }
        #expect(outcomes.contains(status < 300 ? "accepted" : "\(status)") || status == 429)
    }
}

/// A small generator, so that a failure can be repeated.
private struct Mutation: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }

    /// The text with a few bytes replaced, doubled or cut off.
    mutating func mutated(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let index = bytes.indices.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<8, using: &self) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.insert(contentsOf: Array("-9e999".utf8), at: index)
            case 2: bytes.insert(contentsOf: Array("\"\\u0000:[{".utf8), at: index)
            case 3: bytes[index] = UInt8.random(in: 0...255, using: &self)
            default:
                bytes[index] = Array("0123456789\"[]{}:,<>&".utf8).randomElement(using: &self) ?? 0
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

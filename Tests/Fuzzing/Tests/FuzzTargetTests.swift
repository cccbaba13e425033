import SesameSecrets
import Testing

@Suite struct `A reader of bytes from outside` {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `keeps its promise for what the search begins with`(name: String) throws {
        let target = try target(name)
        #expect(!target.seeds.isEmpty)
        for seed in target.seeds { try target.run(seed.span) }
    }

    /// A search that is the same each time; `make fuzz` looks further.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `keeps its promise for thousands of changed copies`(name: String) throws {
        let target = try target(name)
        var mutation = Mutation(name)
        for number in 0..<2000 {
            let bytes = mutation.changed(target.seeds[number % target.seeds.count])
            do throws(Violation) { try target.run(bytes.span) } catch {
                Issue.record("\(error): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                return
            }
        }
    }

    /// The other tests would see nothing if it were not noticed.
    @Test func `is reported when it breaks its promise`() {
        let broken = FuzzTarget("broken", seeds: ["x"]) { bytes throws(Violation) in
            try require(bytes.count == 0, "it is not empty")
        }
        #expect(throws: Violation.self) {
            let seed = broken.seeds[0]
            try broken.run(seed.span)
        }
    }

    private func target(_ name: String) throws -> FuzzTarget {
        try #require(FuzzTarget.all.first { $0.name == name })
    }
}

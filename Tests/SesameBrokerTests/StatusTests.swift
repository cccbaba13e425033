import SesameBroker
import SesameSystem
import Testing

@Suite struct `The state of all profiles` {
    @Test func `is shown where one of them is damaged`() async throws {
        let household = try Household()
        household.store.damaged.withLock { $0 = ["robot"] }
        let reports = try await household.broker.allStatuses()
        #expect(reports.map(\.profile.name) == ["aivie", "robot", "plain"])
        #expect(reports.map(\.lastError) == [nil, "hurt", nil])
        let alone = await #expect(throws: BrokerError.self) {
            try await household.broker.status("robot")
        }
        #expect(alone?.code == .storeDamaged)
    }

    @Test func `is damage where none of them can be read`() async throws {
        let household = try Household()
        household.store.damaged.withLock { $0 = ["aivie", "robot", "plain"] }
        let error = await #expect(throws: BrokerError.self) {
            try await household.broker.allStatuses()
        }
        #expect(error?.code == .storeDamaged)
    }
}

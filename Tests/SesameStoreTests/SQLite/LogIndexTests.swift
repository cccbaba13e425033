import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Memory that looks as the WAL-index of SQLite does, by its documentation.
@safe private final class DrawnIndex {
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 96, alignment: 8)
    var index: LogIndex { unsafe LogIndex(at: UnsafeRawPointer(memory)) }

    deinit { unsafe memory.deallocate() }

    /// Enters one header in both copies.
    /// - Parameter version: the form of the header.
    func enter(
        change: UInt32, lastFrame: UInt32, salt: UInt32, version: UInt32 = 3_007_000
    ) {
        // Version, unused, change, flags with page size, last frame, pages, checksum and salt of the log.
        var fields: [UInt32] = [
            version, 0, change, UInt32(littleEndian: 0x1000_0001), lastFrame, lastFrame, 7, 9,
            salt, salt,
        ]
        var sums: (UInt32, UInt32) = (0, 0)
        for pair in stride(from: 0, to: 10, by: 2) {
            sums.0 &+= fields[pair] &+ sums.1
            sums.1 &+= fields[pair + 1] &+ sums.0
        }
        fields += [sums.0, sums.1]
        for (place, field) in (fields + fields).enumerated() {
            unsafe memory.storeBytes(of: field, toByteOffset: place * 4, as: UInt32.self)
        }
    }

    func flip(bit: Int) {
        let byte = unsafe memory.load(fromByteOffset: bit / 8, as: UInt8.self)
        unsafe memory.storeBytes(
            of: byte ^ 1 << UInt8(bit % 8), toByteOffset: bit / 8, as: UInt8.self)
    }
}

@Suite struct `The sign of changes` {
    @Test func `is what SQLite writes`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        let other = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "a")
        let before = try #require(store.memo.state)
        #expect(store.memo.state == before && other.memo.state == before)
        try await other.put(sampleCredential(), for: "a")
        #expect(store.memo.state != before && store.memo.state == other.memo.state)
    }

    @Test func `is none when any bit of it is wrong`() {
        let drawn = DrawnIndex()
        drawn.enter(change: 5, lastFrame: 2, salt: 77)
        let whole = drawn.index.state
        #expect(whole != nil)
        for bit in 0..<768 {
            drawn.flip(bit: bit)
            #expect(drawn.index.state == nil, "bit \(bit)")
            drawn.flip(bit: bit)
        }
        #expect(drawn.index.state == whole)
        for version in [0, 3_007_001, UInt32.max] {
            drawn.enter(change: 5, lastFrame: 2, salt: 77, version: version)
            #expect(drawn.index.state == nil, "version \(version)")
        }
    }

    @Test func `differs after a commit, and after a log that was begun anew`() {
        let drawn = DrawnIndex()
        drawn.enter(change: 5, lastFrame: 2, salt: 77)
        let first = drawn.index.state
        drawn.enter(change: 6, lastFrame: 2, salt: 77)
        #expect(drawn.index.state != first)
        drawn.enter(change: 5, lastFrame: 0, salt: 78)
        #expect(drawn.index.state != nil && drawn.index.state != first)
    }
}

@Suite struct `A memo` {
    private let drawn = DrawnIndex()

    private func credential(_ name: String) -> Memo.Known<Stored<Credential>> {
        Memo.Known(value: Stored(value: sampleCredential(name), revision: Revision(number: 1)))
    }

    @Test func `keeps nothing under a sign that others could share`() {
        drawn.enter(change: 0, lastFrame: 0, salt: 0)
        let memo = Memo(drawn.index)
        #expect(memo.state?.isBlank == true)
        memo.note("a", since: memo.state) { $0.credential = credential("a") }
        #expect(memo.known(of: "a", \.credential) == nil)
        let blind = Memo(nil)
        blind.note("a", since: blind.state) { $0.credential = credential("a") }
        #expect(blind.known(of: "a", \.credential) == nil)
    }

    @Test func `keeps nothing that was read while something was committed`() {
        drawn.enter(change: 1, lastFrame: 1, salt: 1)
        let memo = Memo(drawn.index)
        let since = memo.state
        drawn.enter(change: 2, lastFrame: 2, salt: 1)
        memo.note("a", since: since) { $0.credential = credential("a") }
        #expect(memo.known(of: "a", \.credential) == nil)
        memo.note("a", since: memo.state) { $0.credential = credential("a") }
        #expect(memo.known(of: "a", \.credential) != nil)
        drawn.flip(bit: 70)
        #expect(memo.known(of: "a", \.credential) == nil)
    }

    @Test func `drops what was used least recently`() {
        drawn.enter(change: 1, lastFrame: 1, salt: 1)
        let memo = Memo(drawn.index, limit: Memo.Limit(profiles: 100))
        for number in 0..<1000 {
            memo.note("p\(number)", since: memo.state) { $0.deadline = Memo.Known(value: now) }
            #expect(memo.known(of: "p0", \.deadline) != nil, "used each time")
        }
        let kept = (0..<1000).filter { memo.known(of: "p\($0)", \.deadline) != nil }
        #expect(kept.first == 0 && kept.count > 40 && kept.count <= 101)
        #expect(kept.dropFirst().allSatisfy { $0 > 890 })
    }

    @Test func `takes no more of the secure heap than its share`() {
        drawn.enter(change: 1, lastFrame: 1, salt: 1)
        let memo = Memo(drawn.index, limit: Memo.Limit(secretBytes: 4096))
        // Two secrets of up to 32 bytes each.
        for number in 0..<1000 {
            memo.note("p\(number)", since: memo.state) { $0.credential = credential("\(number)") }
        }
        let kept = (0..<1000).filter { memo.known(of: "p\($0)", \.credential) != nil }
        #expect(kept.count >= 32 && kept.count <= 64 && kept.last == 999)
    }
}

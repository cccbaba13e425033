import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// A small store as bytes, to be hurt anywhere.
private struct Specimen: Sendable {
    let bytes: [UInt8]
    /// Where the sealed records of each profile lie in the file.
    let places: [String: [Range<Int>]]
    static let profiles = ["alice", "bob"]

    init() async throws {
        let disk = FaultyDisk()
        let store = try await disk.open().store
        for name in Self.profiles {
            try await store.put(sampleCredential("access-of-\(name)"), for: name)
            try await store.put(
                ClientSecrets(clientSecret: Secret(utf8: "secret-\(name)")), for: name)
        }
        let image = disk.image()
        bytes = try PrivateFile.read(image.file("store.db"), limit: 1 << 24)
            .dangerouslyRevealedBytes()
        let rows = try Database.open(image.file("store.db"))
            .execute("SELECT profile, sealed FROM record WHERE profile <> ''")
        var places: [String: [Range<Int>]] = [:]
        for row in rows {
            guard case .text(let name) = row[0], case .blob(let sealed) = row[1],
                let start = bytes.firstRange(of: sealed)
            else { continue }
            places[name, default: []].append(start)
        }
        self.places = places
    }

    /// What a reader gets of a file with these bytes: for each profile, what went wrong.
    func reading(_ changed: [UInt8]) async throws -> [String: String] {
        let folder = TemporaryFolder()
        try write(changed, to: folder.file("store.db"))
        var results: [String: String] = [:]
        let store: SQLiteStore
        do {
            store = try await openStore(in: folder)
        } catch let error as StoreError {
            for name in Self.profiles { results[name] = error.code.description }
            return results
        }
        for name in Self.profiles {
            do {
                let access = try await store.credential(of: name)?.value.accessToken
                let secret = try await store.secrets(of: name)?.clientSecret
                let isRight =
                    access?.dangerouslyRevealedText() == "access-of-\(name)"
                    && secret?.dangerouslyRevealedText() == "secret-\(name)"
                if !isRight { results[name] = "another value" }
            } catch {
                results[name] = error.code.description
            }
        }
        return results
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe creat(path, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try FileDescriptor.writeAll(bytes.span, to: descriptor)
    }
}

/// How often which result came.
private typealias Counts = [String: Int]

/// Standards K-1, K-2.
@Suite struct `A store in which any bit is changed` {
    /// Damage is damage.
    ///
    /// The format's number alone may read as that of a newer Sesame, and SQLite's
    /// own as that of a file which it may read only.
    private static let honest: Set = ["damaged", "newer_format", "unwritable"]

    @Test func `gives every value as it was, or says what is wrong`() async throws {
        let specimen = try await Specimen()
        let step = Torture.number(quick: 3, full: 1)
        let counts = try await inParallel(stride(from: 0, to: specimen.bytes.count, by: step)) {
            index in
            var counts: Counts = [:]
            let bits = Torture.isFull ? Array(0..<8) : [(index / step) % 8]
            for bit in bits {
                var changed = specimen.bytes
                changed[index] ^= 1 << UInt8(bit)
                let results = try await specimen.reading(changed)
                judge(results, "byte \(index), bit \(bit)", &counts)
                for (name, places) in specimen.places
                where places.contains(where: { $0.contains(index) }) {
                    #expect(results == [name: "damaged"], "byte \(index) is of \(name) alone")
                }
            }
            return counts
        }
        print("bits changed in \(specimen.bytes.count) bytes, every \(step): \(counts)")
        #expect(counts["damaged", default: 0] > 0 && counts["whole", default: 0] > 0)
    }

    @Test func `is never taken for whole when it is cut off`() async throws {
        let specimen = try await Specimen()
        let step = Torture.number(quick: 31, full: 1)
        let counts = try await inParallel(stride(from: 0, to: specimen.bytes.count, by: step)) {
            length in
            var counts: Counts = [:]
            let results = try await specimen.reading(Array(specimen.bytes.prefix(length)))
            judge(results, "length \(length)", &counts)
            return counts
        }
        print("cut off at every \(step)th of \(specimen.bytes.count) bytes: \(counts)")
        #expect(counts["damaged", default: 0] > 0)
    }

    @Test func `survives pages of zeros, and bytes behind its end`() async throws {
        let specimen = try await Specimen()
        var counts: Counts = [:]
        let none = [UInt8](repeating: 0, count: specimen.bytes.count)
        #expect(try await specimen.reading(none) == ["alice": "damaged", "bob": "damaged"])
        for start in stride(from: 0, to: specimen.bytes.count, by: 4096) {
            var changed = specimen.bytes
            changed.replaceSubrange(
                start..<start + 4096, with: repeatElement(0, count: 4096))
            judge(try await specimen.reading(changed), "page at \(start)", &counts)
        }
        for count in [1, 511, 4096, 10_000] {
            for byte: UInt8 in [0, 0xFF] {
                let longer = specimen.bytes + repeatElement(byte, count: count)
                judge(try await specimen.reading(longer), "\(count) more", &counts)
            }
        }
        print("zeros and longer files: \(counts)")
    }

    private func judge(_ results: [String: String], _ place: String, _ counts: inout Counts) {
        for result in Set(results.values) {
            counts[result, default: 0] += 1
            #expect(Self.honest.contains(result), "\(place): \(results)")
        }
        if results.isEmpty { counts["whole", default: 0] += 1 }
    }

    private func inParallel(
        _ numbers: StrideTo<Int>, _ body: @escaping @Sendable (Int) async throws -> Counts
    ) async throws -> Counts {
        let all = Array(numbers)
        return try await withThrowingTaskGroup(of: Counts.self) { group in
            for half in 0..<2 {
                group.addTask {
                    var counts: Counts = [:]
                    for index in stride(from: half, to: all.count, by: 2) {
                        counts.merge(try await body(all[index]), uniquingKeysWith: +)
                    }
                    return counts
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
    }
}

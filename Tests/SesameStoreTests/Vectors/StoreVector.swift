import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// One published store as text: what a reader must find, and the SQL that makes the file.
struct StoreVector {
    let key: Secret
    /// What is asked, such as `open` or `alice credential`, and the answer.
    let expectations: [(question: String, answer: String)]
    private let statements: [String]

    init(_ text: String) throws {
        var key: Secret?
        var expectations: [(String, String)] = []
        var body = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("-- key: sesame-key-1 ") {
                key = Base64URL.decode(Array(line.dropFirst(21).utf8).span)
            } else if line.hasPrefix("-- expect "), let mark = line.firstIndex(of: "=") {
                let question = line[line.index(line.startIndex, offsetBy: 10)..<mark]
                let answer = line[line.index(after: mark)...]
                expectations.append((question.trimmed, answer.trimmed))
            } else if !line.hasPrefix("--") {
                body += line + "\n"
            }
        }
        self.key = try #require(key)
        self.expectations = expectations
        statements = body.split(separator: ";\n").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// Makes the file.
    func write(to path: String) throws {
        try PrivateFile.create(path, Secret(utf8: ""))
        let database = try Database.open(path)
        for statement in statements { try database.execute(statement) }
    }

    /// What a store answers to a question.
    static func answer(_ question: String, folder: TemporaryFolder, key: Secret) async -> String {
        do throws(any Error) {
            let store = try await SQLiteStore.open(
                path: folder.file("store.db"), keys: SuppliedKey(secret: key),
                random: SystemRandom(), time: ManualTime(now: now))
            let words = question.split(separator: " ").map { String($0) }
            switch (words[0], words.last) {
            case ("open", _): return "ok"
            case ("list", _): return try await store.profiles().joined(separator: " ")
            case (let name, "credential"):
                return try await text(store.credential(of: name)?.value)
            case (let name, "secrets"): return try await text(store.secrets(of: name))
            case (let name, "outcome"): return try await text(store.outcome(of: name))
            case (let name, "ticket"):
                return try await store.renewal(of: name).map { "\($0.seconds)" } ?? "none"
            default: return "no such question"
            }
        } catch {
            return (error as? StoreError)?.code.description ?? "\(error)"
        }
    }

    static func text(_ contents: (any RecordContents)?) throws -> String {
        try contents?.encoded().dangerouslyRevealedText() ?? "none"
    }
}

/// The key of a vector: the root secret itself, or a passphrase where the header says so.
private struct SuppliedKey: Keyholder {
    let secret: Secret

    func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        guard fits(secret) else { throw .keyWrong }
        return secret
    }

    func newSecret() throws(StoreError) -> RootSecret {
        throw StoreError(.internal, "a vector is never made anew")
    }
}

extension Database {
    /// The SQL that makes a file like this one.
    borrowing func dump() throws -> String {
        var lines: [String] = []
        for pragma in ["application_id", "user_version"] {
            let rows = try execute("PRAGMA \(pragma)")
            lines.append("PRAGMA \(pragma) = \(rows[0][0].literal);")
        }
        for row in try execute("SELECT sql FROM sqlite_schema ORDER BY type DESC, name") {
            if case .text(let sql) = row[0] { lines.append(sql + ";") }
        }
        for table in ["store", "data_key", "profile", "record"] {
            for row in try execute("SELECT * FROM \(table) ORDER BY 1, 2") {
                let values = row.map(\.literal).joined(separator: ", ")
                lines.append("INSERT INTO \(table) VALUES (\(values));")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SQLValue {
    /// The value as SQL writes it.
    var literal: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): "\(number)"
        case .text(let text): "'\(text)'"
        case .blob(let bytes): "X'" + bytes.map { hex($0) }.joined() + "'"
        }
    }
}

private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\n" }.reversed().drop { $0 == " " }.reversed())
    }
}

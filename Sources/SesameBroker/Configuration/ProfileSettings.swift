import SesameHTTP
import SesameSecrets

/// What stands in one `[profile NAME]` section, known to be well-formed.
package struct ProfileSettings: Sendable, Equatable {
    package let name: String
    /// The values of each key, in the order of the file.
    package private(set) var values: [String: [String]] = [:]

    /// Why a setting was refused, and on which line.
    package struct Refusal: Error, Sendable {
        package let line: Int?
        package let reason: String
    }

    init(name: String, entries: [INIDocument.Entry], line: Int) throws(Refusal) {
        guard Self.isName(name) else {
            throw Refusal(
                line: line, reason: "a profile's name has 1 to 64 letters, digits, `.`, `_` or `-`")
        }
        self.name = name
        for entry in entries {
            do throws(SettingRefusal) {
                try add(entry.value, to: entry.key)
            } catch {
                throw Refusal(line: entry.line, reason: error.reason)
            }
        }
    }

    /// The only value of a key.
    package subscript(key: String) -> String? { values[key]?.first }

    /// The value of a key as a URL; it was checked when it was read.
    func url(_ key: String) -> HTTPURL? { self[key].flatMap { HTTPURL($0) } }

    /// The parameters whose keys begin with `prefix.`, in alphabetical order.
    func parameters(_ prefix: String) -> [(String, String)] {
        values.filter { $0.key.hasPrefix(prefix + ".") }
            .map { (String($0.key.dropFirst(prefix.count + 1)), $0.value[0]) }
            .sorted { $0.0 < $1.0 }
    }

    package static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix("-") && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    private mutating func add(_ value: String, to key: String) throws(SettingRefusal) {
        guard let setting = Setting.named(key) else { throw SettingRefusal(reason: unknown(key)) }
        guard !value.isEmpty else { throw SettingRefusal(reason: "`\(key)` has no value") }
        guard setting.isRepeatable || values[key] == nil else {
            throw SettingRefusal(reason: "`\(key)` occurs twice")
        }
        try setting.check(key, value)
        values[key, default: []].append(value)
    }

    private func unknown(_ key: String) -> String {
        let shown = key.sanitised(limit: 60)
        guard let near = nearestName(to: key, among: Setting.all.map(\.key)) else {
            return "unknown key `\(shown)`"
        }
        return "unknown key `\(shown)`; did you mean `\(near)`?"
    }
}

struct SettingRefusal: Error, Sendable {
    let reason: String
}

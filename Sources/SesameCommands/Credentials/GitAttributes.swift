import SesameSecrets

/// The lines that git writes to a credential helper, read strictly: `name=value`, each ended by LF.
///
/// A value may hold any byte but LF and NUL by git's own rule. Helpers that took a CR for a line's end gave
/// credentials to the wrong host (CVE-2024-50338), so all control characters are refused here.
struct GitAttributes {
    /// Why nothing is answered; the words are ours.
    struct Refusal: Error {
        let reason: String
    }

    private var single: [String: Secret] = [:]
    private var lists: [String: [Secret]] = [:]

    /// Reads up to the blank line or the end.
    init(_ input: Secret) throws(Refusal) {
        try input.withBytes { bytes throws(Refusal) in
            var start = 0
            while start < bytes.count {
                let end = (start..<bytes.count).first { bytes[$0] == 0x0A } ?? bytes.count
                guard end > start else { return }
                try add(bytes.extracting(start..<end))
                start = end + 1
            }
        }
    }

    /// The value of a name; `nil` when it is not there.
    subscript(name: String) -> Secret? { single[name] }

    /// The value of a name that is no secret.
    func text(_ name: String) -> String? { single[name]?.dangerouslyRevealedText() }

    /// The values of a name that ends in `[]`.
    func list(_ name: String) -> [String] {
        (lists[name] ?? []).map { $0.dangerouslyRevealedText() }
    }

    private mutating func add(_ line: Span<UInt8>) throws(Refusal) {
        guard line.indices.allSatisfy({ !isControl(line[$0]) }) else {
            throw Refusal(reason: "a line has a control character")
        }
        guard let mark = line.indices.first(where: { line[$0] == UInt8(ascii: "=") }), mark > 0
        else {
            throw Refusal(reason: "a line is not name=value")
        }
        let name = String(copying: line.extracting(0..<mark))
        let value = Secret(copying: line.extracting((mark + 1)..<line.count))
        guard !name.hasSuffix("[]") else {
            // An empty one begins the list anew (git-credential, INPUT/OUTPUT FORMAT).
            lists[name] = value.isEmpty ? [] : (lists[name] ?? []) + [value]
            return
        }
        guard single.updateValue(value, forKey: name) == nil else {
            throw Refusal(reason: "\(name.sanitised(limit: 40)) comes twice")
        }
    }
}

import SesameJSON
import SesameSecrets

/// Reads JSON lines: an object on each line, its members by the names of columns.
public struct JSONLinesReader: ContactRows {
    private var input: TextInput
    private var rows = 0
    private var line = 0

    /// Reads lines of this text.
    public init(_ input: TextInput) {
        self.input = input
    }

    /// None: each row names its own columns.
    public let header: [String]? = nil
    /// The bytes of the header, without the end of the line.
    public let headerSource: [UInt8] = []
    /// How many bytes of the file have been used up.
    public var bytesRead: Int64 { input.bytesRead }

    /// The next row; `nil` at the end.
    public mutating func next() throws(ContactFileError) -> ContactRow? {
        while let (source, isTooLong) = try nextLine() {
            line += 1
            if !isTooLong, source.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            rows += 1
            let content =
                isTooLong
                ? .failure(defect("has more than \(maximumRowBytes) bytes")) : values(in: source)
            return ContactRow(number: rows, line: line, source: source, content: content)
        }
        return nil
    }

    /// The bytes up to the next end of line; none where there are too many.
    private mutating func nextLine() throws(ContactFileError) -> (source: [UInt8], isTooLong: Bool)?
    {
        var source: [UInt8] = []
        var isTooLong = false
        var isThere = false
        while true {
            let bytes = try input.rest()
            guard !bytes.isEmpty else { break }
            isThere = true
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            if !isTooLong { source += bytes[..<(end ?? bytes.endIndex)] }
            if source.count > maximumRowBytes {
                isTooLong = true
                source = []
            }
            input.skip((end.map { $0 + 1 } ?? bytes.endIndex) - bytes.startIndex)
            if end != nil { break }
        }
        if source.last == UInt8(ascii: "\r") { source.removeLast() }
        return isThere ? (source, isTooLong) : nil
    }

    private func values(in source: [UInt8]) -> Result<[ContactRow.Value], ContactRow.Defect> {
        do throws(JSON.Refusal) {
            let json = try JSON(parsing: Secret(copying: source))
            guard let members = json.members else {
                let isList = json.elements != nil
                return .failure(
                    defect(
                        "is no JSON object"
                            + (isList ? ": write one object a line, not a list" : "")))
            }
            var values: [ContactRow.Value] = []
            for (name, value) in members where !value.isNull {
                guard let texts = texts(of: value) else {
                    let shown = name.sanitised(limit: 60)
                    return .failure(
                        defect("“\(shown)” holds objects, which no field can", comma: true))
                }
                values.append(
                    ContactRow.Value(
                        column: name, text: texts.joined(separator: "|"),
                        elements: value.elements == nil ? nil : texts))
            }
            return .success(values)
        } catch {
            return .failure(
                defect(
                    "column \(error.offset + 1): this is no JSON (\(error.reason.rawValue))",
                    comma: true))
        }
    }

    /// The value, or those of a list; `nil` for an object.
    private func texts(of value: JSON) -> [String]? {
        let texts = (value.elements?.filter { !$0.isNull } ?? [value]).map(\.text)
        return texts.contains(nil) ? nil : texts.compactMap(\.self)
    }

    private func defect(_ words: String, comma: Bool = false) -> ContactRow.Defect {
        ContactRow.Defect(message: "line \(line)\(comma ? "," : "") \(words)".sanitised(limit: 300))
    }
}

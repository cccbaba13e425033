import SesameMautic

/// A file in memory that comes in pieces of a few bytes.
struct TextPieces: ByteSource {
    private var rest: ArraySlice<UInt8>
    private let size: Int

    init(_ bytes: [UInt8], size: Int = 3) {
        rest = bytes[...]
        self.size = size
    }

    init(_ text: String, size: Int = 3) {
        self.init(Array(text.utf8), size: size)
    }

    mutating func next() throws(ContactFileError) -> [UInt8] {
        defer { rest = rest.dropFirst(size) }
        return Array(rest.prefix(size))
    }
}

/// The values of all rows of a file, and in the place of a row that cannot be read what is wrong with it.
func values(of rows: any ContactRows) throws(ContactFileError) -> [[String]] {
    var rows = rows
    var all: [[String]] = []
    while let row = try rows.next() {
        switch row.content {
        case .success(let values): all.append(values.map(\.text))
        case .failure(let defect): all.append(["!", defect.message])
        }
    }
    return all
}

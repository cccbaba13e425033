import SesameSecrets

/// Reads the text of a header, as strictly as the grammar of the format stands.
struct HeaderParser {
    private var lines: ArraySlice<ArraySlice<UInt8>>
    /// The bytes that the MAC is over: up to and with the three dashes.
    private let sealed: [UInt8]

    /// - Parameter text: from the first byte of the file to the end of the line of the MAC.
    static func parse(_ text: [UInt8]) throws(AgeError) -> Header {
        var parser = HeaderParser(text)
        try parser.readVersion()
        var stanzas: [Stanza] = []
        while !parser.isAtMAC { stanzas.append(try parser.readStanza()) }
        guard !stanzas.isEmpty else { throw .header("it has no recipient") }
        return Header(stanzas: stanzas, sealed: parser.sealed, mac: try parser.readMAC())
    }

    private init(_ text: [UInt8]) {
        lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        // Behind the last line feed there is nothing.
        lines.removeLast()
        let last = lines.last?.startIndex ?? text.startIndex
        sealed = Array(text[..<min(last + Header.macMark.count, text.endIndex)])
    }

    private mutating func readVersion() throws(AgeError) {
        guard let line = lines.popFirst(), line.elementsEqual(Header.version.utf8) else {
            throw .header("it does not begin with the line \(Header.version)")
        }
    }

    private var isAtMAC: Bool { lines.first?.starts(with: Header.macMark.utf8) ?? true }

    private mutating func readStanza() throws(AgeError) -> Stanza {
        guard let line = lines.popFirst(), line.starts(with: "-> ".utf8) else {
            throw .header("a recipient does not begin with an arrow")
        }
        let arguments = line.dropFirst(3).split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // VCHAR of RFC 5234.
        let isSound = arguments.allSatisfy { argument in
            !argument.isEmpty && argument.allSatisfy { (0x21...0x7E).contains($0) }
        }
        guard isSound else { throw .header("a recipient has an argument that is not allowed") }
        return Stanza(
            arguments: arguments.map { String(decoding: $0, as: UTF8.self) }, body: try readBody())
    }

    private mutating func readBody() throws(AgeError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard !isAtMAC, let line = lines.popFirst() else {
                throw .header("the body of a recipient has no end")
            }
            guard line.count <= Stanza.lineLength,
                let bytes = Base64.decodeUnpadded(Array(line).span)
            else { throw .header("the body of a recipient is no canonical base64") }
            body += bytes.dangerouslyRevealedBytes()
            if line.count < Stanza.lineLength { return body }
        }
    }

    private mutating func readMAC() throws(AgeError) -> [UInt8] {
        guard let line = lines.popFirst(), lines.isEmpty,
            line.dropFirst(Header.macMark.count).first == UInt8(ascii: " "),
            let mac = Base64.decodeUnpadded(Array(line.dropFirst(Header.macMark.count + 1)).span),
            mac.count == Header.macLength
        else { throw .header("the line of its authentication code is malformed") }
        return mac.dangerouslyRevealedBytes()
    }
}

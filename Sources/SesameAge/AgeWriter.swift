package import SesameCrypto
import SesameSecrets

/// Seals a stream into an age file, in memory that does not grow with it.
///
/// ```
/// var writer = try AgeWriter(for: recipients, random: random) { try FileDescriptor.writeAll($0, to: file) }
/// try writer.write(bytes)
/// try writer.finish()
/// ```
///
/// What was written is an age file only after ``finish()``. After an error it never becomes one.
package struct AgeWriter: ~Copyable {
    private let sink: (Span<UInt8>) throws -> Void
    private var cipher: ChunkCipher
    private var chunk: SecretBuffer

    /// Writes the header.
    ///
    /// Blocks the thread for half a second where the recipient is a passphrase.
    /// - Parameter sink: takes the sealed bytes, in order.
    package init(
        for recipients: AgeRecipients, random: any RandomSource,
        sink: @escaping (Span<UInt8>) throws -> Void
    ) throws(AgeError) {
        let fileKey = random.bytes(FileKey.length)
        let stanzas = try recipients.stanzas(wrapping: fileKey, random: random)
        let salt = random.bytes(ChunkCipher.saltLength).dangerouslyRevealedBytes()
        try Self.send(Header(stanzas: stanzas, fileKey: fileKey).bytes + salt, to: sink)
        cipher = ChunkCipher(fileKey: fileKey, salt: salt)
        chunk = SecretBuffer(capacity: ChunkCipher.chunkLength)
        self.sink = sink
    }

    /// Seals bytes; they are held back until a chunk is full and goes on.
    package mutating func write(_ bytes: Span<UInt8>) throws(AgeError) {
        var rest = bytes
        while !rest.isEmpty {
            // A full chunk waits for the byte behind it: the last chunk must be known as such.
            if chunk.count == ChunkCipher.chunkLength { try sealChunk(isLast: false) }
            let count = min(rest.count, ChunkCipher.chunkLength - chunk.count)
            chunk.append(rest.extracting(first: count))
            rest = rest.extracting(droppingFirst: count)
        }
    }

    /// Seals what is left, and the end.
    package consuming func finish() throws(AgeError) {
        try sealChunk(isLast: true)
    }

    private mutating func sealChunk(isLast: Bool) throws(AgeError) {
        let sealed = try chunk.withBytes { bytes throws(AgeError) in
            try cipher.seal(bytes, isLast: isLast)
        }
        chunk = SecretBuffer(capacity: isLast ? 0 : ChunkCipher.chunkLength)
        try Self.send(sealed, to: sink)
    }

    private static func send(
        _ bytes: [UInt8], to sink: (Span<UInt8>) throws -> Void
    ) throws(AgeError) {
        do {
            try sink(bytes.span)
        } catch {
            throw AgeError(.transfer, "the sealed file cannot be written: \(error)")
        }
    }
}

extension AgeRecipients {
    fileprivate func stanzas(
        wrapping fileKey: Secret, random: any RandomSource
    ) throws(AgeError) -> [Stanza] {
        switch self {
        case .keys(let recipients):
            guard !recipients.isEmpty else {
                throw AgeError(.recipient, "there is nobody to seal for: name a recipient")
            }
            var stanzas: [Stanza] = []
            for recipient in recipients {
                stanzas.append(
                    try X25519Stanza.wrap(
                        fileKey, for: recipient, ephemeral: random.bytes(X25519.keyLength)))
            }
            return stanzas
        case .passphrase(let passphrase, let parameters):
            let salt = random.bytes(ScryptStanza.saltLength).dangerouslyRevealedBytes()
            return [
                try ScryptStanza.wrap(
                    fileKey, passphrase: passphrase, parameters: parameters, salt: salt)
            ]
        }
    }
}

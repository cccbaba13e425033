import Glibc
package import SesameCrypto
package import SesameSecrets
import SesameSystem

/// The file that holds the root secret: one line, `sesame-key-1` and 32 bytes in base64url.
///
/// It protects what its owner keeps apart from the store, such as a backup of the store alone. Who
/// reads both files reads everything.
package enum KeyFile {
    private static let word = "sesame-key-1 "
    private static let keyLength = 32

    /// Makes a new key and writes it; a file that exists is never touched.
    /// - Returns: the key.
    @discardableResult
    package static func create(
        at path: String, random: any RandomSource
    ) throws(StoreError) -> Secret {
        let key = random.bytes(keyLength)
        var line = SecretBuffer(capacity: 64)
        line.append(word)
        key.withBytes { Base64URL.encode($0, into: &line) }
        line.append("\n")
        // Complete under another name first: nobody ever reads half a key.
        let suffix = random.bytes(6).withBytes { Base64URL.encode($0) }
        let temporary = "\(path).new-\(suffix)"
        defer { unsafe unlink(temporary) }
        do throws(PrivateFile.Failure) {
            try PrivateFile.create(temporary, Secret(line))
            guard try PrivateFile.publish(temporary, as: path) else {
                throw .system(SystemError("creating \(path.sanitised())", code: EEXIST))
            }
        } catch {
            throw StoreError(
                .unwritable, "the key file cannot be written (\(error)); check the folder")
        }
        return key
    }

    /// Reads the key.
    package static func read(at path: String) throws(StoreError) -> Secret {
        let contents: Secret
        do throws(PrivateFile.Failure) {
            contents = try PrivateFile.read(path, limit: 4096)
        } catch .missing {
            throw StoreError(
                .keyMissing,
                "there is no key file at \(path.sanitised()); put it back from where you keep its copy:"
                    + " without it the store cannot be opened")
        } catch {
            throw StoreError(.keyUnreadable, "the key file cannot be used: \(error)")
        }
        guard let key = parse(contents) else {
            throw StoreError(
                .keyUnreadable,
                "the key file \(path.sanitised()) holds no Sesame key; put it back from its copy")
        }
        return key
    }

    private static func parse(_ contents: Secret) -> Secret? {
        contents.withBytes { bytes in
            let prefix = Array(word.utf8)
            var end = bytes.count
            if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
            guard end > prefix.count,
                constantTimeEqual(bytes.extracting(0..<prefix.count), prefix.span),
                let key = Base64URL.decode(bytes.extracting(prefix.count..<end)),
                key.count == keyLength
            else { return nil }
            return key
        }
    }
}

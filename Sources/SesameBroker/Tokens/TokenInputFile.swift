import SesameOAuth
import SesameSecrets
import SesameSystem

/// A file with a token that another program renews, such as the service account token that Kubernetes projects.
///
/// It is read for each request, and nothing of it stays in memory.
struct TokenInputFile: Sendable {
    let path: String

    /// Reads the token, without the line end behind it.
    /// - Throws: ``OAuthError`` with `clientKeyUnusable`, in words that name the file.
    func read() throws(OAuthError) -> Secret {
        let contents: Secret
        do throws(PrivateFile.Failure) {
            contents = try PrivateFile.readProjected(path, limit: Self.limit)
        } catch {
            throw unusable(words(for: error))
        }
        let token = contents.withBytes { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
            return Secret(copying: bytes.extracting(0..<end))
        }
        let isToken = token.withBytes { bytes in
            bytes.indices.allSatisfy { (0x21...0x7E).contains(bytes[$0]) }
        }
        guard !token.isEmpty, isToken else { throw unusable("holds no token, or more than one") }
        return token
    }

    private func unusable(_ words: String) -> OAuthError {
        OAuthError(.clientKeyUnusable, "the token file \(path.sanitised()) \(words)")
    }

    private func words(for error: PrivateFile.Failure) -> String {
        switch error {
        case .missing: "is not there"
        case .refused(let refusal): refusal.reason
        case .system(let error): "cannot be read: \(error)"
        }
    }

    private static let limit = 262_144
}

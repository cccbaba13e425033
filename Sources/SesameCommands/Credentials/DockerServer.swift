import SesameHTTP
import SesameSecrets

/// The registry that docker wants a credential for, as docker names it: `ghcr.io`, `registry.example:5000`,
/// `https://index.docker.io/v1/`.
struct DockerServer {
    /// As docker has written it, for the answer.
    let name: String
    /// Where its requests go; `nil` where that is no destination that Sesame could have credentials for.
    let url: HTTPURL?

    /// One line; a single line end behind it is dropped.
    /// - Returns: `nil` when there is no name, or one with a control character.
    init?(_ input: Secret) {
        let text: String? = input.withBytes { bytes in
            let isEnded = bytes.count > 0 && bytes[bytes.count - 1] == 0x0A
            let line = bytes.extracting(0..<(bytes.count - (isEnded ? 1 : 0)))
            guard line.indices.allSatisfy({ !isControl(line[$0]) }) else { return nil }
            return String(copying: line)
        }
        guard let text, !text.isEmpty else { return nil }
        name = text
        // Without a scheme it is https: docker asks for its insecure registries by name, too.
        let url = HTTPURL(text.contains("://") ? text : "https://\(text)")
        self.url = url.flatMap { $0.isSecure && $0.query == nil && $0.fragment == nil ? $0 : nil }
    }
}

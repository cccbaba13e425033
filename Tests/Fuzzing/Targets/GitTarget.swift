import SesameHTTP
import SesameSecrets

@testable import SesameCommands

extension FuzzTarget {
    /// What git asks for has the host that one of its lines names, and no line of it a control character.
    static let git = FuzzTarget(
        "git",
        seeds: [
            "protocol=https\nhost=git.example\npath=a/b c\nusername=ada\ncapability[]=authtype\nwwwauth[]=Bearer realm=\"x\", Basic\n\n",
            "protocol=https\nhost=git.example:444\n",
        ]
    ) { bytes throws(Violation) in
        guard let request = try? GitRequest(Secret(copying: bytes)) else { return }
        let asked = bytes.array.split(separator: 0x0A, omittingEmptySubsequences: false)
            .prefix { !$0.isEmpty }
        try require(
            asked.allSatisfy { line in line.allSatisfy { $0 >= 0x20 && $0 != 0x7F } },
            "a control character was accepted")
        guard let url = request.url else { return }
        try require(url.isSecure, "\(url) is not safe")
        let hosts = asked.map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.hasPrefix("host=") }.map { $0.dropFirst(5).lowercased() }
        guard hosts.count == 1, let named = HTTPURL("\(url.scheme.rawValue)://\(hosts[0])/") else {
            throw Violation("not one host for \(url)")
        }
        try require(url.origin == named.origin, "\(url) for the host \(hosts[0])")
    }
}

import SesameCrypto
import SesameImport
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A hostile file of another program` {
    @Test(arguments: PeerProgram.allCases)
    func `is refused when it is empty, huge, deep, or something else`(peer: PeerProgram) {
        let deep = String(repeating: "[", count: 100_000)
        let huge = "{\"a\":\"" + String(repeating: "x", count: PeerProgram.mostBytes) + "\"}"
        for text in ["", huge, deep, "{", "[]", "null", "\u{0}", "[a@b", "key = value"] {
            #expect(peer.refusal(of: text)?.code == .malformed, "\(text.prefix(20))")
        }
    }

    @Test(arguments: [PeerProgram.oidcAgent, .gcloud, .muttOAuth2])
    func `is refused with a name that occurs twice`(peer: PeerProgram) {
        let fields = #""type":"authorized_user","name":"n","client_id":"c","registration":"google""#
        #expect(peer.refusal(of: #"{\#(fields),"refresh_token":"a"}"#) == nil)
        #expect(
            peer.refusal(of: #"{\#(fields),"refresh_token":"a","refresh_token":"b"}"#)?.code
                == .malformed)
    }

    @Test(arguments: [
        "[a@b]\nx = 1\nX = 2", "[a@b]\n[a@b]", "x = 1", "[a@b]\nnothing", "[a@b]\n= 1",
    ])
    func `is refused as a configuration that Python would refuse`(text: String) {
        #expect(PeerProgram.emailProxy.refusal(of: text)?.code == .malformed)
    }

    @Test(arguments: ["\u{1B}[2J", "a\u{202E}b", "\u{200B}", String(repeating: "n", count: 257)])
    func `is refused with a name that would fool a terminal`(name: String) {
        let escaped = name.unicodeScalars.map { $0.value < 0x20 ? "\\u001b" : "\($0)" }.joined()
        let json =
            #"{"name":"\#(escaped)","client_id":"c","refresh_token":"r","registration":"x","email":"\#(escaped)"}"#
        for peer in [PeerProgram.oidcAgent, .muttOAuth2] {
            let refusal = peer.refusal(of: json)
            #expect(refusal?.code == .malformed)
            #expect(refusal?.message.contains("\u{1B}") == false)
        }
        #expect(PeerProgram.emailProxy.refusal(of: "[a@\(name)]\nx = 1") != nil)
    }

    @Test(arguments: ["a\\u0000b", "a\\nb", "\\u007f"])
    func `is refused with a token that cannot be one`(token: String) {
        let json = #"{"name":"n","client_id":"c","refresh_token":"\#(token)"}"#
        #expect(PeerProgram.oidcAgent.refusal(of: json)?.code == .malformed)
    }

    @Test(arguments: [
        #"{"name":7,"client_id":"c"}"#, #"{"name":"n","client_id":"c","refresh_token":[]}"#,
    ])
    func `is refused with values of other kinds`(text: String) {
        #expect(PeerProgram.oidcAgent.refusal(of: text)?.code == .malformed)
    }

    /// All of them are small, and each was made to take much memory or time.
    @Test(arguments: [
        "[DEFAULT]\n" + (0..<100_000).map { "k\($0)=1\n" }.joined()
            + (0..<300).map { "[a\($0)@b]\n" }.joined(),
        "[a@b]\nk = v\n" + String(repeating: " x\n", count: 300_000),
    ])
    func `is refused where it has more keys or lines than anybody writes`(text: String) {
        #expect(PeerProgram.emailProxy.refusal(of: text)?.code == .malformed)
    }

    @Test(arguments: Fixture.files)
    func `gives a value or an error wherever it is cut`(peer: PeerProgram, file: String) throws {
        let bytes = try Fixture.read(file).dangerouslyRevealedBytes()
        for end in stride(from: 0, to: bytes.count, by: file.hasSuffix("config") ? 7 : 1) {
            look(at: Array(bytes[..<end]), of: peer)
        }
    }

    @Test(arguments: Fixture.files)
    func `gives a value or an error however it is changed`(peer: PeerProgram, file: String) throws {
        let bytes = try Fixture.read(file).dangerouslyRevealedBytes()
        let random = SeededRandom(file)
        for _ in 0..<500 {
            var changed = bytes
            for _ in 0..<3 {
                let noise = random.bytes(3).dangerouslyRevealedBytes()
                changed[(Int(noise[0]) << 8 | Int(noise[1])) % changed.count] = noise[2]
            }
            look(at: changed, of: peer)
        }
    }

    /// What is inside of a dump, sealed with the key that everybody knows.
    @Test func `gives a value or an error whatever is inside of a dump`() throws {
        let bytes = try Fixture.read("pizauth.dump").dangerouslyRevealedBytes()
        let key = Secret(copying: dumpKey)
        let nonce = Array(bytes[..<12])
        let inside = try ChaCha20Poly1305.open(
            Array(bytes[12...]).span, key: key, nonce: nonce.span, associatedData: [UInt8]().span
        ).dangerouslyRevealedBytes()
        for index in inside.indices {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var changed = inside
                changed[index] = value
                let sealed = try ChaCha20Poly1305.seal(
                    changed.span, key: key, nonce: nonce.span, associatedData: [UInt8]().span)
                look(at: nonce + sealed, of: .pizauth)
            }
        }
    }

    /// Reads all of it, short of deriving a key.
    private func look(at bytes: [UInt8], of peer: PeerProgram) {
        do throws(ImportError) {
            for account in try peer.accounts(in: Secret(copying: bytes), named: nil) {
                #expect(!account.name.isEmpty)
                guard !account.vault.needsPassword else { continue }
                _ = try account.vault.open(nil)
            }
        } catch {
            #expect(error.message.sanitised(limit: 1000) == error.message)
        }
    }

    private let dumpKey: [UInt8] = [
        0x66, 0xA2, 0x47, 0xA8, 0x5E, 0x48, 0xCF, 0xEC, 0xAA, 0xED, 0x9B, 0x36, 0xEB, 0xA9, 0x7D,
        0x53,
        0x50, 0xD4, 0x28, 0x63, 0x75, 0x09, 0x7A, 0x44, 0xEE, 0xFF, 0xB9, 0xC4, 0x54, 0x6B, 0x65,
        0xA3,
    ]
}

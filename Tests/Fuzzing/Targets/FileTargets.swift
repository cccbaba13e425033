import SesameCrypto
import SesameSecrets

@testable import SesameBroker
@testable import SesameImport
@testable import SesameStore

extension FuzzTarget {
    /// A value that is set in a configuration is read from it, and nothing else has changed.
    static let configuration = FuzzTarget(
        "configuration",
        seeds: [
            "[store]\nkey_file = ~/k ; why\n\n[profile work]\nissuer = https://id.example\nclient_id = cli\nscope = read\n\n; end\n",
            "[profile a]\nprovider = mautic\nbase_url = https://acme.example\nallow = https://a.example\nallow = https://b.example\n[caller x]\nuid = 1000\nmay = token\nprofile = a\n",
            "[broker]\nrenew_ahead = on\n[file f]\nprofile = a\n[proxy p]\nlisten = 127.0.0.1:1\n[audit]\nkeep = 3\n",
        ]
    ) { bytes throws(Violation) in
        let document = INIDocument(bytes.text)
        let folders = ConfigurationFolders(home: "/home/ada", configuration: "/etc/sesame")
        _ = try? ConfigurationFile.Contents(document, path: nil, folders: folders)
        guard let before = try? entries(of: document) else { return }
        var changed = document
        let (section, key, value) = ("profile added by a test", "scope", "read write")
        guard (try? changed.set(key, to: [value], in: section)) != nil else {
            throw Violation("what could be read could not be changed")
        }
        guard let after = try? entries(of: changed) else {
            throw Violation("what was changed cannot be read")
        }
        try require(
            after.contains { $0 == [section, key, value] }, "the value that was set is not there")
        try require(
            after.filter { $0[0] != section } == before.filter { $0[0] != section },
            "something else has changed")
    }

    /// A record opens as what was sealed or not at all, and what it holds is written as it was read.
    static let record = FuzzTarget(
        "record",
        seeds: [
            #"{"client_secret":"s","username":null,"password":"p","client_secret_for":"x"}"#,
            #"{"access_token":"a","token_type":"Bearer","access_received_at":1,"logged_in_at":1,"token_endpoint":"https://id.example/t","client_id":"c","refresh_token":"r","ended":{"reason":"x","at":2},"past_logins":[{"logged_in_at":1,"alive_at":2,"ended_at":3}]}"#,
            #"{"at":1,"code":"temporary","message":"no answer"}"#,
            "sesame-key-1 YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE\n",
        ], bytes: [sealedRecord].compactMap(\.self)
    ) { bytes throws(Violation) in
        if let opened = SealedRecord.open(bytes.array, at: place, key: key) {
            try require(opened.equals(sealedText), "a forged record was opened")
        }
        try requireRoundTrip(Credential.self, bytes)
        try requireRoundTrip(ClientSecrets.self, bytes)
        try requireRoundTrip(Outcome.self, bytes)
        _ = KeyLine.parseAll(Secret(copying: bytes))
    }

    private static func requireRoundTrip<Contents: RecordContents>(
        _ type: Contents.Type, _ bytes: Span<UInt8>
    ) throws(Violation) {
        guard let contents = Contents(decoding: Secret(copying: bytes)) else { return }
        guard let written = try? contents.encoded(), let again = Contents(decoding: written),
            let twice = try? again.encoded()
        else { throw Violation("a record that was read cannot be written and read") }
        try require(twice.equals(written), "a record is read in two ways")
    }

    /// What other programs have written is read or refused.
    static let importing = FuzzTarget(
        "importing",
        seeds: [
            "[DEFAULT]\na = b\n[x@example.org]\ntoken_url: https://t\n  more\n# c\nclient_id = 1\n",
            #"{"type":"authorized_user","client_id":"1","client_secret":"s","refresh_token":"r"}"#,
            "account \"x\" {\n auth_uri = \"https://a\";\n scopes = [\"a\", \"b\"];\n}\n",
        ]
    ) { bytes throws(Violation) in
        for program in PeerProgram.allCases {
            _ = try? program.accounts(in: Secret(copying: bytes), named: "work")
        }
    }

    private static func entries(
        of document: INIDocument
    ) throws(INIDocument.Refusal) -> [[String]] {
        var all: [[String]] = []
        try document.forEachSection { section in
            all += section.entries.map { [section.name, $0.key, $0.value] }
        }
        return all
    }

    private static let place = RecordPlace(
        storeID: [UInt8](repeating: 1, count: 16), profile: "work", kind: "credential", revision: 1)
    private static let key = DataKey(
        generation: 1, secret: FixedRandom().bytes(32), storeID: [UInt8](repeating: 1, count: 16))
    private static let sealedText = Secret(utf8: "what was sealed")

    private static var sealedRecord: [UInt8]? {
        try? SealedRecord.seal(sealedText, at: place, key: key, random: FixedRandom())
    }
}

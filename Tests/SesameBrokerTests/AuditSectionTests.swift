import SesameAudit
import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The section of the audit trail` {
    private let folder = TemporaryFolder()

    @Test func `may be left out, and then the trail lies beside the store`() throws {
        let settings = try settings("")
        #expect(settings == AuditSettings())
        #expect(settings.file == .usual && !settings.isRequired && settings.journal == .automatic)
        #expect(settings.keep == 8 && settings.size == 64 << 20)
    }

    @Test func `says where, how much, how long and how strictly`() throws {
        let settings = try settings(
            "[audit]\nfile = ~/trail.log\nrequired = yes\njournal = on\nkeep = 0\nsize = 2M\n")
        #expect(settings.file == .path(folder.file("trail.log")))
        #expect(settings.isRequired && settings.journal == .on)
        #expect(settings.keep == 0 && settings.size == 2 << 20)
        #expect(try self.settings("[audit]\nfile = off\nsize = 4096\n").file == .off)
        #expect(try self.settings("[audit]\nsize = 1G\n").size == 1 << 30)
    }

    @Test(arguments: [
        "file = trail.log", "file =", "required = true", "required =", "journal = maybe",
        "keep = -1", "keep = 1001", "keep = x", "size = 4095", "size = 1K", "size = 64MB",
        "size = 9999999999G", "size = -1M", "nothing = 1", "keep = 1\nkeep = 2",
    ])
    func `is refused with its line where it says anything else`(line: String) throws {
        do throws(BrokerError) {
            _ = try read("[audit]\n" + line + "\n")
            Issue.record("taken: \(line)")
        } catch {
            #expect(error.code == .configuration)
            #expect(error.message.contains(", line \(line.contains("\n") ? 3 : 2): "))
        }
    }

    private func settings(_ text: String) throws -> AuditSettings { try read(text).audit }

    private func read(_ text: String) throws(BrokerError) -> ConfigurationFile.Contents {
        try? PrivateFile.replace(folder.file("config"), Secret(utf8: text))
        return try ConfigurationFile(path: folder.file("config"), home: folder.path).contents()
    }
}

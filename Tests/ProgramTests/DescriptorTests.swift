import Glibc
import TestSupport
import Testing

@Suite struct `A broker without descriptors to spare` {
    /// the kernel keeps waiting for whom there is no descriptor, and the broker rests.
    ///
    /// With 24 it runs out of them; with 64 it leaves clients waiting before it does.
    @Test(arguments: [(limit: 24, clients: 40), (limit: 64, clients: 200)])
    func `waits without spinning, and serves again when it has some`(
        limit: Int, clients: Int
    ) async throws {
        let folder = TemporaryFolder()
        let environment = ChildProcess.plainEnvironment.merging(["SESAME_HOME": folder.path]) { $1 }
        let program = BuiltPrograms.path(of: "sesamed")
        let broker = try ChildProcess.start(
            "sh", ["-c", "ulimit -n \(limit); exec '\(program)'"], environment: environment)
        let path = folder.file("broker.sock")
        try await eventually("the broker listens") { (try? RawSocket(path: path)) != nil }

        let before: Int
        do {
            var crowd: [RawSocket] = []
            for _ in 0..<clients { crowd.append(try RawSocket(path: path)) }
            before = try ticks(of: broker.process)
            try await Task.sleep(for: .milliseconds(500))
            // The only way to see that nothing happens is to let time pass. A loop that spins takes about fifty hundredths of a second here.
            #expect(try ticks(of: broker.process) - before < 15)
            #expect(crowd.count == clients)
        }
        let status = try await offPool {
            let client = try RawSocket(path: path)
            client.send("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            return try client.receiveAnswer().status
        }
        #expect(status == 200)
        broker.terminate()
        let ended = try broker.wait()
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// Processor time of a process, in hundredths of a second (proc(5), fields 14 and 15).
    private func ticks(of process: Int32) throws -> Int {
        let file = unsafe try #require(unsafe fopen("/proc/\(process)/stat", "r"))
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        let fields =
            String(decoding: bytes.prefix(count), as: UTF8.self)
            .split(separator: ")").last?.split(separator: " ").compactMap { Int($0) } ?? []
        try #require(fields.count > 12)
        return fields[10] + fields[11]
    }
}

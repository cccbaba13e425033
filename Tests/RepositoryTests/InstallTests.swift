import Glibc
import TestSupport
import Testing

/// `make install` and `make uninstall`, with the programs of this build.
@Suite struct `An installation` {
    private let repository = Repository()
    private let folder = TemporaryFolder()

    /// Runs a target of the Makefile for a prefix below the temporary folder.
    private func make(_ target: String) async throws {
        let finished = try await ChildProcess.runAside(
            "make",
            [
                "--directory", repository.root, "--no-print-directory", target,
                "BIN=\(BuiltPrograms.folder)", "PAGES=\(folder.file("pages"))",
                "DESTDIR=\(folder.file("root"))", "PREFIX=/opt/sesame",
            ])
        try #require(finished.status == 0, "make \(target): \(finished.errors)")
    }

    /// What is below the destination, with the kinds of files and their modes.
    private func files() throws -> [String] {
        let found = try ChildProcess.run(
            "find", [folder.file("root"), "!", "-type", "d", "-printf", "%y %m %P\n"])
        return found.output.split(separator: "\n").map(String.init).sorted()
    }

    private var expected: [String] {
        get throws {
            let documents = try repository.files(in: "docs", ending: "").map(\.path).filter {
                path in
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                return folder == "docs" && (path.hasSuffix(".md") || path.hasSuffix(".yaml"))
                    || folder == "docs/ways-out" && path.hasSuffix(".md")
            }
            let files =
                [
                    "f 755 bin/sesame", "f 755 bin/sesamed", "f 755 bin/sesame-playground",
                    "l 777 bin/git-credential-sesame", "l 777 bin/docker-credential-sesame",
                    "f 644 share/man/man1/sesame.1",
                    "l 777 share/man/man1/git-credential-sesame.1",
                    "l 777 share/man/man1/docker-credential-sesame.1",
                    "f 644 share/man/man5/sesame-config.5",
                    "f 644 share/man/man8/sesamed.8",
                    "f 644 share/bash-completion/completions/sesame",
                    "f 644 share/zsh/site-functions/_sesame",
                    "f 644 share/fish/vendor_completions.d/sesame.fish",
                    "f 644 lib/systemd/user/sesamed.socket",
                    "f 644 lib/systemd/user/sesamed.service",
                    "f 644 lib/systemd/system/sesamed.socket",
                    "f 644 lib/systemd/system/sesamed.service", "f 644 lib/sysusers.d/sesame.conf",
                    "f 644 share/doc/sesame/LICENSE", "f 644 share/doc/sesame/README.md",
                ] + documents.map { "f 644 share/doc/sesame/\($0)" }
            return files.map { line in
                let words = line.split(separator: " ")
                return "\(words[0]) \(words[1]) opt/sesame/\(words[2])"
            }.sorted()
        }
    }

    @Test func `has these files and no others, runs, and is removed without a trace`() async throws
    {
        try await make("pages")
        try await make("install")
        #expect(try files() == expected)
        let prefix = folder.file("root/opt/sesame")
        let version = try ChildProcess.run("\(prefix)/bin/sesame", ["version"])
        #expect(version.status == 0 && version.output.hasPrefix("sesame "))
        let unit = try ChildProcess.run("cat", ["\(prefix)/lib/systemd/user/sesamed.service"])
        #expect(unit.output.contains("\nExecStart=/opt/sesame/bin/sesamed\n"))
        for link in ["git-credential-sesame", "docker-credential-sesame"] {
            #expect(
                try ChildProcess.run("readlink", ["\(prefix)/bin/\(link)"]).output == "sesame\n")
        }

        // A second one over it changes nothing, and what is not ours stays.
        try await make("install")
        #expect(try files() == expected)
        _ = try ChildProcess.run(
            "touch", ["\(prefix)/share/doc/sesame/mine", "\(prefix)/bin/mine"])
        try await make("uninstall")
        #expect(
            try files().map { $0.split(separator: "/").dropFirst(2).joined(separator: "/") }
                == ["bin/mine", "share/doc/sesame/mine"])
    }

    @Test func `is asked for in vain before anything is built`() throws {
        let finished = try ChildProcess.run(
            "make",
            [
                "--directory", repository.root, "--no-print-directory", "install",
                "BIN=\(folder.file("none"))", "DESTDIR=\(folder.file("root"))",
            ])
        #expect(finished.status == 2)
        #expect(finished.errors.contains("run 'make build' first"))
        #expect(unsafe access(folder.file("root"), F_OK) != 0)
    }
}

import CLinux
import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem

/// Where the database lies.
///
/// Everything about the file is judged before SQLite opens it.
///
/// The database is never opened here: closing any descriptor of it would drop the locks that this
/// process holds through SQLite. A look at the names is enough, for nobody else can write in the
/// folder.
struct StoreFile {
    /// The path with the folder resolved.
    let path: String
    let folder: String

    init(_ path: String) throws(StoreError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        try attempt { () throws(PrivateFile.Failure) in try PrivateFile.makeDirectory(folder) }
        guard !name.isEmpty, let resolved = unsafe realpath(folder, nil) else {
            throw StoreError(.unwritable, "the folder \(folder.sanitised()) cannot be opened")
        }
        defer { unsafe free(resolved) }
        self.folder = unsafe String(cString: resolved)
        self.path = "\(self.folder)/\(name)"
        try Self.judgeFolder(self.folder)
    }

    /// Whether the file is there; throws when it, or what SQLite keeps beside it, is not private.
    func exists() throws(StoreError) -> Bool {
        // The companions first: another process may make the store between these looks, and then
        // the store is there before they are.
        var companions: [String] = []
        for companion in ["\(path)-wal", "\(path)-shm"] where try Self.isThere(companion) {
            companions.append(companion)
        }
        if try Self.isThere(path) { return true }
        guard let companion = companions.first else { return false }
        // SQLite would play an old log into a new file.
        throw StoreError(
            .damaged,
            "\(path.sanitised()) is gone, but its log \(companion.sanitised()) is there. Put the store"
                + " back beside it. Where that was moved away, end sesamed and move the log to it")
    }

    /// Makes the file complete under another name first: a store that exists is a whole one, and an
    /// empty file is never taken for a new store.
    ///
    /// Where another process is faster, its store is as good as this one.
    func create(
        random: any RandomSource, vfs: String?,
        _ fill: (borrowing Database) throws(StoreError) -> Void
    ) throws(StoreError) {
        let lock = PrivateFile.lock(folder: folder)
        defer { withExtendedLifetime(lock) {} }
        if try exists() { return }
        // Whoever makes a store holds the lock: these are of processes that were killed.
        FileDraft.removeAbandoned(of: path)
        let suffix = random.bytes(6).withBytes { Base64URL.encode($0) }
        let temporary = "\(path)\(FileDraft.infix)\(suffix)"
        // SQLite's own files would get the permissions that the umask leaves.
        try attempt { () throws(PrivateFile.Failure) in
            try PrivateFile.create(temporary, Secret(SecretBuffer()))
        }
        defer { for end in ["", "-wal", "-shm", "-journal"] { unsafe unlink(temporary + end) } }
        try make(temporary, vfs, fill)
        try attempt { () throws(PrivateFile.Failure) in
            _ = try PrivateFile.publish(temporary, as: path)
        }
    }

    /// A file that has its log from the beginning: whoever opens it need not change it.
    private func make(
        _ temporary: String, _ vfs: String?,
        _ fill: (borrowing Database) throws(StoreError) -> Void
    ) throws(StoreError) {
        let database = try Database.open(temporary, vfs: vfs)
        try fill(database)
        try Schema.useLog(database)
    }

    private static func isThere(_ path: String) throws(StoreError) -> Bool {
        var status = clinux_status()
        if unsafe clinux_lstat(path, &status) != 0 && errno == ENOENT { return false }
        guard let objection = PrivateFile.objection(toFileAt: path) else { return true }
        if FileDraft.removeSecondName(of: path) { return try isThere(path) }
        // SQLite may take its own companions away between the two looks.
        if unsafe clinux_lstat(path, &status) != 0 && errno == ENOENT { return false }
        throw StoreError(.notPrivate, "\(path.sanitised()) \(objection)")
    }

    private static func judgeFolder(_ folder: String) throws(StoreError) {
        var status = clinux_status()
        guard unsafe clinux_stat(folder, &status) == 0 else {
            throw StoreError(.unwritable, "the folder \(folder.sanitised()) cannot be examined")
        }
        guard status.owner == geteuid() else {
            throw StoreError(
                .notPrivate,
                "the folder \(folder.sanitised()) belongs to another user; choose another")
        }
        guard status.mode & 0o022 == 0 else {
            throw StoreError(
                .notPrivate,
                "others can write in the folder \(folder.sanitised()); run: chmod go-w on it")
        }
    }
}

private func attempt(_ body: () throws(PrivateFile.Failure) -> Void) throws(StoreError) {
    do throws(PrivateFile.Failure) {
        try body()
    } catch {
        throw StoreError(
            .unwritable, "the store cannot be created (\(error)); check the folder and free space")
    }
}

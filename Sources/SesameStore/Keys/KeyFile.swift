import CLinux
package import SesameCrypto
package import SesameSecrets
import SesameSystem

/// The file that holds the root secret, as a ``KeyLine``.
///
/// It protects what its owner keeps apart from the store, such as a backup of the store alone. Who
/// reads both files reads everything.
package enum KeyFile {
    /// Makes a new key and writes it; a file that exists is never touched.
    /// - Returns: the key.
    @discardableResult
    package static func create(
        at path: String, random: any RandomSource
    ) throws(StoreError) -> Secret {
        let key = KeyLine.newKey(random)
        do throws(PrivateFile.Failure) {
            try PrivateFile.create(path, KeyLine.text(key))
        } catch {
            throw .keyUnwritable(error)
        }
        return key
    }

    /// Reads the key.
    package static func read(at path: String) throws(StoreError) -> Secret {
        try judgeFolder(of: path)
        FileDraft.removeSecondName(of: path)
        let contents: Secret
        do throws(PrivateFile.Failure) {
            contents = try PrivateFile.read(path, limit: KeyLine.limit)
        } catch .missing {
            throw StoreError(
                .keyMissing,
                "there is no key file at \(path.sanitised()); put it back from where you keep its copy:"
                    + " without it the store cannot be opened")
        } catch {
            throw StoreError(.keyUnreadable, "the key file cannot be used: \(error)")
        }
        guard let key = KeyLine.parse(contents) else {
            throw StoreError(
                .keyUnreadable,
                "the key file \(path.sanitised()) holds no Sesame key; put it back from its copy")
        }
        return key
    }

    /// Refuses a folder in which others could replace the key.
    static func judgeFolder(of path: String) throws(StoreError) {
        if let reason = PrivateFile.objection(toFolderAt: PrivateFile.folder(of: path)) {
            throw StoreError(
                .keyUnreadable, "the folder of the key file \(path.sanitised()) \(reason)")
        }
    }

    /// The key of a store that is about to be made: the file's, or a new one where there is no file.
    /// - Parameter made: told when it is a new one.
    static func readOrCreate(
        at path: String, random: any RandomSource, made: () -> Void
    ) throws(StoreError) -> Secret {
        guard isMissing(path) else { return try read(at: path) }
        // What is wrong with the folder shows when the file is made.
        try? PrivateFile.makeDirectory(PrivateFile.folder(of: path))
        try judgeFolder(of: path)
        do throws(StoreError) {
            let key = try create(at: path, random: random)
            made()
            return key
        } catch {
            // Another process may have made it in this moment; then that one counts.
            if isMissing(path) { throw error }
            return try read(at: path)
        }
    }

    /// Refuses to put a new key where another one may stand.
    static func expectNone(at path: String) throws(StoreError) {
        guard isMissing(path) else {
            throw StoreError(
                .usage,
                "there is something at \(path.sanitised()) already, which is not this store's key; older"
                    + " copies of the store may need it. Move it away, or name another path")
        }
        try? PrivateFile.makeDirectory(PrivateFile.folder(of: path))
    }

    private static func isMissing(_ path: String) -> Bool {
        var status = clinux_status()
        return unsafe clinux_lstat(path, &status) != 0
    }

    /// The key that fits: the file's own or, after an interrupted rotation, the one it was to get.
    static func read(at path: String, fits: (Secret) -> Bool) throws(StoreError) -> Secret {
        let own: Result<Secret, StoreError> = Result { () throws(StoreError) in try read(at: path) }
        if case .success(let key) = own, fits(key) { return key }
        if let key = try NextKeyFile.keys(for: path).last(where: fits) { return key }
        // A rotation that ended in this moment has given the file its key, and removed the other one.
        if let key = try? read(at: path), fits(key) { return key }
        guard case .failure(let error) = own else { throw .keyWrong }
        throw error
    }
}

extension StoreError {
    static func keyUnwritable(_ failure: PrivateFile.Failure) -> StoreError {
        StoreError(.unwritable, "the key file cannot be written (\(failure)); check the folder")
    }
}

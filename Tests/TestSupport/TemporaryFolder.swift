import Glibc

/// A new private folder (mode 0700), removed with everything in it when the value goes.
///
/// What the kernel's keyring remembers of stores in it goes, too.
package final class TemporaryFolder: Sendable {
    /// Its absolute path, without symbolic links and without a slash at the end.
    package let path: String

    package init() {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/sesame-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }
                .flatMap { unsafe realpath($0, nil) }
        }
        guard let made = unsafe made else { fatalError("no temporary folder can be made") }
        path = unsafe String(cString: made)
        unsafe free(made)
    }

    deinit {
        // A test may have removed the store itself.
        KernelKeyring.forgetStore(at: file("store.db"))
        removeTree(path)
    }

    /// The path of a file in the folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }
}

private func removeTree(_ path: String) {
    if let folder = unsafe opendir(path) {
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    unsafe String(cString: name)
                }
            }
            if name == "." || name == ".." { continue }
            let child = "\(path)/\(name)"
            if name.hasSuffix(".db") { KernelKeyring.forgetStore(at: child) }
            // A link to a folder is unlinked, never followed.
            if unsafe unlink(child) != 0 { removeTree(child) }
        }
        unsafe closedir(folder)
    }
    unsafe rmdir(path)
}

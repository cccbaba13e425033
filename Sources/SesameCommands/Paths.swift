import Glibc

/// A path as the person means it: from the folder where they are.
///
/// `~/` stays as it is, for a configuration that is read by its owner.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), !path.hasPrefix("~"), let folder = unsafe getcwd(nil, 0) else {
        return path
    }
    defer { unsafe free(folder) }
    return unsafe String(cString: folder) + "/" + path
}

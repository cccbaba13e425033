import CLinux

/// Which file a name stands for.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// `nil` where there is none.
    init?(of path: String) {
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else { return nil }
        device = status.device
        inode = status.inode
    }
}

import CFaultVFS
import TestSupport

@testable import SesameStore

/// A folder for a store on a disk that fails on command; see `FaultVFS.h`.
@safe final class FaultyDisk {
    /// What goes wrong.
    enum Fault: Sendable, CustomStringConvertible {
        /// An operation ends with an error, and nothing of it was done.
        case error(Operations, code: Int32 = 0, again: Bool = false)
        /// The machine, or just the process, stands still.
        case powerLoss(Keeps)

        var description: String {
            switch self {
            case .error(let operations, let code, let again):
                "\(operations) fails \(again ? "for ever" : "once")"
                    + (code == 0 ? "" : " with code \(code)")
            case .powerLoss(let keeps): "power loss, \(keeps)"
            }
        }
    }

    /// Which operations are counted and fail.
    enum Operations: String, Sendable {
        case everything = "every operation"
        case writing = "every write, truncation and sync"
        case opening = "every opening"

        fileprivate var mask: Int32 {
            switch self {
            case .everything: Int32(faultvfs_everything)
            case .writing:
                Int32(faultvfs_write | faultvfs_truncate | faultvfs_sync)
            case .opening: Int32(faultvfs_open)
            }
        }
    }

    /// What the disk keeps of that which was not synced.
    enum Keeps: Sendable, CustomStringConvertible {
        case all
        case nothing
        case some(seed: UInt64)

        var description: String {
            switch self {
            case .all: "all that was written is kept"
            case .nothing: "nothing unsynced is kept"
            case .some(let seed): "some sectors are kept (seed \(seed))"
            }
        }

        fileprivate var word: Int32 {
            switch self {
            case .all: Int32(faultvfs_keeps_all)
            case .nothing: Int32(faultvfs_keeps_nothing)
            case .some: Int32(faultvfs_keeps_some)
            }
        }

        fileprivate var seed: UInt64 { if case .some(let seed) = self { seed } else { 0 } }
    }

    /// The name under which SQLite knows the layer.
    static let layer = "fault"

    let folder: TemporaryFolder
    private let watch: UnsafeMutableRawPointer

    /// - Parameter folder: what lies there counts as durable.
    init(_ folder: TemporaryFolder = TemporaryFolder()) {
        guard faultvfs_install() == 0, let watch = unsafe faultvfs_watch(folder.path) else {
            fatalError("SQLite takes no other file layer")
        }
        self.folder = folder
        unsafe self.watch = watch
    }

    deinit { unsafe faultvfs_unwatch(watch) }

    /// Lets the operation of this number fail, counted from now on.
    /// - Parameter image: where the disk is written as a loss of power would leave it.
    func fail(_ fault: Fault, at number: Int64, image: TemporaryFolder) {
        switch fault {
        case .error(let operations, let code, let again):
            unsafe faultvfs_fail(watch, operations.mask, number, code, again ? 1 : 0)
        case .powerLoss(let keeps):
            unsafe faultvfs_lose_power(watch, number, image.path, keeps.word, keeps.seed)
        }
    }

    /// Takes all faults back.
    func repair() { unsafe faultvfs_repair(watch) }

    /// Whether a fault has struck.
    var hasStruck: Bool { unsafe faultvfs_has_struck(watch) != 0 }

    /// The folder as a loss of power in this moment would leave it.
    func image(_ keeps: Keeps = .all) -> TemporaryFolder {
        let image = TemporaryFolder()
        guard unsafe faultvfs_take_image(watch, image.path, keeps.word, keeps.seed) == 0 else {
            fatalError("the folder of a store cannot be copied")
        }
        return image
    }
}

import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// Which process holds a ticket, so that the ticket of a dead one need not be waited for.
///
/// `boot id/inode of the pid namespace/pid/start time`: a pid alone comes back on another boot, in
/// another container and after its process.
struct ProcessIdentity: Sendable, Equatable {
    let text: String

    /// This process; empty where `/proc` cannot be read.
    static let current = ProcessIdentity(text: description(of: getpid()) ?? "")

    /// What is known about a process.
    enum State: Sendable, Equatable {
        /// It runs, on this boot and in this namespace.
        case living
        /// It has ended, for certain.
        case gone
        /// Nobody can tell: another boot, another namespace, a `/proc` that hides it.
        case unknown
    }

    /// What is known about the process; `proc` is where proc(5) is mounted.
    func state(proc: String = "/proc") -> State {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, let pid = Int32(parts[2]), pid > 0, let here = Self.surroundings,
            here == "\(parts[0])/\(parts[1])"
        else { return .unknown }
        switch Self.life(of: pid, proc) {
        case .unknown: return .unknown
        case .none: return .gone
        case .started(let start): return start == parts[3] ? .living : .gone
        }
    }

    static func description(of pid: Int32) -> String? {
        guard let surroundings, case .started(let start) = life(of: pid, "/proc")
        else { return nil }
        return "\(surroundings)/\(pid)/\(start)"
    }

    private static let surroundings: String? = {
        var namespace = clinux_status()
        guard case .read(let boot) = contents("/proc/sys/kernel/random/boot_id"),
            unsafe clinux_stat("/proc/self/ns/pid", &namespace) == 0
        else { return nil }
        return "\(boot.filter { $0 != "\n" })/\(namespace.inode)"
    }()

    private enum Life {
        case started(Substring)
        case none
        case unknown
    }

    /// See proc(5): the name stands in parentheses and may hold anything, so the fields are counted
    /// from the last closing one, behind which field 3 begins.
    private static func life(of pid: Int32, _ proc: String) -> Life {
        switch contents("\(proc)/\(pid)/stat") {
        // Mounted with `hidepid`, `/proc` has no entry for a living process that may not be dumped,
        // even for its own user; a broker is one.
        case .missing: return kill(pid, 0) != 0 && errno == ESRCH ? .none : .unknown
        case .unreadable: return .unknown
        case .read(let text):
            guard let name = text.lastIndex(of: ")") else { return .unknown }
            let fields = text[text.index(after: name)...].split(separator: " ")
            guard fields.count > 19 else { return .unknown }
            // A dead process that nobody has waited for yet. A living one whose first thread has
            // ended looks the same, but has other threads.
            let isDead = fields[0] == "Z" || fields[0] == "X"
            return isDead && (Int(fields[17]) ?? 0) <= 1 ? .none : .started(fields[19])
        }
    }

    private enum Contents {
        case read(String)
        case missing
        case unreadable
    }

    private static func contents(_ path: String) -> Contents {
        let descriptor = unsafe clinux_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return errno == ENOENT ? .missing : .unreadable }
        let file = FileDescriptor(owning: descriptor)
        do throws(SystemError) {
            return .read(
                try FileDescriptor.readAll(file.number, limit: 65_536).dangerouslyRevealedText())
        } catch {
            return error.code == ESRCH ? .missing : .unreadable
        }
    }
}

import CLinux
import Glibc
import SesameSecrets

/// What the kernel says of a process at the other end of a socket, beyond user and group.
///
/// The process may run another program by now than when it connected, and may have given its end of the
/// socket to others. A program's path says nothing of what a user has made it do: `LD_PRELOAD`, a debugger, an
/// interpreter. Between programs of one user all this guards against mistakes only.
package struct PeerProcess: Sendable, Equatable {
    /// The path of its program, without links; `nil` where it may not be known.
    package let executable: String?
    /// The systemd unit that it runs in, of the system's manager, such as `web.service`.
    ///
    /// Only root puts a process into one, or takes it out.
    package let unit: String?
    /// The unit of its user's manager; that user can put any process of his into any of these.
    package let userUnit: String?
    /// Its supplementary groups.
    package let groups: [UInt32]

    package init(
        executable: String? = nil, unit: String? = nil, userUnit: String? = nil,
        groups: [UInt32] = []
    ) {
        self.executable = executable
        self.unit = unit
        self.userUnit = userUnit
        self.groups = groups
    }

    /// Looks at a process.
    ///
    /// A process that began after the connection was made has got the number of one that is gone; nothing is
    /// said of it, as where `/proc` hides it.
    /// - Parameters:
    ///   - connected: when the connection was made, since the machine's start.
    ///   - proc: where proc(5) is mounted.
    package init?(pid: Int32, connected: Duration, proc: String = "/proc") {
        let folder = "\(proc)/\(pid)"
        guard pid > 0, Self.began(folder, before: connected),
            let cgroup = Self.text("\(folder)/cgroup")
        else { return nil }
        let units = Self.units(inCgroups: cgroup)
        self.init(
            executable: Self.link("\(folder)/exe"), unit: units.system, userUnit: units.user,
            groups: Self.groups(inStatus: Self.text("\(folder)/status") ?? ""))
        // Still the same one, now that all was read.
        guard Self.began(folder, before: connected) else { return nil }
    }

    /// The units in what `/proc/PID/cgroup` says, the unified hierarchy before systemd's own of version 1.
    static func units(inCgroups text: String) -> (system: String?, user: String?) {
        let lines = text.split(separator: "\n")
        for prefix in ["0::", "1:name=systemd:"] {
            guard let line = lines.first(where: { $0.hasPrefix(prefix) }) else { continue }
            let path = line.dropFirst(prefix.count)
            // Outside of our own part of the tree nothing can be told.
            guard path.hasPrefix("/"), !path.hasPrefix("/..") else { continue }
            var names = path.split(separator: "/").filter { !$0.hasSuffix(".slice") }[...]
            guard let first = names.popFirst().map(Self.unescaped), isUnit(first) else { continue }
            let isManager = first.hasPrefix("user@") && first.hasSuffix(".service")
            let inner = isManager ? names.first.map(Self.unescaped) : nil
            return (first, inner.flatMap { isUnit($0) ? $0 : nil })
        }
        return (nil, nil)
    }

    /// systemd puts a `_` before a name that means something to the kernel.
    private static func unescaped(_ name: Substring) -> String {
        String(name.hasPrefix("_") ? name.dropFirst() : name)
    }

    private static func isUnit(_ name: String) -> Bool {
        name.hasSuffix(".service") || name.hasSuffix(".scope")
    }

    static func groups(inStatus text: String) -> [UInt32] {
        let line = text.split(separator: "\n").first { $0.hasPrefix("Groups:") } ?? ""
        return line.dropFirst("Groups:".count).split(whereSeparator: \.isWhitespace).compactMap {
            UInt32($0)
        }
    }

    /// proc(5): the 22nd field, in ticks since the start of the machine.
    private static func began(_ folder: String, before moment: Duration) -> Bool {
        guard let text = text("\(folder)/stat"), let name = text.lastIndex(of: ")") else {
            return false
        }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let ticks = Int64(fields[19]), ticks >= 0 else { return false }
        let perSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))
        let began =
            Duration.seconds(ticks / perSecond)
            + .milliseconds(ticks % perSecond * 1000 / perSecond)
        return began <= moment
    }

    private static func text(_ path: String) -> String? {
        let number = unsafe clinux_open(path, O_RDONLY, 0)
        guard number >= 0 else { return nil }
        let file = FileDescriptor(owning: number)
        return try? FileDescriptor.readAll(file.number, limit: 65_536).dangerouslyRevealedText()
    }

    /// A program whose file was deleted has ` (deleted)` behind its path, and is no program that anybody named.
    private static func link(_ path: String) -> String? {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink(path, &room, room.count - 1)
        guard count > 0 else { return nil }
        return String(
            validating: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

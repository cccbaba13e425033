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
    /// said of it, as where `/proc` hides it. All is read through one descriptor of its folder, which never
    /// leads to a process that gets the number later.
    /// - Parameters:
    ///   - connected: when the connection was made, since the machine's start.
    ///   - withGroups: whether to read its supplementary groups, which takes as long as all the rest.
    ///   - proc: where proc(5) is mounted.
    package init?(
        pid: Int32, connected: Duration, withGroups: Bool = true, proc: String = "/proc"
    ) {
        guard pid > 0 else { return nil }
        let number = unsafe clinux_open("\(proc)/\(pid)", O_RDONLY | O_DIRECTORY, 0)
        guard number >= 0 else { return nil }
        let folder = FileDescriptor(owning: number)
        guard let status = Self.bytes("stat", in: folder),
            let began = Self.beginning(inStat: status), began <= connected,
            let cgroup = Self.bytes("cgroup", in: folder)
        else { return nil }
        let units = Self.units(inCgroups: String(decoding: cgroup, as: UTF8.self))
        let groups = withGroups ? Self.bytes("status", in: folder).map(Self.groups) : []
        self.init(
            executable: Self.link("exe", in: folder), unit: units.system, userUnit: units.user,
            groups: groups ?? [])
    }

    /// The units in what `/proc/PID/cgroup` says, the unified hierarchy before systemd's own of version 1.
    static func units(inCgroups text: String) -> (system: String?, user: String?) {
        // In bytes: to take characters for what Unicode calls one costs more than all the looking up.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        for prefix in ["0::", "1:name=systemd:"] {
            guard let line = lines.first(where: { $0.starts(with: prefix.utf8) }) else { continue }
            let path = line.dropFirst(prefix.utf8.count)
            // Outside of our own part of the tree nothing can be told.
            guard path.starts(with: "/".utf8), !path.starts(with: "/..".utf8) else { continue }
            var names = path.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
                .filter { !$0.hasSuffix(".slice") }[...]
            guard let first = names.popFirst().map(Self.unescaped), isUnit(first) else { continue }
            let isManager = first.hasPrefix("user@") && first.hasSuffix(".service")
            let inner = isManager ? names.first.map(Self.unescaped) : nil
            return (first, inner.flatMap { isUnit($0) ? $0 : nil })
        }
        return (nil, nil)
    }

    /// systemd puts a `_` before a name that means something to the kernel.
    private static func unescaped(_ name: String) -> String {
        name.hasPrefix("_") ? String(name.dropFirst()) : name
    }

    private static func isUnit(_ name: String) -> Bool {
        name.hasSuffix(".service") || name.hasSuffix(".scope")
    }

    private static func groups(inStatus text: [UInt8]) -> [UInt32] {
        let mark = Array("Groups:".utf8)
        let line = text.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: mark) }
        return (line?.dropFirst(mark.count) ?? []).split { $0 == 0x20 || $0 == 0x09 }.compactMap {
            UInt32(String(decoding: $0, as: UTF8.self))
        }
    }

    /// When it began, since the start of the machine: proc(5), the 22nd field, in ticks.
    ///
    /// The second field is the program's name in parentheses, and may hold anything.
    static func beginning(inStat text: [UInt8]) -> Duration? {
        guard let name = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var rest = text[(name + 1)...].drop { $0 == 0x20 }
        for _ in 3..<22 { rest = rest.drop { $0 != 0x20 }.drop { $0 == 0x20 } }
        let field = rest.prefix { $0 != 0x20 && $0 != 0x0A }
        guard let ticks = Int64(String(decoding: field, as: UTF8.self)), ticks >= 0 else {
            return nil
        }
        let perSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))
        return .seconds(ticks / perSecond)
            + .milliseconds(ticks % perSecond * 1000 / perSecond)
    }

    /// A file of it, of which the first 64 KiB are more than enough.
    private static func bytes(_ name: String, in folder: borrowing FileDescriptor) -> [UInt8]? {
        let number = unsafe clinux_openat(folder.number, name, O_RDONLY, 0)
        guard number >= 0 else { return nil }
        let file = FileDescriptor(owning: number)
        var text: [UInt8] = []
        while text.count < 65_536 {
            guard let more = try? FileDescriptor.readSome(file.number, atMost: 4096) else {
                return nil
            }
            if more.isEmpty { return text }
            text += more
        }
        return text
    }

    /// The program that a process runs now; `nil` where it may not be known.
    package static func executable(_ pid: Int32) -> String? { target("/proc/\(pid)/exe", AT_FDCWD) }

    /// A program whose file was deleted has ` (deleted)` behind its path, and is no program that anybody named.
    private static func link(_ name: String, in folder: borrowing FileDescriptor) -> String? {
        target(name, folder.number)
    }

    private static func target(_ name: String, _ folder: Int32) -> String? {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlinkat(folder, name, &room, room.count)
        guard count > 0 else { return nil }
        return String(validating: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

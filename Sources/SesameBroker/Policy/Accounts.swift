import Glibc

/// The users and groups of this machine.
enum Accounts {
    /// The number of a user, given by name or as a number; `nil` where there is none of that name.
    static func user(_ text: String) -> UInt32? {
        if let number = number(text) { return number }
        return unsafe look { room, size in
            var record = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let code = unsafe getpwnam_r(text, &record, room, size, &found)
            return unsafe (code, found?.pointee.pw_uid)
        }
    }

    /// The number of a group, given by name or as a number; `nil` where there is none of that name.
    static func group(_ text: String) -> UInt32? {
        if let number = number(text) { return number }
        return unsafe look { room, size in
            var record = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let code = unsafe getgrnam_r(text, &record, room, size, &found)
            return unsafe (code, found?.pointee.gr_gid)
        }
    }

    /// -1 is no account: to the kernel it means «leave it as it is».
    private static func number(_ text: String) -> UInt32? {
        guard let number = UInt32(text), number != .max, text.first != "+" else { return nil }
        return number
    }

    /// Asks with more room until it is enough: a group may have many members.
    @unsafe private static func look(
        _ ask: (UnsafeMutablePointer<CChar>, Int) -> (Int32, UInt32?)
    ) -> UInt32? {
        var size = 4096
        while size <= 1 << 20 {
            let room = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe room.deallocate() }
            let (code, number) = unsafe ask(room, size)
            if code != ERANGE { return number }
            size *= 4
        }
        return nil
    }
}

import CSQLite

/// The header of SQLite's WAL-index: equal as long as nobody, in any process, has committed anything.
///
/// SQLite keeps its own pages by this sign, and so it holds for what was read from them. Looking at it
/// needs no system call, no lock and no particular thread. It lies in memory that SQLite has mapped; the
/// file is never opened here, because closing any descriptor of it would drop SQLite's locks.
///
/// The mapping stays as long as the connection is open: SQLite gives it back when the last connection of
/// the process to this file closes. Nobody changes the journal mode meanwhile, because that needs a file
/// that no one else has open. A file that takes this one's place has another index; that is what
/// ``SQLiteStore/isInPlace`` is for.
@safe struct LogIndex: @unchecked Sendable {
    private let start: UnsafeRawPointer

    /// - Parameter start: where the index is mapped; it must be until the last look.
    @unsafe init(at start: UnsafeRawPointer) {
        unsafe self.start = start
    }

    /// What it says now.
    ///
    /// `nil` where that is no sign of anything: a commit is just being entered, a process died while it
    /// entered one (the next reader makes the header anew, from the log), or a later SQLite has another
    /// form of it.
    var state: State? {
        var state = csqlite_log_state()
        return unsafe csqlite_read_log_state(start, &state) == 1 ? State(header: state) : nil
    }

    /// One moment of the log.
    ///
    /// A commit adds one to the number of changes and changes the checksum of the frames. A checkpoint that
    /// begins the log anew draws a new salt. So none comes back.
    struct State: Equatable, Sendable {
        private let header: csqlite_log_state

        fileprivate init(header: csqlite_log_state) {
            self.header = header
        }

        /// Whether nothing was committed or emptied since the header was made from an empty log.
        ///
        /// Such a header says nothing, because the next one that is made so is equal: with a commit, an
        /// emptied log and a killed process in between.
        var isBlank: Bool {
            var header = header
            return unsafe csqlite_log_state_is_blank(&header) == 1
        }

        static func == (first: Self, second: Self) -> Bool {
            first.header.words == second.header.words
        }
    }
}

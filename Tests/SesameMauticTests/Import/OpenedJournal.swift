import Glibc
import SesameMautic

/// Opens a journal that another import of this process has just left.
///
/// A program that another test starts has our descriptors until it is begun, and so the journal's lock.
func openedJournal(_ path: String, _ identity: String) throws -> ImportJournal {
    for _ in 0..<100_000 {
        do {
            return try ImportJournal(path, identity: identity)
        } catch {
            guard error.message.contains("is in use") else { throw error }
            sched_yield()
        }
    }
    return try ImportJournal(path, identity: identity)
}

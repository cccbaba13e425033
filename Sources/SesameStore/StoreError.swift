import SesameSecrets

/// Why the store could not do something, and what to do next.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; more kinds may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// A passphrase opens the store, and nobody has given it.
        package static let locked = Code(description: "locked")
        /// The configuration names another source of the key than the store.
        package static let keySource = Code(description: "key_source")
        /// The store is an older copy of itself.
        package static let rolledBack = Code(description: "rolled_back")
        /// There is no key file.
        package static let keyMissing = Code(description: "key_missing")
        /// The store was made with another key.
        ///
        /// Nothing is damaged.
        package static let keyWrong = Code(description: "key_wrong")
        /// The key file may be read by others, is no plain file, or holds no key.
        package static let keyUnreadable = Code(description: "key_unreadable")
        /// Bytes of the store were changed or are gone.
        package static let damaged = Code(description: "damaged")
        /// Nothing can be written: disk full, read-only, input or output error.
        package static let unwritable = Code(description: "unwritable")
        /// Another process holds the store for too long; trying again is right.
        package static let busy = Code(description: "busy")
        /// A newer Sesame wrote this store.
        package static let newerFormat = Code(description: "newer_format")
        /// The file or its folder is open to others, or is no plain file of ours.
        package static let notPrivate = Code(description: "not_private")
        /// The renewal is not the caller's any more: a login, a logout or a takeover ended its ticket.
        package static let superseded = Code(description: "superseded")
        /// What was asked for cannot be done with this store.
        package static let usage = Code(description: "usage")
        /// A mistake in Sesame.
        package static let `internal` = Code(description: "internal")
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}

extension StoreError {
    /// The root secret is another store's.
    static let keyWrong = StoreError(
        .keyWrong,
        "the store was made with another key; put that key back. The store itself is not damaged")

    /// Damage to one profile, in words that say what is hurt and what to do.
    static func damaged(_ what: String, of profile: String) -> StoreError {
        let name = profile.sanitised(limit: 64)
        return StoreError(
            .damaged,
            "\(what) of \(name) is damaged; other profiles are not. Where there is a backup, `sesame"
                + " restore` takes what is damaged from it and nothing else; or give it up with"
                + " `sesame logout \(name)`, and set it up or log in anew"
        )
    }

    /// Damage, in words that say what is hurt and what to do.
    static func damaged(_ what: String) -> StoreError {
        StoreError(
            .damaged,
            "\(what). Nothing was changed. `sesame backup` saves the profiles that are whole. Then end"
                + " sesamed, move store.db, store.db-wal and store.db-shm away together, and take the"
                + " backup in: sesame restore --take-over")
    }
}

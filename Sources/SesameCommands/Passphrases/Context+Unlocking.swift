import SesameBrokerAPI
import SesameSystem

extension Context {
    /// Whether a person can be asked for the passphrase of a locked store: once in a command.
    func mayUnlock(after problem: Problem) -> Bool {
        guard problem.code == .storeLocked, terminal.isInteractive, !output.isJSON else {
            return false
        }
        return hasAsked.withLock { hasAsked in
            defer { hasAsked = true }
            return !hasAsked
        }
    }

    /// Unlocks a locked store before a person is asked for anything else.
    ///
    /// Where nobody can be asked, the command itself says that the store is locked.
    func unlockFirst() throws(Failure) {
        let locked = Problem(.storeLocked, "the store is locked")
        guard terminal.isInteractive, !output.isJSON else { return }
        let state: StoreMessage.State
        do throws(Problem) { state = try broker().store().state } catch {
            throw Failure(error, profile: nil)
        }
        if state == .locked, mayUnlock(after: locked) { try unlock(after: locked) }
    }

    /// Asks for the passphrase and unlocks the store.
    /// - Parameter problem: what the command ends with where there is no store to be unlocked yet.
    func unlock(after problem: Problem) throws(Failure) {
        do throws(Problem) {
            guard try broker().store().state != .absent else { throw problem }
        } catch {
            throw Failure(error, profile: nil)
        }
        let passphrase = try Passphrases.typed("Passphrase of the store", self)
        do throws(Problem) {
            _ = try broker().unlock(UnlockMessage(passphrase: passphrase))
        } catch {
            throw Failure(error, profile: nil)
        }
    }
}

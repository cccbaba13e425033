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

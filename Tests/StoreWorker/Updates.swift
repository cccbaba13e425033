import Glibc
import SesameSecrets
import SesameStore
import SesameSystem

/// Read-modify-write through renewal tickets.
struct Updates {
    let store: SQLiteStore
    let profile: String

    /// Prints each revision that it has written.
    func make(_ count: Int) async throws {
        var seen = try await store.credential(of: profile)
        var done = 0
        while done < count {
            let now = SystemTime().now
            let start: RenewalStart
            do {
                start = try await store.beginRenewal(
                    of: profile, seen: seen?.revision, now: now,
                    deadline: now.adding(seconds: 600))
            } catch {
                guard error.code == .busy else { throw error }
                continue
            }
            switch start {
            case .changed(let current): seen = current
            case .busy:
                usleep(500)
                seen = try await store.credential(of: profile)
            case .yours(let ticket, let mayBeLost):
                guard !mayBeLost, var credential = seen?.value,
                    let number = credential.scope.flatMap({ Int($0) })
                else { throw StoreError(.internal, "a ticket of a living process was taken over") }
                credential.scope = "\(number + 1)"
                let revision = try await finish(ticket, credential)
                print(revision.number)
                seen = Stored(value: credential, revision: revision)
                done += 1
            }
        }
    }

    private func finish(
        _ ticket: RenewalTicket, _ credential: Credential
    ) async throws -> Revision {
        while true {
            do {
                return try await store.finishRenewal(ticket, with: credential)
            } catch {
                guard error.code == .busy else { throw error }
                continue
            }
        }
    }
}

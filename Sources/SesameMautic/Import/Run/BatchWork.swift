import SesameSecrets

/// What is left to be done of rows that are sent together.
struct BatchWork {
    /// The contacts that are still to be sent, each with the place of its row.
    private(set) var drafts: [(index: Int, draft: ContactDraft)] = []
    private let items: ArraySlice<ImportBatch.Item>
    private var outcomes: [Int: RowOutcome] = [:]
    /// The rows whose contact was there when we looked first.
    private var old: Set<Int> = []

    init(_ items: ArraySlice<ImportBatch.Item>) {
        self.items = items
        for (index, item) in zip(items.indices, items) {
            switch item.draft {
            case .success(let draft): drafts.append((index, draft))
            case .failure(let defect): outcomes[index] = .failed(defect.message)
            }
        }
    }

    var isDone: Bool { drafts.isEmpty }

    /// What became of each row, in order.
    var inOrder: [RowOutcome] { items.indices.compactMap { outcomes[$0] } }

    /// Where to cut, so that about as many are to be sent on both sides.
    var middle: Int { drafts[drafts.count / 2].index }

    /// The addresses to be looked at, in parts that go into a URL.
    ///
    /// Where an address is there twice, what is sent first changes what the second one meets: these are sent as they are.
    func parts(addressBytes limit: Int) -> [[String]] {
        var count: [String: Int] = [:]
        for (_, draft) in drafts { count[draft.email.lowercased(), default: 0] += 1 }
        var parts: [[String]] = []
        var bytes = limit
        for (_, draft) in drafts where count[draft.email.lowercased()] == 1 {
            bytes += draft.email.utf8.count + 3
            if bytes > limit {
                parts.append([])
                bytes = draft.email.utf8.count
            }
            parts[parts.count - 1].append(draft.email)
        }
        return parts
    }

    /// Takes note of contacts that are stored.
    /// - Parameters:
    ///   - emails: the addresses that were looked for.
    ///   - isFirst: whether nothing of this was sent yet.
    mutating func meet(_ found: [ContactAnswer], among emails: [String], isFirst: Bool) {
        let known = Dictionary(grouping: found) {
            $0.values["email"]?.text?.trimmingBlanks().lowercased() ?? ""
        }
        let wanted = Set(emails.map { $0.lowercased() })
        for (index, draft) in drafts where wanted.contains(draft.email.lowercased()) {
            guard let contacts = known[draft.email.lowercased()] else { continue }
            if isFirst { old.insert(index) }
            guard contacts.count == 1, shortfalls(of: draft, in: contacts[0]).isEmpty else {
                continue
            }
            outcomes[index] =
                isFirst
                ? .unchanged
                : .stored(
                    ContactResult(contacts[0], status: old.contains(index) ? 200 : 201, to: draft))
        }
        drafts.removeAll { outcomes[$0.index] != nil }
    }

    /// Takes note of what was answered to those that were sent, in their order.
    mutating func take(_ results: [Result<ContactResult, MauticError>]) {
        for ((index, _), result) in zip(drafts, results) {
            outcomes[index] =
                switch result {
                case .success(let contact): .stored(contact)
                case .failure(let error): failure(error, at: index)
                }
        }
        drafts.removeAll { outcomes[$0.index] != nil }
    }

    /// Takes note that none of them can be sent.
    mutating func refuse(_ error: MauticError) {
        for (index, _) in drafts { outcomes[index] = failure(error, at: index) }
        drafts = []
    }

    private func failure(_ error: MauticError, at index: Int) -> RowOutcome {
        .failed("line \(items[index].row.line): \(error.message)")
    }
}

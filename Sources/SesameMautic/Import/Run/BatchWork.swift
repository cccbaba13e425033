import SesameSecrets

/// What is left to be done of rows that are sent together.
struct BatchWork {
    private let items: [ImportBatch.Item]
    private let columns: ColumnMap
    private var drafts: [Int: ContactDraft] = [:]
    private var outcomes: [Int: RowOutcome] = [:]
    private var blamed: [Int] = []
    /// What was seen of the contacts before anything was sent, by row.
    private var before: [Int: Sight] = [:]

    /// How a contact stood when it was looked at.
    private enum Sight {
        case absent
        /// It was there, and some of its values were others.
        case different
        /// Only the server knows whether it has the values, or several have the address.
        case uncertain
    }

    init(_ batch: ImportBatch, _ columns: ColumnMap) {
        items = batch.items
        self.columns = columns
        for (index, item) in items.enumerated() {
            switch item.draft {
            case .success(let draft): drafts[index] = draft
            case .failure(let defect): outcomes[index] = .failed(defect.message)
            }
        }
    }

    /// The rows that are still to be sent, in order.
    var open: [Int] { items.indices.filter { outcomes[$0] == nil } }

    /// What became of each row, in order.
    var inOrder: [RowOutcome?] { items.indices.map { outcomes[$0] } }

    /// Those of some rows that are still to be sent.
    func open(_ rows: [Int]) -> [Int] { rows.filter { outcomes[$0] == nil } }

    func drafts(_ rows: [Int]) -> [ContactDraft] { rows.compactMap { drafts[$0] } }

    /// The addresses of rows that may be judged by a look.
    ///
    /// Where two rows may mean one contact, what is sent first changes what the second one meets: these are sent as they
    /// are.
    var singleAddresses: [String] {
        var count: [String: Int] = [:]
        for draft in drafts.values {
            for key in draft.keys(columns.uniqueAliases) { count[key, default: 0] += 1 }
        }
        return open.compactMap { drafts[$0] }.filter { draft in
            draft.keys(columns.uniqueAliases).allSatisfy { count[$0] == 1 }
        }.map(\.email)
    }

    /// The addresses of all rows that are still to be sent, each once.
    var openAddresses: [String] {
        var seen: Set<String> = []
        return open.compactMap { drafts[$0]?.email }.filter {
            seen.insert($0.lowercased()).inserted
        }
    }

    /// Takes note of how contacts stand before anything is sent.
    /// - Parameter emails: the addresses that were looked for.
    mutating func meetFirst(_ found: [ContactAnswer], among emails: [String]) {
        for (index, draft, contacts) in matches(found, emails) {
            guard contacts.count == 1 else {
                before[index] = contacts.isEmpty ? .absent : .uncertain
                continue
            }
            if hasAll(of: draft, contacts[0]) {
                outcomes[index] = .unchanged
            } else {
                before[index] =
                    shortfalls(of: draft, in: contacts[0]).isEmpty ? .uncertain : .different
            }
        }
    }

    /// How contacts stand, in what their rows say of them: a request that is at work changes it.
    struct View: Hashable {
        fileprivate var contacts: [Int64: Int] = [:]
    }

    /// Adds to a view what was found.
    func note(_ found: [ContactAnswer], among emails: [String], in view: inout View) {
        for (_, draft, contacts) in matches(found, emails) {
            for contact in contacts {
                var hasher = Hasher()
                hasher.combine(view.contacts[contact.id])
                for field in draft.fields {
                    let value = contact.values[field.alias]
                    hasher.combine(value?.text)
                    hasher.combine(value?.list.compactMap(\.text))
                }
                hasher.combine(contact.tags)
                view.contacts[contact.id] = hasher.finalize()
            }
        }
    }

    /// Takes note of what a request of ours has stored whose answer was lost.
    ///
    /// Only a contact that was seen to be otherwise before tells it.
    mutating func meetAgain(_ found: [ContactAnswer], among emails: [String]) {
        for (index, draft, contacts) in matches(found, emails) {
            guard let before = before[index], before != .uncertain, contacts.count == 1,
                shortfalls(of: draft, in: contacts[0]).isEmpty
            else { continue }
            let status = before == .absent ? 201 : 200
            outcomes[index] = .stored(ContactResult(contacts[0], status: status, to: draft))
        }
    }

    /// The open rows of these addresses, each with the contacts that have its address.
    private func matches(
        _ found: [ContactAnswer], _ emails: [String]
    ) -> [(index: Int, draft: ContactDraft, contacts: [ContactAnswer])] {
        let known = Dictionary(grouping: found) {
            $0.values["email"]?.text?.trimmingBlanks().lowercased() ?? ""
        }
        let wanted = Set(emails.map { $0.lowercased() })
        return open.compactMap { index in
            guard let draft = drafts[index] else { return nil }
            let address = draft.email.lowercased()
            return wanted.contains(address) ? (index, draft, known[address] ?? []) : nil
        }
    }

    /// Takes note of what was answered to rows that were sent.
    mutating func take(_ results: [Result<ContactResult, MauticError>], of rows: [Int]) {
        for (index, result) in zip(rows, results) {
            outcomes[index] =
                switch result {
                case .success(let contact): .stored(contact)
                case .failure(let error): failure(words(of: error), at: index)
                }
        }
    }

    /// What the server says of a row, with what the fields take that it has refused.
    private func words(of error: MauticError) -> String {
        let expected = error.fields.compactMap { columns.expectation(of: $0.alias) }
        return ([error.message] + expected).joined(separator: "; ")
    }

    /// Takes note that the server breaks down over a row.
    /// - Returns: the same as an error, for where it may be the server.
    mutating func blame(_ row: Int, _ words: String, _ error: MauticError) -> MauticError {
        outcomes[row] = failure(words, at: row)
        blamed.append(row)
        return MauticError(
            .temporary, "line \(items[row].row.line): \(words)",
            hints: error.hints + [
                "the server has taken no row so far: it may be its fault, or that of a column (--map 'Column=' leaves one out)"
            ], status: error.status)
    }

    /// Takes that back: it may have been the server.
    /// - Returns: what was taken back, in order; `nil` for all other rows.
    @discardableResult
    mutating func forgetBlame() -> [RowOutcome?] {
        let suspects = Set(blamed)
        let forgotten = items.indices.map { suspects.contains($0) ? outcomes[$0] : nil }
        for row in blamed { outcomes[row] = nil }
        return forgotten
    }

    private func failure(_ words: String, at index: Int) -> RowOutcome {
        .failed("line \(items[index].row.line): \(words)")
    }
}

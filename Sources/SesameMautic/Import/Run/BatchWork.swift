import SesameSecrets

/// What is left to be done of rows that are sent together.
struct BatchWork {
    private let items: [ImportBatch.Item]
    private let uniqueAliases: Set<String>
    private var drafts: [Int: ContactDraft] = [:]
    private var outcomes: [Int: RowOutcome] = [:]
    /// The rows whose contact was there before anything was sent.
    private var old: Set<Int> = []

    init(_ batch: ImportBatch, _ uniqueAliases: Set<String>) {
        items = batch.items
        self.uniqueAliases = uniqueAliases
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
    var inOrder: [RowOutcome] { items.indices.compactMap { outcomes[$0] } }

    /// Those of some rows that are still to be sent.
    func open(_ rows: [Int]) -> [Int] { rows.filter { outcomes[$0] == nil } }

    func drafts(_ rows: [Int]) -> [ContactDraft] { rows.compactMap { drafts[$0] } }

    /// The addresses to be looked at, in parts that go into a URL.
    ///
    /// Where two rows may mean one contact, what is sent first changes what the second one meets: these are sent as they
    /// are.
    func parts(urlBytes limit: Int) -> [[String]] {
        var count: [String: Int] = [:]
        for key in open.compactMap({ drafts[$0] }).flatMap({ $0.keys(uniqueAliases) }) {
            count[key, default: 0] += 1
        }
        var parts: [[String]] = []
        var bytes = limit
        for draft in open.compactMap({ drafts[$0] })
        where draft.keys(uniqueAliases).allSatisfy({ count[$0] == 1 }) {
            let size = draft.email.utf8.reduce(3) { $0 + (isUnreserved($1) ? 1 : 3) }
            bytes += size
            if bytes > limit {
                parts.append([])
                bytes = size
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
        for index in open {
            guard let draft = drafts[index], wanted.contains(draft.email.lowercased()),
                let contacts = known[draft.email.lowercased()]
            else { continue }
            if isFirst { old.insert(index) }
            guard contacts.count == 1 else { continue }
            if isFirst {
                if hasAll(of: draft, contacts[0]) { outcomes[index] = .unchanged }
            } else if shortfalls(of: draft, in: contacts[0]).isEmpty {
                let status = old.contains(index) ? 200 : 201
                outcomes[index] = .stored(ContactResult(contacts[0], status: status, to: draft))
            }
        }
    }

    /// Takes note of what was answered to rows that were sent.
    mutating func take(_ results: [Result<ContactResult, MauticError>], of rows: [Int]) {
        for (index, result) in zip(rows, results) {
            outcomes[index] =
                switch result {
                case .success(let contact): .stored(contact)
                case .failure(let error): failure(error, at: index)
                }
        }
    }

    /// Takes note that a row cannot be sent.
    mutating func refuse(_ row: Int, _ error: MauticError) {
        outcomes[row] = failure(error, at: row)
    }

    private func failure(_ error: MauticError, at index: Int) -> RowOutcome {
        .failed("line \(items[index].row.line): \(error.message)")
    }
}

/// Whether a byte stands for itself in a query (RFC 3986, section 2.3).
private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
}

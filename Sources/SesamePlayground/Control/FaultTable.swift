/// The installed faults, in the order in which they were installed.
struct FaultTable: Sendable {
    private(set) var waiting: [Fault]

    init(_ faults: [Fault]) {
        waiting = faults
    }

    mutating func install(_ fault: Fault) {
        waiting.append(fault)
    }

    mutating func removeAll() {
        waiting = []
    }

    /// The fault that strikes this request, if any; it then has one strike less.
    mutating func strike(_ endpoint: Fault.Endpoint, of issuer: String) -> Fault? {
        let fitting = waiting.firstIndex { fault in
            (fault.issuer ?? issuer) == issuer
                && (fault.endpoint == endpoint || fault.endpoint == .any)
        }
        guard let index = fitting else { return nil }
        if waiting[index].skip > 0 {
            waiting[index].skip -= 1
            return nil
        }
        let fault = waiting[index]
        waiting[index].skip = fault.every - 1
        waiting[index].count -= 1
        if waiting[index].count <= 0 { waiting.remove(at: index) }
        return fault
    }
}

package import SesameSystem

/// Profiles by the time at which something is to be done about them: a binary heap, with one entry each.
package struct RenewalQueue: Sendable {
    private struct Entry {
        let due: Timestamp
        let profile: String
    }

    private var heap: [Entry] = []
    /// Where each profile stands in the heap.
    private var places: [String: Int] = [:]

    package init() {}

    package var count: Int { heap.count }

    /// When the next one is due.
    package var next: Timestamp? { heap.first?.due }

    /// Moves a profile forward to a time, or puts it in.
    package mutating func hasten(_ profile: String, _ due: Timestamp) {
        if let place = places[profile], heap[place].due <= due { return }
        set(profile, due)
    }

    /// Puts a profile in, or moves it.
    package mutating func set(_ profile: String, _ due: Timestamp) {
        remove(profile)
        heap.append(Entry(due: due, profile: profile))
        places[profile] = heap.count - 1
        rise(heap.count - 1)
    }

    package mutating func remove(_ profile: String) {
        guard let place = places.removeValue(forKey: profile) else { return }
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[last.profile] = place
        rise(place)
        sink(place)
    }

    /// Takes out the profile that is due first, if it is due.
    package mutating func take(at now: Timestamp) -> String? {
        guard let first = heap.first, first.due <= now else { return nil }
        remove(first.profile)
        return first.profile
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].due < heap[(place - 1) / 2].due {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
            guard let child = children.min(by: { heap[$0].due < heap[$1].due }),
                heap[child].due < heap[place].due
            else { return }
            exchange(place, child)
            place = child
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        places[heap[first].profile] = first
        places[heap[second].profile] = second
    }
}

/// The word that a mistyped one was most likely meant to be; `nil` when none is close enough.
package func nearest(to typed: String, among words: [String]) -> String? {
    let typed = String(typed.prefix(64))
    let limit = max(1, typed.count / 3)
    let scored = words.map { (word: $0, distance: editDistance(typed, $0)) }
    return scored.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.word
}

/// How many letters to insert, delete, replace or swap with their neighbour.
package func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, beforeLast[j - 1] + 1)
            }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

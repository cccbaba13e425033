/// The name that a mistyped one was most likely meant to be; `nil` when none is near enough.
///
/// Upper and lower case count as one. One mistake is always near enough, and one for every third
/// letter; of two that are equally near, the first in the alphabet is taken.
package func nearestName(to typed: String, among names: some Sequence<String>) -> String? {
    // Nobody means a longer name, and the work grows with the square.
    let typed = typed.prefix(64).lowercased()
    let limit = max(1, typed.utf8.count / 3)
    let ranked = names.map { ($0, editDistance(typed, $0.prefix(128).lowercased())) }
    return ranked.filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// How many bytes to insert, delete, replace or swap with their neighbour to make one text of the other.
package func editDistance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.utf8), Array(second.utf8))
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for row in first.indices {
        var current = [row + 1]
        for column in second.indices {
            let isSame = first[row] == second[column]
            var cost = min(
                last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, first[row] == second[column - 1],
                first[row - 1] == second[column]
            {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        (beforeLast, last) = (last, current)
    }
    return last[second.count]
}

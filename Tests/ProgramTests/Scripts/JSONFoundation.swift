import Foundation

// JSONFoundation FILE SECONDS   What json-bench does, with Foundation: MB a second, and the members found.

let arguments = CommandLine.arguments
let data = try Data(contentsOf: URL(fileURLWithPath: arguments[1]))
let seconds = Double(arguments[2]) ?? 1

func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Any JSON, as `JSONDecoder` gives it.
enum Value: Decodable {
    case object([String: Value]), array([Value]), string(String), number(Double), bool(Bool), null

    init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let object = try? container.decode([String: Value].self) {
            self = .object(object)
        } else if let array = try? container.decode([Value].self) {
            self = .array(array)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else {
            self = .null
        }
    }
}

func measure(_ read: () throws -> Int) rethrows -> (Int, Int) {
    let start = processorTime()
    var documents = 0, members = 0
    while processorTime() - start < seconds {
        for _ in 0..<max(1, 65_536 / data.count) {
            members = try read()
            documents += 1
        }
    }
    return (Int(Double(documents * data.count) / (processorTime() - start) / 1e6), members)
}

let tree = try measure {
    (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0
}
let decoder = JSONDecoder()
let typed = try measure {
    if case .object(let members) = try decoder.decode(Value.self, from: data) {
        members.count
    } else {
        0
    }
}
print(tree.0, tree.1, typed.0, typed.1)

// stopwatch ROUNDS 'LABEL|NAME=VALUE… <INPUT PROGRAM ARGUMENT…'…   Runs all programs in any order, ROUNDS times,
// and prints the median time of each from its start to its end, its 95th percentile, and the ratio
// of its median to that of the first. A program that fails ends the run.
import Glibc

struct Subject {
    let label: String
    let environment: [String]
    /// The file that it reads.
    let input: String
    let words: [String]
    var times: [Double] = []

    init(_ argument: String) {
        let parts = argument.split(separator: "|", maxSplits: 1).map(String.init)
        label = parts[0]
        let all = parts[parts.count - 1].split(separator: " ").map(String.init)
        let before = all.prefix { !$0.hasPrefix("/") }
        environment = before.filter { !$0.hasPrefix("<") }
        input = before.last { $0.hasPrefix("<") }.map { String($0.dropFirst()) } ?? "/dev/null"
        words = Array(all.dropFirst(before.count))
    }

    mutating func measure(silence: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, silence, 1)
        var arguments = words.map { strdup($0) } + [nil]
        // The first of two settings of one name counts.
        var settings = environment.map { strdup($0) } + inheritedSettings()
        defer { (arguments + settings.prefix(environment.count)).forEach { free($0) } }

        let start = ContinuousClock.now
        var process: pid_t = 0
        var status: Int32 = 0
        let isStarted = posix_spawn(&process, words[0], &actions, nil, &arguments, &settings) == 0
        guard isStarted, waitpid(process, &status, 0) == process, status == 0 else {
            print("\(label) failed with status \(status)")
            exit(1)
        }
        times.append((ContinuousClock.now - start) / .milliseconds(1))
    }

    func time(at fraction: Double) -> Double {
        times.sorted()[Int(fraction * Double(times.count - 1))]
    }
}

/// The settings of this process, with the end mark.
func inheritedSettings() -> [UnsafeMutablePointer<CChar>?] {
    var count = 0
    while environ[count] != nil { count += 1 }
    return (0...count).map { environ[$0] }
}

func column(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    let text = "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    return String(repeating: " ", count: max(0, 10 - text.count)) + text
}

var subjects = CommandLine.arguments.dropFirst(2).map { Subject($0) }
let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[1]) ?? 0 : 0
guard rounds > 0, let first = subjects.first else {
    print("usage: stopwatch ROUNDS 'LABEL|PROGRAM ARGUMENT…'…")
    exit(2)
}
let silence = open("/dev/null", O_WRONLY)
for _ in 0..<rounds {
    // Each time in another order: what ran before has an effect on the caches.
    for index in subjects.indices.shuffled() { subjects[index].measure(silence: silence) }
}

let width = subjects.map(\.label.count).max() ?? first.label.count
print(String(repeating: " ", count: width) + "    median       95 %     ratio")
for subject in subjects {
    let median = subject.time(at: 0.5)
    let padding = String(repeating: " ", count: width - subject.label.count)
    let ratio = median / subjects[0].time(at: 0.5)
    let figures = [median, subject.time(at: 0.95), ratio].map(column).joined()
    print(subject.label + padding + figures)
}

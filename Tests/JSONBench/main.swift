import Glibc
import SesameJSON
import SesameSecrets

// json-bench FILE SECONDS   Prints how many bytes of a JSON file a second are read, in MB, and what was found.
// A program of benchmarks, not of Sesame.

guard CommandLine.arguments.count == 3, let seconds = Int64(CommandLine.arguments[2]) else {
    fatalError("usage: json-bench FILE SECONDS")
}
let source = read(CommandLine.arguments[1])
var limits = JSON.Limits()
limits.bytes = 64 << 20
limits.values = 10_000_000

var documents = 0
var members = 0
let start = processorTime()
while processorTime() - start < .seconds(seconds) {
    // Reading a small document takes less than looking at the clock.
    for _ in 0..<max(1, 65_536 / source.count) {
        members = try JSON(parsing: source, limits: limits).members?.count ?? 0
        documents += 1
    }
}
let rate = Double(documents * source.count) / ((processorTime() - start) / .seconds(1)) / 1e6
print(Int(rate), members)

func read(_ path: String) -> Secret {
    guard let file = unsafe fopen(path, "r") else { fatalError("\(path) cannot be read") }
    defer { unsafe fclose(file) }
    var buffer = SecretBuffer(capacity: 1 << 20)
    while case let byte = unsafe getc(file), byte != EOF { buffer.append(UInt8(byte)) }
    return Secret(buffer)
}

/// What this process has used of the processor so far.
func processorTime() -> Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

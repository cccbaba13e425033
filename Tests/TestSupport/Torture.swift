import Glibc

/// How thorough the long tests are.
package enum Torture {
    /// Whether `SESAME_TORTURE=1` asks for all that a test can do (`make torture`).
    package static let isFull =
        unsafe getenv("SESAME_TORTURE").map { unsafe String(cString: $0) } == "1"

    /// How much of something is done.
    package static func number<Value>(quick: Value, full: Value) -> Value {
        isFull ? full : quick
    }
}

import CLinux

/// The environment this process was started with.
package enum ProcessEnvironment {
    /// All variables.
    ///
    /// A name that occurs twice keeps its first value, as `getenv` does.
    package static var current: [String: String] {
        var variables: [String: String] = [:]
        // Each command begins with this: room for all at once, and one look for each.
        variables.reserveCapacity(64)
        var entry = unsafe clinux_environment()
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let mark = pair.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let value = pair[pair.index(after: mark)...]
                variables.merge(CollectionOfOne((String(pair[..<mark]), String(value)))) {
                    first, _ in first
                }
            }
            unsafe entry += 1
        }
        return variables
    }
}

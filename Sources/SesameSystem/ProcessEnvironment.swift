import CLinux

/// The environment this process was started with.
package enum ProcessEnvironment {
    /// All variables.
    ///
    /// A name that occurs twice keeps its first value, as `getenv` does.
    package static var current: [String: String] {
        var variables: [String: String] = [:]
        variables.reserveCapacity(64)
        var entry = unsafe clinux_environment()
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).utf8
            if let mark = pair.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(Substring(pair[..<mark]))
                if variables[name] == nil {
                    variables[name] = String(Substring(pair[pair.index(after: mark)...]))
                }
            }
            unsafe entry += 1
        }
        return variables
    }
}

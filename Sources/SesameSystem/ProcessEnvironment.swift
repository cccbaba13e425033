import CLinux

/// The environment this process was started with.
package enum ProcessEnvironment {
    /// All variables.
    ///
    /// A name that occurs twice keeps its first value, as `getenv` does.
    package static var current: [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe clinux_environment()
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let mark = pair.firstIndex(of: "="), variables[String(pair[..<mark])] == nil {
                variables[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
            }
            unsafe entry += 1
        }
        return variables
    }
}

/// A text as one word of a command line: what somebody else wrote must do nothing where a person copies it.
///
/// It is sanitised, so one with unsafe characters is another word than it was.
package func shellWord(_ text: String) -> String {
    let text = text.sanitised(limit: 2000)
    let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x25, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D, 0x40, 0x5F: true
        default: false
        }
    }
    return isPlain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
}

import Glibc

/// Lends texts as C wants argument lists: an array of strings that ends with a null pointer.
package func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { unsafe pointers[index] = strdup(text) }
    unsafe pointers[texts.count] = nil
    defer {
        for index in texts.indices { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
    return unsafe body(pointers)
}
